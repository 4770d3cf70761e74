"""Strength by segment (竞争优势): what named people judge, and beside it the win rates that deals show."""

from __future__ import annotations

from collections.abc import Mapping

from qunxiang.errors import NothingYetError, SettingError
from qunxiang.i18n import Label
from qunxiang.model import Actor, Definition, Frozen, NewDefinition
from qunxiang.positioning.competitors import OWN, SCALE, Competitor, StrengthCell, StrengthJudgement, judged
from qunxiang.positioning.deals import tallies
from qunxiang.positioning.win_loss import GroupTally, WinGroup, added, compare
from qunxiang.services.access import EVERYONE, MAKERS, use_case
from qunxiang.services.changing import change
from qunxiang.services.competitor_wins import Tally, competitor_names, deals_of, grouped
from qunxiang.services.competitors import competitor_named, register_of
from qunxiang.services.definitions_read import segmentation_named
from qunxiang.services.house import House
from qunxiang.services.segment_define import unknown_segment
from qunxiang.sql import Relation

KIND = "competitor_strength"
"""Kind of the documents that hold judgements of strength, one per segmentation."""


class SegmentName(Frozen):
    """A segment of the segmentation that strengths are seen by."""

    id: str
    label: Label
    colour: int


class StrengthRow(Frozen):
    """One competitor, or the own company, by segment.

    `judged` is what people say, 0 to 10. `measured` is what deals show and stands beside it, never in it: for the own
    company the win rate in the segment, for a competitor the win rate of the own company in deals against it, so that
    a low rate speaks for the competitor. A segment without deals has no entry.
    """

    competitor: Competitor
    own: bool
    judged: dict[str, StrengthCell]
    measured: dict[str, WinGroup]


class StrengthView(Frozen):
    """Strength of every competitor by segment; `no_deals` says that nothing could be measured."""

    segmentation: str
    label: Label
    segments: tuple[SegmentName, ...]
    rows: tuple[StrengthRow, ...]
    judgements: tuple[StrengthJudgement, ...]
    no_deals: bool


@use_case("competitor.judge", roles=MAKERS, touches="change")
def judge(
    house: House, actor: Actor, name: str, *, segmentation: str, segment: str, value: float, why: str
) -> StrengthJudgement:
    """Enter how strong the actor judges a competitor (or ``own``) in a segment, 0 (weakest) to 10 (strongest).

    A later judgement of the same person replaces the earlier; those of other people stay beside it.

    Raises
    ------
    UnknownNameError
        When there is no such competitor, segmentation or segment.
    SettingError
        When the value is outside 0 to 10 or no reason is given.
    """
    competitor_named(house, name)
    scheme = segmentation_named(house, segmentation)
    if scheme.segment(segment) is None:
        raise unknown_segment(scheme, segment)
    if not 0 <= value <= SCALE:
        raise SettingError("error.competitor.judgement_range", value=value)
    if not why.strip():
        raise SettingError("error.competitor.why_missing")
    made = StrengthJudgement(
        competitor=name, segment=segment, value=value, by=actor.name, at=house.clock.now(), why=why.strip()
    )
    mine = (name, segment, actor.name)

    def with_mine(old: Definition | None) -> NewDefinition:
        kept = [j for j in judgements_in(old) if (j.competitor, j.segment, j.by) != mine]
        body = {"judgements": [j.model_dump(mode="json") for j in (*kept, made)]}
        return NewDefinition(kind=KIND, id=segmentation, body=body, why=why)

    change(house, actor, KIND, segmentation, with_mine)
    return made


@use_case("competitor.strength", roles=EVERYONE)
def strength(house: House, actor: Actor, segmentation: str) -> StrengthView:
    """Show the strength of every competitor and of the own company by segment, judged and measured apart.

    Raises
    ------
    UnknownNameError
        When there is no such segmentation.
    """
    scheme = segmentation_named(house, segmentation)
    register = register_of(house)
    said = judgements_in(house.state.definition(KIND, segmentation))
    try:
        measured = _measured(house, segmentation, register)
    except NothingYetError:  # no deals, or nobody in a segment yet
        measured = None
    rows = tuple(
        StrengthRow(
            competitor=c,
            own=c.id == OWN,
            judged={s.id: judged(said, c.id, s.id) for s in scheme.segments},
            measured={
                s.id: found for s in scheme.segments if (found := (measured or {}).get((c.id, s.id))) is not None
            },
        )
        for c in register
    )
    ids = {c.id for c in register}
    return StrengthView(
        segmentation=segmentation,
        label=scheme.label,
        segments=tuple(SegmentName(id=s.id, label=s.label, colour=s.colour) for s in scheme.segments),
        rows=rows,
        judgements=tuple(sorted((j for j in said if j.competitor in ids), key=lambda j: j.at, reverse=True)),
        no_deals=not measured,
    )


def judgements_in(document: Definition | None) -> list[StrengthJudgement]:
    """Return the judgements that a document holds."""
    if document is None or document.archived:
        return []
    return [StrengthJudgement.model_validate(j) for j in document.body["judgements"]]


def _measured(house: House, segmentation: str, register: list[Competitor]) -> Mapping[tuple[str, str], WinGroup]:
    """Return win rates by competitor and segment: of all deals for the own company, of those against it for others."""
    with deals_of(house, segmentation) as (reader, _):
        rows = [
            r
            for r in reader.fetch(tallies(Relation("deals_read"), ("competitor", "segment"))).to_pylist()
            if r["segment"] is not None
        ]
    found: dict[tuple[str, str], WinGroup] = {}
    own: dict[str, list[Tally]] = {}
    for row in rows:
        own.setdefault(row["segment"], []).append(row)
    in_segments = [GroupTally(segment, Label.same(segment), added(parts)) for segment, parts in own.items()]
    for group in compare(in_segments, None).groups:
        found[OWN, group.key or ""] = group
    against: dict[tuple[str, str], GroupTally] = {}
    registered = {c.id for c in register if c.id != OWN}
    for segment in own:
        of_segment = [r for r in rows if r["segment"] == segment]
        for tally in grouped(of_segment, "competitor", competitor_names(register)):
            if tally.key in registered:
                against[tally.key, segment] = GroupTally(f"{tally.key}\x1f{segment}", tally.label, tally.sums)
    for group in compare(list(against.values()), None).groups:
        competitor, segment = (group.key or "").split("\x1f")
        found[competitor, segment] = group.model_copy(update={"key": segment})
    return found
