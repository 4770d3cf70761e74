"""Assigning profiles to segments and noting who entered, left or moved."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import reduce
from typing import Any

import pyarrow as pa
from sqlglot import exp

from qunxiang.errors import ConflictError
from qunxiang.model import Actor, NewDefinition, Segmentation, Snapshot
from qunxiang.ports.engine import Session
from qunxiang.ports.state import NewSnapshot
from qunxiang.segmentation.assign import assignment
from qunxiang.segmentation.changes import changes
from qunxiang.services.holding import Held
from qunxiang.services.house import House
from qunxiang.services.reading import SnapshotReader
from qunxiang.services.writing import write_table
from qunxiang.sql import Query, Relation, literal, select
from qunxiang.sql.rule_types import TraitType
from qunxiang.tables import MEMBERSHIP_CHANGES, MEMBERSHIPS

_NO_MEMBERS = Query(
    exp.select(*[exp.alias_(exp.cast(exp.null(), c.type.sql), c.name, quoted=True) for c in MEMBERSHIPS.columns]).where(
        exp.false()
    )
)

_NEW = "new_memberships"
"""Name in the session of the memberships just written."""

PUBLISH_TRIES = 5

_SIZES = """
SELECT segmentation, segment, CAST(COUNT(*) AS BIGINT) AS n FROM new__ AS m GROUP BY segmentation, segment
"""


@dataclass(frozen=True)
class Assigned:
    """What an assignment wrote: versions of the two tables, rows that changed, members by segmentation and segment."""

    versions: dict[str, int]
    changed: int
    sizes: dict[tuple[str, str], int]

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
    keep_others: bool,
    hand: Mapping[str, Mapping[str, Mapping[str, Any]]],
) -> Assigned:
    """Write the memberships of `segmentations` over `traits` and append the changes against the reader's snapshot.

    `types` are the kinds of the columns of `traits`. With `keep_others` the memberships of all other segmentations stay
    as they are in the snapshot. `hand` holds memberships by hand: segmentation to profile id to the entry.
    """
    session = reader.session
    previous = reader.relation(MEMBERSHIPS.name) if reader.has(MEMBERSHIPS.name) else None
    parts = [
        assignment(traits, s, as_of, types=types, by_hand=_given(session, hand.get(s.id, {}), i))
        for i, s in enumerate(segmentations)
    ]
    if keep_others and previous is not None:
        names = [literal(s.id) for s in segmentations]
        kept = select("SELECT segmentation, profile_id, segment, as_of FROM previous__ AS p", previous=previous)
        parts.append(Query(kept.tree.where(exp.column("segmentation").isin(*names).not_())))
    wanted = (
        Query(reduce(lambda a, b: exp.union(a, b, distinct=False), [p.tree for p in parts])) if parts else _NO_MEMBERS
    )
    version = write_table(house, session, MEMBERSHIPS, wanted)
    written = house.lake.at(MEMBERSHIPS.name, version)
    session.bind(_NEW, written)
    new = Relation(_NEW, written.columns)
    versions = {MEMBERSHIPS.name: version}
    changed = write_changes(house, reader, run=reader.snapshot.run + 1, as_of=as_of)
    versions[MEMBERSHIP_CHANGES.name] = changed
    base = reader.snapshot.tables.get(MEMBERSHIP_CHANGES.name)
    before = house.lake.at(MEMBERSHIP_CHANGES.name, base).rows if base is not None else 0
    counts = session.fetch(select(_SIZES, new=new)).to_pylist()
    return Assigned(
        versions=versions,
        changed=house.lake.at(MEMBERSHIP_CHANGES.name, changed).rows - before,
        sizes={(row["segmentation"], row["segment"]): row["n"] for row in counts},
    )


def write_changes(house: House, reader: SnapshotReader, *, run: int, as_of: date) -> int:
    """Append who entered, left or moved by what :func:`assign` wrote, under the number of a run."""
    previous = reader.relation(MEMBERSHIPS.name) if reader.has(MEMBERSHIPS.name) else None
    moved = changes(previous, Relation(_NEW, MEMBERSHIPS.names), run=run, as_of=as_of)
    base = reader.snapshot.tables.get(MEMBERSHIP_CHANGES.name)
    return write_table(house, reader.session, MEMBERSHIP_CHANGES, moved, mode="append", base=base)


def publish_members(
    house: House,
    reader: SnapshotReader,
    held: Held,
    new: NewSnapshot,
    *,
    actor: Actor,
    as_of: date,
    definitions: Sequence[NewDefinition],
) -> Snapshot:
    """Publish what :func:`assign` wrote, so that its changes carry the number of the run that publishes them.

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
                new, actor=actor, at=house.clock.now(), definitions=definitions, expected_head=head
            )
        except ConflictError as error:
            found = house.state.head()
            if error.code != "error.conflict.head" or found is None or not left:
                raise
            head = found.run
        numbered = write_changes(house, reader, run=head + 1, as_of=as_of)
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
