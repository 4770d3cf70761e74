"""Rates of many groups at once: those of small groups are drawn towards the overall rate (empirical Bayes).

Group i has k of n successes. Its true rate is taken as drawn from a beta distribution with mean μ and precision M, so
that k follows a beta-binomial distribution with α = μM and β = (1 − μ)M. μ is the overall rate Σk / Σn; M maximises

    ℓ(M) = Σ ln B(μM + k, (1 − μ)M + n − k) − ln B(μM, (1 − μ)M),

and is infinite where groups differ by no more than chance. Given both, the rate of a group is Beta(μM + k, (1 − μ)M +
n − k), whose mean (n · k/n + M · μ) / (n + M) is the shrunken rate: it lies between the group's own rate and μ.

An interval from M alone would be too narrow, for M is an estimate too. So the interval is that of the posterior with μ
and M averaged out by their likelihood; before the data μ and √ρ, with ρ = 1 / (M + 1), are uniform. √ρ is the standard
deviation of the true rates in units of √(μ(1 − μ)).

References
----------
Robbins, H. (1956). An empirical Bayes approach to statistics. Proceedings of the Third Berkeley Symposium 1.
Kleinman, J. C. (1973). Proportions with extraneous variance: single and independent samples. JASA 68.
Carlin, B. P. & Louis, T. A. (2000). Bayes and Empirical Bayes Methods for Data Analysis, 2nd ed., sections 3.3 and 3.5.
Gelman, A. et al. (2013). Bayesian Data Analysis, 3rd ed., section 5.3; Gelman (2006), Bayesian Analysis 1, for √ρ.
Self, S. G. & Liang, K.-Y. (1987). Likelihood ratio tests under nonstandard conditions. JASA 82.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy import optimize, special, stats

Floats = NDArray[np.float64]

LEAST_GROUPS = 3
"""Groups from which it can be learned how far groups differ."""

_LEAST_ROOT = 1e-3
"""√ρ below which a beta-binomial cannot be told from a binomial: true rates then differ by less than 0.05 points."""

_FAR = 9.0
"""What lies so far below the largest log-likelihood adds nothing to the average."""


@dataclass(frozen=True)
class ShrunkenRates:
    """Rates of groups, shrunken towards `centre`.

    `rates`, `low`, `high` and `own_weights` have shape (n_groups,); `own_weights` is n / (n + M), the part that a
    group's own rate has in its shrunken one. `precision` M is infinite when groups differ by no more than chance;
    `p_alike` is the probability of so large a difference, or a larger one, when all true rates are equal.
    """

    centre: float
    precision: float
    p_alike: float
    rates: Floats
    low: Floats
    high: Floats
    own_weights: Floats
    confidence: float


@dataclass(frozen=True)
class TooFewGroups:
    """It cannot be learned how far groups differ: `n` have observations, `needed` are the least."""

    n: int
    needed: int = LEAST_GROUPS


def shrunken_rates(
    successes: ArrayLike, trials: ArrayLike, *, confidence: float = 0.95
) -> ShrunkenRates | TooFewGroups:
    """Shrink the rates of groups towards the overall rate.

    Parameters
    ----------
    successes, trials
        Counts of shape (n_groups,), 0 ≤ successes ≤ trials. A group without trials says nothing and gets what the
        others say of it.
    confidence
        Of the intervals, 0..1 exclusive. They hold on average over groups, not for a single one.

    Raises
    ------
    ValueError
        When a count is negative or there are more successes than trials.
    """
    k, n = np.asarray(successes, dtype=np.float64).ravel(), np.asarray(trials, dtype=np.float64).ravel()
    if k.shape != n.shape or (k < 0).any() or (k > n).any():
        raise ValueError("successes must lie between 0 and trials, one of each per group")
    if not 0 < confidence < 1:
        raise ValueError(f"confidence must lie between 0 and 1, it is {confidence}")
    seen = n > 0
    if seen.sum() < LEAST_GROUPS:
        return TooFewGroups(n=int(seen.sum()))
    centre = float(k.sum() / n.sum())
    root, gain = _best_root(k[seen], n[seen], centre)
    precision = np.inf if root == 0 else 1 / root**2 - 1
    weights = n / (n + precision) if np.isfinite(precision) else np.zeros_like(n)
    own = np.divide(k, n, out=np.full_like(n, centre), where=seen)
    low, high = _interval(k, n, seen, confidence)
    return ShrunkenRates(
        centre=centre,
        precision=float(precision),
        p_alike=1.0 if root == 0 else float(stats.chi2.sf(2 * gain, 1) / 2),
        rates=weights * own + (1 - weights) * centre,
        low=low,
        high=high,
        own_weights=weights,
        confidence=confidence,
    )


def _log_likelihood(k: Floats, n: Floats, mean: Floats, root: Floats) -> Floats:
    """Return the log-likelihood for every pair of `mean` and `root` (same shape); binomial where `root` is 0."""
    m, r = mean[..., None], np.maximum(root, _LEAST_ROOT)[..., None]
    precision = 1 / r**2 - 1
    a, b = m * precision, (1 - m) * precision
    found: Floats = (special.betaln(a + k, b + n - k) - special.betaln(a, b)).sum(axis=-1)
    plain = (special.xlogy(k, m) + special.xlog1py(n - k, -m)).sum(axis=-1)
    return np.where(root < _LEAST_ROOT, plain, found)


def _best_root(k: Floats, n: Floats, centre: float) -> tuple[float, float]:
    """Return √ρ of the largest likelihood and how far that lies above the one of equal rates; 0 and 0 for none."""
    if not 0 < centre < 1:
        return 0.0, 0.0

    def above(root: Floats) -> Floats:
        equal = _log_likelihood(k, n, np.array(centre), np.array(0.0))
        return _log_likelihood(k, n, np.full_like(root, centre), root) - equal

    grid = np.concatenate([np.geomspace(_LEAST_ROOT, 0.1, 40), np.linspace(0.1, 0.999, 60)[1:]])
    values = above(grid)
    at = int(np.argmax(values))
    ends = (grid[max(at - 1, 0)], grid[min(at + 1, len(grid) - 1)])
    found = optimize.minimize_scalar(
        lambda root: -float(above(np.array([root]))[0]), bounds=ends, method="bounded", options={"xatol": 1e-9}
    )
    gain = -float(found.fun)
    # at the lower end the likelihood only rises towards equal rates
    return (0.0, 0.0) if gain <= 1e-9 or found.x <= 1.01 * _LEAST_ROOT else (float(found.x), gain)


def _nodes(k: Floats, n: Floats) -> tuple[Floats, Floats, Floats]:
    """Return means, roots and weights (sum 1) over which the posterior is averaged."""
    roots = np.linspace(0, 0.995, 200)

    def spread(root: Floats) -> tuple[Floats, Floats]:
        """Return the mean that fits best with a root, and its standard error."""
        w = n / (1 + (n - 1) * root[:, None] ** 2)
        middle = ((w * (k + 0.5) / (n + 1)).sum(axis=1)) / w.sum(axis=1)
        return middle, np.sqrt(middle * (1 - middle) / w.sum(axis=1))

    middle, _ = spread(roots)
    along = _log_likelihood(k, n, middle, roots)
    near = roots[along >= along.max() - _FAR]
    step = roots[1]
    roots = np.linspace(max(near[0] - step, 0.0), min(near[-1] + step, 0.995), 21)
    middle, error = spread(roots)
    offsets = np.linspace(-3, 3, 7)
    logit = special.logit(middle)[:, None] + offsets * (error / (middle * (1 - middle)))[:, None]
    means = special.expit(logit)
    at = np.broadcast_to(roots[:, None], means.shape)
    # a step on the logit scale covers μ(1 − μ) as much of μ, on which the prior is flat
    size = np.log(means * (1 - means)) + np.log(error / (middle * (1 - middle)))[:, None]
    log_weights = _log_likelihood(k, n, means, at) + size
    weights = np.exp(log_weights - log_weights.max())
    weights[[0, -1]] /= 2  # the trapezoid rule along the roots
    kept = weights > 1e-4 * weights.max()
    found = weights[kept]
    return means[kept], at[kept], found / found.sum()


def _interval(k: Floats, n: Floats, seen: NDArray[np.bool_], confidence: float) -> tuple[Floats, Floats]:
    means, roots, weights = _nodes(k[seen], n[seen])
    precision = 1 / np.maximum(roots, _LEAST_ROOT) ** 2 - 1
    a = (means * precision)[:, None] + k
    b = ((1 - means) * precision)[:, None] + n - k

    def quantile(share: float) -> Floats:
        low, high = np.zeros_like(n), np.ones_like(n)
        for _ in range(20):
            middle = (low + high) / 2
            below = weights @ special.betainc(a, b, middle) < share
            low, high = np.where(below, middle, low), np.where(below, high, middle)
        return (low + high) / 2

    return quantile(0.5 - confidence / 2), quantile(0.5 + confidence / 2)
