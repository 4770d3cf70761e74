"""Who is who from exact identifiers, and whose each order is."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from decimal import Decimal

import duckdb
import pandas as pd
import pyarrow as pa
import pytest

from qunxiang.adapters.engines.portability import compiles_for_spark, portability_faults
from qunxiang.errors import NothingYetError
from qunxiang.identity import identities, order_facts, order_issues, profiles
from qunxiang.sql import Query, Relation
from qunxiang.sql.moment import Moment
from qunxiang.tables import IDENTITIES, LOADED, ORDER_FACTS, PROFILES, arrow_schema


class Tables(dict[str, Relation]):
    """Loaded tables in a plain engine connection."""

    def __init__(self) -> None:
        super().__init__()
        self.connection = duckdb.connect()
        self.connection.execute("SET GLOBAL timezone='UTC'")

    def fill(self, table: str, *rows: dict) -> None:
        made = pa.Table.from_pylist(list(rows), schema=arrow_schema(LOADED[table]))
        self.connection.register(table, made)
        self[table] = Relation(table)

    def arrow(self, query: Query) -> pa.Table:
        return self.connection.sql(query.sql()).to_arrow_table()

    def rows(self, query: Query) -> list[tuple]:
        return sorted(self.connection.execute(query.sql()).fetchall())

    def facts(self, moment: Moment | None = None) -> dict[str, tuple]:
        made = self.connection.sql(identities(self).sql()).to_arrow_table()
        self.connection.register("identities", made)
        query = order_facts(self, Relation("identities"), moment=moment)
        return {r[0]: r[1:] for r in self.rows(query)}


@pytest.fixture
def tables() -> Iterator[Tables]:
    made = Tables()
    yield made
    made.connection.close()


def at(text: str) -> pd.Timestamp:
    return pd.Timestamp(text, tz="UTC")


def line(line_id: str, order: str, when: str, amount: str, **owner: str) -> dict:
    return {
        "line_id": line_id,
        "order_id": order,
        "product_id": "1",
        "ordered_at": at(when),
        "amount": Decimal(amount),
    } | owner


def order(order_id: str, when: str, amount: str, **owner: str) -> dict:
    return {"order_id": order_id, "ordered_at": at(when), "amount": Decimal(amount)} | owner


def test_every_table_that_names_a_customer_counts(tables: Tables) -> None:
    tables.fill("persons", {"person_id": "1"})
    tables.fill("accounts", {"account_id": "1"})
    tables.fill("contacts", {"person_id": "2", "account_id": "8"})
    tables.fill("orders", order("a", "2024-01-05", "1", person_id="1"), order("b", "2024-01-09", "1", account_id="7"))
    tables.fill("order_lines", line("x", "c", "2024-01-06", "1", person_id="3", account_id="99"))
    tables.fill("events", {"event_id": "e", "person_id": "4", "event": "view", "occurred_at": at("2024-02-01")})
    tables.fill(
        "campaign_contacts",
        {"contact_id": "k", "campaign_id": "c", "person_id": "4", "contacted_at": at("2024-01-02")},
        {"contact_id": "l", "campaign_id": "c", "person_id": "5", "contacted_at": at("2024-01-02")},
    )
    tables.fill(
        "responses", {"response_id": "r", "campaign_id": "c", "person_id": "6", "responded_at": at("2024-01-03")}
    )
    found = tables.rows(profiles(tables, time_zone="UTC"))
    assert found == [
        ("A1", "account", None, None),
        ("A7", "account", date(2024, 1, 9), date(2024, 1, 9)),
        ("A8", "account", None, None),
        ("P1", "person", date(2024, 1, 5), date(2024, 1, 5)),
        ("P2", "person", None, None),
        ("P3", "person", date(2024, 1, 6), date(2024, 1, 6)),
        ("P4", "person", date(2024, 1, 2), date(2024, 2, 1)),
        ("P5", "person", date(2024, 1, 2), None),
        ("P6", "person", date(2024, 1, 3), date(2024, 1, 3)),
    ]
    ids = {(r[0], r[1]): r[2:] for r in tables.rows(identities(tables))}
    assert ids[("person_id", "1")] == ("P1", "orders,persons")
    assert ids[("person_id", "4")] == ("P4", "campaign_contacts,events")
    # a company that only stands beside a person on an order has no profile
    assert ("account_id", "99") not in ids
    assert len(ids) == len(found)


def test_days_are_local(tables: Tables) -> None:
    tables.fill("orders", order("a", "2024-01-05 17:00", "1", person_id="1"))
    assert tables.rows(profiles(tables, time_zone="Asia/Shanghai"))[0][2] == date(2024, 1, 6)


def test_lines_without_orders_make_theirs(tables: Tables) -> None:
    tables.fill("orders", order("a", "2024-01-05", "50.00", person_id="1"))
    tables.fill(
        "order_lines",
        line("1", "a", "2024-01-05", "40.00", person_id="1"),
        line("2", "b", "2024-01-07", "1.10", person_id="2"),
        line("3", "b", "2024-01-06", "2.20", person_id="2"),
    )
    assert tables.facts() == {
        "a": ("P1", at("2024-01-05"), Decimal("50.00")),
        "b": ("P2", at("2024-01-06"), Decimal("3.30")),
    }
    assert tables.rows(order_issues(tables)) == [(2, 1, 0, 0)]


def test_whose_an_order_is(tables: Tables) -> None:
    tables.fill(
        "orders",
        order("person_and_account", "2024-01-05", "1", person_id="1", account_id="7"),
        order("account", "2024-01-05", "1", account_id="7"),
        order("by_its_lines", "2024-01-05", "1"),
        order("nobody", "2024-01-05", "1"),
    )
    tables.fill(
        "order_lines",
        line("1", "by_its_lines", "2024-01-05", "1", person_id="3"),
        line("2", "several", "2024-01-05", "5", person_id="20"),
        line("3", "several", "2024-01-05", "9", person_id="10"),
        line("4", "mixed", "2024-01-05", "9", person_id="10"),
        line("5", "mixed", "2024-01-05", "9", account_id="7"),
    )
    assert {order_id: row[0] for order_id, row in tables.facts().items()} == {
        "person_and_account": "P1",
        "account": "A7",
        "by_its_lines": "P3",
        "several": "P10",
        "mixed": "P10",
    }
    assert tables.facts()["several"][2] == Decimal("14.00")
    assert tables.rows(order_issues(tables)) == [(6, 2, 1, 2)]


@pytest.mark.parametrize("kept", [("orders",), ("order_lines",), ("orders", "order_lines")])
def test_facts_after_the_day_do_not_count(tables: Tables, kept: tuple[str, ...]) -> None:
    rows = {"person_id": "1"}
    if "orders" in kept:
        tables.fill("orders", order("a", "2024-01-05", "1", **rows), order("b", "2024-01-06", "1", **rows))
    if "order_lines" in kept:
        tables.fill(
            "order_lines",
            line("1", "a", "2024-01-05", "1", **rows),
            line("2", "a", "2024-01-06", "4", **rows),
            line("3", "b", "2024-01-05", "1", **rows),
            line("4", "c", "2024-01-06", "1", **rows),
        )
    found = tables.facts(Moment(date(2024, 1, 5), "UTC"))
    assert found["a"][2] == Decimal("1.00")
    assert set(found) == ({"a", "b"} if kept == ("order_lines",) else {"a"})


def test_shapes_are_the_contracts(tables: Tables) -> None:
    tables.fill("order_lines", line("1", "a", "2024-01-05", "1", person_id="1"))
    tables.facts()
    for contract, query in (
        (PROFILES, profiles(tables, time_zone="UTC")),
        (IDENTITIES, identities(tables)),
        (ORDER_FACTS, order_facts(tables, Relation("identities"))),
    ):
        found = tables.arrow(query).schema
        assert [(f.name, f.type) for f in found] == [(f.name, f.type) for f in arrow_schema(contract)]
        assert portability_faults(query) == []
        assert compiles_for_spark(query)


def test_nothing_to_resolve_is_said(tables: Tables) -> None:
    with pytest.raises(NothingYetError, match="persons") as caught:
        identities(tables)
    assert "客户编号" in caught.value.render("zh")
    tables.fill("products", {"product_id": "1"})
    with pytest.raises(NothingYetError, match="order_lines"):
        order_facts(tables, Relation("identities"))
