"""From wide surveys to map, strength and tracking through the Python face."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np
import pyarrow as pa
import pytest

from brand_world import ATTRIBUTES, BRANDS, PLACES, aligned, brand_survey
from qunxiang.errors import ConflictError, SettingError, UnknownNameError
from qunxiang.model import Actor, Role
from qunxiang.model.brand_study import StudyQuestion
from qunxiang.workspace import Workspace

N = 240


@pytest.fixture(scope="module")
def ws(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Workspace]:
    with Workspace.create(tmp_path_factory.mktemp("brands") / "ws") as workspace:
        workspace.surveys.load("spring", brand_survey(N, 5, few="Zeta"), held_on="2026-03-01")
        workspace.surveys.load("autumn", brand_survey(N, 6, aware=0.3), held_on="2026-09-01")
        workspace.surveys.load("undated", brand_survey(40, 7))
        workspace.brand.define("study", "Alpha", survey="spring", segments="region")
        yield workspace


def test_a_study_is_told_from_the_wording_and_the_map_finds_the_planted_places(ws: Workspace) -> None:
    state = next(s for s in ws.brand.studies() if s.study.id == "study")
    assert (state.study.brands, state.study.attributes) == (BRANDS, ATTRIBUTES)
    found = ws.brand.map("study", n_draws=100)
    made = found.map
    assert [b.name for b in made.brands] == list(BRANDS[:5])
    few = next(u for u in made.unplaced if u.kind == "brand")
    assert (few.name, few.n <= 8, few.needed) == ("Zeta", True, 30)
    places = np.array([b.coordinates[:2] for b in made.brands])
    # with Zeta away the centre is elsewhere: compare shapes about their own centres
    planted = PLACES[:5] - PLACES[:5].mean(axis=0)
    assert np.abs(aligned(places - places.mean(axis=0), planted) - planted).max() < 0.12
    nearest = {i.segment: i.nearest for i in made.ideals}
    assert nearest["north"] == ("Beta",)
    assert nearest["south"] == ("Epsilon",)


def test_a_survey_without_a_study_needs_the_own_brand(ws: Workspace) -> None:
    with pytest.raises(SettingError) as error:
        ws.brand.map("autumn")
    assert error.value.code == "error.study.own"
    found = ws.brand.map("autumn", own="Beta", n_draws=0)
    assert (found.version, found.study.own, len(found.map.brands)) == (0, "Beta", 6)
    with pytest.raises(SettingError) as error:
        ws.brand.map("autumn", own="Nobody")
    assert error.value.code == "error.study.not_told"


def test_strength_is_weighted_and_says_only_what_intervals_hold(ws: Workspace) -> None:
    found = ws.brand.score("study")
    survey = brand_survey(N, 5, few="Zeta").to_pydict()
    rating = np.array([10 * (float(r) - 1) / 4 for r in survey["Alpha: appeal"]])
    mean = np.average(rating, weights=survey["weight"])
    assert found.overall.cell("Alpha", "appeal").measured.value == pytest.approx(mean)
    verdicts = {d.competitor: d.verdict for d in found.overall.differences}
    assert verdicts == {"Beta": "stronger", "Gamma": "no_difference", **dict.fromkeys(BRANDS[3:], "stronger")}
    assert [p.segment for p in found.segments] == ["north", "south"]
    assert sum(p.n_people for p in found.segments) == N
    assert found.overall.cell("Alpha", "feasibility").measured is None


def test_people_judge_under_their_names_and_stay_apart_from_measures(ws: Workspace) -> None:
    ws.brand.define("judged", "Alpha", brands=["Alpha", "Beta"])
    for name, mine, other in (("li", 9, 3), ("wang", 5, 4)):
        as_person = ws.acting_as(Actor(name=name, role=Role.ANALYST, via="python"))
        as_person.brand.judge("judged", brand="Alpha", dimension="sustainability", value=mine, why="plants")
        as_person.brand.judge("judged", brand="Beta", dimension="sustainability", value=other, why="reports")
    found = ws.brand.score("judged").overall
    cell = found.cell("Alpha", "sustainability")
    assert cell.measured is None
    assert (cell.judged.by, cell.judged.values, cell.judged.disputed) == (("li", "wang"), (9, 5), True)
    assert [(d.origin, d.verdict) for d in found.differences] == [("judged", "stronger")]
    with pytest.raises(UnknownNameError):
        ws.brand.judge("judged", brand="Zeta", dimension="appeal", value=5, why="x")
    with pytest.raises(SettingError):
        ws.brand.judge("judged", brand="Beta", dimension="appeal", value=11, why="x")


def test_waves_are_followed_and_what_is_no_wave_is_named(ws: Workspace) -> None:
    made = ws.brand.tracking("study").tracking
    assert made.waves == ("spring", "autumn")
    assert [(w.survey, w.why) for w in made.left_out] == [("undated", "no_day")]
    survey = brand_survey(N, 5, few="Zeta").to_pydict()
    known = np.array([a == "Yes" for a in survey["Alpha: awareness"]])
    share = next(
        s for s in made.shares if (s.brand, s.stage, s.segment, s.survey) == ("Alpha", "awareness", None, "spring")
    )
    assert share.share.value == pytest.approx(np.average(known, weights=survey["weight"]))
    changed = {c.brand for c in made.changes if c.shown and c.stage == "awareness" and c.segment is None}
    assert changed == {"Alpha"}


def test_questions_are_checked_and_a_change_undoes_nobody_elses(ws: Workspace) -> None:
    with pytest.raises(UnknownNameError):
        ws.brand.define(
            "bad",
            "Alpha",
            survey="spring",
            questions=[StudyQuestion(question="nix", role="trust", brand="Alpha")],
            brands=["Alpha", "Beta"],
        )
    with pytest.raises(SettingError) as error:
        ws.brand.define("bad", "Gamma", survey="spring", brands=["Alpha", "Beta"], questions=[])
    assert error.value.code == "error.study.study"
    state = ws.brand.define("mine", "Alpha", survey="spring", seen_version=0)
    with pytest.raises(ConflictError):
        ws.brand.define("mine", "Alpha", survey="spring", seen_version=0)
    assert ws.brand.define("mine", "Beta", survey="spring", seen_version=state.version).study.own == "Beta"


def test_answers_without_an_order_ask_which_of_them_count(ws: Workspace) -> None:
    id = next(q.id for q in ws.surveys.show("spring").survey.questions if q.text == "region")
    asked = {"brands": ["Alpha", "Beta"], "survey": "spring"}
    ws.brand.define("city", "Alpha", questions=[StudyQuestion(question=id, role="awareness", brand="Alpha")], **asked)
    with pytest.raises(SettingError) as error:
        ws.brand.tracking("city")
    assert error.value.code == "error.study.yes"
    said = StudyQuestion(question=id, role="awareness", brand="Alpha", yes=("north",))
    ws.brand.define("city", "Alpha", questions=[said], **asked)
    made = ws.brand.tracking("city", waves=["spring"]).tracking
    survey = brand_survey(N, 5, few="Zeta").to_pydict()
    north = [r == "north" for r in survey["region"]]
    assert made.shares[0].share.value == pytest.approx(np.average(north, weights=survey["weight"]))


@pytest.fixture(scope="module")
def waves(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Workspace]:
    with Workspace.create(tmp_path_factory.mktemp("waves") / "ws") as workspace:
        yield workspace


def _two(names: Sequence[str | None], known: Sequence[str | None], **more: Sequence[str | None]) -> pa.Table:
    columns = {"respondent_id": [f"r{i:03}" for i in range(len(known))], "region": names, "Alpha: awareness": known}
    return pa.table({**columns, "Beta: awareness": known, **more})


def test_segments_of_waves_are_matched_by_name(waves: Workspace) -> None:
    yes, no = ["Yes"] * 40 + ["No"] * 10, ["Yes"] * 10 + ["No"] * 40
    waves.surveys.load("one", _two(["north"] * 50 + ["south"] * 50, yes + no), held_on="2026-01-01")
    three = ["east"] * 50 + ["north"] * 50 + ["south"] * 50
    waves.surveys.load("two", _two(three, yes + yes + no), held_on="2026-02-01")
    bare = _two(["x"] * 100, yes + no).drop_columns(["region"])
    waves.surveys.load("three", bare, held_on="2026-03-01")
    waves.brand.define("both", "Alpha", survey="one", segments="region")
    made = waves.brand.tracking("both").tracking
    shares = {(s.survey, s.segment): s.share for s in made.shares if s.brand == "Alpha"}
    assert {key: (s.value, s.n) for key, s in shares.items()} == {
        ("one", None): (0.5, 100),
        ("one", "north"): (0.8, 50),
        ("one", "south"): (0.2, 50),
        ("one", "east"): (None, 0),
        ("two", None): (pytest.approx(90 / 150), 150),
        ("two", "north"): (0.8, 50),
        ("two", "south"): (0.2, 50),
        ("two", "east"): (0.8, 50),
        ("three", None): (0.5, 100),  # the wave does not ask for the region
        ("three", "north"): (None, 0),
        ("three", "south"): (None, 0),
        ("three", "east"): (None, 0),
    }


def test_another_question_of_the_same_number_is_no_wave(waves: Workspace) -> None:
    said = ["Yes", "No"] * 50
    waves.surveys.load("brands", _two(["n", "s"] * 50, said), held_on="2026-01-01")
    other = {"respondent_id": [f"r{i}" for i in range(100)], "place": ["n", "s"] * 50}
    smoking = pa.table({**other, "Do you smoke": ["Yes"] * 90 + ["No"] * 10, "Any cigars": ["Yes", "No"] * 50})
    waves.surveys.load("smoking", smoking, held_on="2026-02-01")
    ids = [[q.id for q in waves.surveys.show(name).survey.questions] for name in ("brands", "smoking")]
    assert ids[0][1:] == ids[1][1:]
    waves.brand.define("numbered", "Alpha", survey="brands")
    assert "smoking" not in waves.brand.tracking("numbered").tracking.waves
    short = _two(["n", "s"] * 50, said).rename_columns(["respondent_id", "region", "Q1", "Q2"])
    for name, month, texts in (("code1", 4, ("Know Alpha", "Know Beta")), ("code2", 5, ("Smoke", "Cigars"))):
        words = dict(zip(("Q1", "Q2"), texts, strict=True))
        waves.surveys.load(name, short, held_on=f"2026-0{month}-01", texts=words)
    questions = [StudyQuestion(question=q, role="awareness", brand=b) for q, b in (("Q1", "Alpha"), ("Q2", "Beta"))]
    waves.brand.define("coded", "Alpha", survey="code1", brands=["Alpha", "Beta"], questions=questions)
    assert waves.brand.tracking("coded").tracking.waves == ("code1",)


def test_an_empty_box_beside_a_ticked_one_is_a_no(waves: Workspace) -> None:
    alpha = ["1"] * 30 + [None] * 90
    beta = [None] * 20 + ["1"] * 80 + [None] * 20
    waves.surveys.load("boxes", _two(["n", "s"] * 60, alpha, **{"Beta: awareness": beta}), held_on="2026-01-01")
    ids = {q.text: q.id for q in waves.surveys.show("boxes").survey.questions}
    questions = [
        StudyQuestion(question=ids[f"{b}: awareness"], role="awareness", brand=b, yes=("1",)) for b in ("Alpha", "Beta")
    ]
    waves.brand.define("boxes", "Alpha", survey="boxes", brands=["Alpha", "Beta"], questions=questions)
    made = waves.brand.tracking("boxes", waves=["boxes"]).tracking
    assert [(s.share.value, s.share.n) for s in made.shares] == [(pytest.approx(0.3), 100), (pytest.approx(0.8), 100)]


def test_a_panel_needs_ids(waves: Workspace) -> None:
    nameless = _two(["n", "s"] * 50, ["Yes", "No"] * 50).drop_columns(["respondent_id"])
    for month in (1, 2):
        waves.surveys.load(f"nameless{month}", nameless, held_on=f"2026-0{month}-01")
    waves.brand.define("nameless", "Alpha", survey="nameless1")
    assert waves.brand.tracking("nameless", waves=["nameless2"]).tracking.changes
    with pytest.raises(SettingError) as error:
        waves.brand.tracking("nameless", waves=["nameless2"], panel=True)
    assert error.value.code == "error.study.no_ids"


def test_a_study_may_be_called_as_another_page_is(ws: Workspace) -> None:
    assert ws.brand.define("ladder", "Us", brands=["Us", "Them"]).study.id == "ladder"
