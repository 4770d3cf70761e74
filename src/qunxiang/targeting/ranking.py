"""Weighted ranking of segments, distance to the best beside it, and how firm both are."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from qunxiang.errors import SettingError
from qunxiang.model import Frozen
from qunxiang.targeting.criteria import SCALE, CriteriaSet, Judgement, Knockout, Measure, Side
from qunxiang.targeting.multicriteria import topsis
from qunxiang.targeting.robustness import LeftOut, Robustness, Scored, left_out, ranks_of, robustness, value_draws
from qunxiang.targeting.scoring import Cell, Floats, Scale, raw_cell, scale_of, scored

Measures = Mapping[str, Mapping[str, Measure]]
"""Measured values by segment id and measure name."""

_SIDES: tuple[Side, Side] = ("attractiveness", "strength")
_UNKNOWN = (None, None)


class Assessment(Frozen):
    """What is known of one segment.

    `attractiveness` and `strength` are weighted means of scores 0..10 with 95 % intervals from the uncertainty of the
    values; None when a criterion with weight is unknown, never filled in. `closeness` is that of TOPSIS, 0..1, with its
    own rank. `rank` is None for knocked-out segments and for unknown attractiveness. `conditions` are the cells of the
    knock-outs, `failed` those not met, `open` the judged ones that nobody has judged. `first_share` is the share of
    weight draws in which the segment is first or ties for it.
    """

    segment: str
    cells: tuple[Cell, ...]
    conditions: tuple[Cell, ...]
    failed: tuple[str, ...]
    open: tuple[str, ...]
    attractiveness: float | None
    attractiveness_low: float | None
    attractiveness_high: float | None
    strength: float | None
    strength_low: float | None
    strength_high: float | None
    rank: int | None
    tied: bool
    first_share: float | None
    closeness: float | None
    topsis_rank: int | None


class Ranking(Frozen):
    """Segments in order of attractiveness, knocked-out ones last and apart.

    `robustness` has one entry per kind of draw, `left_out` one per criterion with weight.
    """

    assessments: tuple[Assessment, ...]
    criteria: CriteriaSet
    n_draws: int
    weight_spread: float
    seed: int
    robustness: tuple[Robustness, ...]
    left_out: tuple[LeftOut, ...]

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
        The latest of each person counts per criterion and segment; several people are averaged and their spread is
        kept as `disagreement`.
    seed, n_draws, weight_spread
        The ranking is repeated `n_draws` times with each weight multiplied by a uniform factor within
        1 ± `weight_spread`, with any weights, and with values drawn from their uncertainty.

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
    conditions = {s: tuple(raw_cell(s, m, k, judgements) for k in criteria.knockouts) for s, m in measures.items()}
    failed = {s: _failed(conditions[s], criteria.knockouts) for s in measures}
    candidates = [s for s in measures if not failed[s]]
    cells: dict[str, dict[str, Cell]] = {s: {} for s in measures}
    scales: dict[str, Scale] = {}
    for criterion in criteria.criteria:
        raw = {s: raw_cell(s, measures[s], criterion, judgements) for s in measures}
        scales[criterion.id] = scale_of(criterion, [raw[s].value for s in candidates])
        for s, cell in raw.items():
            cells[s][criterion.id] = scored(cell, criterion, scales[criterion.id])
    attractive, strong = (_side(candidates, cells, scales, criteria, side) for side in _SIDES)
    ranks = _ranked(attractive.segments, attractive.scores @ attractive.shares)
    closeness = _closeness(attractive)
    topsis_ranks = _ranked(attractive.segments, np.array(list(closeness.values())))
    drawn = robustness(attractive, seed=seed, n_draws=n_draws, spread=weight_spread)
    firsts = {r.segment: r.first_share for r in drawn[0].segments} if drawn else {}
    spans = [_intervals(side, seed, n_draws) for side in (attractive, strong)]
    assessments = [
        Assessment(
            segment=s,
            cells=tuple(cells[s].values()),
            conditions=conditions[s],
            failed=failed[s],
            open=tuple(c.criterion for c in conditions[s] if c.value is None and c.criterion not in failed[s]),
            attractiveness=_weighted(cells[s], criteria, "attractiveness"),
            attractiveness_low=spans[0].get(s, _UNKNOWN)[0],
            attractiveness_high=spans[0].get(s, _UNKNOWN)[1],
            strength=_weighted(cells[s], criteria, "strength"),
            strength_low=spans[1].get(s, _UNKNOWN)[0],
            strength_high=spans[1].get(s, _UNKNOWN)[1],
            rank=ranks.get(s),
            tied=s in ranks and list(ranks.values()).count(ranks[s]) > 1,
            first_share=firsts.get(s),
            closeness=closeness.get(s),
            topsis_rank=topsis_ranks.get(s),
        )
        for s in measures
    ]
    assessments.sort(key=lambda a: (bool(a.failed), a.rank is None, a.rank or 0, a.segment))
    return Ranking(
        assessments=tuple(assessments),
        criteria=criteria,
        n_draws=n_draws,
        weight_spread=weight_spread,
        seed=seed,
        robustness=drawn,
        left_out=left_out(attractive),
    )


def _check(measures: Measures, criteria: CriteriaSet) -> None:
    if sum(c.weight for c in criteria.criteria if c.side == "attractiveness") <= 0:
        raise SettingError("error.targets.weights_zero")
    known = {name for m in measures.values() for name in m}
    for item in criteria.grounds:
        if measures and item.origin == "measured" and item.measure not in known:
            raise SettingError(
                "error.targets.unknown_measure", criterion=item.id, measure=item.measure, known=sorted(known)
            )


def _failed(conditions: Sequence[Cell], knockouts: Sequence[Knockout]) -> tuple[str, ...]:
    """Return the knock-outs that a segment does not meet; a judged one that nobody judged is open instead."""
    out = []
    for cell, knockout in zip(conditions, knockouts, strict=True):
        unknown = cell.value is None and knockout.origin == "measured"
        if unknown or (cell.value is not None and cell.value < knockout.minimum):
            out.append(knockout.id)
    return tuple(out)


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


def _side(
    candidates: Sequence[str],
    cells: Mapping[str, Mapping[str, Cell]],
    scales: Mapping[str, Scale],
    criteria: CriteriaSet,
    side: Side,
) -> Scored:
    """Return the candidates that are known on every criterion of the side that carries weight."""
    used = tuple(c for c in criteria.criteria if c.side == side and c.weight > 0)
    full = [s for s in candidates if used and all(cells[s][c.id].score is not None for c in used)]
    return Scored(tuple(full), used, tuple(cells[s] for s in full), scales)


def _ranked(segments: Sequence[str], totals: Floats) -> dict[str, int]:
    return dict(zip(segments, (int(r) for r in ranks_of(totals)), strict=True))


def _closeness(side: Scored) -> dict[str, float]:
    if not side.segments:
        return {}
    # scores are on one scale already, and judged ones must keep theirs
    found = topsis(side.scores, side.weights, normalisation="none")
    return dict(zip(side.segments, (float(c) for c in found), strict=True))


def _intervals(side: Scored, seed: int, n_draws: int) -> dict[str, tuple[float, float]]:
    """Return the middle 95 % of weighted scores under the uncertainty of the values."""
    if not side.segments:
        return {}
    totals = np.clip(value_draws(side, seed=seed, n_draws=n_draws) @ side.shares, 0.0, SCALE)
    low, high = np.quantile(totals, (0.025, 0.975), axis=0)
    return {s: (float(low[i]), float(high[i])) for i, s in enumerate(side.segments)}
