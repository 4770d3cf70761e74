"""Values that are nearly another, their repair, and example rows of what a check found."""

from __future__ import annotations

from collections.abc import Mapping

import pyarrow as pa
from pydantic import ValidationError

from qunxiang.errors import SettingError, UnknownNameError
from qunxiang.model import Actor, Definition, NewDefinition
from qunxiang.quality import RELATIONS, VOCABULARY, NearValue, near_values
from qunxiang.quality.relations import orphan_rows
from qunxiang.quality.repeats import repeated_rows
from qunxiang.services.access import ANALYSTS, EVERYONE, FRONT, use_case
from qunxiang.services.columns import table_contract
from qunxiang.services.house import House
from qunxiang.services.line_owners import ownerless_lines
from qunxiang.services.overview import UNMASKED
from qunxiang.services.quality import MEASURES, check_day, measured
from qunxiang.services.reading import SnapshotReader, reading
from qunxiang.services.value_maps import KIND, ValueMap
from qunxiang.sql import Query, Relation, column, literal, select, template
from qunxiang.sql.moment import Moment
from qunxiang.tables import LOADED, Column, ColumnType, Contract

MOST_VALUES = 2_000
"""Values of a column beyond which it is taken for free text and not looked through."""

_REPEATED = 3  # rows per value from which a text column is taken for a category
_PROSE = frozenset({"text", "title", "url", "address", "fact", "reference", "page", "referrer", "answer", "name"})
_NAMED = (("opportunities", "account_name", "accounts", "name"),)
_MASK = "•••"


@use_case("quality.near", roles=EVERYONE)
def near(house: House, actor: Actor, table: str | None = None) -> list[NearValue]:
    """Return the values that are nearly another: of the table a column refers to, a frequent one, or a known word.

    Personal columns are not looked at: who is who is found by resolving.

    Raises
    ------
    UnknownNameError
        When there is no such table.
    NothingYetError
        When nothing is loaded yet.
    """
    if table is not None and table not in LOADED:
        raise UnknownNameError("error.contract.unknown_table", name=table[:80], has=list(LOADED))
    found: list[NearValue] = []
    with reading(house) as reader:
        for name in LOADED:
            if reader.has(name) and table in (None, name):
                for c in table_contract(house, name).columns:
                    found += _of_column(reader, name, c)
    return sorted(found, key=lambda v: (-v.rows, v.table, v.column, v.value))


@use_case("quality.repair", roles=ANALYSTS, touches="change")
def repair(
    house: House, actor: Actor, table: str, *, column: str, values: Mapping[str, str], why: str = ""
) -> Definition:
    """Read values of a column as others from now on; the loaded rows stay as they were loaded.

    What is decided is a document with versions, author and reason; it holds for rows that are loaded later, too, and
    reaches traits with the next refresh.

    Raises
    ------
    UnknownNameError
        When there is no such table or text column.
    SettingError
        When a value would become itself or a value that is repaired itself.
    """
    before = house.state.definition(KIND, f"{table}.{column}")
    old = before.body["values"] if before is not None and not before.archived else {}
    try:
        wanted = ValueMap(table=table, column=column, values={**old, **values})
    except ValidationError as error:
        reason = error.errors()[0]["msg"]
        raise SettingError("error.quality.repair", column=f"{table}.{column}"[:120], reason=reason[:200]) from error
    checked = checked_repair(house, wanted)
    new = NewDefinition(kind=KIND, id=checked.id, body=checked.model_dump(mode="json"), why=why)
    return house.state.put(new, author=actor.name, at=house.clock.now())


@use_case("quality.restore", roles=ANALYSTS, touches="change")
def restore(
    house: House, actor: Actor, table: str, *, column: str, values: tuple[str, ...] = (), why: str = ""
) -> Definition:
    """Read values of a column as they were loaded again: those named, or all that were repaired.

    Raises
    ------
    UnknownNameError
        When the column, or one of the values, is not repaired.
    """
    document = house.state.definition(KIND, f"{table}.{column}")
    known = dict(document.body["values"]) if document is not None and not document.archived else {}
    unknown = [v for v in values if v not in known]
    if not known or unknown:
        named = unknown[0] if unknown else f"{table}.{column}"
        raise UnknownNameError("error.quality.not_repaired", name=named[:120], known=list(known))
    left = {v: b for v, b in known.items() if values and v not in values}
    body = {"table": table, "column": column, "values": left or known}
    new = NewDefinition(kind=KIND, id=f"{table}.{column}", body=body, why=why, archived=not left)
    return house.state.put(new, author=actor.name, at=house.clock.now())


@use_case("quality.repairs", roles=EVERYONE)
def repairs(house: House, actor: Actor) -> list[Definition]:
    """Return the repairs in force, by table and column."""
    return house.state.definitions(KIND)


@use_case("quality.examples", roles=FRONT, touches="single")
def examples(
    house: House, actor: Actor, table: str, *, measure: str, column: str | None = None, limit: int = 10
) -> pa.Table:
    """Return rows of a table that a measure finds; personal columns are masked unless the role may see them.

    Raises
    ------
    UnknownNameError
        When there is no such table, measure or column.
    NothingYetError
        When the table is not loaded.
    """
    if table not in LOADED:
        raise UnknownNameError("error.contract.unknown_table", name=table[:80], has=list(LOADED))
    if measure not in MEASURES:
        raise UnknownNameError("error.quality.measure", name=measure[:60], known=list(MEASURES))
    contract = table_contract(house, table)
    if column is not None and contract.column(column) is None:
        has = [c.name for c in contract.columns]
        raise UnknownNameError("error.quality.no_column", name=column[:80], table=table, has=has)
    with reading(house) as reader:
        relation = reader.relation(table)
        query = _example_query(house, reader, contract, relation, measure, column, limit)
        rows = reader.fetch(query) if query is not None else pa.table({})
    return _masked(contract, rows, clear=actor.role in UNMASKED, column=column)


def checked_repair(house: House, wanted: ValueMap) -> ValueMap:
    """Return a repair whose table and column exist, are text, and hold no personal data.

    Raises
    ------
    UnknownNameError
        When they do not.
    """
    if wanted.table not in LOADED:
        raise UnknownNameError("error.contract.unknown_table", name=wanted.table[:80], has=list(LOADED))
    columns = table_contract(house, wanted.table).columns
    fitting = [c.name for c in columns if c.type is ColumnType.TEXT and not c.hidden]
    if wanted.column not in fitting:
        raise UnknownNameError("error.quality.column", name=wanted.column[:80], table=wanted.table, has=fitting)
    return wanted


def _of_column(reader: SnapshotReader, table: str, c: Column) -> list[NearValue]:
    relation = reader.relation(table)
    if c.type is not ColumnType.TEXT or c.hidden or c.name not in relation.columns:
        return []
    target = _target(reader, table, c.name)
    if target is None and (c.name.endswith("_id") or c.name in _PROSE or c.range_of is not None):
        return []
    counts = _counts(reader, relation, c.name)
    if counts is None:
        return []
    if target is not None:
        reference = _reference(reader, *target)
        known = {v: n for v, n in counts.items() if v not in reference}
        return near_values(table, c.name, known, reference=reference, reference_name=f"{target[0]}.{target[1]}")
    category = sum(counts.values()) >= _REPEATED * len(counts)
    if not category:
        return []
    return near_values(table, c.name, counts, vocabulary=VOCABULARY.get(c.name, frozenset()))


def _target(reader: SnapshotReader, table: str, name: str) -> tuple[str, str] | None:
    pairs = [(r.target, r.key) for r in RELATIONS if (r.table, r.column) == (table, name)]
    pairs += [(target, key) for t, c, target, key in _NAMED if (t, c) == (table, name)]
    return next((p for p in pairs if reader.has(p[0])), None)


def _counts(reader: SnapshotReader, relation: Relation, name: str) -> dict[str, int] | None:
    query = select(
        """SELECT CAST(:x AS VARCHAR) AS value, CAST(COUNT(*) AS BIGINT) AS n FROM rows__ AS t
        WHERE NOT :x IS NULL GROUP BY :x ORDER BY n DESC, value LIMIT :most""",
        x=column(name, "t"),
        rows=relation,
        most=literal(MOST_VALUES + 1),
    )
    found = {r["value"]: r["n"] for r in reader.cached(query).to_pylist()}
    return found if len(found) <= MOST_VALUES else None


def _reference(reader: SnapshotReader, target: str, key: str) -> dict[str, str]:
    """Return what a reference holds: its keys, and the names of products and accounts with the key they stand for."""
    relation = reader.relation(target)
    named = "name" if "name" in relation.columns and key != "name" else key
    query = select(
        "SELECT DISTINCT CAST(:k AS VARCHAR) AS key, CAST(:n AS VARCHAR) AS name FROM rows__ AS t WHERE NOT :k IS NULL",
        k=column(key, "t"),
        n=column(named, "t"),
        rows=relation,
    )
    rows = reader.cached(query).to_pylist()
    return {r["name"]: r["key"] for r in rows if r["name"]} | {r["key"]: r["key"] for r in rows}


def _example_query(
    house: House,
    reader: SnapshotReader,
    contract: Contract,
    relation: Relation,
    measure: str,
    column_name: str | None,
    limit: int,
) -> Query | None:
    relationship = next((r for r in RELATIONS if (r.table, r.measure) == (contract.name, measure)), None)
    if relationship is not None:
        tables = {n: reader.relation(n) for n in (relationship.table, relationship.target) if reader.has(n)}
        return orphan_rows(tables, relationship, limit) if len(tables) == 2 else None
    if (contract.name, measure) == ("order_lines", "no_customer"):
        alone = ownerless_lines(reader)
        key = column(contract.key[0], "t")
        return select(
            "SELECT t.* FROM alone__ AS t ORDER BY :key LIMIT :most", alone=alone, key=key, most=literal(limit)
        )
    moment = Moment(check_day(house, reader.snapshot), house.settings.time_zone)
    read, found, _ = measured(reader, contract, relation, moment)
    if measure.startswith("same_"):
        known = frozenset(c.name for c in read.columns if c.known)
        return repeated_rows(relation, contract, measure, known, limit)
    if measure == "unknown" and column_name in relation.columns:
        holds = template(":x IS NULL", x=column(str(column_name), "t"))
    else:
        condition = next((c for c in found if (c.measure, c.column) == (measure, column_name)), None)
        if condition is None:
            return None
        holds = condition.holds
    return select(
        "SELECT * FROM rows__ AS t WHERE :holds ORDER BY :key LIMIT :most",
        rows=relation,
        holds=holds,
        key=column(contract.key[0], "t"),
        most=literal(limit),
    )


def _masked(contract: Contract, rows: pa.Table, *, clear: bool, column: str | None) -> pa.Table:
    """Hide personal columns, and put the key and the column in question first; columns without a value are left out."""
    first = [n for n in (*contract.key, column) if n in rows.column_names]
    names = [*dict.fromkeys(first), *(n for n in rows.column_names if n not in first)]
    kept = {}
    for name in names:
        values = rows[name]
        if values.null_count == len(values) and name != column:
            continue
        found = contract.column(name)
        if not clear and found is not None and found.hidden:
            hidden = [None if v is None else _MASK for v in values.to_pylist()]
            values = pa.chunked_array([pa.array(hidden, pa.string())])
        kept[name] = values
    return pa.table(kept)
