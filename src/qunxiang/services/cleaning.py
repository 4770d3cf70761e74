"""Clearing away what interrupted runs left in the lake."""

from __future__ import annotations

from qunxiang.services.house import House
from qunxiang.services.points import past_tables

UNPUBLISHED_HOURS = 24.0
"""Files that no snapshot names are kept so long, because a run may still be about to publish them."""


def collect_unpublished(house: House) -> int:
    """Delete files of table versions that no snapshot names and that are older than a day; return their number."""
    keep: dict[str, set[int]] = {}
    for snapshot in house.state.snapshots(limit=1_000_000):
        past = past_tables(snapshot)
        for table, version in (*snapshot.tables.items(), *past.items()):
            keep.setdefault(table, set()).add(version)
    return house.lake.collect_garbage(keep, older_than_hours=UNPUBLISHED_HOURS)
