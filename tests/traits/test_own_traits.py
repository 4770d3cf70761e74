"""Own traits: each metric against pandas or by hand, and what is refused."""

from __future__ import annotations

import pandas as pd
import pytest
import sqlglot
from demo_tables import raw
from sqlglot import exp

from conftest import AS_OF, World
from qunxiang.adapters.engines.portability import compiles_for_spark, portability_faults
from qunxiang.errors import QunxiangError, SettingError, UnknownNameError
from qunxiang.i18n import Label
from qunxiang.model import TraitSet
from qunxiang.sql import Query, Relation, select
from qunxiang.traits import Metric, OwnTrait, Recipe, define_trait, standard_traits, trait_query
from qunxiang.traits.basis import TraitBasis


def where(text: str) -> exp.Expr:
    return sqlglot.parse_one(text, read="duckdb")


def own(id: str, metric: Metric, column: str | None = None, **more) -> OwnTrait:
    return define_trait(id, Label.same(id), Recipe(more.pop("table", "order_lines"), metric, column, **more))


DELI = "category = 'DELI' OR category = 'PASTRY'"


@pytest.fixture(scope="module")
def lines() -> pd.DataFrame:
    lines = raw("transactions").merge(raw("products")[["product_id", "department"]], on="product_id", how="left")
    lines["age"] = (pd.Timestamp("2018-01-01") - lines["transaction_timestamp"].dt.normalize()).dt.days
    lines["profile"] = "P" + lines["household_id"].astype(str)
    return lines


def test_metrics_equal_pandas(demo: World, lines: pd.DataFrame) -> None:
    made = (
        own("n", Metric.COUNT, where=where(DELI), window_days=60),
        own("total", Metric.SUM, "amount", where=where(DELI)),
        own("average", Metric.MEAN, "amount", where=where(DELI)),
        own("articles", Metric.DISTINCT, "product_id", window_days=60),
        own("part", Metric.SHARE, where=where(DELI), window_days=60),
        own("last", Metric.DAYS_SINCE_LAST, where=where(DELI)),
        own("first", Metric.DAYS_SINCE_FIRST),
        own("least", Metric.MIN, "quantity"),
        own("most", Metric.MAX, "amount"),
    )
    found = demo.traits(TraitSet(traits=tuple(t.definition for t in made)), own_traits=made)
    kept, recent = lines[lines["department"].isin(["DELI", "PASTRY"])], lines[lines["age"] < 60]
    by, of_recent, of_all = kept.groupby("profile"), recent.groupby("profile"), lines.groupby("profile")
    expected = pd.DataFrame(
        {
            "n": kept[kept["age"] < 60].groupby("profile").size(),
            "total": by["sales_value"].sum(),
            "average": by["sales_value"].mean(),
            "articles": of_recent["product_id"].nunique(),
            "part": recent["department"].isin(["DELI", "PASTRY"]).groupby(recent["profile"]).mean(),
            "last": by["age"].min(),
            "first": of_all["age"].max(),
            "least": of_all["quantity"].min(),
            "most": of_all["sales_value"].max(),
        },
        index=found.index,
    ).fillna({"n": 0, "total": 0, "articles": 0})
    for name in expected.columns:
        tolerance = 0.005001 if name == "average" else 1e-9
        pd.testing.assert_series_equal(
            found[name].astype(float), expected[name].astype(float), check_exact=False, rtol=1e-12, atol=tolerance
        )


def test_own_traits_of_other_tables(demo: World) -> None:
    type_a = where("campaign_type = 'Type A'")
    made = (
        own("orders_60d", Metric.COUNT, table="orders", window_days=60),
        own("big_orders", Metric.SHARE, table="orders", where=where("amount >= 50")),
        own("type_a", Metric.DISTINCT, "campaign_id", table="campaign_contacts", where=type_a),
        own("coupons", Metric.DISTINCT, "reference", table="responses"),
    )
    found = demo.traits(TraitSet(traits=tuple(t.definition for t in made)), own_traits=made)
    orders = demo.frame(demo_orders())
    by = orders.groupby("profile_id")
    assert found["orders_60d"].to_dict() == by["recent"].sum().to_dict()
    assert found["big_orders"].to_dict() == pytest.approx(by["big"].mean().to_dict())
    assert found["coupons"].sum() == raw("coupon_redemptions").groupby("household_id")["coupon_upc"].nunique().sum()
    campaigns = raw("campaigns").merge(raw("campaign_descriptions"), on="campaign_id")
    assert found["type_a"].sum() == (campaigns["campaign_type"] == "Type A").sum()


def demo_orders() -> Query:
    return select(
        """SELECT profile_id, amount >= 50 AS big,
          ordered_at >= TIMESTAMPTZ '2017-11-03 00:00:00+00' AS recent FROM o__ AS o""",
        o=Relation("order_facts"),
    )


def test_own_traits_compile_to_spark(demo: World) -> None:
    made = tuple(own(m.value, m, "amount", where=where(DELI), window_days=9) for m in Metric)
    chosen = TraitSet(traits=tuple(t.definition for t in made))
    query = trait_query(demo.tables, chosen, as_of=AS_OF, time_zone="UTC", own_traits=made)
    assert portability_faults(query) == []
    assert compiles_for_spark(query)


def test_definition_says_what_is_counted() -> None:
    made = define_trait(
        "web_90d",
        Label("近 90 天线上订单", "Web orders, 90 days"),
        Recipe("orders", Metric.COUNT, where=where("channel = 'web'"), window_days=90),
        where_text="channel = 'web'",
    ).definition
    assert made.definition.zh == "含截止日期在内的 90 天里，订单的记录数；条件：channel = 'web'"
    assert made.definition.en.startswith("Number of rows of orders, in the 90 days")
    assert (made.kind, made.source, made.window_days) == ("integer", ("orders",), 90)


@pytest.mark.parametrize(
    ("build", "error", "says"),
    [
        (lambda: own("x", Metric.COUNT, table="persons"), UnknownNameError, "order_lines"),
        (lambda: own("x", Metric.SUM, "nope"), UnknownNameError, "amount"),
        (lambda: own("x", Metric.SUM), SettingError, "needs a column"),
        (lambda: own("x", Metric.SUM, "product_id"), SettingError, "text"),
        (lambda: own("x", Metric.MAX, "channel"), SettingError, "text"),
        (lambda: own("x; drop", Metric.COUNT), SettingError, "small letter"),
        (lambda: own("as_of", Metric.COUNT), SettingError, "as_of"),
        (lambda: own("x", Metric.COUNT, window_days=0), SettingError, "1 day"),
    ],
)
def test_refused(build, error: type[QunxiangError], says: str) -> None:
    with pytest.raises(error, match=says) as caught:
        build()
    assert "{" not in caught.value.render("zh")


def test_an_id_in_use_is_refused() -> None:
    made = own("frequency", Metric.COUNT)
    with pytest.raises(SettingError, match="in use"):
        standard_traits(TraitBasis({"order_lines": frozenset()}), (made,))


def test_an_own_trait_of_a_table_that_is_not_loaded_is_refused(demo: World) -> None:
    made = own("views", Metric.COUNT, table="events")
    with pytest.raises(UnknownNameError, match="views"):
        trait_query(demo.tables, TraitSet(traits=(made.definition,)), as_of=AS_OF, time_zone="UTC", own_traits=(made,))
