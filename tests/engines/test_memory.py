"""How much memory the data engine may take."""

from __future__ import annotations

from pathlib import Path

import psutil
import pytest

from qunxiang import Workspace
from qunxiang.adapters.engines import DuckDBEngine
from qunxiang.errors import SettingError

MB = 1_000_000


def test_by_default_a_quarter_of_the_machine_and_never_less_than_what_a_million_lines_need(tmp_path: Path) -> None:
    with DuckDBEngine(tmp_path) as engine:
        assert engine.memory_mb == pytest.approx(max(psutil.virtual_memory().total / 4 / MB, 1500), rel=0.02)


@pytest.mark.parametrize("said", ["much", "-5", "12", "4e3", "٤٠٠٠", "1" * 30])
def test_a_setting_that_is_no_number_is_named_with_what_to_write(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, said: str
) -> None:
    Workspace.create(tmp_path / "ws").close()
    monkeypatch.setenv("QUNXIANG_MEMORY_MB", said)
    with pytest.raises(SettingError, match="QUNXIANG_MEMORY_MB"):
        Workspace(tmp_path / "ws")


def test_the_setting_reaches_the_engine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("QUNXIANG_MEMORY_MB", "800")
    with Workspace.create(tmp_path / "ws") as ws:
        assert isinstance(ws.house.engine, DuckDBEngine)
        assert ws.house.engine.memory_mb == 800
