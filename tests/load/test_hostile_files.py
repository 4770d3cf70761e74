"""Hostile files: a clear error or quarantine, bounded memory, nothing half-written, nothing run."""

import gzip
import json
import subprocess
import sys
import zipfile
from pathlib import Path
from typing import Any

import pytest

from qunxiang.workspace import Workspace

LIMIT_MB = 1_500
LOAD = """
import json, resource, sys
from qunxiang.errors import QunxiangError
from qunxiang.workspace import Workspace
with Workspace(sys.argv[1]) as ws:
    base = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    for path in sys.argv[2:]:
        try:
            report = ws.load("orders", path)
        except QunxiangError as error:
            told = {"code": error.code, "zh": error.render("zh"), "en": error.render("en")}
        else:
            told = {"read": report.read, "accepted": report.accepted, "rejected": report.rejected,
                    "reasons": sorted(r.code for r in report.reasons)}
        told["grown"] = (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - base) / 1024
        print(json.dumps(told))
"""
HEAD = "order_id,date,amount,person_id\n"


@pytest.fixture
def ws(tmp_path: Path) -> Path:
    Workspace.create(tmp_path / "ws").close()
    return tmp_path / "ws"


def told(ws: Path, *paths: Path) -> list[dict[str, Any]]:
    """Load in a process of its own and return what it said of each file, and how many megabytes it grew by."""
    command = [sys.executable, "-c", LOAD, str(ws), *map(str, paths)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=300, check=False)
    assert done.returncode == 0, done.stderr[-2000:]
    found: list[dict[str, Any]] = [json.loads(line) for line in done.stdout.splitlines() if line.startswith("{")]
    assert len(found) == len(paths)
    assert all(one["grown"] < LIMIT_MB for one in found)
    return found


def test_files_beyond_measure_are_refused_in_little_memory(ws: Path, tmp_path: Path) -> None:
    line = tmp_path / "line.csv"
    line.write_bytes(HEAD.encode() + b"x" * 50_000_000)
    wide = tmp_path / "wide.csv"
    wide.write_text(",".join(f"c{i}" for i in range(10_000)) + "\n" + ",".join("1" * 10_000) + "\n")
    keys = tmp_path / "keys.jsonl"
    keys.write_text("\n".join(json.dumps({f"k{i}": 1}) for i in range(10_000)))
    bomb = tmp_path / "bomb.zip"
    with zipfile.ZipFile(bomb, "w", zipfile.ZIP_DEFLATED) as archive, archive.open("a.csv", "w") as member:
        for _ in range(120):
            member.write(b"1,2\n" * 250_000)
    cut = tmp_path / "cut.csv.gz"
    packed = gzip.compress((HEAD + "1,2024-01-01,5,a\n" * 1000).encode())
    cut.write_bytes(packed[: len(packed) // 2])
    codes = {
        line: "error.source.long_line",
        wide: "error.source.too_many_columns",
        keys: "error.source.too_many_columns",
        bomb: "error.source.unpacks_too_large",
        cut: "error.source.damaged",
    }
    for (path, code), found in zip(codes.items(), told(ws, *codes), strict=True):
        assert found["code"] == code
        assert path.name in found["zh"]
        assert path.name in found["en"]
    with Workspace(ws) as workspace:
        assert workspace.snapshot is None  # nothing half-written
        assert list(workspace.settings.scratch.glob("*")) == []


def test_strange_bytes_and_formulas_reach_quarantine_or_stay_text(ws: Path, tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    lines = [f"{i},2024-01-01,{i}.5,王{i}".encode() for i in range(1, 60)]
    lines[10] = b"n\x00l,2024-01-01,5,x"
    lines[20] = b"20b,2024-01-01,5," + "陈静怡".encode("gbk")
    lines[30] = b'=cmd|calc!A1,=1+1,5,"=HYPERLINK(""http://x"")"'
    path.write_bytes(HEAD.encode() + b"\n".join(lines) + b"\n")
    (found,) = told(ws, path)
    assert (found["read"], found["accepted"], found["rejected"]) == (59, 56, 3)
    assert {"reject.nul", "reject.encoding"} <= set(found["reasons"])
    with Workspace(ws) as workspace:
        out = tmp_path / "rejects.csv"
        workspace.data.rejects("orders", out)
        text = out.read_text("utf-8-sig")
    assert "'=cmd|calc!A1" in text  # a spreadsheet runs none of it
    assert not any(cell.strip('"').startswith("=") for cell in text.replace("\n", ",").split(","))
