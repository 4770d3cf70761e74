"""Folders, patterns and archives: each file by itself, the whole reconciles, one bad file loses no other."""

import gzip
import io
import json
import zipfile
from pathlib import Path
from typing import Any

import pytest
from fastapi import UploadFile

from qunxiang.cli.main import main
from qunxiang.errors import SourceError
from qunxiang.web.api.uploads import save_uploads
from qunxiang.workspace import Workspace


def orders(first: int, rows: int = 10) -> bytes:
    lines = [f"{i},2024-03-05 10:00:00,{i}.50,c{i % 7}" for i in range(first, first + rows)]
    return ("订单编号,下单时间,实付金额,客户编号\n" + "\n".join(lines) + "\n").encode()


@pytest.fixture
def ws(tmp_path: Path) -> Any:
    with Workspace.create(tmp_path / "ws") as workspace:
        yield workspace


def zipped(path: Path, members: dict[str, bytes]) -> Path:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in members.items():
            archive.writestr(name, content)
    return path


def left_in_scratch(ws: Workspace) -> list[str]:
    return [p.name for p in ws.settings.scratch.glob("*")]


def test_a_folder_a_pattern_and_a_list_load_each_file(ws: Workspace, tmp_path: Path) -> None:
    folder = tmp_path / "exports"
    folder.mkdir()
    for i in range(3):
        (folder / f"orders_{i}.csv").write_bytes(orders(i * 10))
    (folder / "notes.md").write_text("no data")
    (folder / "orders_3.csv.gz").write_bytes(gzip.compress(orders(30)))
    report = ws.load("orders", folder)
    assert [part.source for part in report.parts] == [*(f"orders_{i}.csv" for i in range(3)), "orders_3.csv.gz"]
    assert (report.read, report.accepted, report.failed) == (40, 40, ())
    again = ws.load("orders", str(folder / "orders_*.csv"))
    assert (len(again.parts), again.read, again.unchanged) == (3, 30, 30)
    listed = ws.load("orders", [folder / "orders_0.csv", folder / "orders_1.csv"])
    assert (listed.read, listed.unchanged) == (20, 20)
    assert left_in_scratch(ws) == []


def test_one_bad_file_loses_no_other(ws: Workspace, tmp_path: Path) -> None:
    whole = gzip.compress(orders(100, 5000))
    path = zipped(
        tmp_path / "导出.zip",
        {"a.csv": orders(0), "b.csv": b"x\n", "c.xlsx": b"PK junk", "d.csv": orders(10), "e.zip": b"PK", "f.md": b"-"},
    )
    report = ws.load("orders", path)
    assert [part.source for part in report.parts] == ["导出.zip/a.csv", "导出.zip/d.csv"]
    assert {f.source: f.code for f in report.failed} == {
        "导出.zip/b.csv": "error.source.no_rows",
        "导出.zip/c.xlsx": "error.source.damaged",
        "导出.zip/e.zip": "error.source.nested",
    }
    assert report.read == report.accepted + report.unchanged + report.rejected == 20
    assert all(failure("zh") and failure("en") for failure in report.failed)
    cut = tmp_path / "cut.csv.gz"
    cut.write_bytes(whole[: len(whole) // 2])
    with pytest.raises(SourceError) as error:
        ws.load("orders", cut)
    assert error.value.code == "error.source.damaged"
    assert {t.name: t.rows for t in ws.data.tables()}["orders"] == 20
    assert left_in_scratch(ws) == []


@pytest.mark.parametrize("name", ["../../a.csv", "/etc/a.csv", "C:\\Windows\\a.csv", "..\\a.csv", "a/../../../b/a.csv"])
def test_names_in_an_archive_are_never_paths(ws: Workspace, tmp_path: Path, name: str) -> None:
    before = sorted(str(p) for p in tmp_path.rglob("a.csv"))
    report = ws.load("orders", zipped(tmp_path / "x.zip", {name: orders(0)}))
    assert (report.source, report.accepted) == ("x.zip/a.csv", 10)
    assert sorted(str(p) for p in tmp_path.rglob("a.csv")) == before


def test_bombs_stop_early(ws: Workspace, tmp_path: Path) -> None:
    bomb = zipped(tmp_path / "bomb.zip", {"a.csv": b"a,b\n" + b"1,2\n" * 60_000_000})
    assert bomb.stat().st_size < 1_000_000
    with pytest.raises(SourceError) as error:
        ws.load("orders", bomb)
    assert error.value.code == "error.source.unpacks_too_large"
    (tmp_path / "bomb.csv.gz").write_bytes(gzip.compress(b"1,2\n" * 80_000_000))
    with pytest.raises(SourceError) as error:
        ws.load("orders", tmp_path / "bomb.csv.gz")
    assert error.value.code == "error.source.unpacks_too_large"
    many = zipped(tmp_path / "many.zip", {f"{i}.csv": b"a\n1\n" for i in range(1_001)})
    with pytest.raises(SourceError) as error:
        ws.load("orders", many)
    assert error.value.code == "error.source.many_members"
    assert left_in_scratch(ws) == []


def test_the_command_says_what_failed_and_exits_1(
    ws: Workspace, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = zipped(tmp_path / "x.zip", {"a.csv": orders(0), "b.csv": b"x\n"})
    line = ["load", "orders", str(path), "-w", str(ws.settings.folder)]
    assert main(line) == 1
    assert "x.zip/b.csv" in capsys.readouterr().out
    assert main([*line, "--json"]) == 1
    found = json.loads(capsys.readouterr().out)
    assert [part["source"] for part in found["parts"]] == ["x.zip/a.csv"]
    assert [failed["source"] for failed in found["failed"]] == ["x.zip/b.csv"]


def test_a_look_at_an_archive_shows_its_first_file(ws: Workspace, tmp_path: Path) -> None:
    path = zipped(tmp_path / "x.zip", {"b.csv": b"x\n", "a.csv": orders(0)})
    found = ws.preview(path)
    assert (found.source, found.table) == ("x.zip/a.csv", "orders")
    assert [note.params for note in found.found] == [{"encoding": "utf-8", "delimiter": ","}]
    assert left_in_scratch(ws) == []


def test_several_uploads_are_one_load(ws: Workspace) -> None:
    uploads = [
        UploadFile(io.BytesIO(orders(i * 10)), filename=name) for i, name in enumerate(("一月.csv", "../二月.csv"))
    ]
    kept = save_uploads(ws, uploads)
    report = ws.load("orders", ws.settings.folder / kept)
    assert [part.source.rpartition("/")[2][-6:] for part in report.parts] == ["一月.csv", "二月.csv"]
    assert (report.read, report.accepted, report.failed) == (20, 20, ())
    assert kept.startswith("uploads/")
