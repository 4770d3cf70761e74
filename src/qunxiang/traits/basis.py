"""What must be known of the data before traits can be listed: filled columns, categories, levels, currency."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from qunxiang.i18n import Label

N_CATEGORIES = 12
"""Categories that have spend traits of their own."""

N_CHANNELS = 8
"""Channels that have a trait for their share of orders."""

OTHER = "other"
"""Slug of all remaining categories, lines without a category among them."""


@dataclass(frozen=True)
class TraitBasis:
    """What the loaded data hold.

    Parameters
    ----------
    tables
        Table name to its columns that hold at least one value. A trait is made only when its columns are filled.
    categories
        Product categories with their own spend traits, largest spend first.
    channels
        Channels with a trait for their share of orders, most orders first.
    levels
        Trait id to the values found in the data, for text traits.
    currency
        Name of the money unit.
    value_horizon, value_basis
        Span of the fitted lifetime value, and how its money is counted (discounted or not).
    """

    tables: Mapping[str, frozenset[str]]
    categories: tuple[str, ...] = ()
    levels: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    currency: Label = field(default_factory=lambda: Label("货币单位", "currency units"))
    channels: tuple[str, ...] = ()
    value_horizon: Label = field(default_factory=lambda: Label("拟合所定期限", "the fitted horizon"))
    value_basis: Label = field(default_factory=lambda: Label("未折现", "not discounted"))

    def has(self, table: str, *columns: str) -> bool:
        """Whether `table` is loaded and all `columns` hold a value."""
        return table in self.tables and set(columns) <= self.tables[table]

    @property
    def has_orders(self) -> bool:
        """Whether there are orders, loaded or derived from lines."""
        return "orders" in self.tables or "order_lines" in self.tables


def slugs(categories: Iterable[str]) -> dict[str, str]:
    """Return a unique column-name part for each category.

    Lower-case ASCII letters, digits, underscores and Chinese characters stay; everything else becomes ``_``. A slug
    that is taken (or means "other") gets a number, in the order of `categories`.
    """
    taken = {OTHER}
    result: dict[str, str] = {}
    for category in categories:
        slug = re.sub(r"_+", "_", re.sub(r"[^a-z0-9_\u4e00-\u9fff]", "_", category.lower())).strip("_") or "category"
        unique, number = slug, 2
        while unique in taken:
            unique, number = f"{slug}_{number}", number + 1
        taken.add(unique)
        result[category] = unique
    return result


_BELOW = re.compile(r"under|below|less|up to|<|以下|不足|低于|未满", re.IGNORECASE)


def ordered_levels(levels: Iterable[str]) -> tuple[str, ...]:
    """Sort bands such as "Under 15K", "15-24K", "250K+" by their first number; empty when one has none."""
    keyed = []
    for level in set(levels):
        number = re.search(r"\d+(?:[.,]\d+)*", level)
        if number is None:
            return ()
        value = float(number.group().replace(",", ""))
        keyed.append((value, not _BELOW.search(level), level))
    return tuple(level for *_, level in sorted(keyed))
