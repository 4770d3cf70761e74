"""How firm a ranking is: other weights, uncertain values, and criteria left out."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray

from qunxiang.model import Frozen
from qunxiang.targeting.criteria import Criterion
from qunxiang.targeting.scoring import TIE, Cell, Scale, drawn_scores

Floats = NDArray[np.float64]
Varied = Literal["weights", "any_weights", "values", "weights_and_values"]


class RankShares(Frozen):
    """How often a segment came to each place: `rank_shares` has one share per rank, first rank first.

    Segments that tie share the better rank, so the shares of one rank over the segments may add up to more than 1.
    """

    segment: str
    first_share: float
    rank_shares: tuple[float, ...]
    mean_rank: float


class Robustness(Frozen):
    """Ranks over many draws.

    `varied` says what was drawn: ``weights`` each within the stated spread, ``any_weights`` all weightings alike likely
    (a flat Dirichlet distribution), ``values`` the criteria within their uncertainty, ``weights_and_values`` the first
    and third together.
    """

    varied: Varied
    segments: tuple[RankShares, ...]


class LeftOut(Frozen):
    """The ranks by segment without one criterion; `changed` says that another segment leads, or one more or less."""

    criterion: str
    ranks: dict[str, int]
    changed: bool


@dataclass(frozen=True)
class Scored:
    """What is to be ranked: segments with known scores on the criteria that carry weight.

    Attributes
    ----------
    scores : ndarray of shape (n_segments, n_criteria)
        From 0 to 10.
    """

    segments: tuple[str, ...]
    criteria: tuple[Criterion, ...]
    cells: tuple[Mapping[str, Cell], ...]
    scales: Mapping[str, Scale]

    @property
    def scores(self) -> Floats:
        """Scores, shape (n_segments, n_criteria)."""
        rows = [[cells[c.id].score or 0.0 for c in self.criteria] for cells in self.cells]
        return np.array(rows, dtype=np.float64).reshape(len(self.segments), len(self.criteria))

    @property
    def weights(self) -> Floats:
        """Weights as given, shape (n_criteria,)."""
        return np.array([c.weight for c in self.criteria], dtype=np.float64)

    @property
    def shares(self) -> Floats:
        """Weights that sum to one, shape (n_criteria,)."""
        whole: Floats = self.weights / self.weights.sum()
        return whole


def ranks_of(totals: ArrayLike) -> NDArray[np.int64]:
    """Return ranks, best total first; what differs by less than 1e-9 shares the better rank.

    Parameters
    ----------
    totals : array of shape (..., n_segments)
    """
    values = np.asarray(totals, dtype=np.float64)
    better = values[..., None, :] > values[..., :, None] + TIE
    ranks: NDArray[np.int64] = 1 + better.sum(axis=-1, dtype=np.int64)
    return ranks


def drawn_weights(weights: Floats, generator: np.random.Generator, n_draws: int, spread: float) -> Floats:
    """Multiply each weight by a uniform factor within 1 ± `spread`; rows sum to one; shape (n_draws, n_criteria)."""
    draws = weights * generator.uniform(1 - spread, 1 + spread, size=(n_draws, len(weights)))
    shares: Floats = draws / draws.sum(axis=1, keepdims=True)
    return shares


def robustness(scored: Scored, *, seed: int, n_draws: int, spread: float) -> tuple[Robustness, ...]:
    """Rank again and again, with other weights and other values.

    Parameters
    ----------
    seed
        Every kind of draw has a stream of its own, so that one does not move another.
    n_draws
        Of each kind.
    spread
        Each weight is multiplied by a uniform factor within 1 ± `spread`.

    References
    ----------
    Lahdelma, R. & Salminen, P. (2001). SMAA-2: Stochastic multicriteria acceptability analysis for group decision
    making. Operations Research 49: rank acceptability under a flat distribution of weights.
    """
    if not scored.segments:
        return ()
    scores, weights = scored.scores, scored.weights
    near = drawn_weights(weights, np.random.default_rng(seed), n_draws, spread)
    flat = np.random.default_rng([seed, 1]).dirichlet(np.ones(len(weights)), size=n_draws)
    values = value_draws(scored, seed=seed, n_draws=n_draws)
    fixed = scored.shares
    return (
        _counted("weights", scored.segments, near @ scores.T),
        _counted("any_weights", scored.segments, flat @ scores.T),
        _counted("values", scored.segments, values @ fixed),
        _counted("weights_and_values", scored.segments, np.einsum("dsc,dc->ds", values, near)),
    )


def value_draws(scored: Scored, *, seed: int, n_draws: int) -> Floats:
    """Return scores as chance might have made them; shape (n_draws, n_segments, n_criteria)."""
    generator = np.random.default_rng([seed, 2])
    drawn = [
        [drawn_scores(cells[c.id], c, scored.scales[c.id], generator, n_draws) for c in scored.criteria]
        for cells in scored.cells
    ]
    return np.moveaxis(np.array(drawn, dtype=np.float64), -1, 0)


def left_out(scored: Scored) -> tuple[LeftOut, ...]:
    """Rank without each criterion in turn; nothing where there is only one."""
    if len(scored.criteria) < 2 or not scored.segments:
        return ()
    scores, weights = scored.scores, scored.weights
    leaders = _leaders(scored.segments, ranks_of(scores @ scored.shares))
    out = []
    for place, criterion in enumerate(scored.criteria):
        rest = np.delete(weights, place)
        ranks = ranks_of(np.delete(scores, place, axis=1) @ (rest / rest.sum()))
        out.append(
            LeftOut(
                criterion=criterion.id,
                ranks=dict(zip(scored.segments, (int(r) for r in ranks), strict=True)),
                changed=_leaders(scored.segments, ranks) != leaders,
            )
        )
    return tuple(out)


def _leaders(segments: Sequence[str], ranks: NDArray[np.int64]) -> set[str]:
    return {s for s, r in zip(segments, ranks, strict=True) if r == 1}


def _counted(varied: Varied, segments: Sequence[str], totals: Floats) -> Robustness:
    ranks = ranks_of(totals)
    places = range(1, len(segments) + 1)
    found = []
    for column, segment in enumerate(segments):
        mine = ranks[:, column]
        shares = tuple(float(np.mean(mine == place)) for place in places)
        found.append(
            RankShares(segment=segment, first_share=shares[0], rank_shares=shares, mean_rank=float(np.mean(mine)))
        )
    return Robustness(varied=varied, segments=tuple(found))
