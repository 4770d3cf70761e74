"""Descriptions of segments against an independent count in Python."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import duckdb
import numpy as np
import pyarrow as pa
import pytest

from qunxiang.i18n import Label, Message
from qunxiang.model import Segment, Segmentation
from qunxiang.segmentation.describe import (
    SegmentDescription,
    describe,
    growth_interval,
    halves_query,
    order_values_query,
    totals_query,
)
from qunxiang.sql import Query, Relation
from qunxiang.sql.moment import Moment
from qunxiang.statistics.intervals import Interval

TRAITS = Relation("traits")
MOMENT = Moment(date(2018, 1, 1), "Asia/Shanghai")
END = datetime(2018, 1, 1, 16, tzinfo=UTC)  # midnight after the date, in Shanghai
SCHEME = Segmentation(
    id="s",
    label=Label.same("s"),
    method="rule",
    segments=tuple(Segment(id=i, label=Label.same(i)) for i in ("a", "b", "empty")),
)


def _orders() -> list[tuple[str, str, datetime, Decimal]]:
    generator = np.random.default_rng(2)
    made = [("first", "p00", END - timedelta(days=500), Decimal("10.00"))]
    for i in range(600):
        profile = f"p{int(generator.integers(0, 30)):02}"
        at = END - timedelta(days=float(generator.uniform(0.01, 400)))
        made.append((f"o{i:03}", profile, at, Decimal(int(generator.integers(1, 90_000))) / 100))
    made.append(("edge", "p01", END - timedelta(days=365), Decimal("1000000.00")))  # the first instant that counts
    made.append(("before", "p01", END - timedelta(days=365, seconds=1), Decimal("5.00")))
    made.append(("after", "p01", END, Decimal("7000000.00")))  # the next day, must not count
    return made


ORDERS = _orders()
PLACES = {f"p{i:02}": "a" if i < 12 else "b" if i < 25 else None for i in range(32)}  # p30 and p31 never ordered


@pytest.fixture(scope="module")
def con() -> duckdb.DuckDBPyConnection:
    con = duckdb.connect()
    con.execute("set global timezone='UTC'")
    con.execute(
        "create table orders (order_id varchar, profile_id varchar, ordered_at timestamptz, amount decimal(18,2))"
    )
    con.executemany("insert into orders values (?,?,?,?)", ORDERS)
    con.execute("create table traits (profile_id varchar, margin_proxy decimal(18,2))")
    con.executemany("insert into traits values (?,?)", [(p, None if p > "p28" else 10) for p in PLACES])
    con.execute("create table members (segmentation varchar, profile_id varchar, segment varchar, as_of date)")
    members = [("s", p, s) for p, s in PLACES.items() if s] + [("other", p, "a") for p in PLACES]
    con.executemany("insert into members values (?,?,?,'2018-01-01')", members)
    return con


def _fetch(con: duckdb.DuckDBPyConnection, query: Query) -> pa.Table:
    assert query.sql("spark")
    return con.sql(query.sql("duckdb")).to_arrow_table()


def _described(
    con: duckdb.DuckDBPyConnection, traits: Relation = TRAITS, moment: Moment = MOMENT
) -> dict[str | None, SegmentDescription]:
    inputs = (Relation("members"), traits, Relation("orders"), "s", moment)
    totals = _fetch(con, totals_query(*inputs)).to_pylist()
    values = _fetch(con, order_values_query(*inputs)).to_pylist()
    halves = _fetch(con, halves_query(*inputs))
    return {d.segment: d for d in describe(SCHEME, totals, values, halves, moment)}


def _of(segment: str | None, days: int) -> list[tuple[str, str, datetime, Decimal]]:
    begins = END - timedelta(days=days)
    return [o for o in ORDERS if PLACES[o[1]] == segment and begins <= o[2] < END]


@pytest.mark.parametrize("segment", ["a", "b", None])
def test_totals_and_quantiles_equal_an_independent_count(con: duckdb.DuckDBPyConnection, segment: str | None) -> None:
    found = _described(con)[segment]
    members = [p for p, s in PLACES.items() if s == segment]
    year = _of(segment, 365)
    revenue = sum((o[3] for o in year), Decimal(0))
    everything = sum((o[3] for s in ("a", "b", None) for o in _of(s, 365)), Decimal(0))
    assert (found.profiles, found.share) == (len(members), len(members) / 32)
    assert found.revenue == revenue
    assert found.revenue_share == pytest.approx(float(revenue / everything))
    assert (found.orders, found.buyers) == (len(year), len({o[1] for o in year}))
    known = [p for p in members if p <= "p28"]
    assert (found.margin, found.margin_known) == (10 * len(known), len(known))
    assert found.margin_share == pytest.approx(len(known) / 29)
    values = found.order_values
    assert values is not None
    assert values.n == len(year)
    expected = np.quantile([float(o[3]) for o in year], [0.05, 0.25, 0.5, 0.75, 0.95])
    assert [values.p5, values.q1, values.median, values.q3, values.p95] == pytest.approx(list(expected), rel=1e-9)
    days = [(o[2] + timedelta(hours=8)).date() for o in ORDERS if PLACES[o[1]] == segment and o[2] < END]
    assert (found.first_order, found.last_order) == (min(days), max(days))


def test_growth_is_that_of_the_sums_with_an_interval_around_it(con: duckdb.DuckDBPyConnection) -> None:
    found = _described(con)["b"].growth
    assert isinstance(found, Interval)
    later = _of("b", 182)
    earlier = [o for o in _of("b", 364) if o not in later]
    expected = float(sum(o[3] for o in later)) / float(sum(o[3] for o in earlier)) - 1
    assert found.estimate == pytest.approx(expected)
    assert found.low < found.estimate < found.high
    assert found.n == 13
    again = _described(con)["b"].growth
    assert again == found


def test_a_segment_without_members_is_described_as_empty(con: duckdb.DuckDBPyConnection) -> None:
    found = _described(con)["empty"]
    assert (found.profiles, found.share, found.revenue, found.order_values) == (0, 0.0, 0, None)
    assert isinstance(found.growth, Message)
    assert list(_described(con)) == ["a", "b", "empty", None]


def test_without_a_margin_it_is_unknown(con: duckdb.DuckDBPyConnection) -> None:
    found = _described(con, Relation("traits", ("profile_id",)))["a"]
    assert (found.margin, found.margin_share, found.margin_known) == (None, None, 0)


def test_growth_is_not_told_where_orders_begin_too_late(con: duckdb.DuckDBPyConnection) -> None:
    con.execute("create or replace view late as select * from orders where ordered_at > timestamptz '2017-06-01'")
    inputs = (Relation("members"), Relation("traits"), Relation("late"), "s", MOMENT)
    totals = _fetch(con, totals_query(*inputs)).to_pylist()
    found = describe(SCHEME, totals, [], _fetch(con, halves_query(*inputs)), MOMENT)
    assert all(isinstance(d.growth, Message) for d in found)
    assert "2017" in found[0].growth("zh")  # type: ignore[operator]


def test_refunds_and_a_missing_base_are_said() -> None:
    row = dict.fromkeys(("revenue", "margin"), Decimal(1)) | dict.fromkeys(("buyers", "orders", "margin_known"), 1)
    totals = [
        {"segment": s, "profiles": 6, "first_order": date(2016, 1, 1), "last_order": date(2018, 1, 1), **row}
        for s in ("a", "b")
    ]
    halves = pa.table(
        {
            "segment": ["a"] * 6 + ["b"] * 6,
            "profile_id": [str(i) for i in range(12)],
            "earlier": [-1.0, 5, 5, 5, 5, 5] + [0.0] * 6,
            "later": [1.0] * 12,
        }
    )
    first, second, _ = describe(SCHEME, totals, [], halves, MOMENT)
    assert isinstance(first.growth, Message)
    assert first.growth.code == "segment.growth.negative"
    assert isinstance(second.growth, Message)
    assert second.growth.code == "segment.growth.no_base"


def test_the_linearised_interval_agrees_with_the_bootstrap_where_they_meet() -> None:
    generator = np.random.default_rng(1)
    earlier = generator.gamma(1.0, 50.0, 20_001)
    later = earlier * generator.gamma(4.0, 0.3, 20_001)
    linear = growth_interval(earlier, later)
    drawn = growth_interval(earlier[:-1], later[:-1])
    assert isinstance(linear, Interval)
    assert isinstance(drawn, Interval)
    assert (linear.method, drawn.method) == ("linearised-ratio", "bootstrap-ratio")
    assert linear.low == pytest.approx(drawn.low, abs=0.002)
    assert linear.high == pytest.approx(drawn.high, abs=0.002)
