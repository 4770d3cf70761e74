"""Which person belongs to which company: by contacts, by orders placed for it, by the domain of the e-mail address."""

from __future__ import annotations

from collections.abc import Mapping

import pyarrow as pa

from qunxiang.identity import normal
from qunxiang.sql import Query, Relation, select
from qunxiang.sql.macros import union_all

SHARED_DOMAIN = 3
"""A domain that more companies than this give as theirs is a provider's, and links nobody."""


def domain_pairs(persons: pa.Table, accounts: pa.Table) -> pa.Table:
    """Pair persons and companies by e-mail domain and website; free mail does not count.

    Returns
    -------
    pyarrow.Table
        `person_record`, `account_record`: names of records, one row per pair.
    """
    sites: dict[str, set[int]] = {}
    for row, site in enumerate(_domains(accounts, "website")):
        if site is not None:
            sites.setdefault(site, set()).add(row)
    people, companies = accounts["record_id"].slice(0, 0), accounts["record_id"].slice(0, 0)
    left: list[int] = []
    right: list[int] = []
    if sites:
        for row, found in enumerate(_domains(persons, "email")):
            owners = sites.get(found, set()) if found is not None else set()
            if 0 < len(owners) <= SHARED_DOMAIN:
                left += [row] * len(owners)
                right += sorted(owners)
        people, companies = (
            table["record_id"].combine_chunks().take(pa.array(rows, pa.int64()))
            for table, rows in ((persons, left), (accounts, right))
        )
    return pa.table({"person_record": people, "account_record": companies})


def _domains(table: pa.Table, column: str) -> list[str | None]:
    if column not in table.column_names:
        return [None] * table.num_rows
    values: list[str | None] = normal.each(table[column], normal.domain).to_pylist()
    return values


_NAMED = """SELECT p.profile_id AS person_profile, a.profile_id AS account_profile, :by AS linked_by,
  MIN({title}) AS job_title, MIN({role}) AS buying_role
FROM named__ AS c
JOIN identities__ AS p ON p.id_type = 'person_id' AND p.id_value = c.person_id
JOIN ids__ AS a ON a.id_type = 'account_id' AND a.id_value = c.account_id
GROUP BY p.profile_id, a.profile_id"""

_BY_DOMAIN = """SELECT DISTINCT p.profile_id AS person_profile, a.profile_id AS account_profile, 'domain' AS linked_by,
  CAST(NULL AS VARCHAR) AS job_title, CAST(NULL AS VARCHAR) AS buying_role
FROM pairs__ AS d
JOIN identities__ AS p ON p.id_type = 'person_id' AND 'P' || p.id_value = d.person_record
JOIN ids__ AS a ON a.id_type = 'account_id' AND 'A' || a.id_value = d.account_record"""


def person_accounts(tables: Mapping[str, Relation], identities: Relation, domains: Relation | None) -> Query | None:
    """Return who belongs to which company: contract ``tables.PERSON_ACCOUNTS``; None when no table can say.

    Parameters
    ----------
    tables
        Loaded tables by name.
    identities
        Contract ``tables.IDENTITIES``.
    domains
        Result of :func:`domain_pairs`, bound.
    """
    parts = []
    for name, by in (("contacts", "contact"), ("orders", "order")):
        table = tables.get(name)
        if table is None or not {"person_id", "account_id"} <= set(table.columns):
            continue
        title, role = (
            f"c.{c}" if c in table.columns else "CAST(NULL AS VARCHAR)" for c in ("job_title", "buying_role")
        )
        text = _NAMED.format(title=title, role=role)
        parts.append(select(text, named=table, identities=identities, ids=identities, by=by).tree)
    if domains is not None:
        parts.append(select(_BY_DOMAIN, pairs=domains, identities=identities, ids=identities).tree)
    return union_all(parts) if parts else None
