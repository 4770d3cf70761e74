"""A workspace made anew in the folder of another one answers from its own data."""

import shutil
from pathlib import Path

from qunxiang.workspace import Workspace


def customers(folder: Path, n: int) -> int:
    with Workspace.create(folder) as ws:
        ws.load(
            "orders",
            [
                {
                    "order_id": str(i),
                    "person_id": str(i % n),
                    "ordered_at": f"2026-01-{1 + i % 28:02}",
                    "amount": f"{i}.5",
                }
                for i in range(100)
            ],
        )
        ws.resolve()
        ws.refresh("2026-02-01")
        return ws.segments.size("frequency >= 1").n


def test_nothing_is_remembered_of_the_workspace_before(tmp_path: Path) -> None:
    assert customers(tmp_path / "shop", 20) == 20
    shutil.rmtree(tmp_path / "shop")
    assert customers(tmp_path / "shop", 30) == 30
