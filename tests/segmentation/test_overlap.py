"""Overlap of segments against sets in plain Python."""

from __future__ import annotations

import math
import random

import duckdb
import pyarrow as pa

from qunxiang.adapters.engines import compiles_for_spark, portability_faults
from qunxiang.segmentation.overlap import flags_query, overlap, overlap_of_flags, together_query
from qunxiang.segmentation.packed import Place
from qunxiang.sql import Relation

NAMES = [("often", "often"), ("tier", "high"), ("tier", "low"), ("empty", "empty")]


def test_the_matrix_counts_what_sets_share() -> None:
    chance = random.Random(3)
    people = [f"P{i}" for i in range(200)]
    often = {p for p in people if chance.random() < 0.4}
    high = {p for p in people if chance.random() < 0.3}
    low = {p for p in people if p not in high and chance.random() < 0.5}
    sets = [often, high, low, set[str]()]
    connection = duckdb.connect()
    connection.execute("CREATE TABLE members (segmentation VARCHAR, profile_id VARCHAR, segment VARCHAR)")
    rows = [(of, p, segment) for (of, segment), chosen in zip(NAMES, sets, strict=True) for p in chosen]
    rows += [("other", p, "x") for p in people]  # not asked for
    chance.shuffle(rows)
    connection.executemany("INSERT INTO members VALUES (?, ?, ?)", rows)
    query = together_query(Relation("members"), ["often", "tier", "empty"])
    found = overlap(NAMES, connection.execute(query.sql()).fetchall())
    assert found.counts.tolist() == [[len(a & b) for b in sets] for a in sets]
    for i, a in enumerate(sets):
        for j, b in enumerate(sets):
            either = len(a | b)
            assert math.isnan(found.jaccard[i, j]) if not either else found.jaccard[i, j] == len(a & b) / either
            assert math.isnan(found.inside[i, j]) if not a else found.inside[i, j] == len(a & b) / len(a)
    stored = Relation("stored", ("profile_id", "as_of", *(Place(*name).column for name in NAMES[:3])))
    flags = pa.table(
        {"profile_id": people} | {f"{of}.{s}": [p in x for p in people] for (of, s), x in zip(NAMES, sets, strict=True)}
    )
    connection.register("stored", flags.drop_columns(["empty.empty"]))
    asked = flags_query(stored, NAMES)
    assert compiles_for_spark(asked)
    assert portability_faults(asked) == []
    again = overlap_of_flags(NAMES, connection.sql(asked.sql()).to_arrow_table())
    assert again.counts.tolist() == found.counts.tolist()
    connection.close()


def test_nobody_in_any_segment() -> None:
    assert overlap(NAMES, []).counts.sum() == 0


def test_the_query_answers_alike_on_both_engines() -> None:
    query = together_query(Relation("members"), ["a"])
    assert compiles_for_spark(query)
    assert portability_faults(query) == []
