"""Laddering interviews: imported, counted as an implication matrix, mapped, and turned into a proposed ladder."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import TypeVar

from qunxiang.errors import SettingError, SourceError
from qunxiang.i18n import Label, Message
from qunxiang.model import Actor, Definition, Frozen, NewDefinition
from qunxiang.model.ladder import LADDER_LEVELS, MOST_RUNGS, Ladder, LadderingStudy, LadderItem, LadderLink
from qunxiang.model.naming import is_plain_name
from qunxiang.ports.source import Source
from qunxiang.positioning.implications import (
    COUNTINGS,
    LINKINGS,
    ConceptMeasure,
    Counting,
    CutoffRow,
    Implications,
    Linking,
    MapLink,
    concept_measures,
    cutoff_table,
    implication_matrix,
    proposed,
    recommended_cutoff,
    value_map,
)
from qunxiang.positioning.ladder import checked_ladder
from qunxiang.positioning.laddering import Refusal, RefusedLadder, read_laddering
from qunxiang.services.access import EVERYONE, MAKERS, use_case
from qunxiang.services.brand_grounds import unknown_study
from qunxiang.services.brand_ladder import LadderView, document_of, view_of
from qunxiang.services.brand_read import LADDER, STUDY, ladder_of, place_of, stored
from qunxiang.services.changing import change
from qunxiang.services.house import House
from qunxiang.services.survey_source import cells_of

SHOWN_REFUSED = 50
T = TypeVar("T", LadderItem, LadderLink)


class StudyEntry(Frozen):
    """A laddering study: how many respondents, ladders and concepts, and which groups of respondents it tells apart.

    `names` are the concepts, attributes first.
    """

    id: str
    label: Label
    file: str
    version: int
    respondents: int
    ladders: int
    concepts: int
    names: tuple[str, ...]
    groups: dict[str, int]
    author: str
    at: datetime
    why: str


class LadderingReport(Frozen):
    """What importing interviews came to.

    `refused` ladders are left out, by reason in `reasons`; the first of them stand in `examples`. `n_without` rows name
    no respondent.
    """

    study: StudyEntry
    accepted: int
    refused: int
    reasons: dict[Refusal, int]
    examples: tuple[RefusedLadder, ...]
    n_without: int


@dataclass(frozen=True)
class NamedLink:
    """A pair of concepts with its direct and indirect count."""

    lower: str
    upper: str
    direct: int
    indirect: int


@dataclass(frozen=True)
class LadderingView:
    """An implication matrix with its measures, cutoffs and map.

    `cells` are the pairs that anybody links. A link counts once per respondent or ladder, as `counting` says; measures,
    cutoffs and map rest on all links or the direct ones, as `linking` says. `recommended` is the largest cutoff that
    keeps two thirds of the links. `links` are drawn at `cutoff`, `implied` and `set_aside` are not;
    see :class:`qunxiang.positioning.implications.ValueMap`.
    """

    study: StudyEntry
    group: str | None
    counting: Counting
    linking: Linking
    n_respondents: int
    n_ladders: int
    concepts: tuple[ConceptMeasure, ...]
    cells: tuple[NamedLink, ...]
    cutoffs: tuple[CutoffRow, ...]
    recommended: int
    cutoff: int
    links: tuple[NamedLink, ...]
    implied: tuple[NamedLink, ...]
    set_aside: tuple[NamedLink, ...]


@use_case("brand.ladder.import", roles=MAKERS, touches="change")
def import_study(
    house: House,
    actor: Actor,
    name: str,
    source: Source,
    *,
    columns: Mapping[str, str] | None = None,
    label: Label | None = None,
    why: str = "",
) -> LadderingReport:
    """Import coded laddering interviews: one row per rung with respondent, ladder, position, concept and level.

    Respondents are numbered, their names are not kept. A ladder that cannot be used is left out with the reason.

    Parameters
    ----------
    name
        Name of the study; one of that name is replaced.
    columns
        Columns by what they hold, where their names do not say it.

    Raises
    ------
    SettingError
        When the name is not allowed.
    ContractError
        When a column is missing, a concept stands on two levels, or there are more than 300 concepts.
    SourceError
        When no ladder can be used, or there are more than 50,000 rungs.
    """
    if not is_plain_name(name):
        raise SettingError("error.ladder.study_name", name=name[:80])
    read = read_laddering(cells_of(source), columns)
    reasons = Counter(r.why for r in read.refused)
    if not read.rows:
        first = read.refused[0].why if read.refused else "incomplete"
        raise SourceError("error.ladder.nothing_usable", n=len(read.refused), why=Message(f"ladder.refused.{first}"))
    if len(read.rows) > MOST_RUNGS:
        raise SourceError("error.ladder.many_rungs", n=len(read.rows), most=MOST_RUNGS)
    implication_matrix(read.rows)  # says which concepts stand on two levels, or that they are too many
    title = label or Label.same(name)
    study = LadderingStudy(id=name, label=title, file=source.shape().name[:200], rows=read.rows)

    def made(_: Definition | None) -> NewDefinition:
        return NewDefinition(kind=STUDY, id=name, body=study.model_dump(mode="json"), why=why)

    document = change(house, actor, STUDY, name, made)
    entry = _entry(document)
    return LadderingReport(
        study=entry,
        accepted=entry.ladders,
        refused=len(read.refused),
        reasons=dict(reasons),
        examples=read.refused[:SHOWN_REFUSED],
        n_without=read.n_without,
    )


@use_case("brand.ladder.studies", roles=EVERYONE)
def studies(house: House, actor: Actor) -> list[StudyEntry]:
    """Return every laddering study."""
    return [_entry(d) for d in house.state.definitions(STUDY)]


@use_case("brand.ladder.matrix", roles=EVERYONE)
def matrix(
    house: House,
    actor: Actor,
    study: str,
    *,
    group: str | None = None,
    counting: str = "respondent",
    linking: str = "all",
    cutoff: int | None = None,
) -> LadderingView:
    """Return the implication matrix of a study with abstractness, centrality, prestige, cutoffs and the value map.

    Parameters
    ----------
    group
        Respondents of this group alone.
    counting
        ``respondent`` or ``ladder``: for which a link counts once.
    linking
        ``all`` or ``direct`` links for measures, cutoffs and map.
    cutoff
        Least links of a pair in the map; None takes the recommended one.

    Raises
    ------
    UnknownNameError
        When there is no such study.
    SettingError
        When `counting`, `linking` or `cutoff` is out of range.
    NothingYetError
        When the group has no ladder.
    """
    found, how = _counted(house, study, group, counting, linking)
    table = cutoff_table(found, how)
    recommended = recommended_cutoff(table)
    drawn = value_map(found, recommended if cutoff is None else cutoff, how)
    cells = tuple(
        NamedLink(found.concepts[i], found.concepts[j], int(found.direct[i, j]), int(found.indirect[i, j]))
        for i in range(len(found.concepts))
        for j in range(len(found.concepts))
        if found.direct[i, j] + found.indirect[i, j]
    )
    document = stored(house, STUDY, study)
    assert document is not None
    return LadderingView(
        study=_entry(document),
        group=group,
        counting=found.counting,
        linking=how,
        n_respondents=found.n_respondents,
        n_ladders=found.n_ladders,
        concepts=concept_measures(found, how),
        cells=cells,
        cutoffs=table,
        recommended=recommended,
        cutoff=drawn.cutoff,
        links=_named(found, drawn.links),
        implied=_named(found, drawn.implied),
        set_aside=_named(found, drawn.set_aside),
    )


@use_case("brand.ladder.propose", roles=MAKERS, touches="change")
def propose(
    house: House,
    actor: Actor,
    study: str,
    *,
    name: str | None = None,
    segment: str | None = None,
    group: str | None = None,
    counting: str = "respondent",
    linking: str = "all",
    cutoff: int | None = None,
    why: str = "",
) -> LadderView:
    """Add the concepts and links of a study's map to the ladder of a place, marked as proposed until confirmed.

    What stands on the ladder already is kept. Parameters are those of :func:`matrix`; `name` and `segment` say whose
    ladder it is, the whole market's without them.

    Raises
    ------
    UnknownNameError
        When there is no such study, segmentation or segment.
    SettingError
        When `counting`, `linking` or `cutoff` is out of range.
    NothingYetError
        When the group has no ladder.
    """
    place = place_of(house, name, segment)
    found, how = _counted(house, study, group, counting, linking)
    level = recommended_cutoff(cutoff_table(found, how)) if cutoff is None else cutoff
    drawn = value_map(found, level, how)

    def made(_: Definition | None) -> NewDefinition:
        old = ladder_of(house, name, segment) or Ladder(segmentation=name, segment=segment)
        return document_of(
            _by(checked_ladder(proposed(old, found, drawn, study=study, group=group).ladder), actor), why
        )

    change(house, actor, LADDER, place.id, made)
    return view_of(house, place)


def _by(ladder: Ladder, actor: Actor) -> Ladder:
    """Return a ladder in which grounds without an author are the actor's."""

    def signed(record: T) -> T:
        grounds = tuple(g if g.by else g.model_copy(update={"by": actor.name}) for g in record.grounds)
        return record.model_copy(update={"grounds": grounds})

    items, links = tuple(map(signed, ladder.items)), tuple(map(signed, ladder.links))
    return ladder.model_copy(update={"items": items, "links": links})


def _counted(house: House, study: str, group: str | None, counting: str, linking: str) -> tuple[Implications, Linking]:
    unit = next((c for c in COUNTINGS if c == counting), None)
    how = next((k for k in LINKINGS if k == linking), None)
    if unit is None or how is None:
        raise SettingError("error.ladder.counting", counting=counting[:20], linking=linking[:20])
    document = stored(house, STUDY, study)
    if document is None:
        raise unknown_study(house, study)
    rows = LadderingStudy.model_validate(document.body).rows
    return implication_matrix(rows, counting=unit, group=group), how


def _named(found: Implications, links: tuple[MapLink, ...]) -> tuple[NamedLink, ...]:
    return tuple(NamedLink(found.concepts[k.lower], found.concepts[k.upper], k.direct, k.indirect) for k in links)


def _entry(document: Definition) -> StudyEntry:
    study = LadderingStudy.model_validate(document.body)
    level_of = {r.concept: LADDER_LEVELS.index(r.level) for r in study.rows}
    group_of = {r.respondent: r.group for r in study.rows}
    return StudyEntry(
        id=study.id,
        label=study.label,
        file=study.file,
        version=document.version,
        respondents=len(group_of),
        ladders=len({(r.respondent, r.ladder) for r in study.rows}),
        concepts=len(level_of),
        names=tuple(sorted(level_of, key=lambda c: (level_of[c], c))),
        groups=dict(sorted(Counter(g for g in group_of.values() if g is not None).items())),
        author=document.author,
        at=document.at,
        why=document.why,
    )
