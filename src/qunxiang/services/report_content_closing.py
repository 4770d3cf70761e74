"""The last pages of a segment report: what the figures cannot say, and what they rest on."""

from __future__ import annotations

from qunxiang.charts.spec import Text
from qunxiang.i18n import Label
from qunxiang.model import TraitDefinition
from qunxiang.ports.documents import Block, Bullets, Column, Heading, Notice, Paragraph, TableBlock
from qunxiang.services.report_content import SECTION, ReportFacts, say
from qunxiang.services.segment_describe import defining_traits
from qunxiang.tables import CONTRACTS

MARGIN = "margin_proxy"
KNOWN_ENOUGH = 0.95
"""A trait known for a smaller share of customers is named among the caveats."""


def caveats(facts: ReportFacts) -> tuple[Block, ...]:
    """Return what the reader should hold against the figures, and the notice of the data's provider."""
    items: list[Text] = []
    if facts.in_none is not None:
        items.append(say("caveat.in_none", profiles=facts.in_none.profiles, share=facts.in_none.share))
    thin = [t for t in used_traits(facts) if facts.coverage.get(t.id, 0.0) < KNOWN_ENOUGH]
    if thin:
        parts = [say("caveat.coverage_one", label=t.label, share=facts.coverage.get(t.id)) for t in thin]
        items.append(say("caveat.coverage", traits=parts))
    else:
        items.append(say("caveat.coverage_full", share=KNOWN_ENOUGH))
    margin = facts.traits.get(MARGIN)
    items.append(
        say("caveat.margin", label=margin.label, definition=margin.definition)
        if margin is not None
        else say("caveat.no_margin")
    )
    items.append(say("caveat.differences"))
    if 0 < facts.found.n_explained < facts.found.profiles:
        items.append(say("caveat.explained", n=facts.found.n_explained, profiles=facts.found.profiles))
    if "campaign_contacts" in facts.tables:
        items.append(say("caveat.contacts"))
    blocks: list[Block] = [Heading(say("caveat.title")), Bullets(tuple(items))]
    if facts.refreshed is not None and facts.refreshed.facts.get("stale"):
        newest = facts.refreshed.facts.get("newest_fact")
        blocks.append(Notice(say("caveat.stale", day=facts.found.as_of, newest=newest), "warning"))
    notice = Label(facts.settings.notice_zh, facts.settings.notice_en)
    if notice.zh or notice.en:
        blocks.append(Notice(notice, "info"))
    return tuple(blocks)


def used_traits(facts: ReportFacts) -> list[TraitDefinition]:
    """Return the traits that decide membership or are shown as marks, in the order of the trait set."""
    used = defining_traits(facts.segmentation, [t.id for t in facts.traits.traits])
    used |= {m.trait for v in facts.peopled for m in v.markers}
    return [t for t in facts.traits.traits if t.id in used]


def appendix(facts: ReportFacts) -> tuple[Block, ...]:
    """Return definitions of the traits used, data sources with rows, and the marks of the snapshot."""
    return (
        Heading(say("appendix.title")),
        _traits(facts),
        _sources(facts),
        Heading(say("appendix.snapshot"), SECTION),
        Paragraph(say("appendix.snapshot_how")),
        _snapshot(facts),
        Bullets(
            (
                say("appendix.content_hash", hash=facts.snapshot.content_hash),
                say("appendix.definitions_hash", hash=facts.snapshot.definitions_hash),
            )
        ),
    )


def _traits(facts: ReportFacts) -> TableBlock:
    deciding = defining_traits(facts.segmentation, [t.id for t in facts.traits.traits])
    columns = (
        Column(say("appendix.trait")),
        Column(say("appendix.definition")),
        Column(say("appendix.unit")),
        Column(say("appendix.known"), "percent"),
        Column(say("appendix.missing")),
        Column(say("appendix.decides")),
    )
    rows = tuple(
        (
            t.label,
            t.definition,
            t.unit,
            facts.coverage.get(t.id),
            t.when_missing,
            say("yes") if t.id in deciding else say("no"),
        )
        for t in used_traits(facts)
    )
    return TableBlock(columns, rows, say("appendix.traits"), say("appendix.traits_note"))


def _sources(facts: ReportFacts) -> TableBlock:
    columns = (
        Column(say("appendix.source")),
        Column(say("appendix.grain")),
        Column(say("appendix.rows"), "count"),
        Column(say("appendix.made")),
    )
    names = [name for name in CONTRACTS if name in facts.tables]
    rows = tuple(
        (
            facts.tables[n].label,
            facts.tables[n].grain,
            facts.tables[n].rows,
            say("appendix.loaded" if facts.tables[n].loaded else "appendix.computed"),
        )
        for n in names
    )
    return TableBlock(columns, rows, say("appendix.sources"))


def _snapshot(facts: ReportFacts) -> TableBlock:
    document, refreshed = facts.document, facts.refreshed
    rows: list[tuple[Text, Text]] = [
        (say("meta.as_of"), say("date", day=facts.found.as_of)),
        (say("appendix.run"), say("count", n=facts.found.run)),
        (say("meta.currency"), say("meta.currency_value", code=facts.settings.currency, zone=facts.settings.time_zone)),
        (say("appendix.segmentation"), say("appendix.version", name=document.id, version=document.version)),
        (
            say("appendix.defined"),
            say("appendix.defined_value", by=document.author, day=document.at.date()),
        ),
    ]
    if refreshed is not None:
        rows.insert(2, (say("appendix.refreshed"), say("count", n=refreshed.run)))
    return TableBlock((Column(say("appendix.item")), Column(say("appendix.value"))), tuple(rows))
