"""What ``qunxiang preview`` prints: every column of the table with its source, how sure that is, and why."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from qunxiang.cli.page import Column, Page
from qunxiang.i18n import Message
from qunxiang.intake.recognition import normalised
from qunxiang.tables import LOADED, Contract


def show_preview(page: Page, found: Any, given: Mapping[str, str]) -> None:
    """Print what is recognised of a source, what is only proposed, and what is still to be said.

    `given` is what the line says: source column by column of the table.
    """
    contract = LOADED[found.table]
    proposals = {p.source: p for p in found.proposals}
    how = _how(found, given)
    page.heading(Message("cli.load.title", {"source": found.source, "table": found.table}))
    shown = [c for c in contract.columns if c.required or c.name in found.mapping or c.name in found.ambiguous]
    columns = [
        Column("cli.col.column", lambda c: c.name),
        Column("cli.col.label", lambda c: c.label),
        Column("cli.col.source", lambda c: found.mapping.get(c.name) or ", ".join(found.ambiguous.get(c.name, ()))),
        Column("cli.col.sure", lambda c: how.get(c.name, (None, []))[0], "percent"),
        Column("cli.col.known_by", lambda c: how.get(c.name, (None, []))[1]),
        Column("cli.col.samples", lambda c: ", ".join(found.samples.get(found.mapping.get(c.name, ""), ())[:3])),
    ]
    page.table(columns, shown)
    for note in found.found:
        page.say(Message(note.code, note.params))
    if found.missing:
        page.say(Message("cli.preview.missing", {"columns": list(found.missing), "first": found.missing[0]}))
    if found.ambiguous:
        page.say(
            Message("cli.preview.ambiguous", {"columns": list(found.ambiguous), "first": next(iter(found.ambiguous))})
        )
    unsure = [proposals[s] for s in found.unmapped if s in proposals and proposals[s].target is not None]
    _proposals(page, contract, unsure)
    proposed = {p.source for p in unsure}
    unused = [s for s in found.unmapped if s not in proposed]
    if unused:
        page.say(Message("cli.load.unmapped", {"columns": unused}))


def _how(found: Any, given: Mapping[str, str]) -> dict[str, tuple[float | None, list[Message]]]:
    """Return for each column of the table that has a source how sure that is, None where people said it, and why."""
    saved = found.saved.mapping.columns if found.saved is not None else {}
    said = {normalised(source) for source in (*given.values(), *saved.values())}
    proposals = {p.source: p for p in found.proposals}
    how: dict[str, tuple[float | None, list[Message]]] = {}
    for target, source in found.mapping.items():
        proposal = proposals.get(source)
        if normalised(source) in said:
            how[target] = (None, _words(("said",)))
        elif proposal is not None and proposal.target == target:
            how[target] = (proposal.confidence, _words(proposal.evidence))
        else:  # what names a thing stands for its id, too
            how[target] = (None, _words(("synonym",)))
    return how


def _words(evidence: Iterable[str]) -> list[Message]:
    return [Message(f"page.load.evidence.{e}") for e in evidence]


def _proposals(page: Page, contract: Contract, unsure: list[Any]) -> None:
    if not unsure:
        return
    labels = {c.name: c.label for c in contract.columns}
    columns = [
        Column("cli.col.source", lambda p: p.source),
        Column("cli.col.column", lambda p: p.target),
        Column("cli.col.label", lambda p: labels[p.target]),
        Column("cli.col.sure", lambda p: p.confidence, "percent"),
        Column("cli.col.known_by", lambda p: _words(p.evidence)),
    ]
    page.table(columns, unsure, title=Message("cli.preview.proposed"))
    page.say(Message("cli.preview.take", {"first": f"{unsure[0].target}={unsure[0].source}"}))
