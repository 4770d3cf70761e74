"""Order lines that nothing gives a customer: neither they themselves nor their order."""

from __future__ import annotations

from qunxiang.identity.buyers import read_as
from qunxiang.identity.orders import lines_without_customer, orders_with_customer
from qunxiang.intake import kept_rows
from qunxiang.ports.engine import Session
from qunxiang.services.load_parts import Judged, Loading
from qunxiang.services.reading import SnapshotReader
from qunxiang.sql import Query, Relation, select

_TABLES = ("orders", "order_lines")


def ownerless_lines(reader: SnapshotReader) -> Query:
    """Return the lines of a snapshot that count for no profile: one row per line, with its columns."""
    tables = reader.relations(*_TABLES)
    lines = tables["order_lines"]
    owned = [orders_with_customer(r, r.columns) for r in tables.values()]
    return lines_without_customer(lines, lines.columns, [q for q in owned if q is not None])


def count_ownerless(query: Query, session: Session | SnapshotReader) -> int:
    """Count lines that count for no profile."""
    counted = select("SELECT CAST(COUNT(*) AS BIGINT) AS n FROM alone__ AS a", alone=query)
    return int(session.fetch(counted).to_pylist()[0]["n"])


def ownerless_of_load(loading: Loading, judged: Judged, session: Session) -> int:
    """Count the kept lines of a load that count for no profile, by what was loaded before and by the load itself."""
    kept, names = kept_rows(judged.read.rows, loading.contract), loading.contract.names
    owned = [orders_with_customer(kept, names)]
    head = loading.house.state.head()
    for name in _TABLES if head is not None else ():
        if head is not None and name in head.tables:
            there = loading.house.lake.at(name, head.tables[name])
            bound = f"{name}_before"
            session.bind(bound, there)
            relation = Relation(bound, there.columns)
            owned.append(orders_with_customer(read_as(name, relation) or relation, there.columns))
    return count_ownerless(lines_without_customer(kept, names, [q for q in owned if q is not None]), session)
