"""Brand strength: means and differences against ordinary t tests, verdicts, judgements that stay apart."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import stats

from qunxiang.model.brand_study import BrandDimension, BrandJudgement
from qunxiang.positioning.brand_strength import BrandStrength, StrengthDifference, brand_strength
from qunxiang.statistics.survey import design


def _said(
    by: str, brand: str, value: float, at: str = "2026-01-01T00:00:00Z", dimension: BrandDimension = "feasibility"
) -> BrandJudgement:
    return BrandJudgement(brand=brand, dimension=dimension, value=value, by=by, at=at, why="known")


def _difference(found: BrandStrength, competitor: str, dimension: str) -> StrengthDifference:
    return next(d for d in found.differences if (d.competitor, d.dimension) == (competitor, dimension))


def _scores(n: int = 200, **means: float) -> dict[tuple[str, BrandDimension], np.ndarray]:
    generator = np.random.default_rng(1)
    return {(brand, "appeal"): mean + generator.standard_normal(n) for brand, mean in means.items()}


def test_means_and_differences_are_the_ordinary_ones_without_weights() -> None:
    scores = _scores(A=6.0, B=5.0)
    found = brand_strength("A", ["A", "B"], scores, design(200))
    mine, theirs = scores["A", "appeal"], scores["B", "appeal"]
    cell = found.cell("A", "appeal").measured
    assert cell is not None
    interval = stats.ttest_1samp(mine, 0).confidence_interval(0.95)
    assert (cell.value, cell.low, cell.high) == pytest.approx((mine.mean(), *interval))
    paired = stats.ttest_rel(mine, theirs).confidence_interval(0.95)
    difference = _difference(found, "B", "appeal")
    assert (difference.low, difference.high) == pytest.approx(tuple(paired))
    assert difference.verdict == "stronger"
    assert [d.competitor for d in found.strengths] == ["B"]


def test_intervals_of_differences_widen_with_their_number_and_decide_what_is_said() -> None:
    brands = ["A", "B", "C", "D", "E"]
    scores = _scores(A=5.2, B=5.0, C=5.2, D=8.0, E=3.0)
    found = brand_strength("A", brands, scores, design(200))
    assert (found.n_compared, found.confidence) == (4, pytest.approx(1 - 0.05 / 4))
    paired = stats.ttest_rel(scores["A", "appeal"], scores["B", "appeal"]).confidence_interval(found.confidence)
    near = _difference(found, "B", "appeal")
    assert (near.low, near.high) == pytest.approx(tuple(paired))
    assert [_difference(found, b, "appeal").verdict for b in "CDE"] == ["no_difference", "weaker", "stronger"]
    for d in found.differences:
        assert (d.verdict == "stronger") == (d.low > 0)
        assert (d.verdict == "weaker") == (d.high < 0)


def test_nothing_is_called_a_difference_where_there_is_none() -> None:
    named = 0
    for seed in range(200):
        drawn = np.random.default_rng(seed).normal(5, 1, size=(4, 80))
        scores: dict[tuple[str, BrandDimension], np.ndarray] = {
            (b, "appeal"): x for b, x in zip("ABCD", drawn, strict=True)
        }
        found = brand_strength("A", list("ABCD"), scores, design(80))
        named += bool(found.strengths or found.weaknesses)
    assert named <= 18  # 5 % of 200 worlds, with room for chance


def test_brands_that_different_people_rated_are_compared_like_independent_means() -> None:
    generator = np.random.default_rng(2)
    x, y = generator.normal(6, 1, 300), generator.normal(5, 2, 300)
    x[150:], y[:150] = np.nan, np.nan
    found = _difference(
        brand_strength("A", ["A", "B"], {("A", "appeal"): x, ("B", "appeal"): y}, design(300)), "B", "appeal"
    )
    welch = stats.ttest_ind(x[:150], y[150:], equal_var=False).confidence_interval(0.95)
    assert (found.low, found.high) == pytest.approx(tuple(welch), abs=0.01)
    assert found.n == 150


def test_too_few_people_are_no_number() -> None:
    scores = _scores(A=9.0, B=1.0)
    scores["B", "appeal"][29:] = np.nan
    found = brand_strength("A", ["A", "B"], scores, design(200))
    few = found.cell("B", "appeal").measured
    assert few is not None
    assert (few.value, few.n, few.needed) == (None, 29, 30)
    assert _difference(found, "B", "appeal").verdict == "too_few"
    assert not found.strengths


def test_a_segment_is_scored_among_its_people_and_has_no_judgements() -> None:
    scores = _scores(A=6.0, B=5.0)
    member = np.arange(200) < 90
    found = brand_strength("A", ["A", "B"], scores, design(200), [_said("li", "A", 3)], segment="north", member=member)
    cell = found.cell("A", "appeal").measured
    assert cell is not None
    assert cell.value == pytest.approx(scores["A", "appeal"][:90].mean())
    assert found.n_people == 90
    assert found.cell("A", "feasibility").judged is None


def test_judgements_stay_beside_measures_and_disagreement_is_shown() -> None:
    scores = _scores(A=6.0, B=5.0)
    said = [
        _said("li", "A", 2.0, dimension="appeal"),
        _said("wang", "A", 8.0, dimension="appeal"),
        _said("li", "A", 9.0, at="2025-01-01T00:00:00Z", dimension="appeal"),  # replaced by the later one
    ]
    cell = brand_strength("A", ["A", "B"], scores, design(200), said).cell("A", "appeal")
    assert cell.measured is not None
    assert cell.measured.value == pytest.approx(scores["A", "appeal"].mean())
    assert cell.judged is not None
    assert (cell.judged.by, cell.judged.values) == (("li", "wang"), (2.0, 8.0))
    assert (cell.judged.value, cell.judged.disagreement, cell.judged.disputed) == (5.0, 6.0, True)


def test_a_judged_difference_needs_two_people_who_agree_on_its_side() -> None:
    one = [_said("li", "A", 8), _said("li", "B", 5)]
    two = [*one, _said("wang", "A", 4), _said("wang", "B", 3)]
    torn = [*one, _said("wang", "A", 3), _said("wang", "B", 4)]
    verdicts = [
        _difference(brand_strength("A", ["A", "B"], {}, None, said), "B", "feasibility").verdict
        for said in (one, two, torn)
    ]
    assert verdicts == ["too_few", "stronger", "no_difference"]
    # a strict judge counts no more than a mild one: each is compared with himself
    found = _difference(brand_strength("A", ["A", "B"], {}, None, two), "B", "feasibility")
    assert (found.difference, found.low, found.high, found.n) == (2.0, 1.0, 3.0, 2)
