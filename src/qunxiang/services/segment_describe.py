"""What each segment of a segmentation is like, and what marks it."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray
from sqlglot import exp

from qunxiang.errors import NothingYetError, SettingError
from qunxiang.i18n import Label, Message
from qunxiang.model import SCORES, Actor, Frozen, Segmentation, TraitDefinition, topic
from qunxiang.segmentation import Explanation, Marker, explain, halves_query, markers, order_values_query, totals_query
from qunxiang.segmentation import describe as described
from qunxiang.segmentation.describe import SegmentDescription
from qunxiang.services.access import EVERYONE, use_case
from qunxiang.services.definitions_read import InSnapshot, current_traits, segmentation_in, segmentation_named
from qunxiang.services.house import House
from qunxiang.services.reading import SnapshotReader, reading, remembered
from qunxiang.sql import Query, column, literal
from qunxiang.sql.moment import Moment
from qunxiang.statistics.intervals import Interval
from qunxiang.tables import MEMBERSHIPS, ORDER_FACTS, TRAITS_KEY

SAMPLE = 50_000
"""Profiles from which markers and short rules are found; with more, every profile with the lowest hashes."""

MARKERS_SHOWN = 12
Floats = NDArray[np.float64]


class MarkerView(Frozen):
    """One trait that sets a segment apart; means in the trait's unit, `effect` is Hedges' g or Cohen's h."""

    trait: str
    label: Label
    unit: Label
    kind: str
    mean: float
    rest_mean: float
    effect: float
    low: float
    high: float
    p_adjusted: float
    n: int
    coverage: float
    defining: bool


class RuleView(Frozen):
    """A short rule that reproduces a segment, in the rule language; `share` of the `n` it meets belong to it."""

    rule: str
    n: int
    share: float


class SegmentView(Frozen):
    """One segment of a description; `id` None stands for the profiles in no segment.

    Money is of the last 365 days in the workspace's currency. `growth` compares the last 182 days with the 182 before,
    with a 95 % interval, or is None with the reason in `growth_note`. `stability` is the mean share of the segment that
    comes back when the data are drawn again (fitted segmentations only).
    """

    id: str | None
    label: Label
    colour: int
    rule: str | None
    note: Label | None
    by_hand: bool
    profiles: int
    share: float | None
    buyers: int
    orders: int
    revenue: float
    revenue_share: float | None
    revenue_per_profile: float | None
    margin: float | None
    margin_share: float | None
    margin_known: int
    order_values: dict[str, float] | None
    growth: float | None
    growth_low: float | None
    growth_high: float | None
    growth_note: Message | None
    first_order: date | None
    last_order: date | None
    stability: dict[str, float] | None
    markers: tuple[MarkerView, ...]
    short_rules: tuple[RuleView, ...]
    precision: float | None
    recall: float | None


class SegmentationDescription(Frozen):
    """A segmentation described as of its snapshot. `fidelity` is how often short rules name the segment rightly.

    `segmentation` and `version` are those that the snapshot's members were assigned with. `changed_since` says that the
    definition was changed after that, so that the next refresh divides customers anew.
    """

    segmentation: Segmentation
    version: int
    as_of: date
    run: int
    profiles: int
    revenue: float
    segments: tuple[SegmentView, ...]
    fidelity: float | None
    baseline: float | None
    n_explained: int
    changed_since: bool = False


@use_case("segment.describe", roles=EVERYONE)
def describe(house: House, actor: Actor, name: str) -> SegmentationDescription:
    """Describe every segment: size, revenue, margin proxy, order values, growth, what marks it off.

    Raises
    ------
    UnknownNameError
        When there is no such segmentation.
    NothingYetError
        Before it has members in a snapshot.
    """
    return description(house, name)


def description(house: House, name: str) -> SegmentationDescription:
    """Return the description; other use cases read it too."""
    segmentation_named(house, name)
    with reading(house) as reader:
        reader.relation(TRAITS_KEY.name)
        reader.stored_members()
        tables = reader.snapshot.tables
        rests_on = (TRAITS_KEY.name, MEMBERSHIPS.name, ORDER_FACTS.name)
        assigned = segmentation_in(house, reader.snapshot, name)
        key = ("describe", name, assigned.version, assigned.changed_since, *(tables.get(t) for t in rests_on))
        return remembered(house, key, lambda: _describe(house, reader, assigned))


def _describe(house: House, reader: SnapshotReader, assigned: InSnapshot) -> SegmentationDescription:
    segmentation = assigned.segmentation
    as_of = reader.snapshot.as_of
    if as_of is None or not reader.has(ORDER_FACTS.name):
        raise NothingYetError("error.nothing.orders")
    moment = Moment(as_of, house.settings.time_zone)
    inputs = (
        reader.members(segmentation.id),
        reader.relation(TRAITS_KEY.name),
        reader.relation(ORDER_FACTS.name),
        segmentation.id,
        moment,
    )
    found = described(
        segmentation,
        reader.fetch(totals_query(*inputs)).to_pylist(),
        reader.fetch(order_values_query(*inputs)).to_pylist(),
        reader.fetch(halves_query(*inputs)),
        moment,
    )
    marked = _marked(house, reader, segmentation)
    views = tuple(_view(segmentation, one, i, marked) for i, one in enumerate(found))
    return SegmentationDescription(
        segmentation=segmentation,
        version=assigned.version,
        as_of=as_of,
        run=reader.snapshot.run,
        profiles=sum(v.profiles for v in views),
        revenue=sum(v.revenue for v in views),
        segments=views,
        fidelity=marked.explanation.fidelity if marked.explanation else None,
        baseline=marked.explanation.baseline if marked.explanation else None,
        n_explained=marked.explanation.n_rows if marked.explanation else 0,
        changed_since=assigned.changed_since,
    )


@dataclass(frozen=True)
class _Marked:
    """Markers and short rules by position of the segment; the position after the last is "in none"."""

    found: tuple[Marker, ...]
    explanation: Explanation | None
    traits: dict[str, TraitDefinition]
    defining: set[str]


def _marked(house: House, reader: SnapshotReader, segmentation: Segmentation) -> _Marked:
    traits = {t.id: t for t in current_traits(house).traits if t.is_numeric and not t.sensitive and t.id not in SCORES}
    names = sorted(traits)
    values, labels = _matrix(reader, segmentation, names)
    defining = defining_traits(segmentation, names)
    if len(np.unique(labels)) < 2:
        return _Marked((), None, traits, defining)
    found = markers(values, labels, names)
    # short rules speak of traits that are known for nearly everybody, so that no row falls out
    known = [j for j in range(len(names)) if np.isnan(values[:, j]).mean() <= 0.02]
    try:
        explanation = explain(values[:, known], labels, 3, names=[names[j] for j in known])
    except SettingError:
        explanation = None
    return _Marked(found, explanation, traits, defining)


def defining_traits(segmentation: Segmentation, names: Sequence[str]) -> set[str]:
    """Return the traits that rules or the model of a segmentation use."""
    if segmentation.model is not None:
        return set(segmentation.model.traits)
    text = " ".join(s.rule or "" for s in segmentation.segments)
    words = set(text.replace("(", " ").replace(")", " ").replace('"', " ").replace(",", " ").split())
    return {n for n in names if n in words}


def sampled(reader: SnapshotReader, segmentation: Segmentation, projections: Sequence[exp.Expr], most: int) -> pa.Table:
    """Read a sample of profiles: `segment` (unknown for none) and expressions over the traits ``t``.

    The rows are those first in the order of hashed ids, so that the same profiles are read each time.
    """
    members = (
        exp.select("profile_id", "segment")
        .from_(reader.members(segmentation.id).table())
        .where(exp.EQ(this=column("segmentation"), expression=literal(segmentation.id)))
    )
    tree = (
        exp.select(column("segment", "m"), *projections)
        .from_(reader.relation(TRAITS_KEY.name).table("t"))
        .join(members.subquery("m"), on="t.profile_id = m.profile_id", join_type="left")
        .order_by(exp.func("MD5", column("profile_id", "t")), column("profile_id", "t"))
        .limit(most)
    )
    return reader.fetch(Query(tree))


def floats(frame: pa.Table, name: str) -> Floats:
    """Return a column of numbers, unknown ones as NaN."""
    return np.asarray(frame[name].combine_chunks().fill_null(math.nan), dtype=np.float64)


def _matrix(
    reader: SnapshotReader, segmentation: Segmentation, names: Sequence[str]
) -> tuple[Floats, NDArray[np.int64]]:
    """Traits, shape (n_profiles, n_traits), and the position of each profile's segment."""
    projections = [exp.alias_(exp.cast(column(n, "t"), "double"), n, quoted=True) for n in names]
    frame = sampled(reader, segmentation, projections, SAMPLE)
    place = {s.id: i for i, s in enumerate(segmentation.segments)}
    labels = np.array([place.get(s, len(place)) for s in frame["segment"].to_pylist()], dtype=np.int64)
    return np.column_stack([floats(frame, n) for n in names]), labels


def _view(segmentation: Segmentation, found: SegmentDescription, place: int, marked: _Marked) -> SegmentView:
    segment = segmentation.segment(found.segment) if found.segment is not None else None
    growth = found.growth
    stabilities = segmentation.evidence.get("segment_stability", [])
    values = found.order_values
    explanation = marked.explanation
    return SegmentView(
        id=found.segment,
        label=found.label or Label("不在任何细分中", "In no segment"),
        colour=segment.colour if segment is not None else -1,
        rule=segment.rule if segment is not None else None,
        note=segment.note if segment is not None else None,
        by_hand=segment.by_hand if segment is not None else False,
        revenue=float(found.revenue),
        revenue_per_profile=float(found.revenue) / found.profiles if found.profiles else None,
        margin=float(found.margin) if found.margin is not None else None,
        order_values={k: getattr(values, k) for k in ("n", "p5", "q1", "median", "q3", "p95")} if values else None,
        growth=growth.estimate if isinstance(growth, Interval) else None,
        growth_low=growth.low if isinstance(growth, Interval) else None,
        growth_high=growth.high if isinstance(growth, Interval) else None,
        growth_note=None if isinstance(growth, Interval) else growth,
        stability=stabilities[place] if place < len(stabilities) else None,
        markers=_marker_views(place, marked),
        short_rules=_rule_views(place, explanation),
        precision=_known(explanation.precision.get(place)) if explanation else None,
        recall=_known(explanation.recall.get(place)) if explanation else None,
        **{
            k: getattr(found, k)
            for k in (
                "profiles",
                "share",
                "buyers",
                "orders",
                "revenue_share",
                "margin_share",
                "margin_known",
                "first_order",
                "last_order",
            )
        },
    )


def _marker_views(place: int, marked: _Marked) -> tuple[MarkerView, ...]:
    out: list[MarkerView] = []
    heard: set[str] = set()  # traits of one topic measure nearly the same; the strongest stands for them
    for marker in marked.found:
        if marker.segment != place or not isinstance(marker.effect, Interval) or topic(marker.name) in heard:
            continue
        if len(out) == MARKERS_SHOWN:
            break
        heard.add(topic(marker.name))
        trait = marked.traits[marker.name]
        out.append(
            MarkerView(
                trait=trait.id,
                label=trait.label,
                unit=trait.unit,
                kind=trait.kind,
                mean=marker.mean,
                rest_mean=marker.rest_mean,
                effect=marker.effect.estimate,
                low=marker.effect.low,
                high=marker.effect.high,
                p_adjusted=marker.p_value,
                n=marker.n,
                coverage=marker.coverage,
                defining=trait.id in marked.defining,
            )
        )
    return tuple(out)


def _rule_views(place: int, explanation: Explanation | None) -> tuple[RuleView, ...]:
    rules = explanation.rules.get(place, ()) if explanation is not None else ()
    return tuple(RuleView(rule=str(r), n=r.n, share=r.share) for r in rules[:3])


def _known(value: float | None) -> float | None:
    return None if value is None or math.isnan(value) else value
