"""Ranking of segments: hand-computed scores and invariants."""

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from qunxiang.errors import SettingError
from qunxiang.i18n import Label
from qunxiang.targeting import CriteriaSet, Criterion, Judgement, Knockout, Measure, default_criteria, rank

UNIT = Label.same("u")


def criterion(name: str, weight: float, **more: object) -> Criterion:
    return Criterion(
        id=name,
        label=Label.same(name),
        side="attractiveness",
        origin="measured",
        measure=name,
        weight=weight,
        unit=UNIT,
        **more,
    )


def measures(**rows: dict[str, float | None]) -> dict[str, dict[str, Measure]]:
    return {s: {k: Measure(value=v) for k, v in row.items()} for s, row in rows.items()}


TWO = CriteriaSet(criteria=(criterion("a", 3), criterion("b", 1)))
STRENGTH = next(c for c in default_criteria().criteria if c.id == "strength")


def test_scores_by_hand() -> None:
    result = rank(measures(x={"a": 0, "b": 10}, y={"a": 50, "b": 5}, z={"a": 100, "b": 0}), TWO, seed=0)
    # x: a 0, b 10 -> (0*3 + 10)/4; y: 5, 5; z: 10, 0 -> 30/4
    assert {a.segment: a.attractiveness for a in result.assessments} == {"x": 2.5, "y": 5.0, "z": 7.5}
    assert [a.segment for a in result.ranked] == ["z", "y", "x"]
    assert result.ranked[0].first_share == 1.0


def test_cost_criterion_turns_round() -> None:
    cost = CriteriaSet(criteria=(criterion("a", 1, direction="cost"),))
    assert [a.segment for a in rank(measures(x={"a": 1}, y={"a": 9}), cost, seed=0).ranked] == ["x", "y"]


def test_equal_segments_tie() -> None:
    result = rank(measures(x={"a": 1, "b": 2}, y={"a": 1, "b": 2}, z={"a": 0, "b": 0}), TWO, seed=0)
    ranks = {a.segment: (a.rank, a.tied) for a in result.assessments}
    assert ranks == {"x": (1, True), "y": (1, True), "z": (3, False)}


@given(st.lists(st.tuples(st.floats(-1e6, 1e6), st.floats(-1e6, 1e6)), min_size=1, max_size=6))
def test_weights_times_ten_change_nothing(rows: list[tuple[float, float]]) -> None:
    values = measures(**{f"s{i}": {"a": a, "b": b} for i, (a, b) in enumerate(rows)})
    ten = CriteriaSet(criteria=tuple(c.model_copy(update={"weight": c.weight * 10}) for c in TWO.criteria))
    one, other = rank(values, TWO, seed=1, n_draws=20), rank(values, ten, seed=1, n_draws=20)
    assert [(a.segment, a.rank, a.first_share) for a in one.assessments] == [
        (a.segment, a.rank, a.first_share) for a in other.assessments
    ]


def test_knocked_out_never_ranks_and_does_not_move_the_scale() -> None:
    out = Knockout(id="big", label=UNIT, measure="n", minimum=30)
    rules = CriteriaSet(criteria=TWO.criteria, knockouts=(out,))
    values = measures(x={"a": 1, "b": 1, "n": 40}, y={"a": 2, "b": 2, "n": 50}, z={"a": 999, "b": 999, "n": 29})
    result = rank(values, rules, seed=0)
    assert [a.segment for a in result.ranked] == ["y", "x"]
    assert [(a.segment, a.failed, a.rank) for a in result.knocked_out] == [("z", ("big",), None)]
    assert result.ranked[0].attractiveness == 10.0


def test_unknown_knockout_measure_fails() -> None:
    rules = CriteriaSet(criteria=TWO.criteria, knockouts=(Knockout(id="k", label=UNIT, measure="n", minimum=0),))
    result = rank(measures(x={"a": 1, "b": 1, "n": None}, y={"a": 1, "b": 1, "n": 1}), rules, seed=0)
    assert [a.segment for a in result.knocked_out] == ["x"]


def test_unknown_value_gives_no_rank_instead_of_a_guess() -> None:
    result = rank(measures(x={"a": None, "b": 1}, y={"a": 3, "b": 1}), TWO, seed=0)
    assert {a.segment: a.rank for a in result.assessments} == {"x": None, "y": 1}


def test_judges_who_disagree_are_shown() -> None:
    at = datetime(2018, 1, 2, tzinfo=UTC)
    said = [
        Judgement(criterion="strength", segment="x", value=v, by=b, at=at, why="visit")
        for b, v in (("li", 3), ("wang", 7))
    ]
    rules = CriteriaSet(criteria=(*TWO.criteria, STRENGTH))
    result = rank(measures(x={"a": 1, "b": 1}), rules, said, seed=0)
    cell = next(c for c in result.assessments[0].cells if c.criterion == "strength")
    assert (cell.value, cell.low, cell.high, cell.disagreement, cell.judged_by) == (5.0, 3.0, 7.0, 4.0, ("li", "wang"))
    assert result.assessments[0].strength == 5.0


def test_first_share_follows_the_weights() -> None:
    # equal weights, mirrored scores: each leads in about half of the draws
    rules = CriteriaSet(criteria=(criterion("a", 1), criterion("b", 1)))
    result = rank(measures(x={"a": 1, "b": 0}, y={"a": 0, "b": 1}), rules, seed=0, n_draws=4000)
    assert all(abs((a.first_share or 0) - 0.5) < 0.03 for a in result.assessments)


def test_clear_errors() -> None:
    with pytest.raises(SettingError, match="sum to 0"):
        rank(measures(x={"a": 1}), CriteriaSet(criteria=(criterion("a", 0),)), seed=0)
    with pytest.raises(SettingError, match="there are b"):
        rank(measures(x={"b": 1}), CriteriaSet(criteria=(criterion("a", 1),)), seed=0)


def test_a_measured_criterion_says_what_it_measures() -> None:
    fields = default_criteria().criteria[0].model_dump()
    with pytest.raises(ValidationError, match="measure"):
        Criterion.model_validate({**fields, "measure": None})
    Criterion.model_validate({**fields, "origin": "judged", "measure": None})
