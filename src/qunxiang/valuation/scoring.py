"""What every customer is expected to buy and to be worth, with frozen parameters and their uncertainty."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
import pyarrow as pa
from numpy.typing import ArrayLike, NDArray

from qunxiang.sql import Query, Relation, select
from qunxiang.valuation.beta_geo import BetaGeo, ModifiedBetaGeo
from qunxiang.valuation.pareto_nbd import ParetoNBD
from qunxiang.valuation.repeat_model import RepeatPurchases

Floats = NDArray[np.float64]

MODELS: Final[dict[str, type[RepeatPurchases]]] = {
    "bg_nbd": BetaGeo,
    "mbg_nbd": ModifiedBetaGeo,
    "pareto_nbd": ParetoNBD,
}
"""Models of repeat purchases by name."""

DAYS_A_YEAR: Final = 365.25
CONFIDENCE: Final = 0.95
Z: Final = 1.959963984540054
"""Half width of a 95 % interval in standard errors."""

N_PARAMETERS: Final = 4
_NODES, _NODE_WEIGHTS = np.polynomial.legendre.leggauss(6)
_STEP = 1e-4

SLOPES: Final = tuple(f"slope_{i}" for i in range(N_PARAMETERS))
MONEY_SLOPES: Final = ("slope_p", "slope_q", "slope_v")


@dataclass(frozen=True)
class FrozenRepeats:
    """Parameters of a model of repeat purchases with the covariance of their logarithms (None where unknown)."""

    model: str
    params: dict[str, float]
    covariance: Floats | None

    def fitted(self, scale: Floats | None = None) -> RepeatPurchases:
        """Return the model; each parameter times its `scale`."""
        kind = MODELS[self.model]
        by = np.ones(len(kind.names)) if scale is None else scale
        return kind.of(**{n: self.params[n] * float(s) for n, s in zip(kind.names, by, strict=True)})


@dataclass(frozen=True)
class FrozenMoney:
    """Parameters p, q, v of the gamma-gamma model with the covariance of their logarithms (None where unknown)."""

    p: float
    q: float
    v: float
    covariance: Floats | None


def discounted_if_alive(
    model: RepeatPurchases, horizon_days: float, discount_rate: float, frequency: ArrayLike, age: ArrayLike
) -> Floats:
    """Return the discounted purchases within a horizon of customers who still buy at its beginning.

    With E(t) the purchases expected within t, δ = ln(1 + rate)/365.25 a day and horizon H it is
    ``exp(−δH) E(H) + δ ∫₀ᴴ exp(−δt) E(t) dt``, the integral by Gauss-Legendre quadrature.

    Parameters
    ----------
    discount_rate
        Interest per year, 0 for none.
    """
    whole = model.expected_if_alive(horizon_days, frequency, age)
    force = float(np.log1p(discount_rate)) / DAYS_A_YEAR
    if force == 0:
        return whole
    moments = horizon_days * (_NODES + 1) / 2
    total = np.exp(-force * horizon_days) * whole
    for moment, weight in zip(moments, _NODE_WEIGHTS * horizon_days / 2, strict=True):
        total = total + force * weight * np.exp(-force * moment) * model.expected_if_alive(moment, frequency, age)
    return np.asarray(total, dtype=np.float64)


def scored_histories(
    frozen: FrozenRepeats,
    frequency: ArrayLike,
    recency: ArrayLike,
    age: ArrayLike,
    *,
    horizon_days: float,
    discount_rate: float = 0.0,
) -> pa.Table:
    """Score different histories, each once.

    Parameters
    ----------
    frequency, recency, age
        Different histories, times in days, shape (n_histories,).
    horizon_days, discount_rate
        Span after the end of observation, and interest per year.

    Returns
    -------
    pyarrow.Table
        One row per history: `frequency`, `recency`, `age`; `probability_alive`, `purchases` within the horizon,
        `discounted` (the same, each purchase discounted to today); `slope_0` … `slope_3`, the change of `discounted`
        with the logarithm of each parameter; `relative_error`, the standard error of ln `purchases`, NULL where the
        parameters' uncertainty is unknown.
    """
    x, t_x, end = (np.asarray(v, dtype=np.float64) for v in (frequency, recency, age))
    ends, place = np.unique(np.column_stack([x, end]), axis=0, return_inverse=True)
    place = place.ravel()

    def found(model: RepeatPurchases) -> tuple[Floats, Floats, Floats]:
        alive = model.probability_alive(x, t_x, end)
        ahead = model.expected_if_alive(horizon_days, ends[:, 0], ends[:, 1])[place]
        if discount_rate == 0:
            return alive, alive * ahead, alive * ahead
        less = discounted_if_alive(model, horizon_days, discount_rate, ends[:, 0], ends[:, 1])[place]
        return alive, alive * ahead, alive * less

    alive, purchases, discounted = found(frozen.fitted())
    slopes, of_purchases = [], []
    for i in range(N_PARAMETERS):
        up, down = np.ones(N_PARAMETERS), np.ones(N_PARAMETERS)
        up[i], down[i] = np.exp(_STEP), np.exp(-_STEP)
        above, below = found(frozen.fitted(up)), found(frozen.fitted(down))
        slopes.append((above[2] - below[2]) / (2 * _STEP))
        of_purchases.append((above[1] - below[1]) / (2 * _STEP))
    columns: dict[str, object] = {
        "frequency": pa.array(x.astype(np.int64)),
        "recency": pa.array(t_x.astype(np.int64)),
        "age": pa.array(end.astype(np.int64)),
        "probability_alive": alive,
        "purchases": purchases,
        "discounted": discounted,
        **dict(zip(SLOPES, slopes, strict=True)),
        "relative_error": pa.array(_relative_error(np.array(of_purchases), purchases, frozen.covariance), pa.float64()),
    }
    return pa.table(columns)


def _relative_error(slopes: Floats, purchases: Floats, covariance: Floats | None) -> object:
    if covariance is None:
        return [None] * len(purchases)
    variance = np.einsum("ik,ij,jk->k", slopes, covariance, slopes)
    with np.errstate(divide="ignore", invalid="ignore"):
        error = np.sqrt(np.maximum(variance, 0)) / purchases
    return [float(e) if np.isfinite(e) else None for e in error] if not np.all(np.isfinite(error)) else error


def customer_value(of_customers: Relation, scored: Relation, money: FrozenMoney | None) -> Query:
    """Put the scores of histories and the money per purchase together for every customer.

    The money per future purchase is ``p (v + m x)/(p x + q − 1)`` with x repeat purchases of mean m: the mean of all
    for customers without a repeat. It is unknown without a money model, and where the model has no mean
    (p x + q ≤ 1).

    Parameters
    ----------
    of_customers
        :func:`qunxiang.valuation.histories.histories`.
    scored
        :func:`scored_histories`.
    money
        None when money per purchase was not modelled.

    Returns
    -------
    Query
        One row per customer: `profile_id`, `first_on`, `frequency`; `probability_alive`, `purchases`, `purchases_low`,
        `purchases_high`; `money_per_purchase`, `value`, `value_low`, `value_high` (DOUBLE; the intervals are those of
        the expectation at 95 %, by the uncertainty of the parameters); `slope_0` … `slope_3`, `slope_p`, `slope_q`,
        `slope_v`: the change of `value` with the logarithm of each parameter.
    """
    joined = select(
        """SELECT h.profile_id, h.first_on, h.frequency, s.probability_alive, s.purchases, s.discounted,
          s.relative_error, s.slope_0, s.slope_1, s.slope_2, s.slope_3,
          CAST(h.frequency AS DOUBLE) AS x, COALESCE(h.mean_value, 0) AS m
        FROM histories__ AS h JOIN scored__ AS s
          ON h.frequency = s.frequency AND h.recency = s.recency AND h.age = s.age""",
        histories=of_customers,
        scored=scored,
    )
    p, q, v = (money.p, money.q, money.v) if money is not None else (1.0, 1.0, 1.0)
    priced = select(
        """SELECT j.*,
          CASE WHEN j.below > 0 THEN CAST(:p AS DOUBLE) * (:v + j.m * j.x) / NULLIF(j.below, 0) END AS money,
          1 - CAST(:p AS DOUBLE) * j.x / NULLIF(j.below, 0) AS of_p,
          0 - CAST(:q AS DOUBLE) / NULLIF(j.below, 0) AS of_q,
          CAST(:v AS DOUBLE) / NULLIF(:v + j.m * j.x, 0) AS of_v
        FROM (SELECT i.*, CASE WHEN :known THEN :p * i.x + :q - 1 END AS below FROM joined__ AS i) AS j""",
        joined=joined,
        known=money is not None,
        p=p,
        q=q,
        v=v,
    )
    c = money.covariance if money is not None and money.covariance is not None else np.full((3, 3), 0.0)
    unknown = money is None or money.covariance is None
    errors = select(
        """SELECT k.*, CASE WHEN :unknown THEN NULL ELSE SQRT(k.relative_error * k.relative_error + GREATEST(0,
            k.of_p * k.of_p * :c00 + k.of_q * k.of_q * :c11 + k.of_v * k.of_v * :c22
            + 2 * (k.of_p * k.of_q * :c01 + k.of_p * k.of_v * :c02 + k.of_q * k.of_v * :c12))) END AS value_error
        FROM priced__ AS k""",
        priced=priced,
        unknown=unknown,
        **{f"c{i}{j}": float(c[i, j]) for i in range(3) for j in range(i, 3)},
    )
    return select(
        """SELECT e.profile_id, e.first_on, e.frequency, e.probability_alive, e.purchases,
          e.purchases * EXP(0 - :z * e.relative_error) AS purchases_low,
          e.purchases * EXP(:z * e.relative_error) AS purchases_high,
          e.money AS money_per_purchase, e.discounted * e.money AS value,
          e.discounted * e.money * EXP(0 - :z * e.value_error) AS value_low,
          e.discounted * e.money * EXP(:z * e.value_error) AS value_high,
          e.slope_0 * e.money AS slope_0, e.slope_1 * e.money AS slope_1, e.slope_2 * e.money AS slope_2,
          e.slope_3 * e.money AS slope_3, e.discounted * e.money * e.of_p AS slope_p,
          e.discounted * e.money * e.of_q AS slope_q, e.discounted * e.money * e.of_v AS slope_v
        FROM errors__ AS e""",
        errors=errors,
        z=Z,
    )


def totals(of_customers: Relation, groups: Relation) -> Query:
    """Add up value by group.

    Parameters
    ----------
    of_customers
        :func:`customer_value`.
    groups
        One row per customer and group: `profile_id`, `scheme`, `part`.

    Returns
    -------
    Query
        One row per group, sorted: `scheme`, `part`, `customers`, `alive` (sum of probabilities), `purchases`,
        `valued` (customers with a known value), `value`, and the sums of all slopes.
    """
    return select(
        """SELECT g.scheme, g.part, CAST(COUNT(*) AS BIGINT) AS customers, SUM(c.probability_alive) AS alive,
          SUM(c.purchases) AS purchases, CAST(COUNT(c.value) AS BIGINT) AS valued, SUM(c.value) AS value,
          SUM(c.slope_0) AS slope_0, SUM(c.slope_1) AS slope_1, SUM(c.slope_2) AS slope_2, SUM(c.slope_3) AS slope_3,
          SUM(c.slope_p) AS slope_p, SUM(c.slope_q) AS slope_q, SUM(c.slope_v) AS slope_v
        FROM customers__ AS c JOIN groups__ AS g ON g.profile_id = c.profile_id
        GROUP BY g.scheme, g.part ORDER BY g.scheme, g.part""",
        customers=of_customers,
        groups=groups,
    )


def total_interval(
    total: float, slopes: ArrayLike, money_slopes: ArrayLike, repeats: FrozenRepeats, money: FrozenMoney | None
) -> tuple[float, float] | None:
    """Return the 95 % interval of an expected total by the uncertainty of the parameters; None where it is unknown.

    By the delta method on the logarithm of the total, so that its ends are above zero.
    """
    if money is None or money.covariance is None or repeats.covariance is None or not total > 0:
        return None
    a, b = np.asarray(slopes, dtype=np.float64), np.asarray(money_slopes, dtype=np.float64)
    error = float(np.sqrt(a @ repeats.covariance @ a + b @ money.covariance @ b)) / total
    return total * float(np.exp(-Z * error)), total * float(np.exp(Z * error))
