"""CSV for spreadsheets: no cell runs as a formula, and a file is whole or not there."""

import os
from pathlib import Path

import pyarrow as pa
import pytest

from qunxiang.errors import StorageError
from qunxiang.services.csv_text import csv_bytes
from qunxiang.workspace.files import written


@pytest.mark.parametrize("start", ["=", "+", "-", "@", "\t", "＝", "＋", "－", "＠"])
def test_a_formula_gets_an_apostrophe(start: str) -> None:
    text = csv_bytes(pa.table({"a": [f"{start}HYPERLINK"]})).decode("utf-8-sig")
    assert text == f"a\r\n'{start}HYPERLINK\r\n"


def test_numbers_stay() -> None:
    text = csv_bytes(pa.table({"a": ["-1.5", "+3%"], "b": [-2.0, None]})).decode("utf-8-sig")
    assert text == "a,b\r\n-1.5,-2.0\r\n+3%,\r\n"


def test_a_full_disk_leaves_the_old_file_and_no_half_one(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    target = written(tmp_path / "rejects.csv", b"old")

    def full(_: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(StorageError):
        written(target, b"new")
    assert target.read_bytes() == b"old"
    assert list(tmp_path.iterdir()) == [target]
