"""What is read by casts alone is what the full reading gives; whatever is not plain is left to it."""

import random
from dataclasses import replace
from typing import Any

import duckdb
import pyarrow as pa
import pytest
from intake_rows import connect, staged_of

from qunxiang.adapters.engines.portability import compiles_for_spark
from qunxiang.intake import CODES, ROW, Plan, Recognition, Staged, checked, hashed
from qunxiang.intake.keys import DUST, REPAIRS
from qunxiang.intake.plain import PlainReading, key_hashes
from qunxiang.model import ReadingOptions
from qunxiang.ports.source import MARKS, WIDE_MARK
from qunxiang.sql import Query, Relation
from qunxiang.tables import LOADED, ColumnType, Contract

_TEXTS = [
    "A1",
    "D000000012",
    "K-7",
    "007",
    "12+3",
    "1.5E+10",
    "１２",
    "Ａ1",
    "null",
    "NULL",
    "None",
    "n/a",
    "N/A",
    "na",
]
_TEXTS += [
    "无",
    "未知",
    "天猫旗舰店",
    "合计",
    "总 计",
    "Total",
    "subtotal:",
    "Grand Total",
    "gold",
    "Silver",
    "-",
    "—",
    "/",
]
_TEXTS += [
    " A1",
    "A1 ",
    "\tA1",
    "A1\t",
    "\u3000A1",
    "A1\u3000",
    "\u00a0A1",
    "A1\u00a0",
    "A 1",
    "#REF!",
    "\\n",
    "(null)",
    "é",
]
_TEXTS += [
    "小计",
    "小明",
    "😀",
    "中" * 10_001,
    "x" * 10_000,
    "CNY",
    "USD",
    "cny",
    "$",
    "13812345678",
    "+8613812345678",
    "010-12345678",
]
_TEXTS += ["100000", "10000", "tmall", "unknown", "Undefined", "N7", "U8", "[a]", "<null>", "~x", "a\u0001", "\u0001a"]
_NUMBERS = [
    "0",
    "-0",
    "1",
    "-12",
    "007",
    "1.5",
    "1.50",
    "1.500",
    "1.234",
    "80.19",
    "1.",
    ".5",
    "+1",
    "1e3",
    "1,234",
    "1_000",
]
_NUMBERS += [
    "99999999999999999999",
    "999999999999.99",
    "9999999999999.99",
    "-999999999999.99",
    "1.2万",
    "(300)",
    "35%",
    "¥5",
]
_NUMBERS += [
    "1 ",
    " 1",
    "NaN",
    "inf",
    "无",
    "-",
    "１２",
    "5元",
    "--1",
    "1-",
    "0.1",
    "0.005",
    "1 000",
    "12345678901234567",
    "１.５",
]
_DATES = [
    "2024-01-05",
    "2024-1-5",
    "2024-13-01",
    "2024-02-30",
    "0001-01-01",
    "9999-12-31",
    "2024/01/05",
    "20240105",
    "5/3/24",
]
_DATES += [
    "2024-01-05 10:11:12",
    "2024-01-05T10:11:12",
    "2024-01-05 1:02:03",
    "2024-01-05  1:02:03",
    "2024-01-05 10:11",
]
_DATES += [
    "2024-01-05 10:11:12.5",
    "2024-01-05 10:11:12Z",
    "2024-01-05 10:11:12+08:00",
    "2024-01-05 25:00:00",
    "2024-01-05 24:00:00",
]
_DATES += [
    "1986-05-04 00:30:00",
    "1991-04-14 00:30:00",
    "1940-06-01 00:30:00",
    "infinity",
    "epoch",
    "45356",
    "2024年3月5日",
    "-001-01-01 00:00:00",
]
_DATES += [
    "2024-01-05 10:11:60",
    "2024-01-05 (BC) 1:1",
    "12024-01-05 10:11:12",
    "1969-12-31 23:59:59",
    "1900-01-01 00:00:00",
]
_TRUTHS = ["是", "否", "true", "False", "1", "0", "yes", "N", "maybe", "有", "2", "无"]
_POOLS = {
    ColumnType.TEXT: _TEXTS,
    ColumnType.INTEGER: _NUMBERS,
    ColumnType.NUMBER: _NUMBERS,
    ColumnType.MONEY: _NUMBERS,
    ColumnType.BOOLEAN: _TRUTHS,
    ColumnType.DATE: _DATES,
    ColumnType.TIMESTAMP: _DATES,
}
_SOUND = {
    ColumnType.TEXT: "A1",
    ColumnType.INTEGER: "1",
    ColumnType.NUMBER: "1",
    ColumnType.MONEY: "1.00",
    ColumnType.BOOLEAN: "是",
    ColumnType.DATE: "2024-01-05",
    ColumnType.TIMESTAMP: "2024-01-05 10:11:12",
}
_ODD_CELLS = {"phone": "13812345678", "phone_2": "13812345678", "postcode": "100000", "currency": "CNY"}


def _marks(rows: list[dict[str, str]]) -> frozenset[str]:
    text = "".join(value for row in rows for value in row.values())
    found = {mark for mark in MARKS if mark in text}
    return frozenset(found | {WIDE_MARK} if any("\uf000" <= c <= "\uffff" for c in text) else found)


def _rows(contract: Contract, names: list[str], seed: int) -> list[dict[str, str]]:
    """Give rows that are sound but for one cell, each value of its pool once in every column, and the empty one."""
    columns = [c for c in contract.columns if c.name in names]
    rows = []
    for c in columns:
        for value in ["", *_POOLS[c.type]]:
            row = {o.name: _ODD_CELLS.get(o.name, _SOUND[o.type]) for o in columns}
            rows.append(row | {c.name: value})
    random.Random(seed).shuffle(rows)
    return rows


def _plain(reading: PlainReading, staged: pa.Table) -> duckdb.DuckDBPyConnection:
    """Connect to the staged rows, and to the same as an engine gives the cells of a text file."""
    empty = [f"NULLIF({c.physical}, '') AS {c.physical}" for c in reading.staged.columns]
    connection = connect(staged=staged)
    connection.execute(f"CREATE VIEW text_rows AS SELECT __row__, {', '.join(empty)} FROM staged")
    return connection


def _found(connection: duckdb.DuckDBPyConnection, query: Query) -> list[dict[str, Any]]:
    table = connection.sql(query.sql()).to_arrow_table()
    moments = [f.with_type(pa.int64()) if pa.types.is_timestamp(f.type) else f for f in table.schema]
    found: list[dict[str, Any]] = table.cast(pa.schema(moments)).to_pylist()  # some lie outside of Python's years
    return found


def _reading(contract: Contract, staged: Staged, rows: list[dict[str, str]], **options: Any) -> PlainReading:
    mapping = {c.name: c.name for c in contract.columns if c.name in rows[0]}
    recognition = Recognition(mapping=mapping, unmapped=(), missing=(), ambiguous={})
    plan = Plan("Asia/Shanghai", options=ReadingOptions(**options), year=2026)
    return PlainReading(staged, contract, recognition, plan, None, _marks(rows))


@pytest.mark.parametrize(
    ("table", "names"),
    [
        ("order_lines", "line_id product_id order_id ordered_at quantity amount discount currency returned channel"),
        ("persons", "person_id name phone postcode city birth_date"),
        ("accounts", "account_id name founded_on employees credit_code"),
    ],
)
@pytest.mark.parametrize(
    ("samples", "widths"),
    [
        ([], {"order_id": 2, "person_id": 2}),
        (["A1"], {}),
        (["天猫旗舰店"], {}),
        (["007"], {"order_id": 2, "person_id": 2}),
    ],
    ids=["no samples", "letters", "words", "digits"],
)
def test_plain_rows_are_read_as_in_full(table: str, names: str, samples: list[str], widths: dict[str, int]) -> None:
    contract = LOADED[table]
    rows = _rows(contract, names.split(), seed=7)
    frame, staged = staged_of(rows)
    reading = _reading(contract, staged, rows, null_words=("缺", "Bad"), widths=widths)
    written = {ColumnType.TEXT: samples, ColumnType.MONEY: ["80.19"], ColumnType.TIMESTAMP: ["2024-01-05 10:11:12"]}
    kinds = {c.name: c.type for c in contract.columns}
    reading = replace(reading, samples={n: written.get(kinds[n], []) if samples else [] for n in names.split()})
    full = checked(staged, contract, reading.recognition, reading.plan)
    keyed = hashed(full, contract, reading.recognition)
    with _plain(reading, frame) as connection:
        odd = {r[ROW] for r in _found(connection, reading.odd())}
        read = {r[ROW]: r for r in _found(connection, keyed) if r[ROW] not in odd}
        plain = _found(connection, reading.rows(Relation("text_rows")))
    assert {(r[CODES], r[REPAIRS], r[DUST]) for r in read.values()} == {(None, None, False)}
    assert len(plain) == len(read) == len(rows) - len(odd)
    # a plain row is written once, a row read in full once: as a whole they are the same rows

    def ordered(found: list[dict[str, Any]]) -> list[str]:
        return sorted(repr([r[n] for n in names.split()]) for r in found)

    assert ordered(plain) == ordered(list(read.values()))
    # the test would say nothing if hardly a row were plain: most sound values of every type are
    assert len(plain) > len(rows) / 4


def test_the_usual_ways_of_writing_are_plain() -> None:
    contract = LOADED["order_lines"]
    line = {"line_id": "M1", "order_id": "D000000001", "product_id": "P7", "ordered_at": "2024-01-05 10:11:12"}
    line |= {"amount": "80.19", "quantity": "2", "channel": "天猫旗舰店", "returned": "", "discount": "0"}
    rows = [line, line | {"amount": "5"}, line | {"ordered_at": "2024-01-05"}, line | {"line_id": "17"}]
    rows += [line | {"line_id": " M1"}, line | {"amount": "1.2万"}, line | {"discount": "-1"}, line | {"line_id": ""}]
    frame, staged = staged_of(rows)
    reading = _reading(contract, staged, rows)
    with _plain(reading, frame) as connection:
        assert [r[ROW] for r in sorted(_found(connection, reading.odd()), key=lambda r: r[ROW])] == [5, 6, 7, 8]


def test_rows_of_a_doubled_key_are_no_longer_plain() -> None:
    contract = LOADED["order_lines"]
    line = {"order_id": "1", "product_id": "P7", "ordered_at": "2024-01-05", "amount": "1"}
    rows = [line, line | {"amount": "2"}, line, line | {"amount": "3"}]
    frame, staged = staged_of(rows)
    reading = _reading(contract, staged, rows)
    with _plain(reading, frame) as connection:
        connection.register("plain_rows", connection.sql(reading.rows(Relation("text_rows")).sql()).to_arrow_table())
        hashes = [r["h"] for r in _found(connection, key_hashes(Relation("plain_rows"), contract, judged=False))]
        twice = {h for h in hashes if hashes.count(h) > 1}
        connection.register("doubled", pa.table({"h": pa.array(twice, pa.uint64())}))
        kept = _found(connection, reading.rows(Relation("text_rows"), Relation("doubled")))
        odd = {r[ROW] for r in _found(connection, reading.odd(Relation("doubled")))}
    assert sorted(r["amount"] for r in kept) == [2, 3]
    assert odd == {1, 3}


@pytest.mark.parametrize(
    "options", [{"decimal_comma": ["amount"]}, {"currency": "USD"}], ids=["decimal commas", "another currency"]
)
def test_what_is_said_of_amounts_leaves_nothing_plain(options: dict[str, Any]) -> None:
    contract = LOADED["order_lines"]
    rows = [{"order_id": "1", "product_id": "P7", "ordered_at": "2024-01-05", "amount": "1"}]
    _, staged = staged_of(rows)
    assert not _reading(contract, staged, rows, **options).possible
    assert _reading(contract, staged, rows).possible


def test_plain_queries_compile_for_another_engine() -> None:
    contract = LOADED["persons"]
    rows = _rows(contract, ["person_id", "name", "phone", "birth_date"], seed=1)[:3]
    _, staged = staged_of(rows)
    reading = _reading(contract, staged, rows)
    for query in (reading.rows(Relation("text_rows"), Relation("d")), reading.odd(), reading.share(Relation("t"), 9)):
        assert compiles_for_spark(query)


@pytest.mark.parametrize(
    "zone", ["Asia/Shanghai", "Asia/Kolkata", "UTC", "America/Phoenix", "America/St_Johns", "Europe/Berlin"]
)
def test_moments_are_the_same_in_every_zone(zone: str) -> None:
    contract = LOADED["orders"]
    rows = [
        {"order_id": f"{year}{month}{hour}", "ordered_at": f"{year}-{month}-{day} {hour}:30:00", "amount": "1"}
        for year in (1970, 1986, 1992, 1993, 2010, 2024, 2029, 2030)
        for month, day in (("01", "01"), ("03", "31"), ("07", "01"), ("12", "31"))
        for hour in ("00", "02", "23")
    ]
    frame, staged = staged_of(rows)
    reading = replace(_reading(contract, staged, rows), plan=Plan(zone))
    full = checked(staged, contract, reading.recognition, reading.plan)
    with _plain(reading, frame) as connection:
        plain = {r["order_id"]: r["ordered_at"] for r in _found(connection, reading.rows(Relation("text_rows")))}
        read = {r["order_id"]: r["ordered_at"] for r in _found(connection, full)}
    assert plain == read
    assert len(plain) == len(rows)
