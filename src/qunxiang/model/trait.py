"""Segmentation variables (细分变量)."""

from __future__ import annotations

from enum import StrEnum
from typing import Literal

from qunxiang.i18n import Label
from qunxiang.model.base import Frozen

TraitKind = Literal["number", "integer", "money", "share", "text", "boolean", "date"]


class Family(StrEnum):
    """Families of segmentation variables."""

    GEOGRAPHIC = "geographic"
    DEMOGRAPHIC = "demographic"
    PSYCHOGRAPHIC = "psychographic"
    BEHAVIOURAL = "behavioural"
    SPENDING = "spending"
    PROMOTION = "promotion"
    FIRMOGRAPHIC = "firmographic"
    VALUE = "value"


class TraitDefinition(Frozen):
    """A trait: what it measures, in which unit, from which tables, and how it is computed.

    `id` is the column of the traits table and the name in rules. `definition` is the sentence a marketer reads.
    `unit` is a label such as days, orders, currency. `when_missing` says what an unknown value means.
    `levels` lists the ordered levels of a text trait when it has an order. `sensitive` traits need consent.
    """

    id: str
    label: Label
    family: Family
    kind: TraitKind
    unit: Label
    definition: Label
    source: tuple[str, ...]
    when_missing: Label
    window_days: int | None = None
    levels: tuple[str, ...] = ()
    sensitive: bool = False


class TraitSet(Frozen):
    """The traits of one snapshot in column order; stored as a definition so that a snapshot can be recomputed.

    `categories` lists the spend categories that have their own traits; every other category counts as "other".
    """

    traits: tuple[TraitDefinition, ...]
    categories: tuple[str, ...] = ()

    def get(self, trait_id: str) -> TraitDefinition | None:
        """Return the trait with that id, or None."""
        return next((t for t in self.traits if t.id == trait_id), None)
