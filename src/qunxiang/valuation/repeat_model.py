"""What the models of repeat purchases have in common: fitting, parameters, intervals."""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import ClassVar, Self

import numpy as np
from numpy.typing import ArrayLike, NDArray

from qunxiang.errors import NothingYetError, SettingError
from qunxiang.valuation.likelihood import Maximum, Objective, maximise
from qunxiang.valuation.purchase_history import PurchaseHistories, purchase_histories, sampled

Floats = NDArray[np.float64]

LEAST_REPEATERS = 10
"""Fewer customers who came back say nothing about how customers differ in coming back."""


class RepeatPurchases(ABC):
    """A model of repeat purchases that end some day unseen.

    Times are in one unit of the caller's choice (days, weeks); every result is in the same unit.

    Attributes
    ----------
    params_ : dict
        Parameter by name.
    log_likelihood_ : float
        Natural logarithm, summed over customers.
    n_customers_, n_repeaters_ : float
        Customers (or sums of weights) learned from, and those of them who came back.
    """

    names: ClassVar[tuple[str, ...]]
    times: ClassVar[frozenset[str]]  # parameters that are times, so that they change with the unit
    starts: ClassVar[tuple[tuple[float, ...], ...]]

    def __repr__(self) -> str:
        fitted = getattr(self, "params_", None)
        inside = ", ".join(f"{name}={value:.4g}" for name, value in fitted.items()) if fitted else "not fitted"
        return f"{type(self).__name__}({inside})"

    def fit(self, frequency: ArrayLike, recency: ArrayLike, T: ArrayLike, weights: ArrayLike | None = None) -> Self:
        """Learn the parameters by maximum likelihood, equal customers counted once.

        Parameters
        ----------
        frequency, recency, T : array of shape (n_customers,)
            Repeat purchases, time from first to last purchase, time from first purchase to the end of observation.
        weights : array of shape (n_customers,), optional
            Customers that each row stands for.

        Raises
        ------
        SettingError
            When a history cannot be, fewer than 10 customers came back, or the data do not determine the model.
        """
        histories = purchase_histories(frequency, recency, T, weights)
        if histories.n_repeaters < LEAST_REPEATERS:
            raise SettingError("error.valuation.too_few_repeaters", found=histories.n_repeaters, needed=LEAST_REPEATERS)
        scale = float(histories.T.max())
        scaled = PurchaseHistories(
            histories.frequency, histories.recency / scale, histories.T / scale, histories.weights
        )
        sample = sampled(scaled)
        found = maximise(
            self._objective(scaled),
            self.starts,
            histories.n_customers,
            type(self).__name__,
            of_sample=None if sample is None else self._objective(sample),
        )
        self._keep(found, scale, float(histories.weights @ histories.frequency))
        self.n_customers_, self.n_repeaters_ = histories.n_customers, histories.n_repeaters
        return self

    def _keep(self, found: Maximum, scale: float, purchases: float) -> None:
        """Turn what was found for times between 0 and 1 into the caller's unit."""
        in_unit = np.array([scale if name in self.times else 1.0 for name in self.names])
        self._maximum = Maximum(
            found.parameters * in_unit,
            found.log_likelihood - purchases * float(np.log(scale)),
            found.covariance_of_logs,
        )
        self.params_ = dict(zip(self.names, map(float, self._maximum.parameters), strict=True))
        self.log_likelihood_ = self._maximum.log_likelihood

    @classmethod
    def of(cls, **params: float) -> Self:
        """Return a model with known parameters, such as published or frozen ones; it has no intervals.

        Raises
        ------
        SettingError
            When a parameter is missing, unknown, or not above zero.
        """
        if set(params) != set(cls.names) or not all(np.isfinite(v) and v > 0 for v in params.values()):
            raise SettingError("error.valuation.parameters", model=cls.__name__, needed=list(cls.names))
        made = cls()
        made.params_ = {name: float(params[name]) for name in cls.names}
        return made

    def interval(self, name: str, *, level: float = 0.95) -> tuple[float, float] | None:
        """Return the interval of a parameter from the observed information; None when the likelihood is flat there."""
        return self._found().interval(self.names.index(name), level)

    @property
    def covariance_of_logs(self) -> Floats | None:
        """Covariance of the parameters' logarithms, in the order of `names`; None where the likelihood is flat."""
        return self._found().covariance_of_logs

    def expected_purchases_interval(
        self, t: float, *, level: float = 0.95, n_draws: int = 2000, seed: int = 0
    ) -> tuple[float, float] | None:
        """Return the interval of :meth:`expected_purchases` at one `t` from drawn parameters; None when unknown."""
        drawn = self._found().draws(n_draws, seed)
        if drawn is None:
            return None
        found = [
            float(self.of(**dict(zip(self.names, map(float, row), strict=True))).expected_purchases([t])[0])
            for row in drawn
        ]
        low, high = np.quantile(found, [(1 - level) / 2, (1 + level) / 2])
        return float(low), float(high)

    def _found(self) -> Maximum:
        if not hasattr(self, "_maximum"):
            raise NothingYetError("error.valuation.not_fitted", model=type(self).__name__)
        return self._maximum

    def _values(self) -> tuple[float, ...]:
        if not hasattr(self, "params_"):
            raise NothingYetError("error.valuation.not_fitted", model=type(self).__name__)
        return tuple(self.params_[name] for name in self.names)

    def log_likelihood(
        self, frequency: ArrayLike, recency: ArrayLike, T: ArrayLike, weights: ArrayLike | None = None
    ) -> float:
        """Return the log-likelihood of histories under the model's parameters."""
        histories = purchase_histories(frequency, recency, T, weights)
        return self._objective(histories)(np.array(self._values()))[0]

    @abstractmethod
    def _objective(self, histories: PurchaseHistories) -> Objective:
        """Return the log-likelihood with its gradient as a function of the parameters."""

    @abstractmethod
    def expected_purchases(self, t: ArrayLike) -> Floats:
        """Return the purchases expected of a new customer within `t` after the first one."""

    def expected_future_purchases(self, t: ArrayLike, frequency: ArrayLike, recency: ArrayLike, T: ArrayLike) -> Floats:
        """Return the purchases expected of each customer within `t` after the end of observation."""
        return self.probability_alive(frequency, recency, T) * self.expected_if_alive(t, frequency, T)

    @abstractmethod
    def expected_if_alive(self, t: ArrayLike, frequency: ArrayLike, T: ArrayLike) -> Floats:
        """Return the purchases within `t` after the end of observation of customers who still buy at that end."""

    @abstractmethod
    def probability_alive(self, frequency: ArrayLike, recency: ArrayLike, T: ArrayLike) -> Floats:
        """Return the probability that each customer still buys at the end of observation."""
