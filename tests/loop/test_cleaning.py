"""What interrupted runs left is cleared away; what snapshots name stays."""

import os
import time
from pathlib import Path

from qunxiang.services.cleaning import UNPUBLISHED_HOURS, collect_unpublished
from qunxiang.sql import Relation, select
from qunxiang.tables import PROFILES
from qunxiang.workspace import Workspace


def age(folder: Path, hours: float) -> None:
    then = time.time() - hours * 3600
    for path in (folder, *folder.rglob("*")):
        os.utime(path, (then, then))


def test_unpublished_files_go_and_every_snapshot_stays_readable(tmp_path: Path) -> None:
    with Workspace.create(tmp_path / "shop") as ws:
        ws.load("orders", [{"order_id": "1", "person_id": "a", "ordered_at": "2026-01-02", "amount": "3"}])
        ws.resolve()
        ws.refresh("2026-02-01")
        house = ws.house
        lost = house.lake.folder("profiles")
        with house.engine.session() as session:
            session.bind("profiles", house.lake.at("profiles", ws.data.snapshots()[0].tables["profiles"]))
            rows = select("SELECT * FROM p__ AS p", p=Relation("profiles", PROFILES.names))
            session.write(rows, lost, PROFILES)  # a run that died before its commit
        age(tmp_path / "shop" / "lake", UNPUBLISHED_HOURS - 1)
        assert collect_unpublished(house) == 0
        age(tmp_path / "shop" / "lake", UNPUBLISHED_HOURS + 1)
        assert collect_unpublished(house) == 1
        assert not list(lost.glob("*.parquet"))
        for snapshot in ws.data.snapshots():
            for table, version in snapshot.tables.items():
                assert all(Path(file).exists() for file in house.lake.at(table, version).files)
