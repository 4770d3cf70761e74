"""Memberships as they are stored: one row per profile, one column of yes and no per segment.

A column is called ``<segmentation>.<segment>``, so that a file says by itself what it holds. What a segment's id may
hold but a column's name may not is written as ``%`` and six hexadecimal digits.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import reduce

from sqlglot import exp

from qunxiang.i18n import Label
from qunxiang.model import Segmentation
from qunxiang.segmentation.assign import first_by_hand, given_by_model, rules_of
from qunxiang.sql import Query, Relation, Rule, TraitType, cast_to_contract, column, literal, select
from qunxiang.sql.macros import union_all
from qunxiang.tables import Column, ColumnType, Contract
from qunxiang.tables.made import MEMBERSHIP_CHANGES, MEMBERSHIPS, MEMBERSHIPS_KEY

_ESCAPED = re.compile(r"[^a-z0-9_\u4e00-\u9fff]")
_WRITTEN = re.compile(r"%([0-9a-f]{6})")

_BITS = 60
"""Segments of one word: 64-bit numbers of either sign hold so many bits in every engine."""

NOBODY = Query(
    exp.select(*[exp.alias_(exp.cast(exp.null(), c.type.sql), c.name, quoted=True) for c in MEMBERSHIPS.columns]).where(
        exp.false()
    )
)
"""No row of contract ``tables.MEMBERSHIPS``."""


@dataclass(frozen=True)
class Place:
    """A segment of a segmentation."""

    segmentation: str
    segment: str

    @property
    def column(self) -> str:
        """Name of its column; no two differ in case alone."""
        escaped = _ESCAPED.sub(lambda found: f"%{ord(found[0]):06x}", self.segment)
        return f"{self.segmentation}.{escaped}"

    @classmethod
    def of(cls, name: str) -> Place | None:
        """Return the place that a column holds, None for a column that holds none."""
        segmentation, dot, segment = name.partition(".")
        if not dot:
            return None
        return cls(segmentation, _WRITTEN.sub(lambda found: chr(int(found[1], 16)), segment))


def places_of(segmentations: Iterable[Segmentation]) -> tuple[Place, ...]:
    """Return the places of segmentations in their order, the rest of each among them."""
    out: dict[Place, None] = {}
    for s in segmentations:
        ids = [segment.id for segment in s.segments]
        out |= {Place(s.id, id): None for id in (*ids, *([s.rest] if s.rest is not None else []))}
    return tuple(out)


def places_in(columns: Iterable[str]) -> tuple[Place, ...]:
    """Return the places that columns of a table hold, in order."""
    found = (Place.of(name) for name in columns)
    return tuple(place for place in found if place is not None)


def is_packed(columns: Sequence[str]) -> bool:
    """Say whether a table with these columns holds memberships in this form, not one row per membership."""
    return "segmentation" not in columns


def packed_contract(places: Sequence[Place]) -> Contract:
    """Return the contract of memberships with a column for each place."""
    kept = tuple(Column(p.column, ColumnType.BOOLEAN, Label.same(p.column)) for p in places)
    base = MEMBERSHIPS_KEY
    return Contract(name=base.name, label=base.label, grain=base.grain, key=base.key, columns=base.columns + kept)


def packed(
    traits: Relation,
    segmentations: Sequence[Segmentation],
    *,
    types: Mapping[str, TraitType],
    by_hand: Mapping[str, Relation | None],
    rules: Mapping[str, Mapping[str, Rule]] | None = None,
) -> Query:
    """Assign every profile to its segment in each of several segmentations, in one scan of `traits`.

    Parameters
    ----------
    traits
        One row per profile with everything the segmentations ask: contract ``tables.TRAITS_KEY`` and more.
    types
        Kind of each trait by id.
    by_hand
        By segmentation, one row per (profile_id, segment) that people gave; see :func:`assignment`.
    rules
        Checked rules by segmentation and segment where they were read before (``assign.rules_of``).

    Returns
    -------
    Query
        One row per profile: `profile_id` and the columns of :func:`places_of`, never NULL. Who is where follows the
        rules of :func:`assignment`.

    Raises
    ------
    RuleError
        When a rule of a segmentation does not fit `types`.
    UnknownNameError
        When a model uses a trait that is not in `types`.
    """
    ruled = [s for s in segmentations if s.model is None]
    fitted = [s for s in segmentations if s.model is not None]
    # one model alone needs no scan beside its own
    base = _place_of(traits, fitted[0], types) if fitted and not ruled else None
    source = exp.select(column("profile_id", "t"), copy=False)
    source = source.from_(traits.table("t") if base is None else base.tree.subquery("t"), copy=False)
    found: dict[Place, exp.Expr] = {}
    for i, s in enumerate(segmentations):
        own = places_of([s])
        position = {p.segment: j for j, p in enumerate(own)}
        computed: exp.Expr
        if s.model is None:
            read = rules_of(s, types) if rules is None else rules[s.id]
            if len(own) == len(read) == 1 and s.rest is None:
                found[own[0]] = next(iter(read.values())).predicate("t")
                continue
            cases = exp.Case()
            for id, rule in read.items():
                cases.append("ifs", exp.If(this=rule.predicate("t"), true=literal(position[id])))
            rest = literal(position[s.rest]) if s.rest is not None else exp.null()
            cases.set("default", rest.copy())
            computed = cases if read else rest
        elif base is not None and s is fitted[0]:
            computed = column("given", "t")
        else:
            source = _joined(source, _place_of(traits, s, types), f"m{i}")
            computed = column("given", f"m{i}")
        given = by_hand.get(s.id)
        hand = first_by_hand(given, s) if given is not None else None
        if hand is not None:
            source = _joined(source, hand, f"h{i}")
            computed = exp.Coalesce(this=_position(column("segment", f"h{i}"), position), expressions=[computed])
        # nowhere is a place of its own, so that none of the columns must look for unknowns again
        place_or_nowhere = exp.Coalesce(this=exp.cast(computed, "INTEGER", copy=False), expressions=[literal(-1)])
        source.select(exp.alias_(place_or_nowhere, f"n{i}", copy=False), copy=False)
        for place, j in zip(own, position.values(), strict=True):
            found[place] = exp.EQ(this=column(f"n{i}", "c"), expression=literal(j))
    return _outer(source, found)


def _outer(source: exp.Select, found: Mapping[Place, exp.Expr]) -> Query:
    """Select the columns of places; those that are conditions over traits are computed in `source` itself."""
    tree = exp.select(column("profile_id", "c"), copy=False)
    for n, (place, condition) in enumerate(found.items()):
        kept = condition
        if not any(node.table == "c" for node in condition.find_all(exp.Column)):
            source.select(exp.alias_(condition, f"p{n}", copy=False), copy=False)
            kept = column(f"p{n}", "c")
        tree.select(exp.alias_(kept, place.column, quoted=True, copy=False), copy=False)
    return Query(tree.from_(source.subquery("c", copy=False), copy=False))


def _joined(tree: exp.Select, other: Query, alias: str) -> exp.Select:
    on = exp.EQ(this=column("profile_id", alias), expression=column("profile_id", "t"))
    return tree.join(other.tree.subquery(alias, copy=False), on=on, join_type="left", copy=False)


def _place_of(traits: Relation, fitted: Segmentation, types: Mapping[str, TraitType]) -> Query:
    """Return one row per profile: `profile_id` and `given`, the place of its segment, NULL for none."""
    return given_by_model(traits, fitted, types, [literal(i) for i in range(len(fitted.segments))])


def _position(segment: exp.Expr, position: Mapping[str, int]) -> exp.Expr:
    case = exp.Case()
    for id, j in position.items():
        case.append("ifs", exp.If(this=exp.EQ(this=segment.copy(), expression=literal(id)), true=literal(j)))
    return case


def _yes(condition: exp.Expr) -> exp.Expr:
    """Turn what is not known to hold into no."""
    return exp.Coalesce(this=condition, expressions=[exp.false()])


def assembled(
    profiles: Relation, parts: Sequence[tuple[Relation, Sequence[Place]]], places: Sequence[Place], as_of: date
) -> Query:
    """Put the columns of several tables together.

    Parameters
    ----------
    profiles
        One row per profile.
    parts
        Tables with one row per profile and the places that are taken from each.
    places
        All places in the order wanted.

    Returns
    -------
    Query
        One row per profile: :func:`packed_contract` of `places`. Who is in none of the tables is nowhere.
    """
    day = exp.alias_(literal(as_of), "as_of", quoted=True)
    if len(parts) == 1:
        part, _ = parts[0]
        chosen = [column(p.column, "x0") for p in places]
        tree = exp.select(column("profile_id", "x0"), day, *chosen, copy=False).from_(part.table("x0"), copy=False)
        return Query(tree)
    tree = exp.select(column("profile_id", "t"), day, copy=False).from_(profiles.table("t"), copy=False)
    of = {place: f"x{i}" for i, (_, own) in enumerate(parts) for place in own}
    for i, (part, _) in enumerate(parts):
        on = exp.EQ(this=column("profile_id", f"x{i}"), expression=column("profile_id", "t"))
        tree = tree.join(part.table(f"x{i}"), on=on, join_type="left", copy=False)
    for place in places:
        tree.select(exp.alias_(_yes(column(place.column, of[place])), place.column, quoted=True), copy=False)
    return Query(tree)


def packed_rows(rows: Relation, places: Sequence[Place]) -> Query:
    """Pack memberships that stand one per row (contract ``tables.MEMBERSHIPS``): `profile_id` and the places."""
    tree = exp.select(column("profile_id", "r"), copy=False).from_(rows.table("r"), copy=False)
    for p in places:
        here = exp.and_(
            exp.EQ(this=column("segmentation", "r"), expression=literal(p.segmentation)),
            exp.EQ(this=column("segment", "r"), expression=literal(p.segment)),
        )
        one = exp.Case().when(here, exp.Literal.number(1)).else_(exp.Literal.number(0))
        inside = exp.EQ(this=exp.Max(this=one), expression=exp.Literal.number(1))
        tree.select(exp.alias_(inside, p.column, quoted=True), copy=False)
    return Query(tree.group_by(column("profile_id", "r"), copy=False))


def unpacked(stored: Relation, segmentations: Sequence[str] | None = None) -> Query:
    """Return memberships one per row: contract ``tables.MEMBERSHIPS``.

    Parameters
    ----------
    stored
        Contract of :func:`packed_contract`.
    segmentations
        Those wanted; all that there are when None.
    """
    parts = [
        select(
            "SELECT CAST(:name AS VARCHAR) AS segmentation, m.profile_id, CAST(:segment AS VARCHAR) AS segment, m.as_of"
            " FROM stored__ AS m WHERE :member",
            stored=stored,
            name=name,
            segment=_segment(own, "m"),
            member=_any(own, "m"),
        ).tree
        for name, own in _grouped(places_in(stored.columns)).items()
        if segmentations is None or name in segmentations
    ]
    return union_all(parts) if parts else NOBODY


def counted(stored: Relation) -> Query:
    """Count the members of every place: one row with one BIGINT for each, called `n0`, `n1`, … in order."""
    tree = exp.select(exp.alias_(exp.Count(this=exp.Star()), "profiles"), copy=False)
    for i, place in enumerate(places_in(stored.columns)):
        one = exp.Case().when(column(place.column, "m"), exp.Literal.number(1)).else_(exp.Literal.number(0))
        total = exp.Coalesce(this=exp.Sum(this=one), expressions=[exp.Literal.number(0)])
        tree.select(exp.alias_(exp.cast(total, "BIGINT"), f"n{i}"), copy=False)
    return Query(tree.from_(stored.table("m"), copy=False))


def either(previous: Relation, current: Relation) -> tuple[Place, ...]:
    """Return the places of two tables of memberships, each once."""
    return tuple(dict.fromkeys((*places_in(previous.columns), *places_in(current.columns))))


def differing(previous: Relation, current: Relation) -> Query:
    """Put profiles of which anything differs beside each other.

    Parameters
    ----------
    previous, current
        Contracts of :func:`packed_contract`; their places need not be the same.

    Returns
    -------
    Query
        One row per profile of either that is not in the same places: `profile_id`, and as BIGINT words `b0`, `b1`, …
        where it was and `a0`, `a1`, … where it is: bit j of word w stands for place 60 w + j of :func:`either`.
    """
    places = either(previous, current)
    n = -(-len(places) // _BITS)
    ids = exp.Coalesce(this=column("profile_id", "p"), expressions=[column("profile_id", "c")])
    tree = exp.select(exp.alias_(ids, "profile_id"), copy=False)
    differs = []
    for w in range(n):
        was, now = (_zero(column(f"w{w}", side)) for side in ("p", "c"))
        tree.select(exp.alias_(was, f"b{w}"), exp.alias_(now, f"a{w}"), copy=False)
        differs.append(exp.NEQ(this=was.copy(), expression=now.copy()))
    sides = [_words(table, places).subquery(alias, copy=False) for table, alias in ((previous, "p"), (current, "c"))]
    on = exp.EQ(this=column("profile_id", "c"), expression=column("profile_id", "p"))
    tree = tree.from_(sides[0], copy=False).join(sides[1], on=on, join_type="full outer", copy=False)
    return Query(tree.where(_either(differs), copy=False))


def _words(table: Relation, places: Sequence[Place]) -> exp.Select:
    """Put the places of a row into words of :data:`_BITS` bits."""
    here = set(places_in(table.columns))
    tree = exp.select(column("profile_id", "m"), copy=False)
    for start in range(0, len(places), _BITS):
        bits: list[exp.Expr] = []
        for j, place in enumerate(places[start : start + _BITS]):
            if place in here:
                cases = exp.Case(default=exp.Literal.number(0))
                cases.append("ifs", exp.If(this=column(place.column, "m"), true=exp.Literal.number(1 << j)))
                bits.append(cases)
        word = reduce(lambda a, b: exp.Add(this=a, expression=b), bits) if bits else exp.Literal.number(0)
        tree.select(exp.alias_(exp.cast(word, "BIGINT", copy=False), f"w{start // _BITS}"), copy=False)
    return tree.from_(table.table("m"), copy=False)


def packed_changes(pairs: Relation, places: Sequence[Place], *, run: int, as_of: date) -> Query:
    """List who entered, left or moved.

    Parameters
    ----------
    pairs, places
        Rows of :func:`differing` and the places that their bits stand for.
    run, as_of
        Number of the run and date, written with every row.

    Returns
    -------
    Query
        As of :func:`qunxiang.segmentation.changes.changes`.
    """
    bits: dict[str, dict[str, tuple[int, int]]] = {}
    for i, place in enumerate(places):
        bits.setdefault(place.segmentation, {})[place.segment] = (i // _BITS, 1 << i % _BITS)
    parts = []
    for name, own in bits.items():
        masks: dict[int, int] = {}
        for word, bit in own.values():
            masks[word] = masks.get(word, 0) | bit
        differs = [exp.NEQ(this=_masked("b", w, mask), expression=_masked("a", w, mask)) for w, mask in masks.items()]
        known = {
            "run": exp.cast(literal(run), "BIGINT"),
            "as_of": literal(as_of),
            "segmentation": literal(name),
            "profile_id": column("profile_id", "x"),
            "from_segment": _segment_of("b", own),
            "to_segment": _segment_of("a", own),
        }
        chosen = [exp.alias_(value, id, copy=False) for id, value in known.items()]
        tree = exp.select(*chosen, copy=False).from_(pairs.table("x"), copy=False)
        parts.append(tree.where(_either(differs), copy=False))
    nothing = exp.select(
        *[exp.alias_(exp.cast(exp.null(), c.type.sql), c.name, quoted=True) for c in MEMBERSHIP_CHANGES.columns]
    ).where(exp.false())
    return cast_to_contract(union_all(parts or [nothing]), MEMBERSHIP_CHANGES)


def _masked(side: str, word: int, mask: int) -> exp.Expr:
    """Return those bits of a word that a mask leaves."""
    return exp.paren(exp.BitwiseAnd(this=column(f"{side}{word}", "x"), expression=exp.Literal.number(mask)), copy=False)


def _segment_of(side: str, own: Mapping[str, tuple[int, int]]) -> exp.Expr:
    """Name the segment whose bit is set, NULL when none is."""
    cases = exp.Case()
    for id, (word, bit) in own.items():
        inside = exp.NEQ(this=_masked(side, word, bit), expression=exp.Literal.number(0))
        cases.append("ifs", exp.If(this=inside, true=literal(id)))
    return cases


def _zero(word: exp.Expr) -> exp.Expr:
    return exp.Coalesce(this=word, expressions=[exp.Literal.number(0)])


def _grouped(places: Sequence[Place]) -> dict[str, list[Place]]:
    """Return places by segmentation."""
    out: dict[str, list[Place]] = {}
    for place in places:
        out.setdefault(place.segmentation, []).append(place)
    return out


def _segment(own: Sequence[Place], table: str) -> exp.Expr:
    """Name the segment of one segmentation that a row is in."""
    cases = exp.Case()
    for place in own:
        cases.append("ifs", exp.If(this=column(place.column, table), true=literal(place.segment)))
    return cases


def _any(own: Sequence[Place], table: str) -> exp.Expr:
    return _either([column(place.column, table) for place in own])


def _either(conditions: Sequence[exp.Expr]) -> exp.Expr:
    if not conditions:
        return exp.false()
    return reduce(lambda a, b: exp.Or(this=a, expression=b), conditions)
