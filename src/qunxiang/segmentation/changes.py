"""What changed between two snapshots: who entered, left or moved."""

from __future__ import annotations

from datetime import date

from qunxiang.sql import Query, Relation, cast_to_contract, select
from qunxiang.tables.made import MEMBERSHIP_CHANGES

_PAIRED = (
    "SELECT COALESCE(p.segmentation, c.segmentation) AS segmentation,"
    " COALESCE(p.profile_id, c.profile_id) AS profile_id, p.segment AS from_segment, c.segment AS to_segment"
    " FROM previous__ AS p FULL OUTER JOIN current__ AS c"
    " ON p.segmentation = c.segmentation AND p.profile_id = c.profile_id"
)
_FIRST = (
    "SELECT c.segmentation, c.profile_id, CAST(NULL AS VARCHAR) AS from_segment, c.segment AS to_segment"
    " FROM current__ AS c"
)


def changes(previous: Relation | None, current: Relation, run: int, as_of: date) -> Query:
    """Compare two snapshots of memberships.

    Parameters
    ----------
    previous, current
        One row per segmentation and member profile: contract ``tables.MEMBERSHIPS``. Without `previous` everyone in
        `current` has entered.
    run, as_of
        Number of the run and date of the current snapshot, written with every row.

    Returns
    -------
    Query
        One row per segmentation and profile that entered (`from_segment` NULL), left (`to_segment` NULL) or moved:
        contract ``tables.MEMBERSHIP_CHANGES``.
    """
    rows = select(
        "SELECT CAST(:run AS BIGINT) AS run, CAST(:as_of AS DATE) AS as_of, x.segmentation, x.profile_id,"
        " x.from_segment, x.to_segment FROM paired__ AS x"
        " WHERE x.from_segment IS NULL OR x.to_segment IS NULL OR x.from_segment <> x.to_segment",
        run=run,
        as_of=as_of,
        paired=_pairs(previous, current),
    )
    return cast_to_contract(rows, MEMBERSHIP_CHANGES)


def _pairs(previous: Relation | None, current: Relation) -> Query:
    if previous is None:
        return select(_FIRST, current=current)
    return select(_PAIRED, previous=previous, current=current)
