"""The chapter of a segment report on lifetime value: what segments are worth, and how far the forecast held."""

from __future__ import annotations

from qunxiang.i18n import Message
from qunxiang.model.value import CustomerValue, GroupError, GroupWorth
from qunxiang.model.value_cautions import said
from qunxiang.ports.documents import (
    Block,
    ChartBlock,
    Column,
    Heading,
    KeyFigure,
    KeyFigures,
    Notice,
    Paragraph,
    TableBlock,
)
from qunxiang.services.report_content import SECTION, ReportFacts, say
from qunxiang.services.value_charts import hold_out_chart, tracking_chart


def worth(facts: ReportFacts) -> tuple[Block, ...]:
    """Return the chapter; before a fit it says that there is none."""
    value = facts.value
    if value is None:
        return (Heading(say("value.title")), Notice(say("value.none"), "info"))
    rows = [g for g in value.evidence.worth if g.scheme == facts.segmentation.id]
    errors = [g for g in value.evidence.errors if g.scheme == facts.segmentation.id]
    blocks: list[Block] = [
        Heading(say("value.title")),
        Paragraph(
            say(
                "value.how",
                model=Message(f"value.model.{value.model}"),
                horizon=value.horizon,
                unit=Message(f"value.unit.{value.unit}"),
                as_of=value.as_of,
                rate=value.discount_rate,
            )
        ),
        _figures(facts, value),
    ]
    if rows:
        blocks.append(_table(facts, rows))
    else:
        blocks.append(Notice(say("value.no_segments"), "warning"))
    blocks += [
        Heading(say("value.hold_out"), SECTION),
        Paragraph(
            say(
                "value.hold_out_how",
                end=value.calibration_end,
                as_of=value.as_of,
                actual=value.evidence.error.actual,
                expected=value.evidence.error.expected,
                n=value.evidence.error.customers,
            )
        ),
        ChartBlock(tracking_chart(value)),
        ChartBlock(hold_out_chart(value)),
        Paragraph(
            Message("value.rmse", {"model": value.evidence.error.rmse, "before": value.evidence.error.rmse_as_before})
        ),
    ]
    if errors:
        blocks.append(_errors(errors))
    blocks += [Notice(caution, "warning") for caution in said(value)]
    return tuple(blocks)


def _figures(facts: ReportFacts, value: CustomerValue) -> KeyFigures:
    whole = next(g for g in value.evidence.worth if not g.scheme)
    span = (
        say("value.span", low=facts.figure(float(whole.value_low)), high=facts.figure(float(whole.value_high)))
        if whole.value_low is not None and whole.value_high is not None
        else say("value.no_span")
    )
    return KeyFigures(
        (
            KeyFigure(
                say("value.worth", currency=facts.currency),
                facts.figure(None if whole.value is None else float(whole.value)),
                span,
            ),
            KeyFigure(
                Message("value.fact.alive"), say("count", n=whole.alive), say("value.of_customers", n=whole.customers)
            ),
            KeyFigure(Message("value.fact.purchases"), say("count", n=whole.purchases)),
        )
    )


def _table(facts: ReportFacts, rows: list[GroupWorth]) -> TableBlock:
    columns = (
        Column(say("column.segment")),
        Column(Message("value.column.customers"), "count"),
        Column(Message("value.column.alive"), "count"),
        Column(Message("value.column.purchases"), "count"),
        Column(say("value.worth", currency=facts.currency), "money"),
        Column(say("value.low"), "money"),
        Column(say("value.high"), "money"),
    )

    def number(found: object) -> float | None:
        return None if found is None else float(str(found))

    cells = tuple(
        (g.label, g.customers, g.alive, g.purchases, number(g.value), number(g.value_low), number(g.value_high))
        for g in rows
    )
    return TableBlock(columns, cells, title=Message("value.by_segment"), note=say("value.table_note"))


def _errors(rows: list[GroupError]) -> TableBlock:
    columns = (
        Column(say("column.segment")),
        Column(Message("value.column.customers"), "count"),
        Column(Message("value.column.actual_total"), "count"),
        Column(Message("value.column.expected_total"), "count"),
        Column(Message("value.column.error"), "percent"),
        Column(say("value.low"), "percent"),
        Column(say("value.high"), "percent"),
        Column(Message("value.column.value_error"), "percent"),
    )

    def end(found: float | None, row: GroupError) -> float | None:
        return None if found is None or not row.actual else found * row.customers / row.actual

    cells = tuple(
        (
            g.label,
            g.customers,
            g.actual,
            g.expected,
            g.error,
            end(g.difference_low, g),
            end(g.difference_high, g),
            g.value_error,
        )
        for g in rows
    )
    return TableBlock(columns, cells, title=Message("value.errors"), note=say("value.errors_note"))
