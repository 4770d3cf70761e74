"""Awareness, consideration and trust of brands by segment over the waves of a survey."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Literal

import numpy as np
import scipy
from numpy.typing import NDArray

from qunxiang.model import Frozen
from qunxiang.model.brand_study import STAGES, FunnelStage
from qunxiang.statistics.intervals import Interval, normal_quantile
from qunxiang.statistics.multiple import benjamini_hochberg
from qunxiang.statistics.survey import Design, design, mean_difference, share_change, weighted_share

Floats = NDArray[np.float64]

LEAST = 30
"""People who must have answered for a share."""

FALSE_DISCOVERIES = 0.05
STEPS: tuple[tuple[FunnelStage, FunnelStage], ...] = (("awareness", "consideration"), ("consideration", "trust"))


@dataclass(frozen=True)
class BrandWave:
    """One wave.

    Attributes
    ----------
    survey, held_on
        Its name and the day that it stands for.
    sample : Design
    answers : mapping of (brand, stage) to ndarray of shape (n_people,)
        1 yes, 0 no, NaN unknown.
    segments : ndarray of shape (n_people,) or None
        Code of everybody's segment, −1 where unknown.
    respondents : sequence of str
        Who answered; a panel is matched by it.
    """

    survey: str
    held_on: date
    sample: Design
    answers: Mapping[tuple[str, FunnelStage], Floats]
    segments: NDArray[np.int64] | None
    respondents: Sequence[str]


class ShareFound(Frozen):
    """A weighted share, 0 to 1, with its 95 % interval; None with fewer than the `needed` people."""

    value: float | None
    low: float | None = None
    high: float | None = None
    n: int
    needed: int


class TrackedShare(Frozen):
    """The share of people who know, consider or trust a brand, in one wave; `segment` None is everybody."""

    brand: str
    stage: FunnelStage
    segment: str | None
    survey: str
    held_on: date
    share: ShareFound


class Conversion(Frozen):
    """Of the people at one stage, the share who are at the next too.

    `n_out_of_order` say the later stage and not the earlier one: they are no part of the share, and many of them say
    that the questions do not form a funnel.
    """

    brand: str
    from_stage: FunnelStage
    to_stage: FunnelStage
    segment: str | None
    survey: str
    share: ShareFound
    n_out_of_order: int


class TrackedChange(Frozen):
    """How a share changed from one wave to a later one, with its 95 % interval.

    `shown` says that the interval leaves out 0 and that the change stands when false discoveries among all changes are
    held at 5 % (Benjamini–Hochberg).
    """

    brand: str
    stage: FunnelStage
    segment: str | None
    before: str
    after: str
    change: float
    low: float
    high: float
    shown: bool


class BrandTracking(Frozen):
    """Shares, conversions and changes of all waves. `waves` are in order of time; `left_out` say why others are not."""

    own: str
    brands: tuple[str, ...]
    segments: tuple[str, ...]
    waves: tuple[str, ...]
    held_on: tuple[date, ...]
    panel: bool
    shares: tuple[TrackedShare, ...]
    conversions: tuple[Conversion, ...]
    changes: tuple[TrackedChange, ...]
    left_out: tuple[WaveLeftOut, ...] = ()


class WaveLeftOut(Frozen):
    """A survey that is no wave: it has no day, or lacks the questions named."""

    survey: str
    why: Literal["no_day", "no_questions"]
    questions: tuple[str, ...] = ()


def brand_tracking(
    own: str,
    brands: Sequence[str],
    waves: Sequence[BrandWave],
    segments: Sequence[str] = (),
    *,
    panel: bool = False,
    least: int = LEAST,
    left_out: Sequence[WaveLeftOut] = (),
) -> BrandTracking:
    """Follow awareness, consideration and trust.

    Parameters
    ----------
    waves
        In order of time. A change is told from each wave to the next, and from the first to the last.
    segments
        Names of the segments that the waves' codes stand for.
    panel
        The same people answered: they are matched, and changes follow what each of them said before and after; strata
        and clusters are those of the first wave that a person is in.
        Otherwise waves are independent samples.
    least
        People below which no share is told.

    References
    ----------
    Shares: :func:`qunxiang.statistics.survey.weighted_share`. Changes of independent waves: Newcombe (1998), method
    10, by :func:`qunxiang.statistics.survey.share_change`. Benjamini, Y. & Hochberg, Y. (1995). JRSS B 57.
    """
    waves = [_routed(wave) for wave in waves]
    groups: list[tuple[str | None, int]] = [(None, -1), *((name, code) for code, name in enumerate(segments))]
    shares: list[TrackedShare] = []
    conversions: list[Conversion] = []
    changes: list[TrackedChange] = []
    p_values: list[float] = []
    for brand in brands:
        for segment, code in groups:
            told: dict[tuple[FunnelStage, int], Interval] = {}
            for at, wave in enumerate(waves):
                member = _member(wave, code)
                for stage in STAGES:
                    found, share = _share(wave, (brand, stage), member, least)
                    if share is None:
                        continue
                    if found is not None:
                        told[stage, at] = found
                    shares.append(_tracked(brand, stage, segment, wave, share))
                conversions += _conversions(wave, brand, segment, member, least)
            for stage in STAGES:
                for first, second in _spans(len(waves)):
                    if (stage, first) not in told or (stage, second) not in told:
                        continue
                    pair = (waves[first], waves[second])
                    ends = (told[stage, first], told[stage, second])
                    matched = _panel_change(pair, (brand, stage), code) if panel else None
                    change = matched or share_change(*ends)  # nobody changed: as independent waves, which is wider
                    p_values.append(_p_value(change))
                    changes.append(
                        TrackedChange(
                            brand=brand,
                            stage=stage,
                            segment=segment,
                            before=pair[0].survey,
                            after=pair[1].survey,
                            change=change.estimate,
                            low=change.low,
                            high=change.high,
                            shown=change.low > 0 or change.high < 0,
                        )
                    )
    adjusted = benjamini_hochberg(p_values)
    return BrandTracking(
        own=own,
        brands=tuple(brands),
        segments=tuple(segments),
        waves=tuple(w.survey for w in waves),
        held_on=tuple(w.held_on for w in waves),
        panel=panel,
        shares=tuple(shares),
        conversions=tuple(conversions),
        changes=tuple(
            c.model_copy(update={"shown": bool(c.shown and p <= FALSE_DISCOVERIES)})
            for c, p in zip(changes, adjusted, strict=True)
        ),
        left_out=tuple(left_out),
    )


def _routed(wave: BrandWave) -> BrandWave:
    """Return a wave in which those who do not know a brand, and were therefore asked no more, neither consider nor
    trust it; nor do those trust it who do not consider it, where most of them were not asked.
    """
    answers = dict(wave.answers)
    for (brand, stage), given in wave.answers.items():
        aware, considered = (wave.answers.get((brand, before)) for before in STAGES[:2])
        blank = np.isnan(given)
        skipped = np.zeros(len(given), dtype=bool) if aware is None else aware == 0
        if stage == "trust" and considered is not None:
            passed = (considered == 0) & ~skipped
            if blank[passed].sum() > passed.sum() / 2:
                skipped |= passed
        if stage != "awareness":
            answers[brand, stage] = np.where(blank & skipped, 0.0, given)
    return replace(wave, answers=answers)


def _spans(n_waves: int) -> list[tuple[int, int]]:
    """Return the pairs of waves between which a change is told."""
    following = [(i, i + 1) for i in range(n_waves - 1)]
    return following + ([(0, n_waves - 1)] if n_waves > 2 else [])


def _member(wave: BrandWave, code: int) -> NDArray[np.bool_]:
    if code < 0:
        return np.ones(len(wave.respondents), dtype=bool)
    if wave.segments is None:
        return np.zeros(len(wave.respondents), dtype=bool)
    return np.asarray(wave.segments == code, dtype=bool)


def _share(
    wave: BrandWave, key: tuple[str, FunnelStage], member: NDArray[np.bool_], least: int
) -> tuple[Interval | None, ShareFound | None]:
    """Return a share among the members of a wave; None when the wave does not ask."""
    answers = wave.answers.get(key)
    if answers is None:
        return None, None
    return _share_of(wave, answers, member & ~np.isnan(answers), least)


def _share_of(
    wave: BrandWave, answers: Floats, rows: NDArray[np.bool_], least: int
) -> tuple[Interval | None, ShareFound]:
    n = int(rows.sum())
    if n < max(least, 1):
        return None, ShareFound(value=None, n=n, needed=least)
    found = weighted_share(answers[rows], _part(wave.sample, rows))
    assert isinstance(found, Interval)
    return found, ShareFound(value=found.estimate, low=found.low, high=found.high, n=n, needed=least)


def _part(sample: Design, rows: NDArray[np.bool_]) -> Design:
    return design(int(rows.sum()), sample.weights[rows], sample.strata[rows], sample.clusters[rows])


def _tracked(brand: str, stage: FunnelStage, segment: str | None, wave: BrandWave, share: ShareFound) -> TrackedShare:
    return TrackedShare(
        brand=brand, stage=stage, segment=segment, survey=wave.survey, held_on=wave.held_on, share=share
    )


def _conversions(
    wave: BrandWave, brand: str, segment: str | None, member: NDArray[np.bool_], least: int
) -> list[Conversion]:
    found = []
    for first, second in STEPS:
        earlier, later = wave.answers.get((brand, first)), wave.answers.get((brand, second))
        if earlier is None or later is None:
            continue
        known = member & ~np.isnan(earlier) & ~np.isnan(later)
        _, share = _share_of(wave, later, known & (earlier == 1), least)
        found.append(
            Conversion(
                brand=brand,
                from_stage=first,
                to_stage=second,
                segment=segment,
                survey=wave.survey,
                share=share,
                n_out_of_order=int((known & (earlier == 0) & (later == 1)).sum()),
            )
        )
    return found


def _panel_change(pair: tuple[BrandWave, BrandWave], key: tuple[str, FunnelStage], code: int) -> Interval | None:
    """Return the change with people matched: both waves one below the other, and a person is in one cluster."""
    sides = [np.where(_member(wave, code), wave.answers[key], np.nan) for wave in pair]
    blank = [np.full(len(side), np.nan) for side in sides]
    weights = np.concatenate([wave.sample.weights for wave in pair])
    sample = design(len(weights), weights, *_matched(*pair))
    found = mean_difference(np.concatenate([blank[0], sides[1]]), np.concatenate([sides[0], blank[1]]), sample)
    return found if isinstance(found, Interval) else None


def _matched(first: BrandWave, second: BrandWave) -> list[NDArray[np.int64]]:
    """Return the strata and the clusters of both waves, counted as in the first.

    People of both stay in those of the first wave; a stratum or a cluster of the second is the one that its people were
    in, and a new one where none of them was there.
    """
    place = {who: i for i, who in enumerate(first.respondents)}
    again = np.array([place.get(who, -1) for who in second.respondents], dtype=np.int64)
    both = again >= 0
    found = []
    for old, new in (
        (first.sample.strata, second.sample.strata),
        (first.sample.clusters, second.sample.clusters),
    ):
        known = np.arange(int(new.max(initial=0)) + 1) + int(old.max(initial=0)) + 1
        known[new[both]] = old[again[both]]
        found.append(np.concatenate([old, np.where(both, old[again], known[new])]))
    return found


def _p_value(change: Interval) -> float:
    """Return the two-sided p-value that agrees with the interval's side towards zero."""
    side = change.estimate - change.low if change.estimate > 0 else change.high - change.estimate
    if side <= 0:
        return 0.0 if change.estimate else 1.0
    z = abs(change.estimate) / side * normal_quantile(change.confidence)
    return float(2 * scipy.stats.norm.sf(z))
