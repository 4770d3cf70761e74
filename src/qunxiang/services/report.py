"""The segment description report (细分市场描述报告): what the segments are, how firm, which to choose, for deciders."""

from __future__ import annotations

from typing import cast, get_args
from zoneinfo import ZoneInfo

from qunxiang.errors import NothingYetError, SettingError
from qunxiang.i18n import Message
from qunxiang.model import Actor, Snapshot, TraitSet
from qunxiang.ports.documents import Document, DocumentFormat, ReportFormat
from qunxiang.services.access import EVERYONE, use_case
from qunxiang.services.definitions_read import current_traits, segmentation_named
from qunxiang.services.house import House, Progress, silent
from qunxiang.services.personas import personas_of
from qunxiang.services.poster_content import poster_of
from qunxiang.services.reading import reading
from qunxiang.services.report_content import ReportFacts, TableFact, say
from qunxiang.services.report_content_choice import personas, ranking, stability
from qunxiang.services.report_content_closing import appendix, caveats
from qunxiang.services.report_content_opening import glance, meta, method, summary
from qunxiang.services.report_content_segments import segments
from qunxiang.services.report_content_value import worth
from qunxiang.services.segment_describe import description
from qunxiang.services.segment_read import changes_of, checks_of
from qunxiang.services.target_budget import curves_of
from qunxiang.services.targets import RankingView, ranked
from qunxiang.services.value import value_of
from qunxiang.tables import CONTRACTS, LOADED, TRAITS_KEY
from qunxiang.traits import coverage_query

FORMATS: tuple[str, ...] = get_args(ReportFormat)
RUNS_OF_CHANGES = 12


@use_case("report", roles=EVERYONE, touches="single")
def report(house: House, actor: Actor, name: str, *, format: str, lang: str, progress: Progress = silent) -> bytes:
    """Return the description report of a segmentation.

    Parameters
    ----------
    name
        Name of the segmentation.
    format
        ``pdf`` (A4), ``html`` (one file), ``xlsx`` (one sheet per chapter, numbers as numbers) or ``pptx`` (slides with
        charts to edit).
    lang
        ``zh`` or ``en``.

    Raises
    ------
    SettingError
        When the format is none of the four.
    UnknownNameError
        When there is no such segmentation.
    NothingYetError
        Before the segmentation has members in a snapshot, or without orders.
    """
    if format not in FORMATS:
        raise SettingError("error.report.format", format=format[:20], known=FORMATS)
    progress(0.05, Message("progress.report.collect"))
    facts = gathered(house, actor, name)
    document = composed(facts)
    progress(0.6, Message("progress.report.render", {"format": format}))
    return house.documents.report(document, format=cast(DocumentFormat, format), lang=lang)


def composed(facts: ReportFacts) -> Document:
    """Write the report: chapters in reading order; texts stay messages until the document is rendered."""
    return Document(
        title=say("title"),
        subtitle=say("subtitle", segmentation=facts.segmentation.label),
        meta=meta(facts),
        summary=summary(facts),
        blocks=(
            *method(facts),
            *glance(facts),
            *segments(facts),
            *worth(facts),
            *stability(facts),
            *ranking(facts),
            *personas(facts),
            *caveats(facts),
            *appendix(facts),
        ),
        footer=say(
            "footer",
            company=facts.settings.name,
            segmentation=facts.segmentation.label,
            day=facts.found.as_of,
            run=facts.found.run,
        ),
    )


def gathered(house: House, actor: Actor, name: str) -> ReportFacts:
    """Read everything the report says from one snapshot, the newest, and the documents."""
    segmentation_named(house, name)
    snapshot = house.head()
    document = house.state.definition("segmentation", name)
    if document is None or snapshot is None:
        raise NothingYetError("error.nothing.snapshot")
    house = house.held_to(snapshot)
    found = description(house, name)
    view, refused = _ranking(house, name)
    traits = current_traits(house)
    return ReportFacts(
        settings=house.settings,
        actor=actor,
        made_at=house.clock.now().astimezone(ZoneInfo(house.settings.time_zone)),
        found=found,
        document=document,
        snapshot=snapshot,
        refreshed=next(iter(house.state.snapshots("refresh", limit=1)), None),
        tables=_tables(house, snapshot),
        traits=traits,
        coverage=_coverage(house, traits),
        checks=checks_of(house, name),
        changes=tuple(changes_of(house, name, RUNS_OF_CHANGES)),
        ranking=view,
        unranked=refused,
        curves=tuple(curves_of(house, name)),
        personas=tuple((p, poster_of(house, p)) for p in personas_of(house, name)),
        value=value_of(house),
    )


def _ranking(house: House, name: str) -> tuple[RankingView | None, Message | None]:
    """Rank the segments; a set of criteria that ranks nothing makes the report say so, not fail."""
    try:
        return ranked(house, name), None
    except SettingError as error:
        return None, error.message


def _tables(house: House, snapshot: Snapshot) -> dict[str, TableFact]:
    out = {}
    for name, version in snapshot.tables.items():
        contract = CONTRACTS[name]
        rows = house.lake.at(name, version).rows
        out[name] = TableFact(contract.label, contract.grain, rows, version, name in LOADED)
    return out


def _coverage(house: House, traits: TraitSet) -> dict[str, float]:
    with reading(house) as reader:
        rows = reader.cached(coverage_query(reader.relation(TRAITS_KEY.name), traits)).to_pylist()
    return {row["trait"]: float(row["coverage"]) for row in rows if row["coverage"] is not None}
