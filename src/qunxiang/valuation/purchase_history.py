"""What a model of repeat purchases needs of a customer: repeats, time of the last one, time observed."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from qunxiang.errors import SettingError

Floats = NDArray[np.float64]

_LARGEST_CODE = 2**62


@dataclass(frozen=True)
class PurchaseHistories:
    """Equal customers counted once: their likelihood is equal too.

    Attributes
    ----------
    frequency, recency, T
        One entry per different history, shape (n_histories,): repeat purchases, time from the first purchase to the
        last, time from the first purchase to the end of observation; times in one unit.
    weights
        Customers with that history.
    """

    frequency: Floats
    recency: Floats
    T: Floats
    weights: Floats

    @property
    def n_customers(self) -> float:
        """Customers (or sum of their weights)."""
        return float(self.weights.sum())

    @property
    def n_repeaters(self) -> float:
        """Customers who came back at least once."""
        return float(self.weights[self.frequency > 0].sum())


def purchase_histories(
    frequency: ArrayLike, recency: ArrayLike, T: ArrayLike, weights: ArrayLike | None = None
) -> PurchaseHistories:
    """Check histories and count equal ones once.

    Parameters
    ----------
    frequency, recency, T : array of shape (n_customers,)
        Repeat purchases (whole numbers), time of the last purchase and time observed, both since the first purchase.
    weights : array of shape (n_customers,), optional
        Customers that each row stands for, above zero.

    Raises
    ------
    SettingError
        When a history cannot be: unknown or negative numbers, a last purchase after the end or without repeats.
    """
    x, t_x, end = (np.asarray(values, dtype=np.float64).ravel() for values in (frequency, recency, T))
    if not x.size or not x.shape == t_x.shape == end.shape:
        raise SettingError("error.valuation.lengths", frequency=x.size, recency=t_x.size, T=end.size)
    share = np.ones(x.size) if weights is None else np.asarray(weights, dtype=np.float64).ravel()
    if share.shape != x.shape or not np.all(share > 0):
        raise SettingError("error.valuation.weights", customers=x.size)
    sound = (x >= 0) & (x == np.floor(x)) & (t_x >= 0) & (t_x <= end) & np.isfinite(end) & ((x > 0) | (t_x == 0))
    if not sound.all():
        at = int(np.argmin(sound))
        raise SettingError("error.valuation.history", row=at, frequency=x[at], recency=t_x[at], T=end[at])
    return _counted(x, t_x, end, share)


def _counted(x: Floats, t_x: Floats, end: Floats, share: Floats) -> PurchaseHistories:
    codes = _codes(x, t_x, end)
    if codes is None:
        order = np.lexsort((end, t_x, x))
        x, t_x, end = x[order], t_x[order], end[order]
        first = np.concatenate(([True], (np.diff(x) != 0) | (np.diff(t_x) != 0) | (np.diff(end) != 0)))
    else:
        order = np.argsort(codes, kind="stable")
        x, t_x, end = x[order], t_x[order], end[order]
        first = np.concatenate(([True], np.diff(codes[order]) != 0))
    starts = np.flatnonzero(first)
    return PurchaseHistories(x[starts], t_x[starts], end[starts], np.add.reduceat(share[order], starts))


def _codes(x: Floats, t_x: Floats, end: Floats) -> NDArray[np.int64] | None:
    """Return one whole number per history where times are whole numbers, which sorts several times faster."""
    if np.any(t_x != np.floor(t_x)) or np.any(end != np.floor(end)):
        return None
    widths = [int(values.max()) + 1 for values in (x, t_x, end)]
    if widths[0] * widths[1] * widths[2] >= _LARGEST_CODE:
        return None
    whole = [values.astype(np.int64) for values in (x, t_x, end)]
    codes: NDArray[np.int64] = (whole[0] * widths[1] + whole[1]) * widths[2] + whole[2]
    return codes
