"""Entered, left, moved."""

from __future__ import annotations

from datetime import date
from typing import Any

import duckdb
from hypothesis import given, settings
from hypothesis import strategies as st

from qunxiang.segmentation.changes import changes
from qunxiang.sql import Query, Relation

AS_OF = date(2018, 1, 1)
Members = dict[tuple[str, str], str]
MEMBERS = st.dictionaries(
    st.tuples(st.sampled_from(["s1", "s2"]), st.sampled_from("abcdef")), st.sampled_from("xyz"), max_size=12
)


def _fill(con: duckdb.DuckDBPyConnection, name: str, members: Members) -> None:
    con.execute(
        f"create or replace table {name} (segmentation varchar, profile_id varchar, segment varchar, as_of date)"
    )
    if members:
        con.executemany(f"insert into {name} values (?,?,?,'2018-01-01')", [(*k, v) for k, v in members.items()])


def _run(con: duckdb.DuckDBPyConnection, query: Query) -> list[tuple[Any, ...]]:
    assert query.sql("spark")
    return con.execute(query.sql("duckdb")).fetchall()


@settings(max_examples=40, deadline=None, derandomize=True)
@given(before=MEMBERS, after=MEMBERS)
def test_changes_turn_the_previous_snapshot_into_the_current(before: Members, after: Members) -> None:
    con = duckdb.connect()
    _fill(con, "p", before)
    _fill(con, "c", after)
    rows = _run(con, changes(Relation("p"), Relation("c"), 7, AS_OF))
    assert {(r[0], r[1]) for r in rows} <= {(7, AS_OF)}
    applied = dict(before)
    for _, _, segmentation, profile, old, new in rows:
        assert old != new
        assert applied.pop((segmentation, profile), None) == old
        if new is not None:
            applied[segmentation, profile] = new
    assert applied == after


def test_without_a_previous_snapshot_everyone_has_entered() -> None:
    con = duckdb.connect()
    _fill(con, "c", {("s1", "a"): "x"})
    assert _run(con, changes(None, Relation("c"), 1, AS_OF)) == [(1, AS_OF, "s1", "a", None, "x")]
    assert con.execute(changes(None, Relation("c"), 1, AS_OF).sql()).description[4][1] == "VARCHAR"
