"""The columns of a file on the page that maps them: what each may become, and what the reader chose."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from starlette.datastructures import FormData

from qunxiang.i18n import Label, Message
from qunxiang.model import ALL_COLUMNS
from qunxiang.services.preview import Preview
from qunxiang.tables import ColumnType, Contract
from qunxiang.web.pages.answers import text_of

FIELD = "to."
KEEP = "*"
"""Choice of a column that is kept as a custom one; a type may stand behind it."""

ASKED = {"error.reading.dates": "dates", "error.reading.commas": "commas"}
"""The field that answers each question which reading the values may ask."""

DATES = ("dmy", "mdy", "reject")


@dataclass(frozen=True)
class Choices:
    """What the reader chose: contract column to source column, kept columns with types, and how values are read.

    `twice` are contract columns that were chosen for several source columns.
    """

    mapping: dict[str, str]
    keep: list[str]
    types: dict[str, str]
    twice: tuple[str, ...] = ()
    system: str = ""
    dates: str = ""
    currency: str = ""
    commas: bool = False
    unreadable: str = ""
    remember: bool = True
    said: Mapping[str, str] = field(default_factory=dict)

    def arguments(self) -> dict[str, Any]:
        """Return them as arguments of a load, which recognises nothing besides."""
        reading: dict[str, Any] = {}
        if self.dates:
            reading["dates"] = {ALL_COLUMNS: self.dates}
        if self.currency:
            reading["currency"] = self.currency
        if self.commas:
            reading["decimal_comma"] = [ALL_COLUMNS]
        if self.unreadable:
            reading["unreadable"] = self.unreadable
        return {
            "columns": self.mapping,
            "keep": self.keep,
            "types": self.types,
            "system": self.system,
            "exact": True,
            "use_saved": False,
            "reading": reading or None,
        }


def read_choices(fields: FormData, columns: tuple[str, ...]) -> Choices:
    """Return the choices of a form, whose fields are numbered as the file's columns."""
    said = {source: text_of(fields, f"{FIELD}{i}", most=80) for i, source in enumerate(columns)}
    targets = {s: t for s, t in said.items() if t and not t.startswith(KEEP)}
    many = Counter(targets.values())
    types = {s: t.removeprefix(KEEP) for s, t in said.items() if t.startswith(KEEP) and t != KEEP}
    return Choices(
        mapping={target: source for source, target in targets.items() if many[target] == 1},
        keep=[s for s, t in said.items() if t.startswith(KEEP)],
        types=types,
        twice=tuple(target for target, n in many.items() if n > 1),
        system=text_of(fields, "system", most=40),
        dates=text_of(fields, "dates", most=10),
        currency=text_of(fields, "currency", most=3).upper(),
        commas=text_of(fields, "commas") == "1",
        unreadable=text_of(fields, "unreadable", most=10),
        remember=text_of(fields, "remember") == "1",
        said=said,
    )


def page_words(said: Message) -> Message:
    """Return a question about how values are read in the words of the page: its field instead of a command's option."""
    field = ASKED.get(said.code)
    return said if field is None else Message(f"page.load.asks.{field}", said.params)


def first_choices(found: Preview) -> Choices:
    """Return the choices that recognition, or the saved mapping, proposes."""
    saved = found.saved.mapping if found.saved is not None else None
    to: dict[str, str] = {}
    for target, source in found.mapping.items():  # one that stands for two columns is shown as the first, an id
        to.setdefault(source, target)
    keep = "all" if saved is None else saved.keep
    said = {}
    for source in found.columns:
        kept = keep == "all" or (not isinstance(keep, str) and source in keep)
        type_ = saved.types.get(source, "") if saved is not None else ""
        said[source] = to.get(source) or (f"{KEEP}{type_}" if kept else "")
    reading = saved.reading if saved is not None else {}
    return Choices(
        mapping=found.mapping,
        keep=[s for s, t in said.items() if t.startswith(KEEP)],
        types={},
        system=(saved.system or "") if saved is not None else "",
        dates=(reading.get("dates") or {}).get(ALL_COLUMNS, ""),
        currency=reading.get("currency") or "",
        commas=ALL_COLUMNS in (reading.get("decimal_comma") or ()),
        unreadable="blank" if reading.get("unreadable") == "blank" else "",
        said=said,
    )


def shown_columns(found: Preview, contract: Contract, choices: Choices) -> list[dict[str, Any]]:
    """Return the file's columns for the page, each with samples, proposal and choice."""
    asked = {s for sources in found.ambiguous.values() for s in sources}
    proposals = {p.source: p for p in found.proposals}
    rows = []
    for i, source in enumerate(found.columns):
        proposal = proposals.get(source)
        target = contract.column(proposal.target) if proposal is not None and proposal.target else None
        rows.append(
            {
                "field": f"{FIELD}{i}",
                "id": f"to-{i}",
                "source": source,
                "samples": found.samples.get(source, ())[:3],
                "choice": choices.said.get(source, ""),
                "proposed": target.label if target is not None else None,
                "confidence": proposal.confidence if proposal is not None else 0.0,
                "sure": proposal is not None and target is not None and source in found.mapping.values(),
                "evidence": [Message(f"page.load.evidence.{e}") for e in proposal.evidence] if proposal else [],
                "alternatives": _named(contract, proposal.alternatives) if proposal else [],
                "asked": source in asked,
            }
        )
    return rows


def _named(contract: Contract, others: tuple[tuple[str, float], ...]) -> list[tuple[Label, float]]:
    return [(c.label, share) for name, share in others if (c := contract.column(name)) is not None]


def options_of(contract: Contract) -> list[tuple[Message, list[tuple[str, Any]]]]:
    """Return the choices of every column, in groups: needed ones, others, keep, leave out."""
    needed = {c.name for c in contract.columns if c.required}
    kept = [(KEEP, Message("page.load.keep_auto"))]
    for type_ in ColumnType:
        name = Message(f"page.data.type.{type_.value}")
        kept.append((f"{KEEP}{type_.value}", Message("page.load.keep_as", {"type": name})))
    return [
        (Message("page.load.group.needed"), [(c.name, c.label) for c in contract.columns if c.name in needed]),
        (Message("page.load.group.others"), [(c.name, c.label) for c in contract.columns if c.name not in needed]),
        (Message("page.load.group.keep"), kept),
        (Message("page.load.group.leave"), [("", Message("page.load.leave"))]),
    ]
