"""Numbers as people write them: 1.2万, (300), US$ 12, 1.234,50, 35%; and amounts in another currency."""

from __future__ import annotations

from sqlglot import exp

from qunxiang.intake.plan import Plan, Rate
from qunxiang.sql import literal, template
from qunxiang.sql.macros import local_date
from qunxiang.tables import ColumnType

WIDE = "０１２３４５６７８９．，－＋（）　￥＄％"
HALF = "0123456789.,-+() ¥$%"
PLAIN_NUMBER = r"^-?\d+(?:\.\d+)?$"
PLAIN_WHOLE = r"^-?\d+$"  # where a comma stands before the cents, 1.234 may be thousands

SYMBOLS: dict[str, str] = {"¥": "¥", "$": "$", "元": "CNY", "块": "CNY", "圆": "CNY"}
"""Signs that say little: ¥ may be yuan or yen, $ one of many dollars."""
WORDS: dict[str, tuple[str, ...]] = {
    "CNY": ("CNY", "RMB", "人民币"),
    "USD": ("USD", r"US\$", "美元", "美金"),
    "EUR": ("EUR", "€", "欧元"),
    "GBP": ("GBP", "£", "英镑"),
    "HKD": ("HKD", r"HK\$", "港币", "港元"),
    "JPY": ("JPY", "JP¥", "日元", "日圆", "円"),
    "TWD": ("TWD", r"NT\$", "新台币", "台币"),
    "KRW": ("KRW", "₩", "韩元"),
    "SGD": ("SGD", r"S\$", "新加坡元", "新币"),
    "AUD": ("AUD", r"A\$", "澳元"),
    "CAD": ("CAD", r"C\$", "加元"),
    "MOP": ("MOP", r"MOP\$", "澳门元"),
    "CHF": ("CHF", "瑞士法郎"),
}
DOLLARS = ("USD", "HKD", "TWD", "SGD", "AUD", "CAD", "MOP", "NZD", "MXN")
YUAN_OR_YEN = ("CNY", "JPY")
CONTRADICTION = "?"

_UNITS = (("万亿", 12), ("千万", 7), ("百万", 6), ("亿", 8), ("万", 4), ("千", 3))
CURRENCY = "(?:" + "|".join(w for words in WORDS.values() for w in words) + "|[¥$])"
_UNIT = r"(?:\s*(?:万亿|千万|百万|亿|万|千|[kK]))"
_POINT = r"(?:\d+|\d{1,3}(?:,\d{3})+)?(?:\.\d*)?"
_COMMA = r"(?:\d+|\d{1,3}(?:[. ]\d{3})+)?(?:,\d*)?"
_POWER = r"(?:[eE][+-]?\d{1,3})"


def _number(digits: str, type_: ColumnType) -> str:
    """Return the pattern of a number that may bear a sign, a unit, a currency or a percent sign."""
    if type_ is ColumnType.MONEY:
        front, back = rf"{CURRENCY}?\s*", rf"\s*(?:元整?|块|圆)?\s*{CURRENCY}?"
        core = rf"{digits}(?:{_POWER}|{_UNIT})?{back}"
        return rf"(?i)^(?:(?:[+-]?\s*{front}|{front}[+-]\s*){core}\s*-?|\(\s*{front}{core}\s*\))$"
    back = r"\s*%?" if type_ is ColumnType.NUMBER else ""
    return rf"^(?:[+-]?\s*{digits}(?:{_POWER}|{_UNIT})?{back}-?|\(\s*{digits}{_UNIT}?{back}\))$"


def plain_pattern(*, comma: bool) -> str:
    """Return the pattern of numbers that need no look."""
    return PLAIN_WHOLE if comma else PLAIN_NUMBER


def number_form(t: exp.Expr, type_: ColumnType, *, comma: bool) -> exp.Expr:
    """Bring a written number into the form that a cast reads; NULL when it is none."""
    half = template("TRANSLATE(:t, :wide, :half)", t=t, wide=WIDE, half=HALF)
    bare = template("REPLACE(:s, ',', '')", s=half)
    if comma:
        bare = template("REPLACE(REPLACE(REPLACE(:s, '.', ''), ' ', ''), ',', '.')", s=half)
    digits = template("REGEXP_EXTRACT(:s, :number, 1)", s=bare, number=r"([0-9.]+(?:[eE][+-]?[0-9]+)?)")
    power = exp.Case()
    for word, exponent in _UNITS:
        power = power.when(template("CONTAINS(:t, :word)", t=t, word=word), literal(f"e{exponent}"))
    power = power.when(template("REGEXP_MATCHES(:t, '[0-9] *[kK]')", t=t), literal("e3"))
    power = power.when(template("REGEXP_MATCHES(:t, '[%％]')", t=t), literal("e-2")).else_(literal(""))
    return template(
        """CASE WHEN REGEXP_MATCHES(:t, :plain) THEN :t
                WHEN REGEXP_MATCHES(:half, :number)
                THEN CASE WHEN REGEXP_MATCHES(:half, :minus) THEN '-' ELSE '' END || :digits || :power END""",
        t=t,
        plain=plain_pattern(comma=comma),
        half=half,
        number=_number(_COMMA if comma else _POINT, type_),
        minus=r"^\(|^[^0-9.]*-|-$",
        digits=digits,
        power=power,
    )


def repaired_number(t: exp.Expr) -> exp.Expr:
    """Return what had to be understood in a number that is not plain, or NULL (signs and thousands need no word)."""
    return template(
        r"""CASE WHEN REGEXP_MATCHES(:t, '[万亿千kK]') THEN 'unit'
                 WHEN REGEXP_MATCHES(:t, '^[(（]|[-－]$') THEN 'negative'
                 WHEN REGEXP_MATCHES(:t, '[%％]') THEN 'percent'
                 WHEN REGEXP_MATCHES(:t, '[０１２３４５６７８９]') THEN 'wide' END""",
        t=t,
    )


def currency_mark(t: exp.Expr, *, comma: bool) -> exp.Expr:
    """Return the currency that an amount names: an ISO code, ``$`` or ``¥``, NULL when it names none."""
    case = exp.Case().when(template("REGEXP_MATCHES(:t, :plain)", t=t, plain=plain_pattern(comma=comma)), exp.null())
    case = case.when(template("NOT REGEXP_MATCHES(:t, :any)", t=t, any=r"[^0-9.,+()eE% -]"), exp.null())
    for iso, words in WORDS.items():
        case = case.when(template("REGEXP_MATCHES(:t, :words)", t=t, words=f"(?i){'|'.join(words)}"), literal(iso))
    case = case.when(template("REGEXP_MATCHES(:t, '[$＄]')", t=t), literal("$"))
    case = case.when(template("REGEXP_MATCHES(:t, '[¥￥]')", t=t), literal("¥"))
    return case.when(template("REGEXP_MATCHES(:t, '[元块圆]')", t=t), literal("CNY"))


def currency_code(t: exp.Expr) -> exp.Expr:
    """Return the ISO code that a cell of a currency column means; NULL when it is unknown, as it stands else."""
    case = exp.Case().when(template("REGEXP_MATCHES(:t, '^[A-Z]{3}$') AND :t <> 'RMB'", t=t), t.copy())
    for iso, words in WORDS.items():
        case = case.when(
            template("REGEXP_MATCHES(:t, :words)", t=t, words=f"(?i)^(?:{'|'.join(words)})$"), literal(iso)
        )
    case = case.when(template("REGEXP_MATCHES(:t, '^[$＄]$')", t=t), literal("$"))
    case = case.when(template("REGEXP_MATCHES(:t, '^[¥￥]$')", t=t), literal("¥"))
    case = case.when(template("REGEXP_MATCHES(:t, '^[元块圆]$')", t=t), literal("CNY"))
    return case.when(template("REGEXP_MATCHES(:t, '^[A-Za-z]{3}$')", t=t), template("UPPER(:t)", t=t))


def currency_of(mark: exp.Expr | None, said: exp.Expr | None, plan: Plan) -> exp.Expr:
    """Return the currency of an amount: what it names, else the row's column, else what people said of the source.

    A bare ``$`` or ``¥`` is the currency of the row or the source where that is a dollar, yuan or yen, else US dollar
    or yuan. Where amount and column name different ones it is ``?``.
    """
    default = plan.options.currency or plan.currency
    row: exp.Expr = literal(default)
    if said is not None:
        row = template("COALESCE(:said, :default)", said=_plain(said, default), default=default)
    if mark is None:
        return row
    named = _plain(mark, default, row)
    if said is None:
        return template("CASE WHEN :mark IS NULL THEN :row ELSE :named END", mark=mark, row=row, named=named)
    return template(
        "CASE WHEN :mark IS NULL OR :named = :row THEN :row WHEN :said IS NULL THEN :named ELSE :contradiction END",
        mark=mark,
        row=row,
        said=said,
        named=named,
        contradiction=CONTRADICTION,
    )


def _plain(mark: exp.Expr, default: str, row: exp.Expr | None = None) -> exp.Expr:
    """Return what a mark means, the two bare signs by the row's or the source's currency."""
    base = literal(default) if row is None else row
    dollars = exp.In(this=base.copy(), expressions=[literal(c) for c in DOLLARS])
    yuan = exp.In(this=base.copy(), expressions=[literal(c) for c in YUAN_OR_YEN])
    return template(
        """CASE WHEN :mark = '$' THEN CASE WHEN :dollars THEN :base ELSE 'USD' END
                WHEN :mark = '¥' THEN CASE WHEN :yuan THEN :base ELSE 'CNY' END ELSE :mark END""",
        mark=mark,
        dollars=dollars,
        yuan=yuan,
        base=base,
    )


def currency_name(said: exp.Expr, plan: Plan) -> exp.Expr:
    """Return the ISO code that is kept of a row's currency: the workspace's where its amounts are converted."""
    meant = _plain(said, plan.options.currency or plan.currency)
    if not plan.rates:
        return meant
    rated = exp.In(this=meant.copy(), expressions=[literal(c) for c in sorted({r.currency for r in plan.rates})])
    return template("CASE WHEN :rated THEN :own ELSE :meant END", rated=rated, own=plan.currency, meant=meant)


def converted(value: exp.Expr, currency: exp.Expr, day: exp.Expr | None, plan: Plan) -> exp.Expr:
    """Return an amount in the workspace's currency; NULL when no rate holds for its currency and day.

    Without a day the newest rate counts.
    """
    case = exp.Case().when(template(":c = :own", c=currency, own=plan.currency), value.copy())
    for rate in _newest_first(plan.rates, all_days=day is not None):
        holds = template(":c = :iso", c=currency, iso=rate.currency)
        if day is not None:
            holds = exp.and_(holds, template(":day >= :since", day=day, since=rate.since))
        factor = exp.cast(
            exp.Literal.string(f"{rate.rate:.8f}"), exp.DataType.build("DECIMAL(18, 8)", dialect="duckdb")
        )
        case = case.when(holds, template("TRY_CAST(:v * :rate AS DECIMAL(18, 2))", v=value, rate=factor))
    return case


def _newest_first(rates: tuple[Rate, ...], *, all_days: bool) -> list[Rate]:
    ordered = sorted(rates, key=lambda r: (r.currency, r.since), reverse=True)
    return ordered if all_days else list({r.currency: r for r in reversed(ordered)}.values())


def day_of(value: exp.Expr, type_: ColumnType, time_zone: str) -> exp.Expr:
    """Return the calendar day of a date or moment."""
    return value.copy() if type_ is ColumnType.DATE else local_date(value, time_zone)
