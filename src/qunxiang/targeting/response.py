"""Response curves: the margin that spending on a segment brings back, entered by people or fitted to the past."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from decimal import Decimal
from typing import Literal, Self

import numpy as np
import scipy
from numpy.typing import ArrayLike, NDArray
from pydantic import Field, model_validator

from qunxiang.i18n import Message
from qunxiang.model import Frozen
from qunxiang.statistics.intervals import normal_quantile

Floats = NDArray[np.float64]

LEAST_OBSERVATIONS = 8
"""Past periods or campaigns that a curve is fitted to at least."""

LEAST_SPREAD = 2.0
"""Largest spend over smallest that shows a bend at all."""

_MATTERS = 2.0
"""Difference of AICc from which one model is preferred to a simpler one (Burnham & Anderson 2002)."""


class Observation(Frozen):
    """What was spent on a segment once, and the margin it brought back, in the workspace's currency."""

    spend: Decimal = Field(ge=0)
    margin: Decimal


class ResponseCurve(Frozen):
    """Margin M(s) that a spend s on one segment brings back in a period, before the spend itself is taken off.

    ``saturating``: M(s) = ceiling · (1 − exp(−s / scale)). ``s_curve``: M(s) = ceiling · sᵏ / (sᵏ + scaleᵏ) with
    k = `steepness` above 1, so that little spend does little. `ceiling` and `scale` are in the workspace's currency;
    `ceiling_low` and `ceiling_high` are the ends of a 95 % interval. `origin` says whether a named person entered the
    curve or it was fitted: then `covariance` is that of ln ceiling and ln scale, and beyond `most_spend` it was never
    seen.
    """

    segment: str
    shape: Literal["saturating", "s_curve"] = "saturating"
    ceiling: Decimal = Field(gt=0)
    scale: Decimal = Field(gt=0)
    steepness: float = Field(default=2.0, gt=1, le=10)
    ceiling_low: Decimal | None = Field(default=None, gt=0)
    ceiling_high: Decimal | None = None
    origin: Literal["entered", "fitted"] = "entered"
    by: str = ""
    at: datetime | None = None
    why: str = ""
    n: int | None = None
    r_squared: float | None = None
    most_spend: Decimal | None = None
    covariance: tuple[tuple[float, float], tuple[float, float]] | None = None

    @model_validator(mode="after")
    def _in_order(self) -> Self:
        if (self.ceiling_low is None) != (self.ceiling_high is None):
            raise ValueError("the interval of the ceiling has two ends")
        low, high = self.ceiling_low or self.ceiling, self.ceiling_high or self.ceiling
        if not low <= self.ceiling <= high:
            raise ValueError("the ceiling lies within its interval")
        return self

    def margin(self, spend: ArrayLike, ceiling: ArrayLike | None = None, scale: ArrayLike | None = None) -> Floats:
        """Return the margin of every spend (any shape, not below zero); other parameters for draws."""
        s = np.asarray(spend, dtype=np.float64)
        top = np.asarray(float(self.ceiling) if ceiling is None else ceiling, dtype=np.float64)
        bend = np.asarray(float(self.scale) if scale is None else scale, dtype=np.float64)
        if self.shape == "saturating":
            risen: Floats = -top * np.expm1(-s / bend)
            return risen
        ratio = (s / bend) ** self.steepness
        curve: Floats = top * ratio / (1 + ratio)
        return curve

    def marginal(self, spend: ArrayLike) -> Floats:
        """Return what one more unit of money brings back at every spend."""
        s = np.asarray(spend, dtype=np.float64)
        top, bend, k = float(self.ceiling), float(self.scale), self.steepness
        if self.shape == "saturating":
            slope: Floats = top / bend * np.exp(-s / bend)
            return slope
        ratio: Floats = s / bend
        steep: Floats = top * k / bend * ratio ** (k - 1) / (1 + ratio**k) ** 2
        return steep

    def draws(self, generator: np.random.Generator, n_draws: int) -> tuple[Floats, Floats]:
        """Return ceilings and scales as they might be; each of shape (n_draws,)."""
        top, bend = float(self.ceiling), float(self.scale)
        if self.covariance is not None:
            moved = generator.multivariate_normal([0.0, 0.0], np.asarray(self.covariance), size=n_draws)
            return top * np.exp(moved[:, 0]), bend * np.exp(moved[:, 1])
        z = generator.standard_normal(n_draws)
        if self.ceiling_low is None or self.ceiling_high is None:
            return np.full(n_draws, top), np.full(n_draws, bend)
        # on the scale of logarithms, so that no draw falls below zero
        below, above = np.log(top / float(self.ceiling_low)), np.log(float(self.ceiling_high) / top)
        width = np.where(z < 0, float(below), float(above)) / normal_quantile(0.95)
        return top * np.exp(z * width), np.full(n_draws, bend)


class NoCurve(Frozen):
    """The data cannot support a curve; `reason` says why, `n` is what was there."""

    segment: str
    reason: Message
    n: int


def fit_curve(segment: str, observations: Sequence[Observation]) -> ResponseCurve | NoCurve:
    """Fit a saturating curve to past spend and result by least squares, or say why the data cannot support one.

    The curve M(s) = c (1 − exp(−s/k)) is refused unless (1) there are 8 observations or more with at least 4 different
    spends above zero, the largest at least twice the smallest; (2) results rise with spend: the slope of a straight
    line is above zero with a one-sided p below 0.05; (3) they bend: AICc is lower by 2 or more than that of a straight
    line through zero. Results are taken to be caused by the spend. Where it followed expected demand, or other things
    changed with it, the curve is too steep, and nothing in these numbers shows it.

    References
    ----------
    Burnham, K. P. & Anderson, D. R. (2002). Model Selection and Multimodel Inference.
    """
    x = np.array([float(o.spend) for o in observations])
    y = np.array([float(o.margin) for o in observations])
    n = len(x)
    spends = np.unique(x[x > 0])
    if n < LEAST_OBSERVATIONS:
        return _none(segment, "few", n, needed=LEAST_OBSERVATIONS)
    if len(spends) < 4 or spends[-1] < LEAST_SPREAD * spends[0]:
        return _none(segment, "narrow", n, spends=len(spends), times=LEAST_SPREAD)
    line = scipy.stats.linregress(x, y, alternative="greater")
    if not line.slope > 0 or not line.pvalue < 0.05:
        return _none(segment, "flat", n, p=float(line.pvalue))
    found = _least_squares(x, y)
    straight = float(x @ y / (x @ x))
    squares_line = float(((y - straight * x) ** 2).sum())
    if found is None or _aicc(found[1], n, 3) > _aicc(squares_line, n, 2) - _MATTERS:
        return _none(segment, "straight", n, slope=straight)
    (ceiling, scale), squares, covariance = found
    z = normal_quantile(0.95)
    spread = float(np.sqrt(covariance[0, 0]))
    total = float(((y - y.mean()) ** 2).sum())
    return ResponseCurve(
        segment=segment,
        ceiling=_money(ceiling),
        scale=_money(scale),
        ceiling_low=_money(ceiling * np.exp(-z * spread)),
        ceiling_high=_money(ceiling * np.exp(z * spread)),
        origin="fitted",
        n=n,
        r_squared=1 - squares / total,
        most_spend=_money(float(x.max())),
        covariance=tuple(tuple(float(v) for v in row) for row in covariance),  # type: ignore[arg-type]
    )


def _least_squares(x: Floats, y: Floats) -> tuple[tuple[float, float], float, Floats] | None:
    """Fit ln ceiling and ln scale from several starts; None where no bend is found within 100 times the spends."""

    def residuals(logs: Floats) -> Floats:
        left: Floats = np.exp(logs[0]) * -np.expm1(-x / np.exp(logs[1])) - y
        return left

    best = None
    top = max(float(y.max()), 1e-9)
    for share in (0.1, 0.3, 1.0, 3.0):
        start = np.log([top, share * float(x.max())])
        try:
            made = scipy.optimize.least_squares(residuals, start, method="lm", x_scale=(1.0, 1.0))
        except (ValueError, FloatingPointError):
            continue
        if best is None or made.cost < best.cost:
            best = made
    if best is None or not np.all(np.isfinite(best.x)) or abs(best.x[1] - np.log(x.max())) > np.log(100):
        return None
    slopes = np.asarray(best.jac, dtype=np.float64)
    information: Floats = slopes.T @ slopes
    if not np.linalg.cond(information) < 1e12:
        return None
    squares = 2 * float(best.cost)
    covariance = np.linalg.inv(information) * squares / (len(x) - 2)
    return (float(np.exp(best.x[0])), float(np.exp(best.x[1]))), squares, covariance


def _aicc(squares: float, n: int, parameters: int) -> float:
    """Return Akaike's criterion for least squares, corrected for small n; the variance is among the parameters."""
    correction = 2 * parameters * (parameters + 1) / (n - parameters - 1)
    return n * float(np.log(max(squares, 1e-300) / n)) + 2 * parameters + correction


def _none(segment: str, reason: str, n: int, **params: float) -> NoCurve:
    return NoCurve(segment=segment, reason=Message(f"targets.no_curve.{reason}", {"n": n} | params), n=n)


def _money(value: float) -> Decimal:
    return max(Decimal(str(value)).quantize(Decimal("0.01")), Decimal("0.01"))
