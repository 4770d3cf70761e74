"""Every value is read in its tolerant forms or rejected with its reason."""

import json
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import pyarrow as pa
import pytest
from intake_rows import connect, queries, run_checks

from qunxiang.adapters.engines import compiles_for_spark, portability_faults
from qunxiang.i18n import codes as catalogue
from qunxiang.intake import (
    BLANKS,
    Plan,
    count_blanked,
    hashed,
    head_comparison,
    keyed,
    new_rows,
    read_reasons,
    reason_message,
    rejected,
    rekeyed,
    replacement,
    settled,
)
from qunxiang.intake.quarantine import came_back, entries, standing
from qunxiang.model import ReadingOptions
from qunxiang.sql import Relation, literal
from qunxiang.tables import LOADED, QUARANTINE

BLANK = ReadingOptions(unreadable="blank")

SAFE = (
    "TIMESTAMPNTZ is not a type every engine stores alike",  # a step on the way to TIMESTAMPTZ, never stored
    'ORDER BY "__row__")',  # the row's number has no ties
    'ORDER BY s."__row__")',
)


def order(**values: Any) -> dict[str, Any]:
    return {"order_id": "1", "ordered_at": "2024-03-05", "amount": "1"} | values


def codes_of(row: dict[str, Any]) -> list[str]:
    return (row["__codes__"] or "").split(",") if row["__codes__"] else []


@pytest.mark.parametrize(
    ("text", "amount"),
    [
        ("12.5", "12.50"),
        (" 　12.50　 ", "12.50"),
        ("1,234,567.89", "1234567.89"),
        ("¥1,234.5", "1234.50"),
        ("￥ 99", "99.00"),
        ("-¥3.10", "-3.10"),
        ("¥-3.10", "-3.10"),
        ("１２．３０", "12.30"),
        ("88元", "88.00"),
        ("1e+05", "100000.00"),
        ("3.4899999999999998", "3.49"),
        ("+7", "7.00"),
        (".5", "0.50"),
    ],
)
def test_money_in_its_written_forms(text: str, amount: str) -> None:
    assert run_checks("orders", [order(amount=text)])[0]["amount"] == Decimal(amount)


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("abc", "reject.money"),
        ("1,23", "reject.money"),
        ("5元3", "reject.money"),
        ("1 2", "reject.money"),
        ("--5", "reject.money"),
        ("nan", "reject.required"),
        ("1.2.3", "reject.money"),
        ("2.499", "reject.money.decimals"),
        ("99999999999999999.00", "reject.money.too_large"),
        ("", "reject.required"),
        (" 　", "reject.required"),
    ],
)
def test_money_that_is_rejected(text: str, code: str) -> None:
    row = run_checks("orders", [order(amount=text), order(order_id="2")])[0]
    assert codes_of(row) == [f"{code}:amount"]


def test_floats_are_cents_when_they_are_next_to_one() -> None:
    values = [2.4999999, 0.1 + 0.2, 4596039.58, 12345678901.23, 4.4e-16, float("nan"), float("inf"), 2.495, 1e300]
    table = pa.table({"order_id": list("abcdefghi"), "ordered_at": ["2024-03-05"] * 9, "amount": values})
    rows = run_checks("orders", table)
    assert [r["amount"] for r in rows[:5]] == [
        Decimal("2.50"),
        Decimal("0.30"),
        Decimal("4596039.58"),
        Decimal("12345678901.23"),
        Decimal("0.00"),
    ]
    assert [codes_of(r) for r in rows[5:]] == [
        ["reject.required:amount"],
        ["reject.money.too_large:amount"],
        ["reject.money.decimals:amount"],
        ["reject.money.too_large:amount"],
    ]
    assert [r["__dust__"] for r in rows[:5]] == [False, False, False, False, True]


@pytest.mark.parametrize(
    ("text", "moment"),
    [
        ("2024-03-05", datetime(2024, 3, 4, 16, tzinfo=UTC)),
        ("2024/3/5", datetime(2024, 3, 4, 16, tzinfo=UTC)),
        ("2024年3月5日", datetime(2024, 3, 4, 16, tzinfo=UTC)),
        ("２０２４／０３／０５", datetime(2024, 3, 4, 16, tzinfo=UTC)),
        ("20240305", datetime(2024, 3, 4, 16, tzinfo=UTC)),
        ("2024-03-05 09:30", datetime(2024, 3, 5, 1, 30, tzinfo=UTC)),
        ("2024-3-5T9:30:15", datetime(2024, 3, 5, 1, 30, 15, tzinfo=UTC)),
        ("2024/03/05 09:30:15.250", datetime(2024, 3, 5, 1, 30, 15, 250000, tzinfo=UTC)),
        ("2024年3月5日 9时30分", datetime(2024, 3, 5, 1, 30, tzinfo=UTC)),
        ("2024年3月5日09:30:15", datetime(2024, 3, 5, 1, 30, 15, tzinfo=UTC)),
        ("2024-03-05T09:30:00Z", datetime(2024, 3, 5, 9, 30, tzinfo=UTC)),
        ("2024-03-05 09:30:00+01:00", datetime(2024, 3, 5, 8, 30, tzinfo=UTC)),
    ],
)
def test_moments_in_their_written_forms(text: str, moment: datetime) -> None:
    row = run_checks("orders", [order(ordered_at=text)])[0]
    assert row["__codes__"] is None
    assert row["ordered_at"] == moment


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("5/3/24", "reject.date.ambiguous"),
        ("05-03-2024", "reject.date.ambiguous"),
        ("1/2/2024 3:00 PM", "reject.date.ambiguous"),
        ("2024-02-31", "reject.timestamp"),
        ("yesterday", "reject.timestamp"),
        ("2024", "reject.timestamp"),
        ("1709600000", "reject.timestamp"),
        ("2024-03-05 25:00", "reject.timestamp"),
        ("", "reject.required"),
    ],
)
def test_moments_that_are_rejected(text: str, code: str) -> None:
    row = run_checks("orders", [order(ordered_at=text), order(order_id="2")])[0]
    assert codes_of(row) == [f"{code}:ordered_at"]


def test_naive_moments_are_read_in_the_time_zone_said() -> None:
    table = pa.table(
        {"order_id": ["1"], "ordered_at": pa.array([datetime(2017, 7, 1, 10)], pa.timestamp("ns")), "amount": [1]}
    )
    assert run_checks("orders", table, "UTC")[0]["ordered_at"] == datetime(2017, 7, 1, 10, tzinfo=UTC)
    assert run_checks("orders", table, "America/New_York")[0]["ordered_at"] == datetime(2017, 7, 1, 14, tzinfo=UTC)
    assert run_checks("orders", table)[0]["ordered_at"] == datetime(2017, 7, 1, 2, tzinfo=UTC)


def test_dates_of_moments_are_days_of_the_workspace() -> None:
    rows = [
        {"person_id": "1", "birth_date": "1990年1月2日"},
        {"person_id": "2", "birth_date": "1990-01-01T20:00:00Z"},
        {"person_id": "3", "birth_date": "1990-13-01"},
    ]
    found = run_checks("persons", rows)
    assert [r["birth_date"] for r in found[:2]] == [date(1990, 1, 2), date(1990, 1, 2)]
    assert codes_of(found[2]) == ["reject.date:birth_date"]


def test_whole_numbers_used_as_ids_have_no_decimal_point() -> None:
    table = pa.table({"person_id": [7.0, 12345678901.0, 1.5], "education": [1, None, 3]})
    rows = run_checks("persons", table)
    assert [r["person_id"] for r in rows] == ["7", "12345678901", "1.5"]
    assert [r["education"] for r in rows] == ["1", None, "3"]


def test_integers_numbers_and_booleans() -> None:
    accounts = [{"account_id": str(i), "employees": text} for i, text in enumerate(["1,200", "12.0", "-1", "1.5", "x"])]
    found = run_checks("accounts", accounts)
    assert [r["employees"] for r in found[:2]] == [1200, 12]
    assert [codes_of(r) for r in found[2:]] == [
        ["reject.below:employees"],
        ["reject.integer:employees"],
        ["reject.integer:employees"],
    ]
    contacts = [
        {"campaign_id": "1", "person_id": "1", "contacted_at": "2024-01-01", "randomised": text}
        for text in ["是", "No", "1", "maybe"]
    ]
    found = run_checks("campaign_contacts", contacts)
    assert [r["randomised"] for r in found[:3]] == [True, False, True]
    assert codes_of(found[3]) == ["reject.boolean:randomised"]
    events = [
        {"person_id": "1", "event": "e", "occurred_at": "2024-01-01", "value": text} for text in ["1e3", "1e999", "?"]
    ]
    found = run_checks("events", events)
    assert found[0]["value"] == 1000.0
    assert [codes_of(r) for r in found[1:]] == [["reject.number:value"], ["reject.number:value"]]


def test_long_text_and_nul_are_rejected() -> None:
    rows = run_checks("orders", [order(channel="x" * 10_001), order(channel="a\x00b"), order(channel="x" * 10_000)])
    assert codes_of(rows[0]) == ["reject.too_long:channel"]
    assert codes_of(rows[1]) == ["reject.nul:channel"]
    assert rows[2]["__codes__"] is None


def test_a_row_tells_all_its_reasons_and_personal_values_stay_out_of_them() -> None:
    row = run_checks("orders", [order(order_id=None, ordered_at='5/3/24 "x"\n', amount="1.234")])[0]
    reasons = read_reasons(row["__reasons__"])
    assert [(r.code, r.column, r.value) for r in reasons] == [
        ("reject.required", "order_id", None),
        ("reject.date.ambiguous", "ordered_at", '5/3/24 "x"'),
        ("reject.money.decimals", "amount", "1.234"),
    ]
    assert "“下单时间”" in reason_message(reasons[1], LOADED["orders"])("zh")
    personal = run_checks("persons", [{"person_id": "1", "birth_date": "3/4/90"}])[0]
    assert json.loads(personal["__reasons__"]) == [{"code": "reject.date.ambiguous", "column": "birth_date"}]


def test_derived_keys_do_not_depend_on_the_order_of_rows_and_number_equal_ones() -> None:
    lines = [
        {"order_id": "1", "product_id": p, "ordered_at": "2024-01-01", "amount": a, "quantity": 1}
        for p, a in [("a", "1"), ("b", "2"), ("a", "1"), ("c", "3")]
    ]
    keys = [r["line_id"] for r in run_checks("order_lines", lines)]
    assert len(set(keys)) == 4
    assert keys[2] == f"{keys[0]}-2"
    assert {r["line_id"] for r in run_checks("order_lines", lines[::-1])} == set(keys)


def test_the_form_of_a_value_does_not_change_its_key() -> None:
    said = {"order_id": "1", "product_id": "a", "ordered_at": "2024年1月1日", "amount": "¥1.5"}
    typed = pa.table(
        {
            "order_id": [1],
            "product_id": ["a"],
            "ordered_at": pa.array([datetime(2024, 1, 1)], pa.timestamp("us")),
            "amount": [1.5],
            "channel": pa.nulls(1, pa.string()),
        }
    )
    assert run_checks("order_lines", [said])[0]["line_id"] == run_checks("order_lines", typed)[0]["line_id"]


def test_rows_of_one_key_that_differ_are_all_rejected_and_equal_ones_repeat() -> None:
    rows = run_checks(
        "orders", [order(amount="1"), order(amount="2"), order(order_id="2"), order(order_id="2"), order(order_id="3")]
    )
    assert [codes_of(r) for r in rows[:2]] == [["reject.key.conflict:order_id"]] * 2
    assert [r["__repeat__"] for r in rows] == [False, False, False, True, False]


def test_every_reason_has_its_sentence() -> None:
    types = {"text", "integer", "number", "money", "boolean", "date", "timestamp"}
    rows = {"required", "below", "above", "too_long", "nul", "broken", "key.conflict", "with_value"}
    forms = {"money.decimals", "money.too_large", "date.ambiguous"}
    wanted = {f"reject.{code}" for code in types | rows | forms}
    assert wanted <= catalogue()


@pytest.mark.parametrize("table", sorted(LOADED))
def test_all_queries_compile_for_spark_and_use_no_form_that_answers_differently(table: str) -> None:
    contract = LOADED[table]
    texts = pa.table({c.name: pa.array(["1"]) for c in contract.columns if c.name not in contract.key[:1]})
    texts = texts if contract.derived_key else texts.append_column(contract.key[0], pa.array(["1"]))
    _, staged, _, recognition, query = queries(table, texts)
    rows, head, fresh = Relation("loaded"), Relation("head", contract.names), Relation("fresh")
    constants = {n: literal("x") for n in ("load_id", "table_name", "source", "loaded_at", "fingerprint")}
    for q in (
        query,
        keyed(Relation("read"), contract, recognition),
        head_comparison(rows, head, contract, recognition, "erp"),
        new_rows(rows, contract, fresh),
        replacement(rows, fresh, head, contract, recognition, "erp"),
        rejected(staged, rows, constants),
    ):
        assert compiles_for_spark(q)
        assert [fault for fault in portability_faults(q) if not any(safe in fault for safe in SAFE)] == []


@pytest.mark.parametrize("table", sorted(LOADED))
def test_queries_of_loads_that_leave_values_empty_are_as_portable(table: str) -> None:
    contract = LOADED[table]
    texts = pa.table({c.name: pa.array(["?"]) for c in contract.columns if c.name not in contract.key[:1]})
    texts = texts if contract.derived_key else texts.append_column(contract.key[0], pa.array(["1"]))
    texts = texts.append_column("quarantine_id", pa.array(["x"]))
    _, staged, _, recognition, query = queries(table, texts, Plan("Asia/Shanghai", options=BLANK))
    rows, head, fresh = Relation("loaded", (*contract.names, *BLANKS)), Relation("head", contract.names), Relation("f")
    names = ("load_id", "table_name", "source", "loaded_at", "fingerprint")
    constants, key = {n: literal("x") for n in names}, contract.key[0]
    quarantined = Relation("known", QUARANTINE.names)
    added = entries(Relation("bad"), Relation("came"), quarantined, constants, "me")
    assert added is not None
    for q in (
        query,
        hashed(query, contract, recognition, blanks=True),
        settled(rows, Relation("again"), contract, recognition),
        head_comparison(rows, head, contract, recognition, rekeyed=True),
        replacement(rows, fresh, head, contract, recognition),
        rejected(staged, rows, constants, key),
        rekeyed(rows, staged, quarantined, table, key),
        came_back(staged, rows, key),
        count_blanked(rows, keyed=False),
        standing(quarantined, table, contract.names),
        added,
    ):
        assert compiles_for_spark(q)
        assert [fault for fault in portability_faults(q) if not any(safe in fault for safe in SAFE)] == []


def test_a_row_with_an_empty_value_says_which_and_what_stood_there() -> None:
    rows = [order(channel="店\x00"), order(channel="店\x00", amount="x"), order()]
    contract = LOADED["orders"]
    frame, _, _, recognition, query = queries("orders", rows, Plan("Asia/Shanghai", options=BLANK))
    with connect(staged=frame) as connection:
        found = connection.sql(hashed(query, contract, recognition, blanks=True).sql()).to_arrow_table().to_pylist()
    kept, bad, sound = sorted(found, key=lambda r: r["__row__"])
    assert (kept["__codes__"], kept["__blanked__"], kept["channel"]) == (None, "reject.nul:channel", None)
    assert [(r.code, r.column) for r in read_reasons(kept["__blanked_reasons__"])] == [("reject.nul", "channel")]
    assert (sorted(codes_of(bad)), bad["__blanked__"]) == (["reject.money:amount", "reject.nul:channel"], None)
    assert (sound["__codes__"], sound["__blanked__"], sound["__blanked_reasons__"]) == (None, None, None)


def test_the_quarantined_row_is_the_source_row_as_json() -> None:
    table = pa.table(
        {
            "order_id": ["a"],
            'od"d\\': ['say "x"\n\t\\'],
            "ID": [5],
            "id": [2.5],
            "flag": [True],
            "ordered_at": ["?"],
            "none": pa.nulls(1, pa.string()),
        }
    )
    frame, staged, contract, recognition, query = queries("orders", table)
    with connect(staged=frame) as connection:
        connection.execute(f"CREATE TEMP TABLE loaded AS {keyed(query, contract, recognition).sql()}")
        constants = {n: literal("x") for n in ("load_id", "table_name", "source", "fingerprint")}
        constants["loaded_at"] = literal(datetime(2024, 1, 1, tzinfo=UTC))
        found = connection.sql(rejected(staged, Relation("loaded"), constants).sql()).to_arrow_table().to_pylist()
    assert json.loads(found[0]["row"]) == {
        "order_id": "a",
        'od"d\\': 'say "x"\n\t\\',
        "ID": 5,
        "id": 2.5,
        "flag": True,
        "ordered_at": "?",
        "none": None,
    }
