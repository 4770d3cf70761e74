"""A scale from survey items: how many factors, what loads on them, how reliable they are, how people score."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray

from qunxiang.statistics import factors
from qunxiang.statistics.threads import one_thread

Floats = NDArray[np.float64]

LEAST_ROWS_PER_ITEM = 5
"""Below this many effective rows per item, loadings move a lot from sample to sample."""

BELONGS = 0.3
"""An item belongs to the factor it loads highest on when that loading is at least this, sign aside."""

FEWEST_ROWS = 30


@dataclass(frozen=True)
class Item:
    """A survey item: its name in the data and its wording."""

    name: str
    text: str


@dataclass(frozen=True)
class ScaleChoices:
    """How a scale is fitted.

    `n_factors` is a number or "auto", which takes the number of Horn's parallel analysis (of components; it stays
    right where the variant of factors finds too many, Auerswald & Moshagen 2019), at least one. `seed` starts all
    draws.
    """

    kind: factors.Kind = "polychoric"
    method: factors.Method = "minres"
    rotation: factors.RotationName = "oblimin"
    n_factors: int | Literal["auto"] = "auto"
    scoring: factors.ScoreMethod = "regression"
    n_draws: int = 50
    seed: int = 0


@dataclass(frozen=True)
class Group:
    """The items of one factor, how reliably they measure it; alpha is None with a single item."""

    places: tuple[int, ...]
    signs: tuple[int, ...]
    alpha: factors.Alpha | None
    omega_total: float | None


@dataclass(frozen=True)
class ScaleFit:
    """Everything found out about a scale.

    Attributes
    ----------
    items : tuple of Item
    correlations : Correlations
    adequacy : Adequacy
    parallel : tuple of ParallelAnalysis
        Components and factors.
    partials : AveragePartials
    above_one : int
        Eigenvalues above one.
    n_factors : int
        Number fitted.
    extraction : Extraction
    rotation : Rotation
        Pattern and factor correlations.
    communalities : ndarray of shape (n_items,)
    structure : ndarray of shape (n_items, n_factors)
        Correlations of items with factors.
    fit : Fit
    groups : tuple of Group
        One per factor; an item is in at most one of them.
    homeless : tuple of int
        Items that load nowhere by at least `BELONGS`.
    omega : Omega or None
        Of all items together, reversed ones turned round; None when the general factor cannot be found.
    scoring : Scoring
    cautions : tuple of str
        Codes of what speaks against trusting the numbers: "few_rows", "smoothed", "heywood", "not_converged",
        "kmo_low", "alpha_low", "homeless", "thin_factor".
    """

    items: tuple[Item, ...]
    correlations: factors.Correlations
    adequacy: factors.Adequacy
    parallel: tuple[factors.ParallelAnalysis, factors.ParallelAnalysis]
    partials: factors.AveragePartials
    above_one: int
    n_factors: int
    extraction: factors.Extraction
    rotation: factors.Rotation
    communalities: Floats
    structure: Floats
    fit: factors.Fit
    groups: tuple[Group, ...]
    homeless: tuple[int, ...]
    omega: factors.Omega | None
    scoring: factors.Scoring
    cautions: tuple[str, ...]


@one_thread
def fit_scale(
    items: Sequence[Item], X: ArrayLike, choices: ScaleChoices | None = None, weights: ArrayLike | None = None
) -> ScaleFit:
    """Fit a scale.

    Parameters
    ----------
    items
        One per column of `X`, at least three.
    X : array of shape (n_people, n_items)
        Answers as numbers that rise with the answer; NaN is unknown.
    choices
        Kind of correlation, method, rotation and so on.
    weights : array of shape (n_people,), optional
        Survey weights above zero. Tests and intervals use Kish's effective number of people.

    Raises
    ------
    ValueError
        When there are fewer than three items or 30 people, an item has a single answer, or the number of factors is
        more than the items carry.

    References
    ----------
    Fabrigar, L. R. & Wegener, D. T. (2012). Exploratory Factor Analysis. Oxford University Press.
    """
    how = choices or ScaleChoices()
    values = np.asarray(X, dtype=np.float64)
    if len(items) < 3:
        raise ValueError(f"a scale needs at least three items, there are {len(items)}")
    some = ~np.isnan(values).all(axis=1)
    values = values[some]
    w = None if weights is None else np.asarray(weights, dtype=np.float64)[some]
    if len(values) < FEWEST_ROWS:
        raise ValueError(f"a scale needs at least {FEWEST_ROWS} people with answers, there are {len(values)}")
    names = [item.name for item in items]
    correlate = factors.polychoric if how.kind == "polychoric" else factors.pearson
    R = correlate(values, names, w)
    parallel = factors.parallel_analysis(
        values, kind=how.kind, weights=w, n_draws=how.n_draws, seed=how.seed, observed=R
    )
    most = factors.most_factors(len(items))
    n_factors = min(max(parallel[0].n_factors, 1), most) if how.n_factors == "auto" else how.n_factors
    found = factors.extract(R.matrix, n_factors, how.method)
    turned = factors.rotate(found.loadings, how.rotation, seed=how.seed)
    likelihood = how.method == "ml" and how.kind == "pearson"
    fit = factors.fit_of(
        R.matrix,
        found.loadings,
        found.uniquenesses,
        R.n_effective,
        likelihood=likelihood,
        discrepancy=found.objective if likelihood else 0.0,
    )
    members = _members(turned.loadings)
    groups = tuple(_group(R, members[:, j]) for j in range(n_factors))
    homeless = tuple(int(i) for i in np.flatnonzero(~members.any(axis=1)))
    adequacy = factors.adequacy(R.matrix, R.n_effective)
    scoring = _scoring(how, values, w, turned, found, members)
    cautions = _cautions(R, found, turned, adequacy, groups, homeless)
    return ScaleFit(
        tuple(items),
        R,
        adequacy,
        parallel,
        factors.average_partials(R.matrix),
        factors.above_one(R.matrix),
        n_factors,
        found,
        turned,
        (found.loadings**2).sum(axis=1),
        turned.loadings @ turned.correlations,
        fit,
        groups,
        homeless,
        _omega(R.matrix, members, n_factors, how.seed),
        scoring,
        cautions,
    )


def _members(loadings: Floats) -> Floats:
    """1 or −1 where an item belongs to a factor, else 0."""
    highest = np.argmax(np.abs(loadings), axis=1)
    members = np.zeros_like(loadings)
    for i, j in enumerate(highest):
        if abs(loadings[i, j]) >= BELONGS:
            members[i, j] = np.sign(loadings[i, j])
    return members


def _group(R: factors.Correlations, signs: Floats) -> Group:
    places = np.flatnonzero(signs)
    own = tuple(int(signs[i]) for i in places)
    if len(places) < 2:
        return Group(tuple(int(i) for i in places), own, None, None)
    turned = R.matrix[np.ix_(places, places)] * np.outer(own, own)
    total = factors.omega(turned, 1).total if len(places) >= 3 else None
    return Group(tuple(int(i) for i in places), own, factors.alpha(turned, R.n_effective), total)


def _omega(R: Floats, members: Floats, n_factors: int, seed: int) -> factors.Omega | None:
    signs = members.sum(axis=1)
    signs[signs == 0] = 1.0
    # Factors that run against each other would cancel in the sum of all items: omega is of no use then.
    turned = R * np.outer(signs, signs)
    if turned.sum() <= len(R):
        return None
    return factors.omega(turned, n_factors, seed=seed)


def _scoring(
    how: ScaleChoices,
    values: Floats,
    w: Floats | None,
    turned: factors.Rotation,
    found: factors.Extraction,
    members: Floats,
) -> factors.Scoring:
    mass = np.ones(len(values)) if w is None else w
    known = ~np.isnan(values)
    counted = (known * mass[:, None]).sum(axis=0)
    means = (np.where(known, values, 0.0) * mass[:, None]).sum(axis=0) / counted
    spread = (np.where(known, values - means, 0.0) ** 2 * mass[:, None]).sum(axis=0) / counted
    return factors.Scoring(
        how.scoring,
        means,
        np.sqrt(spread),
        np.nanmin(values, axis=0),
        np.nanmax(values, axis=0),
        turned.loadings,
        turned.correlations,
        found.uniquenesses,
        members,
    )


def _cautions(
    R: factors.Correlations,
    found: factors.Extraction,
    turned: factors.Rotation,
    adequacy: factors.Adequacy,
    groups: tuple[Group, ...],
    homeless: tuple[int, ...],
) -> tuple[str, ...]:
    said = {
        "few_rows": R.n_effective < LEAST_ROWS_PER_ITEM * len(R.names),
        "smoothed": R.smoothed_by is not None,
        "heywood": bool(found.heywood),
        "not_converged": not (found.converged and turned.converged),
        "kmo_low": adequacy.overall < 0.6,
        "thin_factor": any(len(group.places) < 3 for group in groups),
        "alpha_low": any(group.alpha is not None and group.alpha.alpha < 0.6 for group in groups),
        "homeless": bool(homeless),
    }
    return tuple(code for code, holds in said.items() if holds)
