"""Traits of campaign contacts, responses and events."""

from __future__ import annotations

from typing import Any

from qunxiang.i18n import Label
from qunxiang.model import Family, TraitDefinition, TraitKind
from qunxiang.sql import Query, Relation, select
from qunxiang.sql.moment import Moment
from qunxiang.traits import words as w
from qunxiang.traits.basis import TraitBasis

YEAR_DAYS = 365
QUARTER_DAYS = 90


def contacts_by_profile(contacts: Relation, identities: Relation, moment: Moment) -> Query:
    """Contacts of the window: one row per contacted profile with contacts and campaigns."""
    return select(
        """SELECT i.profile_id, COUNT(*) AS n_contacts, COUNT(DISTINCT c.campaign_id) AS n_campaigns
        FROM contacts__ AS c JOIN identities__ AS i ON i.id_type = 'person_id' AND i.id_value = c.person_id
        WHERE c.contacted_at >= :start AND c.contacted_at < :until GROUP BY i.profile_id""",
        contacts=contacts,
        identities=identities,
        start=moment.start(YEAR_DAYS),
        until=moment.until,
    )


def answered_by_profile(contacts: Relation, responses: Relation, identities: Relation, moment: Moment) -> Query:
    """Campaigns of the window's contacts that got a response: one row per profile that answered one."""
    return select(
        """SELECT c.profile_id, COUNT(*) AS n_answered FROM (
          SELECT i.profile_id, c.campaign_id FROM contacts__ AS c
          JOIN identities__ AS i ON i.id_type = 'person_id' AND i.id_value = c.person_id
          WHERE c.contacted_at >= :start AND c.contacted_at < :until GROUP BY i.profile_id, c.campaign_id) AS c
        JOIN (
          SELECT j.profile_id, r.campaign_id FROM responses__ AS r
          JOIN ids__ AS j ON j.id_type = 'person_id' AND j.id_value = r.person_id
          WHERE r.responded_at < :end_ GROUP BY j.profile_id, r.campaign_id) AS r
        ON r.profile_id = c.profile_id AND r.campaign_id = c.campaign_id
        GROUP BY c.profile_id""",
        contacts=contacts,
        responses=responses,
        identities=identities,
        ids=identities,
        start=moment.start(YEAR_DAYS),
        until=moment.until,
        end_=moment.until,
    )


def responses_by_profile(responses: Relation, identities: Relation, moment: Moment) -> Query:
    """One row per profile that ever responded."""
    return select(
        """SELECT i.profile_id, SUM(CASE WHEN r.responded_at >= :start THEN 1 ELSE 0 END) AS n_responses,
          CAST(MAX(r.responded_at) AT TIME ZONE :tz AS DATE) AS last_on
        FROM responses__ AS r JOIN identities__ AS i ON i.id_type = 'person_id' AND i.id_value = r.person_id
        WHERE r.responded_at < :until GROUP BY i.profile_id""",
        responses=responses,
        identities=identities,
        start=moment.start(YEAR_DAYS),
        tz=moment.time_zone,
        until=moment.until,
    )


def events_by_profile(events: Relation, identities: Relation, moment: Moment) -> Query:
    """One row per profile with an event."""
    return select(
        """SELECT i.profile_id, SUM(CASE WHEN e.occurred_at >= :start THEN 1 ELSE 0 END) AS n_events,
          CAST(MAX(e.occurred_at) AT TIME ZONE :tz AS DATE) AS last_on
        FROM events__ AS e JOIN identities__ AS i ON i.id_type = 'person_id' AND i.id_value = e.person_id
        WHERE e.occurred_at < :until GROUP BY i.profile_id""",
        events=events,
        identities=identities,
        start=moment.start(QUARTER_DAYS),
        tz=moment.time_zone,
        until=moment.until,
    )


def _of_person(count: str) -> str:
    # companies are not observed by tables that name persons alone: their count is unknown, not zero
    return f"CASE WHEN pr.kind = 'person' THEN COALESCE({count}, 0) END"


EXPRESSIONS: dict[str, str] = {
    "campaign_contacts_365d": _of_person("cc.n_contacts"),
    "campaigns_365d": _of_person("cc.n_campaigns"),
    "responses_365d": _of_person("re.n_responses"),
    "days_since_response": "DATE_DIFF('day', CAST(re.last_on AS DATE), CAST(:as_of AS DATE))",
    "response_rate_365d": "CASE WHEN cc.n_campaigns > 0"
    " THEN CAST(COALESCE(an.n_answered, 0) AS DOUBLE) / NULLIF(CAST(cc.n_campaigns AS DOUBLE), 0) END",
    "events_90d": _of_person("ev.n_events"),
    "days_since_event": "DATE_DIFF('day', CAST(ev.last_on AS DATE), CAST(:as_of AS DATE))",
}
"""Trait id to its expression over ``cc`` (contacts), ``re`` (responses), ``an`` (answered campaigns), ``ev``."""


def definitions(basis: TraitBasis) -> list[TraitDefinition]:
    """Return the traits of the tables that are there."""
    made: list[TraitDefinition] = []
    if "campaign_contacts" in basis.tables:
        made += _contacts()
    if "responses" in basis.tables:
        made += _responses()
    if "campaign_contacts" in basis.tables and "responses" in basis.tables:
        made.append(_rate())
    if "events" in basis.tables:
        made += _events()
    return made


def _trait(id_: str, names: tuple[str, str], kind: TraitKind, says: tuple[str, str], **rest: Any) -> TraitDefinition:
    body = {"family": Family.PROMOTION, "when_missing": w.OF_PERSONS} | rest
    return TraitDefinition.model_validate(
        {"id": id_, "label": Label(*names), "kind": kind, "definition": Label(*says), **body}
    )


def _contacts() -> list[TraitDefinition]:
    source = ("campaign_contacts",)
    return [
        _trait(
            "campaign_contacts_365d",
            ("近 365 天触达次数", "Campaign contacts, last 365 days"),
            "integer",
            (
                "含截止日期在内的 365 天里被活动触达的次数；触达通常不是随机的，不能据此推断效果",
                "Contacts by campaigns in the 365 days that end with the date; contacts are rarely random, "
                "so they say nothing about effect",
            ),
            unit=w.TIMES,
            source=source,
            window_days=YEAR_DAYS,
        ),
        _trait(
            "campaigns_365d",
            ("近 365 天参与活动数", "Campaigns, last 365 days"),
            "integer",
            (
                "含截止日期在内的 365 天里触达过该客户的不同活动数",
                "Different campaigns that contacted the profile in the 365 days that end with the date",
            ),
            unit=w.KINDS,
            source=source,
            window_days=YEAR_DAYS,
        ),
    ]


def _responses() -> list[TraitDefinition]:
    source = ("responses",)
    return [
        _trait(
            "responses_365d",
            ("近 365 天响应次数", "Responses, last 365 days"),
            "integer",
            (
                "含截止日期在内的 365 天里对活动的响应次数，例如核销优惠券",
                "Responses to campaigns, such as coupons redeemed, in the 365 days that end with the date",
            ),
            unit=w.TIMES,
            source=source,
            window_days=YEAR_DAYS,
        ),
        _trait(
            "days_since_response",
            ("最近一次响应距今", "Days since last response"),
            "integer",
            (
                "最近一次活动响应的日期到截止日期的天数",
                "Days from the last response to a campaign to the date of the snapshot",
            ),
            unit=w.DAYS,
            source=source,
            when_missing=w.NO_RESPONSE,
        ),
    ]


def _rate() -> TraitDefinition:
    return _trait(
        "response_rate_365d",
        ("活动响应率", "Response rate, last 365 days"),
        "share",
        (
            "近 365 天触达过该客户的活动中，截止日期前得到过响应的比例",
            "Of the campaigns that contacted the profile in the last 365 days, the share it responded to by the date",
        ),
        unit=w.SHARE,
        source=("campaign_contacts", "responses"),
        window_days=YEAR_DAYS,
        when_missing=w.NO_CONTACT,
    )


def _events() -> list[TraitDefinition]:
    common = {"source": ("events",), "family": Family.BEHAVIOURAL}
    return [
        _trait(
            "events_90d",
            ("近 90 天行为次数", "Events, last 90 days"),
            "integer",
            ("含截止日期在内的 90 天里的行为记录数", "Events in the 90 days that end with the date"),
            unit=w.TIMES,
            window_days=QUARTER_DAYS,
            **common,
        ),
        _trait(
            "days_since_event",
            ("最近一次行为距今", "Days since last event"),
            "integer",
            ("最近一次行为的日期到截止日期的天数", "Days from the last event to the date of the snapshot"),
            unit=w.DAYS,
            when_missing=w.NO_EVENT,
            **common,
        ),
    ]
