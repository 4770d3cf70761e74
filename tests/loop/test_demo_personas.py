"""Personas of the demo: every claim's evidence equals a count straight from the lake's files."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import duckdb
import pytest
from loop_data import lake_files

from demo_data import LIFESTYLE, copy_workspace
from qunxiang import Workspace
from qunxiang.model import Family
from qunxiang.personas import Claim, Floor, Persona

MOST_CAUTIOUS = 0.5


@pytest.fixture(scope="module")
def personas(demo: Workspace) -> list[Persona]:
    return demo.personas.list("lifestyle")


@pytest.fixture(scope="module")
def lake(demo: Workspace) -> duckdb.DuckDBPyConnection:
    """Return an engine of the test's own with traits and members, read from the files."""
    connection = duckdb.connect()
    for table in ("traits", "memberships"):
        names = ", ".join(f"'{f}'" for f in lake_files(demo, table))
        connection.execute(f"CREATE TABLE {table} AS SELECT * FROM read_parquet([{names}])")
    connection.execute(
        "CREATE TABLE placed AS SELECT profile_id, split_part(place, '.', 2) AS segment FROM"
        " (UNPIVOT memberships ON COLUMNS('^lifestyle[.]') INTO NAME place VALUE member) WHERE member"
    )
    connection.execute(
        "CREATE TABLE people AS SELECT t.*, m.segment FROM traits t LEFT JOIN placed m ON m.profile_id = t.profile_id"
    )
    return connection


def claims(personas: list[Persona]) -> list[tuple[Persona, Claim]]:
    return [(p, c) for p in personas for c in p.claims]


def count(lake: duckdb.DuckDBPyConnection, claim: Claim, where: str) -> dict[str, Any]:
    e = claim.evidence
    assert re.fullmatch(r"""\w+ (>=|<=|=) ('[^']*'|-?[\d.e+-]+|true|false)""", e.rule), e.rule
    found = lake.execute(
        f"SELECT count(*) n, count({e.trait}) n_known, count(*) FILTER (WHERE {e.rule}) n_true,"
        f" sum(monetary_365d) FILTER (WHERE {e.trait} IS NOT NULL) / nullif(count({e.trait}), 0) spend_known,"
        f" sum(monetary_365d) FILTER (WHERE {e.trait} IS NULL) / nullif(count(*) - count({e.trait}), 0) spend_unknown"
        f" FROM people WHERE {where}"
    )
    return dict(zip([d[0] for d in found.description], found.fetchone() or (), strict=True))


def test_each_target_has_a_persona_of_eight_claims_from_three_families(
    demo: Workspace, personas: list[Persona]
) -> None:
    chosen = demo.targets.chosen("lifestyle")
    assert chosen is not None
    assert [p.segment for p in personas] == list(chosen.segments)
    assert len(personas) == 3
    for persona in personas:
        assert len(persona.claims) >= 8
        assert len({c.family for c in persona.claims}) >= 3
        assert len({c.id for c in persona.claims}) == len(persona.claims)
        assert persona.name.zh
        assert persona.name.en
    assert len({p.name.en for p in personas}) == 3


def test_every_claim_equals_a_direct_count(personas: list[Persona], lake: duckdb.DuckDBPyConnection) -> None:
    for persona, claim in claims(personas):
        e = claim.evidence
        inside, everyone = count(lake, claim, f"segment = '{persona.segment}'"), count(lake, claim, "true")
        assert (e.n_segment, e.n_known, e.n_true) == (inside["n"], inside["n_known"], inside["n_true"]), claim.id
        assert (e.base_known, e.base_true) == (everyone["n_known"], everyone["n_true"]), claim.id
        assert e.share == pytest.approx(inside["n_true"] / inside["n_known"])
        assert e.base_share == pytest.approx(everyone["n_true"] / everyone["n_known"])
        assert e.coverage == pytest.approx(inside["n_known"] / inside["n"])
        assert e.low <= e.share <= e.high
        outside = everyone["n_known"] - inside["n_known"]
        rest = (everyone["n_true"] - inside["n_true"]) / outside
        assert e.difference == pytest.approx(e.share - rest)


def test_opening_a_claim_counts_anew_and_agrees(demo: Workspace, personas: list[Persona]) -> None:
    for persona, claim in claims(personas):
        view = demo.personas.evidence("lifestyle", persona.segment, claim.id)
        assert view.agrees, claim.id


def test_claims_stand_on_the_floor(personas: list[Persona]) -> None:
    floor = Floor()
    for _, claim in claims(personas):
        assert claim.evidence.n_known >= floor.known
        assert claim.evidence.n_true >= floor.holding
        if claim.marks:
            assert claim.evidence.effect >= floor.effect
            assert claim.evidence.p_adjusted <= floor.alpha
    assert all(p.n_refused > 0 and p.n_tried > p.n_refused for p in personas)


def test_thin_or_uneven_knowledge_is_said_with_the_claim(
    personas: list[Persona], lake: duckdb.DuckDBPyConnection
) -> None:
    demographic = [(p, c) for p, c in claims(personas) if c.family is Family.DEMOGRAPHIC]
    assert demographic
    for persona, claim in claims(personas):
        codes = {m.code for m in claim.cautions}
        thin = claim.evidence.coverage < MOST_CAUTIOUS
        assert ("persona.caution.coverage" in codes) == thin, claim.id
        inside = count(lake, claim, f"segment = '{persona.segment}'")
        if inside["spend_unknown"] is not None:
            assert claim.evidence.spend_known == pytest.approx(float(inside["spend_known"]))
            assert claim.evidence.spend_unknown == pytest.approx(float(inside["spend_unknown"]))
        else:
            assert "persona.caution.spend" not in codes
    for _, claim in demographic:
        codes = {m.code for m in claim.cautions}
        assert {"persona.caution.coverage", "persona.caution.spend"} & codes, claim.id


def test_contact_with_campaigns_is_never_called_an_effect(personas: list[Persona]) -> None:
    exposed = [c for _, c in claims(personas) if "campaign" in c.evidence.trait]
    assert exposed
    assert all("persona.caution.exposure" in {m.code for m in c.cautions} for c in exposed)


def test_defining_traits_are_marked_as_such(personas: list[Persona]) -> None:
    for _, claim in claims(personas):
        codes = {m.code for m in claim.cautions}
        assert ("persona.caution.defining" in codes) == (claim.evidence.trait in LIFESTYLE), claim.id


def test_a_claims_rule_typed_as_a_segment_takes_the_same_people(
    demo_folder: Path, tmp_path: Path, personas: list[Persona]
) -> None:
    with Workspace(copy_workspace(demo_folder, tmp_path / "copy")) as ws:
        for number, (persona, claim) in enumerate(claims(personas)[::5]):
            ws.segments.define(f"claim{number}", claim.evidence.rule)
            taken = set(ws.segments.members(f"claim{number}")["profile_id"].to_pylist())
            inside = set(ws.segments.members("lifestyle", segment=persona.segment)["profile_id"].to_pylist())
            assert len(taken & inside) == claim.evidence.n_true, claim.evidence.rule
            assert len(taken) == claim.evidence.base_true, claim.evidence.rule
