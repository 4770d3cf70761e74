"""A text file says whether every line of it is one row, and which telling characters it has."""

from pathlib import Path

import pytest

from qunxiang.adapters.sources import files, open_source
from qunxiang.adapters.sources.files import text_form
from qunxiang.adapters.sources.lines import pieces
from qunxiang.errors import SourceError
from qunxiang.ports.source import WIDE_MARK, TextRows


def rows_of(folder: Path, data: bytes) -> TextRows | None:
    path = folder / "a.csv"
    path.write_bytes(data)
    return open_source(path).shape().text


@pytest.mark.parametrize(
    ("data", "expected"),
    [
        (b"a,b\n1,2\n3,4\n", ("\n", 1, 2)),
        (b"a,b\n1,2\n3,4", ("\n", 1, 2)),
        (b"a,b\r\n1,2\r\n3,4\r\n", ("\r\n", 1, 2)),
        (b"\xef\xbb\xbfa,b\n1,2\n", ("\n", 1, 1)),
        ("导出,,,\n,,,\na,b,c,d\n1,2,3,4\n".encode(), ("\n", 3, 1)),
        (b"a,b\n1,2\n\n3,4\n", ("\n", 1, 3)),
    ],
    ids=["lines", "open end", "windows", "mark", "lines above", "empty line"],
)
def test_every_line_is_a_row(tmp_path: Path, data: bytes, expected: tuple[str, int, int]) -> None:
    found = rows_of(tmp_path, data)
    assert found is not None
    assert (found.newline, found.skip, found.lines) == expected


@pytest.mark.parametrize(
    "data",
    [
        b'a,b\n"1",2\n',
        b"a,b\n1,2\r\n3,4\n",
        b"a,b\r1,2\r3,4\r",
        b"a,b\n1\x00,2\n",
        "a,b\n1,\ufffd\n".encode(),
        "a,b\n1,\ufeff2\n".encode(),
        b"'a','b'\n'1','2'\n",
        "a,b\n1,2\n".encode("utf-16"),
    ],
    ids=["quote", "two line ends", "returns", "nul", "lost", "mark inside", "other quote", "utf-16"],
)
def test_a_line_may_be_other_than_a_row(tmp_path: Path, data: bytes) -> None:
    assert rows_of(tmp_path, data) is None


def test_telling_characters_are_named(tmp_path: Path) -> None:
    found = rows_of(tmp_path, "a,b\n1+1,２\n\u00a0x,\u3000\n\t,天\n".encode())
    assert found is not None
    assert found.marks == {"+", WIDE_MARK, "\u00a0", "\u3000", "\t"}
    plain = rows_of(tmp_path, "a;b\n'1';天、猫\n".encode())
    assert plain is not None
    assert plain.marks == frozenset()


def test_pieces_end_with_a_line_and_make_the_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("qunxiang.adapters.sources.lines.CHUNK", 7)
    path = tmp_path / "a.txt"
    for data in (b"ab\ncdefghijklmnop\nq", b"\n\n\n", b"abc", b""):
        path.write_bytes(data)
        found = list(pieces(path))
        assert b"".join(found) == data
        assert all(piece.endswith(b"\n") for piece in found[:-1])


def _values(folder: Path, scratch: Path | None, encoding: str | None = None) -> list[dict[str, str]]:
    source = open_source(folder / "a.csv", encoding=encoding, scratch=scratch)
    assert (scratch is not None and any(scratch.iterdir())) is (scratch is not None)
    return [row for batch in source.batches() for row in batch.to_pylist()]


def test_a_large_legacy_file_is_decoded_once_into_a_copy(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(files, "_LEAST_COPY", 1)
    scratch = tmp_path / "scratch"
    text = "姓名,城市\n" + "".join(f"王小明{i},北京㐀\U00020000\n" for i in range(50))
    (tmp_path / "a.csv").write_bytes(text.encode("gb18030"))
    assert _values(tmp_path, scratch) == _values(tmp_path, None) == _values(tmp_path, scratch, "gbk")
    source = open_source(tmp_path / "a.csv", scratch=scratch)
    shape = source.shape()
    assert shape.found.encoding == "gb18030"
    assert shape.fingerprint == files.fingerprint(tmp_path / "a.csv")
    assert shape.text is not None
    assert shape.text.path.read_text("utf-8") == text
    assert shape.text.lines == 50
    del source
    assert list(scratch.iterdir()) == []


def test_no_copy_is_left_of_what_is_in_another_encoding(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(files, "_LEAST_COPY", 1)
    scratch = tmp_path / "scratch"
    path = tmp_path / "a.csv"
    path.write_bytes("姓名,城市\n王小明,北京\n".encode("gb18030") + b"\xff\xff,x\n")
    assert not text_form(path, None, scratch).whole
    with pytest.raises(SourceError):
        text_form(path, "gbk", scratch)
    path.write_bytes("姓名,城市\n王小明,臺北\n".encode("big5"))
    form = text_form(path, None, scratch)
    assert (form.codec, form.whole) == ("big5hkscs", True)
    files.remove(form.copy)
    assert list(scratch.iterdir()) == []


def test_a_full_disk_only_costs_the_copy(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(files, "_LEAST_COPY", 1)
    path = tmp_path / "a.csv"
    path.write_bytes("姓名,城市\n王小明,北京\n".encode("gb18030"))
    form = text_form(path, None, path / "no folder")
    assert (form.codec, form.whole, form.copy) == ("gb18030", True, None)
