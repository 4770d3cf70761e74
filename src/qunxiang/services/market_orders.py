"""What own customers who are placed in a market's segments spend per order."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from qunxiang.i18n import Message
from qunxiang.model.market import Market
from qunxiang.services.house import House
from qunxiang.services.market import chances_of
from qunxiang.services.market_sample import segments_of
from qunxiang.services.reading import reading
from qunxiang.services.surveys import answers_of, people_of, survey_of
from qunxiang.sql import select
from qunxiang.tables import IDENTITIES, ORDER_FACTS

QUANTILES = {"p5": 0.05, "q1": 0.25, "median": 0.5, "q3": 0.75, "p95": 0.95}
FEWEST_ORDERS = 20
"""Orders of a segment below which no range is given."""


@dataclass(frozen=True)
class OrderValues:
    """Order values by segment.

    `values` holds, by place of the segment, ``n`` orders and their exact quantiles in the workspace's currency, or
    None with fewer than :data:`FEWEST_ORDERS`. `customers` counts placed customers by segment. `typed` says that they
    were placed by the typing tool rather than by the answers that make the segments. `nothing` says why there is none.
    """

    survey: str
    typed: bool
    customers: tuple[int, ...]
    values: tuple[dict[str, float] | None, ...]
    nothing: Message | None = None


def order_values(house: House, market: Market, survey: str | None) -> OrderValues:
    """Place the customers among a survey's respondents, and sum up their orders by segment.

    Raises
    ------
    UnknownNameError
        When there is no such survey.
    """
    name = survey or market.survey
    asked, _ = survey_of(house, name)
    n = len(market.segments)
    with reading(house) as reader:
        found, people = answers_of(reader, name), people_of(reader, name)
        if not people:
            return OrderValues(name, False, (0,) * n, (None,) * n, Message("market_report.orders.no_customers"))
        typed = name != market.survey
        if typed and market.tool is None:
            return OrderValues(name, False, (0,) * n, (None,) * n, Message("market_report.orders.no_tool"))
        if typed and market.tool is not None:
            segments = np.argmax(chances_of(market.tool, asked, found), axis=1)
        else:
            segments = segments_of(market, asked, found)
        customers = np.bincount(
            [segments[i] for i, who in enumerate(found.respondents) if who in people and segments[i] >= 0], minlength=n
        )
        if not (reader.has(ORDER_FACTS.name) and reader.has(IDENTITIES.name)):
            nothing = Message("market_report.orders.none")
            return OrderValues(name, typed, tuple(int(c) for c in customers), (None,) * n, nothing)
        query = select(
            "SELECT f.order_id, i.id_value AS person, CAST(f.amount AS DOUBLE) AS amount FROM orders__ AS f"
            " INNER JOIN identities__ AS i ON i.profile_id = f.profile_id AND i.id_type = 'person_id'"
            " ORDER BY f.order_id, person",
            orders=reader.relation(ORDER_FACTS.name),
            identities=reader.relation(IDENTITIES.name),
        )
        orders: pa.Table = reader.fetch(query)
    place = {people[who]: int(segments[i]) for i, who in enumerate(found.respondents) if who in people}
    known = orders.filter(pc.is_in(orders["person"], pa.array(sorted(place), pa.string())))
    # a customer who goes by two ids answers for an order once
    _, first = np.unique(np.array(known["order_id"].to_pylist(), dtype=object).astype(str), return_index=True)
    known = known.take(pa.array(first))
    of = np.array([place[person] for person in known["person"].to_pylist()], dtype=np.int64)
    amounts = known["amount"].to_numpy()
    values = tuple(_range(amounts[of == k]) for k in range(n))
    return OrderValues(name, typed, tuple(int(c) for c in customers), values)


def _range(amounts: np.ndarray) -> dict[str, float] | None:
    if len(amounts) < FEWEST_ORDERS:
        return None
    return {"n": float(len(amounts))} | {key: float(np.quantile(amounts, q)) for key, q in QUANTILES.items()}
