"""Splitting a budget over segments so that the expected margin is largest."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import ROUND_DOWN, Decimal

import numpy as np
import scipy
from numpy.typing import NDArray

from qunxiang.errors import SettingError
from qunxiang.model import Frozen
from qunxiang.targeting.response import ResponseCurve

Floats = NDArray[np.float64]

STEPS = 1_000
"""Parts of the budget that are moved about before the split is refined without steps."""

_STEPS_IN_CASES = 300
_STEPS_IN_DRAWS = 200
_TOTALS = (0.5, 0.75, 0.9, 1.0, 1.1, 1.25, 1.5)
_CEILINGS = (0.75, 1.25)


class Limits(Frozen):
    """Least and most that may be spent on a segment; None for no upper limit."""

    least: Decimal = Decimal(0)
    most: Decimal | None = None


class SegmentBudget(Frozen):
    """What one segment gets.

    `margin` is what its curve says the spend brings back, with the middle 95 % of what it might be. `marginal` is what
    the last unit of money brings back. `spend_low` and `spend_high` hold the middle 95 % of the best spends when the
    curves are as uncertain as they say. `beyond_seen` says that the curve was fitted to smaller spends only.
    """

    segment: str
    spend: Decimal
    margin: Decimal
    margin_low: Decimal | None
    margin_high: Decimal | None
    net: Decimal
    marginal: float
    at_least: bool
    at_most: bool
    beyond_seen: bool
    spend_low: Decimal | None
    spend_high: Decimal | None


class TotalCase(Frozen):
    """The best split of another total."""

    total: Decimal
    spends: dict[str, Decimal]
    margin: Decimal
    net: Decimal


class CurveCase(Frozen):
    """The best split where one segment's ceiling is `factor` times what its curve says.

    `regret` is what keeping the split at hand would then cost.
    """

    segment: str
    factor: float
    spends: dict[str, Decimal]
    regret: Decimal


class Allocation(Frozen):
    """A split of a budget. `next_unit` is what one more unit of money would bring back; None when no more can be used.

    `equal_net` is margin less spend of the same money split equally, as far as the limits allow it.
    """

    total: Decimal
    spent: Decimal
    margin: Decimal
    net: Decimal
    segments: tuple[SegmentBudget, ...]
    next_unit: float | None
    equal_net: Decimal
    totals: tuple[TotalCase, ...]
    curves: tuple[CurveCase, ...]
    spend_all: bool
    seed: int


def allocate(
    curves: Sequence[ResponseCurve],
    total: Decimal,
    *,
    limits: Mapping[str, Limits] | None = None,
    spend_all: bool = False,
    seed: int = 0,
    n_draws: int = 100,
) -> Allocation:
    """Split a budget so that margin less spend is largest.

    Dynamic programming over a thousandth of the budget finds the best region even where curves are S-shaped; sequential
    quadratic programming refines it within the limits.

    Parameters
    ----------
    curves
        One per segment.
    total
        Most that may be spent, workspace currency.
    spend_all
        Whether all of it must be spent; otherwise money that would bring back less than itself is left over.
    seed, n_draws
        The split is found again for `n_draws` draws of uncertain curves.

    Raises
    ------
    SettingError
        When there is no curve, the total is not above zero, or the limits cannot be kept.

    References
    ----------
    Little, J. D. C. (1970). Models and managers: the concept of a decision calculus. Management Science 16.
    """
    problem = _Problem(tuple(curves), float(total), limits or {}, spend_all)
    tops, scales = problem.stated
    best = problem.solve(tops, scales)
    margins = problem.margins(best, tops, scales)
    drawn_tops, drawn_scales, drawn = _drawn(problem, seed, n_draws)
    ends = _ends(drawn)
    margin_ends = _ends(problem.margins(best, drawn_tops, drawn_scales)) if drawn_tops.size else None
    segments = tuple(
        SegmentBudget(
            segment=c.segment,
            spend=_cents(best[i]),
            margin=_cents(margins[i]),
            margin_low=_cents(margin_ends[0][i]) if margin_ends is not None else None,
            margin_high=_cents(margin_ends[1][i]) if margin_ends is not None else None,
            net=_cents(margins[i]) - _cents(best[i]),
            marginal=float(c.marginal(best[i])),
            at_least=bool(problem.least[i] > 0 and best[i] <= problem.least[i] + problem.slack),
            at_most=bool(best[i] >= problem.most[i] - problem.slack),
            beyond_seen=c.most_spend is not None and bool(best[i] > float(c.most_spend)),
            spend_low=_cents(ends[0][i]) if ends is not None else None,
            spend_high=_cents(ends[1][i]) if ends is not None else None,
        )
        for i, c in enumerate(problem.curves)
    )
    open_ = [s.marginal for s in segments if not s.at_most]
    return Allocation(
        total=total,
        spent=sum((s.spend for s in segments), Decimal(0)),
        margin=sum((s.margin for s in segments), Decimal(0)),
        net=sum((s.net for s in segments), Decimal(0)),
        segments=segments,
        next_unit=max(open_, default=None),
        equal_net=_cents(problem.net(problem.equal(), tops, scales)),
        totals=_totals(problem, total),
        curves=_cases(problem, best),
        spend_all=spend_all,
        seed=seed,
    )


class _Problem:
    """Curves, budget and limits as arrays of shape (n_segments,)."""

    def __init__(
        self, curves: tuple[ResponseCurve, ...], total: float, limits: Mapping[str, Limits], spend_all: bool
    ) -> None:
        if not curves:
            raise SettingError("error.targets.no_curves")
        if not 0 < total < float("inf"):
            raise SettingError("error.targets.budget_total", total=total)
        self.curves, self.total, self.limits, self.spend_all = curves, total, limits, spend_all
        given = [limits.get(c.segment, Limits()) for c in curves]
        self.least = np.array([float(g.least) for g in given])
        self.most = np.array([min(float(g.most), total) if g.most is not None else total for g in given])
        if np.any(self.least < 0) or np.any(self.least > self.most) or self.least.sum() > total:
            raise SettingError("error.targets.limits_least", least=float(self.least.sum()), total=total)
        if spend_all and self.most.sum() < total:
            raise SettingError("error.targets.limits_most", most=float(self.most.sum()), total=total)
        self.slack = total * 1e-6

    @property
    def stated(self) -> tuple[Floats, Floats]:
        """Ceilings and scales as the curves state them."""
        return np.array([float(c.ceiling) for c in self.curves]), np.array([float(c.scale) for c in self.curves])

    def margins(self, spends: Floats, tops: Floats, scales: Floats) -> Floats:
        """Return margins by segment (last axis); parameters may have leading axes of draws."""
        parts = [c.margin(spends[..., i], tops[..., i], scales[..., i]) for i, c in enumerate(self.curves)]
        return np.stack([np.broadcast_to(p, np.shape(tops[..., 0])) for p in parts], axis=-1)

    def net(self, spends: Floats, tops: Floats, scales: Floats) -> float:
        """Return margin less spend of a split."""
        return float(self.margins(spends, tops, scales).sum() - spends.sum())

    def equal(self) -> Floats:
        """Return the budget split equally, as far as the limits allow it."""
        found = scipy.optimize.brentq(
            lambda each: float(np.clip(each, self.least, self.most).sum()) - min(self.total, float(self.most.sum())),
            0.0,
            self.total,
        )
        split: Floats = np.clip(found, self.least, self.most)
        return split

    def solve(self, tops: Floats, scales: Floats, *, steps: int = STEPS) -> Floats:
        """Return the best spends, shape (n_segments,)."""
        return self._refined(self._by_steps(tops, scales, steps), tops, scales)

    def _by_steps(self, tops: Floats, scales: Floats, steps: int) -> Floats:
        """Give out what the lower limits leave in equal parts: dynamic programming over segments."""
        free = self.total - float(self.least.sum())
        step = free / steps
        amounts = np.arange(steps + 1) * step
        value = np.full(steps + 1, -np.inf)
        value[0] = 0.0
        chosen = []
        for i, curve in enumerate(self.curves):
            spend = np.minimum(self.least[i] + amounts, self.most[i])
            # the last part may be cut by the upper limit: what it would go beyond is given out in vain
            usable = np.ceil((self.most[i] - self.least[i]) / step - 1e-9) if step > 0 else 0
            gain = curve.margin(spend, tops[i], scales[i]) - spend
            gain[np.arange(steps + 1) > usable] = -np.inf
            parts = np.arange(steps + 1)
            back = parts[:, None] - parts[None, :]
            whole = np.where(back >= 0, value[np.maximum(back, 0)] + gain[None, :], -np.inf)
            chosen.append(whole.argmax(axis=1))
            value = whole.max(axis=1)
        place = steps if self.spend_all and np.isfinite(value[steps]) else int(np.argmax(value))
        spends = np.zeros(len(self.curves))
        for i in range(len(self.curves) - 1, -1, -1):
            part = int(chosen[i][place])
            spends[i] = min(self.least[i] + part * step, self.most[i])
            place -= part
        return spends

    def _refined(self, rough: Floats, tops: Floats, scales: Floats) -> Floats:
        unit, worth = self.total, max(float(np.abs(tops).max()), 1e-9)

        def loss(x: Floats) -> float:
            return -self.net(x * unit, tops, scales) / worth

        least = 1.0 if self.spend_all else -np.inf
        made = scipy.optimize.minimize(
            loss,
            rough / unit,
            method="SLSQP",
            bounds=scipy.optimize.Bounds(self.least / unit, self.most / unit),
            constraints=[scipy.optimize.LinearConstraint(np.ones((1, len(rough))), least, 1.0)],
            options={"ftol": 1e-13, "maxiter": 300},
        )
        found = np.clip(made.x * unit, self.least, self.most)
        over = found.sum() > self.total * (1 + 1e-9)
        short = self.spend_all and found.sum() < self.total * (1 - 1e-6)
        rough_short = self.spend_all and rough.sum() < self.total * (1 - 1e-6)
        if over or (short and not rough_short):
            return rough
        better = self.net(found, tops, scales) >= self.net(rough, tops, scales) or rough_short
        return found if better else rough

    def of(self, total: float) -> _Problem | None:
        """Return the problem of another total; None where the limits cannot be kept."""
        try:
            return _Problem(self.curves, total, self.limits, self.spend_all)
        except SettingError:
            return None


def _drawn(problem: _Problem, seed: int, n_draws: int) -> tuple[Floats, Floats, Floats | None]:
    """Return ceilings, scales and best splits of draws of the curves; shapes (n_draws, n_segments)."""
    generator = np.random.default_rng(seed)
    pairs = [c.draws(generator, n_draws) for c in problem.curves]
    tops, scales = np.stack([p[0] for p in pairs], axis=1), np.stack([p[1] for p in pairs], axis=1)
    if np.ptp(tops, axis=0).max(initial=0.0) == 0 and np.ptp(scales, axis=0).max(initial=0.0) == 0:
        return np.empty((0, 0)), np.empty((0, 0)), None  # nothing is said to be uncertain
    splits = [problem.solve(t, s, steps=_STEPS_IN_DRAWS) for t, s in zip(tops, scales, strict=True)]
    return tops, scales, np.array(splits)


def _ends(drawn: Floats | None) -> tuple[Floats, Floats] | None:
    if drawn is None:
        return None
    low, high = np.quantile(drawn, (0.025, 0.975), axis=0)
    return low, high


def _totals(problem: _Problem, total: Decimal) -> tuple[TotalCase, ...]:
    tops, scales = problem.stated
    out = []
    for factor in _TOTALS:
        other = problem.of(problem.total * factor)
        if other is None:
            continue
        spends = other.solve(tops, scales, steps=_STEPS_IN_CASES)
        margin = float(other.margins(spends, tops, scales).sum())
        out.append(
            TotalCase(
                total=_cents(float(total) * factor),
                spends=_named(problem, spends),
                margin=_cents(margin),
                net=_cents(margin - float(spends.sum())),
            )
        )
    return tuple(out)


def _cases(problem: _Problem, best: Floats) -> tuple[CurveCase, ...]:
    tops, scales = problem.stated
    out = []
    for i, curve in enumerate(problem.curves):
        for factor in _CEILINGS:
            moved = tops.copy()
            moved[i] *= factor
            spends = problem.solve(moved, scales, steps=_STEPS_IN_CASES)
            lost = max(problem.net(spends, moved, scales) - problem.net(best, moved, scales), 0.0)
            out.append(
                CurveCase(segment=curve.segment, factor=factor, spends=_named(problem, spends), regret=_cents(lost))
            )
    return tuple(out)


def _named(problem: _Problem, spends: Floats) -> dict[str, Decimal]:
    return {c.segment: _cents(s) for c, s in zip(problem.curves, spends, strict=True)}


def _cents(value: float | np.floating) -> Decimal:
    """Return money to the cent, rounded down so that a split never exceeds its total."""
    return Decimal(repr(round(float(value), 6))).quantize(Decimal("0.01"), rounding=ROUND_DOWN)
