"""What a CSV file does not say is found: encoding, delimiter, header; what is repaired is said."""

from pathlib import Path
from typing import Any

import pytest

from qunxiang.adapters.sources import open_source
from qunxiang.errors import SourceError
from qunxiang.i18n import Message

PEOPLE = [("王小明", "北京市朝阳区建国路一号"), ("李娜", "上海市浦东新区世纪大道"), ("陈静怡", "广州市天河区体育西路")]
TRADITIONAL = [("陳靜儀", "臺北市信義區松仁路"), ("張學友", "新竹縣竹北市光明路"), ("林麗華", "高雄市左營區博愛路")]


def table(rows: list[tuple[str, str]], delimiter: str = ",") -> str:
    return "\n".join(delimiter.join(row) for row in [("姓名", "地址"), *rows]) + "\n"


def rows_of(source: Any) -> list[dict[str, Any]]:
    return sorted((row for batch in source.batches() for row in batch.to_pylist()), key=lambda r: r["__row__"])


def values_of(source: Any) -> list[tuple[Any, ...]]:
    return [tuple(v for k, v in row.items() if not k.startswith("__")) for row in rows_of(source)]


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
@pytest.mark.parametrize(
    ("written", "found"),
    [
        ("utf-8", "utf-8"),
        ("utf-8-sig", "utf-8-sig"),
        ("gbk", "gb18030"),
        ("gb18030", "gb18030"),
        ("utf-16", "utf-16"),
        ("utf-16-le", "utf-16-le"),
        ("utf-16-be", "utf-16-be"),
    ],
)
def test_encoding_and_delimiter_are_found(tmp_path: Path, written: str, found: str, delimiter: str) -> None:
    path = tmp_path / "a.csv"
    path.write_bytes(table(PEOPLE, delimiter).encode(written))
    source = open_source(path)
    assert values_of(source) == PEOPLE
    assert (source.shape().found.encoding, source.shape().found.delimiter) == (found, delimiter)


def test_big5_is_told_from_gb18030_by_its_common_characters(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_bytes(table(TRADITIONAL).replace("姓名", "姓名").encode("big5"))
    assert values_of(open_source(path)) == TRADITIONAL
    assert open_source(path).shape().found.encoding == "big5hkscs"


def test_four_byte_characters_of_gb18030_are_read(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    rows = [("㐂𠮷", "北京市"), ("王䶮", "上海市")]
    path.write_bytes(table(rows).encode("gb18030"))
    assert values_of(open_source(path)) == rows


def test_the_encoding_is_found_however_late_its_first_chinese_character_comes(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_bytes(b"name,place\n" + b"x,y\n" * 1_200_000 + "王小明,北京\n".encode("gbk"))
    source = open_source(path)
    assert source.shape().found.encoding == "gb18030"
    *_, last = (batch for batch in source.batches())
    assert last.to_pylist()[-1] == {"__row__": 1_200_001, "__broken__": None, "name": "王小明", "place": "北京"}


@pytest.mark.parametrize(("most", "some"), [("utf-8", "gbk"), ("gbk", "utf-8")])
def test_rows_in_another_encoding_are_marked_and_the_others_kept(tmp_path: Path, most: str, some: str) -> None:
    path = tmp_path / "a.csv"
    lines = [f"王小明{i},北京市\n".encode(most) for i in range(50)]
    lines[20] = "陈静怡,上海市浦东新区\n".encode(some)
    path.write_bytes("姓名,地址\n".encode(most) + b"".join(lines) + b"\xff,x\n")
    source = open_source(path)
    values = values_of(source)
    assert [m.code for m in source.shape().found.notes].count("source.found.mixed_encoding") == 1
    assert values[:20] == [(f"王小明{i}", "北京市") for i in range(20)]
    assert values[21:50] == [(f"王小明{i}", "北京市") for i in range(21, 50)]
    assert "\ufffd" in values[50][0]


@pytest.mark.parametrize(
    "above",
    ["订单导出报表\n", "订单导出报表,,,\n\n", "导出时间,2024-03-05,,\n操作人,王\n", '"标题\n两行"\n'],
)
def test_lines_above_the_header_are_passed_over(tmp_path: Path, above: str) -> None:
    path = tmp_path / "a.csv"
    path.write_text(f"{above}编号,姓名,金额,备注\n1,王,2.50,\n2,李,3.00,好\n", "utf-8")
    source = open_source(path)
    assert values_of(source) == [("1", "王", "2.50", ""), ("2", "李", "3.00", "好")]
    assert [row["__row__"] for row in rows_of(source)] == [1, 2]
    assert source.shape().found.header_row == above.count("\n") + 1


def test_empty_columns_beyond_the_header_break_no_row(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_text("a,b\n1,2,,\n3,4,,\n", "utf-8")
    assert values_of(open_source(path)) == [("1", "2", "", ""), ("3", "4", "", "")]


def test_a_quote_never_closed_and_a_line_without_end_are_told(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    for content in (b"a,b\n1,2\n" + b"x" * 50_000_000, b'a,b\n1,"2\n' + b"3,4\n" * 5_000_000, b"x" * 50_000_000):
        path.write_bytes(content)
        with pytest.raises(SourceError) as error:
            list(open_source(path).batches())
        assert error.value.code == "error.source.long_line"
        assert "8" in error.value.render("zh")


def test_more_columns_than_any_table_has_are_refused(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_text(",".join(f"c{i}" for i in range(10_000)) + "\n" + ",".join("1" * 10_000) + "\n", "utf-8")
    with pytest.raises(SourceError) as error:
        open_source(path)
    assert error.value.code == "error.source.too_many_columns"


def test_data_rows_count_from_below_the_names_and_are_called_so(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_text('月报,,\n\na,b,c\n1,2,3\n\n"x\ny",5,6\n7,8\n9,9,9\n', "utf-8")
    rows = rows_of(open_source(path))
    assert [(r["__row__"], r["a"], r["__broken__"]) for r in rows] == [
        (1, "1", None),
        (2, "x\ny", None),
        (3, None, "7,8"),
        (4, "9", None),
    ]
    assert (Message("page.data.quarantine_row")("zh"), Message("page.data.quarantine_row")("en")) == (
        "数据行",
        "Data row",
    )
    assert "data row" in Message("page.rejects.row_of", {"row": 4, "source": "a.csv"})("en").lower()
    assert "below the column names" in Message("cli.rejects")("en")
