"""One chapter per segment: size, money, growth, what marks it, how it can be told in short, what to beware of."""

from __future__ import annotations

from qunxiang.charts.spec import Axis, Bar, BarChart, BoxChart, BoxGroup, Text
from qunxiang.model import SCORES
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
from qunxiang.services.report_content import (
    SECTION,
    ReportFacts,
    growth_text,
    joined,
    marker_value,
    say,
)
from qunxiang.services.rule_words import rule_words
from qunxiang.services.segment_describe import MarkerView, SegmentView

MARKERS_IN_WORDS = 5
MARKERS_DRAWN = 8
BOXES = 6

LARGE, MEDIUM, SMALL = 0.8, 0.5, 0.2
"""Sizes of standardised differences by convention (Cohen, 1988, Statistical Power Analysis)."""


def segments(facts: ReportFacts) -> tuple[Block, ...]:
    """Return the chapters of all segments that have members, in the order of the segmentation."""
    return tuple(block for view in facts.peopled for block in _chapter(facts, view))


def _chapter(facts: ReportFacts, view: SegmentView) -> tuple[Block, ...]:
    blocks: list[Block] = [Heading(say("segment.title", label=view.label), colour=view.colour)]
    if view.note is not None:
        blocks.append(Paragraph(view.note))
    blocks += [_figures(facts, view), Paragraph(_money(facts, view))]
    if view.order_values is not None:
        blocks.append(ChartBlock(_boxes(facts, view), say("segment.box_note")))
    blocks += [
        Heading(say("segment.growth"), SECTION),
        Paragraph(growth_text(view)),
        Notice(say("segment.growth_grouping"), "warning"),
        *_marks(facts, view),
        *_rules(facts, view),
    ]
    if cautions := _cautions(facts, view):
        blocks += [Heading(say("segment.cautions"), SECTION), Bullets(cautions)]
    return tuple(blocks)


def _figures(facts: ReportFacts, view: SegmentView) -> KeyFigures:
    return KeyFigures(
        (
            KeyFigure(
                say("figure.customers"),
                say("count", n=view.profiles),
                say("figure.share_of_customers", share=view.share),
            ),
            KeyFigure(
                say("column.revenue", currency=facts.currency),
                facts.figure(view.revenue),
                say("figure.share_of_revenue", share=view.revenue_share),
            ),
            KeyFigure(
                say("column.each", currency=facts.currency),
                facts.figure(view.revenue_per_profile),
                say("figure.revenue_note"),
            ),
            KeyFigure(
                say("figure.buyers"), say("count", n=view.buyers), say("figure.buyers_note", profiles=view.profiles)
            ),
        )
    )


def _money(facts: ReportFacts, view: SegmentView) -> Text:
    values = view.order_values
    if values is None:
        return say("segment.no_orders")
    parts: list[Text] = [
        say(
            "segment.orders",
            orders=view.orders,
            median=facts.money(values["median"]),
            q1=facts.money(values["q1"]),
            q3=facts.money(values["q3"]),
            p5=facts.money(values["p5"]),
            p95=facts.money(values["p95"]),
        )
    ]
    if view.margin is not None:
        parts.append(
            say(
                "segment.margin",
                margin=facts.whole(view.margin),
                known=view.margin_known,
                profiles=view.profiles,
            )
        )
    if view.first_order is not None and view.last_order is not None:
        parts.append(say("segment.dates", first=view.first_order, last=view.last_order))
    return joined(parts)


def _boxes(facts: ReportFacts, view: SegmentView) -> BoxChart:
    others = sorted((v for v in facts.peopled if v.id != view.id and v.order_values), key=lambda v: -v.orders)
    groups = []
    for one in (view, *others[: BOXES - 1]):
        values = one.order_values
        if values is not None:
            five = (values["p5"], values["q1"], values["median"], values["q3"], values["p95"])
            groups.append(BoxGroup(one.label, five, int(values["n"]), one.colour))
    axis = Axis(say("segment.box_axis", currency=facts.currency), "money", low=0.0 if _above_zero(groups) else None)
    return BoxChart(say("segment.box"), axis, tuple(groups), say("segment.whiskers"))


def _above_zero(groups: list[BoxGroup]) -> bool:
    return all(value >= 0 for group in groups for value in group.five)


def _marks(facts: ReportFacts, view: SegmentView) -> tuple[Block, ...]:
    """Say what sets the segment apart, in words and as effects with intervals."""
    heading = Heading(say("segment.marks"), SECTION)
    # scores are ranks of other traits, which say the same in a unit that people know
    told = [m for m in view.markers if m.trait not in SCORES]
    if not told:
        return (heading, Paragraph(say("segment.no_marks")))
    bullets = Bullets(tuple(_told(m) for m in told[:MARKERS_IN_WORDS]))
    drawn = told[:MARKERS_DRAWN]
    bars = tuple(
        Bar(say("segment.defining_name", label=m.label) if m.defining else m.label, m.effect, m.low, m.high)
        for m in drawn
    )
    coloured = tuple(Bar(b.name, b.value, b.low, b.high, colour=view.colour) for b in bars)
    chart = BarChart(say("segment.marks_chart"), Axis(say("segment.marks_axis"), "signed"), coloured)
    blocks: list[Block] = [heading, Paragraph(say("segment.marks_how")), bullets]
    blocks.append(ChartBlock(chart, say("segment.marks_note")))
    if any(m.defining for m in drawn):
        blocks.append(Notice(say("segment.by_construction"), "warning"))
    return tuple(blocks)


def _told(marker: MarkerView) -> Text:
    size = abs(marker.effect)
    word = "large" if size >= LARGE else "medium" if size >= MEDIUM else "small" if size >= SMALL else "slight"
    direction = "higher" if marker.effect > 0 else "lower"
    return say(
        "segment.marker_defining" if marker.defining else "segment.marker",
        label=marker.label,
        mean=marker_value(marker, marker.mean),
        rest=marker_value(marker, marker.rest_mean),
        size=say(f"size.{direction}_{word}"),
    )


def _rules(facts: ReportFacts, view: SegmentView) -> tuple[Block, ...]:
    """Give the rule that decides, or short rules that come near, with how well they do."""
    blocks: list[Block] = [Heading(say("segment.rules"), SECTION)]
    if view.rule is not None:
        blocks.append(Paragraph(say("segment.rule_decides", rule=rule_words(view.rule, facts.traits))))
    elif view.by_hand:
        blocks.append(Paragraph(say("segment.rule_by_hand")))
    if not view.short_rules:
        blocks.append(Paragraph(say("segment.no_short_rules")))
        return tuple(blocks)
    columns = (
        Column(say("column.short_rule")),
        Column(say("column.rule_meets"), "count"),
        Column(say("column.rule_right"), "percent"),
    )
    rows = tuple((rule_words(r.rule, facts.traits), r.n, r.share) for r in view.short_rules)
    blocks.append(TableBlock(columns, rows, say("segment.short_rules"), say("segment.short_rules_note")))
    if view.precision is not None and view.recall is not None:
        blocks.append(
            Paragraph(
                say(
                    "segment.precision",
                    precision=view.precision,
                    recall=view.recall,
                    fidelity=facts.found.fidelity,
                    baseline=facts.found.baseline,
                )
            )
        )
    return tuple(blocks)


def _cautions(facts: ReportFacts, view: SegmentView) -> tuple[Text, ...]:
    out: list[Text] = []
    small = next((c for c in facts.checks if c.name == "large"), None)
    if small is not None and view.profiles < int(small.message.params["minimum"]):
        out.append(say("caution.small", profiles=view.profiles))
    if view.by_hand:
        out.append(say("caution.by_hand"))
    if view.buyers < view.profiles:
        out.append(say("caution.silent", silent=view.profiles - view.buyers, profiles=view.profiles))
    if view.margin is None:
        out.append(say("caution.no_margin"))
    elif view.margin_known < view.profiles:
        out.append(say("caution.margin_part", known=view.margin_known, profiles=view.profiles))
    thin = [m.label for m in view.markers[:MARKERS_DRAWN] if m.coverage < 0.9 and m.trait not in SCORES]
    if thin:
        out.append(say("caution.coverage", labels=thin))
    shown = [t for m in view.markers[:MARKERS_DRAWN] if (t := facts.traits.get(m.trait)) is not None]
    if ours := [t.label for t in shown if "campaign_contacts" in t.source]:
        out.append(say("caution.ours", labels=ours))
    return tuple(out)
