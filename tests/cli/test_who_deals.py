"""``qunxiang who`` tells the deals of a customer: each, and how many of a state come to what."""

from pathlib import Path

import pytest
from shop_commands import Run

from qunxiang.workspace import Workspace

DEALS = [
    {"opportunity_id": "d1", "account_id": "k1", "name": "一期", "stage": "Closed Won", "amount": "1000.50"}
    | {"owner": "周敏", "closed_at": "2024-03-05 00:30:00"},
    {"opportunity_id": "d2", "account_id": "k1", "name": "二期", "stage": "谈判", "expected_close_on": "2024-06-01"},
    {"opportunity_id": "d3", "person_id": "4", "name": "三期", "stage": "Closed Won", "amount": "500"},
    {"opportunity_id": "d4", "account_id": "k2", "name": "别家", "stage": "Closed Lost", "amount": "9"},
]


def company(folder: Path) -> Path:
    with Workspace.create(folder / "deals", name="东", time_zone="Asia/Shanghai") as workspace:
        workspace.load(
            "accounts", [{"account_id": "k1", "name": "东源环保"}, {"account_id": "k2", "name": "西\x1b[2J河\u202e"}]
        )
        workspace.load("persons", [{"person_id": "4", "name": "张三"}])
        workspace.load("contacts", [{"person_id": "4", "account_id": "k1"}])
        workspace.load("opportunities", DEALS)
        workspace.resolve()
    return folder / "deals"


def test_a_customers_deals_are_printed_with_counts_and_sums_per_state(
    run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", "200")  # or a narrow console breaks the rows
    folder = company(tmp_path)
    english = [" ".join(line.split()) for line in run("who", "Ak1", "-w", folder).out.splitlines()]
    assert {"Deals (3)", "Won 2 1,500.50", "Open 1 –"} <= set(english)
    assert "d1 一期 Won Closed Won 1,000.50 closed 2024-03-05 周敏 –" in english
    assert "d2 二期 Open 谈判 – expected 2024-06-01 – –" in english
    assert "d3 三期 Won Closed Won 500.00 – – 张三" in english
    assert "别家" not in " ".join(english)
    chinese = run("who", "P4", "-w", folder, lang="zh").out
    assert "商机（1）" in chinese
    assert "赢单" in chinese
    hostile = run("find", "k2", "-w", folder).out
    assert ("西\ufffd[2J河\ufffd" in hostile, "\x1b" in hostile) == (True, False), "no value commands the terminal"
    assert "商机" not in run("who", "Ak9", "-w", folder, lang="zh").out
