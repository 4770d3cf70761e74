"""Price level, change of discounts and next purchases equal pandas computations from the demo's raw tables."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from demo_tables import raw

from qunxiang.model import TraitSet

AS_OF = pd.Timestamp("2018-01-01")


@pytest.fixture(scope="module")
def lines() -> pd.DataFrame:
    lines = raw("transactions").merge(raw("products")[["product_id", "department"]], on="product_id", how="left")
    lines["profile"] = "P" + lines["household_id"].astype(str)
    lines["day"] = lines["transaction_timestamp"].dt.normalize()
    lines["age"] = (AS_OF - lines["day"]).dt.days
    return lines


def agrees(found: pd.Series, expected: pd.Series, rtol: float = 1e-9) -> None:
    assert expected.notna().sum() > 500
    np.testing.assert_allclose(
        found.astype("Float64").to_numpy(float, na_value=np.nan),
        expected.reindex(found.index).to_numpy(float),
        rtol=rtol,
        atol=1e-12,
    )


def test_price_level(demo_traits: pd.DataFrame, lines: pd.DataFrame) -> None:
    priced = lines[(lines["sales_value"] > 0) & (lines["quantity"] > 0) & lines["department"].notna()].copy()
    by = priced.groupby("department")
    priced["usual"] = priced["quantity"] * priced["department"].map(by["sales_value"].sum() / by["quantity"].sum())
    sums = priced.groupby("profile")[["sales_value", "usual"]].sum()
    agrees(demo_traits["price_level"], sums["sales_value"] / sums["usual"], rtol=1e-6)  # prices have 9 digits


def test_discount_trend(demo_traits: pd.DataFrame, lines: pd.DataFrame) -> None:
    def share(kept: pd.Series) -> pd.Series:
        sums = lines[kept].groupby("profile")[["sales_value", "retail_disc"]].sum().round(2)
        whole = sums["sales_value"] + sums["retail_disc"]
        return sums["retail_disc"] / whole.where(whole != 0)

    late, early = share(lines["age"] < 182), share((lines["age"] >= 182) & (lines["age"] < 364))
    expected = late - early
    found = demo_traits["discount_trend"]
    np.testing.assert_allclose(
        found.astype("Float64").to_numpy(float, na_value=np.nan),
        expected.reindex(found.index).to_numpy(float),
        atol=1e-9,
    )


@pytest.mark.parametrize("category", ["GROCERY", "FUEL", "MEAT"])
def test_next_purchase(demo_traits: pd.DataFrame, demo_set: TraitSet, lines: pd.DataFrame, category: str) -> None:
    slug = category.lower()
    bought = lines[(lines["department"] == category) & (lines["sales_value"] > 0)]
    days = bought[["profile", "day"]].drop_duplicates().sort_values(["profile", "day"])
    expected: dict[str, dict[str, object]] = {"from": {}, "on": {}, "until": {}}
    for profile, of_profile in days.groupby("profile")["day"]:
        if len(of_profile) < 4:
            continue
        gaps = np.diff(of_profile.to_numpy()) / np.timedelta64(1, "D")
        for part, share in (("from", 0.25), ("on", 0.5), ("until", 0.75)):
            after = int(np.floor(np.quantile(gaps, share) + 0.5))
            expected[part][profile] = (of_profile.iloc[-1] + pd.Timedelta(days=after)).date()
    for part, by_profile in expected.items():
        found = demo_traits[f"next_{slug}_{part}"]
        assert len(by_profile) > 300
        assert [None if pd.isna(v) else pd.Timestamp(v).date() for v in found] == [
            by_profile.get(p) for p in found.index
        ]
        trait = demo_set.get(f"next_{slug}_{part}")
        assert trait is not None
        assert trait.kind == "date"
        assert "4" in trait.when_missing.en
