"""Words that stand for "nothing", for a sum, or for a number with too few digits."""

from __future__ import annotations

import re

from sqlglot import exp

from qunxiang.intake.plan import Plan, Role
from qunxiang.sql import literal, template

BROKEN_CELLS = (
    *("#ref!", "#n/a", "#value!", "#div/0!", "#name?", "#null!", "#num!", "#spill!", "#calc!", "#getting_data"),
    *("null", "(null)", "<null>", "[null]", "\\n"),
)
"""What a spreadsheet or database writes for a cell without value; never a value."""
DASHES = ("-", "--", "---", "—", "——", "–", "－", "n/a", "ｎ／ａ", "nan", "nil", "/", "\\")
"""Marks for "nothing"; no value outside of what people wrote."""
NOTHING = ("无", "未知", "空", "暂无", "未填", "未填写", "不详", "待补充", "none", "na", "unknown", "undefined")
"""Words for "nothing", which may be an answer in a text; no value in numbers, dates, codes, places, personal data."""

SCIENTIFIC = r"^[0-9](?:\.[0-9]+)?[eE]\+[0-9]{1,3}$"
_BETWEEN = "\x1f"
_TOTAL = (
    r"(?:(?:本页|本月|本日|本年|本期|全部|累计|部门|客户)?\s*(?:合\s*计|小\s*计|总\s*计|总\s*合\s*计|共\s*计)\s*[:：]?"
    r"|(?i:(?:grand |sub-?)?totals?)\s*:?)"
)


def nothing_words(role: Role | None, plan: Plan) -> tuple[str, ...]:
    """Return the words, in lower case, that stand for "nothing"; `role` is None where the value is no text."""
    words = [*BROKEN_CELLS, *(w.strip().lower() for w in plan.options.null_words)]
    if role is not Role.FREE:
        words += DASHES
    if role not in (Role.FREE, Role.PLAIN):
        words += NOTHING
    return tuple(dict.fromkeys(filter(None, words)))


def nothing(value: exp.Expr, role: Role | None, plan: Plan) -> exp.Expr:
    """Return the condition that a text stands for "nothing"; `role` is None where the value is no text."""
    words = nothing_words(role, plan)
    longest = max(map(len, words))
    known = f"^(?:{'|'.join(map(re.escape, words))})$"
    return template(
        "LENGTH(:t) <= :longest AND REGEXP_MATCHES(LOWER(:t), :known)", t=value, longest=longest, known=known
    )


TOTAL_LETTERS = "gst"
"""Latin letters, in lower case, with which a mark of a sum may begin."""


def total(value: exp.Expr) -> exp.Expr:
    """Return the condition that a cell marks the sum of other rows: 合计, 小计, 总计."""
    return template("LENGTH(:t) <= 20 AND REGEXP_MATCHES(:t, :total)", t=value, total=f"^{_TOTAL}$")


def any_total(cells: list[exp.Expr]) -> exp.Expr:
    """Return the condition that one of a row's cells marks the sum of other rows."""
    joined = exp.ConcatWs(expressions=[literal(_BETWEEN), *(c.copy() for c in cells)], safe=True, coalesce=True)
    edge = r"[\s\x{3000}]*"
    return template(
        "REGEXP_MATCHES(:joined, :total)",
        joined=joined,
        total=rf"(?:^|{_BETWEEN}){edge}{_TOTAL}{edge}(?:{_BETWEEN}|$)",
    )


def scientific(value: exp.Expr) -> exp.Expr:
    """Return the digits of a number such as 1.3812345678E+10; '' when some are lost, NULL when it is none."""
    digits = template("REPLACE(REGEXP_EXTRACT(:t, '^([0-9.]+)', 1), '.', '')", t=value)
    power = template("TRY_CAST(REGEXP_EXTRACT(:t, '([0-9]+)$', 1) AS DOUBLE)", t=value)
    return template(
        """CASE WHEN CONTAINS(:t, '+') AND REGEXP_MATCHES(:t, :form)
                THEN CASE WHEN LENGTH(:digits) = :power + 1 THEN :digits ELSE '' END END""",
        t=value,
        form=SCIENTIFIC,
        digits=digits,
        power=power,
    )
