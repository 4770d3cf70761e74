"""Measures of segments against an independent computation with pandas and SciPy."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import duckdb
import numpy as np
import pandas as pd
import pytest
from scipy import stats

from qunxiang.sql import Relation
from qunxiang.sql.moment import Moment
from qunxiang.targeting import Measure
from qunxiang.targeting.measured import MEASURES, measures_of_sums, sums_query

END = datetime(2018, 1, 1, 16, tzinfo=UTC)  # midnight after the date, in Shanghai
MOMENT = Moment(date(2018, 1, 1), "Asia/Shanghai")
PLACES = {f"p{i:02}": "a" if i < 12 else "b" if i < 25 else None for i in range(32)}  # p30 and p31 never ordered


def orders() -> pd.DataFrame:
    chance = np.random.default_rng(4)
    rows = [("edge", "p00", 90.0, 30.0), ("late", "p01", 0.0, 7_000_000.0)]  # last instant that counts; next day
    rows += [
        (f"o{i}", f"p{int(chance.integers(0, 30)):02}", float(chance.uniform(0.01, 400)), float(i % 90) + 0.5)
        for i in range(150)
    ]
    return pd.DataFrame(rows, columns=["order_id", "profile_id", "days_ago", "amount"])


ORDERS = orders()
TRAITS = pd.DataFrame(
    {
        "profile_id": list(PLACES),
        "margin_proxy": [None if i % 5 == 0 else i * 1.25 for i in range(32)],
        "city": [None if i % 2 else "x" for i in range(32)],
    }
)


@pytest.fixture(scope="module")
def found() -> dict[str, dict[str, Measure]]:
    con = duckdb.connect()
    con.execute("set global timezone='UTC'")
    con.execute(
        "create table orders (order_id varchar, profile_id varchar, ordered_at timestamptz, amount decimal(18,2))"
    )
    placed = [
        (r.order_id, r.profile_id, END - timedelta(days=r.days_ago), Decimal(str(r.amount)))
        for r in ORDERS.itertuples()
    ]
    con.executemany("insert into orders values (?,?,?,?)", placed)
    con.execute("create table traits (profile_id varchar, margin_proxy decimal(18,2), city varchar)")
    rows = [(p, None if pd.isna(m) else m, None if pd.isna(c) else c) for p, m, c in TRAITS.itertuples(index=False)]
    con.executemany("insert into traits values (?,?,?)", rows)
    con.execute("create table members (segmentation varchar, profile_id varchar, segment varchar)")
    con.executemany("insert into members values ('s',?,?)", [(p, s) for p, s in PLACES.items() if s])
    con.executemany("insert into members values ('other',?,'a')", [(p,) for p in PLACES])
    columns = tuple(TRAITS.columns)
    query = sums_query(
        Relation("members"), Relation("traits", columns), Relation("orders"), "s", MOMENT, ["city", "margin_proxy"]
    )
    assert query.sql("spark")
    rows_found = con.sql(query.sql("duckdb")).to_arrow_table().to_pylist()
    return measures_of_sums(rows_found, n_traits=2)


def spending(segment: str | None) -> pd.Series:
    counted = ORDERS[(ORDERS.days_ago > 0) & (ORDERS.days_ago <= 365)]
    by_profile = counted.groupby("profile_id").amount.sum()
    return by_profile.reindex([p for p, s in PLACES.items() if s == segment], fill_value=0.0)


@pytest.mark.parametrize("segment", ["a", "b"])
def test_shares_and_means(found: dict[str, dict[str, Measure]], segment: str) -> None:
    members = [p for p, s in PLACES.items() if s == segment]
    mine = ORDERS[ORDERS.profile_id.isin(members) & (ORDERS.days_ago > 0)]
    got = found[segment]
    assert set(got) == set(MEASURES) - {"growth", "largest_effect"}
    assert got["profiles"].value == len(members)
    assert got["profile_share"].value == len(members) / 32
    assert got["active_share"].value == mine[mine.days_ago <= 90].profile_id.nunique() / len(members)
    year = mine[mine.days_ago <= 365].groupby("profile_id").size()
    assert got["repeat_share"].value == pytest.approx((year > 1).sum() / len(year))
    earlier = set(mine[(mine.days_ago > 182) & (mine.days_ago <= 364)].profile_id)
    later = set(mine[mine.days_ago <= 182].profile_id)
    assert (got["lapsed_share"].value, got["lapsed_share"].n) == (len(earlier - later) / len(earlier), len(earlier))
    traits = TRAITS[TRAITS.profile_id.isin(members)]
    known = (traits.city.notna().sum() + traits.margin_proxy.notna().sum()) / (2 * len(traits))
    assert got["known_share"].value == pytest.approx(known)
    spend = spending(segment)
    low, high = stats.t.interval(0.95, len(spend) - 1, spend.mean(), stats.sem(spend))
    per = got["revenue_per_profile"]
    assert [per.value, per.low, per.high] == pytest.approx([spend.mean(), low, high])
    margin = traits.margin_proxy.dropna()
    assert got["margin_per_profile"].value == pytest.approx(margin.round(2).mean(), abs=0.01)
    assert got["margin_per_profile"].n == len(margin)


def test_the_share_of_revenue_has_the_interval_of_a_bootstrap(found: dict[str, dict[str, Measure]]) -> None:
    amounts = np.concatenate([spending(s).to_numpy() for s in ("a", "b", None)])
    inside = np.concatenate([np.full(len(spending(s)), s == "a") for s in ("a", "b", None)])
    got = found["a"]["revenue_share"]
    assert got.value == pytest.approx(amounts[inside].sum() / amounts.sum())
    chance = np.random.default_rng(0)
    draws = chance.integers(len(amounts), size=(20_000, len(amounts)))
    shares = (amounts * inside)[draws].sum(axis=1) / amounts[draws].sum(axis=1)
    assert got.low is not None
    assert got.high is not None
    assert (got.high - got.low) / (2 * 1.96) == pytest.approx(shares.std(), rel=0.1)


def test_without_orders_or_margin_it_is_unknown() -> None:
    sums = dict.fromkeys(("active", "earlier_buyers", "lapsed", "buyers", "repeat", "margin_known"), 0)
    row = sums | {"segment": "a", "profiles": 3, "spend": 0.0, "spend_squares": 0.0, "margin": None, "known": 0.0}
    got = measures_of_sums([row | {"margin_squares": None}], n_traits=0)["a"]
    assert {n for n, m in got.items() if m.value is None} == {
        "revenue_share",
        "margin_per_profile",
        "lapsed_share",
        "repeat_share",
        "known_share",
    }
