"""Joining linked records into clusters that contradict nothing."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

Ints = NDArray[np.int64]

MOST_RECORDS = 100
"""A cluster of more records than this is unlikely to be one person or company."""


class Clusters(NamedTuple):
    """`labels` of shape (n_records,): records of one cluster share a label, that of its first record.

    `refused` are places of links that would have joined what must not be one, and `reasons` why, per refused link.
    """

    labels: Ints
    refused: Ints
    reasons: tuple[str, ...]


def clusters(
    n_records: int,
    left: Ints,
    right: Ints,
    weight: NDArray[np.float64],
    *,
    conflicts: Sequence[tuple[str, Ints]] = (),
    apart: Iterable[tuple[int, int]] = (),
    by_hand: NDArray[np.bool_] | None = None,
    most: int = MOST_RECORDS,
) -> Clusters:
    """Join records along links, the surest first, and refuse a link that would make a cluster contradict itself.

    So a chain of links breaks at its weakest. A cluster contradicts itself when it holds two values of one identifier
    of `conflicts`, two records that were put `apart`, or more than `most` records.

    Parameters
    ----------
    left, right, weight
        Links between records (row numbers) and how sure each is.
    conflicts
        Name and codes (-1 unknown) of identifiers that one person or company has once.
    apart
        Pairs of records that somebody said are two.
    by_hand
        Of each link, whether somebody said that its records are one: then identifiers may differ. Such a cluster takes
        further records that hold one of its values, or none.
    """
    forced = {(min(a, b), max(a, b)) for a, b in apart}
    ones = np.ones(len(left), dtype=np.int8)
    _, found = connected_components(coo_array((ones, (left, right)), shape=(n_records, n_records)), directed=False)
    component: Ints = found.astype(np.int64)
    doubtful = _doubtful(component, conflicts, forced, most)
    labels = _first_of(component)
    inside = doubtful[component[left]] if len(left) else np.empty(0, dtype=bool)
    if not inside.any():
        return Clusters(labels, np.empty(0, dtype=np.int64), ())
    places = np.flatnonzero(inside)
    places = places[np.lexsort((right[places], left[places], -weight[places]))]
    careful = _Careful(conflicts, forced, most)
    refused, reasons = [], []
    for place in places.tolist():
        said = by_hand is not None and bool(by_hand[place])
        reason = careful.join(int(left[place]), int(right[place]), by_hand=said)
        if reason is not None:
            refused.append(place)
            reasons.append(reason)
    for record in np.flatnonzero(doubtful[component]).tolist():
        labels[record] = careful.root(record)
    return Clusters(_first_of(labels), np.array(refused, dtype=np.int64), tuple(reasons))


def _first_of(labels: Ints) -> Ints:
    """Relabel clusters by their first record."""
    _, first, inverse = np.unique(labels, return_index=True, return_inverse=True)
    made: Ints = first[inverse].astype(np.int64)
    return made


def _doubtful(
    component: Ints, conflicts: Sequence[tuple[str, Ints]], apart: set[tuple[int, int]], most: int
) -> NDArray[np.bool_]:
    """Say of each component whether it may contradict itself."""
    sizes = np.bincount(component)
    doubtful = sizes > most
    for _, codes in conflicts:
        known = codes >= 0
        if known.any():
            width = int(codes.max()) + 1
            pairs = np.unique(component[known] * width + codes[known])
            doubtful |= np.bincount(pairs // width, minlength=len(sizes)) > 1
    for a, b in apart:
        if component[a] == component[b]:
            doubtful[component[a]] = True
    return doubtful


class _Careful:
    """Union of records that looks before it joins."""

    def __init__(self, conflicts: Sequence[tuple[str, Ints]], apart: set[tuple[int, int]], most: int) -> None:
        self._conflicts = conflicts
        self._most = most
        self._parent: dict[int, int] = {}
        self._members: dict[int, list[int]] = {}
        self._apart: dict[int, set[int]] = {}
        for a, b in apart:
            self._apart.setdefault(a, set()).add(b)
            self._apart.setdefault(b, set()).add(a)

    def root(self, record: int) -> int:
        while (parent := self._parent.get(record, record)) != record:
            self._parent[record] = self._parent.get(parent, parent)
            record = parent
        return record

    def join(self, a: int, b: int, *, by_hand: bool = False) -> str | None:
        """Join the clusters of two records, or return why not; what was said by hand is refused only if said two."""
        one, other = self.root(a), self.root(b)
        if one == other:
            return None
        ours, theirs = (self._members.setdefault(r, [r]) for r in (one, other))
        if not by_hand and len(ours) + len(theirs) > self._most:
            return "size"
        if len(ours) < len(theirs):
            one, other, ours, theirs = other, one, theirs, ours
        there = set(ours)
        if any(not there.isdisjoint(self._apart[r]) for r in theirs if r in self._apart):
            return "apart"
        for name, codes in self._conflicts if not by_hand else ():
            mine, yours = ({int(codes[r]) for r in members} - {-1} for members in (ours, theirs))
            if not (mine <= yours or yours <= mine):
                return name
        self._parent[other] = one
        ours += self._members.pop(other)
        return None
