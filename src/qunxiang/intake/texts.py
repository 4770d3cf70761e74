"""Phones, postcodes and codes as people and spreadsheets write them."""

from __future__ import annotations

from sqlglot import exp

from qunxiang.intake.plan import Plan, Role
from qunxiang.intake.words import nothing, scientific, total
from qunxiang.sql import literal, template

_WIDE = "０１２３４５６７８９＋－（）　"
_HALF = "0123456789+-() "
_WIDE_LETTERS = "０１２３４５６７８９－ＡＢＣＤＥＦＧＨＩＪＫＬＭＮＯＰＱＲＳＴＵＶＷＸＹＺ"
_HALF_LETTERS = "0123456789-ABCDEFGHIJKLMNOPQRSTUVWXYZ"
MOBILE = r"^1[3-9]\d{9}$"
_MOBILE_ABROAD = r"^(?:(?:\+|00)?86)?0?1[3-9]\d{9}$"
_SHORT_AREA = r"^(?:(?:\+|00)?86|0)0?(10|2[0-9])(\d{8})$"
_LONG_AREA = r"^(?:(?:\+|00)?86|0)0?([3-9]\d{2})(\d{7,8})$"
_FOREIGN = r"^(?:\+|00)([1-79]\d{6,14}|8[0-57-9]\d{5,13})$"
_MARKED = r"""^(?:'|=")([0-9０-９][^'"]*)"?$"""  # how spreadsheets are told that digits are a text: '0012, ="0012"
_KNOWN_AT_HOME = (
    r"^(?:1[3-9]\d{9}|0\d{2,3}-\d{7,8}|[48]00\d{7}|\d{7,8}|\d{5,6}|\+(?:[1-79]|8[0-57-9])\d{5,14}"
    r"|.*(?:转|[xX#]).*)$"
)
_KNOWN_ABROAD = r"^(?:\+?\d{5,15}|0\d{2,3}-\d{7,8}|.*(?:转|[xX#]).*)$"
_CHINA = ("中国", "cn", "chn", "china", "prc", "中华人民共和国", "中国大陆", "86", "+86")
_AMERICA = ("us", "usa", "united states", "美国", "united states of america", "u.s.", "u.s.a.")
HOME_POSTCODE = 6
_AMERICAN_POSTCODE = 5


def text_form(t: exp.Expr, role: Role, plan: Plan, *, width: int | None, country: exp.Expr | None) -> exp.Expr:
    """Bring a text into its normal form; '' when digits are lost that nobody can bring back."""
    if role is Role.PHONE:
        return _phone(t)
    if role is Role.POSTCODE:
        return _postcode(t, plan, country)
    if role is Role.CODE:
        return _code(t, width)
    return t.copy() if width is None else _padded(t, width)


def text_value(n: exp.Expr, role: Role, plan: Plan) -> exp.Expr:
    """Return a text without words for "nothing"; most values begin with a digit and are not looked at."""
    return template(
        "CASE WHEN :n = '' THEN NULL WHEN :n >= '0' AND :n < ':' THEN :n WHEN :nothing THEN NULL ELSE :n END",
        n=n,
        nothing=nothing(n, role, plan),
    )


def text_code(n: exp.Expr, role: Role, *, names: bool) -> exp.Expr:
    """Return why a text is no value of its column, or NULL; `names` says that the column names the row's subject."""
    case = exp.Case()
    if role in (Role.CODE, Role.PHONE, Role.POSTCODE):
        case = case.when(template(":n = ''", n=n), literal("reject.digits_lost"))
    if role is Role.CODE or names:
        plain = template(":n >= '0' AND :n < ':'", n=n)
        case = case.when(plain, exp.null()).when(total(n), literal("reject.total"))
    return case


def text_repair(t: exp.Expr, v: exp.Expr, role: Role, plan: Plan) -> exp.Expr:
    """Return what was mended in a text, or what is odd in a phone; NULL when nothing."""
    if role is Role.PHONE:
        known = _KNOWN_AT_HOME if plan.at_home else _KNOWN_ABROAD
        return template(
            """CASE WHEN :v IS NULL THEN CASE WHEN NOT :t IS NULL THEN 'nothing' END
                    WHEN NOT REGEXP_MATCHES(:v, :known) THEN 'not_phone'
                    WHEN :t = :v THEN NULL WHEN CONTAINS(:t, 'E+') OR CONTAINS(:t, 'e+') THEN 'digits'
                    ELSE 'phone' END""",
            t=t,
            v=v,
            known=known,
        )
    other: exp.Expr = literal("zeros")
    if role is Role.CODE:
        other = template(
            """CASE WHEN REGEXP_MATCHES(:t, :marked) THEN 'marked'
                    WHEN CONTAINS(:t, '+') THEN 'digits' WHEN REGEXP_MATCHES(:t, '[０-９Ａ-Ｚ－]') THEN 'wide'
                    ELSE 'zeros' END""",
            t=t,
            marked=_MARKED,
        )
    if role is Role.CURRENCY:
        other = exp.null()
    return template(
        "CASE WHEN :t = :v OR :t IS NULL THEN NULL WHEN :v IS NULL THEN 'nothing' ELSE :other END",
        t=t,
        v=v,
        other=other,
    )


def _phone(t: exp.Expr) -> exp.Expr:
    half = template("TRANSLATE(:t, :wide, :half)", t=t, wide=_WIDE, half=_HALF)
    bare = template(
        r"REGEXP_REPLACE(REGEXP_REPLACE(:half, '\.0$', '', 'g'), :gaps, '', 'g')", half=half, gaps=r"[-\s()./'=\"]"
    )
    return template(
        """CASE WHEN REGEXP_MATCHES(:t, :mobile) THEN :t
                WHEN REGEXP_MATCHES(:t, :scientific) THEN :digits
                WHEN REGEXP_MATCHES(:bare, :abroad) THEN SUBSTR(:bare, LENGTH(:bare) - 10)
                WHEN REGEXP_MATCHES(:bare, :short)
                THEN '0' || REGEXP_EXTRACT(:bare, :short, 1) || '-' || REGEXP_EXTRACT(:bare, :short, 2)
                WHEN REGEXP_MATCHES(:bare, :long)
                THEN '0' || REGEXP_EXTRACT(:bare, :long, 1) || '-' || REGEXP_EXTRACT(:bare, :long, 2)
                WHEN REGEXP_MATCHES(:bare, :foreign) THEN '+' || REGEXP_EXTRACT(:bare, :foreign, 1)
                WHEN REGEXP_MATCHES(:bare, '^[0-9]{5,15}$') THEN :bare
                ELSE :t END""",
        t=t,
        mobile=MOBILE,
        scientific=r"^[0-9](?:\.[0-9]+)?[eE]\+[0-9]{1,3}$",
        digits=scientific(t),
        bare=bare,
        abroad=_MOBILE_ABROAD,
        short=_SHORT_AREA,
        long=_LONG_AREA,
        foreign=_FOREIGN,
    )


def _postcode(t: exp.Expr, plan: Plan, country: exp.Expr | None) -> exp.Expr:
    half = template("TRANSLATE(:t, :wide, :half)", t=t, wide=_WIDE, half=_HALF)
    whole = template(r"REGEXP_REPLACE(:half, '\.0$', '', 'g')", half=half)
    chinese = _is_one_of(country, _CHINA, unsaid=plan.at_home)
    american = _is_one_of(country, _AMERICA, unsaid=plan.currency == "USD")
    return template(
        """CASE WHEN REGEXP_MATCHES(:t, '^[0-9]{6}$') THEN :t
                WHEN REGEXP_MATCHES(:t, :scientific) THEN :digits
                WHEN REGEXP_MATCHES(:whole, '^[0-9]{5}$') AND :chinese THEN '0' || :whole
                WHEN REGEXP_MATCHES(:whole, '^[0-9]{3,4}$') AND :american THEN LPAD(:whole, :american_width, '0')
                WHEN REGEXP_MATCHES(:whole, '^[0-9]+$') THEN :whole ELSE :t END""",
        t=t,
        scientific=r"^[0-9](?:\.[0-9]+)?[eE]\+[0-9]{1,3}$",
        digits=scientific(t),
        whole=whole,
        chinese=chinese,
        american=american,
        american_width=_AMERICAN_POSTCODE,
    )


def _is_one_of(country: exp.Expr | None, words: tuple[str, ...], *, unsaid: bool) -> exp.Expr:
    assumed = exp.true() if unsaid else exp.false()
    if country is None:
        return assumed
    known = exp.In(this=template("LOWER(:c)", c=country), expressions=[literal(word) for word in words])
    return template("COALESCE(:known, :assumed)", known=known, assumed=assumed)


def _code(t: exp.Expr, width: int | None) -> exp.Expr:
    half = template("TRANSLATE(:t, :wide, :half)", t=t, wide=_WIDE_LETTERS, half=_HALF_LETTERS)
    mended = template(
        """CASE WHEN :t >= '0' AND :t < ':' AND NOT CONTAINS(:t, '+') THEN :t
                WHEN NOT :digits IS NULL THEN :digits
                WHEN REGEXP_MATCHES(:t, :marked) THEN REGEXP_EXTRACT(:half, :marked, 1)
                WHEN REGEXP_MATCHES(:t, '[０-９Ａ-Ｚ]') THEN :half ELSE :t END""",
        t=t,
        digits=scientific(t),
        half=half,
        marked=_MARKED,
    )
    return mended if width is None else _padded(mended, width)


def _padded(value: exp.Expr, width: int) -> exp.Expr:
    return template(
        """CASE WHEN LENGTH(:v) < :width AND REGEXP_MATCHES(:v, '^[0-9]+$') THEN LPAD(:v, :width, '0') ELSE :v END""",
        v=value,
        width=width,
    )
