"""The first pages of a segment report: who, when, summary, method, all segments at a glance."""

from __future__ import annotations

from qunxiang.charts.spec import Axis, Bar, BarChart, Text
from qunxiang.i18n import Label, Message
from qunxiang.ports.documents import (
    Block,
    Bullets,
    ChartBlock,
    Column,
    Heading,
    KeyFigure,
    KeyFigures,
    Notice,
    Paragraph,
    TableBlock,
)
from qunxiang.segmentation.schemes import SCHEMES
from qunxiang.services.access import ROLE_LABELS
from qunxiang.services.report_content import SECTION, ReportFacts, growth_reading, joined, say
from qunxiang.services.segment_describe import SegmentView

NAMED = 3
"""Segments that the summary names, by revenue."""

ALMOST_ALL = 0.8
"""Targets with so large a share of customers are hardly a choice."""


def meta(facts: ReportFacts) -> tuple[tuple[Text, Text], ...]:
    """Return the lines under the title: company, date, run, who made it."""
    found = facts.found
    return (
        (say("meta.company"), Label.same(facts.settings.name)),
        (say("meta.as_of"), say("meta.as_of_value", day=found.as_of, run=found.run, version=found.version)),
        (
            say("meta.made_by"),
            say("meta.made_by_value", name=facts.actor.name, role=ROLE_LABELS[facts.actor.role], at=facts.made_at),
        ),
    )


def summary(facts: ReportFacts) -> tuple[Text, ...]:
    """Return the report in a few sentences for somebody who reads nothing else."""
    return (_size(facts), _largest(facts), _firmness(facts), _targets(facts), _next(facts), _not_to_conclude(facts))


def _size(facts: ReportFacts) -> Text:
    found = facts.found
    code = "summary.size_some_empty" if facts.empty else "summary.size"
    return say(
        code,
        day=found.as_of,
        profiles=found.profiles,
        revenue=facts.whole(found.revenue),
        segmentation=facts.segmentation.label,
        segments=len(facts.segmentation.segments),
        peopled=len(facts.peopled),
    )


def _largest(facts: ReportFacts) -> Text:
    if not facts.peopled:
        return say("summary.nobody")
    order = sorted(facts.peopled, key=lambda v: (-v.revenue, v.id or ""))[:NAMED]
    parts: list[Text] = [
        say(
            "summary.segment",
            label=v.label,
            profiles=v.profiles,
            share=v.share,
            revenue_share=v.revenue_share,
            each=facts.whole(v.revenue_per_profile),
        )
        for v in order
    ]
    if facts.in_none is not None:
        parts.append(say("summary.in_none", profiles=facts.in_none.profiles, share=facts.in_none.share))
    return joined(parts)


def _firmness(facts: ReportFacts) -> Text:
    verdict = facts.segmentation.evidence.get("verdict")
    if verdict in ("natural", "reproducible", "constructive"):
        return say(f"verdict.{verdict}")
    return say("verdict.rules")


def _targets(facts: ReportFacts) -> Text:
    if facts.ranking is None:
        return say("summary.unranked", reason=facts.unranked or say("unknown"))
    chosen = facts.ranking.chosen
    if chosen is None:
        leaders = [facts.label(a.segment) for a in facts.ranking.ranking.ranked if a.rank == 1]
        return say("summary.not_chosen", leaders=leaders) if leaders else say("summary.none_rankable")
    views = chosen_views(facts)
    parts: list[Text] = [
        say(
            "summary.chosen",
            labels=[facts.label(s) for s in chosen.segments],
            profiles=sum(v.profiles for v in views),
            share=_sum([v.share for v in views]),
            revenue_share=_sum([v.revenue_share for v in views]),
        )
    ]
    share = _sum([v.share for v in views])
    if share is not None and share >= ALMOST_ALL:
        parts.append(say("summary.almost_all"))
    return joined(parts)


def chosen_views(facts: ReportFacts) -> list[SegmentView]:
    """Return the segments of the decision in force that are still there."""
    chosen = facts.ranking.chosen if facts.ranking is not None else None
    views = [facts.view(s) for s in chosen.segments] if chosen is not None else []
    return [v for v in views if v is not None]


def _sum(values: list[float | None]) -> float | None:
    return sum(v for v in values if v is not None) if all(v is not None for v in values) else None


def _next(facts: ReportFacts) -> Text:
    ranking = facts.ranking
    if ranking is None or ranking.chosen is None:
        return say("next.choose")
    targets = set(ranking.chosen.segments)
    parts: list[Text] = [say("next.first")]
    if lacking := [facts.label(s) for s in ranking.chosen.segments if s not in {p.segment for p, _ in facts.personas}]:
        parts.append(say("next.personas", labels=lacking))
    if any(a.strength is None for a in ranking.ranking.assessments if a.segment in targets):
        parts.append(say("next.strength"))
    return joined([*parts, say("next.test")])


def _not_to_conclude(facts: ReportFacts) -> Text:
    parts: list[Text] = [say("not.causes"), say("not.growth")]
    if "campaign_contacts" in facts.tables:
        parts.append(say("not.contacts"))
    return joined(parts)


def method(facts: ReportFacts) -> tuple[Block, ...]:
    """Return the paragraph on how the segments were made, and whether they meet the demands on segments."""
    blocks: list[Block] = [Heading(say("method.title")), Paragraph(_how(facts))]
    if facts.document.why:
        blocks.append(Paragraph(say("method.why", author=facts.document.author, why=facts.document.why)))
    blocks.append(Paragraph(say("method.money")))
    blocks.append(Heading(say("method.checks"), SECTION))
    blocks.append(Bullets(tuple(say(f"check.{'yes' if c.met else 'no'}", text=c.message) for c in facts.checks)))
    return tuple(blocks)


def _how(facts: ReportFacts) -> Text:
    segmentation, evidence = facts.segmentation, facts.segmentation.evidence
    if segmentation.model is not None:
        used = [t.label if (t := facts.traits.get(name)) is not None else name for name in segmentation.model.traits]
        return say(
            "method.fitted",
            how=Message(f"report.method.how.{segmentation.method}"),
            traits=used,
            segments=len(segmentation.segments),
            pairs=evidence.get("n_pairs"),
            rows=evidence.get("n_used"),
            choice=say(f"method.number_{'auto' if evidence.get('chosen_by') == 'auto' else 'hand'}"),
        )
    scheme = SCHEMES.get(segmentation.scheme or "")
    if scheme is None:
        return say("method.rules")
    lines = [
        say("method.parameter", label=p.label, value=segmentation.parameters[p.name])
        for p in scheme.parameters
        if p.name in segmentation.parameters
    ]
    return say("method.scheme", scheme=scheme.label, note=scheme.note, parameters=lines)


def glance(facts: ReportFacts) -> tuple[Block, ...]:
    """Return all segments side by side: table, shares of customers and revenue, and who moved."""
    found = facts.found
    figures = KeyFigures(
        (
            KeyFigure(say("figure.customers"), say("count", n=found.profiles), say("figure.customers_note")),
            KeyFigure(
                say("column.revenue", currency=facts.currency), facts.figure(found.revenue), say("figure.revenue_note")
            ),
            KeyFigure(say("figure.segments"), say("count", n=len(facts.peopled)), say("figure.segments_note")),
            KeyFigure(
                say("column.each", currency=facts.currency),
                facts.figure(found.revenue / found.profiles if found.profiles else None),
                say("figure.revenue_note"),
            ),
        )
    )
    blocks: list[Block] = [Heading(say("glance.title")), figures, _table(facts)]
    if facts.empty:
        blocks.append(Paragraph(say("glance.empty", labels=[v.label for v in facts.empty])))
    if any(v.revenue_share is not None for v in facts.peopled):
        blocks.append(ChartBlock(_shares(facts), _shares_note(facts)))
    else:
        blocks.append(Notice(say("glance.no_shares"), "warning"))
    if facts.peopled:
        blocks.append(_growth(facts))
    return (*blocks, *_moves(facts))


def _table(facts: ReportFacts) -> TableBlock:
    shown = (*facts.peopled, *((facts.in_none,) if facts.in_none is not None else ()))
    columns = (
        Column(say("column.segment")),
        Column(say("column.customers"), "count"),
        Column(say("column.customer_share"), "percent"),
        Column(say("column.revenue", currency=facts.currency), "money"),
        Column(say("column.revenue_share"), "percent"),
        Column(say("column.each", currency=facts.currency), "money"),
        Column(say("column.orders"), "count"),
    )
    rows = tuple(
        (v.label, v.profiles, v.share, v.revenue, v.revenue_share, v.revenue_per_profile, v.orders) for v in shown
    )
    return TableBlock(columns, rows, say("glance.table"), say("glance.table_note"))


def _growth(facts: ReportFacts) -> TableBlock:
    columns = (
        Column(say("column.segment")),
        Column(say("column.growth"), "percent"),
        Column(say("column.growth_low"), "percent"),
        Column(say("column.growth_high"), "percent"),
        Column(say("column.growth_reading")),
    )
    rows = tuple(
        (v.label, v.growth, v.growth_low, v.growth_high, v.growth_note or say(f"growth.reading_{growth_reading(v)}"))
        for v in facts.peopled
    )
    return TableBlock(columns, rows, say("glance.growth"), say("glance.growth_note"))


def _shares(facts: ReportFacts) -> BarChart:
    bars = tuple(
        Bar(v.label, v.revenue_share, base=v.share, colour=v.colour)
        for v in sorted(facts.peopled, key=lambda v: (-v.revenue, v.id or ""))
    )
    return BarChart(say("glance.chart"), Axis(say("glance.axis"), "percent", low=0.0), bars, say("glance.base"))


def _shares_note(facts: ReportFacts) -> Text:
    known = [v for v in facts.peopled if v.revenue_share is not None and v.share]
    top = max(known, key=lambda v: ((v.revenue_share or 0.0) / (v.share or 1.0), v.id or ""))
    if len(known) < 2:
        return say("glance.chart_note")
    return say("glance.chart_note_top", label=top.label, share=top.share, revenue_share=top.revenue_share)


def _moves(facts: ReportFacts) -> tuple[Block, ...]:
    """Say who moved between segments in the last run that moved anybody."""
    heading = Heading(say("moves.title"), SECTION)
    moved = [c for c in facts.changes if c.from_segment is not None]
    if not moved:
        return (heading, Paragraph(say("moves.none")))
    latest = [c for c in facts.changes if c.run == max(m.run for m in moved)]
    rows = tuple((facts.label(c.from_segment), facts.label(c.to_segment), c.n) for c in latest)
    columns = (Column(say("moves.from")), Column(say("moves.to")), Column(say("column.customers"), "count"))
    note = say("moves.note", day=latest[0].as_of, run=latest[0].run)
    return (heading, TableBlock(columns, rows, say("moves.table"), note))
