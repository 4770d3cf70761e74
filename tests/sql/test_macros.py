"""Portable forms: their answers on DuckDB, and the text Spark gets."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

import duckdb
import pytest
from sqlglot import exp

from qunxiang.sql import Query, column, literal
from qunxiang.sql.macros import (
    both,
    day_diff,
    local_date,
    money_sum,
    quantile,
    ratio,
    union_all,
    weekday,
    when,
)
from qunxiang.sql.moment import Moment


@pytest.fixture(scope="module")
def connection() -> Iterator[duckdb.DuckDBPyConnection]:
    with duckdb.connect() as made:
        made.execute("SET GLOBAL timezone='UTC'")
        yield made


def answer(connection: duckdb.DuckDBPyConnection, expression: exp.Expr, source: str | None = None) -> object:
    tree = exp.select(expression.copy())
    if source is not None:
        tree = tree.from_(exp.to_table(source))
    return connection.execute(Query(tree).sql()).fetchall()[0][0]


def spark(expression: exp.Expr) -> str:
    return Query(exp.select(expression.copy())).sql("spark")


def instant(text: str) -> exp.Expr:
    return exp.cast(exp.Literal.string(text), "TIMESTAMPTZ")


def test_day_diff_counts_calendar_days(connection: duckdb.DuckDBPyConnection) -> None:
    assert answer(connection, day_diff(literal(date(2024, 3, 1)), literal(date(2024, 2, 28)))) == 2
    assert answer(connection, day_diff(literal(date(2024, 2, 28)), literal(date(2024, 3, 1)))) == -2
    # one minute apart over midnight is one day, on every engine: both sides are cast to dates
    late, early = instant("2024-03-02 00:00:30+00"), instant("2024-03-01 23:59:30+00")
    assert answer(connection, day_diff(late, early)) == 1
    assert "DATEDIFF(DAY, CAST(" in spark(day_diff(column("a"), column("b")))
    assert spark(day_diff(column("a"), column("b"))).count("AS DATE)") == 2


def test_ratio_of_nothing_is_unknown(connection: duckdb.DuckDBPyConnection) -> None:
    assert answer(connection, ratio(literal(1), literal(8))) == 0.125
    assert answer(connection, ratio(literal(1), literal(0))) is None
    assert answer(connection, ratio(literal(1), exp.null())) is None
    assert spark(ratio(column("a"), column("b"))) == "SELECT CAST(`a` AS DOUBLE) / NULLIF(CAST(`b` AS DOUBLE), 0)"


@pytest.mark.parametrize(
    ("zone", "day"),
    [("UTC", date(2024, 3, 9)), ("Asia/Shanghai", date(2024, 3, 10)), ("America/New_York", date(2024, 3, 9))],
)
def test_local_day(connection: duckdb.DuckDBPyConnection, zone: str, day: date) -> None:
    moment = instant("2024-03-09 17:30:00+00")
    assert answer(connection, local_date(moment, zone)) == day
    assert "FROM_UTC_TIMESTAMP(`ts`" in spark(local_date(column("ts"), zone))


def test_weekday_is_iso_on_every_day_of_a_leap_year(connection: duckdb.DuckDBPyConnection) -> None:
    for ordinal in range(date(2024, 1, 1).toordinal(), date(2025, 1, 8).toordinal()):
        day = date.fromordinal(ordinal)
        assert answer(connection, weekday(literal(day))) == day.isoweekday()
    assert "DAYOFWEEK" not in spark(weekday(column("d")))


def test_money_sum_is_exact(connection: duckdb.DuckDBPyConnection) -> None:
    connection.execute("CREATE OR REPLACE TABLE cents AS SELECT CAST(0.1 AS DECIMAL(18,2)) AS amount FROM range(1000)")
    assert str(answer(connection, money_sum(column("amount")), "cents")) == "100.00"
    assert spark(money_sum(column("a"))) == "SELECT CAST(SUM(CAST(`a` AS DECIMAL(18, 2))) AS DECIMAL(18, 2))"


def test_quantile_interpolates(connection: duckdb.DuckDBPyConnection) -> None:
    connection.execute("CREATE OR REPLACE TABLE four AS SELECT CAST(range AS INTEGER) AS v FROM range(1, 5)")
    # the values that numpy's default quantile gives for one to four
    assert [answer(connection, quantile(column("v"), q), "four") for q in (0.25, 0.5, 0.75)] == [1.75, 2.5, 3.25]
    assert spark(quantile(column("v"), 0.25)) == "SELECT PERCENTILE(CAST(`v` AS DOUBLE), 0.25)"


def test_quantiles_of_one_value_are_asked_together(connection: duckdb.DuckDBPyConnection) -> None:
    connection.execute(
        "CREATE OR REPLACE TABLE two AS SELECT range % 2 AS g, CAST(range AS INTEGER) AS v FROM range(9)"
    )
    half, most, other = (quantile(column("v"), 0.5), quantile(column("v"), 0.9), quantile(column("g"), 0.5))
    tree = exp.select(column("g"), half, most, other, quantile(column("v"), 0.5)).from_("two").group_by(column("g"))
    query = Query(tree.order_by(column("g")))
    assert query.sql("duckdb").count("[0.5, 0.9]") == 3  # written three times, computed once: an engine shares equals
    assert connection.execute(query.sql("duckdb")).fetchall() == [(0, 4.0, 7.2, 0.0, 4.0), (1, 4.0, 6.4, 1.0, 4.0)]
    assert query.sql("spark").count("PERCENTILE(") == 4
    chosen = exp.Filter(this=half.copy(), expression=exp.Where(this=exp.column("v") > 4))
    apart = Query(exp.select(chosen, most.copy()).from_("two"))
    assert connection.execute(apart.sql("duckdb")).fetchall() == [(6.5, 7.2)]


def test_conditions_join(connection: duckdb.DuckDBPyConnection) -> None:
    true, false = literal(True), literal(False)
    assert both() is None
    assert both(None, true) == exp.paren(true)
    # an OR inside stays inside
    either = exp.Or(this=true.copy(), expression=false.copy())
    assert answer(connection, both(either, false) or true) is False
    assert answer(connection, when(false, literal(1))) is None
    assert answer(connection, when(false, literal(1), literal(0))) == 0
    assert answer(connection, when(None, literal(1))) == 1


def test_union_keeps_duplicates(connection: duckdb.DuckDBPyConnection) -> None:
    parts = [exp.select(exp.alias_(literal(i % 2), "v")) for i in range(300)]
    rows = connection.execute(union_all(parts).sql()).fetchall()
    assert len(rows) == 300
    with pytest.raises(ValueError, match="at least one"):
        union_all([])


def test_a_day_ends_at_local_midnight() -> None:
    moment = Moment(date(2024, 3, 10), "America/New_York")  # clocks go forward on this day
    assert moment.until.sql("duckdb") == "CAST('2024-03-11 04:00:00+00:00' AS TIMESTAMPTZ)"
    assert moment.start(1).sql("duckdb") == "CAST('2024-03-10 05:00:00+00:00' AS TIMESTAMPTZ)"
    assert moment.first_day(90) == date(2023, 12, 12)
