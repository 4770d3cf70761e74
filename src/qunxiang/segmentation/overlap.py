"""How far segments share their members."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray
from sqlglot import exp

from qunxiang.segmentation.packed import Place, places_in
from qunxiang.sql import Query, Relation, literal, select
from qunxiang.sql.query import column


@dataclass(frozen=True)
class Overlap:
    """Members of every pair of segments.

    `names` are pairs of segmentation and segment. `counts` has shape (n_segments, n_segments): profiles in both the
    row's and the column's segment, on the diagonal the members of each.
    """

    names: tuple[tuple[str, str], ...]
    counts: NDArray[np.int64]

    @property
    def jaccard(self) -> NDArray[np.float64]:
        """Profiles in both ÷ profiles in either; NaN where both are empty. Shape as `counts`.

        References
        ----------
        Jaccard, P. (1912). The distribution of the flora in the alpine zone. New Phytologist 11.
        """
        sizes = self.counts.diagonal()
        either = sizes[:, None] + sizes[None, :] - self.counts
        return _ratio(self.counts, either)

    @property
    def inside(self) -> NDArray[np.float64]:
        """Share of the row's members who are in the column's segment too; NaN where the row's is empty."""
        sizes = np.repeat(self.counts.diagonal()[:, None], len(self.names), axis=1)
        return _ratio(self.counts, sizes)


def _ratio(above: NDArray[np.int64], below: NDArray[np.int64]) -> NDArray[np.float64]:
    out = np.full(above.shape, np.nan)
    np.divide(above, below, out=out, where=below > 0)
    return out


def together_query(members: Relation, segmentations: Sequence[str]) -> Query:
    """Count profiles by the segments they are in together.

    Parameters
    ----------
    members
        One row per segmentation and member profile: contract ``tables.MEMBERSHIPS``.
    segmentations
        Those that count.

    Returns
    -------
    Query
        One row per combination that occurs: `together` (segmentation and segment parted by U+001F, members of the
        combination by U+001E, in order) and `profiles`.
    """
    chosen = column("segmentation", "m").isin(*[literal(name) for name in segmentations])
    return select(
        "SELECT p.together, COUNT(*) AS profiles FROM ("
        " SELECT m.profile_id, STRING_AGG(m.segmentation || :unit || m.segment, :record"
        "   ORDER BY m.segmentation || :unit2 || m.segment) AS together"
        " FROM members__ AS m WHERE :chosen GROUP BY m.profile_id) AS p GROUP BY p.together",
        members=members,
        unit="\x1f",
        unit2="\x1f",
        record="\x1e",
        chosen=chosen,
    )


def overlap(names: Sequence[tuple[str, str]], combinations: Iterable[tuple[str, int]]) -> Overlap:
    """Count the members of every pair of segments.

    Parameters
    ----------
    names
        Segmentation and segment, in the order of the matrix.
    combinations
        Rows of :func:`together_query`; segments not in `names` are passed over.
    """
    place = {f"{of}\x1f{segment}": i for i, (of, segment) in enumerate(names)}
    rows = [([place[k] for k in together.split("\x1e") if k in place], n) for together, n in combinations]
    inside = np.zeros((len(rows), len(names)), dtype=np.int64)
    for i, (places, _) in enumerate(rows):
        inside[i, places] = 1
    n = np.array([n for _, n in rows], dtype=np.int64)
    return Overlap(tuple(names), inside.T @ (inside * n[:, None]))


def flags_query(stored: Relation, names: Sequence[tuple[str, str]]) -> Query:
    """Ask who is in which of some segments, of memberships as they are stored (``packed.packed_contract``).

    Returns
    -------
    Query
        One row per profile: for segment i of `names` that the table knows, `s<i>` whether the profile is in it.
    """
    there = set(places_in(stored.columns))
    tree = exp.select(column("profile_id", "m"), copy=False)
    for i, (of, segment) in enumerate(names):
        place = Place(of, segment)
        if place in there:
            tree.select(exp.alias_(column(place.column, "m"), f"s{i}"), copy=False)
    return Query(tree.from_(stored.table("m"), copy=False))


def overlap_of_flags(names: Sequence[tuple[str, str]], flags: pa.Table) -> Overlap:
    """Count the members of every pair of segments, from the rows of :func:`flags_query`."""
    counts = np.zeros((len(names), len(names)), dtype=np.int64)
    places = [i for i in range(len(names)) if f"s{i}" in flags.column_names]
    if not places:
        return Overlap(tuple(names), counts)
    columns = (flags[f"s{i}"].combine_chunks().to_numpy(zero_copy_only=False) for i in places)
    bits = np.stack([np.packbits(column.astype(np.bool_)) for column in columns])
    # eight profiles to a byte, eight bytes to a word: all pairs of 100 segments of 2 million take a second
    words = np.pad(bits, ((0, 0), (0, -bits.shape[1] % 8))).view(np.uint64)
    for n, i in enumerate(places):
        both = [int(np.bitwise_count(words[n] & other).sum()) for other in words[n:]]
        counts[i, places[n:]] = counts[places[n:], i] = both
    return Overlap(tuple(names), counts)
