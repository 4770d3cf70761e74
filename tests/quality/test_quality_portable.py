"""Every query of a check is written in forms that give the same answer on both engines."""

from __future__ import annotations

from datetime import date

import pytest

from qunxiang.adapters.engines import compiles_for_spark, portability_faults
from qunxiang.identity.orders import lines_without_customer, orders_with_customer
from qunxiang.quality import (
    conditions,
    count_query,
    numeric_drift_query,
    orphan_query,
    repeat_queries,
    share_query,
    unrelated,
)
from qunxiang.quality.conditions import far
from qunxiang.quality.findings import ColumnState
from qunxiang.quality.measures import Read, quartile_query
from qunxiang.quality.relations import RELATIONS, orphan_rows
from qunxiang.quality.repeats import repeated_rows
from qunxiang.services.value_maps import mapped
from qunxiang.sql import Query, Relation
from qunxiang.sql.moment import Moment
from qunxiang.tables import LOADED

MOMENT = Moment(date(2024, 6, 30), "Asia/Shanghai")
TABLES = {name: Relation(name, contract.names) for name, contract in LOADED.items()}


def test_lines_without_customer_are_portable() -> None:
    owned = [orders_with_customer(TABLES[n], TABLES[n].columns) for n in ("orders", "order_lines")]
    lines = TABLES["order_lines"]
    query = lines_without_customer(lines, lines.columns, [q for q in owned if q is not None])
    assert portability_faults(query) == []
    assert compiles_for_spark(query)


def queries(name: str) -> list[Query]:
    contract, relation = LOADED[name], TABLES[name]
    there = frozenset(contract.names)
    found = conditions(contract, there, MOMENT)
    loose = unrelated(name, there)
    found += [loose] if loose is not None else []
    found += [far(contract.names[-1], (1.0, 2.0), positive=p) for p in (True, False)]
    states = tuple(ColumnState(name=c.name, type=c.type.value, known=50, of=50, low="0") for c in contract.columns)
    repeats = repeat_queries(contract, relation, there)
    made: list[Query | None] = [
        count_query(contract, relation, found, MOMENT),
        quartile_query(contract, relation, Read(50, None, states, {})),
        orphan_query(TABLES, name),
        *repeats.values(),
        *(repeated_rows(relation, contract, m, there, 5) for m in repeats),
        *(orphan_rows(TABLES, r, 5) for r in RELATIONS if r.table == name),
        share_query(relation, relation, contract.names[0]),
        numeric_drift_query(relation, relation, {contract.names[0]: [1.0, 2.0]}),
        mapped(relation, {contract.names[0]: {"a": "b"}}),
    ]
    return [q for q in made if q is not None]


@pytest.mark.parametrize("name", LOADED)
def test_queries_are_portable(name: str) -> None:
    for query in queries(name):
        assert portability_faults(query) == []
        assert compiles_for_spark(query)
