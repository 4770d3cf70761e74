"""Brand strength on four dimensions, measured or judged, and how a brand stands against its competitors."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from qunxiang.model import Frozen
from qunxiang.model.brand_study import DIMENSIONS, BrandDimension, BrandJudgement
from qunxiang.statistics.intervals import Interval
from qunxiang.statistics.judgements import disagreement
from qunxiang.statistics.survey import Design, mean_difference, weighted_mean

Floats = NDArray[np.float64]
Scores = Mapping[tuple[str, BrandDimension], Floats]
"""By brand and dimension: what everybody says, 0 to 10; NaN is unknown. Shape (n_people,)."""

LEAST = 30
"""People who must have answered for a measured value."""

LEAST_JUDGES = 2
"""People who must have judged both brands before one is called stronger."""

CONFIDENCE = 0.95

Origin = Literal["measured", "judged"]
Verdict = Literal["stronger", "weaker", "no_difference", "too_few"]


class MeasuredStrength(Frozen):
    """Weighted mean of survey answers, 0 to 10, with its 95 % interval; None with fewer than `needed` people."""

    value: float | None
    low: float | None
    high: float | None
    n: int
    needed: int


class JudgedStrength(Frozen):
    """What named people say, 0 to 10: their mean, lowest and highest.

    `disagreement` is highest less lowest, None with one person; `disputed` says that it is 4 points or more.
    """

    value: float
    low: float
    high: float
    by: tuple[str, ...]
    values: tuple[float, ...]
    why: tuple[str, ...]
    disagreement: float | None
    disputed: bool


class StrengthCell(Frozen):
    """A brand on one dimension; what is measured and what is judged stand beside each other and are never mixed."""

    brand: str
    dimension: BrandDimension
    measured: MeasuredStrength | None
    judged: JudgedStrength | None


class StrengthDifference(Frozen):
    """The own brand less a competitor on one dimension.

    ``measured``: the difference of means with its interval, at a confidence that holds for all measured differences
    together. ``judged``: the mean of what each person who judged both puts between them, with the least and the
    greatest. ``stronger`` and ``weaker`` are said only when all of low to high lies on one side of 0 (and two or more
    people judged); ``too_few`` when not enough answered or judged.
    """

    competitor: str
    dimension: BrandDimension
    origin: Origin
    difference: float | None
    low: float | None
    high: float | None
    n: int
    verdict: Verdict


class BrandStrength(Frozen):
    """Strength of all brands, and the own one's strengths and weaknesses.

    `confidence` is that of each measured difference: 1 − .05 / `n_compared` (Bonferroni), so that all of them hold
    together with 95 %. `n_people` answered, None without a survey. `segment` is None for everybody.
    """

    own: str
    brands: tuple[str, ...]
    segment: str | None
    n_people: int | None
    cells: tuple[StrengthCell, ...]
    differences: tuple[StrengthDifference, ...]
    n_compared: int
    confidence: float

    def cell(self, brand: str, dimension: BrandDimension) -> StrengthCell:
        """Return what is known of a brand on a dimension."""
        return next(c for c in self.cells if (c.brand, c.dimension) == (brand, dimension))

    @property
    def strengths(self) -> tuple[StrengthDifference, ...]:
        """Differences in favour of the own brand."""
        return tuple(d for d in self.differences if d.verdict == "stronger")

    @property
    def weaknesses(self) -> tuple[StrengthDifference, ...]:
        """Differences in favour of a competitor."""
        return tuple(d for d in self.differences if d.verdict == "weaker")


def brand_strength(
    own: str,
    brands: Sequence[str],
    scores: Scores,
    sample: Design | None,
    judgements: Sequence[BrandJudgement] = (),
    *,
    segment: str | None = None,
    member: NDArray[np.bool_] | None = None,
    least: int = LEAST,
) -> BrandStrength:
    """Say how strong brands are on appeal, difference, feasibility and sustainability.

    Parameters
    ----------
    own
        One of `brands`; it is compared with each of the others.
    scores
        Measured answers; brands and dimensions without a question are left out.
    sample
        How the people of `scores` were drawn; None without scores.
    judgements
        Of each person and brand and dimension the latest counts.
    segment, member
        Look at these people only; the design stays whole, and judgements, which name no segment, are left out.
    least
        People below which nothing is said of a measured value.
    """
    inside = {key: values if member is None else np.where(member, values, np.nan) for key, values in scores.items()}
    latest = {} if segment is not None else _latest(judgements)
    cells = tuple(
        StrengthCell(
            brand=brand,
            dimension=dimension,
            measured=_measured(inside.get((brand, dimension)), sample, least),
            judged=_judged(latest.get((brand, dimension), {})),
        )
        for dimension in DIMENSIONS
        for brand in brands
    )
    others = [brand for brand in brands if brand != own]
    pairs = [(d, c) for d in DIMENSIONS for c in others if (own, d) in inside and (c, d) in inside]
    able = [pair for pair in pairs if min(_n(inside[own, pair[0]]), _n(inside[pair[1], pair[0]])) >= least]
    confidence = 1 - (1 - CONFIDENCE) / max(len(able), 1)
    differences = [
        _measured_difference(c, d, inside[own, d], inside[c, d], sample, confidence, able=(d, c) in able)
        for d, c in pairs
    ]
    for dimension in DIMENSIONS:
        mine = latest.get((own, dimension), {})
        theirs = [(c, latest[c, dimension]) for c in others if (c, dimension) in latest]
        differences += [_judged_difference(c, dimension, mine, said) for c, said in theirs if mine]
    people = None
    if sample is not None and scores:
        answered = np.any([~np.isnan(values) for values in inside.values()], axis=0)
        people = int(answered.sum())
    return BrandStrength(
        own=own,
        brands=tuple(brands),
        segment=segment,
        n_people=people,
        cells=cells,
        differences=tuple(differences),
        n_compared=len(able),
        confidence=confidence,
    )


def _n(values: Floats) -> int:
    return int((~np.isnan(values)).sum())


def _measured(values: Floats | None, sample: Design | None, least: int) -> MeasuredStrength | None:
    if values is None or sample is None:
        return None
    n = _n(values)
    found = weighted_mean(values, sample) if n >= max(least, 2) else None
    if not isinstance(found, Interval):
        return MeasuredStrength(value=None, low=None, high=None, n=n, needed=least)
    return MeasuredStrength(
        value=found.estimate, low=max(found.low, 0.0), high=min(found.high, 10.0), n=n, needed=least
    )


def _measured_difference(
    competitor: str,
    dimension: BrandDimension,
    own: Floats,
    other: Floats,
    sample: Design | None,
    confidence: float,
    *,
    able: bool,
) -> StrengthDifference:
    n = min(_n(own), _n(other))
    said: dict[str, Any] = {"competitor": competitor, "dimension": dimension, "origin": "measured", "n": n}
    found = mean_difference(own, other, sample, confidence=confidence) if able and sample is not None else None
    if not isinstance(found, Interval):
        return StrengthDifference(**said, difference=None, low=None, high=None, verdict="too_few")
    return StrengthDifference(
        **said, difference=found.estimate, low=found.low, high=found.high, verdict=_verdict(found.low, found.high)
    )


def _judged_difference(
    competitor: str,
    dimension: BrandDimension,
    own: Mapping[str, BrandJudgement],
    other: Mapping[str, BrandJudgement],
) -> StrengthDifference:
    """Compare person by person, for one who is strict is strict with both."""
    both = sorted(own.keys() & other.keys())
    apart = [own[name].value - other[name].value for name in both]
    said: dict[str, Any] = {"competitor": competitor, "dimension": dimension, "origin": "judged", "n": len(both)}
    if not apart:
        return StrengthDifference(**said, difference=None, low=None, high=None, verdict="too_few")
    low, high = min(apart), max(apart)
    verdict = _verdict(low, high) if len(apart) >= LEAST_JUDGES else "too_few"
    return StrengthDifference(**said, difference=float(np.mean(apart)), low=low, high=high, verdict=verdict)


def _verdict(low: float, high: float) -> Verdict:
    return "stronger" if low > 0 else "weaker" if high < 0 else "no_difference"


def _latest(judgements: Sequence[BrandJudgement]) -> dict[tuple[str, BrandDimension], dict[str, BrandJudgement]]:
    """Return the latest judgement of each person by brand and dimension."""
    found: dict[tuple[str, BrandDimension], dict[str, BrandJudgement]] = {}
    for judgement in sorted(judgements, key=lambda j: j.at):
        found.setdefault((judgement.brand, judgement.dimension), {})[judgement.by] = judgement
    return found


def _judged(said: Mapping[str, BrandJudgement]) -> JudgedStrength | None:
    if not said:
        return None
    names = sorted(said)
    values = [said[name].value for name in names]
    apart, disputed = disagreement(values)
    return JudgedStrength(
        value=float(np.mean(values)),
        low=min(values),
        high=max(values),
        by=tuple(names),
        values=tuple(values),
        why=tuple(said[name].why for name in names),
        disagreement=apart,
        disputed=disputed,
    )
