"""The README's Python runs as printed, and its twin says the same in Chinese."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from docs_pages import ROOT, blocks


@pytest.mark.parametrize("name", ["README.md", "README.zh.md"])
def test_the_fifteen_lines_run_as_printed(name: str, tmp_path: Path) -> None:
    (code,) = blocks(ROOT / name, "python")
    assert len([line for line in code.splitlines() if line.strip()]) <= 15
    shutil.copytree(ROOT / "docs" / "samples", tmp_path / "docs" / "samples")
    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", code],
        cwd=tmp_path,
        capture_output=True,
        encoding="utf-8",
        timeout=300,
        check=False,
    )
    assert done.returncode == 0, done.stderr[-2000:]
    first, *rest = done.stdout.splitlines()
    assert first == "{'s1': 40, 's2': 40, 's3': 40} natural"
    assert len(rest) == 4
    assert all(line.startswith("- ") for line in rest[1:])
    assert (tmp_path / "report.pdf").read_bytes().startswith(b"%PDF")
