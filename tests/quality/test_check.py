"""A check of a company with known faults: every fault with its right count, judged by gates, kept, and over loads."""

from __future__ import annotations

import math
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from quality_world import AS_OF, PRODUCTS, SOUND, accounts, later_orders, orders, persons
from qunxiang import Workspace
from qunxiang.errors import NothingYetError, SettingError, UnknownNameError
from qunxiang.model import Actor, Role
from qunxiang.quality import DEFAULT_GATES, Finding, drift_of, fences
from qunxiang.quality.words import advice_message, finding_message
from qunxiang.services.quality import QualityCheck


def found(check: QualityCheck, table: str) -> dict[str, Finding]:
    return {f.key: f for t in check.tables if t.table == table for f in t.findings}


def test_every_fault_is_counted(workspace: Workspace) -> None:
    check = workspace.check(AS_OF)
    counts = {
        (table, key): (f.rows, f.of)
        for table in ("persons", "accounts", "orders", "order_lines")
        for key, f in found(check, table).items()
        if f.measure != "age_days"
    }
    amounts = [o["amount"] for o in orders()]
    positive = np.array([a for a in amounts if a > 0])
    low, high = np.quantile(positive, [0.25, 0.75])
    beyond = [a for a in positive if a > high * (high / low) ** 3 or a < low / (high / low) ** 3]
    assert counts == {
        ("persons", "unknown:city"): (10, 100),
        ("persons", "phone:phone"): (5, 100),
        ("persons", "email:email"): (3, 100),
        ("persons", "same_phone:"): (8, 100),  # four pairs, and one number five times
        ("persons", "same_email:"): (2, 100),
        ("accounts", "unknown:credit_code"): (30, 40),
        ("accounts", "credit_code:credit_code"): (2, 10),
        ("orders", "unknown:person_id"): (4, 500),
        ("orders", "unknown:account_id"): (494, 500),
        ("orders", "no_customer:"): (4, 500),
        ("orders", "without_accounts:account_id"): (6, 6),
        ("orders", "future:ordered_at"): (2, 500),
        ("orders", "ancient:ordered_at"): (1, 500),
        ("orders", "negative:amount"): (3, 500),
        ("orders", "far:amount"): (len(beyond), 497),
        ("order_lines", "without_products:product_id"): (15, 300),
    }
    assert {90_000.0, 0.01} <= set(beyond)


def test_freshness_looks_at_facts_up_to_the_day(workspace: Workspace) -> None:
    newest = max(o["ordered_at"][:10] for o in orders() if o["ordered_at"] < "2024-07-01")
    check = workspace.check(AS_OF)
    state = next(t for t in check.tables if t.table == "orders")
    assert str(state.newest) == newest
    assert found(check, "orders")["age_days:"].value == (np.datetime64(AS_OF) - np.datetime64(newest)).astype(int)


def test_gates_judge_and_a_workspace_sets_its_own(workspace: Workspace) -> None:
    check = workspace.check(AS_OF)
    failed = {(f.table, f.key) for r in check.gates for f in r.failed}
    assert ("orders", "without_accounts:account_id") in failed
    assert ("accounts", "credit_code:credit_code") in failed
    assert ("orders", "negative:amount") not in failed
    assert not check.passed
    workspace.quality.set_gates([{"measure": "negative", "at_most": 0.001, "table": "orders"}], why="no refunds here")
    again = workspace.check(AS_OF)
    assert {(f.table, f.key) for r in again.gates for f in r.failed} == {("orders", "negative:amount")}
    workspace.quality.set_gates(
        [{"measure": "negative", "at_most": 0}, {"measure": "negative", "at_most": 0.5, "table": "orders"}]
    )
    assert workspace.check(AS_OF).passed, "the more precise gate decides"
    assert workspace.definitions.history("gates", "current")[-1].why == "no refunds here"


@pytest.mark.parametrize(
    ("gates", "error"),
    [
        ([{"measure": "nonsense", "at_most": 1}], UnknownNameError),
        ([{"measure": "far", "at_most": 1, "table": "nonsense"}], UnknownNameError),
        ([{"measure": "far", "at_most": -1}], SettingError),
        ([{"measure": "far", "at_most": 1}, {"measure": "far", "at_most": 2}], SettingError),
    ],
)
def test_gates_that_mean_nothing_are_refused(
    workspace: Workspace, gates: list[dict[str, object]], error: type[Exception]
) -> None:
    with pytest.raises(error):
        workspace.quality.set_gates(gates)


def test_the_check_is_kept_until_something_changes(workspace: Workspace) -> None:
    with pytest.raises(NothingYetError):
        workspace.quality.show()
    check = workspace.check(AS_OF)
    kept = workspace.quality.show()
    assert (kept.check, kept.stale) == (check, False)
    assert workspace.check(AS_OF) == check, "a check is a function of the snapshot, the day and the gates"
    workspace.quality.set_gates(DEFAULT_GATES.gates[:3] and [g.model_dump() for g in DEFAULT_GATES.gates[:3]])
    assert workspace.quality.show().stale
    workspace.check(AS_OF)
    state = workspace.quality.show()
    assert not state.stale
    failed = [f for t in state.check.tables for f in t.findings if f.status == "failed"]
    assert [sum(p.failed.values()) for p in state.history][-1] == len(failed)
    assert len(state.history) == 2
    assert state.history[0].failed != state.history[1].failed
    workspace.load("orders", later_orders(3))
    assert workspace.quality.show().stale


def test_a_later_load_is_compared_with_what_was_there(workspace: Workspace) -> None:
    assert "drift" in next(t for t in workspace.check(AS_OF).tables if t.table == "orders").unchecked
    workspace.load("orders", later_orders())
    drift = {k: f for k, f in found(workspace.check(AS_OF), "orders").items() if f.dimension == "drift"}
    before, after = [o["channel"] for o in orders()], [o["channel"] for o in later_orders()]
    levels = ("app", "store", "web")
    p = np.maximum([before.count(c) / 500 for c in levels], 1e-4)
    q = np.maximum([after.count(c) / 200 for c in levels], 1e-4)
    psi = float(np.sum((p - q) * np.log(p / q)))
    assert drift["psi:channel"].params["psi"] == pytest.approx(psi)
    assert drift["psi:channel"].params["floor"] == pytest.approx(2 * (1 / 500 + 1 / 200))
    assert drift["new_levels:channel"].params["levels"] == ["app"]
    cuts = np.quantile([o["amount"] for o in orders()], np.arange(1, 10) / 10)
    n = [
        np.bincount(np.searchsorted(cuts, [o["amount"] for o in side], side="right"), minlength=10)
        for side in (orders(), later_orders())
    ]
    p, q = np.maximum(n[0] / 500, 1e-4), np.maximum(n[1] / 200, 1e-4)
    assert drift["psi:amount"].params["psi"] == pytest.approx(float(np.sum((p - q) * np.log(p / q))), rel=1e-6)
    days = (np.datetime64("2024-08-01") - np.datetime64("1900-01-01")).astype(int) + 1
    assert drift["rate:"].params["before"] == pytest.approx(500 / days)
    assert drift["rate:"].params["after"] == pytest.approx(200 / 7)


def test_the_index_of_published_shares() -> None:
    """PSI of (.25 x4) against (.20 .25 .25 .30) is .020273; two samples of one source stay near the noise floor."""
    equal = dict.fromkeys("abcd", 2500)
    assert drift_of(equal, {"a": 2000, "b": 2500, "c": 2500, "d": 3000}).psi == pytest.approx(0.020273, abs=1e-6)
    generator = np.random.default_rng(0)
    found = []
    for _ in range(200):
        sides = [np.bincount(generator.integers(0, 10, size), minlength=10) for size in (1000, 500)]
        drift = drift_of(*({str(i): int(n) for i, n in enumerate(side)} for side in sides))
        assert drift.floor == pytest.approx(9 * (1 / 1000 + 1 / 500))
        found.append(drift.psi)
    assert np.mean(found) == pytest.approx(9 * (1 / 1000 + 1 / 500), rel=0.15)


def test_fences() -> None:
    assert fences(10, 20, positive=False) == (-20, 50)
    assert fences(10, 20, positive=True) == (1.25, 160)
    assert fences(5, 5, positive=True) is None


def test_credit_codes_by_an_independent_sum() -> None:
    alphabet = "0123456789ABCDEFGHJKLMNPQRTUWXY"
    total = sum(alphabet.index(c) * 3**i for i, c in enumerate(SOUND[:17]))
    assert alphabet[(31 - total % 31) % 31] == SOUND[17]
    assert sum(a["credit_code"] == SOUND for a in accounts()) == 8


def test_examples_are_masked_by_role(workspace: Workspace) -> None:
    clear = workspace.quality.examples("persons", "phone", "phone").to_pylist()
    assert {r["person_id"] for r in clear} == {f"p{i}" for i in range(5)}
    assert {r["phone"] for r in clear} == {"139123"}
    seller = workspace.acting_as(Actor(name="mia", role=Role.MARKETER, via="python"))
    hidden = seller.quality.examples("persons", "phone", "phone").to_pylist()
    assert {r["person_id"] for r in hidden} == {f"p{i}" for i in range(5)}
    assert {r["phone"] for r in hidden} == {"•••"}
    assert {r["name"] for r in hidden} == {"•••"}


@pytest.mark.parametrize(
    ("table", "measure", "column", "ids"),
    [
        ("orders", "negative", "amount", {"o3", "o4", "o5"}),
        ("orders", "future", "ordered_at", {"o0", "o1"}),
        ("orders", "no_customer", None, {f"o{i}" for i in range(10, 14)}),
        ("orders", "without_accounts", "account_id", {f"o{i}" for i in range(20, 26)}),
        ("persons", "unknown", "city", {f"p{i}" for i in range(10)}),
        ("persons", "same_email", None, {"p5", "p6", "p7"}),
        ("order_lines", "without_products", "product_id", {f"l{i}" for i in range(15)}),
    ],
)
def test_examples_are_the_rows_in_question(
    workspace: Workspace, table: str, measure: str, column: str | None, ids: set[str]
) -> None:
    rows = workspace.quality.examples(table, measure, column, limit=50)
    assert set(rows.column(0).to_pylist()) == ids


def test_lines_without_a_buyer_belong_to_the_customer_of_their_order(workspace: Workspace) -> None:
    """As a shop's database has them: of the orders, o10 names nobody and x1 is not loaded."""
    line = {"product_id": PRODUCTS[0], "ordered_at": "2024-05-05 10:00:00", "amount": 1.0}
    lines = [line | {"line_id": f"n{o}", "order_id": o} for o in ("o1", "o2", "o10", "x1")]
    workspace.load("order_lines", lines)
    finding = found(workspace.check(AS_OF), "order_lines")["no_customer:"]
    assert (finding.rows, finding.of, finding.status) == (2, 304, "good")
    for lang, word in (("en", "neither does their order"), ("zh", "所属订单也没有")):
        assert word in finding_message(finding)(lang)
    shown = workspace.quality.examples("order_lines", "no_customer").to_pylist()
    assert [r["line_id"] for r in shown] == ["no10", "nx1"]


def test_rejected_rows_count_by_source(workspace: Workspace, tmp_path: Path) -> None:
    file = tmp_path / "十月.csv"
    file.write_text("order_id,person_id,ordered_at,amount\nx1,p1,2024-06-01,5\nx2,p1,2024-06-02,abc\n", "utf-8")
    workspace.load("orders", file)
    finding = found(workspace.check(AS_OF), "orders")["rejected:"]
    assert (finding.rows, finding.of, finding.value) == (1, 2, 0.5)
    assert finding.params["source"] == "十月.csv"
    assert finding.status == "failed"


@pytest.fixture
def empty(tmp_path: Path) -> Iterator[Workspace]:
    """A workspace whose clock goes on: what became of a rejected row is told by time."""
    with Workspace.create(tmp_path / "ws") as made:
        yield made


def test_the_gate_counts_rejected_rows_that_are_still_open(empty: Workspace, tmp_path: Path) -> None:
    """Three of five rows are bad and one is a total: one is mended by file, one in place, one is left out."""
    file, mended = tmp_path / "十月.csv", tmp_path / "改好.csv"
    file.write_text(
        "order_id,person_id,ordered_at,amount\nx1,p1,2024-06-01,5\nx2,p1,2024-06-02,abc\nx3,p1,2024-06-02,?\n"
        "x4,p1,never,1\n合计,,,9\n",
        "utf-8",
    )
    empty.load("orders", file)

    def rejected() -> list[tuple[int | None, int | None]]:
        return [(f.rows, f.of) for f in found(empty.check(AS_OF), "orders").values() if f.measure == "rejected"]

    assert rejected() == [(3, 5)]
    empty.data.rejects("orders", mended)
    mended.write_text(mended.read_text("utf-8-sig").replace("abc", "7"), "utf-8")
    assert empty.load("orders", mended).rejected == 2
    assert rejected() == [(2, 5)], "what is still bad is counted where it came from, once"
    ids = {r["order_id"]: r["quarantine_id"] for r in empty.data.rejects("orders").to_pylist()}
    empty.data.repair_reject("orders", ids["x3"], {"amount": "8"})
    assert rejected() == [(1, 5)]
    empty.data.leave_out("orders", [ids["x4"]], why="a test order")
    assert empty.quality.show().stale
    assert rejected() == []
    empty.load("orders", file)
    assert rejected() == [], "the same file opens nothing anew"


def test_values_left_empty_are_counted_apart_until_they_are_mended_or_settled(empty: Workspace, tmp_path: Path) -> None:
    """Of five rows one is rejected, three have a birth date left empty, one of these a date of registration too."""
    file = tmp_path / "会员.csv"
    rows = ["1,1990-01-01,", "2,?,", "3,ask Wang,then", "4,later,", ",1990-01-01,"]
    head, birth, since = "person_id,birth_date,registered_at", "blanked:birth_date", "blanked:created_at"
    file.write_text("\n".join([head, *rows[:2], ""]), "utf-8")
    empty.load("persons", file)

    def left() -> dict[str, tuple[int | None, int | None, str]]:
        findings = found(empty.check(AS_OF), "persons").values()
        return {f.key: (f.rows, f.of, f.status) for f in findings if f.measure in ("rejected", "blanked")}

    assert left() == {"rejected:": (1, 2, "failed")}
    empty.load("persons", file, reading={"unreadable": "blank"})
    assert left() == {birth: (1, 2, "failed")}
    file.write_text("\n".join([head, *rows, ""]), "utf-8")
    empty.load("persons", file, reading={"unreadable": "blank"})
    assert left() == {"rejected:": (1, 5, "failed"), birth: (3, 5, "failed"), since: (1, 5, "failed")}
    rejected = empty.data.rejects("persons", blanked=True).to_pylist()
    ids = {r["person_id"]: r["quarantine_id"] for r in rejected}
    empty.data.repair_reject("persons", ids["3"], {"birth_date": "1980-01-01"})
    assert left() == {"rejected:": (1, 5, "failed"), birth: (2, 5, "failed"), since: (1, 5, "failed")}
    empty.data.leave_out("persons", [ids["4"]], why="nobody knows")
    finding = next(f for f in found(empty.check(AS_OF), "persons").values() if f.key == birth)
    assert (finding.rows, finding.params["source"]) == (1, "会员.csv")
    for lang, word in (("en", "left empty"), ("zh", "留空")):
        assert word in finding_message(finding)(lang)
        assert word in advice_message(finding)(lang)


def test_persons_of_the_world_are_as_they_say() -> None:
    assert math.isclose(sum(p["city"] is None for p in persons()) / 100, 0.1)


def test_one_person_in_two_systems_is_no_duplicate_of_either(tmp_path: Path) -> None:
    """30 persons in each of two systems, all with the same phones; in the shop two of them share one."""
    phones = [f"139{20_000_000 + i}" for i in range(30)]
    with Workspace.create(tmp_path / "ws") as ws:
        for system, again in (("crm", 0), ("shop", 1)):
            ws.load(
                "persons", [{"person_id": str(i), "phone": phones[max(i, again)]} for i in range(30)], system=system
            )
        finding = found(ws.check(AS_OF), "persons")["same_phone:"]
        shown = ws.quality.examples("persons", "same_phone").to_pylist()
    assert (finding.rows, finding.of, finding.status) == (1, 60, "good")
    assert {r["person_id"] for r in shown} == {"shop:0", "shop:1"}


def test_rows_of_another_system_are_no_drift_of_the_system(tmp_path: Path) -> None:
    with Workspace.create(tmp_path / "ws") as ws:
        for system in ("crm", "shop"):
            rows = [{"person_id": str(i), "gender": "男女"[i % 2]} for i in range(60)]
            ws.load("persons", rows, system=system)
        (persons,) = ws.check(AS_OF).tables
    assert "drift" not in persons.unchecked
    assert not [f for f in persons.findings if (f.dimension, f.column) == ("drift", "system")]
