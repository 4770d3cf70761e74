"""Contracts renewed or not at the end of every period: shifted-beta-geometric."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.special import betaln, digamma

from qunxiang.errors import NothingYetError, SettingError
from qunxiang.valuation.likelihood import maximise

Floats = NDArray[np.float64]
_NAMES = ("alpha", "beta")


class ShiftedBetaGeo:
    """Customers cancel at each renewal with a probability of their own, beta-distributed over customers.

    Attributes
    ----------
    params_ : dict
        ``alpha`` and ``beta``; the mean probability of cancelling at the first renewal is alpha/(alpha+beta).
    log_likelihood_ : float
    n_customers_ : float

    References
    ----------
    Fader, P. S. & Hardie, B. G. S. (2007). How to project customer retention. Journal of Interactive Marketing 21(1).
    """

    def __repr__(self) -> str:
        fitted = getattr(self, "params_", None)
        return f"ShiftedBetaGeo({', '.join(f'{k}={v:.4g}' for k, v in fitted.items()) if fitted else 'not fitted'})"

    def fit(self, survivors: Sequence[ArrayLike] | Floats) -> ShiftedBetaGeo:
        """Learn the parameters.

        Parameters
        ----------
        survivors : array of shape (n_periods + 1,), or a sequence of such arrays
            Customers of a cohort still there at the start and after each renewal; one array per cohort, which may be
            of different lengths.

        Raises
        ------
        SettingError
            When a cohort is shorter than two numbers, grows, or nobody cancelled.
        """
        lost, still = _counts(survivors)
        periods = np.arange(1, len(lost) + 1, dtype=np.float64)
        ages = np.arange(1, len(still) + 1, dtype=np.float64)

        def objective(parameters: Floats) -> tuple[float, Floats]:
            alpha, beta = parameters
            whole = lost.sum() + still.sum()
            value = lost @ betaln(alpha + 1, beta + periods - 1) + still @ betaln(alpha, beta + ages)
            ends_lost, ends_still = digamma(alpha + beta + periods), digamma(alpha + beta + ages)
            to_all = whole * (digamma(alpha + beta))
            return float(value - whole * betaln(alpha, beta)), np.array(
                [
                    lost @ (digamma(alpha + 1) - ends_lost)
                    + still @ (digamma(alpha) - ends_still)
                    - whole * digamma(alpha)
                    + to_all,
                    lost @ (digamma(beta + periods - 1) - ends_lost)
                    + still @ (digamma(beta + ages) - ends_still)
                    - whole * digamma(beta)
                    + to_all,
                ]
            )

        customers = float(lost.sum() + still.sum())
        self._maximum = maximise(objective, ((1.0, 1.0), (0.5, 3.0)), customers, "ShiftedBetaGeo")
        self.params_ = dict(zip(_NAMES, map(float, self._maximum.parameters), strict=True))
        self.log_likelihood_ = self._maximum.log_likelihood
        self.n_customers_ = customers
        return self

    def survival(self, periods: ArrayLike) -> Floats:
        """Return the share of customers still there after each number of renewals, shape of `periods`."""
        alpha, beta = self._values()
        found: Floats = np.exp(betaln(alpha, beta + np.asarray(periods, dtype=np.float64)) - betaln(alpha, beta))
        return found

    def retention(self, period: ArrayLike) -> Floats:
        """Return the share of those there before renewal number `period` (from 1) who renew; it rises with age."""
        alpha, beta = self._values()
        t = np.asarray(period, dtype=np.float64)
        found: Floats = (beta + t - 1) / (alpha + beta + t - 1)
        return found

    def expected_renewals(self, *, age: int, discount_rate: float) -> float:
        """Return the discounted number of renewals still to come of a customer with `age` renewals behind.

        Parameters
        ----------
        age
            Renewals already made; the next one lies one period ahead.
        discount_rate
            Interest per period, above zero; the sum has no end without it.

        References
        ----------
        Fader, P. S. & Hardie, B. G. S. (2010). Customer-base valuation in a contractual setting. Marketing Science 29.
        """
        from scipy.special import hyp2f1

        if not discount_rate > 0:
            raise SettingError("error.valuation.discount", value=discount_rate)
        alpha, beta = self._values()
        first = (beta + age) / (alpha + beta + age)
        later = hyp2f1(1, beta + age + 1, alpha + beta + age + 1, 1 / (1 + discount_rate))
        return float(first * later / (1 + discount_rate))

    def interval(self, name: str, *, level: float = 0.95) -> tuple[float, float] | None:
        """Return the interval of a parameter; None when the likelihood is flat there."""
        self._values()
        return self._maximum.interval(_NAMES.index(name), level)

    def _values(self) -> tuple[float, float]:
        if not hasattr(self, "params_"):
            raise NothingYetError("error.valuation.not_fitted", model="ShiftedBetaGeo")
        return self.params_["alpha"], self.params_["beta"]


def _counts(survivors: Sequence[ArrayLike] | Floats) -> tuple[Floats, Floats]:
    """Customers lost at each renewal, and customers still there by their renewals so far, over all cohorts."""
    several = any(np.ndim(cohort) > 0 for cohort in survivors)
    counted = [np.asarray(c, dtype=np.float64).ravel() for c in (survivors if several else [survivors])]
    longest = max(len(cohort) for cohort in counted)
    lost, still = np.zeros(longest - 1), np.zeros(longest - 1)
    for place, cohort in enumerate(counted):
        if len(cohort) < 2 or np.any(cohort < 0) or np.any(np.diff(cohort) > 0) or not np.all(np.isfinite(cohort)):
            raise SettingError("error.valuation.survivors", cohort=place, found=[float(n) for n in cohort[:8]])
        lost[: len(cohort) - 1] -= np.diff(cohort)
        still[len(cohort) - 2] += cohort[-1]
    if not lost.sum() > 0:
        raise SettingError("error.valuation.nobody_left", customers=float(still.sum()))
    return lost, still
