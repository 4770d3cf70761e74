"""What a rule may be made of: types, functions, limits."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from qunxiang.i18n import Label
from qunxiang.model import TraitDefinition, TraitSet
from qunxiang.model.trait import TraitKind

TraitType = TraitKind
"""Kind of a trait as a rule sees it."""

RuleType = Literal["number", "text", "boolean", "date"]
"""Type of an expression; integers, money and shares are numbers."""

FUNCTIONS: tuple[str, ...] = ("abs", "coalesce", "contains", "length", "lower", "starts_with", "upper")
"""Functions a rule may call, beside the forms case, in, between, like and is null."""

BEHAVIOURS: tuple[str, ...] = (
    *("count", "exists", "sum", "mean", "median", "min", "max", "first", "last", "distinct", "most_frequent", "share"),
    *("days_since_first", "days_since_last", "sequence"),
)
"""What a rule may ask of the rows of a table."""

IN_SEGMENT = "in_segment"
"""Form that asks whether a profile is in another segment."""

AS_OF = "as_of"
"""The date of the snapshot, in a rule."""

MAX_CHARACTERS = 4_000
MAX_NODES = 300
MAX_DEPTH = 20
MAX_BRACKETS = 40
MAX_SIGNS = 10  # not, + and - in a row
MAX_DIGITS = 15  # a float holds that many decimal digits without loss


def rule_type(kind: TraitType) -> RuleType:
    """Return the type that a trait of `kind` has in a rule."""
    match kind:
        case "text":
            return "text"
        case "boolean":
            return "boolean"
        case "date":
            return "date"
        case _:
            return "number"


class Names(dict[str, TraitType]):
    """The kind of every name a rule may use, with what people call it."""

    def __init__(self, kinds: Mapping[str, TraitType], labels: Mapping[str, Label]) -> None:
        super().__init__(kinds)
        self._called: dict[str, dict[str, None]] = {}
        for name, label in labels.items():
            for text in (label.zh, label.en):
                self._called.setdefault(_bare(text), {})[name] = None

    def called(self, name: str) -> tuple[str, ...]:
        """Return the ids of what is called `name` in either language, whatever its case and spaces."""
        return tuple(self._called.get(_bare(name), ()))


@dataclass(frozen=True)
class Rows:
    """A table whose rows name a profile, as rules read it: behaviour is measured over its rows.

    `dated` says whether rows are dated by an instant or a day; None when they are not dated. Columns in `personal`
    identify somebody and may not be used.
    """

    name: str
    label: Label
    columns: Names
    labels: Mapping[str, Label]
    personal: frozenset[str]
    dated: Literal["instant", "day"] | None

    @property
    def open_columns(self) -> tuple[str, ...]:
        """Columns that a rule may use."""
        return tuple(c for c in self.columns if c not in self.personal)


class TraitTypes(Names):
    """The kind of every trait by its id, and what else a rule may ask: tables of behaviour and segments.

    Parameters
    ----------
    traits
        Traits by which a rule may ask.
    tables
        Loaded tables whose rows name a profile, by name.
    segments
        Segments by segmentation, for rules over who is in another segment; None when a rule may not ask for any.
    """

    def __init__(
        self,
        traits: Iterable[TraitDefinition],
        tables: Mapping[str, Rows] | None = None,
        segments: Mapping[str, Sequence[str]] | None = None,
    ) -> None:
        found = tuple(traits)
        super().__init__({trait.id: trait.kind for trait in found}, {trait.id: trait.label for trait in found})
        self.tables: dict[str, Rows] = dict(tables or {})
        self.segments: dict[str, tuple[str, ...]] = {k: tuple(v) for k, v in (segments or {}).items()}


def _bare(name: str) -> str:
    return "".join(unicodedata.normalize("NFKC", name).casefold().split())


def trait_types(
    traits: TraitSet,
    tables: Mapping[str, Rows] | None = None,
    segments: Mapping[str, Sequence[str]] | None = None,
) -> TraitTypes:
    """Return the kind of every trait by its id, as the rule functions take it, with the tables and segments."""
    return TraitTypes(traits.traits, tables, segments)
