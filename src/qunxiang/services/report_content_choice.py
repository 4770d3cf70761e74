"""Chapters on how firmly the segments hold, which are worth choosing, what was decided, and the personas."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from qunxiang.charts.spec import Axis, Bar, BarChart, Bubble, BubbleMap, LineChart, Reference, Series, Text
from qunxiang.i18n import Label, Message, from_json
from qunxiang.ports.documents import (
    Block,
    Bullets,
    Cell,
    ChartBlock,
    Column,
    Heading,
    Notice,
    Paragraph,
    PersonaBlock,
    TableBlock,
)
from qunxiang.segmentation.verdict import GOOD
from qunxiang.services.report_content import SECTION, ReportFacts, joined, say
from qunxiang.services.report_content_firm import budget, disputes, robustness
from qunxiang.services.segment_fit_evidence import near
from qunxiang.targeting import Assessment, CriteriaSet, Ranking

MAP_MIDDLE = (5.0, 5.0)


def stability(facts: ReportFacts) -> tuple[Block, ...]:
    """Return the chapter on stability; only fitted segmentations have one."""
    evidence = facts.segmentation.evidence
    if not evidence.get("by_k"):
        return ()
    by_k: dict[int, dict[str, float]] = {int(k): v for k, v in evidence["by_k"].items()}
    verdict = evidence.get("verdict", "constructive")
    words: list[Text] = [say(f"verdict.{verdict}"), say(f"stability.means_{verdict}")]
    blocks: list[Block] = [
        Heading(say("stability.title")),
        Paragraph(joined([*words, say("stability.how", **_draws(evidence))])),
    ]
    if "reason" in evidence:
        blocks.append(Notice(from_json(evidence["reason"]), "info"))
    if closest := near(evidence):
        blocks.append(Paragraph(closest))
    ks = sorted(by_k)
    if len(ks) > 1:
        blocks.append(ChartBlock(_agreement(by_k), say("stability.agreement_note", good=GOOD)))
    blocks.append(_by_number(by_k))
    blocks += _each(facts)
    return tuple(blocks)


def _draws(evidence: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "pairs": evidence.get("n_pairs"),
        "restarts": evidence.get("n_restarts"),
        "used": evidence.get("n_used"),
        "incomplete": evidence.get("n_incomplete"),
    }


def _agreement(by_k: Mapping[int, Mapping[str, float]]) -> LineChart:
    ks = sorted(by_k)
    series = Series(
        say("stability.agreement"),
        tuple(by_k[k]["mean_ari"] for k in ks),
        low=tuple(by_k[k]["low"] for k in ks),
        high=tuple(by_k[k]["high"] for k in ks),
    )
    return LineChart(
        say("stability.agreement_chart"),
        say("stability.number"),
        tuple(str(k) for k in ks),
        Axis(say("stability.agreement"), "number", 0.0 if min(by_k[k]["low"] for k in ks) >= 0 else None, 1.0),
        (series,),
        (Reference(GOOD, say("stability.good")),),
    )


def _by_number(by_k: Mapping[int, Mapping[str, float]]) -> TableBlock:
    columns = (
        Column(say("stability.number"), "count"),
        Column(say("stability.mean"), "number"),
        Column(say("stability.low"), "number"),
        Column(say("stability.high"), "number"),
        Column(say("stability.best"), "percent"),
        Column(say("stability.smallest"), "percent"),
    )
    rows = tuple(
        (k, *(by_k[k][name] for name in ("mean_ari", "low", "high", "best_share", "smallest_share")))
        for k in sorted(by_k)
    )
    return TableBlock(columns, rows, say("stability.table"), say("stability.table_note"))


def _each(facts: ReportFacts) -> list[Block]:
    views = [v for v in facts.peopled if v.stability is not None]
    if not views:
        return []
    bars = tuple(
        Bar(v.label, v.stability["mean"], v.stability["low"], v.stability["high"], colour=v.colour)
        for v in views
        if v.stability is not None
    )
    axis = Axis(say("stability.each_axis"), "percent", 0.0, 1.0)
    return [ChartBlock(BarChart(say("stability.each"), axis, bars), say("stability.each_note"))]


def ranking(facts: ReportFacts) -> tuple[Block, ...]:
    """Return the chapter on the choice of targets: criteria, ranking, knock-outs, map, decision."""
    heading = Heading(say("ranking.title"))
    if facts.ranking is None:
        return (heading, Notice(facts.unranked or say("unknown"), "warning"))
    made = facts.ranking.ranking
    blocks: list[Block] = [heading, Paragraph(say("ranking.how")), _criteria(made.criteria)]
    if made.ranked:
        blocks += [_ranked(facts, made), _values(facts, made), Paragraph(_firm(facts, made))]
        blocks += [*robustness(facts, made), *disputes(facts, made)]
    else:
        blocks.append(Notice(say("ranking.nobody"), "warning"))
    blocks += _unranked(facts, made)
    blocks += _knocked_out(facts, made)
    blocks += _map(facts, made)
    return (*blocks, *_decision(facts), *budget(facts))


def _criteria(criteria: CriteriaSet) -> TableBlock:
    total = {
        side: sum(c.weight for c in criteria.criteria if c.side == side) for side in ("attractiveness", "strength")
    }
    columns = (
        Column(say("criteria.name")),
        Column(say("criteria.side")),
        Column(say("criteria.origin")),
        Column(say("criteria.weight"), "percent"),
        Column(say("criteria.note")),
    )
    rows = tuple(
        (
            c.label,
            say(f"criteria.{c.side}"),
            say(f"criteria.{c.origin}"),
            c.weight / total[c.side] if total[c.side] else None,
            c.note if c.note.zh else c.unit,
        )
        for c in criteria.criteria
    )
    return TableBlock(columns, rows, say("criteria.table"), say("criteria.table_note"))


def _ranked(facts: ReportFacts, made: Ranking) -> TableBlock:
    columns = (
        Column(say("ranking.rank"), "count"),
        Column(say("column.segment")),
        Column(say("criteria.attractiveness"), "number"),
        Column(say("ranking.low"), "number"),
        Column(say("ranking.high"), "number"),
        Column(say("criteria.strength"), "number"),
        Column(say("ranking.topsis"), "count"),
        Column(say("ranking.tied")),
    )
    rows = tuple(
        (
            a.rank,
            facts.label(a.segment),
            a.attractiveness,
            a.attractiveness_low,
            a.attractiveness_high,
            a.strength,
            a.topsis_rank,
            say("ranking.is_tied" if a.tied else "ranking.not_tied"),
        )
        for a in made.ranked
    )
    note = say("ranking.table_note", draws=made.n_draws, spread=made.weight_spread)
    return TableBlock(columns, rows, say("ranking.table"), note)


def _values(facts: ReportFacts, made: Ranking) -> TableBlock:
    """Raw values of the measured criteria: what the scores were made from."""
    shown = [c for c in made.criteria.criteria if c.origin == "measured" and c.weight > 0]
    columns = (Column(say("column.segment")), *(Column(c.label, c.format) for c in shown))

    def row(a: Assessment) -> tuple[Cell, ...]:
        cells = {c.criterion: c for c in a.cells}
        return (facts.label(a.segment), *(cells[c.id].value for c in shown))

    return TableBlock(columns, tuple(row(a) for a in made.ranked), say("ranking.values"), say("ranking.values_note"))


def _firm(facts: ReportFacts, made: Ranking) -> Text:
    leaders = [a for a in made.ranked if a.rank == 1]
    first = leaders[0]
    parts: list[Text] = []
    if len(leaders) > 1:
        parts.append(say("ranking.leaders_tied", labels=[facts.label(a.segment) for a in leaders]))
    elif first.first_share is not None:
        parts.append(say("ranking.leader", label=facts.label(first.segment), share=first.first_share))
    if len(made.ranked) <= 2:
        parts.append(say("ranking.two"))
    return joined([*parts, say("ranking.relative")])


def _unranked(facts: ReportFacts, made: Ranking) -> list[Block]:
    lacking = [a for a in made.assessments if a.rank is None and not a.failed]
    out: list[Block] = []
    for a in lacking:
        unknown = {c.criterion for c in a.cells if c.score is None}
        names = [
            c.label for c in made.criteria.criteria if c.id in unknown and c.side == "attractiveness" and c.weight > 0
        ]
        out.append(Notice(say("ranking.unknown", label=facts.label(a.segment), criteria=names), "warning"))
    return out


def _knocked_out(facts: ReportFacts, made: Ranking) -> list[Block]:
    if not made.knocked_out:
        return []
    by_id = {k.id: k for k in made.criteria.knockouts}
    items: list[Text] = []
    for a in made.knocked_out:
        reasons = []
        values = {c.criterion: c.value for c in a.conditions}
        for knockout in (by_id[f] for f in a.failed):
            value = values[knockout.id]
            reasons.append(
                say(
                    "knockout.reason" if value is not None else "knockout.reason_unknown",
                    label=knockout.label,
                    value=say(f"value_as.{knockout.format}", value=value),
                    minimum=say(f"value_as.{knockout.format}", value=knockout.minimum),
                )
            )
        items.append(say("knockout.segment", label=facts.label(a.segment), reasons=reasons))
    return [Heading(say("knockout.title"), SECTION), Paragraph(say("knockout.how")), Bullets(tuple(items))]


def _map(facts: ReportFacts, made: Ranking) -> list[Block]:
    heading = Heading(say("map.title"), SECTION)
    bubbles = []
    for a in made.ranked:
        view = facts.view(a.segment)
        if view is None or a.strength is None or a.attractiveness is None:
            continue
        bubbles.append(
            Bubble(
                view.label,
                a.strength,
                a.attractiveness,
                float(view.profiles),
                x_interval=_span(a.strength_low, a.strength_high),
                y_interval=_span(a.attractiveness_low, a.attractiveness_high),
                colour=view.colour,
            )
        )
    lacking = [facts.label(a.segment) for a in made.ranked if a.strength is None]
    if not bubbles:
        return [heading, Notice(say("map.nothing"), "warning")]
    chart = BubbleMap(
        say("map.chart"),
        Axis(say("map.strength"), "number", 0.0, 10.0),
        Axis(say("map.attractiveness"), "number", 0.0, 10.0),
        tuple(bubbles),
        say("map.size"),
        MAP_MIDDLE,
        say("map.corner"),
    )
    blocks: list[Block] = [heading, ChartBlock(chart, say("map.note")), *_judged(facts)]
    if lacking:
        blocks.append(Notice(say("map.lacking", labels=lacking), "warning"))
    return blocks


def _span(low: float | None, high: float | None) -> tuple[float, float] | None:
    return (low, high) if low is not None and high is not None and low < high else None


def _judged(facts: ReportFacts) -> list[Block]:
    assert facts.ranking is not None
    labels = {c.id: c.label for c in facts.ranking.ranking.criteria.criteria}
    columns = (
        Column(say("column.segment")),
        Column(say("criteria.name")),
        Column(say("judged.value"), "number"),
        Column(say("judged.by")),
        Column(say("judged.why")),
        Column(say("judged.at")),
    )
    rows = tuple(
        (facts.label(j.segment), labels[j.criterion], j.value, j.by, j.why, say("date", day=j.at.date()))
        for j in facts.ranking.judgements
        if j.criterion in labels
    )
    return [TableBlock(columns, rows, say("judged.table"), say("judged.note"))] if rows else []


def _decision(facts: ReportFacts) -> tuple[Block, ...]:
    heading = Heading(say("decision.title"), SECTION)
    chosen = facts.ranking.chosen if facts.ranking is not None else None
    if chosen is None:
        return (heading, Notice(say("decision.none"), "warning"))
    blocks: list[Block] = [
        heading,
        Paragraph(
            say(
                "decision.taken",
                by=chosen.by,
                day=chosen.at.date(),
                labels=[facts.label(s) for s in chosen.segments],
                why=chosen.why,
            )
        ),
    ]
    others = [
        say("decision.alternative", label=facts.label(s), why=reason) for s, reason in chosen.alternatives.items()
    ]
    if others:
        blocks.append(Bullets(tuple(others)))
    if chosen.review_on is not None:
        blocks.append(Paragraph(say("decision.review", day=chosen.review_on)))
    now = {a.segment: a.rank for a in facts.ranking.ranking.assessments} if facts.ranking is not None else {}
    moved = [facts.label(s) for s in chosen.segments if chosen.ranks.get(s) != now.get(s)]
    if moved:
        blocks.append(Notice(say("decision.ranks_changed", labels=moved), "warning"))
    return (*blocks,)


def personas(facts: ReportFacts) -> tuple[Block, ...]:
    """Return the chapter of persona cards."""
    heading = Heading(say("personas.title"))
    if not facts.personas:
        return (heading, Notice(say("personas.none"), "info"))
    blocks: list[Block] = [heading, Paragraph(say("personas.how"))]
    for persona, poster in facts.personas:
        view = facts.view(persona.segment)
        name: Label | Message = persona.name
        if view is None or persona.as_of != facts.found.as_of or persona.n_members != view.profiles:
            blocks.append(Notice(say("personas.stale", name=name, day=persona.as_of, run=persona.run), "warning"))
        blocks.append(PersonaBlock(poster))
    return tuple(blocks)
