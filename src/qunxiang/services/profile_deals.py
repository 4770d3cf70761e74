"""Deals of a company and its people, or of a person."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime
from decimal import Decimal

import pyarrow as pa
from sqlglot import exp

from qunxiang.i18n import Message
from qunxiang.identity.records import Kind
from qunxiang.model import Frozen
from qunxiang.positioning.deals import STATUSES, Status, status_of
from qunxiang.services.reading import SnapshotReader
from qunxiang.services.source_records import MASK
from qunxiang.sql import Relation, column, select
from qunxiang.tables import IDENTITIES, Contract

_OF_COMPANY = "ia.profile_id = :id OR (ia.profile_id IS NULL AND NOT w.profile_id IS NULL)"
_OF_PERSON = "ip.profile_id = :id"

_DEALS = """SELECT o.opportunity_id, :status AS status, :name AS name, :stage AS stage, :amount AS amount,
  :opened_at AS opened_at, :expected_close_on AS expected_close_on, :closed_at AS closed_at, :owner AS owner,
  ip.profile_id AS person
FROM opportunities__ AS o
LEFT JOIN identities__ AS ia ON ia.id_type = 'account_id' AND ia.id_value = :account_id
LEFT JOIN ids__ AS ip ON ip.id_type = 'person_id' AND ip.id_value = :person_id
LEFT JOIN people__ AS w ON w.profile_id = ip.profile_id
WHERE {whose} ORDER BY COALESCE(:closed_at, :opened_at) DESC NULLS LAST, o.opportunity_id"""

_KINDS = {
    "name": "VARCHAR",
    "stage": "VARCHAR",
    "owner": "VARCHAR",
    "account_id": "VARCHAR",
    "person_id": "VARCHAR",
    "amount": "DECIMAL(18, 2)",
    "opened_at": "TIMESTAMPTZ",
    "closed_at": "TIMESTAMPTZ",
    "expected_close_on": "DATE",
}


class ProfileDeal(Frozen):
    """One opportunity: `status` as win rates read it from outcome and stage, `amount` in the workspace's currency.

    `person` is the profile of who is named on it, None where it names only the company.
    """

    opportunity_id: str
    status: Status
    name: str | None
    stage: str | None
    amount: Decimal | None
    opened_at: datetime | None
    expected_close_on: date | None
    closed_at: datetime | None
    owner: str | None
    person: str | None


class DealSum(Frozen):
    """How many deals stand so, and what those with a known amount come to; None where no amount is known."""

    status: Status
    deals: int
    amount: Decimal | None


MOST_DEALS = 50
"""Deals shown of a profile; sums are over all."""


def deal_sums(deals: Sequence[ProfileDeal]) -> tuple[DealSum, ...]:
    """Return counts and sums of the states that deals are in, in the order of ``positioning.deals.STATUSES``."""
    made = []
    for status in STATUSES:
        found = [d for d in deals if d.status == status]
        amounts = [d.amount for d in found if d.amount is not None]
        if found:
            made.append(DealSum(status=status, deals=len(found), amount=sum(amounts, Decimal(0)) if amounts else None))
    return tuple(made)


def deal_date(deal: ProfileDeal) -> Message | None:
    """Return the date that says most of a deal: when it was closed, is expected to be, or was opened."""
    if deal.closed_at is not None:
        return Message("page.profile.deal_closed", {"at": deal.closed_at})
    if deal.expected_close_on is not None:
        return Message("page.profile.deal_expected", {"at": deal.expected_close_on})
    return None if deal.opened_at is None else Message("page.profile.deal_opened", {"at": deal.opened_at})


def read_deals(
    reader: SnapshotReader, kind: Kind, profile_id: str, people: Sequence[str], contract: Contract, *, clear: bool
) -> list[ProfileDeal]:
    """Return the deals of a profile, the newest first; of a company also those of its people that name no company."""
    if not reader.has(contract.name):
        return []
    opportunities = reader.relation(contract.name)
    reader.session.register("people_with_deals", pa.table({"profile_id": pa.array(people, pa.string())}))

    def own(name: str) -> exp.Expr:
        return column(name, "o") if name in opportunities.columns else exp.cast(exp.null(), _KINDS.get(name, "VARCHAR"))

    identities = reader.relation(IDENTITIES.name)
    query = select(
        _DEALS.format(whose=_OF_COMPANY if kind == "account" else _OF_PERSON),
        status=status_of(own("outcome"), own("stage")),
        opportunities=opportunities,
        identities=identities,
        ids=identities,
        people=Relation("people_with_deals"),
        id=profile_id,
        **{name: own(name) for name in _KINDS},
    )
    hidden = frozenset() if clear else frozenset(c.name for c in contract.columns if c.hidden)
    return [
        ProfileDeal.model_validate({k: MASK if k in hidden and v is not None else v for k, v in row.items()})
        for row in reader.fetch(query).to_pylist()
    ]
