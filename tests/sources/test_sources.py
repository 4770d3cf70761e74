"""Files and frames give their rows as they stand; what cannot be read says why and what to do."""

import codecs
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import openpyxl
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from qunxiang.adapters.sources import open_source
from qunxiang.errors import SourceError, UnknownNameError

TEXT = "姓名,金额\n张三,1.5\n李四,2\n"


def rows_of(source: Any) -> list[dict[str, Any]]:
    return [row for batch in source.batches() for row in batch.to_pylist()]


def values_of(source: Any) -> list[dict[str, Any]]:
    return [{k: v for k, v in row.items() if not k.startswith("__")} for row in rows_of(source)]


@pytest.mark.parametrize(
    ("written", "said"),
    [
        ("utf-8", None),
        ("utf-8-sig", None),
        ("utf-16", None),
        ("gbk", "gbk"),
        ("gbk", "GB2312"),
        ("gb18030", "gb18030"),
        ("utf-16-le", "utf-16-le"),
        ("utf-8-sig", "utf-8"),
    ],
)
def test_csv_in_its_encodings(tmp_path: Path, written: str, said: str | None) -> None:
    path = tmp_path / "订单.csv"
    path.write_bytes(TEXT.encode(written))
    source = open_source(path, encoding=said)
    assert values_of(source) == [{"姓名": "张三", "金额": "1.5"}, {"姓名": "李四", "金额": "2"}]
    assert source.shape().samples["姓名"] == ("张三", "李四")


def test_a_wrong_encoding_says_the_byte_and_what_to_add(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_bytes(b"name,x\n\xe9\xff,1\n\xfa\xff,2\n")
    with pytest.raises(SourceError) as error:
        open_source(path)
    assert error.value.params["position"] == 7
    assert "--encoding gbk" in error.value.render("zh")
    assert "--encoding gbk" in error.value.render("en")
    path.write_bytes(b"name,x\n\xff\xff,1\n")
    with pytest.raises(SourceError) as error:
        open_source(path, encoding="gbk")
    assert error.value.params["position"] == 7
    with pytest.raises(SourceError) as error:
        open_source(path, encoding="klingon")
    assert "klingon" in error.value.render("en")


def test_the_byte_of_a_wrong_encoding_is_right_far_into_a_file(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    start = b"a,b\n" + "客,1\n".encode() * 1_000_000
    path.write_bytes(start + b"\xb0,1\n")
    with pytest.raises(SourceError) as error:
        open_source(path, encoding="utf-8")
    assert error.value.params["position"] == len(start)


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
def test_delimiter_and_quote_are_found(tmp_path: Path, delimiter: str) -> None:
    path = tmp_path / "a.csv"
    cells = [["a", "b"], ['"x, y; z"', "1"], ['"say ""hi""\nthere"', "2"]]
    path.write_text("\n".join(delimiter.join(row) for row in cells) + "\n", encoding="utf-8")
    assert values_of(open_source(path)) == [{"a": "x, y; z", "b": "1"}, {"a": 'say "hi"\nthere', "b": "2"}]


def test_single_quotes_are_found(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_text("'a';'b'\n'x;y';'1'\n", encoding="utf-8")
    assert values_of(open_source(path)) == [{"a": "x;y", "b": "1"}]


def test_ragged_rows_come_as_broken_with_their_number(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_text("a,b\n1,2\n3\n4,5,6\n7,8\n9\n", encoding="utf-8")
    rows = sorted(rows_of(open_source(path)), key=lambda r: r["__row__"])
    assert [(r["__row__"], r["__broken__"], r["a"]) for r in rows] == [
        (1, None, "1"),
        (2, "3", None),
        (3, "4,5,6", None),
        (4, None, "7"),
        (5, "9", None),
    ]


def test_row_numbers_hold_across_blocks_of_a_large_file(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    lines = [f"{i},{'x' * 40}" if i % 1000 else "broken" for i in range(1, 500_001)]
    path.write_text("n,text\n" + "\n".join(lines) + "\n", encoding="utf-8")
    whole = broken = 0
    for batch in open_source(path).batches():
        for number, raw, n in zip(*(batch.column(c).to_pylist() for c in ("__row__", "__broken__", "n")), strict=True):
            if raw is None:
                whole += number == int(n)
            else:
                broken += raw == "broken" and number % 1000 == 0
    assert (whole, broken) == (499_500, 500)


def test_a_csv_of_broken_rows_alone_is_given_whole(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_text("a,b\n1\n2\n", encoding="utf-8")
    source = open_source(path)
    assert source.shape().columns == ("a", "b")
    assert [r["__broken__"] for r in rows_of(source)] == ["1", "2"]


def test_nameless_columns_get_a_name_and_two_of_one_name_are_told_apart(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_text("a,,b,\n1,2,3,4\n", encoding="utf-8")
    assert open_source(path).shape().columns == ("a", "column_2", "b", "column_4")
    path.write_text("__row__,__broken__\n1,2\n", encoding="utf-8")
    assert values_of(open_source(path)) == [{"source__row__": "1", "source__broken__": "2"}]
    path.write_text("a,b,a\n1,2,3\n", encoding="utf-8")
    shape = open_source(path).shape()
    assert shape.columns == ("a", "b", "a (2)")
    assert [m.params["names"] for m in shape.found.notes if m.code == "source.found.same_name"] == [["a (2)"]]


def test_parquet_keeps_types_and_order(tmp_path: Path) -> None:
    path = tmp_path / "a.parquet"
    table = pa.table(
        {
            "id": pa.array([1, 2], pa.uint32()),
            "price": pa.array([Decimal("1.10"), None], pa.decimal128(10, 2)),
            "at": pa.array([datetime(2024, 1, 1, 1, 2, 3), None], pa.timestamp("ns")),
            "kind": pa.array(["a", "b"]).dictionary_encode(),
            "tags": pa.array([["x"], []]),
        }
    )
    pq.write_table(table, path)
    source = open_source(path)
    assert source.shape().rows == 2
    assert values_of(source) == [
        {"id": 1, "price": "1.10", "at": datetime(2024, 1, 1, 1, 2, 3), "kind": "a", "tags": '["x"]'},
        {"id": 2, "price": None, "at": None, "kind": "b", "tags": "[]"},
    ]


def test_excel_gives_text_without_needless_decimals(tmp_path: Path) -> None:
    book = openpyxl.Workbook()
    book.active.title = "说明"
    sheet = book.create_sheet("订单")
    for row in (
        [],
        ["订单号", "金额", "日期", None],
        [1001, 12.5, datetime(2024, 3, 5)],
        [],
        [True, "x", date(2024, 3, 6)],
    ):
        sheet.append(row)
    path = tmp_path / "a.xlsx"
    book.save(path)
    source = open_source(path)
    assert source.shape().name == "a.xlsx [订单]"
    rows = rows_of(source)
    assert [r["订单号"] for r in rows] == ["1001", "true"]
    assert [r["金额"] for r in rows] == ["12.5", "x"]
    assert rows[0]["日期"].startswith("2024-03-05")
    assert [r["__row__"] for r in rows] == [1, 3]
    with pytest.raises(UnknownNameError) as error:
        open_source(path, sheet="没有")
    assert error.value.params["has"] == ["说明", "订单"]
    with pytest.raises(SourceError):
        open_source(path, sheet="说明")


def test_json_lines_keep_numbers_as_written_and_broken_lines(tmp_path: Path) -> None:
    path = tmp_path / "a.jsonl"
    path.write_text(
        '{"id": 12345678901234567890, "v": 1.50}\n\n[1]\n{"id": 2, "late": true, "o": {"k": "值"}}\n', "utf-8"
    )
    rows = rows_of(open_source(path))
    assert [r["__broken__"] for r in rows] == [None, "[1]", None]
    assert rows[0] | {"__row__": 0} == {
        "__row__": 0, "__broken__": None, "id": "12345678901234567890", "v": "1.50", "late": None, "o.k": None,
    }  # fmt: skip
    assert (rows[2]["late"], rows[2]["o.k"]) == ("true", "值")


def test_frames_of_three_kinds_give_the_same_rows() -> None:
    rows = [{"a": 1, "b": "x"}, {"a": 2, "b": None}]
    wanted = [{"a": 1, "b": "x"}, {"a": 2, "b": None}]
    for frame in (rows, pa.Table.from_pylist(rows), pd.DataFrame(rows)):
        assert values_of(open_source(frame)) == wanted
    mixed = pd.DataFrame({"a": [1, "x", None]})
    assert [r["a"] for r in values_of(open_source(mixed))] == ["1", "x", None]


def test_equal_content_has_an_equal_fingerprint(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text(TEXT, "utf-8")
    (tmp_path / "b.csv").write_text(TEXT, "utf-8")
    (tmp_path / "c.csv").write_text(TEXT + "王五,3\n", "utf-8")
    prints = [open_source(tmp_path / f"{n}.csv").shape().fingerprint for n in "abc"]
    assert prints[0] == prints[1] != prints[2]
    frames = [open_source([{"a": v}]).shape().fingerprint for v in (1, 1, 2)]
    assert frames[0] == frames[1] != frames[2]


@pytest.mark.parametrize(
    ("name", "content", "code"),
    [
        ("a.csv", b"", "error.source.empty"),
        ("a.csv", codecs.BOM_UTF8 + b"\n\n", "error.source.empty"),
        ("a.csv", b"a,b\n", "error.source.no_rows"),
        ("a.parquet", b"", "error.source.empty"),
        ("a.parquet", b"PAR1 but cut short", "error.source.damaged"),
        ("a.xlsx", b"PK\x03\x04 not a workbook", "error.source.damaged"),
        ("a.jsonl", b"[1, 2]\n", "error.source.not_json_lines"),
        ("a.jsonl", b"\n\n", "error.source.empty"),
        ("a.pdf", b"%PDF", "error.source.format"),
    ],
)
def test_unreadable_files_say_why(tmp_path: Path, name: str, content: bytes, code: str) -> None:
    path = tmp_path / name
    path.write_bytes(content)
    with pytest.raises(SourceError) as error:
        open_source(path)
    assert error.value.code == code
    for lang in ("zh", "en"):
        assert name in error.value.render(lang)


def test_a_truncated_parquet_a_folder_and_a_missing_file(tmp_path: Path) -> None:
    whole = tmp_path / "whole.parquet"
    pq.write_table(pa.table({"a": list(range(1000))}), whole)
    (tmp_path / "cut.parquet").write_bytes(whole.read_bytes()[:-100])
    for path, code in (
        (tmp_path / "cut.parquet", "error.source.damaged"),
        (tmp_path, "error.source.directory"),
        (tmp_path / "none.csv", "error.source.missing"),
    ):
        with pytest.raises(SourceError) as error:
            open_source(path)
        assert error.value.code == code
        if code != "error.source.damaged":
            assert "whole.parquet" in error.value.render("zh")
    pq.write_table(pa.table({"a": pa.array([], pa.int64())}), whole)
    with pytest.raises(SourceError, match="no rows"):
        open_source(whole)


@pytest.mark.parametrize("frame", [[], pa.table({"a": []}), pd.DataFrame()])
def test_empty_frames_are_refused(frame: Any) -> None:
    with pytest.raises(SourceError) as error:
        open_source(frame)
    assert error.value.code == "error.source.empty_frame"
    with pytest.raises(SourceError):
        open_source(42)
