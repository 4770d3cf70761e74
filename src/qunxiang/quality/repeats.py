"""Rows that stand twice: under one key, with equal content, or as nearly the same person."""

from __future__ import annotations

from functools import reduce

from sqlglot import exp

from qunxiang.quality.measures import FACT_DATES
from qunxiang.sql import Query, Relation, column, select, template
from qunxiang.tables import Contract


def repeat_queries(contract: Contract, relation: Relation, known: frozenset[str]) -> dict[str, Query]:
    """Return, by measure, the query that counts rows beyond the first of their group, as `rows`, and all, as `of`.

    `known` are the columns that hold a value. A table whose key is made from the row's content has no equal rows by
    another key, except those that may repeat. Persons are compared within the source system whose ids they have.
    """
    made = {"same_key": _groups(relation, [column(k, "t") for k in contract.key])}
    content = _content(contract, known)
    if content:
        made["same_content"] = _groups(
            relation, [column(c, "t") for c in content], given=_all([column(content[0], "t")])
        )
    if contract.name == "persons":
        made |= {m: _groups(relation, parts, given=_all(parts)) for m, parts in _person_parts(known).items()}
    return made


def _content(contract: Contract, known: frozenset[str]) -> list[str]:
    """Return the columns that are equal in rows of equal content, first the date or name that such a row must know.

    Rows that know neither may be equal by chance, such as two deals that have not begun.
    """
    if contract.derived_key and contract.repeats:
        return []
    telling = next((c for c in (FACT_DATES.get(contract.name), "name", "phone", "email") if c in known), None)
    rest = [c for c in contract.names if c in known and c not in contract.key and c != telling]
    return [telling, *rest] if telling is not None and telling not in contract.key and rest else []


def repeated_rows(
    relation: Relation, contract: Contract, measure: str, known: frozenset[str], limit: int
) -> Query | None:
    """Return rows that stand twice by a measure, the equal ones beside each other."""
    parts = _parts(contract, measure, known)
    if not parts:
        return None
    whole = reduce(lambda a, b: template(":a || '|' || :b", a=a, b=b), [_text(p) for p in parts])
    return select(
        """SELECT t.* FROM rows__ AS t JOIN (
          SELECT :whole AS same FROM again__ AS t WHERE :given GROUP BY :group HAVING COUNT(*) > 1
          ORDER BY same LIMIT :groups) AS g
        ON g.same = :mine ORDER BY g.same LIMIT :most""",
        rows=relation,
        again=relation,
        whole=whole,
        group=whole,
        mine=whole,
        given=_all(parts[:1] if measure == "same_content" else [] if measure == "same_key" else parts),
        groups=limit,
        most=limit,
    )


def _parts(contract: Contract, measure: str, known: frozenset[str]) -> list[exp.Expr]:
    if measure == "same_key":
        return [column(k, "t") for k in contract.key]
    if measure == "same_content":
        return [column(c, "t") for c in _content(contract, known)]
    return _person_parts(known).get(measure, [])


def _person_parts(known: frozenset[str]) -> dict[str, list[exp.Expr]]:
    parts = {
        "same_phone": ("phone",),
        "same_email": ("email",),
        "same_name_birth": ("name", "birth_date"),
    }
    folded = {
        "phone": template("RIGHT(REGEXP_REPLACE(:x, '[^0-9]', '', 'g'), 11)", x=column("phone", "t")),
        "email": template("LOWER(:x)", x=column("email", "t")),
        "name": template("LOWER(REPLACE(:x, ' ', ''))", x=column("name", "t")),
        "birth_date": column("birth_date", "t"),
    }
    # one person's records in several systems are no fault of any of them; resolving joins those
    system = [template("COALESCE(:x, '')", x=column("system", "t"))] if "system" in known else []
    return {
        m: [*(folded[c].copy() for c in columns), *(s.copy() for s in system)]
        for m, columns in parts.items()
        if set(columns) <= known
    }


def _groups(relation: Relation, parts: list[exp.Expr], *, given: exp.Expr | None = None) -> Query:
    keys = [exp.alias_(p.copy(), f"p{i}", quoted=True) for i, p in enumerate(parts)]
    inner = exp.select(*keys, exp.alias_(exp.Count(this=exp.Star()), "n")).from_(relation.table("t"))
    if given is not None:
        inner = inner.where(given)
    inner = inner.group_by(*[p.copy() for p in parts])
    return select(
        "SELECT CAST(COALESCE(SUM(n - 1), 0) AS BIGINT) AS rows, CAST(COALESCE(SUM(n), 0) AS BIGINT) AS of_rows"
        " FROM groups__ AS g",
        groups=Query(inner),
    )


def _all(parts: list[exp.Expr]) -> exp.Expr:
    return exp.and_(exp.true(), *(template("NOT :x IS NULL", x=p) for p in parts))


def _text(part: exp.Expr) -> exp.Expr:
    return template("COALESCE(CAST(:x AS VARCHAR), '')", x=part)
