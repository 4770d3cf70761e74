"""Assigning profiles to segments and noting who entered, left or moved."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

import pyarrow as pa

from qunxiang.errors import ConflictError
from qunxiang.model import Actor, NewDefinition, Segmentation, Snapshot
from qunxiang.ports.engine import Session
from qunxiang.ports.state import NewSnapshot
from qunxiang.segmentation.assign import rules_of
from qunxiang.segmentation.changes import changes
from qunxiang.segmentation.packed import (
    NOBODY,
    Place,
    assembled,
    differing,
    either,
    is_packed,
    packed,
    packed_changes,
    packed_contract,
    packed_rows,
    places_in,
    places_of,
    unpacked,
)
from qunxiang.segmentation.resting import levels
from qunxiang.services.holding import Held
from qunxiang.services.house import House
from qunxiang.services.reading import SnapshotReader, member_counts
from qunxiang.services.rule_values import RuleValues
from qunxiang.services.writing import write_table
from qunxiang.sql import Relation, select
from qunxiang.sql.macros import union_all
from qunxiang.sql.rule_types import TraitType
from qunxiang.tables import MEMBERSHIP_CHANGES, MEMBERSHIPS

_NEW = "new_memberships"
"""Name in the session of the memberships just written."""

_ROWS = "new_membership_rows"
"""Name in the session of the same, one row per membership."""

_PAIRS = "membership_pairs"
"""Name in the session of the profiles that are somewhere else than before."""

PUBLISH_TRIES = 5


@dataclass(frozen=True)
class Assigned:
    """What an assignment wrote: versions of the two tables, rows that changed, members by segmentation and segment, and
    the memberships as they are stored."""

    versions: dict[str, int]
    changed: int
    sizes: dict[tuple[str, str], int]
    written: Relation

    @property
    def segmentations(self) -> dict[str, int]:
        """Members by segmentation."""
        out: dict[str, int] = {}
        for (segmentation, _), n in self.sizes.items():
            out[segmentation] = out.get(segmentation, 0) + n
        return out


def assign(
    house: House,
    reader: SnapshotReader,
    traits: Relation,
    segmentations: Sequence[Segmentation],
    *,
    as_of: date,
    types: Mapping[str, TraitType],
    values: RuleValues,
    keep_others: bool,
    hand: Mapping[str, Mapping[str, Mapping[str, Any]]],
) -> Assigned:
    """Write the memberships of `segmentations` over `traits` and append the changes against the reader's snapshot.

    `types` are the kinds of the columns of `traits`, `values` puts beside them what rules ask of tables. Segments that
    rest on other segments are computed after them. With `keep_others` the memberships of all other segmentations stay
    as they are in the snapshot. `hand` holds memberships by hand: segmentation to profile id to the entry.
    """
    session = reader.session
    kept = reader.stored_members() if keep_others and reader.has(MEMBERSHIPS.name) else None
    version = write_members(
        house, session, traits, segmentations, as_of=as_of, types=types, values=values, hand=hand, kept=kept
    )
    written = house.lake.at(MEMBERSHIPS.name, version)
    session.bind(_NEW, written)
    new = Relation(_NEW, written.columns)
    versions = {MEMBERSHIPS.name: version}
    changed = write_changes(house, reader, new, run=reader.snapshot.run + 1, as_of=as_of)
    versions[MEMBERSHIP_CHANGES.name] = changed
    base = reader.snapshot.tables.get(MEMBERSHIP_CHANGES.name)
    before = house.lake.at(MEMBERSHIP_CHANGES.name, base).rows if base is not None else 0
    return Assigned(
        versions=versions,
        changed=house.lake.at(MEMBERSHIP_CHANGES.name, changed).rows - before,
        sizes={place: n for place, n in member_counts(new, session.fetch).items() if n},
        written=new,
    )


def write_members(
    house: House,
    session: Session,
    traits: Relation,
    segmentations: Sequence[Segmentation],
    *,
    as_of: date,
    types: Mapping[str, TraitType],
    values: RuleValues,
    hand: Mapping[str, Mapping[str, Mapping[str, Any]]],
    kept: Relation | None = None,
) -> int:
    """Write the memberships of `segmentations` over `traits`, with those of all others in `kept`; return the version.

    `kept` are memberships as they are stored. Other arguments are as in :func:`assign`.
    """
    own = {s.id for s in segmentations}
    parts: list[_Part] = []
    if kept is not None:
        part = _packed(session, kept)
        others = [p for p in places_in(part.columns) if p.segmentation not in own]
        parts += [(part, others)] if others else []
    given = {s.id: _given(session, hand.get(s.id, {}), i) for i, s in enumerate(segmentations)}
    read = {s.id: rules_of(s, types) for s in segmentations}  # reading 100 rules takes most of a second
    groups = levels(segmentations, types, rules=read)
    for level, group in enumerate(groups):
        rules = [rule for s in group for rule in read[s.id].values()]
        asked_of = {of for rule in rules for of, _ in rule.segments.values()}
        known = _known(session, parts, level, asked_of, as_of) if asked_of else None
        asked = values.beside(traits, rules, members=known)
        made, name = packed(asked, group, types=types, by_hand=given, rules=read), f"members_at_{level}"
        if len(groups) == 1 and not parts:
            session.view(name, made)  # written at once, in the one scan that computes it
        else:
            session.materialise(name, made)
        parts.append((Relation(name, ("profile_id", *(p.column for p in places_of(group)))), places_of(group)))
    places = [place for _, held in parts for place in held]
    query = assembled(traits, parts, places, as_of)
    return write_table(house, session, packed_contract(places), query)


_Part = tuple[Relation, Sequence[Place]]
"""A table with a row per profile and the places that are taken from it."""


def _packed(session: Session, stored: Relation) -> Relation:
    """Return memberships as they are stored with a row per profile, whichever version wrote them."""
    if is_packed(stored.columns):
        return stored
    found = session.fetch(select("SELECT DISTINCT m.segmentation, m.segment FROM members__ AS m", members=stored))
    places = sorted((Place(r["segmentation"], r["segment"]) for r in found.to_pylist()), key=lambda p: p.column)
    session.materialise("members_packed", packed_rows(stored, places))
    return Relation("members_packed", ("profile_id", *(p.column for p in places)))


def _known(session: Session, parts: Sequence[_Part], level: int, of: Iterable[str], as_of: date) -> Relation:
    """Show the members found so far, for segments that rest on them."""
    wanted = set(of)
    shown = []
    for i, (part, held) in enumerate(parts):
        places = [p for p in held if p.segmentation in wanted]
        if places:
            name = f"members_below_{level}_{i}"
            session.view(name, assembled(part, [(part, places)], places, as_of))
            shown.append(unpacked(Relation(name, packed_contract(places).names)).tree)
    session.view(f"members_below_{level}", union_all(shown) if shown else NOBODY)
    return Relation(f"members_below_{level}", MEMBERSHIPS.names)


def write_changes(house: House, reader: SnapshotReader, new: Relation, *, run: int, as_of: date) -> int:
    """Append who entered, left or moved by what :func:`assign` wrote, under the number of a run."""
    session = reader.session
    previous = reader.stored_members() if reader.has(MEMBERSHIPS.name) else None
    if previous is None or not is_packed(previous.columns):
        session.view(_ROWS, unpacked(new))
        moved = changes(previous, Relation(_ROWS, MEMBERSHIPS.names), run=run, as_of=as_of)
    else:
        session.materialise(_PAIRS, differing(previous, new))
        moved = packed_changes(Relation(_PAIRS), either(previous, new), run=run, as_of=as_of)
    base = reader.snapshot.tables.get(MEMBERSHIP_CHANGES.name)
    return write_table(house, session, MEMBERSHIP_CHANGES, moved, mode="append", base=base)


def publish_members(
    house: House,
    reader: SnapshotReader,
    held: Held,
    new: NewSnapshot,
    *,
    members: Relation,
    actor: Actor,
    as_of: date,
    definitions: Sequence[NewDefinition],
) -> Snapshot:
    """Publish what :func:`assign` wrote as `members`, so that its changes carry the number of the run that publishes
    them.

    Loads publish without the lease of a refresh. When one came in between, the changes are written again under the
    number that comes next.

    Raises
    ------
    ConflictError
        When a document is not at its expected version, the lease was lost, or loads came in between every time.
    """
    head = reader.snapshot.run
    for left in reversed(range(PUBLISH_TRIES)):
        held.check()
        try:
            return house.state.publish(
                new,
                actor=actor,
                at=house.clock.now(),
                definitions=definitions,
                expected_head=head,
                leases=(held.lease,),
            )
        except ConflictError as error:
            found = house.state.head()
            if error.code != "error.conflict.head" or found is None or not left:
                raise
            head = found.run
        numbered = write_changes(house, reader, members, run=head + 1, as_of=as_of)
        new = new.model_copy(update={"tables": {**new.tables, MEMBERSHIP_CHANGES.name: numbered}})
    raise AssertionError("the last try returns or raises")


def _given(session: Session, members: Mapping[str, Mapping[str, Any]], index: int) -> Relation | None:
    """Register the memberships that people gave, None when there are none."""
    if not members:
        return None
    frame = pa.table(
        {"profile_id": list(members), "segment": [m["segment"] for m in members.values()]},
        schema=pa.schema([("profile_id", pa.string()), ("segment", pa.string())]),
    )
    session.register(f"by_hand_{index}", frame)
    return Relation(f"by_hand_{index}", ("profile_id", "segment"))
