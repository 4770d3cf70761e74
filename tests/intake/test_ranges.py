"""Sizes of companies told as ranges: what is read, what is refused, which column is recognised, what it replaces."""

from datetime import date
from decimal import Decimal
from time import perf_counter
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from intake_rows import run_checks

from qunxiang.intake import Plan, Rate, recognise
from qunxiang.intake.ranges import range_share
from qunxiang.intake.recognition import propose
from qunxiang.model import ReadingOptions
from qunxiang.sql.ranges import RANGE
from qunxiang.tables import LOADED, ColumnType

HOME = Plan("Asia/Shanghai", year=2024)
ACCOUNTS = LOADED["accounts"]
# fmt: off
HEADS = {
    "50-99人": "50-99", "50人-99人": "50-99", "100～499人": "100-499", "100~499": "100-499", "1-49": "1-49",
    "50－99": "50-99", "50–99": "50-99", "50—99": "50-99", "50——99人": "50-99", "50至99人": "50-99",
    "50 到 99": "50-99", "51-200 employees": "51-200", "51 to 200": "51-200", "between 1 to 9": "1-9",
    "５０－９９人": "50-99", "1,000-4,999": "1000-4999", "１，０００～４，９９９人": "1000-4999",
    "1000-1万人": "1000-10000", "1-5万人": "10000-50000", "1.5万人以上": "15000+", "5k-10k": "5000-10000",
    "1000人以上": "1000+", "1000+": "1000+", "10,000+": "10000+", "10,001+ employees": "10001+", ">=50": "50+",
    "不少于50人": "50+", "≥50": "50+", "at least 50": "50+", "50 or more employees": "50+", "50人及以上": "50+",
    "超过50人": "51+", "大于50": "51+", ">50": "51+", "＞50": "51+", "over 50": "51+", "more than 50": "51+",
    "少于50人": "0-49", "不足20人": "0-19", "不满20人": "0-19", "<50": "0-49", "＜50人": "0-49", "under 50": "0-49",
    "50人以下": "0-50", "50人以内": "0-50", "≤50": "0-50", "不超过50人": "0-50", "up to 50": "0-50",
    "85": "85", "85人": "85", "1,200": "1200", "1.2万": "12000", "50-50": "50", "0": "0", " 85 ": "85",
}
MONEY = {
    "1000万-5000万": "10000000-50000000", "1亿以上": "100000000+", "500万元以下": "0-5000000",
    "500-1000万元": "5000000-10000000", "1-5亿": "100000000-500000000", "1000万～1亿": "10000000-100000000",
    "¥1,000万~¥5,000万": "10000000-50000000", "RMB 1M–5M": "1000000-5000000", "1.5亿": "150000000",
    "低于100万元人民币": "0-1000000", "超过1亿": "100000000+", "10bn+": "10000000000+", "0.5-1.25": "0.50-1.25",
    "１００万—２００万": "1000000-2000000", "100万元（含）以上": "1000000+", "不足500万": "0-5000000",
}
NO_RANGES = [
    "乱写", "大型", "50 99", "1,2", "1.000-5.000", "Oct-50", "2024-01-03", "-50", "50-", "-50--20", "约50", "50-99-120",
    "超过50以上", "1e9", "9999999999999999+", "50%", "50-99万万", "+", "万", "=1+1", "'; DROP TABLE accounts; --",
    "五十人以上", "<script>1-2</script>", "1" * 9000, "0" * 60 + "-" + "9" * 60, "(" * 70, "NaN-∞", "50.5", "1-2-",
]
# fmt: on


def sizes(column: str, cells: list[Any], plan: Plan = HOME) -> list[dict[str, Any]]:
    return run_checks("accounts", [{"account_id": f"a{i}", column: cell} for i, cell in enumerate(cells)], plan)


@pytest.mark.parametrize(("column", "said"), [("employees_range", HEADS), ("annual_revenue_range", MONEY)])
def test_ranges_are_read_and_numbers_among_them_fill_their_own_column(column: str, said: dict[str, str]) -> None:
    rows = sizes(column, list(said))
    assert {text: (r[column], r["__codes__"]) for text, r in zip(said, rows, strict=True)} == {
        text: (kept, None) for text, kept in said.items()
    }
    exact = column.removesuffix("_range")
    for kept, row in zip(said.values(), rows, strict=True):
        wide = "-" in kept or kept.endswith("+")
        assert row[exact] == (None if wide else Decimal(kept))


@pytest.mark.parametrize("column", ["employees_range", "annual_revenue_range"])
def test_what_is_no_range_is_rejected_with_a_reason(column: str) -> None:
    heads = column == "employees_range"
    texts = [t for t in NO_RANGES if heads or t not in ("50.5", "1.000-5.000", "9999999999999999+")]
    for text, row in zip(texts, sizes(column, texts), strict=True):
        assert row["__codes__"] == f"reject.range:{column}", text
    (nul, broken, long) = sizes(column, ["1\0-2", "1-\ufffd2", "1" * 10_001])
    codes = [nul["__codes__"], broken["__codes__"], long["__codes__"]]
    assert codes == [f"reject.{w}:{column}" for w in ("nul", "encoding", "too_long")]


def test_a_range_the_wrong_way_round_has_a_reason_of_its_own() -> None:
    for row in (
        *sizes("employees_range", ["99-50", "1万-5000人", "<0"])[:2],
        *sizes("annual_revenue_range", ["5000-1亿"]),
    ):
        assert row["__codes__"].startswith("reject.range.reversed:")


def test_a_range_in_a_column_of_numbers_is_rejected_with_a_reason_that_leads_on() -> None:
    rows = sizes("employees", ["50-99人", "1000+", "abc", "85", "1.5", None, "-3", "<0"])
    assert [r["__codes__"] for r in rows] == [
        *("reject.range.column:employees", "reject.range.column:employees", "reject.integer:employees", None),
        *("reject.integer:employees", None, "reject.below:employees", "reject.range.column:employees"),
    ]
    rows = sizes("annual_revenue", ["1000万-5000万", "1亿以上", "abc", "1亿", "US$5"])
    assert [r["__codes__"] for r in rows] == [
        *("reject.range.column:annual_revenue", "reject.range.column:annual_revenue", "reject.money:annual_revenue"),
        *(None, "reject.money.currency:annual_revenue"),
    ]


def test_words_for_nothing_and_cells_that_are_no_text() -> None:
    assert [r["employees_range"] for r in sizes("employees_range", ["不详", "-", "N/A", "未知", None, "9"])] == [
        *(None,) * 5,
        "9",
    ]
    assert {r["__codes__"] for r in sizes("employees_range", ["不详", "-", "N/A", "1-2"])} == {None}
    ids = pa.array(["a", "b", "c"])
    numbers = pa.table({"account_id": ids, "公司规模": pa.array([85, 0, -3])})
    assert [(r["employees"], r["employees_range"], r["__codes__"]) for r in run_checks("accounts", numbers)] == [
        (85, "85", None),
        (0, "0", None),
        (None, None, "reject.range:employees_range"),
    ]
    floats = pa.table({"account_id": ids, "公司规模": pa.array([85.0, None, 12.5])})
    assert [(r["employees"], r["__codes__"]) for r in run_checks("accounts", floats)] == [
        (85, None),
        (None, None),
        (None, "reject.range:employees_range"),
    ]
    days = pa.table({"account_id": ids, "公司规模": pa.array([date(2024, 10, 5)] * 3)})  # a workbook's 10-5
    assert {r["__codes__"] for r in run_checks("accounts", days)} == {"reject.range:employees_range"}


def test_ranges_of_foreign_money_are_converted_or_refused() -> None:
    rate = Rate("USD", date(2020, 1, 1), Decimal("7.15"))
    rated = Plan("Asia/Shanghai", rates=(rate,), year=2024)
    cells = ["US$1M-5M", "$10M+", "1000万美元", "100万-200万"]
    found = sizes("annual_revenue_range", cells, rated)
    assert [r["annual_revenue_range"] for r in found] == [
        "7150000-35750000",
        "71500000+",
        "71500000",
        "1000000-2000000",
    ]
    assert [r["annual_revenue"] for r in found] == [None, None, Decimal("71500000.00"), None]
    assert found[0]["__repairs__"] == "currency:annual_revenue_range"
    bare = sizes("annual_revenue_range", cells)
    assert [r["__codes__"] for r in bare] == [*("reject.money.currency:annual_revenue_range",) * 3, None]
    dollars = Plan("Asia/Shanghai", options=ReadingOptions(currency="USD"), year=2024)
    assert sizes("annual_revenue_range", ["1M-5M"], dollars)[0]["__codes__"].startswith("reject.money.currency")


DASHES = ["-", "~", "－", "～", "–", "—", "——", "至", " 到 ", " to ", "〜"]


@settings(deadline=None, max_examples=8)
@given(
    st.lists(
        st.tuples(
            st.integers(0, 10**9),
            st.integers(0, 10**9),
            st.sampled_from(DASHES),
            st.sampled_from(["人", "", " employees", "名"]),
            st.booleans(),
            st.booleans(),
        ),
        min_size=20,
        max_size=60,
    )
)
def test_every_way_to_write_two_ends_is_one_range(told: list[tuple[int, int, str, str, bool, bool]]) -> None:
    def written(low: int, high: int, dash: str, word: str, grouped: bool, wide: bool) -> str:
        a, b = (f"{n:,}" if grouped else str(n) for n in (low, high))
        text = f"{a}{dash}{b}{word}"
        return text.translate(str.maketrans("0123456789,", "０１２３４５６７８９，")) if wide else text

    rows = sizes("employees_range", [written(*t) for t in told])
    for (low, high, *_), row in zip(told, rows, strict=True):
        if low > high:
            assert row["__codes__"] == "reject.range.reversed:employees_range"
        else:
            assert row["employees_range"] == (str(low) if low == high else f"{low}-{high}")
            assert row["employees"] == (low if low == high else None)


@settings(deadline=None, max_examples=8)
@given(
    st.lists(
        st.text(st.sampled_from("0159-~+<>≥,.万亿人元$ 以上下to少于超过kM\u3000（）;'\"\\"), max_size=12), min_size=40
    )
)
def test_whatever_is_written_is_a_range_or_refused(cells: list[str]) -> None:
    for column, type_ in (("employees_range", ColumnType.INTEGER), ("annual_revenue_range", ColumnType.MONEY)):
        for cell, row in zip(cells, sizes(column, cells), strict=True):
            kept, code = row[column], row["__codes__"]
            if kept is not None:
                assert code is None
                assert pc.match_substring_regex(pa.array([kept]), RANGE).to_pylist() == [True]
                assert range_share([cell], type_)[1] == 1.0  # what is loaded is recognised, too
            elif code is None:
                assert not any(c.isdigit() for c in cell)


@pytest.mark.parametrize(
    ("header", "cells", "target", "sure"),
    [
        ("员工规模", ["50-99人", "1000人以上"], "employees_range", 0.93),
        ("Employees", ["51-200", "10,001+"], "employees_range", 0.93),
        ("员工人数", ["85", "120", "300", "50-99人"], "employees_range", 0.93),
        ("公司规模", ["少于50人"], "employees_range", 0.93),
        ("Company Size", ["51-200 employees"], "employees_range", 0.93),
        ("公司规模", ["85", "120"], "employees_range", 0.93),
        ("员工规模", ["85", "120"], "employees", 0.93),
        ("Employees", ["85", "120"], "employees", 0.98),
        ("年收入规模", ["1000万-5000万", "1亿以上"], "annual_revenue_range", 0.93),
        ("年收入", ["1000万-5000万", "500万元以下"], "annual_revenue_range", 0.93),
        ("Annual Revenue", ["$1M-$5M"], "annual_revenue_range", 0.93),
        ("年收入", ["1000万", "500万元"], "annual_revenue", 0.93),
        ("企业规模", ["大型", "中型", "小型"], None, 0.47),
        ("公司规模", ["", ""], "employees_range", 0.93),
    ],
)
def test_a_column_of_ranges_is_recognised_whatever_its_name(
    header: str, cells: list[str], target: str | None, sure: float
) -> None:
    values = {"account_id": ["1"] * len(cells), header: cells}
    found = recognise(ACCOUNTS, values, values=lambda: values)
    assert {t for t, s in found.mapping.items() if s == header} == ({target} if target else set())
    proposal = propose(ACCOUNTS, values, values)[1]
    assert proposal.confidence == pytest.approx(sure)
    if target == "employees_range" and header == "Employees":
        assert proposal.evidence == ("name", "content")


def test_a_file_may_have_numbers_and_ranges_in_columns_of_their_own() -> None:
    values = {"account_id": ["1", "2"], "员工人数": ["85", ""], "员工规模": ["50-99人", "1000人以上"]}
    found = recognise(ACCOUNTS, values, values=lambda: values)
    assert found.mapping == {"account_id": "account_id", "employees": "员工人数", "employees_range": "员工规模"}
    assert not found.ambiguous


@pytest.mark.parametrize("blank", [" ", "\t", "\u3000", "\n"])
def test_a_cell_of_hundreds_of_blanks_holds_nobody_up(blank: str) -> None:
    started = perf_counter()
    for cell in (f"1{blank * 78}x", f"1{blank * 38}-{blank * 39}x", f"5{blank * 70}-{blank * 3}9"):
        share = range_share([cell] * 50, ColumnType.MONEY)
        assert share == ((1.0, 1.0) if cell.endswith("9") else (0.0, 0.0))
    assert perf_counter() - started < 2
