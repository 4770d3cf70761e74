"""Memberships with a row per profile: the same as one per membership, and what changed between two such tables."""

from __future__ import annotations

from datetime import date
from typing import Any

import duckdb
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from qunxiang.i18n import Label
from qunxiang.model import CentreModel, Segment, Segmentation
from qunxiang.segmentation.packed import (
    Place,
    assembled,
    counted,
    differing,
    either,
    packed,
    packed_changes,
    packed_contract,
    packed_rows,
    places_in,
    places_of,
    unpacked,
)
from qunxiang.sql import Query, Relation, TraitType
from qunxiang.tables import MEMBERSHIPS

AS_OF = date(2018, 1, 1)
TYPES: dict[str, TraitType] = {"n": "integer", "x": "number"}
PEOPLE: dict[str, tuple[int | None, float | None]] = {
    "a": (1, 0.0),
    "b": (5, 10.0),
    "c": (9, None),
    "d": (None, 5.0),
    "e": (5, -1.0),
}


def _segment(id_: str, rule: str | None = None, *, by_hand: bool = False) -> Segment:
    return Segment(id=id_, label=Label.same(id_), rule=rule, by_hand=by_hand)


def _scheme(id_: str, *segments: Segment, **more: Any) -> Segmentation:
    return Segmentation(id=id_, label=Label.same(id_), method="rule", segments=segments, **more)


ONE = _scheme("one", _segment("yes", "n >= 5"))
"""One segment of one rule."""

MANY = _scheme(
    "many", _segment("key", by_hand=True), _segment("low", "n < 6"), _segment("all", "n < 10"), rest="none_known"
)
NEAR = Segmentation(
    id="near",
    label=Label.same("near"),
    method="kmeans",
    segments=(_segment("left"), _segment("right")),
    model=CentreModel(
        traits=("x",),
        log1p=(False,),
        low=(float("-inf"),),
        high=(float("inf"),),
        mean=(0.0,),
        scale=(1.0,),
        centres=((0.0,), (10.0,)),
        seed=0,
        n_restarts=1,
    ),
)
WANTED = {
    "one": {"b": "yes", "c": "yes", "e": "yes"},
    "many": {"a": "low", "b": "key", "c": "all", "d": "none_known", "e": "low"},
    "near": {"a": "left", "b": "right", "d": "left", "e": "left"},
}
"""By hand; d stands as far from both centres, and of equally near ones the first counts."""


@pytest.fixture
def con() -> duckdb.DuckDBPyConnection:
    con = duckdb.connect()
    con.execute("create table traits (profile_id varchar, as_of date, n bigint, x double)")
    con.executemany("insert into traits values (?, '2018-01-01', ?, ?)", [(p, *v) for p, v in PEOPLE.items()])
    con.execute("create table hand as select * from (values ('b', 'key'), ('z', 'key')) h(profile_id, segment)")
    return con


def _run(con: duckdb.DuckDBPyConnection, query: Query) -> list[tuple[Any, ...]]:
    assert query.sql("spark")
    return con.execute(query.sql("duckdb")).fetchall()


def _store(con: duckdb.DuckDBPyConnection, name: str, query: Query, places: tuple[Place, ...]) -> Relation:
    assert query.sql("spark")
    con.execute(f"create or replace table {name} as {query.sql('duckdb')}")
    found = [row[0] for row in con.execute(f"describe {name}").fetchall()]
    assert found == list(packed_contract(places).names)
    return Relation(name, tuple(found))


@pytest.mark.parametrize("wanted", [[ONE], [MANY], [NEAR], [ONE, MANY, NEAR], [NEAR, ONE], []])
def test_all_segmentations_are_assigned_in_one_query(
    con: duckdb.DuckDBPyConnection, wanted: list[Segmentation]
) -> None:
    query = packed(Relation("traits"), wanted, types=TYPES, by_hand={"many": Relation("hand")})
    con.execute(f"create view placed as {query.sql('duckdb')}")
    places = places_of(wanted)
    stored = _store(con, "stored", assembled(Relation("traits"), [(Relation("placed"), places)], places, AS_OF), places)
    rows = _run(con, unpacked(stored))
    found: dict[str, dict[str, str]] = {}
    for segmentation, profile, segment, day in rows:
        assert day == AS_OF
        assert profile not in found.setdefault(segmentation, {})
        found[segmentation][profile] = segment
    assert found == {s.id: WANTED[s.id] for s in wanted}
    assert con.execute("select count(*) from stored").fetchall() == [(len(PEOPLE),)]
    sizes = _run(con, counted(stored))[0][1:]
    assert dict(zip(places, sizes, strict=True)) == {
        p: sum(s == p.segment for s in WANTED[p.segmentation].values()) for p in places
    }
    for s in wanted:
        assert {(r[1], r[2]) for r in _run(con, unpacked(stored, [s.id]))} == set(WANTED[s.id].items())


@pytest.mark.parametrize(
    "segment", ["yes", "A", "a.b", "很好", "a b;{}()\n\t=,%", "%000041", '"; drop table traits; --', ""]
)
def test_a_column_says_which_segment_it_holds_whatever_its_id(segment: str) -> None:
    place = Place("scheme", segment)
    assert Place.of(place.column) == place
    assert not set(place.column) & set(' ,;{}()\n\t="') - {"."}
    assert place.column == place.column.lower()
    assert places_in(("profile_id", "as_of", place.column)) == (place,)


SEGMENTS = [f"s{i}" for i in range(70)]
MEMBERS = st.dictionaries(
    st.tuples(st.sampled_from(["one", "two", "gone"]), st.sampled_from("abcdef")),
    st.sampled_from([*SEGMENTS[:3], SEGMENTS[-1], "A", "a"]),
    max_size=14,
)
Members = dict[tuple[str, str], str]


def _fill(con: duckdb.DuckDBPyConnection, name: str, members: Members, lists: dict[str, list[str]]) -> Relation:
    con.execute(f"create or replace table {name}_rows (segmentation varchar, profile_id varchar, segment varchar)")
    con.execute(f"create or replace table {name}_everyone as select unnest(['a','b','c','d','e','f']) as profile_id")
    if members:
        con.executemany(f"insert into {name}_rows values (?, ?, ?)", [(*k, v) for k, v in members.items()])
    places = tuple(Place(of, s) for of, segments in lists.items() for s in segments)
    con.execute(f"create or replace view {name}_p as {packed_rows(Relation(name + '_rows'), places).sql()}")
    parts = [(Relation(name + "_p"), places), (Relation(name + "_everyone"), ())]
    return _store(con, name, assembled(Relation(name + "_everyone"), parts, places, AS_OF), places)


@settings(max_examples=8, deadline=None, derandomize=True)
@given(before=MEMBERS, after=MEMBERS)
def test_changes_turn_the_previous_members_into_the_current(before: Members, after: Members) -> None:
    _check_changes(before, after)


@pytest.mark.full
@settings(max_examples=100, deadline=None, derandomize=True)
@given(before=MEMBERS, after=MEMBERS)
def test_changes_of_many_members(before: Members, after: Members) -> None:
    _check_changes(before, after)


def _check_changes(before: Members, after: Members) -> None:
    con = duckdb.connect()
    all_ = [*SEGMENTS, "A", "a"]
    after = {k: v for k, v in after.items() if k[0] != "gone"}
    # the later table lists its segments in another order, and knows one segmentation less
    previous = _fill(con, "previous", before, {"one": all_, "two": all_, "gone": all_})
    current = _fill(con, "current", after, {"two": all_[::-1], "one": all_})
    assert {(r[0], r[1]): r[2] for r in _run(con, unpacked(current))} == after
    con.execute("delete from current where profile_id = 'f'")
    after = {k: v for k, v in after.items() if k[1] != "f"}
    query = differing(previous, current)
    assert query.sql("spark")
    con.execute(f"create table pairs as {query.sql()}")
    rows = _run(con, packed_changes(Relation("pairs"), either(previous, current), run=7, as_of=AS_OF))
    moved = {k: (before.get(k), after.get(k)) for k in before.keys() | after.keys() if before.get(k) != after.get(k)}
    assert len(rows) == len(moved)
    assert {(r[2], r[3]): (r[4], r[5]) for r in rows} == moved
    assert {(r[0], r[1]) for r in rows} <= {(7, AS_OF)}


def test_a_thousand_segments_need_no_deeper_a_query(con: duckdb.DuckDBPyConnection) -> None:
    wanted = [_scheme(f"s{i}", _segment("in", f"n >= {i % 10}")) for i in range(1000)]
    places = places_of(wanted)
    con.execute(f"create view placed as {packed(Relation('traits'), wanted, types=TYPES, by_hand={}).sql()}")
    stored = _store(con, "stored", assembled(Relation("traits"), [(Relation("placed"), places)], places, AS_OF), places)
    assert len(_run(con, unpacked(stored))) == 100 * sum(
        n >= i for n, _ in PEOPLE.values() if n is not None for i in range(10)
    )
    con.execute("create table earlier as select * from stored where profile_id <> 'a'")
    con.execute(f"create table pairs as {differing(Relation('earlier', stored.columns), stored).sql()}")
    assert len(_run(con, packed_changes(Relation("pairs"), places, run=1, as_of=AS_OF))) == 200


def test_no_segmentation_leaves_no_member(con: duckdb.DuckDBPyConnection) -> None:
    stored = _store(con, "stored", assembled(Relation("traits"), [], (), AS_OF), ())
    assert _run(con, unpacked(stored)) == []
    assert con.execute(unpacked(stored).sql()).description is not None
    assert [d[0] for d in con.execute(unpacked(stored).sql()).description] == list(MEMBERSHIPS.names)
    con.execute(f"create table pairs as {differing(stored, stored).sql()}")
    assert _run(con, packed_changes(Relation("pairs"), (), run=1, as_of=AS_OF)) == []
