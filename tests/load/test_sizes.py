"""Companies whose sizes are told as ranges: loaded, loaded again, and put into bands; tables older than ranges."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from load_house import rows_in

from qunxiang.tables import CONTRACTS, LOADED
from qunxiang.workspace import Workspace

RANGES = ("employees_range", "annual_revenue_range")
OLD = replace(LOADED["accounts"], columns=tuple(c for c in LOADED["accounts"].columns if c.name not in RANGES))


def accounts(ws: Workspace) -> dict[str, dict[str, Any]]:
    return {r["name"]: r for r in rows_in(ws.house, "accounts")}


def told(sizes: dict[str, str], **more: str) -> list[dict[str, str]]:
    return [{"客户名称": name, "员工规模": size, **more} for name, size in sizes.items()]


@pytest.mark.parametrize("ids", [True, False])
def test_a_table_that_is_older_than_ranges_is_read_and_takes_them_up(
    ids: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    rows = told({"甲": "20-99人", "乙": "1000人以上", "丙": ""})
    rows = [r | {"客户编号": str(i)} for i, r in enumerate(rows)] if ids else rows
    with monkeypatch.context() as before, Workspace.create(tmp_path / "ws") as ws:
        for tables in (LOADED, CONTRACTS):
            before.setitem(tables, "accounts", OLD)
        assert ws.load("accounts", rows, keep="all").custom == {"员工规模": "员工规模"}
    with Workspace(tmp_path / "ws") as ws:
        ws.resolve()
        ws.refresh(as_of="2024-02-01")  # nothing is told in numbers, and the table has no column for ranges
        assert accounts(ws)["甲"]["员工规模"] == "20-99人"
        report = ws.load("accounts", rows)
        assert (report.new, report.changed, report.rejected) == (0, 2, 0)
        assert ws.load("accounts", rows).unchanged == 3
        found = accounts(ws)
        assert len(found) == 3
        assert {n: r["员工规模"] for n, r in found.items()} == {"甲": "20-99人", "乙": "1000人以上", "丙": None}
        assert {n: r["employees_range"] for n, r in found.items()} == {"甲": "20-99", "乙": "1000+", "丙": None}
        ws.refresh(as_of="2024-02-01")
        bands = ws.traits.frame(["employee_band"]).to_pydict()["employee_band"]
        assert sorted(bands, key=str) == ["20-99", None, None]  # 1000 or more are two bands, and nothing is none


def test_a_column_of_the_same_name_that_files_brought_before_keeps_its_values(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as before, Workspace.create(tmp_path / "ws") as ws:
        for tables in (LOADED, CONTRACTS):
            before.setitem(tables, "accounts", OLD)
        ws.load("accounts", [{"account_id": "1", "employees_range": "3"}, {"account_id": "2", "employees_range": "4"}])
    with Workspace(tmp_path / "ws") as ws:
        ws.load("accounts", [{"account_id": "2", "employees_range": "5-9"}])
        assert {r["account_id"]: r["employees_range"] for r in rows_in(ws.house, "accounts")} == {"1": "3", "2": "5-9"}
        ws.resolve()
        ws.refresh(as_of="2024-02-01")
        assert ws.traits.frame(["employee_band"]).to_pydict()["employee_band"] == ["1-19", "1-19"]


def test_a_range_takes_away_only_the_number_that_it_contradicts(tmp_path: Path) -> None:
    names = {"甲": "85", "乙": "85", "丙": "85", "丁": "85"}
    with Workspace.create(tmp_path / "ws") as ws:
        numbers = [{"客户编号": n, "客户名称": n, "员工人数": size} for n, size in names.items()]
        assert ws.load("accounts", numbers).mapping["employees"] == "员工人数"
        ranges = {"甲": "50-99人", "乙": "100人以上", "丙": "", "丁": "90"}
        again = [r | {"客户编号": r["客户名称"]} for r in told(ranges)]
        report = ws.load("accounts", again)
        assert report.mapping["employees_range"] == "员工规模"
        found = {n: (r["employees"], r["employees_range"]) for n, r in accounts(ws).items()}
        assert found == {"甲": (85, "50-99"), "乙": (None, "100+"), "丙": (85, None), "丁": (90, "90")}
        assert ws.load("accounts", again).unchanged == 4
        assert accounts(ws)["甲"]["employees"] == 85


def test_mixed_columns_load_and_what_is_neither_waits_with_its_reason(tmp_path: Path) -> None:
    rows = told({"甲": "85", "乙": "50－99人", "丙": "99-50", "丁": "大型"}, Revenue="1000万-5000万")
    with Workspace.create(tmp_path / "ws") as ws:
        look = ws.preview(rows, "accounts")
        sure = {p.source: (p.target, p.confidence, p.evidence) for p in look.proposals}
        assert sure["员工规模"] == ("employees_range", 0.93, ("synonym", "content"))
        assert sure["Revenue"] == ("annual_revenue_range", 0.93, ("synonym", "content"))
        report = ws.load("accounts", rows)
        assert (report.accepted, report.rejected, report.custom) == (2, 2, {})
        found = {n: (r["employees"], r["employees_range"]) for n, r in accounts(ws).items()}
        assert found == {"甲": (85, "85"), "乙": (None, "50-99")}
        kinds = {r.code for r in report.reasons}
        assert kinds == {"reject.range", "reject.range.reversed"}
