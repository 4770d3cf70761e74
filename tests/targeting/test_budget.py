"""Budgets against brute force and the textbook condition; curves against SciPy and planted parameters."""

from __future__ import annotations

from decimal import Decimal

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import ValidationError
from scipy import optimize

from qunxiang.errors import SettingError
from qunxiang.targeting import Limits, NoCurve, Observation, ResponseCurve, allocate, fit_curve


def curve(segment: str, ceiling: float, scale: float, **more: object) -> ResponseCurve:
    return ResponseCurve(segment=segment, ceiling=Decimal(str(ceiling)), scale=Decimal(str(scale)), **more)


def by_hand(c: ResponseCurve, spend: float) -> float:
    """The formulas, written again."""
    top, bend, k = float(c.ceiling), float(c.scale), c.steepness
    return top * (1 - np.exp(-spend / bend)) if c.shape == "saturating" else top * spend**k / (spend**k + bend**k)


def brute_force(curves: list[ResponseCurve], total: float, limits: dict[str, Limits], steps: int) -> float:
    """The best net margin over every split on a grid."""
    grid = np.linspace(0, total, steps + 1)
    net, places = np.zeros(1), np.zeros(1, dtype=int)
    for c in curves:
        g = limits.get(c.segment, Limits())
        most = total if g.most is None else float(g.most)
        fits = np.array([p for p, s in enumerate(grid) if float(g.least) <= s <= most])
        nets = np.array([by_hand(c, s) - s for s in grid[fits]])
        net, places = np.add.outer(net, nets).ravel(), np.add.outer(places, fits).ravel()
    return float(net[places <= steps].max())


CASES: list[tuple[list[ResponseCurve], float, dict[str, Limits]]] = [
    ([curve("a", 500, 40), curve("b", 300, 60)], 100, {}),
    ([curve("a", 500, 40), curve("b", 300, 60), curve("c", 200, 20)], 100, {}),
    ([curve("a", 500, 40), curve("b", 300, 60)], 100, {"a": Limits(most=Decimal(30))}),
    ([curve("a", 500, 40), curve("b", 300, 60)], 100, {"b": Limits(least=Decimal(60))}),
    ([curve("a", 120, 40), curve("b", 90, 60)], 100, {}),  # not all of it pays
    ([curve("a", 400, 50, shape="s_curve"), curve("b", 380, 50, shape="s_curve")], 100, {}),  # one or the other
    ([curve("a", 400, 50, shape="s_curve", steepness=4.0), curve("b", 150, 30), curve("c", 90, 10)], 100, {}),
]


@pytest.mark.parametrize("case", range(len(CASES)))
def test_the_split_is_as_good_as_brute_force(case: int) -> None:
    curves, total, limits = CASES[case]
    found = allocate(curves, Decimal(total), limits=limits)
    best = brute_force(curves, total, limits, 1000 if len(curves) == 2 else 200)
    net = sum(by_hand(c, float(s.spend)) - float(s.spend) for c, s in zip(curves, found.segments, strict=True))
    assert net >= best * 0.999
    assert float(found.net) == pytest.approx(net, abs=0.05)
    assert found.spent <= total
    for s in found.segments:
        limit = limits.get(s.segment, Limits())
        assert limit.least - Decimal("0.01") <= s.spend <= (limit.most or total)


def test_brute_force_in_the_other_direction() -> None:
    # no split that the product finds is better than the grid by more than the grid's step can hide
    curves, total, limits = CASES[0]
    found = allocate(curves, Decimal(total), limits=limits)
    assert float(found.net) <= brute_force(curves, total, limits, 1000) * 1.001


def test_marginal_returns_are_equal_where_no_limit_binds() -> None:
    curves, total, _ = CASES[0]
    found = allocate(curves, Decimal(total))
    a, b = found.segments
    assert a.marginal == pytest.approx(b.marginal, rel=0.01)
    assert found.next_unit == pytest.approx(a.marginal, rel=0.01)
    # Lagrange, in closed form: s_a = 40 ln(500/40/m), s_b = 60 ln(300/60/m), together 100
    m = np.exp((40 * np.log(12.5) + 60 * np.log(5) - 100) / 100)
    assert float(a.spend) == pytest.approx(40 * np.log(12.5 / m), abs=0.05)
    assert a.marginal == pytest.approx(m, rel=0.01)
    assert a.at_most is False
    assert a.margin_low is None
    assert found.net > found.equal_net


def test_money_that_brings_back_less_than_itself_is_left() -> None:
    curves, total, _ = CASES[4]
    found = allocate(curves, Decimal(total))
    # M'(s) = 1 at s = scale · ln(ceiling/scale)
    assert [float(s.spend) for s in found.segments] == pytest.approx([40 * np.log(3), 60 * np.log(1.5)], abs=0.2)
    assert found.spent < total
    all_of_it = allocate(curves, Decimal(total), spend_all=True)
    assert float(all_of_it.spent) == pytest.approx(total, abs=0.05)
    assert all_of_it.net < found.net


@settings(max_examples=15, deadline=None)
@given(st.lists(st.tuples(st.floats(10, 1000), st.floats(5, 500)), min_size=1, max_size=5), st.floats(10, 1000))
def test_concave_splits_equal_a_general_optimiser(rows: list[tuple[float, float]], total: float) -> None:
    curves = [curve(str(i), round(top, 2), round(bend, 2)) for i, (top, bend) in enumerate(rows)]
    found = allocate(curves, Decimal(str(round(total, 2))), n_draws=1)

    def short(price: float) -> float:
        spends = [max(float(c.scale) * np.log(float(c.ceiling) / float(c.scale) / price), 0) for c in curves]
        return sum(spends) - round(total, 2)

    price = 1.0 if short(1.0) <= 0 else optimize.brentq(short, 1.0, 1e6)
    spends = [max(float(c.scale) * np.log(float(c.ceiling) / float(c.scale) / price), 0) for c in curves]
    best = sum(by_hand(c, s) - s for c, s in zip(curves, spends, strict=True))
    assert float(found.net) == pytest.approx(best, rel=0.001, abs=0.02 * (len(curves) + 1))


def test_sensitivity_says_what_other_totals_and_other_curves_would_change() -> None:
    curves, total, _ = CASES[0]
    found = allocate(curves, Decimal(total))
    nets = [t.net for t in found.totals]
    assert nets == sorted(nets)
    assert next(t for t in found.totals if t.total == total).net == pytest.approx(found.net, abs=Decimal("0.1"))
    up = next(c for c in found.curves if (c.segment, c.factor) == ("a", 1.25))
    assert up.spends["a"] > found.segments[0].spend
    more = [curves[0].model_copy(update={"ceiling": Decimal(625)}), curves[1]]
    kept = sum(by_hand(c, float(s.spend)) - float(s.spend) for c, s in zip(more, found.segments, strict=True))
    assert float(up.regret) == pytest.approx(brute_force(more, total, {}, 1000) - kept, abs=0.2)


def test_uncertain_curves_give_intervals() -> None:
    curves = [
        curve("a", 500, 40, ceiling_low=Decimal(300), ceiling_high=Decimal(800)),
        curve("b", 300, 60),
    ]
    found = allocate(curves, Decimal(100), seed=4)
    a = found.segments[0]
    assert a.spend_low is not None
    assert a.spend_high is not None
    assert a.margin_low is not None
    assert a.spend_low < a.spend < a.spend_high
    assert float(a.margin_low) == pytest.approx(float(a.margin) * 300 / 500, rel=0.1)
    assert allocate(curves, Decimal(100), seed=4) == found


def test_limits_that_cannot_be_kept_are_refused() -> None:
    curves = CASES[0][0]
    for total, limits, spend_all, code in (
        (100, {"a": Limits(least=Decimal(101))}, False, "limits_least"),
        (100, {"a": Limits(least=Decimal(60)), "b": Limits(least=Decimal(60))}, False, "limits_least"),
        (100, {"a": Limits(most=Decimal(20)), "b": Limits(most=Decimal(20))}, True, "limits_most"),
        (0, {}, False, "budget_total"),
    ):
        with pytest.raises(SettingError) as caught:
            allocate(curves, Decimal(total), limits=limits, spend_all=spend_all)
        assert caught.value.code == f"error.targets.{code}"
    with pytest.raises(SettingError):
        allocate([], Decimal(100))


def observed(ceiling: float, scale: float, noise: float, n: int = 40, most: float = 200.0) -> list[Observation]:
    chance = np.random.default_rng(5)
    spends = chance.uniform(5, most, n)
    margins = ceiling * (1 - np.exp(-spends / scale)) + chance.normal(0, noise, n)
    return [
        Observation(spend=Decimal(str(round(s, 2))), margin=Decimal(str(round(m, 2))))
        for s, m in zip(spends, margins, strict=True)
    ]


def test_planted_curves_are_found_with_the_intervals_of_scipy() -> None:
    seen = observed(500, 60, 15)
    found = fit_curve("a", seen)
    assert isinstance(found, ResponseCurve)
    x, y = np.array([float(o.spend) for o in seen]), np.array([float(o.margin) for o in seen])
    best, covariance = optimize.curve_fit(lambda s, c, k: c * (1 - np.exp(-s / k)), x, y, p0=(400, 80))
    assert [float(found.ceiling), float(found.scale)] == pytest.approx(list(best), rel=1e-3)
    assert found.covariance is not None
    # of logarithms: relative standard errors
    assert np.sqrt(found.covariance[0][0]) == pytest.approx(np.sqrt(covariance[0, 0]) / best[0], rel=1e-2)
    assert np.sqrt(found.covariance[1][1]) == pytest.approx(np.sqrt(covariance[1, 1]) / best[1], rel=1e-2)
    assert found.ceiling_low is not None
    assert found.ceiling_high is not None
    assert found.ceiling_low < 500 < found.ceiling_high
    assert (found.origin, found.n) == ("fitted", 40)


@pytest.mark.parametrize(
    ("seen", "reason"),
    [
        (observed(500, 60, 15, n=7), "few"),
        ([Observation(spend=Decimal(100), margin=Decimal(m)) for m in range(20)], "narrow"),
        (observed(500, 60, 15, most=9), "narrow"),
        (observed(0, 60, 15), "flat"),
        (observed(500_000, 90_000, 5), "straight"),
    ],
)
def test_data_that_cannot_support_a_curve_say_so(seen: list[Observation], reason: str) -> None:
    found = fit_curve("a", seen)
    assert isinstance(found, NoCurve)
    assert found.reason.code == f"targets.no_curve.{reason}"
    assert found.reason("en") != found.reason("zh")


def test_spends_beyond_what_was_seen_are_marked() -> None:
    found = allocate([curve("a", 500, 40, most_spend=Decimal(30))], Decimal(100))
    assert found.segments[0].beyond_seen


def test_curves_that_make_no_sense_are_refused() -> None:
    for more in ({"ceiling_low": Decimal(1)}, {"ceiling_low": Decimal(600), "ceiling_high": Decimal(700)}):
        with pytest.raises(ValidationError):
            curve("a", 500, 40, **more)
    with pytest.raises(ValidationError):
        curve("a", -1, 40)


@pytest.mark.parametrize("shape", ["saturating", "s_curve"])
def test_the_marginal_return_is_the_slope(shape: str) -> None:
    one = curve("a", 500, 40, shape=shape, steepness=3.0)
    at = np.array([1.0, 20, 40, 90])
    slope = (one.margin(at + 1e-4) - one.margin(at - 1e-4)) / 2e-4
    assert one.marginal(at) == pytest.approx(slope, rel=1e-5)
    assert one.margin(at) == pytest.approx([by_hand(one, s) for s in at])
