"""From values to positions: axis limits, round tick values, and the tint of a matrix cell."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass

from qunxiang.charts.palette import ramp
from qunxiang.charts.spec import Axis, Heatmap


@dataclass(frozen=True)
class Scale:
    """A linear scale from ``low..high`` (axis units) to ``start..end`` (pixels)."""

    low: float
    high: float
    start: float
    end: float

    def __call__(self, value: float) -> float:
        """Return the position of `value` in pixels, kept inside the scale."""
        share = (value - self.low) / (self.high - self.low)
        return self.start + min(max(share, 0.0), 1.0) * (self.end - self.start)


def known(values: Iterable[float | None]) -> list[float]:
    """Return the finite values, leaving out what is unknown."""
    return [value for value in values if value is not None and math.isfinite(value)]


def limits(axis: Axis, values: Iterable[float | None], *, from_zero: bool) -> tuple[float, float]:
    """Return the lowest and highest value of an axis.

    Parameters
    ----------
    axis
        Its fixed limits win over the data.
    values
        All that is drawn, interval ends included; unknown ones are left out.
    from_zero
        Whether the axis must contain 0, as lengths of bars need.
    """
    found = [*(known(values) or [0.0, 1.0]), *known([axis.low, axis.high])]
    low, high = min(found), max(found)
    if from_zero:
        low, high = min(low, 0.0), max(high, 0.0)
    size = max(abs(low), abs(high))
    if high - low <= max(1e-9 * size, 1e-200):  # no spread that floats could divide into steps
        pad = max(0.5, 0.05 * size)
        low, high = (low - pad, high + pad) if low and not from_zero else (min(low, 0.0), max(high, 1.0))
    steps = ticks(low, high)
    step = steps[1] - steps[0]
    low, high = math.floor(low / step + 1e-9) * step, math.ceil(high / step - 1e-9) * step
    low = low if axis.low is None else axis.low
    high = high if axis.high is None else axis.high
    return (low, high) if high > low else (low, low + 1.0)


def ticks(low: float, high: float, about: int = 5) -> list[float]:
    """Return about `about` round values (1, 2, 2.5 or 5 times a power of ten) from `low` to `high`; at least two."""
    rough = (high - low) / max(about, 1)
    power = 10.0 ** math.floor(math.log10(rough))
    step = next(factor * power for factor in (1, 2, 2.5, 5, 10) if factor * power >= rough * 0.999)
    first = math.ceil(low / step - 1e-9)
    last = math.floor(high / step + 1e-9)
    digits = 6 - math.floor(math.log10(step))
    values = [round(index * step, digits) for index in range(first, last + 1)]
    return values if len(values) > 1 else [low, high]


def cell_colours(chart: Heatmap) -> dict[tuple[int, int], str]:
    """Return the colour of every known cell by (row, column); a diverging matrix is centred on 0."""
    cells = {(r, c): v for r, row in enumerate(chart.values) for c, v in enumerate(row)}
    found = {place: value for place, value in cells.items() if value is not None and math.isfinite(value)}
    if not found:
        return {}
    low, high = min(found.values()), max(found.values())
    if chart.diverging:
        high = max(abs(low), abs(high))
        low = -high
    span = high - low
    return {p: ramp((v - low) / span if span else 0.5, diverging=chart.diverging) for p, v in found.items()}
