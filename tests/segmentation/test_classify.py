"""Ready-made classifications: thresholds from the data, a partition in every case, and the validity checks."""

from __future__ import annotations

from datetime import date
from typing import Any

import duckdb
import numpy as np
import pytest

from qunxiang.errors import SettingError, UnknownNameError
from qunxiang.i18n import Label
from qunxiang.model import Segment, Segmentation
from qunxiang.segmentation.assign import assignment
from qunxiang.segmentation.classify import break_of, break_query, build, threshold_query, validity, validity_query
from qunxiang.segmentation.schemes import SCHEMES
from qunxiang.sql import Query, Relation, TraitType

TYPES: dict[str, TraitType] = {
    "recency_days": "integer",
    "frequency": "integer",
    "monetary_365d": "money",
    "margin_proxy": "money",
    "r_score": "integer",
    "f_score": "integer",
    "m_score": "integer",
    "interpurchase_days": "number",
    "discount_share": "share",
    "coupon_share": "share",
    "price_level": "number",
}
TRAITS = Relation("traits", ("profile_id", *TYPES))
_SQL = {"integer": "bigint", "money": "decimal(18,2)", "number": "double", "share": "double"}


def _rows(n: int) -> list[dict[str, Any]]:
    """Profiles with and without orders, ties among them, and unknown values."""
    generator = np.random.default_rng(3)
    made = []
    for _ in range(n):
        orders = int(generator.integers(0, 9))
        amount = round(float(generator.gamma(0.7, 300)), 2) if orders else 0.0
        scores = [int(s) for s in generator.integers(1, 6, 3)] if orders else [None] * 3
        made.append(
            {
                "recency_days": int(generator.integers(0, 400)) if orders else None,
                "frequency": orders,
                "monetary_365d": amount,
                "margin_proxy": None if orders == 8 else round(amount - 40, 2),
                **dict(zip(("r_score", "f_score", "m_score"), scores, strict=True)),
                "interpurchase_days": float(generator.gamma(2, 20)) if orders > 1 else None,
                "discount_share": float(generator.beta(2, 8)) if orders else None,
                "coupon_share": float(generator.beta(1, 20)) if orders else None,
            }
        )
    levels = np.random.default_rng(4).normal(1, 0.2, n)
    for row, level in zip(made, levels, strict=True):
        row["price_level"] = round(float(level), 3) if row["frequency"] % 7 else None
    return made


ROWS = _rows(400)


@pytest.fixture(scope="module")
def con() -> duckdb.DuckDBPyConnection:
    con = duckdb.connect()
    columns = ", ".join(f"{name} {_SQL[kind]}" for name, kind in TYPES.items())
    con.execute(f"create table traits (profile_id varchar, {columns})")
    holes = ",".join("?" * (len(TYPES) + 1))
    con.executemany(f"insert into traits values ({holes})", [(f"p{i:03}", *r.values()) for i, r in enumerate(ROWS)])
    return con


def _row(con: duckdb.DuckDBPyConnection, query: Query | None) -> dict[str, Any]:
    assert query is not None
    assert query.sql("spark")
    found = con.execute(query.sql("duckdb"))
    names = [d[0] for d in found.description]
    (row,) = found.fetchall()
    return dict(zip(names, row, strict=True))


def _members(con: duckdb.DuckDBPyConnection, segmentation: Segmentation) -> dict[str, str]:
    query = assignment(TRAITS, segmentation, date(2018, 1, 1), types=TYPES)
    return {r[1]: r[2] for r in con.execute(query.sql("duckdb")).fetchall()}


@pytest.mark.parametrize("name", list(SCHEMES))
def test_every_profile_fits_exactly_one_segment(con: duckdb.DuckDBPyConnection, name: str) -> None:
    segmentation = build(name, _row(con, threshold_query(name, TRAITS)), traits=TYPES)
    assert len(_members(con, segmentation)) == len(ROWS)
    counts = _row(con, validity_query(TRAITS, segmentation, TYPES))
    assert counts["profiles"] == len(ROWS)
    assert counts["unassigned"] == counts["overlapping"] == 0
    assert sum(counts[f"size_{i}"] for i in range(len(segmentation.segments))) == len(ROWS)
    checks = {c.name: c for c in validity(segmentation, counts, minimum=1)}
    assert checks["exhaustive"].met
    assert checks["exclusive"].met
    assert all(c.message("zh") and c.message("en") for c in checks.values())
    assert set(segmentation.parameters) == {p.name for p in SCHEMES[name].parameters}


def test_rfm_compares_each_score_with_its_average(con: duckdb.DuckDBPyConnection) -> None:
    segmentation = build("rfm", _row(con, threshold_query("rfm", TRAITS)))
    known = [r for r in ROWS if r["r_score"] is not None]
    means = {s: np.mean([r[s] for r in known]) for s in ("r_score", "f_score", "m_score")}
    names = {
        (True, True, True): "important_value",
        (True, False, True): "important_development",
        (False, True, True): "important_keep",
        (False, False, True): "important_win_back",
        (True, True, False): "general_value",
        (True, False, False): "general_development",
        (False, True, False): "general_keep",
        (False, False, False): "general_win_back",
    }
    members = _members(con, segmentation)
    for i, row in enumerate(ROWS):
        expected = "no_orders"
        if row["r_score"] is not None:
            expected = names[tuple(bool(row[s] > m) for s, m in means.items())]  # type: ignore[index]
        assert members[f"p{i:03}"] == expected


def test_needs_are_read_from_promotions_and_prices(con: duckdb.DuckDBPyConnection) -> None:
    segmentation = build("need", _row(con, threshold_query("need", TRAITS)), traits=TYPES)
    enough = [r for r in ROWS if r["frequency"] >= 5]
    shares = [r["discount_share"] + r["coupon_share"] for r in enough]
    levels = [r["price_level"] for r in enough if r["price_level"] is not None]
    at = segmentation.parameters
    assert at["promotion_above"] == pytest.approx(np.quantile(shares, 2 / 3), abs=1e-6)
    assert at["price_above"] == pytest.approx(np.median(levels), abs=1e-6)
    members = _members(con, segmentation)
    for i, row in enumerate(ROWS):
        expected = "unknown"
        if row["frequency"] >= 5:
            if row["discount_share"] + row["coupon_share"] > at["promotion_above"]:
                expected = "price_sensitive"
            elif row["price_level"] is not None:
                expected = "emotional" if row["price_level"] > at["price_above"] else "functional"
        assert members[f"p{i:03}"] == expected


def test_a_threshold_may_lie_at_the_natural_break(con: duckdb.DuckDBPyConnection) -> None:
    query = break_query("need", "price_above", TRAITS)
    assert query.sql("spark")
    values = [v for (v,) in con.execute(query.sql("duckdb")).fetchall()]
    levels = [r["price_level"] for r in ROWS if r["frequency"] >= 5 and r["price_level"] is not None]
    assert sorted(values) == pytest.approx(sorted(levels))
    found = break_of(values)
    assert found is not None
    lower, upper = [v for v in values if v <= found["at"]], [v for v in values if v > found["at"]]
    inside = sum(float(np.var(part) * len(part)) for part in (lower, upper))
    assert found["fit"] == pytest.approx(1 - inside / (np.var(values) * len(values)))
    assert break_of([2.0, 2.0]) is None
    with pytest.raises(UnknownNameError, match="price_above"):
        break_query("need", "orders_at_least", TRAITS)


@pytest.mark.parametrize("share", [0.2, 0.5, 0.8])
def test_key_accounts_are_the_fewest_that_reach_the_share(con: duckdb.DuckDBPyConnection, share: float) -> None:
    overrides = {"revenue_share": share}
    segmentation = build("value_tier", _row(con, threshold_query("value_tier", TRAITS, overrides)), overrides)
    spends = sorted((r["monetary_365d"] for r in ROWS), reverse=True)
    reached, needed = 0.0, 0
    while reached < share * sum(spends) - 1e-9:
        reached += spends[needed]
        needed += 1
    key = [p for p, s in _members(con, segmentation).items() if s == "key"]
    assert len(key) == needed
    assert segmentation.parameters["key_amount"] == spends[needed - 1]


def test_value_tiers_of_the_others_follow_the_margin(con: duckdb.DuckDBPyConnection) -> None:
    segmentation = build("value_tier", {"key_amount": 500.0})
    members = _members(con, segmentation)
    for i, row in enumerate(ROWS):
        if row["frequency"] and row["monetary_365d"] >= 500:
            expected = "key"
        elif not row["frequency"] or row["margin_proxy"] is None:
            expected = "unknown"
        else:
            expected = "profit" if row["margin_proxy"] > 0 else "non_profit"
        assert members[f"p{i:03}"] == expected
    strategic = segmentation.segment("strategic")
    assert strategic is not None
    assert strategic.by_hand
    assert "strategic" not in members.values()


def test_loyalty_thresholds_are_exact_quantiles(con: duckdb.DuckDBPyConnection) -> None:
    found = _row(con, threshold_query("loyalty", TRAITS))
    repeat = [r for r in ROWS if r["frequency"] >= 2]
    assert found["loyal_orders"] == np.median([r["frequency"] for r in repeat])
    days = np.quantile([r["interpurchase_days"] for r in repeat], 0.9)
    assert found["active_days"] == np.ceil(2 * days)
    members = _members(con, build("loyalty", found))
    once = {f"p{i:03}" for i, r in enumerate(ROWS) if r["frequency"] == 1}
    assert {p for p, s in members.items() if s == "one_time"} == once


def test_price_sensitivity_needs_enough_orders(con: duckdb.DuckDBPyConnection) -> None:
    found = _row(con, threshold_query("price_sensitivity", TRAITS))
    shares = [r["discount_share"] + r["coupon_share"] for r in ROWS if r["frequency"] >= 5]
    assert found["share_above"] == pytest.approx(np.median(shares), rel=1e-12)
    members = _members(con, build("price_sensitivity", found))
    sizes = {s: list(members.values()).count(s) for s in set(members.values())}
    assert sizes["unknown"] == len(ROWS) - len(shares)
    assert sizes["sensitive"] == sum(s > np.median(shares) for s in shares)


def test_price_sensitivity_uses_what_is_there() -> None:
    made = build("price_sensitivity", {"share_above": 0.1}, traits=["frequency", "coupon_share"])
    assert made.segments[0].rule == "frequency >= 5 and coupon_share > 0.1"


def test_a_threshold_by_hand_goes_before_the_data(con: duckdb.DuckDBPyConnection) -> None:
    found = _row(con, threshold_query("loyalty", TRAITS))
    made = build("loyalty", found, {"loyal_orders": 4, "active_days": 60})
    assert (made.parameters["loyal_orders"], made.parameters["active_days"]) == (4, 60)
    assert made.segments[0].rule == "frequency >= 4 and recency_days <= 60"


def test_an_empty_table_tells_no_threshold(con: duckdb.DuckDBPyConnection) -> None:
    con.execute("create or replace view nobody as select * from traits where false")
    empty = Relation("nobody", TRAITS.columns)
    for name in SCHEMES:
        found = _row(con, threshold_query(name, empty))
        assert set(found.values()) == {None}
        with pytest.raises(SettingError, match="by hand"):
            build(name, found)


def test_wrong_names_are_answered_with_the_right_ones() -> None:
    with pytest.raises(UnknownNameError, match="value_tier"):
        build("value", {})
    with pytest.raises(UnknownNameError, match="key_amount"):
        build("value_tier", {}, {"amount": 3})
    with pytest.raises(UnknownNameError, match="margin_proxy"):
        threshold_query("value_tier", Relation("traits", ("frequency", "monetary_365d")))
    with pytest.raises(UnknownNameError, match="discount_share"):
        build("price_sensitivity", {"share_above": 0.1}, traits=["frequency"])


def test_validity_finds_gaps_overlaps_small_and_unknown(con: duckdb.DuckDBPyConnection) -> None:
    segments = tuple(
        Segment(id=f"s{i}", label=Label.same(f"s{i}"), rule=rule)
        for i, rule in enumerate(("frequency > 4", "frequency > 6", "margin_proxy > 100000"))
    )
    made = Segmentation(id="s", label=Label.same("s"), method="rule", segments=segments)
    counts = _row(con, validity_query(TRAITS, made, TYPES))
    assert counts["overlapping"] == sum(r["frequency"] > 6 for r in ROWS)
    assert counts["unassigned"] == sum(r["frequency"] <= 4 for r in ROWS)
    assert counts["known"] == sum(r["margin_proxy"] is not None for r in ROWS)
    checks = {c.name: c for c in validity(made, counts, known_share=0.95)}
    assert not any(c.met for c in checks.values())
    assert "s1, s2" in checks["large"].message("en")
