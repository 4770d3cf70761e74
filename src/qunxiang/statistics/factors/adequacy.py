"""Whether items belong together enough for factors: Kaiser–Meyer–Olkin and Bartlett; and how well factors fit."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import scipy
from numpy.typing import NDArray

from qunxiang.statistics.factors.extraction import degrees_of_freedom
from qunxiang.statistics.threads import one_thread

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Adequacy:
    """Sampling adequacy.

    Attributes
    ----------
    overall : float
        Kaiser–Meyer–Olkin measure, 0..1; below .5 factors make no sense, from .8 on they are well supported.
    items : ndarray of shape (n_items,)
        The same per item.
    chi_square, freedom, p_value
        Bartlett's test that all correlations are zero.
    """

    overall: float
    items: Floats
    chi_square: float
    freedom: int
    p_value: float


@dataclass(frozen=True)
class Fit:
    """How well factors reproduce the correlations.

    Attributes
    ----------
    rmsr : float
        Root mean squared residual correlation off the diagonal.
    freedom : int
        Degrees of freedom of the model.
    chi_square, p_value, rmsea, rmsea_low, rmsea_high, tli : float or None
        Likelihood-ratio test with Bartlett's correction, root mean squared error of approximation with its 90 %
        interval, Tucker–Lewis index. None when the factors are not those of maximum likelihood on Pearson
        correlations, or no degree of freedom is left: the theory behind the numbers does not hold then.
    """

    rmsr: float
    freedom: int
    chi_square: float | None = None
    p_value: float | None = None
    rmsea: float | None = None
    rmsea_low: float | None = None
    rmsea_high: float | None = None
    tli: float | None = None


@one_thread
def adequacy(R: Floats, n: float) -> Adequacy:
    """Measure sampling adequacy of a positive definite correlation matrix of `n` (effective) rows.

    References
    ----------
    Kaiser, H. F. (1974). An index of factorial simplicity. Psychometrika 39.
    Bartlett, M. S. (1951). The effect of standardization on a chi-square approximation. Biometrika 38.
    """
    p = len(R)
    inverse = np.linalg.inv(R)
    root = np.sqrt(np.diag(inverse))
    partial = inverse / np.outer(root, root)
    off = ~np.eye(p, dtype=bool)
    direct, through = np.where(off, R**2, 0.0), np.where(off, partial**2, 0.0)
    whole = direct.sum(axis=0) + through.sum(axis=0)
    items = np.divide(direct.sum(axis=0), whole, out=np.full(p, np.nan), where=whole > 0)
    overall = float(direct.sum() / (direct.sum() + through.sum())) if whole.sum() > 0 else float("nan")
    chi_square = -(n - 1 - (2 * p + 5) / 6) * float(np.linalg.slogdet(R)[1])
    freedom = p * (p - 1) // 2
    return Adequacy(overall, items, chi_square, freedom, float(scipy.stats.chi2.sf(chi_square, freedom)))


@one_thread
def fit_of(
    R: Floats, loadings: Floats, uniquenesses: Floats, n: float, *, likelihood: bool, discrepancy: float = 0.0
) -> Fit:
    """Measure how unrotated `loadings` fit `R`; with `likelihood`, `discrepancy` is the objective of "ml".

    References
    ----------
    Steiger, J. H. (1990). Structural model evaluation and modification. Multivariate Behavioral Research 25.
    Tucker, L. R. & Lewis, C. (1973). A reliability coefficient for maximum likelihood factor analysis.
    Psychometrika 38.
    """
    p, m = loadings.shape
    residual = (R - loadings @ loadings.T)[np.triu_indices(p, 1)]
    rmsr = float(np.sqrt((residual**2).mean()))
    freedom = degrees_of_freedom(p, m)
    if not likelihood or freedom < 1:
        return Fit(rmsr, freedom)
    chi_square = (n - 1 - (2 * p + 5) / 6 - 2 * m / 3) * discrepancy
    null_freedom = p * (p - 1) // 2
    null = -(n - 1 - (2 * p + 5) / 6) * float(np.linalg.slogdet(R)[1])
    low, high = (_non_centrality(chi_square, freedom, tail) for tail in (0.95, 0.05))
    scale = freedom * (n - 1)
    tli = (null / null_freedom - chi_square / freedom) / (null / null_freedom - 1) if null > null_freedom else None
    return Fit(
        rmsr,
        freedom,
        float(chi_square),
        float(scipy.stats.chi2.sf(chi_square, freedom)),
        float(np.sqrt(max(chi_square - freedom, 0.0) / scale)),
        float(np.sqrt(low / scale)),
        float(np.sqrt(high / scale)),
        tli,
    )


def _non_centrality(chi_square: float, freedom: int, tail: float) -> float:
    """Non-centrality at which the observed value has the lower-tail probability `tail`; 0 when none reaches it."""
    if scipy.stats.chi2.cdf(chi_square, freedom) <= tail:
        return 0.0
    top = max(chi_square, 1.0)
    while scipy.stats.ncx2.cdf(chi_square, freedom, top) > tail:
        top *= 2
    root = scipy.optimize.brentq(lambda each: float(scipy.stats.ncx2.cdf(chi_square, freedom, each)) - tail, 1e-9, top)
    return float(root)
