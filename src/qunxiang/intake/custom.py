"""Source columns that no contract knows: safe names, types found in their content, and what may identify a person."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from functools import cache

from sqlglot import exp

from qunxiang.errors import SettingError, UnknownNameError
from qunxiang.i18n import Label
from qunxiang.intake.dates import has_time
from qunxiang.intake.plan import Plan
from qunxiang.intake.readings import STEPS, Carrier, Names, Row, reading
from qunxiang.intake.recognition import Recognition, normalised
from qunxiang.intake.staging import BROKEN, Kind, Staged, StagedColumn
from qunxiang.model import CustomColumn
from qunxiang.sql import Query, column, literal, template
from qunxiang.tables import LOADED, Column, ColumnType, Contract

MOST_CUSTOM = 200
"""Custom columns that one table may have."""

TAKEN_SYSTEMS = frozenset({"buyer", "named"})
"""Names by which ids of records begin that only other tables tell of; no source system may have one."""

_LONGEST_NAME = 63
_SYSTEM = re.compile(r"[A-Za-z0-9\u3400-\u4dbf\u4e00-\u9fff][A-Za-z0-9_\-\u3400-\u4dbf\u4e00-\u9fff]{0,31}")
_CATEGORY_LENGTH = 40  # characters of the longest value of a column of categories
_CATEGORY_SHARE = 0.5  # of the values that may be different in a column of categories
_UNSAFE = re.compile(r"[^a-z0-9_\u3400-\u4dbf\u4e00-\u9fff]+")
_PHONE = r"^(?:\+?86[ -]?)?1[3-9]\d[ -]?\d{4}[ -]?\d{4}$|^\+\d{8,15}$|^0\d{2,3}-\d{7,8}$|^\(?\d{3}\)?[ -]\d{3}-\d{4}$"
_EMAIL = r"^[^@\s]+@[^@\s]+\.[A-Za-z]{2,}$"
_ID_NUMBER = r"^\d{17}[\dXx]$"
_CODE = r"^[+-]?0\d"  # a leading zero: a code, not a number
_CURRENCY = r"[¥￥$€£元]"
_TRUTH = ("true", "false", "yes", "no", "y", "n", "t", "f", "是", "否", "真", "假")
_CANDIDATES = (ColumnType.INTEGER, ColumnType.NUMBER, ColumnType.MONEY, ColumnType.DATE, ColumnType.TIMESTAMP)
_OF_KIND = {
    Kind.INTEGER: ColumnType.INTEGER,
    Kind.FLOAT: ColumnType.NUMBER,
    Kind.BOOLEAN: ColumnType.BOOLEAN,
    Kind.DATE: ColumnType.DATE,
    Kind.NAIVE: ColumnType.TIMESTAMP,
    Kind.MOMENT: ColumnType.TIMESTAMP,
}

Keep = str | Sequence[str]
"""Which unmapped source columns are kept: ``all``, ``none``, or these."""


def kept_columns(recognition: Recognition, keep: Keep) -> tuple[str, ...]:
    """Return the unmapped source columns that `keep` keeps, in the file's order.

    Raises
    ------
    UnknownNameError
        When `keep` names a column that is not among the unmapped ones.
    """
    if isinstance(keep, str):
        if keep not in ("all", "none"):
            raise SettingError("error.load.keep", given=keep[:80])
        return recognition.unmapped if keep == "all" else ()
    by_normal = {normalised(source): source for source in recognition.unmapped}
    wanted = set()
    for name in keep:
        found = name if name in recognition.unmapped else by_normal.get(normalised(name))
        if found is None:
            raise UnknownNameError("error.load.keep_unknown", name=name[:80], has=list(recognition.unmapped))
        wanted.add(found)
    return tuple(source for source in recognition.unmapped if source in wanted)


def safe_name(source: str, taken: Iterable[str]) -> str:
    """Return the name a source column gets in the table: small letters, digits, underscores and Chinese characters."""
    plain = _UNSAFE.sub("_", unicodedata.normalize("NFKC", source).casefold()).strip("_")
    plain = re.sub(r"_+", "_", plain) or "column"
    if not re.match(r"[a-z\u3400-\u4dbf\u4e00-\u9fff]", plain):
        plain = f"c_{plain}"
    plain = plain[:_LONGEST_NAME].rstrip("_")
    used, name, number = set(taken), plain, 2
    while name in used:
        suffix = f"_{number}"
        name, number = f"{plain[: _LONGEST_NAME - len(suffix)]}{suffix}", number + 1
    return name


def known_column(source: str, known: Iterable[CustomColumn]) -> CustomColumn | None:
    """Return the custom column that carries a source column: the one of that source name, else of that name."""
    wanted = normalised(source)
    columns = tuple(known)
    return next((c for c in columns if normalised(c.source) == wanted), None) or next(
        (c for c in columns if normalised(c.name) == wanted), None
    )


def extended(contract: Contract, columns: Iterable[CustomColumn]) -> Contract:
    """Return the contract with the workspace's custom columns behind its own."""
    added = tuple(
        Column(c.name, ColumnType(c.type), Label.same(c.source), personal=c.personal, custom=True)
        for c in columns
        if c.name not in contract.names
    )
    return replace(contract, columns=(*contract.columns, *added))


def content_query(staged: Staged, sources: Sequence[str], limit: int | None) -> Query:
    """Count what the values of source columns look like, over the first `limit` rows (None: over all).

    Returns
    -------
    Query
        One row; columns ``<i>_<what>`` for the i-th source column.
    """
    rows = exp.select("*").from_(staged.relation.table()).where(template(":b IS NULL", b=column(BROKEN)))
    if limit is not None:
        rows = rows.limit(limit)
    projections: list[exp.Expr] = []
    read: list[exp.Expr] = []
    for i, source in enumerate(sources):
        carrier = staged.column(source)
        counted, values = _counted(i, carrier)
        projections += counted
        read += values
    inner = exp.select("*", *read).from_(rows.subquery("r"))
    return Query(exp.select(*projections).from_(inner.subquery("s")))


def _counted(i: int, carrier: StagedColumn) -> tuple[list[exp.Expr], list[exp.Expr]]:
    text = template("TRIM(CAST(:x AS VARCHAR))", x=column(carrier.physical))
    known = template("NULLIF(:x, '')", x=text)
    name = f"{i}_text"
    values: list[exp.Expr] = [exp.alias_(known, name, quoted=True)]
    x = column(name)
    counts: dict[str, exp.Expr] = {
        "known": template("COUNT(:x)", x=x),
        "distinct": template("COUNT(DISTINCT :x)", x=x),
        "longest": template("COALESCE(MAX(LENGTH(:x)), 0)", x=x),
        "personal": _many(template("REGEXP_MATCHES(:x, :p)", x=x, p=f"{_PHONE}|{_EMAIL}|{_ID_NUMBER}")),
    }
    if carrier.kind is Kind.TEXT:
        counts["codes"] = _many(template("REGEXP_MATCHES(:x, :p)", x=x, p=_CODE))
        counts["currency"] = _many(template("REGEXP_MATCHES(:x, :p)", x=x, p=_CURRENCY))
        counts["truths"] = _many(exp.In(this=template("LOWER(:x)", x=x), expressions=[literal(w) for w in _TRUTH]))
    return [exp.alias_(value, f"{i}_{what}", quoted=True) for what, value in counts.items()], values


def _many(condition: exp.Expr) -> exp.Expr:
    return template("CAST(COALESCE(SUM(CASE WHEN :c THEN 1 ELSE 0 END), 0) AS BIGINT)", c=condition)


def unread_query(
    staged: Staged,
    tried: Sequence[tuple[str, ColumnType]],
    limit: int | None,
    time_zone: str,
    *,
    whole: bool = False,
) -> Query:
    """Count the known values that cannot be read as a type, for pairs of source column and type.

    With `whole`, a moment with a time of day cannot be read as a date, which would lose it.

    Returns
    -------
    Query
        One row; column ``<i>`` for the i-th pair.
    """
    source: exp.Query = exp.select("*").from_(staged.relation.table()).where(template(":b IS NULL", b=column(BROKEN)))
    if limit is not None:
        source = source.limit(limit)
    readings = []
    for i, (name, type_) in enumerate(tried):
        carrier = staged.column(name)
        target = Column(f"c{i}", type_, Label.same(name))
        carried = Carrier(column(carrier.physical), carrier.kind, name)
        readings.append((Names(i), reading(carried, target, Names(i), Plan(time_zone), Row())))
    query = source
    for step in (*STEPS, "code"):
        steps = [(names[step], getattr(r, step)) for names, r in readings]
        added = [exp.alias_(e, name, quoted=True) for name, e in steps if e is not None]
        query = exp.select("*", *added).from_(query.subquery(f"{step}_of"))
    counts = []
    for i, (names, r) in enumerate(readings):
        bad = template("NOT :b IS NULL", b=column(names["code"]))
        if whole and tried[i][1] is ColumnType.DATE and r.second is not None:
            bad = exp.or_(bad, exp.paren(has_time(column(names["second"]))))
        counts.append(exp.alias_(_many(bad), str(i), quoted=True))
    return Query(exp.select(*counts).from_(query.subquery("judged")))


def candidates(kind: Kind, found: Mapping[str, int]) -> tuple[ColumnType, ...]:
    """Return the types that a column may have by the look of its values, the narrowest first; text is always left."""
    if kind is not Kind.TEXT:
        return (_OF_KIND[kind],)
    if found["known"] == 0 or found["personal"] * 2 > found["known"]:
        return ()
    if found["truths"] == found["known"]:
        return (ColumnType.BOOLEAN,)
    if found["codes"]:
        return (ColumnType.DATE, ColumnType.TIMESTAMP)
    if found["currency"]:
        return (ColumnType.MONEY, ColumnType.DATE, ColumnType.TIMESTAMP)
    return tuple(t for t in _CANDIDATES if t is not ColumnType.MONEY)


def identifies(source: str, type_: ColumnType, found: Mapping[str, int]) -> bool:
    """Whether a column must be taken for personal.

    It is called so (see :func:`called_personal`), has contact data or id numbers in it, or is text that is no
    categories.
    """
    if found["personal"] or (type_ is not ColumnType.BOOLEAN and called_personal(source)):
        return True
    if type_ is not ColumnType.TEXT:
        return False
    few = found["distinct"] <= _CATEGORY_SHARE * found["known"]
    return found["longest"] > _CATEGORY_LENGTH or not few


def called_personal(source: str) -> bool:
    """Whether a source column is called as a personal one of any table, or its name ends with a part of a name."""
    wanted = normalised(source)
    return wanted in _personal_names() or wanted.endswith(_NAME_PARTS)


@cache
def _personal_names() -> frozenset[str]:
    columns = [c for contract in LOADED.values() for c in contract.columns if c.personal]
    names = {n for c in columns for n in (c.name, c.label.zh, c.label.en, *c.synonyms)}
    return frozenset(map(normalised, names | set(_PARTS))) - _NOT_ALONE


_PARTS = (
    "middle_name", "second_name", "maiden_name", "birth_name", "preferred_name", "initials", "full_name_en",
    "姓", "名", "姓氏", "名字", "中间名", "曾用名", "英文名", "英文姓名", "拼音", "姓名拼音", "名字拼音", "花名",
)  # fmt: skip
"""Parts of names of persons that no contract has a column for."""

_NAME_PARTS = (
    "firstname", "lastname", "surname", "familyname", "givenname", "middlename", "maidenname", "forename", "fullname",
    "姓名", "姓氏", "曾用名", "英文名",
)  # fmt: skip
"""Ends of names that say whose first name or family name it is: Contact Last Name, 经办人姓名."""

_NOT_ALONE = frozenset({"name", "contact", "family", "given", "login"})
"""Names of personal columns that mean something else in other tables: the name of an event, a family of products."""


def checked_system(name: str | None) -> str | None:
    """Return the name of a source system; None when there is none.

    Raises
    ------
    SettingError
        When it holds other than letters, digits, ``_``, ``-`` and Chinese characters, or more than 32 of them, or is
        one of :data:`TAKEN_SYSTEMS`.
    """
    if name is None or not name.strip():
        return None
    if not _SYSTEM.fullmatch(name.strip()):
        raise SettingError("error.load.system", name=name[:40])
    if name.strip().casefold() in TAKEN_SYSTEMS:
        raise SettingError("error.load.system_taken", name=name.strip(), taken=sorted(TAKEN_SYSTEMS))
    return name.strip()
