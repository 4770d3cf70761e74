"""Potential: what customers could spend if they spent like others of their kind."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import numpy as np
from numpy.typing import NDArray

from qunxiang.errors import NothingYetError, SettingError
from qunxiang.model import Actor
from qunxiang.model.value_basis import Potential, PotentialGroup
from qunxiang.services.access import EVERYONE, use_case
from qunxiang.services.definitions_read import current_traits, segmentation_named
from qunxiang.services.house import House
from qunxiang.services.reading import reading
from qunxiang.services.value_groups import group_names
from qunxiang.sql import select
from qunxiang.tables import MEMBERSHIPS, TRAITS_KEY
from qunxiang.valuation.scoring import Z

TRAIT = "monetary_365d"
LEAST = 30
"""Fewer customers of a group say too little of what is typical there."""


@use_case("value.potential", roles=EVERYONE)
def potential(house: House, actor: Actor, name: str, *, quantile: float = 0.75) -> Potential:
    """Compare what customers spent in a year with others of their segment: the headroom up to a quantile of it.

    Like customers are the members of one segment, so the scheme says what likeness means: baskets, firmographics, or
    any rule. It is a comparison, not a forecast: who spends less may have no more to spend.

    Parameters
    ----------
    name
        Segmentation whose segments hold like customers.
    quantile
        Share of the segment that spends less than what is called typical, from 0.5 to 0.95.

    Raises
    ------
    UnknownNameError
        When there is no such segmentation.
    SettingError
        When the quantile is not allowed.
    NothingYetError
        Before a refresh, or without orders.

    References
    ----------
    Conover, W. J. (1999). Practical Nonparametric Statistics, 3.2: intervals of quantiles by order statistics.
    """
    segmentation_named(house, name)
    if not 0.5 <= quantile <= 0.95:
        raise SettingError("error.value.quantile", value=quantile)
    if current_traits(house).get(TRAIT) is None:
        raise NothingYetError("error.value.no_orders")
    with reading(house) as reader:
        day = reader.snapshot.as_of
        if day is None:
            raise NothingYetError("error.nothing.traits")
        names = group_names(house, reader, day)
        query = select(
            """SELECT m.segment, CAST(t.monetary_365d AS DOUBLE) AS spent FROM members__ AS m
            JOIN traits__ AS t ON t.profile_id = m.profile_id
            WHERE m.segmentation = :name AND t.monetary_365d IS NOT NULL ORDER BY m.segment, spent""",
            members=reader.relation(MEMBERSHIPS.name),
            traits=reader.relation(TRAITS_KEY.name),
            name=name,
        )
        found = reader.fetch(query)
    segments = np.array(found["segment"].to_pylist(), dtype=object)
    spent = np.asarray(found["spent"].to_numpy(zero_copy_only=False), dtype=np.float64)
    groups = tuple(
        PotentialGroup(**names.part(name, str(segment)), **headroom(spent[segments == segment], quantile))
        for segment in sorted(set(segments.tolist()))
        if names.knows(name, str(segment))
    )
    return Potential(
        as_of=day, trait=TRAIT, quantile=quantile, least=LEAST, currency=house.settings.currency, groups=groups
    )


def headroom(spent: NDArray[np.float64], quantile: float) -> dict[str, Any]:
    """Return the quantile of a group's spend with its interval, and what those below lack up to it."""
    n = len(spent)
    if n < LEAST:
        unknown = ("typical", "typical_low", "typical_high", "below", "headroom", "headroom_low", "headroom_high")
        return {"customers": n, **dict.fromkeys(unknown)}
    ordered = np.sort(spent)
    half = Z * np.sqrt(n * quantile * (1 - quantile))
    low = ordered[max(int(np.floor(n * quantile - half)) - 1, 0)]
    high = ordered[min(int(np.ceil(n * quantile + half)), n - 1)]
    typical = float(np.quantile(ordered, quantile))

    def lacking(level: float) -> Decimal:
        return Decimal(f"{np.maximum(level - ordered, 0).sum():.2f}")

    return {
        "customers": n,
        "typical": Decimal(f"{typical:.2f}"),
        "typical_low": Decimal(f"{low:.2f}"),
        "typical_high": Decimal(f"{high:.2f}"),
        "below": int((ordered < typical).sum()),
        "headroom": lacking(typical),
        "headroom_low": lacking(float(low)),
        "headroom_high": lacking(float(high)),
    }
