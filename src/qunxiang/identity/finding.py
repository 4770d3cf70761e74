"""Finding customers by what people know of them: an id, a telephone, an e-mail, a WeChat id, a name."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Collection, Mapping
from typing import NamedTuple

from sqlglot import exp

from qunxiang.identity import normal
from qunxiang.identity.buyers import CARRIED
from qunxiang.identity.records import PREFIX, TABLE, Kind, carried_records
from qunxiang.sql import Query, Relation, column, literal, select, template
from qunxiang.sql.macros import union_all

WAYS = ("id", "phone", "email", "wechat", "identifier", "name")
"""By what a customer is found, the surest first."""

_PHONES = ("phone", "phone_2")
_WECHAT = ("unionid", "openid", "external_userid")
_IDENTIFIERS = ("crm_id", "username", "credit_code", "id_number")
_WIDE, _HALF = "０１２３４５６７８９＋", "0123456789+"
_WIDE_SIGNS, _SIGNS = ("".join(map(chr, range(*ends))) for ends in ((0xFF01, 0xFF5F), (0x21, 0x7F)))
_BLANKS = " \u3000\u00a0\t"


class Place(NamedTuple):
    """A relation in which customers are looked for: what its rows are, its key, and the columns that may be read."""

    kind: Kind
    relation: Relation | Query
    key: exp.Expr
    columns: frozenset[str]


def places(tables: Mapping[str, Relation], unread: Mapping[Kind, Collection[str]]) -> list[Place]:
    """Return where customers are looked for: persons, accounts, and rows that only carry what tells one.

    Parameters
    ----------
    tables
        Loaded tables by name, as a snapshot reads them.
    unread
        Columns by kind that whoever asks may not read: nothing is looked for in them.
    """
    found = []
    for kind, table in TABLE.items():
        hidden = frozenset(unread[kind])
        if table in tables:
            key = template(":prefix || :key", prefix=PREFIX[kind], key=column(f"{kind}_id", "t"))
            found.append(Place(kind, tables[table], key, frozenset(tables[table].columns) - hidden))
        carried = carried_records(kind, tables)
        if carried is not None:
            told = frozenset(CARRIED if kind == "person" else ("name",)) - hidden
            found.append(Place(kind, carried, column("record_id", "t"), told))
    return found


def customers_found(text: str, identities: Relation, where: list[Place], *, most: int) -> Query:
    """Ask which profiles a text names.

    Ids are compared without case, with and without the system before the colon; telephones, e-mails and WeChat ids as
    matching reads them; names by any part, without case, spaces and width of their signs: （北京） is (北京).

    Parameters
    ----------
    text
        What somebody typed; not empty.
    identities
        Contract ``tables.IDENTITIES``.
    where
        What :func:`places` gave.
    most
        Number of profiles at most.

    Returns
    -------
    Query
        One row per profile, the surest first: `profile_id`, `way` (place in :data:`WAYS`), `nearness` (0 whole, 1 from
        the beginning, 2 a part).
    """
    parts: list[exp.Expr] = [_by_id(text, identities)]
    for place in where:
        conditions = _conditions(text, place.columns)
        if conditions:
            parts.append(_matches(place, conditions, identities))
    tree = select(
        """SELECT f.profile_id, MIN(f.rank) // 10 AS way, MIN(f.rank) % 10 AS nearness FROM found__ AS f
        WHERE NOT f.rank IS NULL GROUP BY f.profile_id ORDER BY way, nearness, f.profile_id""",
        found=union_all(parts),
    ).tree
    return Query(tree.limit(most))


def _by_id(text: str, identities: Relation) -> exp.Expr:
    known = unicodedata.normalize("NFKC", text).strip().lower()
    return template(
        """SELECT i.profile_id,
          CASE WHEN LOWER(i.profile_id) = :known OR LOWER(i.id_value) = :known THEN 0
            WHEN CASE WHEN i.id_type = 'person_id' THEN 'p' ELSE 'a' END || LOWER(i.id_value) = :known THEN 0
            WHEN RIGHT(LOWER(i.id_value), :length) = ':' || :known THEN 1 END AS rank
        FROM identities__ AS i""",
        known=known,
        length=len(known) + 1,
        identities=identities,
    )


def _matches(place: Place, conditions: list[tuple[int, exp.Expr]], identities: Relation) -> exp.Expr:
    case = exp.Case()
    for rank, condition in conditions:
        case = case.when(condition, literal(rank))
    return template(
        """SELECT i.profile_id, m.rank FROM (SELECT :key AS record_id, :case AS rank FROM t__ AS t) AS m
        JOIN identities__ AS i ON i.id_type = :id_type AND :prefix || i.id_value = m.record_id
        WHERE NOT m.rank IS NULL""",
        key=place.key,
        case=case,
        t=place.relation,
        identities=identities,
        id_type=f"{place.kind}_id",
        prefix=PREFIX[place.kind],
    )


def _conditions(text: str, columns: Collection[str]) -> list[tuple[int, exp.Expr]]:
    """Return conditions with their rank (ten times the way, and the nearness), the surest first."""
    made: list[tuple[int, exp.Expr]] = []
    for way, names, condition in (
        ("phone", _PHONES, _phone(text)),
        ("email", ("email",), _email(text)),
        ("wechat", _WECHAT, _token(text)),
        ("identifier", _IDENTIFIERS, _token(text)),
    ):
        if condition is not None:
            made += [(WAYS.index(way) * 10, condition(column(c, "t"))) for c in names if c in columns]
    wanted = sorted({_close(t) for t in (text, unicodedata.normalize("NFKC", text), normal.plain(text))} - {""})
    for nearness, form in enumerate((":x = :v", "STRPOS(:x, :v) = 1", "STRPOS(:x, :v) > 0")):
        for name in _names(columns):
            made += [(WAYS.index("name") * 10 + nearness, template(form, x=name, v=v)) for v in wanted]
    return made


def _phone(text: str) -> Callable[[exp.Expr], exp.Expr] | None:
    number = normal.phone(text) if re.fullmatch(r"[\d\s()+./-]+", unicodedata.normalize("NFKC", text)) else None
    if number is None:
        return None
    abroad = number[1:] if number.startswith("0") else number
    written = [literal(v) for v in dict.fromkeys((number, abroad, f"0{abroad}", f"86{abroad}", f"0086{abroad}"))]

    def condition(x: exp.Expr) -> exp.Expr:
        bare = template(
            "REGEXP_REPLACE(REGEXP_REPLACE(TRANSLATE(:x, :wide, :half), :behind, '', 'g'), '[^0-9]', '', 'g')",
            x=x,
            wide=_WIDE,
            half=_HALF,
            behind="(转|ext|Ext|EXT|分机|[#;/、,]).*",
        )
        return exp.In(this=bare, expressions=[w.copy() for w in written])

    return condition


def _email(text: str) -> Callable[[exp.Expr], exp.Expr] | None:
    if "@" not in unicodedata.normalize("NFKC", text):
        return None
    typed = unicodedata.normalize("NFKC", text).strip().lower()
    address = normal.email(text) or typed
    mailbox, _, domain = address.partition("@")

    def condition(x: exp.Expr) -> exp.Expr:
        bare = template(r"REGEXP_REPLACE(LOWER(TRIM(:x)), '\+[^@]*@', '@', 'g')", x=x)
        if domain != "gmail.com":
            return template(
                "LOWER(TRIM(:x)) = :typed OR :bare = :address", x=x, typed=typed, bare=bare, address=address
            )
        dotless = template("REPLACE(REPLACE(:bare, 'googlemail.com', 'gmail.com'), '.', '')", bare=bare)
        return template(":dotless = :address", dotless=dotless, address=f"{mailbox}@gmailcom")

    return condition


def _token(text: str) -> Callable[[exp.Expr], exp.Expr] | None:
    token = normal.token(text)
    return None if token is None else lambda x: template("LOWER(TRIM(:x)) = :v", x=x, v=token.lower())


def _names(columns: Collection[str]) -> list[exp.Expr]:
    """Return names as :func:`_close` writes them; given and family name in both orders."""
    joined = ["t.family_name || t.given_name", "t.given_name || t.family_name"]
    both = [template(j) for j in joined if {"family_name", "given_name"} <= set(columns)]
    alone = [column(c, "t") for c in ("name", "short_name", "given_name", "family_name") if c in columns]
    # blanks have no counterpart and are removed
    form = "TRANSLATE(LOWER(:x), :wide, :narrow)"
    return [template(form, x=x, wide=f"{_WIDE_SIGNS}{_BLANKS}", narrow=_SIGNS) for x in (*alone, *both)]


def _close(text: str) -> str:
    """Return a text in small letters and narrow signs, without blanks."""
    return "".join(text.lower().translate(str.maketrans(_WIDE_SIGNS, _SIGNS)).split())
