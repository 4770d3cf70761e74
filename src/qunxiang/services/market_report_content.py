"""The chapters of a market report; texts stay messages until the document is rendered."""

from __future__ import annotations

from typing import Any

import numpy as np

from qunxiang.charts.spec import Axis, Bar, BarChart, BoxChart, BoxGroup, Heatmap, LineChart, Series, Text
from qunxiang.i18n import Message, from_json
from qunxiang.market import AnswerMark, SegmentSize
from qunxiang.model.market import MarketSegment
from qunxiang.ports.documents import (
    Block,
    Bullets,
    Cell,
    ChartBlock,
    Column,
    Document,
    Heading,
    KeyFigure,
    KeyFigures,
    Notice,
    Paragraph,
    TableBlock,
)
from qunxiang.services.access import ROLE_LABELS
from qunxiang.services.market_report_facts import MarketFacts
from qunxiang.statistics.intervals import Interval

MARKS_IN_WORDS = 5
MARKS_DRAWN = 8
APART = 0.02
"""Shares with and without weights that lie this far apart are said to differ."""
SECTION = 3


def composed(facts: MarketFacts) -> Document:
    """Write the report: chapters in reading order."""
    return Document(
        title=say("title"),
        subtitle=facts.market.label,
        meta=(
            (say("meta.company"), facts.settings.name),
            (say("meta.market"), _stands_for(facts)),
            (say("meta.version"), say("meta.version_value", version=facts.view.version, n=facts.n_respondents)),
            (
                say("meta.made_by"),
                say("meta.made_by_value", name=facts.actor.name, role=ROLE_LABELS[facts.actor.role], at=facts.made_at),
            ),
        ),
        summary=tuple(_summary(facts)),
        blocks=(
            *_method(facts),
            *_sizes(facts),
            *_growth(facts),
            *_places(facts),
            *_segments(facts),
            *_stability(facts),
            *_scales(facts),
            *_advice(facts),
            *_cautions(facts),
        ),
        footer=say("footer", company=facts.settings.name, market=facts.market.label, version=facts.view.version),
    )


def _stands_for(facts: MarketFacts) -> Message:
    return say("meta.market_value", population=facts.market.population, survey=facts.survey.label)


def say(code: str, /, **params: Any) -> Message:
    """Return a message of the market report's catalogue."""
    return Message(f"market_report.{code}", params)


def _rows(facts: MarketFacts) -> list[tuple[MarketSegment, SegmentSize]]:
    return list(zip(facts.market.segments, facts.view.size.segments, strict=True))


def _by_people(facts: MarketFacts) -> list[tuple[MarketSegment, SegmentSize, Interval]]:
    """Segments whose size is known, the largest first."""
    known = [(s, z, z.people) for s, z in _rows(facts) if isinstance(z.people, Interval)]
    return sorted(known, key=lambda row: (-row[2].estimate, row[0].id))


def _clear(first: Interval, second: Interval) -> bool:
    return first.low > second.high


def _summary(facts: MarketFacts) -> list[Text]:
    size = facts.view.size
    out: list[Text] = [
        say(
            "summary.size",
            market=facts.market.label,
            population=facts.market.population,
            segments=len(facts.market.segments),
            n=size.n_rows,
            effective=size.n_effective,
        )
    ]
    ranked = _by_people(facts)
    if ranked:
        segment, of, people = ranked[0]
        share = of.share
        assert isinstance(share, Interval)
        out.append(
            say(
                "summary.largest",
                label=segment.label,
                share=share.estimate,
                low=share.low,
                high=share.high,
                people=people.estimate,
            )
        )
        if len(ranked) > 1:
            code = "summary.clear" if _clear(people, ranked[1][2]) else "summary.close"
            out.append(say(code, label=ranked[1][0].label))
    out.append(_growth_sentence(facts))
    out.append(_verdict(facts))
    out.append(say("summary.first", advice=_advice_lines(facts)[0]))
    return out


def _growth_sentence(facts: MarketFacts) -> Text:
    if facts.growth is None:
        return say("summary.no_growth")
    up = [s.label for s, g in zip(facts.market.segments, facts.growth.segments, strict=True) if _direction(g) == "up"]
    down = [
        s.label for s, g in zip(facts.market.segments, facts.growth.segments, strict=True) if _direction(g) == "down"
    ]
    if up and down:
        return say("summary.growth_both", up=up, down=down)
    if up or down:
        return say("summary.growth_up" if up else "summary.growth_down", labels=up or down)
    return say("summary.growth_open")


def _direction(growth: Any) -> str:
    people = growth.people
    if not isinstance(people, Interval):
        return "unknown"
    return "up" if people.low > 0 else "down" if people.high < 0 else "open"


def _verdict(facts: MarketFacts) -> Text:
    verdict = facts.market.evidence.get("verdict")
    if facts.market.question is not None:
        return say("verdict.question", question=_wording(facts, facts.market.question))
    return say(f"verdict.{verdict}") if verdict in ("natural", "reproducible", "constructive") else say("verdict.none")


def _wording(facts: MarketFacts, question: str) -> Text:
    asked = facts.survey.question(question)
    return asked.text if asked is not None else question


def _method(facts: MarketFacts) -> list[Block]:
    market, size = facts.market, facts.view.size
    if market.question is not None:
        how = say("method.question", question=_wording(facts, market.question))
    else:
        asked = market.centres.questions if market.centres is not None else ()
        how = say("method.clustered", n=len(asked), segments=len(market.segments), chosen=_chosen_by(facts))
    blocks: list[Block] = [Heading(say("method.title")), Paragraph(how)]
    weights = "method.weighted" if facts.survey.weighted else "method.unweighted"
    blocks.append(Paragraph(say(weights, n=size.n_rows, effective=size.n_effective, effect=size.design_effect)))
    if facts.view.calibration is not None:
        asked_of = [_wording(facts, margin.question) for margin in market.margins]
        blocks.append(Paragraph(say("method.raked", questions=asked_of, effective=facts.view.calibration.n_effective)))
    if market.centres is not None:
        used = tuple((question, _wording(facts, question)) for question in market.centres.questions)
        columns = (Column(say("column.question")), Column(say("column.wording")))
        blocks.append(TableBlock(columns, used, say("method.questions")))
    return blocks


def _chosen_by(facts: MarketFacts) -> Message:
    return say("method.auto" if facts.market.evidence.get("chosen_by") == "auto" else "method.hand")


def _ends(found: Any) -> tuple[Cell, Cell, Cell]:
    """Estimate and ends; unknown where no number can be given."""
    if not isinstance(found, Interval):
        return None, None, None
    return found.estimate, found.low, found.high


def _sizes(facts: MarketFacts) -> list[Block]:
    size = facts.view.size
    figures = (
        KeyFigure(say("figure.population"), say("count", n=facts.market.population), say("figure.population_note")),
        KeyFigure(say("figure.respondents"), say("count", n=size.n_rows), say("figure.respondents_note")),
        KeyFigure(say("figure.effective"), say("count", n=size.n_effective), say("figure.effective_note")),
        KeyFigure(say("figure.effect"), say("number", n=size.design_effect), say("figure.effect_note")),
    )
    rows = _rows(facts)
    shares = TableBlock(
        (
            Column(say("column.segment")),
            Column(say("column.n"), "count"),
            Column(say("column.unweighted"), "percent"),
            Column(say("column.weighted"), "percent"),
            Column(say("column.low"), "percent"),
            Column(say("column.high"), "percent"),
            Column(say("column.apart"), "percent"),
        ),
        tuple(
            (
                s.label,
                z.n,
                z.unweighted_share,
                *_ends(z.share),
                z.share.estimate - z.unweighted_share if isinstance(z.share, Interval) else None,
            )
            for s, z in rows
        ),
        say("sizes.shares"),
        say("sizes.shares_note"),
    )
    people = TableBlock(
        (
            Column(say("column.segment")),
            Column(say("column.people"), "count"),
            Column(say("column.low"), "count"),
            Column(say("column.high"), "count"),
        ),
        tuple((s.label, *_ends(z.people)) for s, z in rows),
        say("sizes.people"),
        say("sizes.people_note"),
    )
    blocks: list[Block] = [Heading(say("sizes.title")), KeyFigures(figures), ChartBlock(_share_chart(facts)), shares]
    blocks += [people, *_money(facts)]
    if size.unknown > 0:
        blocks.append(Paragraph(say("sizes.unknown", share=size.unknown)))
    return blocks


def _share_chart(facts: MarketFacts) -> BarChart:
    bars = []
    for s, z in _rows(facts):
        share, low, high = _ends(z.share)
        bars.append(Bar(s.label, _number(share), _number(low), _number(high), z.unweighted_share, s.colour))
    axis = Axis(say("axis.share"), "percent", 0.0)
    titles = (say("column.unweighted"), say("column.weighted"))
    return BarChart(say("sizes.chart"), axis, tuple(bars), titles[0], value_title=titles[1])


def _number(value: Cell) -> float | None:
    return float(value) if isinstance(value, int | float) else None


def _money(facts: MarketFacts) -> list[Block]:
    if facts.market.money is None:
        return [Paragraph(say("sizes.no_money"))]
    columns = (
        Column(say("column.segment")),
        Column(say("column.money", currency=facts.currency), "count"),
        Column(say("column.low"), "count"),
        Column(say("column.high"), "count"),
        Column(say("column.mean", currency=facts.currency), "money"),
    )
    rows = tuple((s.label, *_ends(z.money), z.mean_money) for s, z in _rows(facts))
    note = say("sizes.money_note", question=_wording(facts, facts.market.money))
    return [TableBlock(columns, rows, say("sizes.money"), note)]


def _growth(facts: MarketFacts) -> list[Block]:
    heading = Heading(say("growth.title"))
    growth = facts.growth
    if growth is None:
        return [heading, Notice(say("growth.none"), "warning")]
    pairs = list(zip(facts.market.segments, growth.segments, strict=True))
    columns = (
        Column(say("column.segment")),
        Column(say("column.growth"), "percent"),
        Column(say("column.low"), "percent"),
        Column(say("column.high"), "percent"),
        Column(say("column.reading")),
    )
    rows = tuple((s.label, *_ends(g.people), say(f"growth.{_direction(g)}")) for s, g in pairs)
    bars = []
    for s, g in pairs:
        value, low, high = (_number(v) for v in _ends(g.people))
        bars.append(Bar(s.label, value, low, high, colour=s.colour))
    text = say("growth.waves", before=growth.before, after=growth.after, years=growth.years)
    blocks: list[Block] = [heading, Paragraph(text)]
    blocks.append(ChartBlock(BarChart(say("growth.chart"), Axis(say("column.growth"), "percent"), tuple(bars))))
    blocks.append(TableBlock(columns, rows, say("growth.table"), say("growth.note")))
    if any(isinstance(g.money, Interval) for _, g in pairs):
        money = tuple((s.label, *_ends(g.money)) for s, g in pairs)
        blocks.append(TableBlock(columns[:4], money, say("growth.money")))
    return blocks


def _places(facts: MarketFacts) -> list[Block]:
    heading = Heading(say("places.title"))
    places = facts.places
    if places is None:
        return [heading, Notice(say("places.none"), "info")]
    segments = facts.market.segments
    shares = [[None if np.isnan(v) else float(v) for v in row] for row in places.shares]
    columns = (
        Column(say("column.place")),
        Column(say("places.whole"), "percent"),
        *(Column(s.label, "percent") for s in segments),
    )
    rows = tuple((p, places.whole[i], *shares[i]) for i, p in enumerate(places.places))
    names: tuple[Text, ...] = (say("places.whole"), *(s.label for s in segments))
    values = tuple((places.whole[i], *shares[i]) for i in range(len(places.places)))
    blocks: list[Block] = [heading, Paragraph(say("places.how", question=places.text))]
    blocks.append(ChartBlock(Heatmap(say("places.chart"), places.places, names, values, "percent")))
    told = [m for m in facts.marks if m.question == places.question]
    if told:
        blocks.append(Bullets(tuple(_mark_words(facts, m, "places.mark") for m in told[: 2 * MARKS_IN_WORDS])))
    else:
        blocks.append(Paragraph(say("places.even")))
    blocks.append(TableBlock(columns, rows, say("places.table"), say("places.note")))
    return blocks


def _mark_words(facts: MarketFacts, mark: AnswerMark, code: str) -> Message:
    return say(
        code,
        label=facts.market.segments[mark.segment].label,
        question=_wording(facts, mark.question),
        answer=mark.answer,
        share=mark.share.estimate,
        rest=mark.rest.estimate,
        low=mark.difference.low,
        high=mark.difference.high,
    )


def _segments(facts: MarketFacts) -> list[Block]:
    blocks: list[Block] = []
    defining = set(facts.market.centres.questions) if facts.market.centres is not None else set()
    if facts.market.question is not None:
        defining.add(facts.market.question)
    for k, (segment, size) in enumerate(_rows(facts)):
        blocks.append(Heading(say("segment.title", label=segment.label), colour=segment.colour))
        share, people = size.share, size.people
        if isinstance(share, Interval) and isinstance(people, Interval):
            blocks.append(
                Paragraph(
                    say(
                        "segment.size",
                        people=people.estimate,
                        low=people.low,
                        high=people.high,
                        share=share.estimate,
                        unweighted=size.unweighted_share,
                        n=size.n,
                    )
                )
            )
        else:
            blocks.append(Notice(say("segment.too_few", n=size.n), "warning"))
        blocks += _marks(facts, k, defining)
        blocks += _orders(facts, k)
    return blocks


def _marks(facts: MarketFacts, k: int, defining: set[str]) -> list[Block]:
    found = [m for m in facts.marks if m.segment == k]
    heading = Heading(say("segment.marks"), SECTION)
    if not found:
        return [heading, Paragraph(say("segment.no_marks"))]
    free = _told_once([m for m in found if m.question not in defining] or found)
    blocks: list[Block] = [heading, Paragraph(say("segment.marks_how"))]
    words = tuple(_mark_words(facts, m, "segment.mark") for m in free[:MARKS_IN_WORDS])
    blocks.append(Bullets(words))
    bars = tuple(
        Bar(
            say("segment.bar", question=_short(str(_wording(facts, m.question))), answer=_short(m.answer)),
            m.difference.estimate,
            m.difference.low,
            m.difference.high,
            colour=facts.market.segments[k].colour,
        )
        for m in free[:MARKS_DRAWN]
    )
    blocks.append(ChartBlock(BarChart(say("segment.chart"), Axis(say("axis.difference"), "percent"), bars)))
    if any(m.question in defining for m in found):
        blocks.append(Notice(say("segment.defining"), "info"))
    return blocks


def _told_once(marks: list[AnswerMark]) -> list[AnswerMark]:
    """Leave out answers that say the same of the same people in another question, or the opposite."""
    heard: set[tuple[float, float]] = set()
    kept = []
    for mark in marks:
        share, rest = mark.share.estimate, mark.rest.estimate
        if not {(round(share, 6), round(rest, 6)), (round(1 - share, 6), round(1 - rest, 6))} & heard:
            heard.add((round(share, 6), round(rest, 6)))
            kept.append(mark)
    return kept


def _short(text: str) -> str:
    return text if len(text) <= 30 else text[:29].rstrip() + "…"


def _orders(facts: MarketFacts, k: int) -> list[Block]:
    heading = Heading(say("segment.orders"), SECTION)
    orders = facts.orders
    if orders.nothing is not None:
        return [heading, Paragraph(orders.nothing)]
    values = orders.values[k]
    if values is None:
        return [heading, Paragraph(say("segment.few_orders", customers=orders.customers[k]))]
    told = say(
        "segment.order_values",
        customers=orders.customers[k],
        currency=facts.currency,
        **{key: values[key] for key in ("n", "p5", "q1", "median", "q3", "p95")},
    )
    five = (values["p5"], values["q1"], values["median"], values["q3"], values["p95"])
    group = BoxGroup(facts.market.segments[k].label, five, int(values["n"]), facts.market.segments[k].colour)
    axis = Axis(say("axis.order", currency=facts.currency), "money", 0.0 if five[0] >= 0 else None)
    blocks: list[Block] = [heading, Paragraph(told)]
    blocks.append(ChartBlock(BoxChart(say("segment.order_chart"), axis, (group,), say("segment.whiskers"))))
    if orders.typed:
        blocks.append(Notice(say("segment.typed"), "warning"))
    return blocks


def _stability(facts: MarketFacts) -> list[Block]:
    evidence = facts.market.evidence
    blocks: list[Block] = [Heading(say("stability.title")), Paragraph(_verdict(facts))]
    if evidence.get("reason"):
        blocks.append(Notice(from_json(evidence["reason"]), "info"))
    by_k = {int(k): float(v) for k, v in evidence.get("by_k", {}).items()}
    if not by_k:
        return blocks
    ks = sorted(by_k)
    blocks.append(Paragraph(say("stability.how", n=evidence.get("n_used"))))
    if len(ks) > 1:
        series = (Series(say("stability.agreement"), tuple(by_k[k] for k in ks), colour=0),)
        axis = Axis(say("stability.agreement"), "number", 0.0 if min(by_k.values()) >= 0 else None, 1.0)
        chart = LineChart(say("stability.chart"), say("stability.number"), tuple(map(str, ks)), axis, series)
        blocks.append(ChartBlock(chart))
    columns = (Column(say("stability.number"), "count"), Column(say("stability.agreement"), "number"))
    blocks.append(TableBlock(columns, tuple((k, by_k[k]) for k in ks), say("stability.table")))
    return blocks


def _scales(facts: MarketFacts) -> list[Block]:
    heading = Heading(say("scales.title"))
    if not facts.scales:
        return [heading, Paragraph(say("scales.none"))]
    columns = (
        Column(say("scales.scale")),
        Column(say("scales.factor")),
        Column(say("scales.items")),
        Column(say("scales.alpha"), "number"),
        Column(say("scales.omega"), "number"),
        Column(say("scales.named")),
    )
    rows: list[tuple[Cell, ...]] = []
    for scale in facts.scales:
        texts = {item.question: item.text for item in scale.items}
        alphas, omegas = scale.evidence.get("alpha", []), scale.evidence.get("omega_factor", [])
        for j, factor in enumerate(scale.factors):
            alpha = alphas[j] if j < len(alphas) else None
            named = say("scales.by", name=factor.named_by) if factor.named_by else say("scales.suggested")
            items = "; ".join(texts.get(i, i) for i in factor.items)
            omega = omegas[j] if j < len(omegas) else None
            rows.append((scale.label, factor.label, items, alpha[0] if alpha else None, omega, named))
    blocks: list[Block] = [heading, Paragraph(say("scales.how")), TableBlock(columns, tuple(rows), say("scales.table"))]
    if facts.scale_means:
        heads = (Column(say("scales.factor")), *(Column(s.label, "signed") for s in facts.market.segments))
        body = tuple(
            (m.scale.factors[m.factor].label, *(None if np.isnan(v) else v for v in m.means)) for m in facts.scale_means
        )
        blocks.append(TableBlock(heads, body, say("scales.means"), say("scales.means_note")))
    return blocks


def _advice_lines(facts: MarketFacts) -> list[Text]:
    ranked = _by_people(facts)
    out: list[Text] = []
    growing = set()
    if facts.growth is not None:
        pairs = zip(facts.market.segments, facts.growth.segments, strict=True)
        growing = {s.id for s, g in pairs if _direction(g) == "up"}
    if ranked:
        first = ranked[0]
        if len(ranked) == 1 or _clear(first[2], ranked[1][2]):
            out.append(say("advice.largest", label=first[0].label))
        else:
            close = [s.label for s, _, people in ranked if not _clear(first[2], people)]
            out.append(say("advice.several", labels=close))
    else:
        out.append(say("advice.too_few"))
    if growing:
        out.append(say("advice.growing", labels=[s.label for s in facts.market.segments if s.id in growing]))
    if facts.growth is None:
        out.append(say("advice.second_wave"))
    if facts.market.tool is None:
        out.append(say("advice.tool"))
    if not facts.market.margins:
        out.append(say("advice.margins" if facts.survey.weighted else "advice.margins_first"))
    out.append(say("advice.strength"))
    return out


def _advice(facts: MarketFacts) -> list[Block]:
    return [
        Heading(say("advice.title")),
        Paragraph(say("advice.how")),
        Bullets(tuple(_advice_lines(facts))),
        Notice(say("advice.rule"), "assumed"),
    ]


def _cautions(facts: MarketFacts) -> list[Block]:
    size = facts.view.size
    out: list[Text] = [say("caution.answers"), say("caution.interval")]
    if not facts.survey.weighted and not facts.market.margins:
        out.append(say("caution.unweighted"))
    gaps = [
        abs(z.share.estimate - z.unweighted_share) for _, z in _rows(facts) if isinstance(z.share, Interval) and z.n
    ]
    if gaps and max(gaps) >= APART:
        out.append(say("caution.apart", gap=max(gaps)))
    if size.design_effect > 1.5:
        out.append(say("caution.effect", effect=size.design_effect, effective=size.n_effective, n=size.n_rows))
    if few := [s.label for s, z in _rows(facts) if not isinstance(z.people, Interval)]:
        out.append(say("caution.few", labels=few))
    if size.unknown > 0.05:
        out.append(say("caution.unknown", share=size.unknown))
    if size.single_strata:
        out.append(say("caution.strata", n=size.single_strata))
    if facts.growth is not None and facts.growth.panel is False:
        out.append(say("caution.waves"))
    out.append(say("caution.competition"))
    return [Heading(say("caution.title")), Bullets(tuple(out))]
