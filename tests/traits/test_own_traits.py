"""Own traits: each metric against pandas or by hand, and what is refused."""

from __future__ import annotations

import pandas as pd
import pytest
from demo_tables import raw
from trait_world import AS_OF, World

from qunxiang.adapters.engines.portability import compiles_for_spark, portability_faults
from qunxiang.errors import QunxiangError, RuleError, SettingError, UnknownNameError
from qunxiang.i18n import Label
from qunxiang.model import TraitSet, Variable
from qunxiang.sql import Query, Relation, select
from qunxiang.sql.metrics import TAKES_COLUMN
from qunxiang.traits import Metric, OwnTrait, define_variable, standard_traits, trait_plan
from qunxiang.traits.basis import TraitBasis


def own(id: str, metric: Metric, column: str | None = None, **more) -> OwnTrait:
    rest = {k: more.pop(k) for k in ("missing", "missing_value") if k in more}
    body = {"table": more.pop("table", "order_lines"), "metric": metric, "column": column, **more}
    return define_variable(Variable.model_validate({"id": id, "label": Label.same(id), **body, **rest}))


def every(metric: Metric) -> dict[str, object]:
    """Return what a metric takes, so that all can be defined alike."""
    taken = {"column": "amount"} if metric in TAKES_COLUMN else {}
    more = {Metric.QUANTILE: {"quantile": 0.9}, Metric.TREND: {"trend": "halves"}}.get(metric, {})
    return {**taken, **more, "where": DELI, "window_days": 9}


DELI = "category = 'DELI' OR category = 'PASTRY'"


@pytest.fixture(scope="module")
def lines() -> pd.DataFrame:
    lines = raw("transactions").merge(raw("products")[["product_id", "department"]], on="product_id", how="left")
    lines["age"] = (pd.Timestamp("2018-01-01") - lines["transaction_timestamp"].dt.normalize()).dt.days
    lines["profile"] = "P" + lines["household_id"].astype(str)
    return lines


def test_metrics_equal_pandas(demo: World, lines: pd.DataFrame) -> None:
    made = (
        own("n", Metric.COUNT, where=DELI, window_days=60),
        own("total", Metric.SUM, "amount", where=DELI),
        own("average", Metric.MEAN, "amount", where=DELI),
        own("articles", Metric.DISTINCT, "product_id", window_days=60),
        own("part", Metric.SHARE, where=DELI, window_days=60),
        own("last", Metric.DAYS_SINCE_LAST, where=DELI),
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
    type_a = "campaign_type = 'Type A'"
    made = (
        own("orders_60d", Metric.COUNT, table="orders", window_days=60),
        own("big_orders", Metric.SHARE, table="orders", where="amount >= 50"),
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
    made = tuple(own(m.value, m, **every(m)) for m in Metric)
    chosen = TraitSet(traits=tuple(t.definition for t in made))
    plan = trait_plan(demo.tables, chosen, as_of=AS_OF, time_zone="UTC", own_traits=made)
    assert plan.first
    for query in (*(part for _, part in plan.first), plan.query):
        assert portability_faults(query) == []
        assert compiles_for_spark(query)


def test_definition_says_what_is_counted() -> None:
    made = own("web_90d", Metric.COUNT, table="orders", where="channel = 'web'", window_days=90).definition
    assert made.definition.zh == "含截止日期在内的 90 天里，订单的记录数；条件：channel = 'web'"
    assert made.definition.en.startswith("Number of rows of orders, in the 90 days")
    assert (made.kind, made.source, made.window_days) == ("integer", ("orders",), 90)


@pytest.mark.parametrize(
    ("build", "error", "says"),
    [
        (lambda: own("x", Metric.COUNT, table="products"), UnknownNameError, "order_lines"),
        (lambda: own("x", Metric.COUNT, table="persons", window_days=3), SettingError, "no date"),
        (lambda: own("x", Metric.COUNT, "amount"), SettingError, "takes no column"),
        (lambda: own("x", Metric.LAST, "name", table="persons"), SettingError, "identifies a person"),
        (lambda: own("x", Metric.COUNT, table="persons", where="name = '王'"), RuleError, "identifies a person"),
        (
            lambda: own("x", Metric.COUNT, table="orders", where="chanel = 'x'"),
            RuleError,
            r"orders has no column .chanel.*Did you mean: channel\?",
        ),
        (
            lambda: own("x", Metric.COUNT, table="persons", where="phon = '1'"),
            RuleError,
            r"mean: (?!.*\bphone\b)|It has",
        ),
        (lambda: own("x", Metric.COUNT, table="orders", where="channel = 天猫"), RuleError, "in quotes: '天猫'"),
        (lambda: own("x", Metric.SHARE), SettingError, "needs a condition"),
        (lambda: own("x", Metric.QUANTILE, "amount"), SettingError, "0.9"),
        (lambda: own("x", Metric.TREND, "amount", window_days=9), SettingError, "slope, halves"),
        (lambda: own("x", Metric.TREND, trend="slope", window_days=90), SettingError, "months"),
        (lambda: own("x", Metric.TREND, trend="halves"), SettingError, "two days"),
        (lambda: own("x", Metric.LAST, "channel", missing="zero"), SettingError, "for numbers only"),
        (lambda: own("x", Metric.COUNT, missing="value", missing_value=0.5), SettingError, "whole number"),
        (lambda: own("x", Metric.SUM, "nope"), UnknownNameError, "amount"),
        (lambda: own("x", Metric.SUM), SettingError, "needs a column"),
        (lambda: own("x", Metric.SUM, "product_id"), SettingError, "text"),
        (lambda: own("x", Metric.MAX, "channel"), SettingError, "text"),
        (lambda: own("x; drop", Metric.COUNT), SettingError, "small letter"),
        (lambda: own("as_of", Metric.COUNT), SettingError, "as_of"),
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
        trait_plan(demo.tables, TraitSet(traits=(made.definition,)), as_of=AS_OF, time_zone="UTC", own_traits=(made,))
