"""Maximum likelihood of positive parameters, with the uncertainty that the data leave."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import optimize, stats
from threadpoolctl import threadpool_limits  # type: ignore[import-untyped]

from qunxiang.errors import SettingError

Floats = NDArray[np.float64]
Objective = Callable[[Floats], tuple[float, Floats]]
"""Log-likelihood and its gradient, both at the parameters themselves."""

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
        half = stats.norm.ppf((1 + level) / 2) * np.sqrt(self.covariance_of_logs[place, place])
        middle = np.log(self.parameters[place])
        return float(np.exp(middle - half)), float(np.exp(middle + half))

    def draws(self, n_draws: int, seed: int) -> Floats | None:
        """Return parameters drawn from their approximate distribution, shape (n_draws, n_parameters)."""
        if self.covariance_of_logs is None:
            return None
        generator = np.random.default_rng(seed)
        logs = generator.multivariate_normal(np.log(self.parameters), self.covariance_of_logs, size=n_draws)
        return np.exp(logs)


def maximise(objective: Objective, starts: Sequence[Sequence[float]], weight: float, model: str) -> Maximum:
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

    Raises
    ------
    SettingError
        When no start ends inside the range of parameters: the data do not determine the model.
    """

    def loss(logs: Floats) -> tuple[float, Floats]:
        parameters = np.exp(logs)
        value, gradient = objective(parameters)
        return -value / weight, -gradient * parameters / weight

    with threadpool_limits(1, user_api="blas"):  # products of vectors: threads only wait for each other
        logs = _top(loss, starts)
        if logs is None:
            raise SettingError("error.valuation.undetermined", model=model, observations=weight)
        logs, curvature = _polished(loss, logs)
        value, _ = objective(np.exp(logs))
        return Maximum(np.exp(logs), float(value), _covariance(curvature * weight))


def _top(loss: Callable[[Floats], tuple[float, Floats]], starts: Sequence[Sequence[float]]) -> Floats | None:
    """Climb from the first start whose climb ends inside the range of parameters; None when none does."""
    for start in starts:
        end = optimize.minimize(
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


def _polished(loss: Callable[[Floats], tuple[float, Floats]], logs: Floats) -> tuple[Floats, Floats]:
    """Take Newton steps while they lower the loss, which has long flat ridges; give the curvature at the end too."""
    value, gradient = loss(logs)
    curvature = _hessian(loss, logs)
    for _ in range(_NEWTON_STEPS):
        try:
            step = np.linalg.solve(curvature, gradient)
        except np.linalg.LinAlgError:
            break
        if not np.all(np.isfinite(step)) or np.max(np.abs(step)) > 1:
            break
        after, slope = loss(logs - step)
        if not after <= value:
            break
        logs, value, gradient = logs - step, after, slope
        if np.max(np.abs(step)) < _SMALL_STEP:
            break
        curvature = _hessian(loss, logs)
    return logs, curvature


def _hessian(loss: Callable[[Floats], tuple[float, Floats]], logs: Floats) -> Floats:
    rows = []
    for place in range(len(logs)):
        step = np.zeros(len(logs))
        step[place] = _STEP
        rows.append((loss(logs + step)[1] - loss(logs - step)[1]) / (2 * _STEP))
    curvature = np.array(rows)
    symmetric: Floats = (curvature + curvature.T) / 2
    return symmetric


def _covariance(information: Floats) -> Floats | None:
    values = np.linalg.eigvalsh(information)
    if values[0] <= 0 or values[0] < 1e-10 * values[-1]:
        return None
    covariance = np.asarray(np.linalg.inv(information), dtype=np.float64)
    return covariance if np.max(np.diag(covariance)) < _FLAT**2 else None
