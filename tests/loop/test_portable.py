"""Every query of the whole loop compiles for a second engine and holds no form that would answer differently there."""

from __future__ import annotations

from dataclasses import replace

import pytest
from loop_data import LoopFiles
from loop_steps import whole_loop

from qunxiang import Workspace
from qunxiang.adapters.engines import RecordingEngine, compiles_for_spark, portability_faults
from qunxiang.adapters.engines.recording import Recorded

KNOWN = (
    ("load_read._in_full", "AS TIMESTAMP", "a naive moment of a file, read in the workspace's zone next"),
    ("load_read._in_full", 'ORDER BY "__row__"', "row numbers of a file are a key"),
    ("reading.SnapshotReader.fetch", "ORDER BY k.v", "only the value is used, and tied values are equal"),
)
"""Faults left on purpose: caller, words of the fault, and why the answer is the same everywhere."""


@pytest.fixture(scope="module")
def recorded(files: LoopFiles, tmp_path_factory: pytest.TempPathFactory) -> list[Recorded]:
    with Workspace.create(tmp_path_factory.mktemp("portable") / "ws") as ws:
        engine = RecordingEngine(ws.house.engine)
        house = ws.house
        ws._enter(replace(house, engine=engine), ws.actor)
        try:
            whole_loop(ws, files)
        finally:
            ws._enter(house, ws.actor)
        return engine.recorded


def _key(found: Recorded) -> tuple[str, str]:
    return (found.caller, found.query.sql())


@pytest.fixture(scope="module")
def queries(recorded: list[Recorded]) -> list[Recorded]:
    return list({_key(r): r for r in recorded}.values())


def test_the_loop_asks_from_every_room_that_reads(queries: list[Recorded]) -> None:
    callers = {r.caller.removeprefix("qunxiang.services.").split(".")[0] for r in queries}
    assert callers >= {"load", "writing", "trait_basis", "memberships", "reading"}
    assert len(queries) > 150


def test_every_query_compiles_for_both_engines(queries: list[Recorded]) -> None:
    failed = []
    for found in queries:
        try:
            assert compiles_for_spark(found.query)
            assert found.query.sql("duckdb")
        except Exception as error:
            failed.append(f"{found.caller}: {error}")
    assert failed == []


def test_no_query_holds_a_form_that_answers_differently_elsewhere(queries: list[Recorded]) -> None:
    faults = {f"{r.caller}: {fault}" for r in queries for fault in portability_faults(r.query)}
    left = {f for f in faults if not any(room in f and words in f for room, words, _ in KNOWN)}
    assert not left, "\n".join(sorted(f[:400] for f in left))


def test_known_faults_are_still_there(queries: list[Recorded]) -> None:
    faults = [f"{r.caller}: {fault}" for r in queries for fault in portability_faults(r.query)]
    healed = [k for k in KNOWN if not any(k[0] in f and k[1] in f for f in faults)]
    assert healed == [], "remove what is mended from KNOWN"
