"""Calibration of weights to known margins by raking, with bounds; it converges or says why not."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray

from qunxiang.statistics.factors.correlation import row_weights
from qunxiang.statistics.survey.design import design_effect, effective_rows

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Why = Literal["", "nobody", "no_target", "totals_differ", "contradiction", "bounds"]

MOST_ROUNDS = 500
CLOSE = 1e-6
TOTALS_APART = 0.005


@dataclass(frozen=True)
class Margin:
    """Known shares or counts of one characteristic in the population, by category."""

    name: str
    targets: Mapping[str, float]


@dataclass(frozen=True)
class Raked:
    """What raking came to.

    Attributes
    ----------
    weights : ndarray of shape (n_rows,)
        Mean one over the rows. Where raking did not converge they are the last ones and must not be used.
    converged : bool
    why : str
        "nobody": a category with a target above zero has no respondent; "no_target": respondents are in a category
        without a target; "totals_differ": margins in people add up to different totals; "contradiction": the margins
        cannot hold together for these respondents; "bounds": they cannot within the bounds. Empty when converged.
    where : tuple of str
        Margin and category that it is about, and what is known of it.
    rounds : int
    largest_gap : float
        Largest distance of a weighted share from its target, 0..1.
    n_at_bounds : int
        Rows whose weight lies at a bound.
    n_effective, design_effect : float
        Kish's, of the new weights.
    """

    weights: Floats
    converged: bool
    why: Why
    where: tuple[str, ...]
    rounds: int
    largest_gap: float
    n_at_bounds: int
    n_effective: float
    design_effect: float


@dataclass(frozen=True)
class _Coded:
    codes: Ints
    shares: Floats


def rake(
    values: Mapping[str, Sequence[str | None]],
    margins: Sequence[Margin],
    weights: ArrayLike | None = None,
    *,
    bounds: tuple[float, float] | None = None,
) -> Raked:
    """Adjust weights until every margin holds.

    Each margin in turn multiplies the weights of a category by target / actual (iterative proportional fitting). With
    `bounds` weights are cut to them after every round; the margins take up what was cut. A respondent whose category
    is unknown is left as he is by that margin, and the margin holds among the known.

    Parameters
    ----------
    values
        Category of each respondent by margin name; None is unknown.
    margins
        Targets as shares or as people; each margin is brought to shares. Margins in people (sums above 1.5) must agree
        on the total within half a percent.
    weights : array of shape (n_rows,), optional
        Design weights to start from.
    bounds
        Least and largest weight relative to the mean, such as (.3, 3).

    References
    ----------
    Deming, W. E. & Stephan, F. F. (1940). On a least squares adjustment of a sampled frequency table. Annals of
    Mathematical Statistics 11. Kalton, G. & Flores-Cervantes, I. (2003). Weighting methods. Journal of Official
    Statistics 19.
    """
    n_rows = len(next(iter(values.values()))) if values else 0
    if not margins or not n_rows:
        raise ValueError("raking needs respondents and at least one margin")
    start = row_weights(weights, n_rows)
    start = start / start.mean()
    problem = _impossible(values, margins)
    if problem is not None:
        return _ended(start, False, problem[0], problem[1], 0, float("nan"), bounds)
    coded = [_coded(values[margin.name], margin) for margin in margins]
    raked = start[:, None].copy()
    gap, rounds = 1.0, 0
    for rounds in range(1, MOST_ROUNDS + 1):  # noqa: B007
        _round(raked, coded)
        if bounds is not None:
            np.clip(raked, bounds[0] * raked.mean(), bounds[1] * raked.mean(), out=raked)
        gap = max(float(np.abs(_shares(raked[:, 0], each) - each.shares).max()) for each in coded)
        if gap < CLOSE:
            break
    w = raked[:, 0] / raked[:, 0].mean()
    if gap < CLOSE:
        return _ended(w, True, "", (), rounds, gap, bounds)
    apart = [np.abs(_shares(w, each) - each.shares) for each in coded]
    worst = int(np.argmax([each.max() for each in apart]))
    category = list(margins[worst].targets)[int(np.argmax(apart[worst]))]
    free = bounds is None or rake(values, margins, weights).converged
    why: Why = "bounds" if bounds is not None and free else "contradiction"
    return _ended(w, False, why, (margins[worst].name, category), rounds, gap, bounds)


def rake_draws(
    draws: Floats, values: Mapping[str, Sequence[str | None]], margins: Sequence[Margin], rounds: int = 25
) -> Floats:
    """Rake many sets of weights at once, for the bootstrap of a calibrated survey.

    Parameters
    ----------
    draws : array of shape (n_rows, n_draws)
        Weights from 0. A category that a draw has lost is left out of that draw.
    """
    coded = [_coded(values[margin.name], margin) for margin in margins]
    raked = draws.copy()
    for _ in range(rounds):
        _round(raked, coded)
    return raked


def _coded(given: Sequence[str | None], margin: Margin) -> _Coded:
    place = {category: i for i, category in enumerate(margin.targets)}
    codes = np.array([-1 if each is None else place[each] for each in given], dtype=np.int64)
    targets = np.array(list(margin.targets.values()), dtype=np.float64)
    return _Coded(codes, targets / targets.sum())


def _round(raked: Floats, coded: Sequence[_Coded]) -> None:
    """Bring every margin to its targets once, in place."""
    for each in coded:
        known = each.codes >= 0
        totals = np.zeros((len(each.shares), raked.shape[1]))
        np.add.at(totals, each.codes[known], raked[known])
        there = totals > 0
        wanted = each.shares[:, None] * there
        wanted = wanted / wanted.sum(axis=0) * totals.sum(axis=0)
        factor = np.divide(wanted, totals, out=np.ones_like(totals), where=there)
        raked[known] *= factor[each.codes[known]]


def _shares(w: Floats, each: _Coded) -> Floats:
    known = each.codes >= 0
    sums = np.bincount(each.codes[known], weights=w[known], minlength=len(each.shares))
    return np.asarray(sums / sums.sum(), dtype=np.float64)


def _impossible(
    values: Mapping[str, Sequence[str | None]], margins: Sequence[Margin]
) -> tuple[Why, tuple[str, ...]] | None:
    totals = {}
    for margin in margins:
        there = {each for each in values[margin.name] if each is not None}
        empty = [category for category, target in margin.targets.items() if target > 0 and category not in there]
        if empty:
            return "nobody", (margin.name, empty[0])
        strange = sorted(category for category in there if margin.targets.get(category, 0.0) <= 0)
        if strange:
            return "no_target", (margin.name, strange[0])
        total = float(sum(margin.targets.values()))
        if total > 1.5:
            totals[margin.name] = total
    if totals and max(totals.values()) > (1 + TOTALS_APART) * min(totals.values()):
        low, high = min(totals, key=lambda name: totals[name]), max(totals, key=lambda name: totals[name])
        return "totals_differ", (low, f"{totals[low]:g}", high, f"{totals[high]:g}")
    return None


def _ended(
    w: Floats,
    converged: bool,
    why: Why,
    where: tuple[str, ...],
    rounds: int,
    gap: float,
    bounds: tuple[float, float] | None,
) -> Raked:
    at = 0
    if bounds is not None:
        mean = w.mean()
        at = int(((w <= bounds[0] * mean * (1 + 1e-4)) | (w >= bounds[1] * mean * (1 - 1e-4))).sum())
    return Raked(w, converged, why, where, rounds, gap, at, effective_rows(w), design_effect(w))
