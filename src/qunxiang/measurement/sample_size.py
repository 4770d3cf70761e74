"""How many customers each group of a comparison needs."""

from __future__ import annotations

from math import asin, isfinite, sqrt
from typing import Literal, get_args

import scipy

Formula = Literal["arcsine", "pooled", "unpooled", "t", "normal"]
"""How the number is found: the first three for shares, the last two for means."""

_LARGE = 1e6
"""Customers from which on Student's test differs from the normal one by less than one customer."""


def sample_size(
    base: float,
    expected: float,
    *,
    sd: float | None = None,
    alpha: float = 0.05,
    power: float = 0.8,
    ratio: float = 1.0,
    formula: Formula | None = None,
) -> float:
    """Customers in the first group, so that a two-sided test finds the difference with the power asked for.

    Parameters
    ----------
    base, expected
        Shares of the first and the second group (0 to 1, exclusive), such as 0.10 and 0.12; with `sd`, means.
    sd
        Standard deviation of one customer's value in either group, in the unit of the means; None compares shares.
    alpha
        Chance of finding a difference where there is none, two-sided.
    power
        Chance of finding the difference where there is one.
    ratio
        Size of the second group over that of the first; 1 for equal groups, which need fewest customers in all.
    formula
        Of shares: ``arcsine`` (the default; Cohen's h), ``pooled`` (the test's variance under equal shares for alpha,
        that of either group for power; Fleiss) or ``unpooled`` (that of either group for both). Of means: ``t`` (the
        default; the power of Student's test by the noncentral t) or ``normal``.

    Returns
    -------
    float
        Not rounded, so that formulas can be compared: round up. The second group has `ratio` times as many.

    Raises
    ------
    ValueError
        When an argument is out of its range, both groups are alike, or the formula is of the other kind.

    References
    ----------
    Cohen, J. (1988). Statistical Power Analysis for the Behavioral Sciences. Fleiss, J. L., Levin, B. & Paik, M. C.
    (2003). Statistical Methods for Rates and Proportions, chapter 4.
    """
    kinds: tuple[Formula, ...] = get_args(Formula)
    possible = kinds[:3] if sd is None else kinds[3:]
    chosen = possible[0] if formula is None else formula
    if chosen not in possible:
        raise ValueError(f"formula must be one of {', '.join(possible)} for {_what(sd)}, it is {chosen!r}")
    _check(base, expected, sd, alpha, power, ratio)
    reach = float(scipy.stats.norm.isf(alpha / 2)), float(scipy.stats.norm.ppf(power))
    if sd is not None:
        effect = abs(expected - base) / sd
        first = (1 + 1 / ratio) * (sum(reach) / effect) ** 2
        return first if chosen == "normal" or first > _LARGE else _by_t(effect, alpha, power, ratio, first)
    if chosen == "arcsine":
        effect = abs(2 * asin(sqrt(expected)) - 2 * asin(sqrt(base)))
        return (1 + 1 / ratio) * (sum(reach) / effect) ** 2
    own = sqrt(base * (1 - base) + expected * (1 - expected) / ratio)
    middle = (base + ratio * expected) / (1 + ratio)
    same = sqrt(middle * (1 - middle) * (1 + 1 / ratio)) if chosen == "pooled" else own
    return float(((reach[0] * same + reach[1] * own) / (expected - base)) ** 2)


def _by_t(effect: float, alpha: float, power: float, ratio: float, near: float) -> float:
    """Solve for the size at which Student's test has the power."""

    def lacking(first: float) -> float:
        freedom = first * (1 + ratio) - 2
        off = effect * sqrt(first * ratio / (1 + ratio))
        limit = float(scipy.stats.t.isf(alpha / 2, freedom))
        # beyond some thousand degrees of freedom t is normal to more digits than nct has
        if freedom > 1e5:
            reached = float(scipy.stats.norm.sf(limit - off) + scipy.stats.norm.cdf(-limit - off))
        else:
            reached = float(scipy.stats.nct.sf(limit, freedom, off) + scipy.stats.nct.cdf(-limit, freedom, off))
        # nct has no digits left where the effect is enormous
        return (reached if isfinite(reached) else float(scipy.stats.norm.sf(limit - off))) - power

    least = 3 / (1 + ratio)  # one degree of freedom
    if lacking(least) >= 0:
        return least
    most = max(near, least) + 10
    while lacking(most) < 0:
        most *= 2
    return float(scipy.optimize.brentq(lacking, least, most, xtol=1e-9, rtol=1e-12))


def _check(base: float, expected: float, sd: float | None, alpha: float, power: float, ratio: float) -> None:
    if not all(isfinite(v) for v in (base, expected, alpha, power, ratio)):
        raise ValueError("all arguments must be finite numbers")
    if base == expected:
        raise ValueError(f"base and expected are both {base}: a difference to find is needed")
    if sd is None and not (0 < base < 1 and 0 < expected < 1):
        raise ValueError(f"shares must lie between 0 and 1, they are {base} and {expected}; give sd to compare means")
    if sd is not None and not (isfinite(sd) and sd > 0):
        raise ValueError(f"sd must be above 0, it is {sd}")
    if not 0 < alpha < 1 or not alpha / 2 < power < 1:
        raise ValueError(f"alpha must lie between 0 and 1 and power between alpha / 2 and 1: {alpha} and {power}")
    if ratio <= 0:
        raise ValueError(f"ratio must be above 0, it is {ratio}")


def _what(sd: float | None) -> str:
    return "shares" if sd is None else "means"
