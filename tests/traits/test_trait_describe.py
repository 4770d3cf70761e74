"""Coverage, levels and histograms of a traits table against pandas and hand computation."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from trait_world import World

from qunxiang.errors import NothingYetError, SettingError, UnknownNameError
from qunxiang.i18n import Label
from qunxiang.model import Family, TraitDefinition, TraitSet
from qunxiang.sql import Relation
from qunxiang.traits import coverage_query, histogram_query, level_label, levels_query, ordered_levels, slugs


@pytest.fixture
def stored(demo: World, demo_traits: pd.DataFrame) -> Relation:
    demo.connection.register("stored", demo_traits.reset_index())
    return Relation("stored")


def test_coverage_equals_pandas(demo: World, demo_set: TraitSet, demo_traits: pd.DataFrame, stored: Relation) -> None:
    found = demo.frame(coverage_query(stored, demo_set)).set_index("trait")
    assert list(found.index) == [t.id for t in demo_set.traits]
    assert found.loc["age_band", "coverage"] == pytest.approx(801 / 2469)
    assert found.loc["age_band", ["minimum", "median", "mean"]].isna().all()
    for trait in ("monetary", "recency_days", "interpurchase_days", "discount_share"):
        values = demo_traits[trait].dropna().astype(float)
        row = found.loc[trait]
        assert row["known"] == len(values)
        expected = [values.min(), *values.quantile([0.25, 0.5, 0.75]), values.max(), values.mean()]
        names = ["minimum", "lower_quartile", "median", "upper_quartile", "maximum", "mean"]
        np.testing.assert_allclose(row[names].astype(float), expected, rtol=1e-12)


def test_levels_equal_pandas(demo: World, demo_set: TraitSet, demo_traits: pd.DataFrame, stored: Relation) -> None:
    found = demo.frame(levels_query(stored, demo_set, top=4))
    assert found.groupby("trait").size().max() == 4
    income = found[found["trait"] == "income_band"].set_index("level")
    counts = demo_traits["income_band"].value_counts()
    assert income["n"].to_dict() == counts.head(4).to_dict()
    assert income["share"].tolist() == pytest.approx((counts.head(4) / 801).tolist())


def test_histogram_counts_every_value_once(
    demo: World, demo_set: TraitSet, demo_traits: pd.DataFrame, stored: Relation
) -> None:
    found = demo.frame(histogram_query(stored, demo_set, "interpurchase_days", bins=10))
    values = demo_traits["interpurchase_days"].dropna().astype(float)
    expected, _ = np.histogram(values, bins=10)
    assert dict(zip(found["bin"], found["n"], strict=True)) == {i: n for i, n in enumerate(expected) if n}
    clipped = demo.frame(histogram_query(stored, demo_set, "interpurchase_days", bins=4, limits=(0, 20)))
    assert clipped["n"].sum() == len(values)
    assert clipped["n"].iloc[-1] == (values >= 15).sum()
    assert clipped[["low", "high"]].iloc[1].tolist() == [5, 10]


def test_histogram_of_one_value(demo: World) -> None:
    demo.connection.execute("CREATE OR REPLACE TABLE flat AS SELECT 3 AS v FROM range(5)")
    label = Label.same("v")
    trait = TraitDefinition(
        id="v", label=label, family=Family.VALUE, kind="integer", unit=label, definition=label, source=(),
        when_missing=label,
    )  # fmt: skip
    assert demo.rows(histogram_query(Relation("flat"), TraitSet(traits=(trait,)), "v")) == [(0, 3.0, 3.0, 5)]


def test_wrong_asks_say_what_there_is(demo_set: TraitSet) -> None:
    stored = Relation("stored")
    with pytest.raises(UnknownNameError, match="recency_days"):
        histogram_query(stored, demo_set, "nope")
    with pytest.raises(SettingError, match="age_band"):
        histogram_query(stored, demo_set, "age_band")
    with pytest.raises(SettingError, match="200"):
        histogram_query(stored, demo_set, "monetary", bins=0)
    with pytest.raises(NothingYetError):
        coverage_query(stored, TraitSet(traits=()))
    assert levels_query(stored, TraitSet(traits=())) is None


def test_slugs_are_unique_column_names() -> None:
    assert slugs(["MEAT-PCKGD", "meat pckgd", "Other", "生鲜 / 水果", "&&"]) == {
        "MEAT-PCKGD": "meat_pckgd",
        "meat pckgd": "meat_pckgd_2",
        "Other": "other_2",
        "生鲜 / 水果": "生鲜_水果",
        "&&": "category",
    }


def test_bands_sort_by_their_first_number() -> None:
    assert ordered_levels(["250K+", "15-24K", "Under 15K", "100-124K"]) == ("Under 15K", "15-24K", "100-124K", "250K+")
    assert ordered_levels(["30–39岁", "18岁以下", "18–29岁"]) == ("18岁以下", "18–29岁", "30–39岁")
    assert ordered_levels(["Married", "Single"]) == ()


def test_levels_have_names_in_both_languages(demo_traits: pd.DataFrame) -> None:
    assert level_label("peak_weekday", "Sat") == Label("周六", "Saturday")
    assert level_label("income_band", "Under 15K").zh == "15K 以下"
    assert level_label("age_band", "65+").zh == "65 岁及以上"
    assert level_label("age_band", "25-34").zh == "25-34 岁"
    assert level_label("household_size", "5+").zh == "5 人及以上"
    assert level_label("kids_count", "无") == Label.same("无")
    assert level_label("top_category", "Married") == Label.same("Married")
    for trait in ("marital_status", "home_ownership", "household_type"):
        for level in demo_traits[trait].dropna().unique():
            assert level_label(trait, level).zh != level
