"""Maximum likelihood of positive parameters, with the uncertainty that the data leave."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Protocol, runtime_checkable

import numpy as np
import scipy
from numpy.typing import NDArray
from threadpoolctl import threadpool_limits  # type: ignore[import-untyped]

from qunxiang.errors import SettingError

Floats = NDArray[np.float64]
Objective = Callable[[Floats], tuple[float, Floats]]
"""Log-likelihood and its gradient, both at the parameters themselves."""


@runtime_checkable
class Curved(Protocol):
    """An objective that knows its second derivatives too, so that none is taken from differences."""

    def __call__(self, parameters: Floats, /) -> tuple[float, Floats]:
        """Return the log-likelihood and its gradient."""

    def with_curvature(self, parameters: Floats) -> tuple[float, Floats, Floats]:
        """Return the log-likelihood, its gradient, and the matrix of its second derivatives."""


_BOUND = 12.0  # |ln parameter|; a parameter out there says that the model is another one
_EDGE = 1e-3
_STEP = 1e-4
_NEWTON_STEPS = 8
_SMALL_STEP = 1e-5  # its square is what is left after it
_FLAT = 20.0  # standard error of a logarithm that says nothing: its interval spans 34 powers of ten
_GRADIENT = 1e-5  # of the climb; Newton steps finish it


@dataclass(frozen=True)
class Maximum:
    """Where a likelihood is largest.

    Attributes
    ----------
    parameters : ndarray of shape (n_parameters,)
    log_likelihood : float
    covariance_of_logs : ndarray of shape (n_parameters, n_parameters) or None
        Inverse of the observed information of the parameters' logarithms; None where the likelihood is flat, so that
        no interval can be given.
    """

    parameters: Floats
    log_likelihood: float
    covariance_of_logs: Floats | None

    def interval(self, place: int, level: float) -> tuple[float, float] | None:
        """Return the interval of one parameter, symmetric on the scale of logarithms; None when unknown."""
        if self.covariance_of_logs is None:
            return None
        half = scipy.stats.norm.ppf((1 + level) / 2) * np.sqrt(self.covariance_of_logs[place, place])
        middle = np.log(self.parameters[place])
        return float(np.exp(middle - half)), float(np.exp(middle + half))

    def draws(self, n_draws: int, seed: int) -> Floats | None:
        """Return parameters drawn from their approximate distribution, shape (n_draws, n_parameters)."""
        if self.covariance_of_logs is None:
            return None
        generator = np.random.default_rng(seed)
        logs = generator.multivariate_normal(np.log(self.parameters), self.covariance_of_logs, size=n_draws)
        return np.exp(logs)


def maximise(
    objective: Objective,
    starts: Sequence[Sequence[float]],
    weight: float,
    model: str,
    *,
    of_sample: Objective | None = None,
) -> Maximum:
    """Find the largest log-likelihood over positive parameters.

    Parameters
    ----------
    objective
        Log-likelihood and gradient.
    starts
        Parameters to start from, each tried when the one before leads out of the range.
    weight
        Observations; the likelihood is divided by it, so that tolerances mean the same for any amount of data.
    model
        Name for the error.
    of_sample
        The same for a part of many observations, divided by as much: where it is largest, Newton steps over all start.

    Raises
    ------
    SettingError
        When no start ends inside the range of parameters: the data do not determine the model.
    """

    with threadpool_limits(1, user_api="blas"):  # products of vectors: threads only wait for each other
        loss = _Loss(objective, weight)
        near = None if of_sample is None else _top(_Loss(of_sample, weight), starts)
        found = None if near is None else _polished(loss, near)
        if found is None or not found.is_top:
            logs = _top(loss, starts)
            if logs is None:
                raise SettingError("error.valuation.undetermined", model=model, observations=weight)
            found = _polished(loss, logs)
        return Maximum(np.exp(found.logs), -found.value * weight, _covariance(found.curvature * weight))


@dataclass(frozen=True)
class _Loss:
    """What is made small: minus the mean log-likelihood, as a function of the parameters' logarithms."""

    objective: Objective
    weight: float

    def __call__(self, logs: Floats) -> tuple[float, Floats]:
        parameters = np.exp(logs)
        value, gradient = self.objective(parameters)
        return -value / self.weight, -gradient * parameters / self.weight

    def with_curvature(self, logs: Floats) -> tuple[float, Floats, Floats]:
        if not isinstance(self.objective, Curved):
            return *self(logs), self._by_differences(logs)
        parameters = np.exp(logs)
        value, gradient, second = self.objective.with_curvature(parameters)
        slope = gradient * parameters
        curvature = second * np.outer(parameters, parameters) + np.diag(slope)
        return -value / self.weight, -slope / self.weight, -curvature / self.weight

    def _by_differences(self, logs: Floats) -> Floats:
        rows = []
        for place in range(len(logs)):
            step = np.zeros(len(logs))
            step[place] = _STEP
            rows.append((self(logs + step)[1] - self(logs - step)[1]) / (2 * _STEP))
        curvature = np.array(rows)
        symmetric: Floats = (curvature + curvature.T) / 2
        return symmetric


@dataclass(frozen=True)
class _Top:
    """Where Newton steps ended; `is_top` when the last of them was small, as it is at a maximum alone."""

    logs: Floats
    value: float
    curvature: Floats
    is_top: bool


def _top(loss: Callable[[Floats], tuple[float, Floats]], starts: Sequence[Sequence[float]]) -> Floats | None:
    """Climb from the first start whose climb ends inside the range of parameters; None when none does."""
    for start in starts:
        end = scipy.optimize.minimize(
            loss,
            np.log(np.asarray(start, dtype=np.float64)),
            jac=True,
            method="L-BFGS-B",
            bounds=[(-_BOUND, _BOUND)] * len(start),
            options={"maxiter": 2000, "ftol": 1e-11, "gtol": _GRADIENT, "maxcor": 20},
        )
        logs = np.asarray(end.x, dtype=np.float64)
        if np.isfinite(end.fun) and np.all(np.abs(logs) < _BOUND - _EDGE):
            return logs
    return None


def _polished(loss: _Loss, logs: Floats) -> _Top:
    """Take Newton steps while they lower the loss, which has long flat ridges."""
    value, gradient, curvature = loss.with_curvature(logs)
    for _ in range(_NEWTON_STEPS):
        try:
            step = np.linalg.solve(curvature, gradient)
        except np.linalg.LinAlgError:
            break
        if not np.all(np.isfinite(step)) or np.max(np.abs(step)) > 1 or np.max(np.abs(logs - step)) > _BOUND - _EDGE:
            break
        if np.max(np.abs(step)) < _SMALL_STEP:  # so near the top, the parabola says what is gained
            is_top = bool(np.linalg.eigvalsh(curvature)[0] > 0)
            return _Top(logs - step, value - float(gradient @ step) / 2, curvature, is_top)
        after = loss.with_curvature(logs - step)
        if not after[0] <= value:
            break
        logs = logs - step
        value, gradient, curvature = after
    return _Top(logs, value, curvature, is_top=False)


def _covariance(information: Floats) -> Floats | None:
    values = np.linalg.eigvalsh(information)
    if values[0] <= 0 or values[0] < 1e-10 * values[-1]:
        return None
    covariance = np.asarray(np.linalg.inv(information), dtype=np.float64)
    return covariance if np.max(np.diag(covariance)) < _FLAT**2 else None
