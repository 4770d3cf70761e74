"""Behaviour in words, in both languages: what is counted of which rows, in which days, around which moment."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from qunxiang.i18n import Label
from qunxiang.model import Anchor, Behaviour, Metric, Span, Step, Window
from qunxiang.sql.rule_types import Rows

ConditionWords = Callable[[str, Rows], Label]
"""Words of a condition on the rows of a table."""

_UNITS = {
    "hours": Label("小时", "hours"),
    "days": Label("天", "days"),
    "weeks": Label("周", "weeks"),
    "months": Label("个月", "months"),
    "years": Label("年", "years"),
}
_METRICS = {
    Metric.COUNT: Label("{rows}次数", "number of {rows}"),
    Metric.SUM: Label("{rows}的{column}合计", "sum of {column} of {rows}"),
    Metric.MEAN: Label("{rows}的{column}平均值", "mean {column} of {rows}"),
    Metric.MEDIAN: Label("{rows}的{column}中位数", "median {column} of {rows}"),
    Metric.MIN: Label("{rows}的{column}最小值", "least {column} of {rows}"),
    Metric.MAX: Label("{rows}的{column}最大值", "greatest {column} of {rows}"),
    Metric.FIRST: Label("首次{rows}的{column}", "{column} of the first of {rows}"),
    Metric.LAST: Label("最近一次{rows}的{column}", "{column} of the last of {rows}"),
    Metric.DISTINCT: Label("{rows}中不同{column}的个数", "different values of {column} of {rows}"),
    Metric.MOST_FREQUENT: Label("{rows}中最常见的{column}", "most frequent {column} of {rows}"),
    Metric.SHARE: Label("{rows}中符合条件的占比", "share of {rows} that meet the condition"),
    Metric.DAYS_SINCE_FIRST: Label("首次{rows}距今天数", "days since the first of {rows}"),
    Metric.DAYS_SINCE_LAST: Label("最近一次{rows}距今天数", "days since the last of {rows}"),
}


def behaviour_words(
    behaviour: Behaviour, tables: Mapping[str, Rows], words: ConditionWords, *, absent: bool = False
) -> Label:
    """Return a behaviour in words.

    Parameters
    ----------
    tables
        The tables it looks at, by name.
    words
        Says a condition on rows.
    absent
        Say of existence that there is none.
    """
    if behaviour.steps:
        steps = [_step(s, tables, words) for s in behaviour.steps]
        zh, en = " → ".join(s.zh for s in steps), " → ".join(s.en for s in steps)
        if behaviour.window is not None:
            window = window_words(behaviour.window)
            zh, en = f"{window.zh}，{zh}", f"{en}, {window.en}"
        return Label(f"依次发生（{zh}）", f"in this order ({en})")
    measure = behaviour.measure
    assert measure is not None
    rows = tables[measure.table]
    there = Label("没有{rows}", "no {rows}") if absent else Label("有过{rows}", "has {rows}")
    said = there if behaviour.exists else _METRICS[measure.metric]
    column = rows.labels[measure.column] if measure.column else Label("", "")
    zh = said.zh.format(rows=rows.label.zh, column=column.zh)
    en = said.en.format(rows=rows.label.en.lower(), column=column.en.lower())
    notes = [words(measure.where, rows)] if measure.where else []
    notes += [
        _moment(a, side, tables, words) for side, a in (("after", behaviour.after), ("before", behaviour.before)) if a
    ]
    if measure.window is not None:
        shown = window_words(measure.window)
        zh, en = f"{shown.zh}{zh}", f"{en} in the {shown.en}" if measure.window.last else f"{en} {shown.en}"
    if notes:
        zh += f"（{'；'.join(n.zh for n in notes)}）"
        en += f" ({'; '.join(n.en for n in notes)})"
    return Label(zh, en)


def window_words(window: Window) -> Label:
    """Return a window in words."""
    if window.last is None:
        return Label(
            f"{window.from_days} 至 {window.to_days} 天前的", f"{window.from_days} to {window.to_days} days ago"
        )
    return Label(f"近 {window.last} {_UNITS[window.unit].zh}", f"last {window.last} {_unit(window.unit, window.last)}")


def _moment(anchor: Anchor, side: str, tables: Mapping[str, Rows], words: ConditionWords) -> Label:
    rows = tables[anchor.table]
    where = words(anchor.where, rows) if anchor.where else None
    edge_zh, edge_en = ("首次", "first") if anchor.edge == "first" else ("最近一次", "last")
    zh, en = f"{edge_zh}{rows.label.zh}", f"the {edge_en} of {rows.label.en.lower()}"
    if where is not None:
        zh, en = f"{zh}（{where.zh}）", f"{en} ({where.en})"
    return Label(f"在{zh}之{'后' if side == 'after' else '前'}", f"{side} {en}")


def _step(step: Step, tables: Mapping[str, Rows], words: ConditionWords) -> Label:
    rows = tables[step.table]
    zh, en = rows.label.zh, rows.label.en.lower()
    if step.where:
        said = words(step.where, rows)
        zh, en = f"{zh}（{said.zh}）", f"{en} ({said.en})"
    if step.absent:
        zh, en = f"没有{zh}", f"no {en}"
    if step.within is not None:
        span = _span(step.within)
        zh, en = f"{span.zh}内{zh}", f"{en} within {span.en}"
    return Label(zh, en)


def _span(span: Span) -> Label:
    return Label(f"{span.n} {_UNITS[span.unit].zh}", f"{span.n} {_unit(span.unit, span.n)}")


def _unit(unit: str, n: int) -> str:
    en = _UNITS[unit].en
    return en if n != 1 else en.removesuffix("s")
