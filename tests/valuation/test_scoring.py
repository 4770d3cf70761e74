"""Purchase histories from orders, scores with frozen parameters and their uncertainty, by independent computing."""

from __future__ import annotations

from datetime import date

import duckdb
import numpy as np
import pandas as pd
import pyarrow as pa
import pytest
from scipy import integrate

from qunxiang.adapters.engines import compiles_for_spark, portability_faults
from qunxiang.sql import Query, Relation
from qunxiang.sql.moment import Moment
from qunxiang.valuation import BetaGeo, GammaGamma, ParetoNBD
from qunxiang.valuation.histories import cohorts, first_days, grouped, histories, purchase_days, repeats_by_age
from qunxiang.valuation.scoring import (
    FrozenMoney,
    FrozenRepeats,
    customer_value,
    discounted_if_alive,
    scored_histories,
    total_interval,
    totals,
)

CDNOW = {"r": 0.2426, "alpha": 4.4135, "a": 0.7929, "b": 2.4258}  # Fader, Hardie & Lee 2005
MONEY = {"p": 6.249, "q": 3.745, "v": 15.448}  # Fader & Hardie 2013
END = date(2024, 6, 30)
MOMENT = Moment(date(2024, 9, 30), "Asia/Shanghai")
RNG = np.random.default_rng(5)


@pytest.fixture(scope="module")
def orders() -> pd.DataFrame:
    """Orders at any hour, several a day, with gifts of 0 and returns below 0."""
    n = 3_000
    at = pd.Timestamp("2024-01-01", tz="UTC") + pd.to_timedelta(RNG.integers(0, 273 * 24 * 3600, n), unit="s")
    amount = np.round(RNG.gamma(2.0, 20.0, n), 2) * RNG.choice([1, 0, -1], n, p=[0.9, 0.05, 0.05])
    return pd.DataFrame(
        {
            "order_id": [f"o{i}" for i in range(n)],
            "profile_id": [f"P{i}" for i in RNG.integers(0, 300, n)],
            "ordered_at": at,
            "amount": amount,
        }
    )


@pytest.fixture(scope="module")
def engine(orders: pd.DataFrame) -> duckdb.DuckDBPyConnection:
    connection = duckdb.connect()
    connection.execute("SET TimeZone = 'UTC'")
    connection.register("frame", orders)
    connection.execute("CREATE TABLE facts AS SELECT * REPLACE (CAST(amount AS DECIMAL(18, 2)) AS amount) FROM frame")
    keep(connection, "days", purchase_days(Relation("facts"), MOMENT))
    keep(connection, "until", histories(Relation("days"), END))
    return connection


def keep(connection: duckdb.DuckDBPyConnection, name: str, query: Query) -> None:
    connection.execute(f"CREATE OR REPLACE TABLE {name} AS {query.sql()}")


def by_hand(orders: pd.DataFrame) -> pd.DataFrame:
    """Return the histories of customers, computed with pandas."""
    local = orders.assign(day=orders["ordered_at"].dt.tz_convert("Asia/Shanghai").dt.tz_localize(None).dt.normalize())
    days = local.groupby(["profile_id", "day"], as_index=False)["amount"].sum()
    days = days[(days["amount"] > 0.001) & (days["day"] <= "2024-09-30")]
    rows = {}
    for profile, own in days.groupby("profile_id"):
        before, after = own[own["day"] <= "2024-06-30"], own[own["day"] > "2024-06-30"]
        if len(before):
            first = before["day"].min()
            repeats = before[before["day"] > first]
            rows[profile] = {
                "frequency": len(repeats),
                "recency": (before["day"].max() - first).days,
                "age": (pd.Timestamp("2024-06-30") - first).days,
                "mean_value": repeats["amount"].mean(),
                "purchases_after": len(after),
                "value_after": after["amount"].sum(),
            }
    return pd.DataFrame.from_dict(rows, orient="index").sort_index()


def test_histories_are_those_of_pandas(engine: duckdb.DuckDBPyConnection, orders: pd.DataFrame) -> None:
    found = engine.sql("SELECT * FROM until").df().set_index("profile_id").sort_index()
    wanted = by_hand(orders)
    assert list(found.index) == list(wanted.index)
    for name in ("frequency", "recency", "age", "purchases_after"):
        assert (found[name] == wanted[name]).all(), name
    np.testing.assert_allclose(found["mean_value"].astype(float), wanted["mean_value"], atol=1e-9)
    np.testing.assert_allclose(found["value_after"].astype(float), wanted["value_after"], atol=1e-6)


def test_equal_histories_are_counted_once(engine: duckdb.DuckDBPyConnection, orders: pd.DataFrame) -> None:
    groups = engine.sql(grouped(Relation("until")).sql()).df()
    wanted = by_hand(orders)
    assert groups["customers"].sum() == len(wanted)
    assert groups["after"].sum() == wanted["purchases_after"].sum()
    assert groups["after_squared"].sum() == (wanted["purchases_after"] ** 2).sum()
    assert not groups.duplicated(["frequency", "recency", "age"]).any()
    model = BetaGeo.of(r=0.5, alpha=20.0, a=0.8, b=2.5)
    once = model.log_likelihood(groups["frequency"], groups["recency"], groups["age"], groups["customers"])
    each = model.log_likelihood(wanted["frequency"], wanted["recency"], wanted["age"])
    assert once == pytest.approx(each, rel=1e-9)


@pytest.mark.parametrize("model", [BetaGeo.of(**CDNOW), ParetoNBD.of(r=0.5533, alpha=10.578, s=0.6062, beta=11.669)])
def test_discounting_is_the_integral_over_the_rate_of_purchases(model: BetaGeo | ParetoNBD) -> None:
    rate, horizon = 0.15, 400.0
    force = np.log1p(rate) / 365.25

    def purchases(t: float) -> float:
        return float(model.expected_if_alive(t, [3.0], [90.0])[0])

    def worth(t: float) -> float:  # the rate of purchases at t by differences, discounted
        return float(np.exp(-force * t)) * (purchases(t + 1e-3) - purchases(max(t - 1e-3, 0.0))) / 2e-3

    wanted, _ = integrate.quad(worth, 1e-3, horizon, limit=200)
    found = discounted_if_alive(model, horizon, rate, [3.0], [90.0])[0]
    assert found == pytest.approx(wanted, rel=1e-4)
    assert discounted_if_alive(model, horizon, 0.0, [3.0], [90.0])[0] == pytest.approx(purchases(horizon))


def test_scores_are_those_of_the_model_for_the_published_customer() -> None:
    # Fader, Hardie & Lee 2005: x 2, t_x 30.43, T 38.86 weeks: 1.226 purchases in 39 weeks, alive .7266
    frozen = FrozenRepeats("bg_nbd", CDNOW, np.diag([0.01, 0.02, 0.03, 0.04]))
    x, t_x, end = np.array([2.0]), np.array([30.43]), np.array([38.86])
    table = scored_histories(frozen, x, t_x, end, horizon_days=39.0)
    assert table["purchases"][0].as_py() == pytest.approx(1.226, abs=1e-3)
    assert table["probability_alive"][0].as_py() == pytest.approx(0.7266, abs=1e-3)
    step, slopes = 1e-3, []
    for name in CDNOW:
        above = BetaGeo.of(**{**CDNOW, name: CDNOW[name] * np.exp(step)}).expected_future_purchases(39.0, x, t_x, end)
        slopes.append(float(above[0]) - table["purchases"][0].as_py())
    found = [table[f"slope_{i}"][0].as_py() * step for i in range(4)]
    np.testing.assert_allclose(found, slopes, rtol=5e-3)
    error = np.sqrt(sum(s**2 * v for s, v in zip(np.array(slopes) / step, (0.01, 0.02, 0.03, 0.04), strict=True)))
    assert table["relative_error"][0].as_py() == pytest.approx(error / 1.226, rel=1e-2)


def test_the_interval_of_an_expectation_covers_draws_of_the_parameters() -> None:
    from buyers import simulated

    histories_ = simulated(4_000, 3)
    model = BetaGeo().fit(*histories_)
    frozen = FrozenRepeats("bg_nbd", model.params_, model.covariance_of_logs)
    table = scored_histories(frozen, [4.0], [200.0], [250.0], horizon_days=90.0)
    drawn = np.exp(
        np.random.default_rng(1).multivariate_normal(
            np.log(list(model.params_.values())), model.covariance_of_logs, 400
        )
    )
    found = [
        float(
            BetaGeo.of(**dict(zip(model.params_, row, strict=True))).expected_future_purchases(
                90.0, [4.0], [200.0], [250.0]
            )[0]
        )
        for row in drawn
    ]
    middle, error = table["purchases"][0].as_py(), table["relative_error"][0].as_py()
    inside = np.mean([middle * np.exp(-1.96 * error) <= f <= middle * np.exp(1.96 * error) for f in found])
    assert 0.91 <= inside <= 0.99


def scored(engine: duckdb.DuckDBPyConnection, covariance: np.ndarray | None) -> pd.DataFrame:
    groups = engine.sql(grouped(Relation("until")).sql()).df()
    frozen = FrozenRepeats("bg_nbd", {"r": 0.5, "alpha": 20.0, "a": 0.8, "b": 2.5}, np.eye(4) * 1e-4)
    table = scored_histories(frozen, groups["frequency"], groups["recency"], groups["age"], horizon_days=92.0)
    engine.register("scored", table)
    money = FrozenMoney(**MONEY, covariance=covariance)
    keep(engine, "worth", customer_value(Relation("until"), Relation("scored"), money))
    return engine.sql("SELECT * FROM worth").df().set_index("profile_id").sort_index()


def test_value_is_purchases_times_the_money_of_the_gamma_gamma_model(
    engine: duckdb.DuckDBPyConnection, orders: pd.DataFrame
) -> None:
    found, wanted = scored(engine, np.eye(3) * 1e-4), by_hand(orders)
    model = BetaGeo.of(r=0.5, alpha=20.0, a=0.8, b=2.5)
    purchases = model.expected_future_purchases(92.0, wanted["frequency"], wanted["recency"], wanted["age"])
    money = GammaGamma()
    money.params_ = MONEY
    each = money.expected_value(wanted["frequency"], wanted["mean_value"].fillna(0))
    np.testing.assert_allclose(found["purchases"], purchases, rtol=1e-9)
    np.testing.assert_allclose(found["value"], purchases * each, rtol=1e-9)
    assert (found["value_low"] < found["value"]).all()
    assert (found["value"] < found["value_high"]).all()
    # the change with each parameter of the money, by differences
    for name, column in (("p", "slope_p"), ("q", "slope_q"), ("v", "slope_v")):
        money.params_ = {**MONEY, name: MONEY[name] * np.exp(1e-5)}
        above = money.expected_value(wanted["frequency"], wanted["mean_value"].fillna(0))
        np.testing.assert_allclose(found[column], purchases * (above - each) / 1e-5, rtol=1e-3, atol=1e-6)


def test_what_is_not_known_stays_unknown(engine: duckdb.DuckDBPyConnection) -> None:
    assert scored(engine, None)["value_low"].isna().all()
    scored(engine, np.eye(3))
    keep(engine, "no_money", customer_value(Relation("until"), Relation("scored"), None))
    found = engine.sql("SELECT * FROM no_money").df()
    assert found[["value", "value_low", "money_per_purchase"]].isna().all().all()
    assert found["purchases"].notna().all()


def test_the_interval_of_a_group_of_one_is_that_of_its_customer(engine: duckdb.DuckDBPyConnection) -> None:
    covariance = np.eye(3) * 1e-4
    found = scored(engine, covariance)
    engine.register("groups", pa.table({"profile_id": ["P7"], "scheme": ["s"], "part": ["a"]}))
    row = engine.sql(totals(Relation("worth"), Relation("groups")).sql()).df().iloc[0]
    span = total_interval(
        row["value"],
        [row[f"slope_{i}"] for i in range(4)],
        [row[f"slope_{name}"] for name in "pqv"],
        FrozenRepeats("bg_nbd", CDNOW, np.eye(4) * 1e-4),
        FrozenMoney(**MONEY, covariance=covariance),
    )
    one = found.loc["P7"]
    assert span == pytest.approx((one["value_low"], one["value_high"]), rel=1e-6)


def test_cohorts_count_customers_once_a_month(engine: duckdb.DuckDBPyConnection) -> None:
    found = engine.sql(cohorts(Relation("days")).sql()).df()
    days = engine.sql("SELECT * FROM days").df()
    first = days["first_on"].dt.to_period("M")
    since = (days["bought_on"].dt.to_period("M").astype("int64") - first.astype("int64")).rename("since")
    wanted = days.groupby([first.astype(str), since])["profile_id"].nunique()
    assert [int(n) for n in found["buyers"]] == [int(n) for n in wanted]
    assert found["purchases"].sum() == len(days)


def test_every_query_is_portable() -> None:
    days, until, some = Relation("days"), Relation("until"), Relation("some")
    money = FrozenMoney(**MONEY, covariance=np.eye(3))
    for query in (
        purchase_days(Relation("facts"), MOMENT),
        histories(days, END),
        grouped(until),
        repeats_by_age(days, END),
        first_days(until),
        cohorts(days),
        customer_value(until, some, money),
        customer_value(until, some, None),
        totals(until, some),
    ):
        assert portability_faults(query) == []
        assert "AT TIME ZONE" not in compiles_for_spark(query)
