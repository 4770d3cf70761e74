"""Deals won and lost by group: win rates with intervals, small groups shrunken and marked, no claim where too few."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, Literal

from qunxiang.i18n import Label, Message
from qunxiang.model import Frozen
from qunxiang.positioning.deals import STATUSES, SUMS, Status
from qunxiang.statistics.beta_binomial import ShrunkenRates, shrunken_rates
from qunxiang.statistics.intervals import (
    Interval,
    normal_quantile,
    share_difference_interval,
    share_interval,
)

LEAST_DEALS = 5
"""Won and lost deals below which no rate of a group is given."""

SMALL_DEALS = 30
"""Won and lost deals below which a group is marked as small, and no rate by value is given (Cochran 1977, 6.4)."""

LEAST_VALUED = 0.8
"""Part of the won and of the lost deals whose value must be known for a rate by value."""

ONE_SIDED = 0.1
"""Stated this much more often for lost deals than for won ones, or the other way round, is told as a caution."""

ALIKE = 0.05
"""Probability above which groups are said to differ no more than chance."""

ValueBasis = Literal["amount", "price"]


class ValueRate(Frozen):
    """The part of the money in won and lost deals that was won, with its 95 % interval; workspace currency.

    None where fewer than :data:`SMALL_DEALS` deals have a value. Without any won or any lost money there is a rate and
    no interval: the deals then say nothing about how far it may vary.
    """

    won: float
    lost: float
    n: int
    rate: float | None
    low: float | None
    high: float | None


class WinGroup(Frozen):
    """Deals of one group.

    `rate` is won / (won + lost); `shrunken` the same drawn towards the rate of all groups, with `low` and `high` its
    interval; `own_weight` the part that the group's own rate has in it. All are None where `too_few`. `small` marks
    groups whose own rate says little. `key` None stands for the deals of which the group is not stated.
    """

    key: str | None
    label: Label
    won: int
    lost: int
    ended: int
    open: int
    unclear: int
    without_customer: int
    rate: float | None = None
    shrunken: float | None = None
    low: float | None = None
    high: float | None = None
    own_weight: float | None = None
    small: bool = False
    too_few: bool = False
    value: ValueRate | None = None

    @property
    def closed(self) -> int:
        """Deals that were won or lost."""
        return self.won + self.lost


class Reading(Frozen):
    """Words by which deals say how they stand, what they are taken for, and how many deals have them."""

    status: Status
    outcome: str | None
    stage: str | None
    n: int


class ReasonShare(Frozen):
    """How often a reason is given among the won or lost deals with a reason; None: deals without one, no share."""

    status: Literal["won", "lost"]
    reason: str | None
    n: int
    share: float | None
    low: float | None
    high: float | None


class WinLoss(Frozen):
    """Deals by group.

    `overall` is of all won and lost deals that count, `centre` of those whose group is stated: towards it rates are
    shrunken, with `precision` deals' worth of weight (None: infinite, the groups differ no more than chance).
    `p_alike` is the probability of such differences by chance alone. `refused` says why there are no rates.
    `value_basis` says what deals are valued by; None with the reason in the cautions.
    """

    by: str
    segmentation: str | None
    first: date | None
    last: date | None
    overall: WinGroup
    groups: tuple[WinGroup, ...]
    not_stated: WinGroup | None
    centre: float | None
    precision: float | None
    p_alike: float | None
    shrunk: bool
    refused: Message | None
    cautions: tuple[Message, ...]
    value_basis: ValueBasis | None
    currency: str
    reasons: tuple[ReasonShare, ...]
    readings: tuple[Reading, ...]
    least_deals: int = LEAST_DEALS
    small_deals: int = SMALL_DEALS
    confidence: float = 0.95


@dataclass(frozen=True)
class GroupTally:
    """A group with the sums of :func:`qunxiang.positioning.deals.tallies`; `key` None: the group is not stated."""

    key: str | None
    label: Label
    sums: Mapping[str, Any]

    @property
    def won(self) -> int:
        """Deals won."""
        return int(self.sums["won"])

    @property
    def lost(self) -> int:
        """Deals lost."""
        return int(self.sums["lost"])


@dataclass(frozen=True)
class Compared:
    """Groups with rates, what they are shrunken towards, and what is to be said about them."""

    groups: tuple[WinGroup, ...]
    not_stated: WinGroup | None
    shrunk: ShrunkenRates | None
    refused: Message | None
    cautions: tuple[Message, ...]


def added(parts: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """Add up the sums of several groups."""
    return {name: sum(part[name] or 0 for part in parts) for name in SUMS}


def value_basis_of(sums: Mapping[str, Any]) -> ValueBasis | None:
    """Say by what deals are valued: their amount, or their product's list price, whichever is known of enough of them.

    Many systems keep the amount of a lost deal at 0 or empty: a rate by amount would then be 100 %.
    """
    bases: tuple[ValueBasis, ...] = ("amount", "price")
    for basis in bases:
        of = [(sums[f"{basis}_n_{s}"], sums[s]) for s in ("won", "lost")]
        if all(n and known >= LEAST_VALUED * n for known, n in of):
            return basis
    return None


def value_rate(sums: Mapping[str, Any], basis: ValueBasis | None) -> ValueRate | None:
    """Return the part of the money that was won, with the interval of a ratio of sums.

    With p the rate and v the value of a deal, its variance is n / (n − 1) · Σ v² (w − p)² / (Σ v)², w being 1 for a won
    deal and 0 for a lost one (Cochran 1977, 6.4).
    """
    if basis is None:
        return None
    won, lost = float(sums[f"{basis}_won"] or 0), float(sums[f"{basis}_lost"] or 0)
    n = int(sums[f"{basis}_n_won"] + sums[f"{basis}_n_lost"])
    if n < SMALL_DEALS or not won + lost > 0:
        return ValueRate(won=won, lost=lost, n=n, rate=None, low=None, high=None)
    p = won / (won + lost)
    departures = (1 - p) ** 2 * (sums[f"{basis}_squares_won"] or 0) + p**2 * (sums[f"{basis}_squares_lost"] or 0)
    if not (won > 0 and lost > 0):
        return ValueRate(won=won, lost=lost, n=n, rate=p, low=None, high=None)
    half = normal_quantile(0.95) * math.sqrt(departures * n / (n - 1)) / (won + lost)
    return ValueRate(won=won, lost=lost, n=n, rate=p, low=max(p - half, 0.0), high=min(p + half, 1.0))


def counted(tally: GroupTally, basis: ValueBasis | None, **rates: Any) -> WinGroup:
    """Return a group with its counts and the part of the money won."""
    counts: dict[str, Any] = {name: int(tally.sums[name] or 0) for name in (*STATUSES, "without_customer")}
    return WinGroup(key=tally.key, label=tally.label, **counts, value=value_rate(tally.sums, basis), **rates)


def with_own_rate(tally: GroupTally, basis: ValueBasis | None) -> WinGroup:
    """Return a group with its own rate and Wilson's interval, nothing shrunken."""
    n = tally.won + tally.lost
    found = share_interval(tally.won, n)
    if n < LEAST_DEALS or not isinstance(found, Interval):
        return counted(tally, basis, too_few=True)
    return counted(tally, basis, rate=found.estimate, low=found.low, high=found.high, small=n < SMALL_DEALS)


def compare(tallies: Sequence[GroupTally], basis: ValueBasis | None) -> Compared:
    """Compare the win rates of groups.

    Rates are shrunken (:mod:`qunxiang.statistics.beta_binomial`) from all groups with won or lost deals, also those too
    small for a claim. With fewer than three such groups nothing can be learned about how groups differ: each then has
    its own rate with Wilson's interval.

    Parameters
    ----------
    tallies
        One per group; that with the key None holds the deals whose group is not stated and is compared with nothing.
    basis
        What deals are valued by.
    """
    stated = [t for t in tallies if t.key is not None]
    unknown = next((t for t in tallies if t.key is None), None)
    apart = None if unknown is None else with_own_rate(unknown, basis)
    refused, cautions = _one_sided(stated, unknown)
    if refused is not None:
        bare = tuple(counted(t, basis) for t in _sorted(stated))
        rateless = None if unknown is None else counted(unknown, basis)
        return Compared(bare, rateless, None, refused, ())
    found = shrunken_rates([t.won for t in stated], [t.won + t.lost for t in stated]) if stated else None
    if not isinstance(found, ShrunkenRates):
        groups = tuple(with_own_rate(t, basis) for t in stated)
        return Compared(_by_rate(groups), apart, None, None, cautions)
    if found.p_alike > ALIKE:
        cautions = (*cautions, Message("wins.caution.alike", {"p": round(found.p_alike, 2)}))
    groups = tuple(_shrunken(t, basis, found, i) for i, t in enumerate(stated))
    return Compared(_by_rate(groups), apart, found, None, cautions)


def _shrunken(tally: GroupTally, basis: ValueBasis | None, found: ShrunkenRates, at: int) -> WinGroup:
    n = tally.won + tally.lost
    if n < LEAST_DEALS:
        return counted(tally, basis, too_few=True)
    return counted(
        tally,
        basis,
        rate=tally.won / n,
        shrunken=float(found.rates[at]),
        low=float(found.low[at]),
        high=float(found.high[at]),
        own_weight=float(found.own_weights[at]),
        small=n < SMALL_DEALS,
    )


def _by_rate(groups: Sequence[WinGroup]) -> tuple[WinGroup, ...]:
    """Sort groups by their rate, the best first; those without one after them, by their number of deals."""

    def place(g: WinGroup) -> tuple[bool, float, float, int, str]:
        best = g.shrunken if g.shrunken is not None else g.rate
        # rates that are drawn to one and the same are in the order of the groups' own
        return (best is None, -round(best or 0.0, 9), -(g.rate or 0.0), -g.closed, g.key or "")

    return tuple(sorted(groups, key=place))


def _sorted(stated: Sequence[GroupTally]) -> list[GroupTally]:
    return sorted(stated, key=lambda t: (-(t.won + t.lost), t.key or ""))


def _one_sided(stated: Sequence[GroupTally], unknown: GroupTally | None) -> tuple[Message | None, tuple[Message, ...]]:
    """Say whether the group is stated for won and for lost deals alike; where it is not, rates are not of all deals."""
    if unknown is None:
        return None, ()
    won, lost = sum(t.won for t in stated), sum(t.lost for t in stated)
    all_won, all_lost = won + unknown.won, lost + unknown.lost
    if not all_won or not all_lost:
        return None, ()
    said = {"won": won / all_won, "lost": lost / all_lost}
    if (won == 0) != (lost == 0):
        return Message("wins.refused.one_sided", said), ()
    between = share_difference_interval(won, all_won, lost, all_lost)
    if isinstance(between, Interval) and (between.low > ONE_SIDED or between.high < -ONE_SIDED):
        return None, (Message("wins.caution.one_sided", said),)
    return None, ()


def reason_shares(rows: Sequence[Mapping[str, Any]]) -> tuple[ReasonShare, ...]:
    """Return the shares of reasons, with Wilson's intervals, from the rows of ``deals.reasons``."""
    made = []
    for row in rows:
        n = sum(r["n"] for r in rows if r["status"] == row["status"] and r["reason"] is not None)
        found = share_interval(row["n"], n) if row["reason"] is not None else None
        known = found if isinstance(found, Interval) else None
        made.append(
            ReasonShare(
                status=row["status"],
                reason=row["reason"],
                n=row["n"],
                share=None if known is None else known.estimate,
                low=None if known is None else known.low,
                high=None if known is None else known.high,
            )
        )
    return tuple(made)
