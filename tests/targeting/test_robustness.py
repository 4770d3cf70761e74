"""How firm a ranking is, against counting draw by draw; value functions and judgements by hand."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError
from ranked_worlds import UNIT, criterion, judged, measures

from qunxiang.targeting import LIBRARY, CriteriaSet, Knockout, Measure, default_criteria, rank
from qunxiang.targeting.library import STRENGTH
from qunxiang.targeting.scoring import Cell, drawn_scores

# planted: scores 0..10 are the values themselves; under weights 5 : 3 : 2 the order is best, middle, worst
PLANTED = {"worst": (2.0, 5.0, 4.0), "best": (8.0, 6.0, 1.0), "middle": (5.0, 4.0, 9.0)}
WEIGHTS = {"a": 5.0, "b": 3.0, "c": 2.0}
RULES = CriteriaSet(criteria=tuple(criterion(n, w, low=0, high=10) for n, w in WEIGHTS.items()))
DRAWS = 10_000


def planted() -> dict[str, dict[str, Measure]]:
    return measures(**{s: dict(zip("abc", row, strict=True)) for s, row in PLANTED.items()})


def counted(weights: np.ndarray) -> dict[str, list[int]]:
    """Count ranks draw by draw, in plain Python."""
    places: dict[str, list[int]] = {s: [0, 0, 0] for s in PLANTED}
    for draw in weights.tolist():
        totals = {s: sum(w * v for w, v in zip(draw, row, strict=True)) / sum(draw) for s, row in PLANTED.items()}
        for s in PLANTED:
            places[s][sum(other > totals[s] for other in totals.values())] += 1
    return places


def test_planted_order_is_found() -> None:
    result = rank(planted(), RULES, seed=0)
    # best 4.0+1.8+.2, middle 2.5+1.2+1.8, worst 1.0+1.5+.8
    assert [(a.segment, a.attractiveness) for a in result.ranked] == [
        ("best", pytest.approx(6.0)),
        ("middle", pytest.approx(5.5)),
        ("worst", pytest.approx(3.3)),
    ]


def test_robustness_equals_brute_force_over_ten_thousand_draws() -> None:
    result = rank(planted(), RULES, seed=7, n_draws=DRAWS)
    found = {r.varied: {s.segment: s for s in r.segments} for r in result.robustness}
    stored = np.array(list(WEIGHTS.values()))
    near = stored * np.random.default_rng(7).uniform(0.75, 1.25, size=(DRAWS, 3))
    flat = np.random.default_rng([7, 1]).dirichlet([1, 1, 1], size=DRAWS)
    for name, weights in (("weights", near), ("any_weights", flat)):
        for segment, places in counted(weights).items():
            assert found[name][segment].rank_shares == pytest.approx([n / DRAWS for n in places], abs=1e-12)
            assert found[name][segment].first_share == places[0] / DRAWS
            mean = sum(n * place for place, n in enumerate(places, 1)) / DRAWS
            assert found[name][segment].mean_rank == pytest.approx(mean)
    assert 0 < found["any_weights"]["middle"].first_share < 1
    assert result.ranked[0].first_share == found["weights"]["best"].first_share


def test_any_weights_agree_with_the_geometry() -> None:
    # best leads middle where 3 wa + 2 wb > 8 wc, worst never leads: a share of the triangle of weights
    result = rank(planted(), RULES, seed=1, n_draws=DRAWS)
    shares = next(r for r in result.robustness if r.varied == "any_weights")
    middle = next(s.first_share for s in shares.segments if s.segment == "middle")
    # the triangle of weights is cut at wc/(wa+wc) = 3/11 on one side and wc/(wb+wc) = 2/10 on the other
    assert middle == pytest.approx((1 - 3 / 11) * (1 - 2 / 10), abs=0.02)


def test_values_without_intervals_do_not_vary() -> None:
    result = rank(planted(), RULES, seed=0, n_draws=50)
    fixed = next(r for r in result.robustness if r.varied == "values")
    assert {s.segment: s.mean_rank for s in fixed.segments} == {"best": 1, "middle": 2, "worst": 3}
    assert result.ranked[0].attractiveness_low == pytest.approx(6.0)
    assert result.ranked[0].attractiveness_high == pytest.approx(6.0)


def test_two_segments_known_alike_poorly_lead_as_often() -> None:
    one = CriteriaSet(criteria=(criterion("a", 1, low=0, high=10),))
    wide = {"x": {"a": Measure(value=5, low=3, high=7)}, "y": {"a": Measure(value=5.5, low=3.5, high=7.5)}}
    result = rank(wide, one, seed=3, n_draws=20_000)
    shares = next(r for r in result.robustness if r.varied == "values").segments
    # difference .5 with standard deviation 2/1.96 · √2: normal probability of .5/1.4431
    assert shares[1].first_share == pytest.approx(0.6355, abs=0.01)
    x = next(a for a in result.assessments if a.segment == "x")
    assert (x.attractiveness_low, x.attractiveness_high) == (pytest.approx(3, abs=0.1), pytest.approx(7, abs=0.1))


def test_leaving_out_a_criterion_by_hand() -> None:
    out = {o.criterion: o for o in rank(planted(), RULES, seed=0).left_out}
    # without a: best 3·6+2·1 = 20, middle 12+18 = 30, worst 15+8 = 23; without b: best 42, middle 43
    assert out["a"].ranks == {"middle": 1, "worst": 2, "best": 3}
    assert (out["a"].changed, out["b"].changed, out["c"].changed) == (True, True, False)


def test_nothing_is_left_out_of_one_criterion() -> None:
    one = CriteriaSet(criteria=(criterion("a", 1),))
    assert rank(measures(x={"a": 1}, y={"a": 2}), one, seed=0).left_out == ()


@given(st.integers(0, 1000), st.floats(0.5, 20))
def test_robustness_depends_on_the_seed_only(seed: int, factor: float) -> None:
    scaled = tuple(c.model_copy(update={"weight": c.weight * factor}) for c in RULES.criteria)
    first = rank(planted(), RULES, seed=seed, n_draws=50).robustness
    assert rank(planted(), CriteriaSet(criteria=scaled), seed=seed, n_draws=50).robustness == first


def test_topsis_stands_beside_the_weighted_mean() -> None:
    result = rank(planted(), RULES, seed=0)

    # by hand: weights .5 .3 .2; ideal (8, 6, 9), anti-ideal (2, 4, 1)
    def closeness(a: float, b: float, c: float) -> float:
        to_best = ((0.5 * (a - 8)) ** 2 + (0.3 * (b - 6)) ** 2 + (0.2 * (c - 9)) ** 2) ** 0.5
        to_worst = ((0.5 * (a - 2)) ** 2 + (0.3 * (b - 4)) ** 2 + (0.2 * (c - 1)) ** 2) ** 0.5
        return to_worst / (to_best + to_worst)

    assert {a.segment: a.closeness for a in result.assessments} == {
        s: pytest.approx(closeness(*row)) for s, row in PLANTED.items()
    }
    assert {a.segment: a.topsis_rank for a in result.assessments} == {"best": 1, "middle": 2, "worst": 3}


@pytest.mark.parametrize(
    ("curve", "value", "score"),
    [
        *(("piecewise", value, score) for value, score in ((-1, 1), (5, 3), (10, 5), (15, 7.5), (99, 10))),
        *(("steps", value, score) for value, score in ((-1, 0), (0, 1), (9.9, 1), (10, 5), (99, 10))),
    ],
)
def test_value_functions_by_hand(curve: str, value: float, score: float) -> None:
    rules = CriteriaSet(criteria=(criterion("a", 1, curve=curve, points=((0, 1), (10, 5), (20, 10))),))
    assert rank(measures(x={"a": value}), rules, seed=0).assessments[0].attractiveness == pytest.approx(score)


@pytest.mark.parametrize(
    "points",
    [
        {"curve": "piecewise", "points": ((0, 1),)},
        {"curve": "steps"},
        {"curve": "linear", "points": ((0, 1), (1, 2))},
        {"curve": "piecewise", "points": ((1, 1), (1, 2))},
        {"curve": "piecewise", "points": ((0, 1), (1, 11))},
    ],
)
def test_value_functions_that_make_no_sense_are_refused(points: dict[str, object]) -> None:
    with pytest.raises(ValidationError):
        criterion("a", 1, **points)


def test_scores_carry_the_interval_of_a_cost_the_right_way_round() -> None:
    rules = CriteriaSet(criteria=(criterion("a", 1, direction="cost", low=0, high=10),))
    values = {"x": {"a": Measure(value=4, low=3, high=6)}}
    cell = rank(values, rules, seed=0).assessments[0].cells[0]
    assert (cell.score, cell.score_low, cell.score_high) == (6, 4, 7)


def test_two_judges_forty_points_apart_are_shown_as_disagreeing() -> None:
    rules = CriteriaSet(criteria=(*RULES.criteria, STRENGTH))
    said = judged("strength", "best", li=3, wang=7) + judged("strength", "middle", li=5, wang=6.5)
    result = rank(planted(), rules, said, seed=0, n_draws=500)
    cells = {a.segment: a.cells[-1] for a in result.assessments}
    assert (cells["best"].disputed, cells["best"].disagreement) == (True, 4)
    assert dict(zip(cells["best"].judged_by, cells["best"].judged_values, strict=True)) == {"li": 3, "wang": 7}
    assert (cells["middle"].disputed, cells["middle"].disagreement) == (False, 1.5)
    best = next(a for a in result.assessments if a.segment == "best")
    assert (best.strength_low, best.strength, best.strength_high) == (3, 5, 7)


def test_a_person_who_judges_again_counts_once() -> None:
    early, late = judged("strength", "best", li=3)[0], judged("strength", "best", li=9)[0]
    late = late.model_copy(update={"at": early.at.replace(year=2019)})
    rules = CriteriaSet(criteria=(*RULES.criteria, STRENGTH))
    cell = rank(planted(), rules, [late, early], seed=0).assessments[0].cells[-1]
    assert (cell.value, cell.disagreement) == (9, None)


def test_one_judge_at_a_time_is_drawn() -> None:
    cell = Cell(criterion="strength", value=5, judged_by=("li", "wang"), judged_values=(3.0, 7.0))
    drawn = drawn_scores(cell, STRENGTH, (0, 10), np.random.default_rng(0), 1000)
    assert set(drawn.tolist()) == {3.0, 7.0}


def test_a_judged_knockout_is_open_until_somebody_judges() -> None:
    rules = CriteriaSet(
        criteria=RULES.criteria, knockouts=(Knockout(id="able", label=UNIT, origin="judged", minimum=4),)
    )
    undecided = rank(planted(), rules, seed=0)
    assert {a.open for a in undecided.assessments} == {("able",)}
    assert [a.segment for a in undecided.ranked] == ["best", "middle", "worst"]
    decided = rank(planted(), rules, judged("able", "best", li=3, wang=4.5) + judged("able", "middle", li=4), seed=0)
    assert [(a.segment, a.failed, a.rank) for a in decided.knocked_out] == [("best", ("able",), None)]
    assert [(a.segment, a.open) for a in decided.ranked] == [("middle", ()), ("worst", ("able",))]


def test_equal_segments_tie_by_every_method() -> None:
    twins = measures(x={"a": 4, "b": 4, "c": 4}, y={"a": 4, "b": 4, "c": 4}, z={"a": 1, "b": 1, "c": 1})
    result = rank(twins, RULES, seed=0, n_draws=50)
    assert {a.segment: (a.rank, a.topsis_rank, a.tied) for a in result.assessments} == {
        "x": (1, 1, True),
        "y": (1, 1, True),
        "z": (3, 3, False),
    }
    for run in result.robustness:
        assert {s.segment: s.first_share for s in run.segments} == {"x": 1, "y": 1, "z": 0}


def test_the_library_covers_what_is_asked_of_it() -> None:
    themes = {c.theme for c in LIBRARY if c.side == "attractiveness"}
    assert themes == {
        "size",
        "growth",
        "profitability",
        "competition",
        "need_fit",
        "reachability",
        "strategic_fit",
        "risk",
    }
    assert {k.id for k in default_criteria().knockouts} == {
        "measurable",
        "substantial",
        "accessible",
        "differentiable",
        "actionable",
    }
    assert len({c.id for c in LIBRARY}) == len(LIBRARY)
    for item in (*LIBRARY, *default_criteria().knockouts):
        assert item.source.en
        assert item.unit.zh
