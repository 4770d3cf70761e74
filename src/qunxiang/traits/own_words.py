"""What own variables say of themselves in both languages: sentence, unit, meaning of an unknown value."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal

from qunxiang.i18n import Label
from qunxiang.model import Measure, Metric, TraitDefinition, TraitKind, Variable, Window
from qunxiang.sql.rule_reading import number_text
from qunxiang.sql.rule_text import name_text
from qunxiang.traits import words as w
from qunxiang.traits.measuring import CheckedMeasure

_UNITS = {
    "days": Label("天", "days"),
    "weeks": Label("周", "weeks"),
    "months": Label("个月", "months"),
    "years": Label("年", "years"),
}


def number(value: float) -> str:
    """Write a number without exponent, as rules read it."""
    return number_text(Decimal(repr(value)))


def name_of(trait: str) -> str:
    """Write a trait's id as an expression names it."""
    return name_text(trait)


def unit(variable: Variable, kind: TraitKind, money: Label) -> Label:
    """Return the unit that follows from the metric."""
    measure = variable.measure
    assert measure is not None
    if variable.over is not None:
        return w.NONE
    base = {Metric.COUNT: w.TIMES, Metric.DISTINCT: w.KINDS, Metric.SHARE: w.SHARE}.get(measure.metric, w.NONE)
    if measure.metric is Metric.TREND:
        if measure.trend == "halves":
            return w.INDEX
        base = money if kind == "money" else w.TIMES if measure.column is None else Label("单位", "units")
        return Label(f"{base.zh}/月", f"{base.en} per month")
    if measure.metric in (Metric.DAYS_SINCE_FIRST, Metric.DAYS_SINCE_LAST):
        return w.DAYS
    if kind == "money":
        return money
    return w.LEVEL if kind == "text" else base


def derived_unit(kind: TraitKind, used: Sequence[TraitDefinition], money: Label) -> Label:
    """Return the unit of an expression: that of the traits in it when they agree and the kind stays."""
    if kind == "money":
        return money
    if kind == "text":
        return w.LEVEL
    units = {t.unit for t in used}
    return units.pop() if len(units) == 1 and kind == "integer" else w.NONE


def when_missing(variable: Variable, fill: float | None) -> Label:
    """Say what an unknown value means, or what stands in its place."""
    measure = variable.measure
    past = any(m.window is not None and m.window.to_days > 0 for m in variable.measures)
    if variable.missing == "leave_out":
        return Label(
            "没有符合条件的记录；这些客户不参与使用它的计算", "No row meets the condition; the profile is left out"
        )
    if fill is not None:
        value = number(fill)
        zero = fill == 0
        zh = "没有记录即为 0" if zero else f"没有取值的记为 {value}"
        en = "no record means 0" if zero else f"{value} stands for no value"
        if past:
            return Label(
                f"{zh}；期间结束时尚未出现的客户为未知", f"{en}; unknown for profiles first seen after the period"
            )
        return w.NEVER_UNKNOWN if zero else Label(zh, en[0].upper() + en[1:])
    if measure is None:
        return Label("表达式中有未知的变量", "A trait in the expression is unknown")
    if variable.over is not None:
        return Label("分母为 0 或未知", "The divisor is 0 or unknown")
    if measure.metric is Metric.SHARE:
        return _no_whole(measure)
    return Label("没有符合条件的记录", "No row meets the condition")


def _no_whole(measure: Measure) -> Label:
    """Say when a share is unknown: there is nothing of which it could be one."""
    zh, en = ("期间内", " in the period") if measure.window is not None else ("", "")
    if measure.column is None:
        return Label(f"{zh}没有记录", f"No row{en}")
    return Label(f"{zh}没有可作分母的数值", f"Nothing above 0 to divide by{en}")


def sentence(measures: Sequence[CheckedMeasure]) -> Label:
    """Return the sentence a marketer reads: what is measured, of which rows, in which days."""
    parts = [_of_measure(m) for m in measures]
    if len(parts) == 1:
        return parts[0]
    above, below = parts
    return Label(f"（{above.zh}）÷（{below.zh}）", f"({above.en}) ÷ ({below.en[0].lower()}{below.en[1:]})")


def derived_sentence(variable: Variable, text: str, used: Sequence[TraitDefinition]) -> Label:
    """Return the sentence of an expression over traits."""
    names = Label("、".join(t.label.zh for t in used), ", ".join(t.label.en for t in used))
    if variable.bands is not None:
        cuts = [number(c) for c in variable.bands.cuts]
        return Label(f"{names.zh}按 {'、'.join(cuts)} 分段", f"{names.en} in bands cut at {', '.join(cuts)}")
    if not used:
        return Label(f"由表达式计算：{text}", f"Computed as: {text}")
    return Label(f"由{names.zh}计算：{text}", f"Computed from {names.en}: {text}")


def _of_measure(checked: CheckedMeasure) -> Label:
    measure = checked.measure
    zh, en = _metric_words(measure, checked.readable.contract.label, _subject(checked))
    if measure.window is not None:
        when = _window_words(measure.window)
        zh, en = f"{when.zh}，{zh}", f"{en}, {when.en}"
    if checked.rule is not None:
        zh, en = f"{zh}；条件：{checked.rule.text}", f"{en}; where {checked.rule.text}"
    return Label(zh, en)


def _subject(checked: CheckedMeasure) -> Label | None:
    name = checked.measure.column
    return checked.readable.columns[name].label if name is not None else None


def _metric_words(measure: Measure, rows: Label, of: Label | None) -> tuple[str, str]:
    row_en = rows.en.lower()
    zh, en = (of.zh, of.en.lower()) if of is not None else ("", "")
    share = number((measure.quantile or 0.5) * 100)
    trend_zh, trend_en = (f"{rows.zh}中{zh}", f"{en} in {row_en}") if of else (f"{rows.zh}数", f"rows of {row_en}")
    match measure.metric:
        case Metric.COUNT:
            return f"{rows.zh}的记录数", f"Number of rows of {row_en}"
        case Metric.SUM:
            return f"{rows.zh}中{zh}的合计", f"Sum of {en} in {row_en}"
        case Metric.MEAN:
            return f"{rows.zh}中{zh}的均值", f"Mean of {en} in {row_en}"
        case Metric.MEDIAN:
            return f"{rows.zh}中{zh}的中位数", f"Median of {en} in {row_en}"
        case Metric.QUANTILE:
            return f"{rows.zh}中{zh}的 {share}% 分位数", f"{share}% quantile of {en} in {row_en}"
        case Metric.DISTINCT:
            return f"{rows.zh}中不同{zh}的个数", f"Different values of {en} in {row_en}"
        case Metric.SHARE if of is None:
            return f"{rows.zh}中符合条件的记录占比", f"Share of rows of {row_en} that meet the condition"
        case Metric.SHARE:
            return (
                f"{rows.zh}中符合条件的{zh}占比（为负的一方按 0 计）",
                f"Share of {en} in the rows of {row_en} that meet the condition (a side below 0 counts as 0)",
            )
        case Metric.TREND if measure.trend == "slope":
            return f"{trend_zh}每月的变化（最小二乘）", f"Change per month of {trend_en} (least squares)"
        case Metric.TREND:
            return (
                f"{trend_zh}：（后半段 − 前半段）÷（|后半段| + |前半段|）",
                f"{trend_en.capitalize()}: (later − earlier half) ÷ (|later| + |earlier|)",
            )
        case Metric.MOST_FREQUENT:
            return (
                f"{rows.zh}中出现最多的{zh}；并列取排序靠前者",
                f"Most frequent {en} in {row_en}; of equal ones the first in order",
            )
        case Metric.MIN:
            return f"{rows.zh}中{zh}的最小值", f"Least {en} in {row_en}"
        case Metric.MAX:
            return f"{rows.zh}中{zh}的最大值", f"Greatest {en} in {row_en}"
        case Metric.FIRST:
            return (
                f"首条{rows.zh}的{zh}；同时刻取最小者",
                f"{en.capitalize()} of the first row of {row_en}; of equal times the least",
            )
        case Metric.LAST:
            return (
                f"最近一条{rows.zh}的{zh}；同时刻取最大者",
                f"{en.capitalize()} of the last row of {row_en}; of equal times the greatest",
            )
        case Metric.DAYS_SINCE_LAST:
            return f"最近一条{rows.zh}距截止日期的天数", f"Days since the last row of {row_en}"
        case Metric.DAYS_SINCE_FIRST:
            return f"首条{rows.zh}距截止日期的天数", f"Days since the first row of {row_en}"


def _window_words(window: Window) -> Label:
    if window.last is None:
        far, near = window.from_days, window.to_days
        return Label(
            f"截止日期前 {far} 天至 {near} 天之间（两端都算）",
            f"from {far} to {near} days before the date, both ends counting",
        )
    name = _UNITS[window.unit]
    en = name.en if window.last > 1 else name.en.removesuffix("s")
    return Label(
        f"含截止日期在内的 {window.last} {name.zh}里",
        f"in the {window.last} {en} that end{'s' if window.last == 1 else ''} with the date",
    )
