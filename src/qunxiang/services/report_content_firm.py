"""Parts of the chapter on targets: how firm the ranking is, who disagrees, and the response curves for a budget."""

from __future__ import annotations

from qunxiang.ports.documents import Block, Bullets, Column, Heading, Paragraph, TableBlock
from qunxiang.services.report_content import SECTION, ReportFacts, say
from qunxiang.targeting import Ranking


def robustness(facts: ReportFacts, made: Ranking) -> list[Block]:
    """Return how often every segment leads under other weights and values, and who leads without a criterion."""
    if not made.robustness:
        return []
    runs = [{s.segment: s for s in run.segments} for run in made.robustness]
    columns = (
        Column(say("column.segment")),
        *(Column(say(f"firm.{run.varied}"), "percent") for run in made.robustness),
        Column(say("firm.mean_rank"), "number"),
    )
    rows = tuple(
        (
            facts.label(a.segment),
            *(run[a.segment].first_share for run in runs),
            runs[-1][a.segment].mean_rank,
        )
        for a in made.ranked
    )
    note = say("firm.note", draws=made.n_draws, spread=made.weight_spread, seed=made.seed)
    blocks: list[Block] = [Heading(say("firm.title"), SECTION), TableBlock(columns, rows, say("firm.table"), note)]
    names = {c.id: c.label for c in made.criteria.criteria}
    moved = [
        say(
            "firm.without",
            criterion=names[out.criterion],
            labels=[facts.label(s) for s, place in out.ranks.items() if place == 1],
        )
        for out in made.left_out
        if out.changed
    ]
    if moved:
        blocks.append(Bullets(tuple(moved)))
    elif made.left_out:
        blocks.append(Paragraph(say("firm.same")))
    return blocks


def disputes(facts: ReportFacts, made: Ranking) -> list[Block]:
    """Return the judgements that lie 4 points or more apart, with everybody's; their mean says little."""
    names = {c.id: c.label for c in made.criteria.grounds}
    items = tuple(
        say(
            "firm.disputed",
            label=facts.label(a.segment),
            criterion=names[c.criterion],
            said=[f"{by} {value:g}" for by, value in zip(c.judged_by, c.judged_values, strict=True)],
        )
        for a in made.assessments
        for c in (*a.cells, *a.conditions)
        if c.disputed
    )
    return [Paragraph(say("firm.disputes")), Bullets(items)] if items else []


def budget(facts: ReportFacts) -> list[Block]:
    """Return the response curves that budgets are split by; nothing where there are none."""
    if not facts.curves:
        return []
    columns = (
        Column(say("column.segment")),
        Column(say("budget.origin")),
        Column(say("budget.ceiling"), "money"),
        Column(say("ranking.low"), "money"),
        Column(say("ranking.high"), "money"),
        Column(say("budget.scale"), "money"),
        Column(say("judged.by")),
        Column(say("judged.why")),
    )
    rows = tuple(
        (
            facts.label(c.segment),
            say(f"criteria.{'judged' if c.origin == 'entered' else 'measured'}"),
            c.ceiling,
            c.ceiling_low,
            c.ceiling_high,
            c.scale,
            c.by,
            c.why,
        )
        for c in facts.curves
    )
    return [Heading(say("budget.title"), SECTION), TableBlock(columns, rows, say("budget.table"), say("budget.note"))]
