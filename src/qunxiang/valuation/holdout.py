"""How well a model learned from purchases up to a day foretells those after it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from qunxiang.valuation.repeat_model import RepeatPurchases

Floats = NDArray[np.float64]

MOST_GROUPS = 8
"""Groups of customers by number of repeat purchases."""

_Z = 1.959963984540054


@dataclass(frozen=True)
class Tracked:
    """Repeat purchases per period since the first day, as they were and as the model expects them.

    Attributes
    ----------
    days : ndarray of shape (n_periods,)
        Last day of each period, counted from the first day (0).
    actual, expected : ndarray of shape (n_periods,)
    """

    days: NDArray[np.int64]
    actual: Floats
    expected: Floats


@dataclass(frozen=True)
class HeldOut:
    """Purchases after the end of calibration in a group of customers with `least` to `most` repeat purchases before it.

    `actual` and `expected` are purchases per customer; `low` and `high` the 95 % interval of the actual mean by the
    spread between customers, None with fewer than 2 customers.
    """

    least: int
    most: int
    customers: int
    actual: float
    expected: float
    low: float | None
    high: float | None


@dataclass(frozen=True)
class HoldOutError:
    """Errors of a forecast of purchases after the end of calibration.

    Attributes
    ----------
    customers : int
    actual, expected : float
        Purchases of all customers together.
    error : float or None
        (expected − actual)/actual; None when nobody bought.
    rmse : float
        Root of the mean squared error per customer.
    as_before, rmse_as_before : float
        The same when everybody went on at the rate so far (repeat purchases divided by the time observed).
    """

    customers: int
    actual: float
    expected: float
    error: float | None
    rmse: float
    as_before: float
    rmse_as_before: float


def tracked(
    model: RepeatPurchases,
    first_day: ArrayLike,
    customers: ArrayLike,
    bought_day: ArrayLike,
    purchases: ArrayLike,
    *,
    last_day: int,
    period_days: int = 7,
) -> Tracked:
    """Compare repeat purchases period by period, of customers whose first purchase lay in the calibration.

    Parameters
    ----------
    first_day, customers
        Days with a first purchase, counted from the earliest (0), and the customers of each.
    bought_day, purchases
        Days with repeat purchases of these customers, and their number.
    last_day
        Last day that is observed; a period that is not whole by then is left out.
    period_days
        Length of a period.
    """
    starts = np.asarray(first_day, dtype=np.float64)
    many = np.asarray(customers, dtype=np.float64)
    ends = np.arange(period_days - 1, last_day + 1, period_days, dtype=np.int64)
    since = np.maximum(ends[:, None] - starts, 0.0)
    spans, place = np.unique(since, return_inverse=True)
    total = model.expected_purchases(spans)[place.reshape(since.shape)] @ many
    expected = np.diff(total, prepend=0.0)
    place_of = np.asarray(bought_day, dtype=np.int64) // period_days
    inside = place_of < len(ends)
    actual = np.bincount(
        place_of[inside], weights=np.asarray(purchases, dtype=np.float64)[inside], minlength=len(ends)
    ).astype(np.float64)
    return Tracked(ends, actual, expected)


def held_out(
    frequency: ArrayLike,
    customers: ArrayLike,
    after: ArrayLike,
    after_squared: ArrayLike,
    expected: ArrayLike,
) -> tuple[HeldOut, ...]:
    """Compare purchases after the end of calibration by the number of repeat purchases before it.

    Each number has a group of its own up to :data:`MOST_GROUPS` of them; with more, the groups hold about as many
    customers each, and equal numbers never part.

    Parameters
    ----------
    frequency, customers, after, after_squared
        Grouped histories: repeat purchases, customers, and sums of purchases after the end and of their squares.
    expected
        Purchases expected of one customer of each history.
    """
    x, n = np.asarray(frequency, dtype=np.int64), np.asarray(customers, dtype=np.float64)
    a, a2, e = (np.asarray(v, dtype=np.float64) for v in (after, after_squared, expected))
    found = []
    for least, most in _groups(x, n):
        inside = (x >= least) & (x <= most)
        many, actual = float(n[inside].sum()), float(a[inside].sum())
        mean = actual / many
        half = None
        if many > 1:
            spread = max(float(a2[inside].sum()) - many * mean**2, 0.0) / (many - 1)
            half = _Z * float(np.sqrt(spread / many))
        found.append(
            HeldOut(
                least=least,
                most=most,
                customers=int(many),
                actual=mean,
                expected=float(n[inside] @ e[inside]) / many,
                low=None if half is None else max(mean - half, 0.0),
                high=None if half is None else mean + half,
            )
        )
    return tuple(found)


def _groups(x: NDArray[np.int64], n: Floats) -> Sequence[tuple[int, int]]:
    values = np.unique(x)
    if len(values) <= MOST_GROUPS:
        return [(int(v), int(v)) for v in values]
    counts = np.array([n[x == v].sum() for v in values])
    middle = (np.cumsum(counts) - counts / 2) / counts.sum()
    part = np.minimum((middle * MOST_GROUPS).astype(int), MOST_GROUPS - 1)
    part[values == 0] = -1  # those who never came back are a group of their own
    return [(int(values[part == g].min()), int(values[part == g].max())) for g in np.unique(part)]


def hold_out_error(
    frequency: ArrayLike,
    age: ArrayLike,
    customers: ArrayLike,
    after: ArrayLike,
    after_squared: ArrayLike,
    expected: ArrayLike,
    *,
    span_days: float,
) -> HoldOutError:
    """Measure the errors of the forecast, and of the forecast that everybody goes on as before.

    Parameters are those of :func:`held_out`, and `age`, the days each history was observed.
    """
    x, t, n, a, a2, e = (
        np.asarray(v, dtype=np.float64) for v in (frequency, age, customers, after, after_squared, expected)
    )
    plain = np.where(t > 0, x / np.maximum(t, 1.0) * span_days, 0.0)
    many, actual = float(n.sum()), float(a.sum())

    def root(forecast: Floats) -> float:
        squares = a2 - 2 * forecast * a + n * forecast**2
        return float(np.sqrt(max(float(squares.sum()), 0.0) / many))

    whole = float(n @ e)
    return HoldOutError(
        customers=int(many),
        actual=actual,
        expected=whole,
        error=(whole - actual) / actual if actual else None,
        rmse=root(e),
        as_before=float(n @ plain),
        rmse_as_before=root(plain),
    )
