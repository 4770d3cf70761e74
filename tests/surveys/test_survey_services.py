"""From a wide file to shares, scales, market sizes, growth and a typing tool, through the Python face."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from panel import LEVELS, SAID, panel
from qunxiang.errors import SettingError, UnknownNameError
from qunxiang.i18n import Label
from qunxiang.statistics.intervals import Interval
from qunxiang.workspace import Workspace


@pytest.fixture(scope="module")
def ws(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Workspace]:
    with Workspace.create(tmp_path_factory.mktemp("surveys") / "ws") as workspace:
        workspace.surveys.load("first", panel(300), held_on="2024-06-01")
        later = panel(300, seed=4, north=0.7, spent=1.5)
        workspace.surveys.load("second", later, held_on="2025-06-01", label=Label("第二波", "Second wave"))
        workspace.scales.fit("views", "first", questions=SAID, n_draws=10)
        workspace.market.define("people", "first", 1_000_000, question="city", money="spend")
        yield workspace


def test_weighted_and_unweighted_shares_stand_side_by_side(ws: Workspace) -> None:
    view = ws.surveys.show("first")
    assert view.n_respondents == 300
    assert view.n_effective < 300 < view.n_effective * view.design_effect + 1
    city = next(q for q in view.questions if q.question.id == "city")
    north = next(a for a in city.answers if a.answer == "north")
    assert north.unweighted.estimate == pytest.approx(2 / 3, abs=0.08)
    assert north.weighted.estimate == pytest.approx(0.5, abs=0.08)
    assert north.weighted.low < 0.5 < north.weighted.high
    assert sum(a.weighted.estimate for a in city.answers) == pytest.approx(1.0)
    spend = next(q for q in view.questions if q.question.id == "spend")
    assert spend.mean > 0
    said = next(q for q in view.questions if q.question.id == "said_1")
    assert said.n + said.n_unknown == 300
    assert [a.answer for a in said.answers] == list(LEVELS)


def test_a_second_load_of_the_same_file_changes_nothing_and_keeps_corrections(ws: Workspace) -> None:
    ws.surveys.change("first", "city", text="Where do you live?")
    again = ws.surveys.load("first", panel(300))
    assert (again.answers.accepted, again.questions.rejected) == (0, 0)
    assert again.survey.question("city").text == "Where do you live?"
    assert str(again.survey.held_on) == "2024-06-01"


def test_corrections_are_checked(ws: Workspace) -> None:
    with pytest.raises(SettingError) as error:
        ws.surveys.change("second", "city", kind="ordered", levels=["north"])
    assert error.value.code == "error.survey.levels"
    ordered = ws.surveys.change("second", "city", kind="ordered", levels=["south", "west", "north"])
    assert ordered.question("city").levels == ("south", "west", "north")
    with pytest.raises(UnknownNameError):
        ws.surveys.change("second", "nothing", text="a")
    with pytest.raises(SettingError):
        ws.surveys.load("New!", panel(12))
    with pytest.raises(UnknownNameError):
        ws.surveys.load("third", panel(12), weight="wt")


def test_a_scale_keeps_its_evidence_and_a_person_names_it(ws: Workspace) -> None:
    scale = ws.scales.show("views").scale
    assert {frozenset(factor.items) for factor in scale.factors} == {frozenset(SAID[:3]), frozenset(SAID[3:])}
    assert scale.weighted
    assert scale.evidence["n_effective"] < scale.evidence["n_rows"] == 300
    assert all(0.7 < value[0] < 0.95 for value in scale.evidence["alpha"])
    assert not scale.factors[0].named_by
    named = ws.scales.name("views", "f1", label=Label("开放", "Openness")).scale
    assert (named.factors[0].label.en, named.factors[0].named_by) == ("Openness", ws.actor.name)
    with pytest.raises(SettingError) as error:
        ws.scales.fit("bad", "first", questions=["city", "said_1", "said_2"])
    assert error.value.code == "error.scale.no_order"
    with pytest.raises(SettingError):
        ws.scales.fit("bad", "first", rotation="sideways")


def test_scores_reach_the_answers_and_new_people_are_scored_alike(ws: Workspace) -> None:
    scores = ws.scales.scores("views")
    assert scores.num_rows == 300
    published = ws.scales.publish("views")
    assert published.accepted == sum(len(scores) - scores[f].null_count for f in ("f1", "f2"))
    assert ws.scales.publish("views").accepted == 0
    # scores are answers of their own: shares of the questionnaire stay as they were
    assert ws.surveys.show("first").n_respondents == 300


def test_market_sizes_answer_to_weights(ws: Workspace) -> None:
    view = ws.market.show("people")
    by_answer = dict(zip([s.answer for s in view.market.segments], view.size.segments, strict=True))
    north = by_answer["north"]
    assert north.unweighted_share > 0.6
    assert north.people.low < 500_000 < north.people.high
    assert sum(s.people.estimate for s in view.size.segments) == pytest.approx(1_000_000)
    assert north.money.estimate == pytest.approx(north.people.estimate * north.mean_money)
    assert isinstance(north.money, Interval)


def test_growth_between_two_waves(ws: Workspace) -> None:
    found = ws.market.growth("people", "second", population=1_100_000)
    assert (found.before, found.after) == ("first", "second")
    assert found.years == pytest.approx(1.0, abs=0.01)
    north = next(g for s, g in zip(found.market.segments, found.segments, strict=True) if s.answer == "north")
    assert north.people.low < 0.7 * 1.1 / 0.5 - 1 < north.people.high
    assert north.sure
    assert north.money.estimate > north.people.estimate
    ws.surveys.load("undated", panel(30))
    with pytest.raises(SettingError) as error:
        ws.market.growth("people", "undated")
    assert error.value.code == "error.market.years"


def test_margins_are_met_or_refused(ws: Workspace) -> None:
    view = ws.market.set_margins("people", {"city": {"north": 400_000, "south": 300_000, "west": 300_000}})
    by_answer = dict(zip([s.answer for s in view.market.segments], view.size.segments, strict=True))
    assert by_answer["north"].share.estimate == pytest.approx(0.4, abs=1e-5)
    assert by_answer["north"].share.high - by_answer["north"].share.low < 1e-3  # what is known is not unsure
    with pytest.raises(SettingError) as error:
        ws.market.set_margins("people", {"city": {"north": 400_000, "south": 600_000}})
    assert error.value.code == "error.market.rake.no_target"
    with pytest.raises(SettingError) as error:
        ws.market.set_margins("people", {"city": {"north": 1, "south": 1, "west": 1, "east": 1}})
    assert error.value.code == "error.market.rake.nobody"
    assert ws.market.set_margins("people", {}).calibration is None


def test_clusters_of_answers_and_the_questions_that_tell_them(ws: Workspace) -> None:
    made = ws.market.define("kinds", "first", 1000, questions=SAID, n_segments=3).market
    assert len(made.segments) == 3
    assert made.evidence["verdict"] in ("natural", "reproducible", "constructive")
    with pytest.raises(SettingError):
        ws.market.place("kinds", "second")
    typed = ws.market.type("kinds", most_questions=4).market
    assert set(typed.tool.questions) <= set(SAID)
    assert typed.tool.steps[len(typed.tool.questions) - 1]["accuracy"] > typed.tool.base_accuracy + 0.1
    placed = ws.market.place("kinds", "second")
    chances = np.column_stack([placed[s.id].to_numpy() for s in made.segments])
    assert chances.sum(axis=1) == pytest.approx(np.ones(300))
    named = ws.market.name("kinds", "s1", Label("甲", "The open")).market
    assert named.segments[0].label.en == "The open"
    with pytest.raises(SettingError):
        ws.market.define("bad", "first", 1000)


def test_documents_travel(ws: Workspace, tmp_path: Path) -> None:
    ws.definitions.export(tmp_path / "documents")
    steps = ws.definitions.plan(tmp_path / "documents")
    kinds = {step.kind for step in steps}
    assert {"survey", "scale", "market"} <= kinds
    assert {step.action for step in steps if step.kind in ("survey", "scale", "market")} == {"unchanged"}
