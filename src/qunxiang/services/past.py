"""Traits and memberships of past dates, computed from what is loaded and defined now."""

from __future__ import annotations

from calendar import monthrange
from collections.abc import Iterator, Mapping
from datetime import date, timedelta
from typing import Any, Literal
from zoneinfo import ZoneInfo

from qunxiang.errors import NothingYetError, QunxiangError, SettingError
from qunxiang.i18n import Message
from qunxiang.model import Actor, Frozen, NewDefinition, Segmentation
from qunxiang.ports.state import NewSnapshot
from qunxiang.segmentation.assign import assignment
from qunxiang.segmentation.resting import rests_on
from qunxiang.services.access import MAKERS, use_case
from qunxiang.services.definitions_read import PAST_TRAITS
from qunxiang.services.hashing import bodies_of, defining_documents, next_version
from qunxiang.services.holding import Held, holding
from qunxiang.services.house import House, Progress, silent
from qunxiang.services.memberships import write_members
from qunxiang.services.points import PAST
from qunxiang.services.reading import reading
from qunxiang.services.refresh import compute_traits
from qunxiang.services.rule_values import RuleValues
from qunxiang.services.rule_world import rule_segments, rule_tables
from qunxiang.services.value_traits import fit_in
from qunxiang.sql import Relation
from qunxiang.sql.moment import Moment
from qunxiang.sql.rule_types import TraitTypes, trait_types
from qunxiang.tables import MEMBERSHIPS

Every = Literal["week", "month", "quarter"]
MOST_DATES = 120


class Lacking(Frozen):
    """A segmentation that could not be computed for a past date, and why."""

    as_of: date
    segmentation: str
    why: Message


class PastReport(Frozen):
    """What was computed of the past: the dates, customers known at each, and what had to be left out."""

    run: int
    dates: tuple[date, ...]
    profiles: tuple[int, ...]
    lacking: tuple[Lacking, ...]
    seconds: float


@use_case("refresh_past", roles=MAKERS, touches="change")
def refresh_past(
    house: House,
    actor: Actor,
    *,
    first: date,
    last: date | None = None,
    every: Every = "month",
    progress: Progress = silent,
) -> PastReport:
    """Compute who would have belonged where at past dates, by the data loaded and the definitions in force now.

    The present stays as it is: each date is published beside it, so that migration, history and drift can be read
    between any two of them. What was loaded since about the time before counts as well. A date computed before is
    computed anew.

    Parameters
    ----------
    first, last
        The ends of all weeks (Sundays), months or quarters from `first` to `last`; `last` is today when None.

    Raises
    ------
    SettingError
        When no period ends between the dates, or more than 120 do.
    NothingYetError
        Before the first refresh, or when no customer was known at a date.
    ConflictError
        When a refresh is running.
    """
    started = house.clock.now()
    today = started.astimezone(ZoneInfo(house.settings.time_zone)).date()
    until = min(last or today, today)
    days = list(period_ends(first, until, every))
    if not days:
        raise SettingError("error.past.no_dates", first=first, last=until, every=Message(f"past.every.{every}"))
    if len(days) > MOST_DATES:
        raise SettingError("error.past.many", n=len(days), most=MOST_DATES)
    head = house.head()
    if head is None or head.as_of is None:
        raise NothingYetError("error.nothing.traits")
    counts: list[int] = []
    lacking: list[Lacking] = []
    run = head.run
    with holding(house, "refresh", actor) as held:
        defining = defining_documents(house)  # read once, so that all dates follow the same
        for i, day in enumerate(days):
            progress(i / len(days), Message("progress.past", {"as_of": day, "n": i + 1, "of": len(days)}))
            run, profiles, without = _one(house, actor, held, day, defining)
            counts.append(profiles)
            lacking += without
    seconds = (house.clock.now() - started).total_seconds()
    return PastReport(run=run, dates=tuple(days), profiles=tuple(counts), lacking=tuple(lacking), seconds=seconds)


def period_ends(first: date, last: date, every: Every) -> Iterator[date]:
    """Give the last day of every week (Sunday), month or quarter from `first` to `last`, oldest first."""
    day = first
    while day <= last:
        if every == "week":
            end = day + timedelta(6 - day.weekday())
        else:
            month = day.month if every == "month" else (day.month + 2) // 3 * 3
            end = date(day.year, month, monthrange(day.year, month)[1])
        if end <= last:
            yield end
        day = end + timedelta(1)


def _one(
    house: House, actor: Actor, held: Held, day: date, defining: Mapping[str, tuple[int, Any]]
) -> tuple[int, int, list[Lacking]]:
    """Compute and publish one date; return run, profiles and what was left out."""
    with reading(house) as reader:
        made = compute_traits(house, reader, day, bodies_of("trait", defining), fit_in(bodies_of("value", defining)))
        if made.written.rows == 0:
            raise NothingYetError("error.nothing.before", as_of=day)
        reader.session.bind("past_traits", made.written)
        traits = Relation("past_traits", made.written.columns)
        types = trait_types(made.traits, rule_tables(house, reader.snapshot), rule_segments(house))
        wanted, lacking = _assignable(traits, bodies_of("segmentation", defining), types, day)
        hand = {name: body["members"] for name, body in bodies_of("by_hand", defining).items()}
        values = RuleValues(house, reader, Moment(day, house.settings.time_zone), made.tables)
        version = write_members(house, reader.session, traits, wanted, as_of=day, types=types, values=values, hand=hand)
    listed = NewDefinition(kind="trait_set", id="past", body=made.traits.model_dump(mode="json"))
    without = {f"segmentation/{x.segmentation}" for x in lacking}
    computed_with = {name: v for name, (v, _) in defining.items() if name not in without}
    computed_with[PAST_TRAITS] = next_version(listed, house.state.definition("trait_set", "past"))
    told: dict[str, Any] = {
        "as_of": day.isoformat(),
        "tables": {**made.versions, MEMBERSHIPS.name: version},
        "definitions": computed_with,
    }
    held.check()
    snapshot = house.state.publish(
        NewSnapshot(kind="past", tables={}, facts={PAST: told, "profiles": made.written.rows}),
        actor=actor,
        at=house.clock.now(),
        definitions=[listed],
        leases=(held.lease,),
    )
    return snapshot.run, made.written.rows, lacking


def _assignable(
    traits: Relation, bodies: Mapping[str, Any], types: TraitTypes, day: date
) -> tuple[list[Segmentation], list[Lacking]]:
    """Tell the segmentations that the traits of the day allow from those that need what it does not have."""
    wanted: dict[str, Segmentation] = {}
    lacking: list[Lacking] = []
    for body in bodies.values():
        segmentation = Segmentation.model_validate(body)
        try:
            assignment(traits, segmentation, day, types=types)
        except QunxiangError as error:
            lacking.append(Lacking(as_of=day, segmentation=segmentation.id, why=error.message))
        else:
            wanted[segmentation.id] = segmentation
    below_of = {name: rests_on(s, types) for name, s in wanted.items()}
    while resting := next((s for s in wanted.values() if not set(below_of[s.id]) <= set(wanted)), None):
        below = next(name for name in below_of[resting.id] if name not in wanted)
        lacking.append(Lacking(as_of=day, segmentation=resting.id, why=Message("error.past.rests", {"name": below})))
        del wanted[resting.id]
    return list(wanted.values()), lacking
