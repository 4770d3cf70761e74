"""Assigning profiles to segments and noting who entered, left or moved."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import reduce
from typing import Any

import pyarrow as pa
from sqlglot import exp

from qunxiang.model import Segmentation
from qunxiang.ports.engine import Session
from qunxiang.segmentation.assign import assignment
from qunxiang.segmentation.changes import changes
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


def current_segmentations(house: House) -> list[Segmentation]:
    """Return the segmentations that are not archived."""
    return [Segmentation.model_validate(d.body) for d in house.state.definitions("segmentation")]


def assign(
    house: House,
    reader: SnapshotReader,
    traits: Relation,
    segmentations: Sequence[Segmentation],
    *,
    as_of: date,
    types: Mapping[str, TraitType],
    keep_others: bool,
    hand: Mapping[str, Mapping[str, Mapping[str, Any]]] | None = None,
) -> Assigned:
    """Write the memberships of `segmentations` over `traits` and append the changes against the reader's snapshot.

    `types` are the kinds of the columns of `traits`. With `keep_others` the memberships of all other segmentations stay
    as they are in the snapshot. `hand` holds memberships by hand, by segmentation, that are about to be stored; the
    stored ones count where it has none.
    """
    session = reader.session
    previous = reader.relation(MEMBERSHIPS.name) if reader.has(MEMBERSHIPS.name) else None
    parts = [
        assignment(traits, s, as_of, types=types, by_hand=_given(house, session, s.id, i, hand or {}))
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
    session.bind("new_memberships", written)
    new = Relation("new_memberships", written.columns)
    versions = {MEMBERSHIPS.name: version}
    run = reader.snapshot.run + 1
    base = reader.snapshot.tables.get(MEMBERSHIP_CHANGES.name)
    moved = changes(previous, new, run=run, as_of=as_of)
    changed = write_table(house, session, MEMBERSHIP_CHANGES, moved, mode="append", base=base)
    versions[MEMBERSHIP_CHANGES.name] = changed
    before = house.lake.at(MEMBERSHIP_CHANGES.name, base).rows if base is not None else 0
    counts = session.fetch(select(_SIZES, new=new)).to_pylist()
    return Assigned(
        versions=versions,
        changed=house.lake.at(MEMBERSHIP_CHANGES.name, changed).rows - before,
        sizes={(row["segmentation"], row["segment"]): row["n"] for row in counts},
    )


def by_hand(house: House, segmentation: str) -> dict[str, dict[str, Any]]:
    """Return the memberships that people gave: profile id to segment, by, at and why."""
    document = house.state.definition("by_hand", segmentation)
    members: dict[str, dict[str, Any]] = document.body["members"] if document is not None else {}
    return members


def _given(
    house: House,
    session: Session,
    segmentation: str,
    index: int,
    hand: Mapping[str, Mapping[str, Mapping[str, Any]]],
) -> Relation | None:
    """Register the memberships that people gave, None when there are none."""
    members = hand[segmentation] if segmentation in hand else by_hand(house, segmentation)
    if not members:
        return None
    frame = pa.table(
        {"profile_id": list(members), "segment": [m["segment"] for m in members.values()]},
        schema=pa.schema([("profile_id", pa.string()), ("segment", pa.string())]),
    )
    session.register(f"by_hand_{index}", frame)
    return Relation(f"by_hand_{index}", ("profile_id", "segment"))
