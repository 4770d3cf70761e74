"""Segmentation variables (细分变量)."""

from __future__ import annotations

from enum import StrEnum
from typing import Final, Literal

from qunxiang.i18n import Label
from qunxiang.model.base import Frozen

TraitKind = Literal["number", "integer", "money", "share", "text", "boolean", "date"]

NUMERIC_KINDS: Final[frozenset[TraitKind]] = frozenset({"number", "integer", "money", "share"})

INTERVAL_ENDS: Final = frozenset(
    {"expected_purchases_low", "expected_purchases_high", "expected_value_low", "expected_value_high"}
)
"""Ends of the intervals of other traits."""

SCORES: Final = frozenset({"r_score", "f_score", "m_score"}) | INTERVAL_ENDS
"""Ranks made from other traits, and ends of their intervals: the trait behind them says the same in a unit that people
know."""


CITY_TIERS: Final = ("一线", "新一线", "二线", "三线", "四线", "五线")
"""City tiers, highest first."""

REGIONS: Final = ("华北", "东北", "华东", "华中", "华南", "西南", "西北", "港澳台")
"""Regions of China as the shipped table of places names them."""


SHARE_DIFFERENCE: Final = Label("占比之差", "difference of shares")
"""Unit of traits that tell how far a share has moved; pages write them in percentage points."""


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

    @property
    def is_numeric(self) -> bool:
        """Say whether the values are numbers, so that means, quartiles and distances mean something."""
        return self.kind in NUMERIC_KINDS


class TraitSet(Frozen):
    """The traits of one snapshot in column order; stored as a definition so that a snapshot can be recomputed.

    `categories` lists the spend categories that have their own traits; every other category counts as "other".
    `channels` lists the channels whose share of orders is a trait.
    """

    traits: tuple[TraitDefinition, ...]
    categories: tuple[str, ...] = ()
    channels: tuple[str, ...] = ()

    def get(self, trait_id: str) -> TraitDefinition | None:
        """Return the trait with that id, or None."""
        return next((t for t in self.traits if t.id == trait_id), None)


_TOPICS = (
    ("purchases", ("frequency", "orders_", "f_score", "interpurchase")),
    ("spending", ("monetary", "m_score", "spend_first", "spend_second", "margin_proxy")),
    ("recency", ("recency", "r_score")),
    ("basket", ("basket",)),
    ("assortment", ("category_count", "top_category_share")),
    ("channel", ("main_channel", "channel_count", "order_share_")),
    ("brand", ("main_brand", "brand_")),
    ("household", ("household_", "kids_")),
    ("future", ("expected_purchases", "expected_value", "probability_alive")),
    ("promotion_contact", ("campaign",)),
    ("promotion_response", ("responses", "coupon")),
)


def topic(trait: str) -> str:
    """Return the topic of a trait; traits of one topic measure nearly the same, and a persona states it once."""
    named = next((name for name, starts in _TOPICS if trait.startswith(starts)), None)
    if named is not None:
        return named
    if trait.startswith("spend_") and not trait.startswith(("spend_share_", "spend_trend")):
        return "spend_share_" + trait.removeprefix("spend_")
    return trait
