"""Who is who by hand: pairs to look at, decisions on them, splitting and joining profiles.

A decision is a document with its author and reason. It counts from the next resolve on, and for all loads to come.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from datetime import datetime
from typing import Any, Literal

from qunxiang.errors import SettingError, UnknownNameError
from qunxiang.i18n import Message
from qunxiang.identity.decisions import IdentityDecision, Verdict, decided, pair
from qunxiang.identity.records import PREFIX, Kind
from qunxiang.model import Actor, Frozen, NewDefinition, Role
from qunxiang.services.access import ANALYSTS, FRONT, use_case
from qunxiang.services.changing import change
from qunxiang.services.columns import table_contract
from qunxiang.services.house import House
from qunxiang.services.matching import IDENTITY, decisions
from qunxiang.services.overview import UNMASKED
from qunxiang.services.reading import SnapshotReader, reading
from qunxiang.services.source_records import Agreement, SourceRecord, agreements, read_records
from qunxiang.sql import select
from qunxiang.tables import IDENTITIES, IDENTITY_REVIEWS

DECIDERS = ANALYSTS | {Role.SALES}
"""Who may say who is who: who knows the data, and who knows the customer."""

Likelihood = Literal["likely", "possible", "unlikely"]


class ReviewPair(Frozen):
    """Two records that may be one customer.

    `reason` is ``doubt`` when the evidence is neither enough nor little, ``names`` when only the names speak against,
    else what a merge would have contradicted (an identifier of which one customer has one, ``size``). `weight` is log2
    odds; `likelihood` says it in a word.
    """

    kind: Kind
    left: SourceRecord
    right: SourceRecord
    left_profile: str
    right_profile: str
    reason: str
    joined_by: str
    weight: float | None
    likelihood: Likelihood
    evidence: tuple[Agreement, ...]
    since: datetime
    later: bool


_OWN = frozenset({"birth", "street", "phone", "email", "postcode", "company", "rest"})
"""What a person has to himself, more or less; names, cities and provinces are shared by many."""


def likelihood_words(found: ReviewPair) -> Message:
    """Return how likely a pair is one customer, in words, with the reason where it is less than the weight says."""
    said, why = Message(f"identity.likelihood.{found.likelihood}"), against_words(found)
    return said if why is None else Message("identity.likelihood.despite", {"likelihood": said, "why": why})


def against_words(found: ReviewPair) -> Message | None:
    """Return what keeps a possible pair from being a likely one besides its weight; None when nothing does."""
    against = _against(found.kind, found.reason, found.evidence) if found.likelihood == "possible" else None
    return None if against is None else Message(f"identity.against.{against}")


def _against(kind: Kind, reason: str, evidence: tuple[Agreement, ...]) -> str | None:
    """Return what speaks against a pair whatever its weight (see :func:`qunxiang.identity.verdicts.verdicts`)."""
    if reason not in ("names", "doubt"):
        return None
    weights = {a.name: a.weight for a in evidence}
    if any(weights.get(name, 0.0) < 0 for name in ("given", "family", "name")):
        return "names"
    if kind == "account" and weights.get("city", 0.0) < 0:
        return "city"
    shared = kind == "person" and not any(weights.get(name, 0.0) > 0 for name in _OWN)
    return "shared" if shared or reason == "names" else None


class ReviewQueue(Frozen):
    """Pairs to look at, the surest first and those put off last; `total` of them wait, `masked` says what is hidden."""

    pairs: tuple[ReviewPair, ...]
    total: int
    masked: bool


class DecisionReport(Frozen):
    """What was decided; it counts from the next resolve on."""

    decision: Verdict
    left: tuple[str, ...]
    right: tuple[str, ...]
    by: str
    at: str
    why: str


_WAITING = """SELECT r.*, a.profile_id AS left_profile, b.profile_id AS right_profile FROM r__ AS r
JOIN identities__ AS a ON a.id_type = r.kind || '_id' AND a.id_value = SUBSTRING(r.left_id, 2)
JOIN ids__ AS b ON b.id_type = r.kind || '_id' AND b.id_value = SUBSTRING(r.right_id, 2)
ORDER BY CASE WHEN r.weight IS NULL THEN 0 ELSE 1 END, r.weight DESC, r.left_id, r.right_id"""


@use_case("review.list", roles=FRONT, touches="single")
def reviews(house: House, actor: Actor, *, limit: int = 50, offset: int = 0) -> ReviewQueue:
    """Return pairs of records that may be one customer, side by side; decided ones are left out.

    Raises
    ------
    NothingYetError
        Before the first load.
    """
    clear = actor.role in UNMASKED
    with reading(house) as reader:
        if not reader.has(IDENTITY_REVIEWS.name) or not reader.has(IDENTITIES.name):
            return ReviewQueue(pairs=(), total=0, masked=not clear)
        ids = reader.relation(IDENTITIES.name)
        query = select(_WAITING, r=reader.relation(IDENTITY_REVIEWS.name), identities=ids, ids=ids)
        choices = decided(decisions(house))
        done = choices.same | choices.different
        waiting = [r for r in reader.cached(query).to_pylist() if pair(r["left_id"], r["right_id"]) not in done]
        waiting.sort(key=lambda r: pair(r["left_id"], r["right_id"]) in choices.later)
        shown = waiting[offset : offset + limit]
        known = _known(house, reader, shown, clear=clear)
        pairs = [
            _pair(row, known, later=pair(row["left_id"], row["right_id"]) in choices.later)
            for row in shown
            if row["left_id"] in known and row["right_id"] in known
        ]
    return ReviewQueue(pairs=tuple(pairs), total=len(waiting), masked=not clear)


def _known(
    house: House, reader: SnapshotReader, rows: Sequence[dict[str, Any]], *, clear: bool
) -> dict[str, SourceRecord]:
    found: dict[str, SourceRecord] = {}
    kinds: tuple[Kind, ...] = ("person", "account")
    for kind in kinds:
        wanted = sorted({row[side] for row in rows if row["kind"] == kind for side in ("left_id", "right_id")})
        contract = table_contract(house, f"{kind}s")
        found |= {r.record_id: r for r in read_records(reader, kind, wanted, contract, clear=clear)}
    return found


def _pair(row: dict[str, Any], known: dict[str, SourceRecord], *, later: bool) -> ReviewPair:
    weight = row["weight"]
    evidence = agreements(row["evidence"])
    against = _against(row["kind"], row["reason"], evidence)
    likely = against is None and (weight is None or weight >= 2.0)
    likelihood: Likelihood = "likely" if likely else "possible" if weight is None or weight >= 0.0 else "unlikely"
    return ReviewPair(
        kind=row["kind"],
        left=known[row["left_id"]],
        right=known[row["right_id"]],
        left_profile=row["left_profile"],
        right_profile=row["right_profile"],
        reason=row["reason"],
        joined_by=row["joined_by"],
        weight=weight,
        likelihood=likelihood,
        evidence=evidence,
        since=row["since"],
        later=later,
    )


@use_case("review.decide", roles=DECIDERS, touches="change")
def decide(house: House, actor: Actor, left: str, *, right: str, decision: Verdict, why: str = "") -> DecisionReport:
    """Say of two records that they are the same customer, different ones, or to be looked at later.

    Raises
    ------
    UnknownNameError
        When one of the records does not exist, or they are of different kinds.
    SettingError
        When the decision is none of the three.
    """
    if decision not in ("same", "different", "later"):
        raise SettingError("error.identity.decision", decision=str(decision)[:80], known=["same", "different", "later"])
    with reading(house) as reader:
        _check_records(reader, [left, right])
    return _store(house, actor, decision, (left,), (right,), why)


@use_case("split", roles=DECIDERS, touches="change")
def split(house: House, actor: Actor, profile_id: str, *, records: Sequence[str], why: str) -> DecisionReport:
    """Take records out of a profile: they are another customer than those that stay.

    Raises
    ------
    UnknownNameError
        When the profile does not exist, or does not have one of the records.
    SettingError
        When no reason is given, or no record would go or stay.
    """
    if not why.strip():
        raise SettingError("error.identity.why_missing")
    with reading(house) as reader:
        members = _members(reader, profile_id)
    unknown = sorted(set(records) - set(members))
    if unknown:
        raise UnknownNameError("error.identity.not_in_profile", records=unknown, profile=profile_id[:80], known=members)
    staying = [m for m in members if m not in set(records)]
    if not records or not staying:
        raise SettingError("error.identity.nothing_to_split", profile=profile_id[:80], known=members)
    return _store(house, actor, "different", tuple(sorted(set(records))), tuple(staying), why)


@use_case("join", roles=DECIDERS, touches="change")
def join(house: House, actor: Actor, profile_id: str, *, other: str, why: str) -> DecisionReport:
    """Say that two profiles are one customer.

    Raises
    ------
    UnknownNameError
        When one of the profiles does not exist, or they are of different kinds.
    SettingError
        When no reason is given, or both are the same profile.
    """
    if not why.strip():
        raise SettingError("error.identity.why_missing")
    with reading(house) as reader:
        ours, theirs = _members(reader, profile_id), _members(reader, other)
        _check_records(reader, [ours[0], theirs[0]])
    if set(ours) == set(theirs):
        raise SettingError("error.identity.join_itself", profile=profile_id[:80])
    return _store(house, actor, "same", tuple(ours), tuple(theirs), why)


_MEMBERS = """SELECT CASE WHEN i.id_type = 'person_id' THEN 'P' ELSE 'A' END || i.id_value AS record_id
FROM i__ AS i WHERE i.profile_id = :id ORDER BY record_id"""


def _members(reader: SnapshotReader, profile_id: str) -> list[str]:
    query = select(_MEMBERS, i=reader.relation(IDENTITIES.name), id=profile_id)
    found: list[str] = reader.fetch(query)["record_id"].to_pylist()
    if not found:
        raise UnknownNameError("error.profile.unknown", profile=profile_id[:80])
    return found


def _check_records(reader: SnapshotReader, records: Sequence[str]) -> None:
    for record in records:
        kind = next((k for k, letter in PREFIX.items() if record.startswith(letter)), None)
        query = select(
            "SELECT i.id_value FROM i__ AS i WHERE i.id_type = :kind AND i.id_value = :id",
            i=reader.relation(IDENTITIES.name),
            kind=f"{kind}_id",
            id=record[1:],
        )
        if not reader.fetch(query).num_rows:
            raise UnknownNameError("error.identity.no_record", record=record[:80])
    if len({record[0] for record in records}) > 1:
        raise UnknownNameError("error.identity.two_kinds", records=[r[:80] for r in records])


def _store(
    house: House, actor: Actor, decision: Verdict, left: tuple[str, ...], right: tuple[str, ...], why: str
) -> DecisionReport:
    made = IdentityDecision(
        decision=decision, left=left, right=right, by=actor.name, at=house.clock.now().isoformat(), why=why.strip()
    )
    # the id tells nothing of the customers: ids stand in lists that more people see than members
    name = hashlib.sha256("\n".join(sorted((*left, *right))).encode()).hexdigest()[:16]
    body = made.model_dump(mode="json")
    change(house, actor, IDENTITY, name, lambda _: NewDefinition(kind=IDENTITY, id=name, body=body, why=why.strip()))
    return DecisionReport(**body)
