"""Values in the forms that people and spreadsheets give them: what is read, what is noted, what is refused."""

from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import pytest
from intake_rows import run_checks

from qunxiang.intake import Plan, Rate
from qunxiang.model import ReadingOptions

HOME = Plan("Asia/Shanghai", year=2024)


def orders(plan: Plan = HOME, **columns: list[Any]) -> list[dict[str, Any]]:
    n = len(next(iter(columns.values())))
    rows = [
        {"order_id": str(i + 1), "ordered_at": "2024-03-05", "amount": "1"} | {k: v[i] for k, v in columns.items()}
        for i in range(n)
    ]
    return run_checks("orders", rows, plan)


def persons(plan: Plan = HOME, **columns: list[Any]) -> list[dict[str, Any]]:
    n = len(next(iter(columns.values())))
    return run_checks(
        "persons", [{"person_id": f"P{i}"} | {k: v[i] for k, v in columns.items()} for i in range(n)], plan
    )


def test_amounts_with_units_signs_and_brackets() -> None:
    said = {
        "1.2万": ("12000.00", "unit:amount"),
        "3亿": ("300000000.00", "unit:amount"),
        "¥3.5万元": ("35000.00", "unit:amount"),
        "5千": ("5000.00", "unit:amount"),
        "2百万": ("2000000.00", "unit:amount"),
        "1.5k": ("1500.00", "unit:amount"),
        "(300)": ("-300.00", "negative:amount"),
        "（1,234.50）": ("-1234.50", "negative:amount"),
        "300-": ("-300.00", "negative:amount"),
        "-300": ("-300.00", None),
        "¥1,234.50": ("1234.50", None),
        "人民币 99": ("99.00", None),
        "CNY 99": ("99.00", None),
        "99元整": ("99.00", None),
        "１２３．５": ("123.50", "wide:amount"),
    }
    rows = orders(amount=list(said))
    assert {text: (str(r["amount"]), r["__repairs__"]) for text, r in zip(said, rows, strict=True)} == said


def test_amounts_that_are_none() -> None:
    texts = ["1,23", "1.23456万", "万", "5元3", "--5", "(-5)", "1 234", "12 abc"]
    codes = [r["__codes__"] for r in orders(amount=texts)]
    assert codes == [
        *("reject.money:amount", None, "reject.money:amount", "reject.money:amount"),
        *("reject.money:amount", "reject.money:amount", "reject.money:amount", "reject.money:amount"),
    ]
    assert orders(amount=["1.2345678万"])[0]["__codes__"] == "reject.money.decimals:amount"


def test_decimal_commas_where_the_column_has_them() -> None:
    plan = Plan("Asia/Shanghai", commas=frozenset({"amount"}))
    texts = ["1.234,50", "1 234,50", "1234,5", "1.234", "12", "-7,25", "1,2,3"]
    found = [r["amount"] for r in orders(plan, amount=texts)]
    assert found[:6] == [Decimal(x) for x in ("1234.50", "1234.50", "1234.50", "1234.00", "12.00", "-7.25")]
    assert found[6] is None


def test_money_of_another_currency_is_never_taken_as_ours() -> None:
    texts = ["US$ 12", "USD 12", "12美元", "€5", "$7", "HK$ 9", "5 日元"]
    assert {r["__codes__"] for r in orders(amount=texts)} == {"reject.money.currency:amount"}
    column = orders(amount=["12", "12", "12", "12", "$3"], currency=["USD", "CNY", "人民币", "XXX", "HKD"])
    assert [r["__codes__"] for r in column] == [
        *("reject.money.currency:amount", None, None, "reject.money.currency:amount", "reject.money.currency:amount")
    ]
    assert [r["currency"] for r in column[1:3]] == ["CNY", "CNY"]
    both = orders(amount=["€3"], currency=["USD"])[0]
    assert both["__codes__"] == "reject.money.two_currencies:amount"
    dollars = Plan("America/New_York", "USD")
    assert [str(r["amount"]) for r in orders(dollars, amount=["$7", "US$7", "7 usd"])] == ["7.00"] * 3
    source = Plan("Asia/Shanghai", options=ReadingOptions(currency="usd"))
    assert [r["__codes__"] for r in orders(source, amount=["7", "¥7"])] == ["reject.money.currency:amount", None]


def test_rates_convert_by_the_day_of_the_row() -> None:
    rates = (
        Rate("USD", date(2024, 1, 1), Decimal("7.1")),
        Rate("USD", date(2024, 3, 1), Decimal("7.2")),
        Rate("EUR", date(2024, 1, 1), Decimal("7.8")),
    )
    plan = Plan("Asia/Shanghai", rates=rates)
    rows = orders(
        plan,
        amount=["US$ 10", "10", "10", "10", "€0.05"],
        currency=[None, "USD", "CNY", "USD", None],
        ordered_at=["2024-02-29", "2024-03-01", "2024-03-01", "2023-12-31", "2024-02-01"],
    )
    assert [r["amount"] for r in rows] == [Decimal("71.00"), Decimal("72.00"), Decimal("10.00"), None, Decimal("0.39")]
    assert rows[3]["__codes__"] == "reject.money.currency:amount"
    assert [rows[i]["__repairs__"] for i in (0, 1, 2, 4)] == [
        "currency:amount",
        "currency:amount",
        None,
        "currency:amount",
    ]
    assert [r["currency"] for r in rows] == [None, "CNY", "CNY", "CNY", None]


def test_percent_signs_in_numbers() -> None:
    rows = run_checks(
        "opportunities", [{"opportunity_id": str(i), "probability": p} for i, p in enumerate(["35%", "３５％", "0.35"])]
    )
    assert [r["probability"] for r in rows] == [0.35, 0.35, 0.35]
    assert [r["__repairs__"] for r in rows] == ["percent:probability", "percent:probability", None]


def test_dates_in_every_written_form() -> None:
    forms = {
        "2024.3.5": (2024, 3, 5, 0, 0),
        "2024年3月5日 星期二": (2024, 3, 5, 0, 0),
        "2024年3月5日下午3:05": (2024, 3, 5, 15, 5),
        "2024-03-05 上午9:30": (2024, 3, 5, 9, 30),
        "2024/3/5 3:05 PM": (2024, 3, 5, 15, 5),
        "2024/3/5 12:05 AM": (2024, 3, 5, 0, 5),
        "2024年3月5日 中午12:00": (2024, 3, 5, 12, 0),
        "20240305093000": (2024, 3, 5, 9, 30),
        "25/3/24": (2024, 3, 25, 0, 0),
        "3/25/2024 8:15": (2024, 3, 25, 8, 15),
        "05-05-2024": (2024, 5, 5, 0, 0),
    }
    rows = orders(Plan("UTC", year=2024), ordered_at=list(forms))
    assert {t: r["ordered_at"] for t, r in zip(forms, rows, strict=True)} == {
        text: datetime(*parts, tzinfo=UTC) for text, parts in forms.items()
    }


@pytest.mark.parametrize(("order", "month", "day"), [("dmy", 3, 5), ("mdy", 5, 3)])
def test_an_order_that_was_said_reads_what_is_ambiguous(order: Any, month: int, day: int) -> None:
    rows = orders(Plan("UTC", orders={"ordered_at": order}), ordered_at=["5/3/24", "05-03-2024", "5.3.2024"])
    assert [r["ordered_at"] for r in rows] == [datetime(2024, month, day, tzinfo=UTC)] * 3
    assert {r["__repairs__"] for r in rows} == {"order:ordered_at"}


def test_years_of_birth_lie_behind_us() -> None:
    plan = Plan("Asia/Shanghai", orders={"birth_date": "dmy"}, year=2024)
    rows = persons(plan, birth_date=["5/3/45", "5/3/24", "5/3/90", "1/2/2001"])
    assert [r["birth_date"] for r in rows] == [date(1945, 3, 5), date(2024, 3, 5), date(1990, 3, 5), date(2001, 2, 1)]


def test_days_of_a_workbook() -> None:
    for system, number in ((1900, "45356"), (1904, "43894")):
        row = orders(Plan("UTC", date_system=system), ordered_at=[number, f"{number}.5"])
        assert [r["ordered_at"] for r in row] == [datetime(2024, 3, 5, h, tzinfo=UTC) for h in (0, 12)]
        assert row[0]["__repairs__"] == "serial:ordered_at"
    assert orders(ordered_at=["45356"])[0]["__codes__"] == "reject.date.serial:ordered_at"


def test_phones_have_one_form_and_odd_ones_are_noted() -> None:
    said = {
        "13812345678": ("13812345678", None),
        "+86 138 1234 5678": ("13812345678", "phone:phone"),
        "0086-138-1234-5678": ("13812345678", "phone:phone"),
        "86 13812345678": ("13812345678", "phone:phone"),
        "138-1234-5678": ("13812345678", "phone:phone"),
        "１３８１２３４５６７８": ("13812345678", "phone:phone"),
        "13812345678.0": ("13812345678", "phone:phone"),
        "1.3812345678E+10": ("13812345678", "digits:phone"),
        "010-12345678": ("010-12345678", None),
        "(0571) 8888 8888": ("0571-88888888", "phone:phone"),
        "+1 415 555 2671": ("+14155552671", "phone:phone"),
        "400-800-1234": ("4008001234", "phone:phone"),
        "12345678901": ("12345678901", "not_phone:phone"),
        "138123": ("138123", None),
        "问前台": ("问前台", "not_phone:phone"),
        "无": (None, "nothing:phone"),
        "—": (None, "nothing:phone"),
    }
    rows = persons(phone=list(said))
    assert {t: (r["phone"], r["__repairs__"]) for t, r in zip(said, rows, strict=True)} == said
    lost = persons(phone=["1.38E+10", "1.38123E+10"])
    assert [r["__codes__"] for r in lost] == ["reject.digits_lost:phone"] * 2


def test_codes_keep_their_characters() -> None:
    rows = run_checks(
        "persons", [{"person_id": p} for p in ["1.23456E+5", "1.38E+17", "00123", "１２３", "1E5", "A-1"]]
    )
    assert [r["person_id"] for r in rows] == ["123456", None, "00123", "123", "1E5", "A-1"]
    assert [r["__repairs__"] for r in rows] == [
        "digits:person_id",
        "nothing:person_id",
        None,
        "wide:person_id",
        None,
        None,
    ]
    assert rows[1]["__codes__"] == "reject.digits_lost:person_id"
    plan = Plan("Asia/Shanghai", options=ReadingOptions(widths={"person_id": 6}))
    rows = run_checks("persons", [{"person_id": p} for p in ["123", "123456", "A1"]], plan)
    assert [(r["person_id"], r["__repairs__"]) for r in rows] == [
        ("000123", "zeros:person_id"),
        ("123456", None),
        ("A1", None),
    ]


def test_postcodes_get_their_zeros_back() -> None:
    rows = persons(postcode=["30000", "100080", "30000", "2139", "30000"], country=[None, None, "中国", "USA", "美国"])
    assert [r["postcode"] for r in rows] == ["030000", "100080", "030000", "02139", "30000"]
    assert rows[0]["__repairs__"] == "zeros:postcode"


def test_words_for_nothing() -> None:
    words = ["无", "—", "-", "N/A", "#REF!", "#N/A", "NULL", "未知", "空", "\\N"]
    names = ("birth_date", "points", "city", "phone", "created_at")
    for word, row in zip(words, persons(**dict.fromkeys(names, words)), strict=True):
        assert row["__codes__"] is None, word
        assert [row[n] for n in names] == [None] * 5, word
        assert set(row["__repairs__"].split(",")) == {f"nothing:{n}" for n in names}, word
    assert [r["__codes__"] for r in orders(amount=words)] == ["reject.required:amount"] * len(words)


def test_words_that_may_be_answers_stay() -> None:
    row = persons(religion=["无"], interests=["无"], name=["无名"])[0]
    assert (row["religion"], row["interests"], row["name"]) == ("无", "无", "无名")
    assert persons(interests=["#REF!"])[0]["interests"] is None
    said = [
        {"survey": "s", "question": "q", "respondent": str(i), "answer": a} for i, a in enumerate(["无", "N/A", "NULL"])
    ]
    assert [r["answer"] for r in run_checks("survey_answers", said)] == ["无", "N/A", None]
    more = Plan("Asia/Shanghai", options=ReadingOptions(null_words=("没留",)))
    assert persons(more, interests=["没留"])[0]["interests"] is None


def test_rows_of_totals_are_set_aside() -> None:
    rows = run_checks(
        "orders",
        [
            {"order_id": "1", "ordered_at": "2024-03-05", "amount": "10", "备注": "合计"},
            {"order_id": "合计", "ordered_at": "2024-03-05", "amount": "10", "备注": None},
            {"order_id": None, "ordered_at": None, "amount": "10", "备注": "本页小计："},
            {"order_id": "", "ordered_at": "总 计", "amount": "10", "备注": None},
            {"order_id": "Grand Total", "ordered_at": "", "amount": "10", "备注": None},
        ],
    )
    assert [r["__codes__"] for r in rows] == [None, *["reject.total:"] * 4]
    assert rows[2]["__reasons__"] == '[{"code":"reject.total"}]'
