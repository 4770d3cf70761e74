"""Weighted ranking of segments and how firm it is."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from qunxiang.errors import SettingError
from qunxiang.model import Frozen
from qunxiang.targeting.criteria import CriteriaSet, Criterion, Judgement, Knockout, Measure, Side

TIE = 1e-9
"""Scores that differ by less are equal: the segments share a rank."""

Measures = Mapping[str, Mapping[str, Measure]]
"""Measured values by segment id and measure name."""


class Cell(Frozen):
    """One segment on one criterion: its raw value with interval, score 0..10, and who judged it when it was judged."""

    criterion: str
    value: float | None
    low: float | None = None
    high: float | None = None
    score: float | None = None
    judged_by: tuple[str, ...] = ()
    disagreement: float | None = None


class Assessment(Frozen):
    """What is known of one segment.

    `attractiveness` and `strength` are weighted means of scores 0..10; None when a criterion with weight is unknown,
    never filled in. `rank` is None for knocked-out segments and for unknown attractiveness. `first_share` is the share
    of weight draws in which the segment is first or ties for it.
    """

    segment: str
    cells: tuple[Cell, ...]
    failed: tuple[str, ...]
    attractiveness: float | None
    strength: float | None
    rank: int | None
    tied: bool
    first_share: float | None


class Ranking(Frozen):
    """Segments in order of attractiveness, knocked-out ones last and apart."""

    assessments: tuple[Assessment, ...]
    criteria: CriteriaSet
    n_draws: int
    weight_spread: float
    seed: int

    @property
    def ranked(self) -> tuple[Assessment, ...]:
        """Segments that have a rank, best first."""
        return tuple(a for a in self.assessments if a.rank is not None)

    @property
    def knocked_out(self) -> tuple[Assessment, ...]:
        """Segments that fail a knock-out."""
        return tuple(a for a in self.assessments if a.failed)


def rank(
    measures: Measures,
    criteria: CriteriaSet,
    judgements: Sequence[Judgement] = (),
    *,
    seed: int,
    n_draws: int = 1000,
    weight_spread: float = 0.25,
) -> Ranking:
    """Rank segments by the weighted mean of their scores on the attractiveness criteria.

    Parameters
    ----------
    measures
        Measured values by segment id, then by measure name; each segment that is to be ranked has an entry.
    criteria
        Criteria with weights, and knock-outs.
    judgements
        One per person, criterion and segment; several people are averaged and their spread is kept as `disagreement`.
    seed, n_draws, weight_spread
        The ranking is repeated `n_draws` times with each weight multiplied by a uniform factor within
        1 ± `weight_spread`; `first_share` counts how often a segment leads.

    Returns
    -------
    Ranking
        One assessment per segment. A segment that fails a knock-out, or whose knock-out measure is unknown, has no
        rank and takes no part in the scaling of scores.

    Raises
    ------
    SettingError
        When the attractiveness weights sum to zero or a criterion names a measure that no segment has.
    """
    _check(measures, criteria)
    failed = {s: _failed(m, criteria.knockouts) for s, m in measures.items()}
    candidates = [s for s in measures if not failed[s]]
    cells: dict[str, dict[str, Cell]] = {s: {} for s in measures}
    for criterion in criteria.criteria:
        raw = {s: _raw(s, measures[s], criterion, judgements) for s in measures}
        scale = _scale(criterion, [raw[s].value for s in candidates])
        for s, cell in raw.items():
            cells[s][criterion.id] = cell.model_copy(update={"score": _score(cell.value, criterion, scale)})
    attractiveness = {s: _weighted(cells[s], criteria, "attractiveness") for s in measures}
    strength = {s: _weighted(cells[s], criteria, "strength") for s in measures}
    scored = [s for s in candidates if attractiveness[s] is not None]
    ranks = _ranks({s: attractiveness[s] or 0.0 for s in scored})
    firsts = _first_shares([cells[s] for s in scored], criteria, np.random.default_rng(seed), n_draws, weight_spread)
    leading = dict(zip(scored, firsts, strict=True))
    assessments = [
        Assessment(
            segment=s,
            cells=tuple(cells[s].values()),
            failed=failed[s],
            attractiveness=attractiveness[s],
            strength=strength[s],
            rank=ranks.get(s),
            tied=s in ranks and list(ranks.values()).count(ranks[s]) > 1,
            first_share=leading.get(s),
        )
        for s in measures
    ]
    assessments.sort(key=lambda a: (bool(a.failed), a.rank is None, a.rank or 0, a.segment))
    return Ranking(
        assessments=tuple(assessments), criteria=criteria, n_draws=n_draws, weight_spread=weight_spread, seed=seed
    )


def _check(measures: Measures, criteria: CriteriaSet) -> None:
    if sum(c.weight for c in criteria.criteria if c.side == "attractiveness") <= 0:
        raise SettingError("error.targets.weights_zero")
    known = {name for m in measures.values() for name in m}
    used: list[Criterion | Knockout] = [*criteria.criteria, *criteria.knockouts]
    for item in used:
        if measures and item.measure is not None and item.measure not in known:
            raise SettingError(
                "error.targets.unknown_measure", criterion=item.id, measure=item.measure, known=sorted(known)
            )


def _failed(measures: Mapping[str, Measure], knockouts: Sequence[Knockout]) -> tuple[str, ...]:
    out = []
    for knockout in knockouts:
        measure = measures.get(knockout.measure)
        if measure is None or measure.value is None or measure.value < knockout.minimum:
            out.append(knockout.id)
    return tuple(out)


def _raw(segment: str, measures: Mapping[str, Measure], criterion: Criterion, judgements: Sequence[Judgement]) -> Cell:
    if criterion.origin == "measured":
        m = measures.get(criterion.measure or "", Measure(value=None))
        return Cell(criterion=criterion.id, value=m.value, low=m.low, high=m.high)
    given = [j for j in judgements if j.criterion == criterion.id and j.segment == segment]
    if not given:
        return Cell(criterion=criterion.id, value=None)
    values = [j.value for j in given]
    return Cell(
        criterion=criterion.id,
        value=float(np.mean(values)),
        low=min(values),
        high=max(values),
        judged_by=tuple(sorted({j.by for j in given})),
        disagreement=max(values) - min(values) if len(values) > 1 else None,
    )


def _scale(criterion: Criterion, values: Sequence[float | None]) -> tuple[float, float] | None:
    known = [v for v in values if v is not None]
    if criterion.origin == "judged":
        return (0.0, 10.0)
    if not known and (criterion.low is None or criterion.high is None):
        return None
    low = criterion.low if criterion.low is not None else min(known)
    high = criterion.high if criterion.high is not None else max(known)
    return (low, high)


def _score(value: float | None, criterion: Criterion, scale: tuple[float, float] | None) -> float | None:
    if value is None or scale is None:
        return None
    low, high = scale
    if high - low <= TIE * max(1.0, abs(high)):
        return 5.0  # no segment differs from another on this criterion
    share = min(max((value - low) / (high - low), 0.0), 1.0)
    return 10.0 * (share if criterion.direction == "benefit" else 1.0 - share)


def _weighted(cells: Mapping[str, Cell], criteria: CriteriaSet, side: Side) -> float | None:
    total, weights = 0.0, 0.0
    for criterion in criteria.criteria:
        if criterion.side != side or criterion.weight == 0:
            continue
        score = cells[criterion.id].score
        if score is None:
            return None
        total += criterion.weight * score
        weights += criterion.weight
    return total / weights if weights else None


def _ranks(scores: Mapping[str, float]) -> dict[str, int]:
    ordered = sorted(scores, key=lambda s: (-scores[s], s))
    ranks: dict[str, int] = {}
    for place, segment in enumerate(ordered, start=1):
        before = ordered[place - 2] if place > 1 else None
        tied = before is not None and abs(scores[before] - scores[segment]) <= TIE
        ranks[segment] = ranks[before] if tied and before is not None else place
    return ranks


def _first_shares(
    rows: Sequence[Mapping[str, Cell]],
    criteria: CriteriaSet,
    generator: np.random.Generator,
    n_draws: int,
    weight_spread: float,
) -> list[float]:
    """Return the share of weight draws in which each row leads; shape (n_rows,)."""
    used = [c for c in criteria.criteria if c.side == "attractiveness" and c.weight > 0]
    if not rows:
        return []
    scores = np.array([[r[c.id].score or 0.0 for c in used] for r in rows])
    weights = np.array([c.weight for c in used])
    draws = weights * generator.uniform(1 - weight_spread, 1 + weight_spread, size=(n_draws, len(used)))
    totals = (draws / draws.sum(axis=1, keepdims=True)) @ scores.T
    leads = totals >= totals.max(axis=1, keepdims=True) - TIE
    return [float(share) for share in leads.mean(axis=0)]
