"""Profiles and identities.

A person's profile is ``P`` and the person id, an account's ``A`` and the account id: the same over every run, and a
person never collides with an account. Records that belong together have the profile of one of them.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from sqlglot import exp

from qunxiang.errors import NothingYetError
from qunxiang.identity.buyers import BUYER, NAMED
from qunxiang.sql import Query, Relation, select, template
from qunxiang.sql.macros import union_all
from qunxiang.sql.query import column


@dataclass(frozen=True)
class Sighting:
    """Where a table names customers and when.

    `active` says that the customer did something; otherwise the date only shows that the customer was known by then.
    """

    dated_by: str | None
    person: bool = True
    account: bool = False
    active: bool = True


SIGHTED_IN: dict[str, Sighting] = {
    "persons": Sighting("created_at"),
    "accounts": Sighting("created_at", person=False, account=True),
    "contacts": Sighting(None, account=True),
    "orders": Sighting("ordered_at", account=True),
    "order_lines": Sighting("ordered_at", account=True),
    "events": Sighting("occurred_at"),
    "campaign_contacts": Sighting("contacted_at", active=False),
    "responses": Sighting("responded_at"),
    "opportunities": Sighting("opened_at", account=True),
    "survey_answers": Sighting("answered_at", account=True),
    "verbatims": Sighting("said_at", account=True),
    "tags": Sighting("tagged_at", account=True, active=False),
}
"""Loaded tables that name customers."""


def identities(
    tables: Mapping[str, Relation], merged: Relation | None = None, *, seen: Relation | None = None
) -> Query:
    """Map every source identifier to its profile.

    Parameters
    ----------
    tables
        Loaded tables by name; absent ones are left out.
    merged
        `record_id` and `profile_id` of the records that belong to a profile of another name; nobody does when None.
    seen
        Result of :func:`sightings`, bound, where it was computed before.

    Returns
    -------
    Query
        One row per identifier: contract ``tables.IDENTITIES``.

    Raises
    ------
    NothingYetError
        When no table names a customer.
    """
    return select(
        """SELECT id_type, id_value, profile_id,
          STRING_AGG(found_in, ',' ORDER BY found_in) AS found_in
        FROM sightings__ AS s GROUP BY id_type, id_value, profile_id""",
        sightings=seen or sightings(tables, merged),
    )


def profiles(
    tables: Mapping[str, Relation],
    merged: Relation | None = None,
    *,
    time_zone: str,
    seen: Relation | None = None,
) -> Query:
    """List every known person and account.

    `first_seen` is the first day in any dated table, `last_seen` the last day the customer did something: being
    contacted by a campaign shows that a customer was known, not that he or she came. Both are unknown when no dated
    table names the profile.

    Parameters
    ----------
    tables
        Loaded tables by name; absent ones are left out.
    merged
        As for :func:`identities`.
    time_zone
        IANA name of the zone whose calendar days count.
    seen
        As for :func:`identities`.

    Returns
    -------
    Query
        One row per profile: contract ``tables.PROFILES``.

    Raises
    ------
    NothingYetError
        When no table names a customer.
    """
    return select(
        """SELECT profile_id,
          CASE WHEN MIN(id_type) = 'person_id' THEN 'person' ELSE 'account' END AS kind,
          CAST(MIN(first_at) AT TIME ZONE :tz AS DATE) AS first_seen,
          CAST(MAX(last_at) AT TIME ZONE :zone AS DATE) AS last_seen
        FROM sightings__ AS s GROUP BY profile_id""",
        sightings=seen or sightings(tables, merged),
        tz=time_zone,
        zone=time_zone,
    )


def sightings(tables: Mapping[str, Relation], merged: Relation | None = None) -> Query:
    """One row per identifier and table: id_type, id_value, profile_id, found_in, first_at, last_at (instants).

    Raises
    ------
    NothingYetError
        When no table names a customer.
    """
    parts: list[exp.Expr] = []
    for name, sighting in SIGHTED_IN.items():
        if name not in tables:
            continue
        if sighting.person:
            parts.append(_sighted(name, tables[name], sighting, "person_id"))
        if sighting.account:
            parts.append(_sighted(name, tables[name], sighting, "account_id"))
    if not parts:
        raise NothingYetError("error.identity.no_customers", tables=list(SIGHTED_IN))
    seen = union_all(parts)
    return seen if merged is None else select(_WITH_MERGED, seen=seen, merged=merged)


def described_nowhere(seen: Relation) -> Query:
    """Count the profiles that rest on references alone: other tables name them, no row describes them.

    Buyers and companies known by name carry at least what names them, so they are not counted.

    Parameters
    ----------
    seen
        Result of :func:`sightings`, bound.

    Returns
    -------
    Query
        One row: ``profiles``.
    """
    return select(
        """SELECT CAST(COUNT(*) AS BIGINT) AS profiles FROM (
          SELECT profile_id FROM sightings__ AS s GROUP BY profile_id
          HAVING MAX(CASE WHEN found_in IN ('persons', 'accounts') OR id_value LIKE :buyer OR id_value LIKE :named
                     THEN 1 ELSE 0 END) = 0) AS alone""",
        sightings=seen,
        buyer=f"{BUYER}%",
        named=f"{NAMED}%",
    )


_WITH_MERGED = """SELECT s.id_type, s.id_value, COALESCE(m.profile_id, s.profile_id) AS profile_id, s.found_in,
  s.first_at, s.last_at
FROM seen__ AS s LEFT JOIN merged__ AS m ON m.record_id = s.profile_id"""


def _sighted(name: str, relation: Relation, sighting: Sighting, id_type: str) -> exp.Expr:
    unknown: exp.Expr = exp.cast(exp.null(), "TIMESTAMPTZ")
    instant = column(sighting.dated_by, "t") if sighting.dated_by else unknown
    # a purchase a person made for a company is the person's; a company known from such orders only has no profile
    own = name in ("orders", "order_lines") and id_type == "account_id"
    return template(
        f"""SELECT CAST(:id_type AS VARCHAR) AS id_type, t.{id_type} AS id_value,
          :prefix || t.{id_type} AS profile_id, :table_name AS found_in,
          MIN(:first_at) AS first_at, MAX(:last_at) AS last_at
        FROM seen__ AS t
        WHERE t.{id_type} IS NOT NULL {"AND t.person_id IS NULL" if own else ""}
        GROUP BY t.{id_type}""",  # noqa: S608 - only constant column names
        id_type=id_type,
        prefix="P" if id_type == "person_id" else "A",
        table_name=name,
        first_at=instant,
        last_at=instant if sighting.active else unknown,
        seen=relation,
    )
