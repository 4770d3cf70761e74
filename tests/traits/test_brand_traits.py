"""Brands and loyalty to them, by figures worked out by hand; companies are not observed by tables of persons."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pandas as pd
import pytest
from test_habit_traits import fill
from trait_world import World

AS_OF = date(2024, 5, 31)
PRODUCTS = pd.DataFrame({
    "product_id": ["pan", "pot", "cup", "mug", "tea"],
    "category": ["kitchen", "kitchen", "cups", "cups", "food"],
    "brand": ["苏泊尔", "美的", "苏泊尔", "乐扣", None],
})  # fmt: skip
LINES = [  # person, product, amount
    ("a", "pan", 60), ("a", "pot", 40), ("a", "mug", 100), ("a", "cup", 100), ("a", "tea", 500),
    ("b", "pot", 30), ("b", "mug", 70),
    ("c", "tea", 10),
    ("d", "mug", 50), ("d", "pot", 50),
]  # fmt: skip


@pytest.fixture
def found(small: World) -> pd.DataFrame:
    at = pd.Timestamp("2024-05-01 10:00", tz="UTC")
    lines = pd.DataFrame(LINES, columns=["person_id", "product_id", "amount"])
    lines["amount"] = [Decimal(int(v)) for v in lines["amount"]]
    lines["line_id"] = lines["order_id"] = [f"o{i}" for i in range(len(lines))]
    lines["ordered_at"] = at
    event = {"event_id": "e", "person_id": "a", "session_id": "s", "event": "view", "occurred_at": at}
    tags = {"tag_id": ["1", "2"], "person_id": ["a", None], "account_id": [None, "firm"], "tag": ["会员日", "大客户"]}
    fill(small, "accounts", pd.DataFrame({"account_id": ["firm", "other"], "name": ["甲有限公司", "乙有限公司"]}))
    for table, frame in (("products", PRODUCTS), ("order_lines", lines), ("events", pd.DataFrame([event]))):
        fill(small, table, frame)
    fill(small, "tags", pd.DataFrame(tags))
    small.resolve()
    return small.traits(small.trait_set(AS_OF), AS_OF)


def test_brands(found: pd.DataFrame) -> None:
    # a: 苏泊尔 160 of 300 known; in kitchen 100 and cups 200, both of which it is bought in
    assert found.loc["Pa", ["main_brand", "brand_count"]].tolist() == ["苏泊尔", 3]
    assert found.loc["Pa", "main_brand_share"] == pytest.approx(160 / 300)
    assert found.loc["Pa", "brand_loyalty"] == pytest.approx(160 / 300)
    # b: 乐扣 70 of 100, and all of the cups
    assert found.loc["Pb", "main_brand"] == "乐扣"
    assert found.loc["Pb", ["main_brand_share", "brand_loyalty"]].tolist() == pytest.approx([0.7, 1.0])
    assert pd.isna(found.loc["Pc", "main_brand"])
    assert pd.isna(found.loc["Pc", "brand_loyalty"])
    assert found.loc["Pd", "main_brand"] == min("乐扣", "美的")  # as much of both


def test_what_is_not_observed_of_companies_is_unknown_and_not_zero(found: pd.DataFrame) -> None:
    assert found.loc["Pb", ["events_90d", "events_30d", "active_days_90d", "tag_count"]].tolist() == [0, 0, 0, 0]
    for name in ("events_90d", "events_30d", "active_days_90d"):
        assert pd.isna(found.loc["Aother", name])
    assert found.loc["Afirm", "tag_count"] == 1
    assert found.loc["Afirm", "top_tag"] == "大客户"
    assert pd.isna(found.loc["Aother", "tag_count"])
