"""Size and growth of the segments of a market, from a survey that stands for it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from qunxiang.statistics.intervals import Interval, TooFewRows
from qunxiang.statistics.survey import Design, Margin, design, design_effect, effective_rows, rake_draws, rescaled_draws

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

FEWEST = 5
"""Respondents of a segment below which no interval is given."""


@dataclass(frozen=True)
class Wave:
    """One survey of a market.

    Attributes
    ----------
    segments : ndarray of shape (n_rows,)
        Segment of each respondent from 0; −1 is unknown.
    sample : Design
        Weights, strata, clusters; weights are the calibrated ones when margins are given.
    population : float
        People in the market.
    money : ndarray of shape (n_rows,) or None
        What a respondent spends in the market per year, in the workspace's currency; NaN is unknown.
    margins : tuple of Margin
        Targets the weights were raked to; every draw of the bootstrap is raked to them again.
    values : mapping of str to sequence
        Category of each respondent by margin.
    respondents : sequence of str or None
        Who answered; needed where the same people answer in two waves.
    """

    segments: Ints
    sample: Design
    population: float
    money: Floats | None = None
    margins: tuple[Margin, ...] = ()
    values: Mapping[str, Sequence[str | None]] | None = None
    respondents: Sequence[str] | None = None


@dataclass(frozen=True)
class SegmentSize:
    """A segment's part of the market: unweighted share as counted, weighted share, people, money per year."""

    n: int
    unweighted_share: float
    share: Interval | TooFewRows
    people: Interval | TooFewRows
    money: Interval | TooFewRows | None
    mean_money: float | None


@dataclass(frozen=True)
class MarketSize:
    """Sizes of all segments; `unknown` is the weighted share of people without a segment."""

    segments: tuple[SegmentSize, ...]
    population: float
    n_rows: int
    n_effective: float
    design_effect: float
    unknown: float
    single_strata: int


@dataclass(frozen=True)
class SegmentGrowth:
    """Growth from the first wave to the second, as a share per year; `sure` when the interval leaves out zero."""

    people: Interval | TooFewRows
    money: Interval | TooFewRows | None
    sure: bool


def size_of(wave: Wave, n_segments: int, *, confidence: float = 0.95, n_draws: int = 1000, seed: int = 0) -> MarketSize:
    """Estimate people and money of every segment, with percentile intervals of the rescaling bootstrap.

    A segment's money is its people times the weighted mean of its known spending. Respondents of unknown segment count
    in the whole and stand apart.

    Raises
    ------
    ValueError
        When the population is not above zero or there are no respondents.
    """
    _checked(wave)
    draws = _draws(wave, n_segments, n_draws, seed)
    whole = _estimates(wave, n_segments, wave.sample.weights[:, None])
    counts = np.bincount(wave.segments[wave.segments >= 0], minlength=n_segments)
    found = []
    for k in range(n_segments):
        n = int(counts[k])
        money = None if wave.money is None else _interval(whole.money[k, 0], draws.money[k], n, confidence)
        people = float(whole.people[k, 0])
        mean = None
        if wave.money is not None and people > 0 and np.isfinite(whole.money[k, 0]):
            mean = float(whole.money[k, 0]) / people
        found.append(
            SegmentSize(
                n,
                n / len(wave.segments),
                _interval(whole.people[k, 0] / wave.population, draws.people[k] / wave.population, n, confidence),
                _interval(whole.people[k, 0], draws.people[k], n, confidence),
                money,
                mean,
            )
        )
    w = wave.sample.weights
    return MarketSize(
        tuple(found),
        wave.population,
        len(w),
        effective_rows(w),
        design_effect(w),
        float(w[wave.segments < 0].sum() / w.sum()),
        wave.sample.single_strata,
    )


def growth_of(
    first: Wave,
    second: Wave,
    n_segments: int,
    *,
    years: float,
    panel: bool = False,
    confidence: float = 0.95,
    n_draws: int = 1000,
    seed: int = 0,
) -> tuple[SegmentGrowth, ...]:
    """Growth of every segment per year between two waves.

    Parameters
    ----------
    years
        Time between the waves, above zero.
    panel
        True when the same people answered both: they are then drawn together, which keeps what the waves share. The
        waves need `respondents`.

    Returns
    -------
    One entry per segment. Growth is (size₂ / size₁)^(1 / years) − 1; its interval takes percentiles of the same over
    draws of both waves.
    """
    _checked(first)
    _checked(second)
    if years <= 0:
        raise ValueError(f"the time between waves must be above zero, it is {years}")
    if panel:
        drawn = _panel_draws(first, second, n_segments, n_draws, seed)
    else:
        drawn = _draws(first, n_segments, n_draws, seed), _draws(second, n_segments, n_draws, seed + 1)
    before = _estimates(first, n_segments, first.sample.weights[:, None])
    after = _estimates(second, n_segments, second.sample.weights[:, None])
    counts = [
        np.bincount(wave.segments[wave.segments >= 0], minlength=n_segments).astype(int) for wave in (first, second)
    ]
    found = []
    for k in range(n_segments):
        n = int(min(counts[0][k], counts[1][k]))
        people = _interval(
            _rate(before.people[k], after.people[k], years)[0],
            _rate(drawn[0].people[k], drawn[1].people[k], years),
            n,
            confidence,
        )
        money = None
        if first.money is not None and second.money is not None:
            money = _interval(
                _rate(before.money[k], after.money[k], years)[0],
                _rate(drawn[0].money[k], drawn[1].money[k], years),
                n,
                confidence,
            )
        sure = isinstance(people, Interval) and not people.low <= 0 <= people.high
        found.append(SegmentGrowth(people, money, sure))
    return tuple(found)


@dataclass(frozen=True)
class _Sums:
    """People and money by segment, shape (n_segments, n_draws)."""

    people: Floats
    money: Floats


def _checked(wave: Wave) -> None:
    if not len(wave.segments) or not wave.population > 0:
        raise ValueError(f"respondents and a population above zero are needed, the population is {wave.population}")


def _estimates(wave: Wave, n_segments: int, weights: Floats) -> _Sums:
    """Sizes for each column of `weights`."""
    shown = np.zeros((n_segments, len(wave.segments)))
    known = wave.segments >= 0
    shown[wave.segments[known], np.flatnonzero(known)] = 1.0
    with np.errstate(divide="ignore", invalid="ignore"):
        people = shown @ weights / weights.sum(axis=0) * wave.population
        if wave.money is None:
            return _Sums(people, np.full_like(people, np.nan))
        spent = ~np.isnan(wave.money)
        sums = (shown * np.where(spent, wave.money, 0.0)) @ weights
        means = sums / ((shown * spent) @ weights)
    return _Sums(people, people * means)


def _draws(wave: Wave, n_segments: int, n_draws: int, seed: int) -> _Sums:
    batches = [_estimates(wave, n_segments, _raked(wave, w)) for w in rescaled_draws(wave.sample, n_draws, seed)]
    return _joined(batches)


def _panel_draws(first: Wave, second: Wave, n_segments: int, n_draws: int, seed: int) -> tuple[_Sums, _Sums]:
    """Draw people, not rows: whoever answered in both waves is drawn for both."""
    if first.respondents is None or second.respondents is None:
        raise ValueError("a panel needs to know who answered in each wave")
    people = np.array([*first.respondents, *second.respondents])
    weights = np.concatenate([first.sample.weights, second.sample.weights])
    strata = np.concatenate([first.sample.strata, second.sample.strata])
    # A person keeps the stratum of the first answer.
    _, at, which = np.unique(people, return_index=True, return_inverse=True)
    both = design(len(people), weights, strata[at][which.ravel()], people)
    cut = len(first.segments)
    one, two = [], []
    for w in rescaled_draws(both, n_draws, seed):
        one.append(_estimates(first, n_segments, _raked(first, w[:cut])))
        two.append(_estimates(second, n_segments, _raked(second, w[cut:])))
    return _joined(one), _joined(two)


def _raked(wave: Wave, weights: Floats) -> Floats:
    if not wave.margins or wave.values is None:
        return weights
    return rake_draws(weights, wave.values, wave.margins)


def _joined(batches: Sequence[_Sums]) -> _Sums:
    return _Sums(np.hstack([b.people for b in batches]), np.hstack([b.money for b in batches]))


def _rate(before: Floats, after: Floats, years: float) -> Floats:
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.asarray((after / before) ** (1 / years) - 1, dtype=np.float64)


def _interval(estimate: float, draws: Floats, n: int, confidence: float) -> Interval | TooFewRows:
    known = draws[~np.isnan(draws)]
    if n < FEWEST or not np.isfinite(estimate) or len(known) < len(draws) / 2:
        return TooFewRows(n=n, needed=FEWEST)
    low, high = np.quantile(known, [0.5 - confidence / 2, 0.5 + confidence / 2], method="inverted_cdf")
    return Interval(float(estimate), float(low), float(high), confidence, n, "rescaling-bootstrap")
