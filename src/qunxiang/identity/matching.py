"""From records to clusters: identifiers first, then what was scored, then what people decided."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal, NamedTuple

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from qunxiang.identity.clusters import Clusters, clusters
from qunxiang.identity.exact import Exact
from qunxiang.identity.verdicts import LOOK, MERGE_WEIGHT, ONE, verdicts
from qunxiang.tables.features import Features

Ints = NDArray[np.int64]
Pairs = Sequence[tuple[int, int]]

BY_HAND = 1_000_000.0
"""Weight of what somebody decided, above all else."""


class Matched(NamedTuple):
    """Clusters with the links that made them and the pairs left to be looked at.

    `links` has one row per link that joined (`left`, `right`, `by`, `weight`, `scored`: row of the scored pair or -1);
    `looks` one per pair to be looked at, with `reason`: ``doubt``, ``names`` where the names speak against a weight
    that would do, or what the link would have contradicted.
    """

    labels: Ints
    links: pa.Table
    looks: pa.Table


def match(
    kind: Literal["person", "account"],
    features: Features | None,
    exact: Exact,
    scored: pa.Table | None,
    *,
    n_records: int,
    identifiers: Sequence[str],
    same: Pairs = (),
    different: Pairs = (),
    waiting: Pairs = (),
) -> Matched:
    """Join records by what identifies them, what resembles, and what people decided.

    Parameters
    ----------
    same, different
        Pairs of records decided by hand; they come first.
    identifiers
        Names of the identifiers that `exact.links.by` counts through.
    """
    decided = {(min(p), max(p)) for p in (*same, *different)}
    judged = _judged(kind, features, scored)
    ones = np.flatnonzero(judged == ONE)
    hand_left, hand_right = (np.array([p[i] for p in same], dtype=np.int64) for i in (0, 1))
    empty = np.empty(0, dtype=np.int64)
    s_left, s_right, s_weight = (
        (scored["left"].to_numpy(), scored["right"].to_numpy(), scored["weight"].to_numpy())
        if scored is not None
        else (empty, empty, empty.astype(np.float64))
    )
    left = np.concatenate([hand_left, exact.links.left, s_left[ones]])
    right = np.concatenate([hand_right, exact.links.right, s_right[ones]])
    weight = np.concatenate([np.full(len(same), BY_HAND), exact.links.weight, s_weight[ones]])
    source = np.concatenate([np.full(len(same), -1), np.full(len(exact.links.left), -1), ones]).astype(np.int64)
    names = np.array(["by_hand", *identifiers, "resembles"])
    by = np.concatenate([np.zeros(len(same)), exact.links.by + 1, np.full(len(ones), len(names) - 1)]).astype(np.int64)
    made = clusters(
        n_records, left, right, weight, conflicts=exact.conflicts, apart=different, by_hand=weight >= BY_HAND
    )
    joined = np.ones(len(left), dtype=bool)
    joined[made.refused] = False
    links = pa.table(
        {
            "left": left[joined],
            "right": right[joined],
            "by": names[by[joined]],
            "weight": weight[joined],
            "scored": source[joined],
        }
    )
    looks = _looks(
        made, judged, left, right, weight, source, names[by], (s_left, s_right, s_weight), decided | set(waiting)
    )
    return Matched(made.labels, links, looks)


def _judged(kind: Literal["person", "account"], features: Features | None, scored: pa.Table | None) -> Ints:
    if scored is None or features is None or not scored.num_rows:
        return np.empty(0, dtype=np.int64)
    han = None
    if "han" in features.table.column_names:
        is_han = _flags(features.table["han"])
        han = is_han[scored["left"].to_numpy()] | is_han[scored["right"].to_numpy()]
    return verdicts(kind, scored, han=han)


def _flags(column: pa.ChunkedArray) -> NDArray[np.bool_]:
    return np.array([v == "1" for v in column.to_pylist()], dtype=bool)


def _looks(
    made: Clusters,
    judged: Ints,
    left: Ints,
    right: Ints,
    weight: NDArray[np.float64],
    source: Ints,
    by: NDArray[np.str_],
    scored: tuple[Ints, Ints, NDArray[np.float64]],
    decided: set[tuple[int, int]],
) -> pa.Table:
    """Pairs to be looked at: in doubt, or refused; once per pair of clusters, the surest, and none that is decided."""
    rows: dict[tuple[int, int], tuple[int, int, float, str, str, int]] = {}

    def add(a: int, b: int, sure: float, reason: str, how: str, place: int) -> None:
        one, other = sorted((int(made.labels[a]), int(made.labels[b])))
        if one != other and (min(a, b), max(a, b)) not in decided:
            kept = rows.get((one, other))
            if kept is None or kept[2] < sure:
                rows[one, other] = (min(a, b), max(a, b), sure, reason, how, place)

    for place, reason in zip(made.refused.tolist(), made.reasons, strict=True):
        if reason != "apart":
            add(int(left[place]), int(right[place]), float(weight[place]), reason, str(by[place]), int(source[place]))
    for place in np.flatnonzero(judged == LOOK).tolist():
        sure = float(scored[2][place])
        reason = "names" if sure >= MERGE_WEIGHT else "doubt"
        add(int(scored[0][place]), int(scored[1][place]), sure, reason, "resembles", place)
    ordered = sorted(rows.values(), key=lambda r: (-r[2], r[0], r[1]))
    names = ("left", "right", "weight", "reason", "by", "scored")
    types = (pa.int64(), pa.int64(), pa.float64(), pa.string(), pa.string(), pa.int64())
    return pa.table(
        {n: pa.array([r[i] for r in ordered], t) for i, (n, t) in enumerate(zip(names, types, strict=True))}
    )
