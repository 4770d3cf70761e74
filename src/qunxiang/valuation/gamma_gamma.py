"""Money per purchase: gamma-gamma."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.special import digamma, gammaln

from qunxiang.errors import NothingYetError, SettingError
from qunxiang.valuation.likelihood import Maximum, maximise
from qunxiang.valuation.repeat_model import LEAST_REPEATERS

Floats = NDArray[np.float64]
_NAMES = ("p", "q", "v")


class GammaGamma:
    """Each customer's purchases scatter around a mean of the customer's own; means differ by an inverse gamma.

    The model holds only where money per purchase does not go with the number of purchases; see
    :func:`frequency_value_correlation`.

    Attributes
    ----------
    params_ : dict
        ``p`` (shape of purchases), ``q`` and ``v`` (shape and scale of the customers' means).
    log_likelihood_ : float
    n_customers_ : float

    References
    ----------
    Fader, P. S. & Hardie, B. G. S. (2013). The gamma-gamma model of monetary value.
    """

    def __repr__(self) -> str:
        fitted = getattr(self, "params_", None)
        return f"GammaGamma({', '.join(f'{k}={v:.4g}' for k, v in fitted.items()) if fitted else 'not fitted'})"

    def fit(self, n_purchases: ArrayLike, mean_value: ArrayLike, weights: ArrayLike | None = None) -> GammaGamma:
        """Learn the parameters.

        Parameters
        ----------
        n_purchases : array of shape (n_customers,)
            Purchases behind each mean, at least 1 (with BG/NBD: repeat purchases of those who came back).
        mean_value : array of shape (n_customers,)
            Mean money per purchase, above zero.
        weights : array of shape (n_customers,), optional
            Customers that each row stands for.

        Raises
        ------
        SettingError
            When a mean is not above zero, there are fewer than 10 customers, or the data do not determine the model.
        """
        x, m = np.asarray(n_purchases, dtype=np.float64).ravel(), np.asarray(mean_value, dtype=np.float64).ravel()
        share = np.ones(x.size) if weights is None else np.asarray(weights, dtype=np.float64).ravel()
        if not x.shape == m.shape == share.shape or not np.all(share > 0):
            raise SettingError("error.valuation.weights", customers=x.size)
        if share.sum() < LEAST_REPEATERS:
            raise SettingError("error.valuation.too_few_repeaters", found=share.sum(), needed=LEAST_REPEATERS)
        sound = (x >= 1) & (m > 0) & np.isfinite(m)
        if not sound.all():
            at = int(np.argmin(sound))
            raise SettingError("error.valuation.money", row=at, purchases=x[at], value=m[at])
        scale = float(np.average(m, weights=share))
        found = maximise(
            _Likelihood(x, m / scale, share), ((4.0, 3.0, 1.0), (1.0, 2.0, 1.0)), float(share.sum()), "GammaGamma"
        )
        parameters = found.parameters * np.array([1.0, 1.0, scale])
        log_likelihood = found.log_likelihood - float(share.sum()) * float(np.log(scale))
        self._maximum = Maximum(parameters, log_likelihood, found.covariance_of_logs)
        self.params_ = dict(zip(_NAMES, map(float, parameters), strict=True))
        self.log_likelihood_ = log_likelihood
        self.n_customers_ = float(share.sum())
        return self

    @property
    def mean(self) -> float | None:
        """Mean money per purchase over all customers; None where the model has no finite one (q ≤ 1)."""
        p, q, v = self._values()
        return v * p / (q - 1) if q > 1 else None

    def expected_value(self, n_purchases: ArrayLike, mean_value: ArrayLike) -> Floats:
        """Return the expected money per future purchase of each customer; NaN where it is not determined.

        The customer's own mean counts the more, the more purchases are behind it; without any it is the mean of all.
        """
        p, q, v = self._values()
        x = np.asarray(n_purchases, dtype=np.float64)
        m = np.where(x > 0, np.asarray(mean_value, dtype=np.float64), 0.0)
        below = p * x + q - 1
        return np.where(below > 0, p * (v + m * x) / np.where(below > 0, below, 1.0), np.nan)

    @property
    def covariance_of_logs(self) -> Floats | None:
        """Covariance of the logarithms of p, q and v; None where the likelihood is flat."""
        self._values()
        return self._maximum.covariance_of_logs

    def interval(self, name: str, *, level: float = 0.95) -> tuple[float, float] | None:
        """Return the interval of a parameter; None when the likelihood is flat there."""
        self._values()
        return self._maximum.interval(_NAMES.index(name), level)

    def _values(self) -> tuple[float, ...]:
        if not hasattr(self, "params_"):
            raise NothingYetError("error.valuation.not_fitted", model="GammaGamma")
        return tuple(self.params_[name] for name in _NAMES)


class _Likelihood:
    def __init__(self, x: Floats, m: Floats, weights: Floats) -> None:
        self.x, self.m, self.weights = x, m, weights
        self.log_sum = np.log(x) + np.log(m)
        self.constant = float(weights @ np.log(m))

    def __call__(self, parameters: Floats) -> tuple[float, Floats]:
        p, q, v = parameters
        x, w = self.x, self.weights
        shape, log_rate = p * x + q, np.log(v + self.m * x)
        logs = gammaln(shape) - gammaln(p * x) - gammaln(q) + q * np.log(v) + p * x * self.log_sum - shape * log_rate
        slope = digamma(shape)
        return float(w @ logs) - self.constant, np.array(
            [
                w @ (x * (slope - digamma(p * x) + self.log_sum - log_rate)),
                w @ (slope - digamma(q) + np.log(v) - log_rate),
                w @ (q / v - shape / (v + self.m * x)),
            ]
        )


def frequency_value_correlation(
    n_purchases: ArrayLike, mean_value: ArrayLike, *, level: float = 0.95
) -> tuple[float, float, float]:
    """Return Spearman's correlation of purchases and money per purchase with its interval (Fisher's z).

    The gamma-gamma model supposes zero; an interval that lies well off zero speaks against using it.

    Raises
    ------
    SettingError
        When there are fewer than 10 customers.

    References
    ----------
    Bonett, D. G. & Wright, T. A. (2000). Sample size requirements for estimating correlations. Psychometrika 65.
    """
    from scipy import stats

    x, m = np.asarray(n_purchases, dtype=np.float64).ravel(), np.asarray(mean_value, dtype=np.float64).ravel()
    if x.size < LEAST_REPEATERS:
        raise SettingError("error.valuation.too_few_repeaters", found=x.size, needed=LEAST_REPEATERS)
    found = float(stats.spearmanr(x, m).statistic)
    half = float(stats.norm.ppf((1 + level) / 2)) * float(np.sqrt((1 + found**2 / 2) / (x.size - 3)))
    middle = np.arctanh(np.clip(found, -0.999999, 0.999999))
    return found, float(np.tanh(middle - half)), float(np.tanh(middle + half))
