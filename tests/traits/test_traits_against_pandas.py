"""Every trait of the demo equals an independent pandas computation from the package's raw tables, row by row."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from demo_tables import RENAMED, raw

AS_OF = pd.Timestamp("2018-01-01")
CENTS = ("sales_value", "retail_disc", "coupon_disc", "coupon_match_disc")


@pytest.fixture(scope="module")
def lines() -> pd.DataFrame:
    lines = raw("transactions").merge(
        raw("products")[["product_id", "department", "brand"]], on="product_id", how="left"
    )
    for column in CENTS:  # whole cents, so that sums are exact
        lines[column] = (lines[column] * 100).round().astype("int64")
    lines["profile"] = "P" + lines["household_id"].astype(str)
    return lines


@pytest.fixture(scope="module")
def baskets(lines: pd.DataFrame) -> pd.DataFrame:
    baskets = lines.groupby("basket_id").agg(
        profile=("profile", "first"), at=("transaction_timestamp", "min"), cents=("sales_value", "sum")
    )
    baskets["day"] = baskets["at"].dt.normalize()
    baskets["age"] = (AS_OF - baskets["day"]).dt.days
    return baskets


def cents(money: pd.Series) -> pd.Series:
    """Money as whole cents; frames hold it as floats."""
    return (money * 100).round().astype("int64")


def agrees(found: pd.Series, expected: pd.Series) -> None:
    """Compare by profile; numbers to 1e-12 relative, unknown where unknown."""
    expected = expected.reindex(found.index)
    if pd.api.types.is_numeric_dtype(expected):
        np.testing.assert_allclose(found.astype("Float64").to_numpy(float, na_value=np.nan), expected.to_numpy(float),
                                   rtol=1e-12, atol=0)  # fmt: skip
    else:
        assert found.where(found.notna(), None).tolist() == expected.where(expected.notna(), None).tolist()


def test_published_facts(demo_traits: pd.DataFrame) -> None:
    assert len(demo_traits) == 2469
    assert str(demo_traits["monetary"].sum()) == "4596039.58"
    assert demo_traits["frequency"].sum() == 155_848
    assert str(demo_traits["monetary"].max()) == "24879.75"
    assert (demo_traits["frequency"] == 1).sum() == 31
    assert demo_traits["age_band"].notna().sum() == 801
    assert demo_traits["responses_365d"].sum() <= 2102
    assert demo_traits["days_since_response"].notna().sum() == 410


def test_rfm_and_rhythm(demo_traits: pd.DataFrame, baskets: pd.DataFrame) -> None:
    by = baskets.groupby("profile")
    orders, first, last = by.size(), by["day"].min(), by["day"].max()
    agrees(demo_traits["recency_days"], (AS_OF - last).dt.days)
    agrees(demo_traits["frequency"], orders)
    agrees(cents(demo_traits["monetary"]), by["cents"].sum())
    agrees(demo_traits["tenure_days"], (AS_OF - first).dt.days)
    agrees(demo_traits["interpurchase_days"], (last - first).dt.days / (orders - 1).where(orders > 1))
    off = demo_traits["basket_value"].astype(float) - (by["cents"].sum() / orders / 100).reindex(demo_traits.index)
    assert off.abs().max() <= 0.005 + 1e-9


@pytest.mark.parametrize(("score", "trait", "sign"), [
    ("r_score", "recency_days", -1), ("f_score", "frequency", 1), ("m_score", "monetary", 1)
])  # fmt: skip
def test_scores(demo_traits: pd.DataFrame, score: str, trait: str, sign: int) -> None:
    value = (demo_traits[trait].astype(float) * sign).to_numpy()
    worse = np.array([(value < v).sum() for v in value])
    assert (demo_traits[score].to_numpy(int) == 5 * worse // len(value) + 1).all()
    assert demo_traits.groupby(trait)[score].nunique().max() == 1


def test_windows(demo_traits: pd.DataFrame, baskets: pd.DataFrame) -> None:
    everyone = baskets["profile"].unique()

    def total(kept: pd.Series, column: str | None = None) -> pd.Series:
        by = baskets[kept].groupby("profile")
        return (by.size() if column is None else by[column].sum()).reindex(everyone, fill_value=0)

    for days in (90, 365):
        agrees(demo_traits[f"orders_{days}d"], total(baskets["age"] < days))
        agrees(cents(demo_traits[f"monetary_{days}d"]), total(baskets["age"] < days, "cents"))
    later = total(baskets["age"] < 182, "cents")
    earlier = total((baskets["age"] >= 182) & (baskets["age"] < 364), "cents")
    agrees(cents(demo_traits["spend_second_half"]), later)
    agrees(cents(demo_traits["spend_first_half"]), earlier)
    agrees(demo_traits["spend_trend"], (later - earlier) / (later + earlier).where(later + earlier != 0))


def test_times(demo_traits: pd.DataFrame, baskets: pd.DataFrame) -> None:
    hour, weekday, by = baskets["at"].dt.hour, baskets["at"].dt.day_of_week, baskets["profile"]
    agrees(demo_traits["weekend_share"], (weekday >= 5).groupby(by).mean())
    agrees(demo_traits["morning_share"], hour.between(6, 11).groupby(by).mean())
    agrees(demo_traits["afternoon_share"], hour.between(12, 17).groupby(by).mean())
    agrees(demo_traits["evening_share"], hour.between(18, 21).groupby(by).mean())
    agrees(demo_traits["night_share"], ((hour >= 22) | (hour < 6)).groupby(by).mean())
    counts = pd.crosstab(by, weekday)
    names = np.array(["Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"])
    agrees(demo_traits["peak_weekday"], pd.Series(names[counts.to_numpy().argmax(axis=1)], index=counts.index))


def test_promotion_and_brand(demo_traits: pd.DataFrame, lines: pd.DataFrame) -> None:
    sums = lines.groupby("profile")[list(CENTS)].sum()
    agrees(demo_traits["discount_share"], sums["retail_disc"] / (sums["sales_value"] + sums["retail_disc"]))
    agrees(demo_traits["coupon_share"], sums["coupon_disc"] / (sums["sales_value"] + sums["coupon_disc"]))
    branded = lines[lines["brand"].notna()]
    known = branded.groupby("profile")["sales_value"].sum()
    private = branded[branded["brand"] == "Private"].groupby("profile")["sales_value"].sum()
    agrees(demo_traits["private_label_share"], private.reindex(known.index, fill_value=0) / known.where(known != 0))
    agrees(cents(demo_traits["margin_proxy"]), sums["sales_value"])
    by = lines.groupby("profile")
    agrees(demo_traits["basket_lines"], by.size() / by["basket_id"].nunique())


def test_categories(demo_traits: pd.DataFrame, lines: pd.DataFrame) -> None:
    spend = lines.pivot_table(index="profile", columns="department", values="sales_value", aggfunc="sum")
    total = lines.groupby("profile")["sales_value"].sum()
    agrees(demo_traits["category_count"], lines.groupby("profile")["department"].nunique())
    agrees(demo_traits["top_category"], spend.idxmax(axis=1))
    agrees(demo_traits["top_category_share"], spend.max(axis=1) / total)
    top = spend.sum().sort_values(ascending=False).index[:12]
    assert list(top[:3]) == ["GROCERY", "DRUG GM", "FUEL"]
    for category in top:
        slug = category.lower().replace(" ", "_").replace("-", "_")
        agrees(cents(demo_traits[f"spend_{slug}"]), spend[category].fillna(0))
        agrees(demo_traits[f"spend_share_{slug}"], spend[category].fillna(0) / total)
    other = total - spend[top].sum(axis=1)
    agrees(cents(demo_traits["spend_other"]), other)
    shares = [c for c in demo_traits.columns if c.startswith("spend_share_")]
    np.testing.assert_allclose(demo_traits[shares].sum(axis=1), 1, atol=1e-9)


def test_campaigns(demo_traits: pd.DataFrame) -> None:
    contacts = raw("campaigns").merge(raw("campaign_descriptions"), on="campaign_id")
    contacts = contacts[(AS_OF - contacts["start_date"].dt.normalize()).dt.days.between(0, 364)]
    by = "P" + contacts["household_id"].astype(str)
    agrees(demo_traits["campaign_contacts_365d"], contacts.groupby(by).size().reindex(demo_traits.index, fill_value=0))
    responses = raw("coupon_redemptions")
    days = (AS_OF - responses["redemption_date"].dt.normalize()).dt.days
    person = "P" + responses["household_id"].astype(str)
    recent = responses[days.between(0, 364)].groupby(person).size()
    agrees(demo_traits["responses_365d"], recent.reindex(demo_traits.index, fill_value=0))
    agrees(demo_traits["days_since_response"], days.groupby(person).min())
    told = contacts[["household_id", "campaign_id"]].drop_duplicates()
    answered = responses[["household_id", "campaign_id"]].drop_duplicates().assign(answered=1.0)
    rate = told.merge(answered, how="left").fillna({"answered": 0}).groupby("household_id")["answered"].mean()
    rate.index = "P" + rate.index.astype(str)
    agrees(demo_traits["response_rate_365d"], rate)


def test_demographics(demo_traits: pd.DataFrame) -> None:
    stated = raw("demographics").rename(columns=RENAMED)
    stated.index = pd.Index("P" + stated["household_id"].astype(str))
    for column in stated.columns.drop("household_id"):
        agrees(demo_traits[column].astype(object), stated[column].astype(object))
    for absent in ("gender", "city", "education"):
        assert absent not in demo_traits.columns
