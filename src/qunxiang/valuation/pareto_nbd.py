"""Repeat purchases of customers who leave at some unseen moment: Pareto/NBD."""

from __future__ import annotations

from typing import ClassVar

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.special import digamma, expit, gammaln, logsumexp

from qunxiang.valuation.likelihood import Objective
from qunxiang.valuation.purchase_history import PurchaseHistories
from qunxiang.valuation.repeat_model import RepeatPurchases

Floats = NDArray[np.float64]

_NODES, _NODE_WEIGHTS = np.polynomial.legendre.leggauss(48)
_BLOCK = 50_000


class ParetoNBD(RepeatPurchases):
    """Pareto/NBD: purchases at a gamma-distributed rate until an exponential lifetime of gamma-distributed rate ends.

    Parameters ``r, alpha`` describe purchase rates (mean r/alpha), ``s, beta`` rates of leaving (mean s/beta).

    Notes
    -----
    A customer may have left at any moment since the last purchase. The likelihood's integral over that moment is taken
    by Gauss-Legendre quadrature in a variable in which its integrand is nearly flat; so its gradient is exact too.

    References
    ----------
    Schmittlein, D. C., Morrison, D. G. & Colombo, R. (1987). Counting your customers. Management Science 33(1).
    Fader, P. S. & Hardie, B. G. S. (2005). A note on deriving the Pareto/NBD model and related expressions.
    """

    names: ClassVar[tuple[str, ...]] = ("r", "alpha", "s", "beta")
    times: ClassVar[frozenset[str]] = frozenset({"alpha", "beta"})
    starts: ClassVar[tuple[tuple[float, ...], ...]] = ((0.5, 0.3, 0.5, 0.3), (1.0, 1.0, 1.0, 1.0))

    def _objective(self, histories: PurchaseHistories) -> Objective:
        def objective(parameters: Floats) -> tuple[float, Floats]:
            value, gradient = 0.0, np.zeros(4)
            for begin in range(0, len(histories.T), _BLOCK):
                part = slice(begin, begin + _BLOCK)
                logs, slopes = _of_histories(
                    parameters, histories.frequency[part], histories.recency[part], histories.T[part]
                )
                value += float(histories.weights[part] @ logs)
                gradient += slopes @ histories.weights[part]
            return value, gradient

        return objective

    def expected_purchases(self, t: ArrayLike) -> Floats:
        """Return the purchases expected of a new customer within `t` after the first one, shape of `t`."""
        r, alpha, s, beta = self._values()
        return r * beta / alpha * _lifetime(s, np.log(beta / (beta + np.asarray(t, dtype=np.float64))))

    def expected_if_alive(self, t: ArrayLike, frequency: ArrayLike, T: ArrayLike) -> Floats:
        """Return the purchases within `t` after the end of observation of customers who still buy at that end."""
        r, alpha, s, beta = self._values()
        x, end = np.asarray(frequency, dtype=np.float64), np.asarray(T, dtype=np.float64)
        ahead = _lifetime(s, np.log((beta + end) / (beta + end + np.asarray(t, dtype=np.float64))))
        found: Floats = (r + x) * (beta + end) / (alpha + end) * ahead
        return found

    def probability_alive(self, frequency: ArrayLike, recency: ArrayLike, T: ArrayLike) -> Floats:
        """Return the probability that each customer still buys at the end of observation."""
        r, alpha, s, beta = self._values()
        x, t_x, end = np.broadcast_arrays(*(np.asarray(values, dtype=np.float64) for values in (frequency, recency, T)))
        stays = _stays(r, alpha, s, beta, x.ravel(), end.ravel())
        leaves, _, _ = _leaves(r, alpha, s, beta, x.ravel(), t_x.ravel(), end.ravel())
        alive: Floats = expit(stays - leaves).reshape(x.shape)
        return alive


def _lifetime(s: float, log_share: Floats) -> Floats:
    """(1 − q^(s−1))/(s−1) for q = exp(log_share), with its limit at s = 1."""
    found: Floats = -log_share if abs(s - 1) < 1e-9 else -np.expm1((s - 1) * log_share) / (s - 1)
    return found


def _stays(r: float, alpha: float, s: float, beta: float, x: Floats, end: Floats) -> Floats:
    found: Floats = s * (np.log(beta) - np.log(beta + end)) - (r + x) * np.log(alpha + end)
    return found


def _leaves(
    r: float, alpha: float, s: float, beta: float, x: Floats, t_x: Floats, end: Floats
) -> tuple[Floats, Floats, Floats]:
    """Logarithm of the integral over the moment of leaving, the moments at its nodes, and the nodes' shares of it."""
    steep = r + x + s
    from_last = np.log(alpha + t_x)
    low = np.exp(-steep * (np.log(alpha + end) - from_last))
    half = (1 - low) / 2
    v = low[:, None] + half[:, None] * (_NODES + 1)
    moments = np.exp(from_last[:, None] - np.log(v) / steep[:, None]) - alpha
    moments = np.clip(moments, t_x[:, None], end[:, None])
    with np.errstate(divide="ignore"):  # someone who bought at the very end cannot have left since
        terms = (
            (s + 1) * (np.log(alpha + moments) - np.log(beta + moments)) + np.log(_NODE_WEIGHTS) + np.log(half)[:, None]
        )
    total = logsumexp(terms, axis=1)
    known = np.isfinite(total)
    shares = np.exp(terms - np.where(known, total, 0.0)[:, None])
    logs = np.log(s) + s * np.log(beta) - steep * from_last - np.log(steep) + total
    return logs, moments, shares


def _of_histories(parameters: Floats, x: Floats, t_x: Floats, end: Floats) -> tuple[Floats, Floats]:
    """Log-likelihood per history, and its gradient, shape (4, n_histories)."""
    r, alpha, s, beta = (float(value) for value in parameters)
    stays = _stays(r, alpha, s, beta, x, end)
    leaves, moments, shares = _leaves(r, alpha, s, beta, x, t_x, end)
    alive = expit(stays - leaves)
    logs = gammaln(r + x) - gammaln(r) + r * np.log(alpha) + np.logaddexp(stays, leaves)
    gone = 1 - alive
    mean = [(shares * values).sum(axis=1) for values in _moment_terms(alpha, beta, moments)]
    slopes = np.array(
        [
            digamma(r + x) - digamma(r) + np.log(alpha) - alive * np.log(alpha + end) - gone * mean[0],
            r / alpha - (r + x) * (alive / (alpha + end) + gone * mean[1]),
            alive * (np.log(beta) - np.log(beta + end)) + gone * (1 / s + np.log(beta) - mean[2]),
            alive * s * (1 / beta - 1 / (beta + end)) + gone * (s / beta - (s + 1) * mean[3]),
        ]
    )
    return logs, slopes


def _moment_terms(alpha: float, beta: float, moments: Floats) -> tuple[Floats, Floats, Floats, Floats]:
    return np.log(alpha + moments), 1 / (alpha + moments), np.log(beta + moments), 1 / (beta + moments)
