"""Definitions: what a snapshot was computed with, who changed what at the same moment, and what may be applied."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from loop_data import LoopFiles

from qunxiang import Workspace
from qunxiang.errors import ConflictError, NotAllowedError, QunxiangError, SettingError, UnknownNameError
from qunxiang.i18n import Label
from qunxiang.model import Actor, NewDefinition, Role
from qunxiang.ports.state import NewSnapshot
from qunxiang.services import definitions as keeping

AT = datetime(2027, 1, 1, tzinfo=UTC)


@pytest.fixture(scope="module")
def made(files: LoopFiles, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("force") / "ws"
    with Workspace.create(folder) as ws:
        ws.load("order_lines", files.lines)
        ws.load("persons", files.persons)
        ws.resolve()
        ws.refresh("2024-06-01")
        ws.segments.classify("value_tier")
        ws.segments.define("often", "frequency >= 3")
    return folder


@pytest.fixture
def ws(made: Path, tmp_path: Path) -> Iterator[Workspace]:
    shutil.copytree(made, tmp_path / "ws")
    with Workspace(tmp_path / "ws") as opened:
        yield opened


def as_role(ws: Workspace, name: str, role: Role) -> Workspace:
    return ws.acting_as(Actor(name=name, role=role))


def test_a_method_that_does_not_exist_is_refused(ws: Workspace) -> None:
    with pytest.raises(SettingError, match="kmeans"):
        ws.segments.fit("some", method="ward", n_segments=2)


def test_criteria_and_decisions_seen_by_two_are_replaced_by_one(ws: Workspace) -> None:
    seen = ws.targets.rank("value_tier")
    assert (seen.criteria_version, seen.chosen_version) == (0, 0)
    stored = ws.targets.criteria("value_tier")
    heavier = stored.model_copy(
        update={"criteria": tuple(c.model_copy(update={"weight": 7.0}) for c in stored.criteria)}
    )
    ws.targets.set_criteria("value_tier", heavier, seen_version=seen.criteria_version)
    ws.targets.choose("value_tier", ["key"], why="first", seen_version=seen.chosen_version)
    ben = as_role(ws, "ben", Role.MARKETER)
    for late in (
        lambda: ben.targets.set_criteria("value_tier", stored, seen_version=seen.criteria_version),
        lambda: ben.targets.choose("value_tier", ["profit"], why="late", seen_version=seen.chosen_version),
    ):
        with pytest.raises(ConflictError):
            late()
    chosen = ws.targets.chosen("value_tier")
    assert chosen is not None
    assert chosen.segments == ("key",)
    assert ws.targets.criteria("value_tier") == heavier
    again = ben.targets.rank("value_tier")
    ben.targets.choose("value_tier", ["profit"], why="seen", seen_version=again.chosen_version)
    assert ben.targets.rank("value_tier").chosen_version == 2


def document(ws: Workspace, kind: str, id: str) -> dict[str, Any]:
    found = ws.house.state.definition(kind, id)
    assert found is not None
    return {"kind": kind, "id": id, "body": found.body}


def applied(ws: Workspace, *documents: Any) -> list[str]:
    return [s.action for s in keeping.apply(ws.house, ws.actor, documents=documents)]


def with_rule(ws: Workspace, rule: str) -> dict[str, Any]:
    found = document(ws, "segmentation", "often")
    segment = {**found["body"]["segments"][0], "rule": rule}
    return {**found, "body": {**found["body"], "segments": [segment]}}


# who may see whom -----------------------------------------------------------------------------------------


def test_documents_that_name_customers_are_for_roles_that_see_members(ws: Workspace) -> None:
    ws.segments.mark("value_tier", segment="strategic", profile_id="Pc003", why="known")
    viewer, sales = as_role(ws, "vera", Role.VIEWER), as_role(ws, "sam", Role.SALES)
    assert "by_hand" not in {d.kind for d in viewer.definitions.list()}
    assert "by_hand" in {d.kind for d in sales.definitions.list()}
    for look in (lambda w: w.definitions.list("by_hand"), lambda w: w.definitions.history("by_hand", "value_tier")):
        with pytest.raises(NotAllowedError):
            look(viewer)
        assert look(sales)[0].body["members"].keys() == {"Pc003"}
    noted = [(e.actor, e.use_case, e.outcome) for e in ws.audit.list(limit=50) if e.actor in ("vera", "sam")]
    for use_case in ("definition.list", "definition.history"):
        assert ("vera", use_case, "refused") in noted
        assert ("sam", use_case, "done") in noted


# at the same moment ---------------------------------------------------------------------------------------


def test_judgements_names_and_assumptions_given_at_the_same_moment_are_all_kept(ws: Workspace) -> None:
    ws.personas.build("value_tier", segments=["key"])
    people = [as_role(ws, f"m{i}", Role.MARKETER) for i in range(4)]
    segments = [s.id for s in ws.segments.list() if s.id == "value_tier" for s in s.segments][:4]

    def work(i: int) -> None:
        people[i].targets.judge("value_tier", segment="key", value=i, why="known")
        people[i].segments.rename("value_tier", segment=segments[i], label=Label.same(f"name {i}"))
        people[i].personas.assume("value_tier", "key", text=Label.same(f"said {i}"))

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(work, range(4)))
    assert {j.by for j in ws.targets.rank("value_tier").judgements} == {"m0", "m1", "m2", "m3"}
    found = next(s for s in ws.segments.list() if s.id == "value_tier")
    assert [s.label.en for s in found.segments[:4]] == [f"name {i}" for i in range(4)]
    said = {a.text.en for a in ws.personas.show("value_tier", "key").assumptions if a.by is not None}
    assert said == {f"said {i}" for i in range(4)}


class _Between:
    """A state in which something happens just before the next publication."""

    def __init__(self, state: Any, happening: Any, times: int = 1) -> None:
        self._state, self._happening, self._left = state, happening, times

    def __getattr__(self, name: str) -> Any:
        return getattr(self._state, name)

    def publish(self, *args: Any, **kwargs: Any) -> Any:
        if self._left:
            self._left -= 1
            self._happening()
        return self._state.publish(*args, **kwargs)


def between(ws: Workspace, happening: Any, times: int = 1) -> Workspace:
    ws._enter(replace(ws.house, state=_Between(ws.house.state, happening, times)), ws.actor)
    return ws


def test_a_mark_does_not_undo_a_name_given_meanwhile(ws: Workspace) -> None:
    state = ws.house.state
    other = as_role(ws, "anna", Role.MARKETER)

    def happening() -> None:
        other.segments.rename("value_tier", segment="key", label=Label.same("Our best"))

    between(ws, happening).segments.mark("value_tier", segment="strategic", profile_id="Pc003", why="known")
    ws._enter(replace(ws.house, state=state), ws.actor)
    found = next(s for s in ws.segments.list() if s.id == "value_tier")
    assert {s.id: s.label.en for s in found.segments}["key"] == "Our best"
    assert found.assigned
    assert ws.segments.members("value_tier", segment="strategic")["profile_id"].to_pylist() == ["Pc003"]


@pytest.mark.parametrize("step", ["define", "refresh"])
def test_changes_bear_the_number_of_the_run_that_published_them(ws: Workspace, step: str) -> None:
    state = ws.house.state
    between(ws, lambda: state.publish(NewSnapshot(kind="load", tables={}), actor=ws.actor, at=AT), times=2)
    run = ws.segments.define("often", "frequency >= 2").run if step == "define" else ws.refresh("2024-03-01").run
    changes = ws.segments.changes("often")
    assert changes[0].run == run == state.head().run
    assert run == state.head().parent + 1
    kinds = {s.run: s.kind for s in state.snapshots()}
    assert {kinds[c.run] for c in changes} <= {"segment", "refresh"}
    assert sum(c.n for c in changes if c.run == run) > 0


def test_loads_without_end_are_said(ws: Workspace) -> None:
    state = ws.house.state
    between(ws, lambda: state.publish(NewSnapshot(kind="load", tables={}), actor=ws.actor, at=AT), times=99)
    with pytest.raises(ConflictError) as error:
        ws.segments.define("often", "frequency >= 2")
    assert error.value.code == "error.conflict.head"


def test_a_fit_whose_traits_were_refreshed_meanwhile_is_not_kept(ws: Workspace) -> None:
    other = as_role(ws, "anna", Role.ADMIN)
    done: list[int] = []

    def progress(share: float, stage: Any) -> None:
        if share >= 0.8 and not done:
            done.append(other.refresh("2024-03-01").run)

    fit: dict[str, Any] = {"traits": ["basket_value", "frequency"], "n_segments": 2, "n_pairs": 2, "n_restarts": 2}
    with pytest.raises(ConflictError) as error:
        ws.segments.fit("lifestyle", **fit, progress=progress)
    assert error.value.code == "error.segmentation.traits_changed"
    again = ws.segments.fit("lifestyle", **fit)
    assert again.segmentation.evidence["run"] == done[0]


# what a snapshot was computed with ------------------------------------------------------------------------


def test_reasons_and_members_follow_the_definitions_of_their_snapshot(ws: Workspace) -> None:
    before = ws.segments.members("often")["profile_id"].to_pylist()
    ws.segments.mark("value_tier", segment="strategic", profile_id="Pc003", why="first")
    ws.refresh("2024-07-01")
    ws.segments.define("often", "frequency >= 100")
    ws.segments.mark("value_tier", segment="strategic", profile_id="Pc003", why="no more", member=False)
    ws.segments.mark("value_tier", segment="strategic", profile_id="Pc004", why="later")
    then = ws.segments.why("often", before[0], as_of="2024-06-01")
    assert then.segment == "often"
    assert then.reasons[0].condition == "frequency >= 3"
    assert ws.segments.why("often", before[0]).segment is None
    assert ws.segments.why("value_tier", "Pc003", as_of="2024-06-01").segment == "strategic"
    assert ws.segments.why("value_tier", "Pc003").segment != "strategic"
    assert ws.segments.why("value_tier", "Pc004", as_of="2024-06-01").segment != "strategic"
    assert ws.segments.members("often", as_of="2024-06-01")["profile_id"].to_pylist() == before


def test_a_snapshot_names_the_traits_it_was_computed_with(ws: Workspace) -> None:
    state = ws.house.state
    first = state.head().definitions["trait_set/current"]
    ws.traits.define("lines", table="order_lines", metric="count")
    assert "trait/lines" not in state.head().definitions
    ws.refresh("2024-06-01")
    head = state.head()
    assert head.definitions["trait_set/current"] == first + 1 == state.definition("trait_set", "current").version
    assert head.definitions["trait/lines"] == 1
    ws.segments.define("often", "lines >= 3")
    assert state.head().definitions["trait_set/current"] == first + 1


def test_an_applied_rule_is_not_shown_with_the_members_of_the_old_one(ws: Workspace) -> None:
    before = ws.segments.describe("often")
    assert not before.changed_since
    assert applied(ws, with_rule(ws, "frequency >= 1")) == ["change"]
    ws.segments.define("other", "frequency >= 2")  # assigns itself alone
    found = ws.segments.describe("often")
    assert found.changed_since
    assert (found.version, found.segmentation) == (before.version, before.segmentation)
    listed = next(s for s in ws.segments.list() if s.id == "often")
    assert (listed.assigned, listed.changed_since) == (False, True)
    assert listed.segments[0].rule == "frequency >= 3"
    ws.refresh("2024-06-01")
    listed = next(s for s in ws.segments.list() if s.id == "often")
    assert (listed.assigned, listed.changed_since, listed.segments[0].rule) == (True, False, "frequency >= 1")
    assert not ws.segments.describe("often").changed_since


def test_another_name_alone_leaves_members_assigned(ws: Workspace) -> None:
    ws.segments.rename("often", segment="often", label=Label.same("Regulars"))
    listed = next(s for s in ws.segments.list() if s.id == "often")
    assert (listed.assigned, listed.changed_since, listed.segments[0].label.en) == (True, False, "Regulars")
    assert ws.segments.describe("often").segmentation.segments[0].label.en == "Regulars"


# what may take a name -------------------------------------------------------------------------------------


def test_a_segmentation_of_another_kind_is_not_overwritten(ws: Workspace) -> None:
    with pytest.raises(ConflictError):
        ws.segments.fit("often", traits=["basket_value"], n_segments=2, n_pairs=2, n_restarts=2)
    ws.segments.archive("value_tier")
    ws.segments.define("value_tier", "frequency >= 2")
    with pytest.raises(ConflictError) as error:
        ws.segments.classify("value_tier")
    assert error.value.code == "error.segmentation.other_method"


def test_a_scheme_applied_again_keeps_the_names_people_gave(ws: Workspace) -> None:
    ws.segments.rename("value_tier", segment="key", label=Label.same("Our best"))
    again = ws.segments.classify("value_tier", thresholds={"revenue_share": 0.7}).segmentation
    assert again.segment("key").label.en == "Our best"  # type: ignore[union-attr]
    assert again.parameters["revenue_share"] == 0.7


@pytest.mark.parametrize("field", ["metric", "family"])
def test_an_unknown_metric_or_family_is_named_with_the_known_ones(ws: Workspace, field: str) -> None:
    given: dict[str, Any] = {"table": "order_lines", "metric": "count", field: "mode"}
    with pytest.raises(UnknownNameError) as error:
        ws.traits.define("lines", **given)
    assert len(error.value.params["known"]) > 3


# what may be applied --------------------------------------------------------------------------------------


def test_what_does_not_fit_is_refused_and_nothing_is_stored(ws: Workspace) -> None:
    tier, often = document(ws, "segmentation", "value_tier"), document(ws, "segmentation", "often")
    entry = {"segment": "strategic", "by": "x", "at": "2024-01-01T00:00:00+00:00", "why": "w"}
    trait = {"id": "frequency", "label": {"zh": "a", "en": "a"}, "table": "orders", "metric": "count"}
    target = {"segmentation": "often", "segments": ["none"], "why": "w", "by": "x", "at": entry["at"], "run": 1}

    def hand(members: Any) -> dict[str, Any]:
        return {"kind": "by_hand", "id": "value_tier", "body": {"members": members}}

    bad: list[Any] = [
        {**often, "id": "new"},
        {**often, "id": "sure"},
        with_rule(ws, "frequency >= 'three'"),
        with_rule(ws, "frequency >="),
        {**often, "body": {**often["body"], "rest": "nobody"}},
        {"kind": "trait", "id": "frequency", "body": trait},
        {"kind": "trait", "id": "mine", "body": {**trait, "id": "yours"}},
        {"kind": "trait", "id": "mine", "body": {**trait, "id": "mine", "metric": "mode"}},
        {"kind": "trait", "id": "mine", "body": {**trait, "id": "mine", "label": [1]}},
        {"kind": "targets", "id": "often", "body": {**target, "ranks": {}}},
        {"kind": "targets", "id": "value_tier", "body": {**target, "ranks": {}}},
        {"kind": "judgements", "id": "often", "body": {"judgements": 3}},
        {"kind": "criteria", "id": "often", "body": []},
        hand([1]),
        hand({"Pc003": 1}),
        hand({"Pc003": {**entry, "at": "yesterday"}}),
        hand({"Pc003": {**entry, "segment": "key"}}),
        hand({"Pc003": {**entry, "segment": 7}}),
        {"kind": "segmentation"},
        {"kind": ["a"], "id": "b", "body": {}},
        "text",
    ]
    good = {"kind": "trait", "id": "mine2", "body": {**trait, "id": "mine2"}}
    for one in bad:
        with pytest.raises(QunxiangError) as error:
            applied(ws, good, one)
        assert error.value.exit_code == 2, one
        assert error.value.render("zh")
    with pytest.raises(SettingError):
        applied(ws, tier, tier)
    assert ws.house.state.definition("trait", "mine2") is None


def test_what_is_new_or_changed_bears_the_name_of_who_applied_it(ws: Workspace) -> None:
    as_role(ws, "anna", Role.MARKETER).targets.judge("often", segment="often", value=3, why="known")
    as_role(ws, "anna", Role.MARKETER).segments.mark(
        "value_tier", segment="strategic", profile_id="Pc003", why="contract"
    )
    judged, hand = document(ws, "judgements", "often"), document(ws, "by_hand", "value_tier")
    kept = judged["body"]["judgements"][0]
    forged = {**judged, "body": {"judgements": [kept, {**kept, "by": "ceo", "value": 9}]}}
    given = hand["body"]["members"]["Pc003"]
    both = {"Pc003": given, "Pc004": {**given, "by": "ceo", "why": "other"}}
    forged_hand = {**hand, "body": {"members": both}}
    boss = as_role(ws, "otto", Role.ANALYST)
    assert applied(boss, forged, forged_hand) == ["change", "change"]
    assert [j["by"] for j in document(ws, "judgements", "often")["body"]["judgements"]] == ["anna", "otto"]
    members = document(ws, "by_hand", "value_tier")["body"]["members"]
    assert {p: m["by"] for p, m in members.items()} == {"Pc003": "anna", "Pc004": "otto"}
    assert applied(boss, forged, forged_hand) == ["unchanged", "unchanged"]


def test_documents_are_stored_together_or_not_at_all(ws: Workspace) -> None:
    state = ws.house.state
    new = [
        NewDefinition(kind="k", id="a", body={"n": 1}, expected_version=0),
        NewDefinition(kind="k", id="b", body={"n": 1}, expected_version=4),
    ]
    with pytest.raises(ConflictError):
        state.put_all(new, author="anna", at=AT)
    assert state.definition("k", "a") is None
    assert [d.version for d in state.put_all(new[:1], author="anna", at=AT)] == [1]
