"""Whether segments are led by needs and value and follow change, judged by effect sizes."""

from __future__ import annotations

from typing import Any

import duckdb
import numpy as np
import pytest

from qunxiang.adapters.engines import compiles_for_spark, portability_faults
from qunxiang.i18n import Label
from qunxiang.model import Family, Segment, Segmentation, TraitDefinition
from qunxiang.segmentation.assign import rules_of
from qunxiang.segmentation.principles import (
    cramers_v_of,
    dynamic,
    effects_query,
    eta_squared,
    levels_between,
    need_led,
    value_led,
)
from qunxiang.sql import Query, Relation, TraitType

TYPES: dict[str, TraitType] = {"n": "integer", "monetary_365d": "money", "top_category": "text", "age": "text"}
TRAITS = Relation("traits", ("profile_id", *TYPES))
MADE = Segmentation(
    id="s",
    label=Label.same("s"),
    method="rule",
    segments=tuple(Segment(id=i, label=Label.same(i), rule=r) for i, r in (("many", "n > 5"), ("some", "n > 2"))),
)


@pytest.fixture(scope="module")
def con() -> duckdb.DuckDBPyConnection:
    con = duckdb.connect()
    con.execute(
        "CREATE TABLE traits (profile_id VARCHAR, n BIGINT, monetary_365d DECIMAL(18,2), top_category VARCHAR,"
        " age VARCHAR)"
    )
    rng = np.random.default_rng(2)
    for i in range(300):
        n = int(rng.integers(0, 9))
        spend = None if i % 11 == 0 else round(20 * n + float(rng.normal(0, 15)), 2)
        con.execute(
            "INSERT INTO traits VALUES (?, ?, ?, ?, 'x')",
            [f"p{i}", n, spend, ["tea", "pen"][int(rng.random() < n / 9)]],
        )
    return con


def _rows(con: duckdb.DuckDBPyConnection, query: Query) -> list[dict[str, Any]]:
    assert compiles_for_spark(query)
    assert portability_faults(query) == []
    found = con.execute(query.sql())
    names = [d[0] for d in found.description]
    return [dict(zip(names, row, strict=True)) for row in found.fetchall()]


def test_the_share_of_variance_between_segments(con: duckdb.DuckDBPyConnection) -> None:
    rows = _rows(con, effects_query(TRAITS, MADE, TYPES, ["monetary_365d"]))
    found = eta_squared([(r["n_0"], r["s_0"], r["q_0"]) for r in rows])
    data = con.execute("SELECT n, CAST(monetary_365d AS DOUBLE) FROM traits WHERE monetary_365d IS NOT NULL").fetchall()
    n, spend = np.array(data).T
    group = np.where(n > 5, 2, np.where(n > 2, 1, 0))
    between = sum((group == g).sum() * (spend[group == g].mean() - spend.mean()) ** 2 for g in range(3))
    assert found == pytest.approx(between / ((spend - spend.mean()) ** 2).sum(), rel=1e-9)
    check = value_led(found)
    assert check is not None
    assert check.met
    assert check.message("zh") != check.message("en")


def test_what_says_nothing_is_left_out() -> None:
    assert eta_squared([(5, 10.0, 20.0), (5, 10.0, 20.0)]) is None
    assert eta_squared([]) is None
    assert value_led(None) is None
    assert need_led({"discount_share": None}, None, {}) is None


def test_the_strongest_need_decides(con: duckdb.DuckDBPyConnection) -> None:
    text = cramers_v_of(_rows(con, levels_between(TRAITS, MADE, TYPES, "top_category")))
    assert text is not None
    assert text > 0.2
    strong = need_led({"discount_share": 0.01}, text, {"top_category": Label("常购品类", "Top category")})
    weak = need_led({"discount_share": 0.01}, 0.05, {})
    assert strong is not None
    assert weak is not None
    assert strong.met
    assert not weak.met
    assert "Top category" in strong.message("en")
    assert cramers_v_of(_rows(con, levels_between(TRAITS, MADE, TYPES, "age"))) is None


@pytest.mark.parametrize(("rule", "follows"), [("n > 2", True), ("age = 'x'", False)])
def test_stated_facts_alone_do_not_follow_change(rule: str, follows: bool) -> None:
    made = MADE.model_copy(update={"segments": (Segment(id="a", label=Label.same("a"), rule=rule),)})
    traits = {name: _trait(name, family) for name, family in (("n", Family.BEHAVIOURAL), ("age", Family.DEMOGRAPHIC))}
    found = dynamic(made, list(rules_of(made, TYPES).values()), traits, 0.25)
    assert found.met is follows
    assert "25" in found.message("en")


def _trait(name: str, family: Family) -> TraitDefinition:
    empty = Label.same("")
    return TraitDefinition(
        id=name, label=Label.same(name), family=family, kind=TYPES[name], unit=empty, definition=empty,
        source=("orders",), when_missing=empty,
    )  # fmt: skip
