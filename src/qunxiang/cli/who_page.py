"""What ``qunxiang who`` prints: one customer's records, deals, personal data and traits."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from qunxiang.cli.page import Column, Page
from qunxiang.cli.review import agreement
from qunxiang.i18n import Message
from qunxiang.services.profile_deals import MOST_DEALS, deal_date, deal_sums


def show_profile(page: Page, found: Any) -> None:
    """Print what is known of one customer."""
    page.facts(
        [
            ("cli.col.profile", found.profile_id, "plain"),
            ("cli.col.kind", found.kind, "plain"),
            ("cli.col.first_seen", found.first_seen, "date"),
            ("cli.col.last_seen", found.last_seen, "date"),
            ("cli.col.identifiers", [f"{i['id_type']}={i['id_value']}" for i in found.identifiers], "plain"),
            (
                "cli.col.belongs",
                [
                    " ".join([*filter(None, [b.name]), b.profile_id, f"({b.job_title or b.buying_role or '-'})"])
                    for b in found.belongs
                ],
                "plain",
            ),
            ("cli.col.memberships", [_membership(page, found, k, v) for k, v in found.memberships.items()], "plain"),
        ]
    )
    if found.asked != found.profile_id:
        page.say(Message("cli.who.alias", {"asked": found.asked, "profile": found.profile_id}))
    if len(found.records) > 1:
        _merged(page, found)
    if found.deals:
        _deals(page, found)
    columns = [
        Column("cli.col.name", lambda p: p[0]),
        Column("cli.col.label", lambda p: found.labels.get(p[0])),
        Column("cli.col.value", lambda p: _value(page, p[1])),
    ]
    page.table(columns, found.personal.items(), title=Message("cli.who.personal"))
    if found.masked:
        page.say(Message("cli.who.masked"))
    if found.traits:
        title = Message("cli.who.traits", {"as_of": found.as_of})
        page.table(columns, found.traits.items(), title=title)


def _membership(page: Page, found: Any, name: str, segment: str) -> str:
    """Return segmentation and segment as people call them, their ids behind them."""
    labels = (found.labels.get(name), found.labels.get(f"{name}/{segment}"))
    said = ": ".join(label(page.lang) for label in labels if label is not None)
    return f"{said} ({name}/{segment})"


def _merged(page: Page, found: Any) -> None:
    records = [
        Column("cli.col.record", lambda r: r.record_id),
        Column("cli.col.system", lambda r: r.system),
        Column("cli.col.created_at", lambda r: r.created_at, "datetime"),
        Column("cli.col.values", lambda r: [f"{k}={_value(page, v)}" for k, v in r.values.items() if k in _TELLING]),
    ]
    page.table(records, found.records, title=Message("cli.who.records"))
    links = [
        Column("cli.col.record", lambda k: k.left),
        Column("cli.col.other_record", lambda k: k.right),
        Column("cli.col.joined_by", lambda k: Message(f"identity.by.{k.joined_by}")),
        Column("cli.col.weight", lambda k: k.weight, "number"),
        Column("cli.col.evidence", lambda k: [agreement(a) for a in k.evidence]),
        Column("cli.col.since", lambda k: k.since, "datetime"),
    ]
    page.table(links, found.links, title=Message("cli.who.links"))


def _deals(page: Page, found: Any) -> None:
    """Print how many deals there are of each state and what they amount to, then the newest of them."""
    sums = [
        Column("page.profile.deal_state", lambda s: Message(f"wins.status.{s.status}")),
        Column("cli.col.deals", lambda s: s.deals, "count"),
        Column("page.profile.deal_amount", lambda s: s.amount, "money"),
    ]
    page.table(sums, deal_sums(found.deals), title=Message("page.profile.deals", {"n": len(found.deals)}))
    people = {b.profile_id: b.name for b in found.belongs}
    columns = [
        Column("cli.col.deal_id", lambda d: d.opportunity_id),
        Column("page.profile.deal_name", lambda d: d.name),
        Column("page.profile.deal_state", lambda d: Message(f"wins.status.{d.status}")),
        Column("cli.col.stage", lambda d: d.stage),
        Column("page.profile.deal_amount", lambda d: d.amount, "money"),
        Column("page.profile.deal_date", deal_date),
        Column("page.profile.deal_owner", lambda d: d.owner),
    ]
    if any(d.person not in (None, found.profile_id) for d in found.deals):
        columns.append(Column("cli.col.deal_person", lambda d: d.person and (people.get(d.person) or d.person)))
    page.table(columns, found.deals[:MOST_DEALS])
    if len(found.deals) > MOST_DEALS:
        page.say(Message("page.profile.deals_shown", {"n": MOST_DEALS}))


_TELLING = frozenset(
    {"name", "given_name", "family_name", "phone", "email", "birth_date", "city", "address", "credit_code"}
)


def _value(page: Page, value: Any) -> str:
    form = "number" if isinstance(value, float) else "money" if isinstance(value, Decimal) else "plain"
    return page.cell(value, form)
