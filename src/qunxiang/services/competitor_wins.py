"""Win and loss (赢单与输单): win rates by competitor, segment, industry, owner, product or source of the deal."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import date
from typing import Any

from qunxiang.errors import NothingYetError, SettingError
from qunxiang.i18n import Label, Message
from qunxiang.model import Actor, Segmentation
from qunxiang.positioning.competitors import Competitor, named, plain_name
from qunxiang.positioning.deals import DIMENSIONS, Dimension, deals, reasons, tallies, vocabulary
from qunxiang.positioning.win_loss import (
    Compared,
    GroupTally,
    Reading,
    WinLoss,
    added,
    compare,
    reason_shares,
    value_basis_of,
    with_own_rate,
)
from qunxiang.services.access import EVERYONE, use_case
from qunxiang.services.competitors import register_of
from qunxiang.services.definitions_read import segmentation_in
from qunxiang.services.house import House
from qunxiang.services.reading import SnapshotReader, reading
from qunxiang.sql import Relation, select
from qunxiang.sql.moment import Moment
from qunxiang.tables import IDENTITIES

MOST_GROUPS = 2_000
MOST_READINGS = 100
_DEALS = "deals_read"
_SEVERAL = re.compile(r"[;；|｜\n]+")
"""What stands between several competitors of one deal."""

Tally = Mapping[str, Any]


@use_case("competitor.wins", roles=EVERYONE)
def wins(
    house: House,
    actor: Actor,
    *,
    by: str = "competitor",
    segmentation: str | None = None,
    first: date | None = None,
    last: date | None = None,
) -> WinLoss:
    """Compare win rates by competitor, segment, industry, owner, product or source of the deal.

    Rates of small groups are drawn towards that of all groups and marked; below five won or lost deals there is none.
    Open deals, deals that ended without a decision and deals without a customer are counted apart. A deal with several
    competitors counts for each of them.

    Parameters
    ----------
    by
        One of ``competitor``, ``segment``, ``industry``, ``owner``, ``product``, ``source``.
    segmentation
        Segmentation whose segments are compared; needed with ``segment`` and only there.
    first, last
        First and last day on which the deals that count were closed; all when None. Open deals are always counted.

    Raises
    ------
    SettingError
        When there is no such dimension, or the days are the wrong way round.
    UnknownNameError
        When there is no such segmentation.
    NothingYetError
        Before deals are loaded; with ``segment`` before a refresh.
    """
    dimension = _dimension(by, segmentation)
    if first is not None and last is not None and first > last:
        raise SettingError("error.wins.days", first=first, last=last)
    with deals_of(house, segmentation, first=first, last=last) as found:
        reader, scheme = found
        query = tallies(Relation(_DEALS), (dimension,))
        rows = reader.fetch(query).to_pylist()
        said = reader.fetch(vocabulary(Relation(_DEALS))).to_pylist()
        why = reader.fetch(reasons(Relation(_DEALS))).to_pylist()
        names = _product_names(reader) if dimension == "product" else {}
    total = added(rows)
    basis = value_basis_of(total)
    groups = grouped(rows, dimension, _labels(dimension, register_of(house), scheme, names))
    if len(groups) > MOST_GROUPS:
        raise SettingError("error.wins.many", n=len(groups), most=MOST_GROUPS)
    compared = compare(groups, basis)
    shrunk = compared.shrunk
    finite = shrunk is not None and shrunk.precision != float("inf")
    return WinLoss(
        by=dimension,
        segmentation=segmentation,
        first=first,
        last=last,
        overall=with_own_rate(GroupTally(None, Label("全部商机", "All deals"), total), basis),
        groups=compared.groups,
        not_stated=compared.not_stated,
        centre=None if shrunk is None else shrunk.centre,
        precision=shrunk.precision if shrunk is not None and finite else None,
        p_alike=None if shrunk is None else shrunk.p_alike,
        shrunk=shrunk is not None,
        refused=compared.refused,
        cautions=tuple(_cautions(compared, total, basis)),
        value_basis=basis,
        currency=house.settings.currency,
        reasons=reason_shares(why),
        readings=tuple(_readings(said)),
    )


@contextmanager
def deals_of(
    house: House, segmentation: str | None, *, first: date | None = None, last: date | None = None
) -> Iterator[tuple[SnapshotReader, Segmentation | None]]:
    """Open the newest snapshot with its deals read, bound as :data:`_DEALS`, and the segmentation asked for.

    Raises
    ------
    NothingYetError
        Before deals are loaded; with a segmentation before it has members.
    UnknownNameError
        When there is no such segmentation.
    """
    head = house.head()
    if head is None or "opportunities" not in head.tables:
        raise NothingYetError("error.wins.no_deals")
    with reading(house) as reader:
        scheme = None
        members = None
        if segmentation is not None:
            scheme = segmentation_in(house, reader.snapshot, segmentation).segmentation
            members = reader.members(segmentation)
        have = reader.relations("accounts", "products", IDENTITIES.name)
        query = deals(
            reader.relation("opportunities"),
            accounts=have.get("accounts"),
            products=have.get("products"),
            identities=have.get(IDENTITIES.name),
            members=members,
            segmentation=segmentation,
            moment=Moment(house.clock.now().date(), house.settings.time_zone),
            first=first,
            last=last,
        )
        reader.session.materialise(_DEALS, query)
        yield reader, scheme


Names = Callable[[str], Sequence[tuple[str, Label]]]
"""Which groups a stored value stands for: key and name of each."""


def grouped(rows: Sequence[Tally], dimension: str, names: Names) -> list[GroupTally]:
    """Put the rows of :func:`qunxiang.positioning.deals.tallies` together by group; one row may go to several."""
    parts: dict[str | None, list[Tally]] = {}
    nowhere = Label("不在任何细分", "In no segment") if dimension == "segment" else Label("未写明", "Not stated")
    labels: dict[str | None, Label] = {None: nowhere}
    for row in rows:
        value = row[dimension]
        for key, label in names(value) if value is not None else [(None, labels[None])]:
            parts.setdefault(key, []).append(row)
            labels.setdefault(key, label)
    return [GroupTally(key, labels[key], added(of)) for key, of in parts.items()]


def competitor_names(register: Sequence[Competitor]) -> Names:
    """Return the competitors that a deal's text names: registered ones by any of their names, others as they stand."""
    ids, labels = named(register), {c.id: c.label for c in register}

    def of(text: str) -> Sequence[tuple[str, Label]]:
        found: dict[str, Label] = {}
        for part in (p.strip() for p in _SEVERAL.split(text)):
            plain = plain_name(part)
            if plain:
                key = ids.get(plain, f"~{plain}")
                found.setdefault(key, labels.get(key, Label.same(part)))
        return list(found.items())

    return of


def segment_names(scheme: Segmentation) -> Names:
    """Return the segment of an id; one that the segmentation no longer has keeps its id as its name."""
    labels = {s.id: s.label for s in scheme.segments}
    return lambda id: [(id, labels.get(id, Label.same(id)))]


def _labels(
    dimension: Dimension, register: Sequence[Competitor], scheme: Segmentation | None, products: Mapping[str, str]
) -> Names:
    if dimension == "competitor":
        return competitor_names(register)
    if dimension == "segment" and scheme is not None:
        return segment_names(scheme)
    return lambda value: [(value, Label.same(products.get(value) or value))]


def _product_names(reader: SnapshotReader) -> dict[str, str]:
    if not reader.has("products"):
        return {}
    query = select(
        "SELECT p.product_id, p.name FROM products__ AS p WHERE NOT p.name IS NULL",
        products=reader.relation("products"),
    )
    return {row["product_id"]: row["name"] for row in reader.cached(query).to_pylist()}


def _dimension(by: str, segmentation: str | None) -> Dimension:
    if by not in DIMENSIONS:
        raise SettingError("error.wins.by", by=by[:40], known=list(DIMENSIONS))
    if (by == "segment") != (segmentation is not None):
        raise SettingError("error.wins.segmentation")
    return by


def _readings(rows: Sequence[Mapping[str, Any]]) -> list[Reading]:
    """Return the words that most deals have, those that were not understood first."""
    unclear = [r for r in rows if r["status"] == "unclear"]
    clear = [r for r in rows if r["status"] != "unclear"]
    return [
        Reading(status=r["status"], outcome=r["said_outcome"], stage=r["said_stage"], n=r["n"])
        for r in (*unclear, *clear)[:MOST_READINGS]
    ]


def _cautions(compared: Compared, total: Tally, basis: str | None) -> list[Message]:
    found = list(compared.cautions)
    if total.get("unclear"):
        found.append(Message("wins.caution.unclear", {"n": total["unclear"]}))
    closed = int((total.get("won") or 0) + (total.get("lost") or 0))
    if closed and basis is None:
        known = {s: total[f"amount_n_{s}"] / total[s] if total[s] else 0.0 for s in ("won", "lost")}
        found.append(Message("wins.caution.no_value", known))
    elif basis == "price":
        known_lost = total["amount_n_lost"] / total["lost"]
        found.append(Message("wins.caution.list_price", {"lost": known_lost}))
    return found
