"""How a source column is read as ranges, and the exact numbers among them as the column of exact numbers."""

from __future__ import annotations

from sqlglot import exp

from qunxiang.intake.amounts import converted, currency_mark, currency_of
from qunxiang.intake.plan import Plan
from qunxiang.intake.ranges import RangeForm, bounds, end_of, ends, kept, tidy
from qunxiang.intake.readings import LONGEST_TEXT, STEPS, Carrier, Names, Reading, Row, as_text, cleaned
from qunxiang.intake.staging import Kind
from qunxiang.intake.words import nothing
from qunxiang.sql import column, literal, template
from qunxiang.sql.ranges import exact, holds
from qunxiang.tables import Column, ColumnType


def range_reading(carrier: Carrier, exact_type: ColumnType, names: Names, plan: Plan, row: Row) -> Reading:
    """Return how a source column is read as the ranges of a column of type `exact_type`."""
    t, n, a, m, v, c, w = (column(names[step]) for step in STEPS)
    form = RangeForm.of(exact_type)
    written = t if carrier.kind is Kind.TEXT else as_text(t, carrier.kind)
    money = not form.whole
    currency = currency_of(currency_mark(n, comma=False), row.currency, plan) if money else None
    return Reading(
        clean=cleaned(carrier.source, carrier.kind),
        form=tidy(written),
        aside=bounds(n, form),
        second=ends(n, a, form),
        value=kept(m),
        currency=currency,
        final=_converted(m, v, c, row, plan) if money else None,
        code=_code(t, m, v, w if money else v, carrier.kind, plan),
        repair=_repair(t, v, c if money else None, carrier.kind, plan),
        result=names["final"] if money else names["value"],
    )


def _converted(m: exp.Expr, v: exp.Expr, c: exp.Expr, row: Row, plan: Plan) -> exp.Expr:
    """Return a range of amounts in the workspace's currency; NULL when no rate holds."""
    ends_ = [end_of(m, which) for which in (0, 1)]
    low, high = (converted(template("TRY_CAST(:x AS DECIMAL(18, 2))", x=x), c, row.day, plan) for x in ends_)
    foreign = template(
        """REGEXP_REPLACE(CAST(:low AS VARCHAR)
             || CASE WHEN :last = '+' THEN '+' WHEN :first = :last THEN '' ELSE '-' || CAST(:high AS VARCHAR) END,
             '[.]00', '', 'g')""",
        low=low,
        high=high,
        first=ends_[0],
        last=ends_[1],
    )
    return template(
        "CASE WHEN :c = :own THEN :v WHEN NOT :v IS NULL THEN :foreign END",
        c=c,
        own=plan.currency,
        v=v,
        foreign=foreign,
    )


def _code(t: exp.Expr, m: exp.Expr, v: exp.Expr, w: exp.Expr, kind: Kind, plan: Plan) -> exp.Expr:
    case = exp.Case()
    failed = template("NOT :t IS NULL AND :v IS NULL", t=t, v=v)
    if kind is Kind.TEXT:
        case = case.when(template("CONTAINS(:t, CHR(0))", t=t), literal("reject.nul"))
        case = case.when(template("CONTAINS(:t, CHR(65533))", t=t), literal("reject.encoding"))
        case = case.when(template("LENGTH(:t) > :longest", t=t, longest=LONGEST_TEXT), literal("reject.too_long"))
        failed = exp.and_(failed, template("NOT :nothing", nothing=exp.paren(nothing(t, None, plan))))
    case = case.when(exp.and_(failed, template("NOT :m IS NULL", m=m)), literal("reject.range.reversed"))
    case = case.when(failed, literal("reject.range"))
    return case.when(template("NOT :v IS NULL AND :w IS NULL", v=v, w=w), literal("reject.money.currency"))


def _repair(t: exp.Expr, v: exp.Expr, c: exp.Expr | None, kind: Kind, plan: Plan) -> exp.Expr | None:
    if kind is not Kind.TEXT:
        return None
    foreign = template("FALSE") if c is None else template(":c <> :own", c=c, own=plan.currency)
    return template(
        """CASE WHEN :v IS NULL THEN CASE WHEN NOT :t IS NULL THEN 'nothing' END
                WHEN :foreign THEN 'currency'
                WHEN REGEXP_MATCHES(:t, '[万亿千]|[0-9] *[kKmMbBwW]') THEN 'unit'
                WHEN REGEXP_MATCHES(:t, '[０１２３４５６７８９]') THEN 'wide' END""",
        t=t,
        v=v,
        foreign=foreign,
    )


def exact_number(read: exp.Expr, target: Column) -> exp.Expr:
    """Return the number of a range that is one, in the type of the column of exact numbers; NULL when it is wider."""
    type_ = exp.DataType.build(target.type.sql, dialect="duckdb")
    return exp.TryCast(this=exact(read), to=type_)


def number_after(came: exp.Expr, told: exp.Expr, there: exp.Expr) -> exp.Expr:
    """Return the exact number of a row after a load: the one that came, or else the one there if its range holds it."""
    return template(
        "CASE WHEN NOT :came IS NULL THEN :came WHEN :told IS NULL OR :holds THEN :there END",
        came=came,
        told=told,
        holds=holds(told, there),
        there=there,
    )


def or_range(code: exp.Expr, t: exp.Expr, type_: ColumnType) -> exp.Expr:
    """Return why a cell is no number of type `type_`; a range has a reason of its own, which names its column."""
    form = RangeForm.of(type_)
    return template(
        """CASE WHEN :t IS NULL OR NOT REGEXP_MATCHES(:t, '[0-9０-９]') THEN :code
                WHEN NOT :code IN ('reject.integer', 'reject.money') THEN :code
                WHEN :bound <> 'one' THEN 'reject.range.column' ELSE :code END""",
        code=code,
        t=t,
        bound=bounds(tidy(t), form),
    )
