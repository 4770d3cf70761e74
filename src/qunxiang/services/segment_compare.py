"""A segmentation that was fitted again, compared with the fit before over the same customers."""

from __future__ import annotations

from datetime import date, datetime

import numpy as np

from qunxiang.errors import NothingYetError, SettingError
from qunxiang.i18n import Label
from qunxiang.model import Actor, Definition, Frozen, Segmentation
from qunxiang.segmentation.assign import segment_of
from qunxiang.segmentation.refits import matched
from qunxiang.services.access import EVERYONE, use_case
from qunxiang.services.definitions_read import divides, segmentation_named, types_in
from qunxiang.services.house import House
from qunxiang.services.reading import reading, remembered
from qunxiang.sql import select
from qunxiang.tables import TRAITS_KEY


class FitVersion(Frozen):
    """A version of a fitted segmentation: when it was made, by whom and why, and how."""

    version: int
    at: datetime
    author: str
    why: str
    method: str
    segments: int
    traits: tuple[str, ...]


class FitSegment(Frozen):
    """A segment of one of the fits with its customers."""

    id: str
    label: Label
    colour: int
    n: int


class FitMatch(Frozen):
    """An old segment and the new one that goes on from it.

    `both` customers are in both; `agreement` is their share of all who are in either (Jaccard). Where nothing goes on
    `after` is None; where nothing went before, `before` is None.
    """

    before: FitSegment | None
    after: FitSegment | None
    both: int
    agreement: float | None


class FitMove(Frozen):
    """Customers by their old and new segment; None is no segment. `moved` says that the new is not the old one."""

    before: str | None
    after: str | None
    n: int
    moved: bool


class FitComparison(Frozen):
    """Two fits of a segmentation over the customers and traits of one snapshot.

    Both are assigned by their frozen parameters to the traits as of `as_of`, so that only the fit differs.
    `adjusted_rand` is 1 for the same division and about 0 for unrelated ones, None with fewer than two customers in a
    segment of both. `stayed` and `moved` add up to `profiles`.
    """

    id: str
    label: Label
    before: FitVersion
    after: FitVersion
    as_of: date | None
    profiles: int
    stayed: int
    moved: int
    adjusted_rand: float | None
    matches: tuple[FitMatch, ...]
    moves: tuple[FitMove, ...]


@use_case("segment.compare", roles=EVERYONE)
def compare(
    house: House, actor: Actor, name: str, *, before: int | None = None, after: int | None = None
) -> FitComparison:
    """Compare a fitted segmentation with the fit before: agreement, which segment goes on as which, who moves.

    Parameters
    ----------
    before, after
        Versions of the segmentation; the newest and the last that divided customers otherwise when None.

    Raises
    ------
    UnknownNameError
        When there is no such segmentation, or a version goes by a trait that is no longer there.
    SettingError
        When a version does not exist or was not fitted.
    NothingYetError
        When it was fitted once only.
    """
    newest = segmentation_named(house, name)
    first, second = _versions(house, name, before, after)
    then, now = (Segmentation.model_validate(d.body) for d in (first, second))
    with reading(house) as reader:
        traits = reader.relation(TRAITS_KEY.name)
        key = ("fits", name, first.version, second.version, reader.snapshot.tables[TRAITS_KEY.name])
        types = types_in(house, reader.snapshot)
        query = select(
            "SELECT a.segment AS before, b.segment AS after, CAST(COUNT(*) AS BIGINT) AS n FROM first__ AS a"
            " INNER JOIN second__ AS b ON a.profile_id = b.profile_id GROUP BY a.segment, b.segment",
            first=segment_of(traits, then, types),
            second=segment_of(traits, now, types),
        )
        rows = remembered(house, key, lambda: reader.fetch(query).to_pylist())
        as_of = reader.snapshot.as_of
    counts = {(row["before"], row["after"]): int(row["n"]) for row in rows}
    olds, news = [s.id for s in then.segments], [s.id for s in now.segments]
    table = np.array([[counts.get((old, new), 0) for new in news] for old in olds], dtype=np.float64)
    pairs, rand = matched(table)
    goes_on = {olds[pair.before]: news[pair.after] for pair in pairs}
    moves = tuple(
        FitMove(before=old, after=new, n=n, moved=(None if old is None else goes_on.get(old, "")) != new)
        for (old, new), n in sorted(counts.items(), key=lambda item: (-item[1], str(item[0])))
    )
    total = sum(counts.values())
    moved = sum(move.n for move in moves if move.moved)
    sides = [_sized(then, counts, 0), _sized(now, counts, 1)]
    matches = [
        FitMatch(
            before=sides[0][olds[p.before]],
            after=sides[1][news[p.after]],
            both=counts.get((olds[p.before], news[p.after]), 0),
            agreement=p.agreement,
        )
        for p in pairs
    ]
    matches += [FitMatch(before=sides[0][o], after=None, both=0, agreement=None) for o in olds if o not in goes_on]
    went_on = set(goes_on.values())
    matches += [FitMatch(before=None, after=sides[1][n], both=0, agreement=None) for n in news if n not in went_on]
    return FitComparison(
        id=name,
        label=newest.label,
        before=_told(first, then),
        after=_told(second, now),
        as_of=as_of,
        profiles=total,
        stayed=total - moved,
        moved=moved,
        adjusted_rand=rand,
        matches=tuple(matches),
        moves=moves,
    )


def _versions(house: House, name: str, before: int | None, after: int | None) -> tuple[Definition, Definition]:
    known = {d.version: d for d in house.state.history("segmentation", name)}
    second = _fitted(known, max(known) if after is None else after, name)
    if before is not None:
        return _fitted(known, before, name), second
    divided = divides(Segmentation.model_validate(second.body))
    for version in sorted((v for v in known if v < second.version), reverse=True):
        earlier = Segmentation.model_validate(known[version].body)
        if not known[version].archived and earlier.model is not None and divides(earlier) != divided:
            return known[version], second
    raise NothingYetError("error.nothing.refit", name=name)


def _fitted(known: dict[int, Definition], version: int, name: str) -> Definition:
    found = known.get(version)
    if found is None:
        raise SettingError("error.segmentation.version", name=name, version=version, known=sorted(known))
    if found.archived or Segmentation.model_validate(found.body).model is None:
        raise SettingError("error.segmentation.version_not_fitted", name=name, version=version)
    return found


def _sized(
    segmentation: Segmentation, counts: dict[tuple[str | None, str | None], int], side: int
) -> dict[str, FitSegment]:
    sizes: dict[str | None, int] = {}
    for pair, n in counts.items():
        sizes[pair[side]] = sizes.get(pair[side], 0) + n
    return {
        s.id: FitSegment(id=s.id, label=s.label, colour=s.colour, n=sizes.get(s.id, 0)) for s in segmentation.segments
    }


def _told(document: Definition, segmentation: Segmentation) -> FitVersion:
    model = segmentation.model
    return FitVersion(
        version=document.version,
        at=document.at,
        author=document.author,
        why=document.why,
        method=segmentation.method,
        segments=len(segmentation.segments),
        traits=tuple(model.traits) if model is not None else (),
    )
