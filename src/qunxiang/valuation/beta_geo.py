"""Repeat purchases that end after any purchase with a probability of the customer's own: BG/NBD and MBG/NBD."""

from __future__ import annotations

from typing import ClassVar

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.special import betaincinv, betaln, digamma, expit, gammaln, hyp2f1, polygamma

from qunxiang.valuation.likelihood import Objective
from qunxiang.valuation.purchase_history import PurchaseHistories
from qunxiang.valuation.repeat_model import RepeatPurchases

Floats = NDArray[np.float64]

_NEAR_ONE = 1e-5
_NODES, _NODE_WEIGHTS = np.polynomial.legendre.leggauss(64)


class BetaGeo(RepeatPurchases):
    """BG/NBD: purchases at a gamma-distributed rate; after each repeat purchase a customer may be gone for good.

    Parameters ``r, alpha`` describe how purchase rates differ (mean r/alpha per unit of time), ``a, b`` how the
    probabilities of leaving after a purchase differ (mean a/(a+b)). A customer without repeats is alive for sure.

    References
    ----------
    Fader, P. S., Hardie, B. G. S. & Lee, K. L. (2005). "Counting your customers" the easy way. Marketing Science 24(2).
    """

    names: ClassVar[tuple[str, ...]] = ("r", "alpha", "a", "b")
    times: ClassVar[frozenset[str]] = frozenset({"alpha"})
    starts: ClassVar[tuple[tuple[float, ...], ...]] = ((0.5, 0.2, 1.0, 2.0), (1.0, 1.0, 0.3, 3.0))
    at_start: ClassVar[int] = 0  # 1: a customer may be gone right after the first purchase too

    def _objective(self, histories: PurchaseHistories) -> Objective:
        came_back = (histories.frequency > 0) | bool(self.at_start)
        back = PurchaseHistories(
            histories.frequency[came_back],
            histories.recency[came_back],
            histories.T[came_back],
            histories.weights[came_back],
        )
        once = ~came_back
        end, place = np.unique(histories.T[once], return_inverse=True)
        only = np.bincount(place, weights=histories.weights[once], minlength=len(end)).astype(np.float64)
        return _BetaGeoLikelihood(back, end, only, self.at_start)

    def expected_purchases(self, t: ArrayLike) -> Floats:
        """Return the purchases expected of a new customer within `t` after the first one, shape of `t`."""
        r, alpha, a, b = self._values()
        staying = b / (a + b) if self.at_start else 1.0
        return staying * _expected(np.asarray(t, dtype=np.float64), np.zeros(1), alpha, r, a, b + self.at_start)

    def expected_if_alive(self, t: ArrayLike, frequency: ArrayLike, T: ArrayLike) -> Floats:
        """Return the purchases within `t` after the end of observation of customers who still buy at that end."""
        r, alpha, a, b = self._values()
        x, end = np.asarray(frequency, dtype=np.float64), np.asarray(T, dtype=np.float64)
        return _expected(np.asarray(t, dtype=np.float64), x, alpha + end, r, a, b + self.at_start)

    def probability_alive(self, frequency: ArrayLike, recency: ArrayLike, T: ArrayLike) -> Floats:
        """Return the probability that each customer still buys at the end of observation."""
        r, alpha, a, b = self._values()
        x, t_x, end = (np.asarray(values, dtype=np.float64) for values in (frequency, recency, T))
        left = np.maximum(x + self.at_start, 1) + b - 1
        odds = np.log(a / left) + (r + x) * (np.log(alpha + end) - np.log(alpha + t_x))
        alive: Floats = np.where((x == 0) & (self.at_start == 0), 1.0, expit(-odds))
        return alive


class ModifiedBetaGeo(BetaGeo):
    """MBG/NBD: as :class:`BetaGeo`, but a customer may be gone right after the first purchase too.

    References
    ----------
    Batislam, E. P., Denizel, M. & Filiztekin, A. (2007). Empirical validation and comparison of models for customer
    base analysis. International Journal of Research in Marketing 24(3).
    """

    at_start: ClassVar[int] = 1


class _BetaGeoLikelihood:
    """Log-likelihood and gradient; terms of frequency alone are computed once per frequency, not per history."""

    def __init__(self, back: PurchaseHistories, end: Floats, only: Floats, at_start: int) -> None:
        self.back, self.end, self.only, self.at_start = back, end, only, at_start
        self.x, self.place = np.unique(back.frequency, return_inverse=True)
        self.T, self.place_of_T = np.unique(back.T, return_inverse=True)
        self.n_x = np.bincount(self.place, weights=back.weights, minlength=len(self.x))

    def __call__(self, parameters: Floats) -> tuple[float, Floats]:
        value, gradient, _ = self._at(parameters, curved=False)
        return value, gradient

    def with_curvature(self, parameters: Floats) -> tuple[float, Floats, Floats]:
        """Return the log-likelihood, its gradient, and the matrix of its second derivatives."""
        return self._at(parameters, curved=True)

    def _at(self, parameters: Floats, *, curved: bool) -> tuple[float, Floats, Floats]:
        value, gradient, second = self._of_repeaters(parameters, curved=curved)
        r, alpha = parameters[:2]
        later, sooner = np.log(alpha) - np.log(alpha + self.end), 1 / (alpha + self.end)
        value += r * float(self.only @ later)
        gradient[0] += self.only @ later
        gradient[1] += r * (self.only @ (1 / alpha - sooner))
        second[0, 1] += self.only @ (1 / alpha - sooner)
        second[1, 1] += r * (self.only @ (sooner**2 - 1 / alpha**2))
        return value, gradient, np.triu(second) + np.triu(second, 1).T

    def _of_repeaters(self, parameters: Floats, *, curved: bool) -> tuple[float, Floats, Floats]:
        r, alpha, a, b = parameters
        x, n_x, s = self.x, self.n_x, self.at_start
        weights = self.back.weights
        last = alpha + self.back.recency
        log_last, log_end = np.log(last), np.log(alpha + self.T)[self.place_of_T]
        repeats = r + self.back.frequency
        left = b + x + s - 1
        leaves = np.log(a / left)[self.place]
        wait = log_last - log_end
        odds = repeats * wait - leaves  # logarithm of the odds of being there still
        small = np.exp(-np.abs(odds))
        gone = np.where(odds > 0, small, 1.0) / (1 + small)
        of_x = gammaln(r + x) - gammaln(r) + r * np.log(alpha) + betaln(a, b + x + s) - betaln(a, b)
        value = float(n_x @ of_x + weights @ (leaves + np.maximum(odds, 0) + np.log1p(small) - repeats * log_last))
        weighted = weights * gone
        gone_of_x = np.bincount(self.place, weights=weighted, minlength=len(x))
        span = digamma(a + b) - digamma(a + b + x + s)
        later = 1 / last
        sooner = (1 / (alpha + self.T))[self.place_of_T]
        slower = later - sooner
        gradient = np.array(
            [
                n_x @ (digamma(r + x) - digamma(r) + np.log(alpha)) - weights @ log_end - weighted @ wait,
                n_x.sum() * r / alpha - (weights * repeats) @ sooner - (weighted * repeats) @ slower,
                n_x @ span + gone_of_x.sum() / a,
                n_x @ (span + digamma(b + x + s) - digamma(b)) - gone_of_x @ (1 / left),
            ]
        )
        second = np.zeros((4, 4))
        if not curved:
            return value, gradient, second
        either = weighted * (1 - gone)  # how the logarithm of a sum bends where its two terms differ
        faster = repeats * slower
        either_of_x, wait_of_x, faster_of_x = (
            np.bincount(self.place, weights=w, minlength=len(x)) for w in (either, either * wait, either * faster)
        )
        tri = _trigamma(a + b) - _trigamma(a + b + x + s)
        second[0, 0] = n_x @ (_trigamma(r + x) - _trigamma(r)) + (either * wait) @ wait
        second[0, 1] = n_x.sum() / alpha - weights @ sooner - weighted @ slower + (either * wait) @ faster
        second[0, 2:] = -wait_of_x.sum() / a, wait_of_x @ (1 / left)
        second[1, 1] = (
            -n_x.sum() * r / alpha**2
            + (weights * repeats) @ sooner**2
            + (weighted * repeats) @ (later**2 - sooner**2)
            + (either * faster) @ faster
        )
        second[1, 2:] = -faster_of_x.sum() / a, faster_of_x @ (1 / left)
        second[2, 2] = n_x @ tri + (either_of_x.sum() - gone_of_x.sum()) / a**2
        second[2, 3] = n_x @ tri - either_of_x @ (1 / left) / a
        second[3, 3] = n_x @ (tri + _trigamma(b + x + s) - _trigamma(b)) + (gone_of_x + either_of_x) @ (1 / left**2)
        return value, gradient, second


def _trigamma(values: Floats | float) -> Floats:
    return np.asarray(polygamma(1, values), dtype=np.float64)


def _expected(t: Floats, x: Floats, base: Floats | float, r: float, a: float, b: float) -> Floats:
    """Purchases within `t` of someone alive with `x` repeats; Euler's form of 2F1 stays exact for many repeats."""
    if abs(a - 1) < _NEAR_ONE:  # the limit at a = 1 exists, the quotient does not
        below = _expected(t, x, base, r, 1 - 2 * _NEAR_ONE, b)
        return (below + _expected(t, x, base, r, 1 + 2 * _NEAR_ONE, b)) / 2
    mean = a + b + x - 1
    share = t / (base + t)
    series = hyp2f1(mean - r - x, a - 1, mean, share)
    found: Floats = mean / (a - 1) * (1 - (1 - share) ** (a - 1) * series)
    lost = ~np.isfinite(found)
    if lost.any():  # the series breaks down where parameters are huge, for customers hardly differ then
        t, x, base = (np.broadcast_to(values, found.shape)[lost] for values in (t, x, base))
        found = found.copy()
        found[lost] = _by_quantiles(t, x, base, r, a, b)
    return found


def _by_quantiles(t: Floats, x: Floats, base: Floats, r: float, a: float, b: float) -> Floats:
    """The same as a mean over the customers' probabilities of leaving p: of (1 − (1 + p t/base)^−(r+x))/p."""
    found = np.zeros(len(t))
    for u, weight in zip((_NODES + 1) / 2, _NODE_WEIGHTS / 2, strict=True):
        p = np.maximum(betaincinv(a, b + x, u), 1e-300)
        found += weight * -np.expm1(-(r + x) * np.log1p(p * t / base)) / p
    return found
