"""Rules in order, the rest, by hand before computed, nearest centres, live sizes."""

from __future__ import annotations

from datetime import date
from typing import Any

import duckdb
import numpy as np
import pytest

from qunxiang.errors import RuleError, UnknownNameError
from qunxiang.i18n import Label
from qunxiang.model import CentreModel, Segment, Segmentation
from qunxiang.segmentation.assign import assignment, sizes
from qunxiang.sql import Query, Relation, TraitType, parse_rule

AS_OF = date(2018, 1, 1)
TYPES: dict[str, TraitType] = {"n": "integer", "x": "number", "y": "number"}
TRAITS = Relation("traits")


def _segment(id_: str, rule: str | None = None, *, by_hand: bool = False) -> Segment:
    return Segment(id=id_, label=Label.same(id_), rule=rule, by_hand=by_hand)


@pytest.fixture
def con() -> duckdb.DuckDBPyConnection:
    con = duckdb.connect()
    con.execute("create table traits (profile_id varchar, n bigint, x double, y double)")
    con.executemany(
        "insert into traits values (?,?,?,?)",
        [("a", 1, 0.0, 0.0), ("b", 5, 10.0, 1.0), ("c", 9, None, 2.0), ("d", None, 5.0, 0.5), ("e", 5, -1.0, 0.0)],
    )
    con.execute("create table hand as select * from (values ('a', 's'), ('b', 'x'), ('z', 's')) h(profile_id, segment)")
    return con


def _run(con: duckdb.DuckDBPyConnection, query: Query) -> list[tuple[Any, ...]]:
    assert query.sql("spark")
    return sorted(con.execute(query.sql("duckdb")).fetchall(), key=str)


def _members(con: duckdb.DuckDBPyConnection, segmentation: Segmentation, **rest: Any) -> dict[str, str]:
    rows = _run(con, assignment(TRAITS, segmentation, AS_OF, types=TYPES, **rest))
    assert {(r[0], r[3]) for r in rows} <= {(segmentation.id, AS_OF)}
    assert len({r[1] for r in rows}) == len(rows)
    return {r[1]: r[2] for r in rows}


def test_the_first_rule_that_holds_decides_and_the_rest_takes_the_others(con: duckdb.DuckDBPyConnection) -> None:
    segments = (_segment("big", "n > 4"), _segment("all", "n > 0"), _segment("rest"))
    scheme = Segmentation(id="s1", label=Label.same("s1"), method="rule", segments=segments, rest="rest")
    assert _members(con, scheme) == {"a": "all", "b": "big", "c": "big", "d": "rest", "e": "big"}
    without = scheme.model_copy(update={"rest": None})
    assert _members(con, without) == {"a": "all", "b": "big", "c": "big", "e": "big"}


def test_by_hand_goes_before_computed_and_is_left_out_on_demand(con: duckdb.DuckDBPyConnection) -> None:
    segments = (_segment("big", "n > 4"), _segment("s", by_hand=True), _segment("t", by_hand=True))
    scheme = Segmentation(id="s1", label=Label.same("s1"), method="rule", segments=segments)
    con.execute("insert into hand values ('c', 't'), ('c', 's')")
    by_hand = Relation("hand")
    # x is no by-hand segment and z no profile; of two by-hand segments the first of the scheme counts
    assert _members(con, scheme, by_hand=by_hand) == {"a": "s", "b": "big", "c": "s", "e": "big"}
    assert _members(con, scheme) == {"b": "big", "c": "big", "e": "big"}


def test_a_scheme_of_people_alone_has_no_computed_members(con: duckdb.DuckDBPyConnection) -> None:
    scheme = Segmentation(id="s1", label=Label.same("s1"), method="rule", segments=(_segment("s", by_hand=True),))
    assert _members(con, scheme) == {}
    assert _members(con, scheme, by_hand=Relation("hand")) == {"a": "s"}


def _model(**change: Any) -> CentreModel:
    body: dict[str, Any] = {
        "traits": ("x", "y"),
        "log1p": (False, False),
        "low": (float("-inf"), 0.0),
        "high": (8.0, float("inf")),
        "mean": (0.0, 0.0),
        "scale": (1.0, 1.0),
        "centres": ((0.0, 0.0), (8.0, 1.0)),
        "seed": 0,
        "n_restarts": 1,
    }
    return CentreModel(**(body | change))


def _clusters(model: CentreModel) -> Segmentation:
    segments = tuple(_segment(f"k{i}") for i in range(len(model.centres)))
    return Segmentation(id="km", label=Label.same("km"), method="kmeans", segments=segments, model=model)


def test_nearest_centre_leaves_out_unknowns(con: duckdb.DuckDBPyConnection) -> None:
    assert _members(con, _clusters(_model())) == {"a": "k0", "b": "k1", "d": "k1", "e": "k0"}
    assert _members(con, _clusters(_model(centres=((1.0, 1.0),)))) == dict.fromkeys("abde", "k0")


def test_of_equally_near_centres_the_first_counts(con: duckdb.DuckDBPyConnection) -> None:
    assert _members(con, _clusters(_model(centres=((4.0, 0.5), (6.0, 0.5)))))["d"] == "k0"
    assert _members(con, _clusters(_model(centres=((6.0, 0.5), (4.0, 0.5)))))["d"] == "k0"


def test_a_value_without_logarithm_is_unknown(con: duckdb.DuckDBPyConnection) -> None:
    members = _members(con, _clusters(_model(log1p=(True, False))))
    assert "e" not in members  # 1 + x is 0


def test_nearest_centres_equal_numpy(con: duckdb.DuckDBPyConnection) -> None:
    generator = np.random.default_rng(5)
    raw = generator.gamma(1.0, 30.0, (500, 2))
    con.execute("delete from traits")
    con.executemany("insert into traits values (?, 1, ?, ?)", [(str(i), *map(float, r)) for i, r in enumerate(raw)])
    model = _model(
        log1p=(True, False), low=(0.5, 1.0), high=(4.5, 100.0), mean=(3.1, 29.7), scale=(1.07, 31.3),
        centres=tuple(map(tuple, generator.normal(size=(5, 2)).tolist())),
    )  # fmt: skip
    x = np.column_stack([np.log1p(raw[:, 0]), raw[:, 1]])
    x = (np.clip(x, model.low, model.high) - model.mean) / np.array(model.scale)
    nearest = ((x[:, None, :] - np.array(model.centres)) ** 2).sum(axis=2).argmin(axis=1)
    assert _members(con, _clusters(model)) == {str(i): f"k{k}" for i, k in enumerate(nearest)}


def test_centres_far_from_zero_lose_no_digits(con: duckdb.DuckDBPyConnection) -> None:
    far = 1e9
    con.execute("delete from traits")
    values = {"near": 1.4, "between": 1.5, "beyond": 1.6}
    con.executemany("insert into traits values (?, 1, ?, 0)", [(k, far + v) for k, v in values.items()])
    model = _model(high=(float("inf"), float("inf")), centres=((far, 0.0), (far + 3.0, 0.0)))
    assert _members(con, _clusters(model)) == {"near": "k0", "between": "k0", "beyond": "k1"}


def test_a_segment_of_several_centres_has_those_nearest_to_any(con: duckdb.DuckDBPyConnection) -> None:
    model = _model(centres=((0.0, 0.0), (8.0, 1.0), (5.0, 0.5)), places=(1, 1, 0))
    assert _members(con, _clusters(model)) == {"a": "k1", "b": "k1", "d": "k0", "e": "k1"}


def test_a_model_without_its_trait_says_which(con: duckdb.DuckDBPyConnection) -> None:
    with pytest.raises(UnknownNameError, match="gone"):
        assignment(TRAITS, _clusters(_model(traits=("x", "gone"))), AS_OF, types=TYPES)


def test_a_rule_over_a_trait_that_is_gone_is_refused() -> None:
    scheme = Segmentation(id="s", label=Label.same("s"), method="rule", segments=(_segment("a", "gone > 1"),))
    with pytest.raises(RuleError, match="gone"):
        assignment(TRAITS, scheme, AS_OF, types=TYPES)


def test_live_size_counts_matches_and_unknowns(con: duckdb.DuckDBPyConnection) -> None:
    query = sizes(TRAITS, parse_rule("n > 4 and (x > 0 or n > 8)", TYPES))
    whole, n_above_4, x_above_0, n_above_8 = (5, 2, 1, 1), (3, 1), (2, 1), (1, 1)  # holds, unknown
    assert _run(con, query) == [(*whole, *n_above_4, *x_above_0, *n_above_8)]
    con.execute("delete from traits")
    assert _run(con, query) == [(0,) * 10]
