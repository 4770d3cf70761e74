"""Bad input: one paragraph that says what to do, the exit code of the table, nothing half-written."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from shop_commands import Run

from qunxiang import Workspace
from qunxiang.cli.files import yaml_document
from qunxiang.model.strategy import PositioningStatement

HEADER = "order_id,person_id,ordered_at,amount\n"


def state_of(folder: Path) -> tuple[int, dict[str, int], list[str]]:
    """What must stay as it is: run, table versions, definitions; and no file of unfinished work."""
    with Workspace(folder) as ws:
        snapshot = ws.snapshot
        assert snapshot is not None
        assert list(ws.settings.scratch.iterdir()) == []
        return snapshot.run, snapshot.tables, [f"{d.id} {d.version}" for d in ws.definitions.list()]


def check(run: Run, shop: Path, words: list[str], code: int, says: str) -> None:
    before = state_of(shop)
    answer = run(*words, "-q", "-w", shop)
    assert answer.code == code
    assert answer.out == ""
    assert answer.err.startswith("Error: ")
    assert says in answer.err
    assert "Traceback" not in answer.err
    assert len(answer.err.strip().split("\n\n")) == 1
    assert state_of(shop) == before
    as_json = run(*words, "-q", "--json", "-w", shop)
    assert as_json.code == code
    error = json.loads(as_json.out)["error"]
    assert error["message"] in answer.err
    assert error["code"]
    chinese = run(*words, "-q", "-w", shop, lang="zh")
    assert chinese.err.startswith("错误：")


FILES: dict[str, tuple[Callable[[Path], object], str, str]] = {
    "a missing column": (lambda p: p.write_text("order_id,person_id,ordered_at\n1,a,2024-01-01\n"), "csv", "amount"),
    "two names for one column": (
        lambda p: p.write_text("order_id,person_id,ordered_at,Amount,AMOUNT\n1,a,2024-01-01,1,2\n"),
        "csv",
        "AMOUNT",
    ),
    "an empty file": (lambda p: p.write_bytes(b""), "csv", "empty"),
    "a file without rows": (lambda p: p.write_text(HEADER), "csv", "no rows"),
    "a Parquet of no bytes": (lambda p: p.write_bytes(b""), "parquet", "empty"),
    "a Parquet cut short": (lambda p: p.write_bytes(b"PAR1abc"), "parquet", "damaged"),
}


@pytest.mark.parametrize("name", FILES)
def test_file_that_cannot_be_loaded(run: Run, shop: Path, tmp_path: Path, name: str) -> None:
    write, ending, says = FILES[name]
    file = tmp_path / f"bad.{ending}"
    write(file)
    check(run, shop, ["load", "orders", str(file)], 2, says)


def test_a_wrong_encoding_is_told_and_the_right_one_found(run: Run, shop: Path, tmp_path: Path) -> None:
    file = tmp_path / "gbk.csv"
    file.write_bytes("order_id,person_id,ordered_at,amount\n甲,乙,2024-01-01,5\n".encode("gbk"))
    check(run, shop, ["load", "orders", str(file), "--encoding", "utf-8"], 2, "--encoding")
    assert run("load", "orders", str(file), "-w", shop).code == 0


def test_missing_file_and_unknown_table(run: Run, shop: Path, tmp_path: Path) -> None:
    check(run, shop, ["load", "orders", str(tmp_path / "nowhere.csv")], 2, "nowhere.csv")
    check(run, shop, ["load", "oders", str(tmp_path / "nowhere.csv")], 2, "")
    check(run, shop, ["load", "orders", "x.csv", "--map", "amount"], 2, "name=value")


def test_a_wrong_type_goes_to_quarantine_with_its_reason(run: Run, shop: Path, tmp_path: Path) -> None:
    file = tmp_path / "orders.csv"
    file.write_text(HEADER + "n1,c1,2024-06-01,12.50\nn2,c1,yesterday,12.50\n")
    answer = run("load", "orders", file, "-q", "--json", "-w", shop)
    assert answer.code == 0
    report = json.loads(answer.out)
    assert (report["accepted"], report["rejected"]) == (1, 1)
    assert report["reasons"] == [{"code": "reject.timestamp", "column": "ordered_at", "rows": 1}]


@pytest.mark.parametrize(
    ("rule", "place"),
    [
        ("frequenzy > 3", "frequenzy"),
        ("read_csv('/etc/passwd') > 1", "read_csv"),
        ("frequency > 3; drop table traits", ";"),
        ("'; drop table traits; --", ""),
        ("frequency > 'many'", ""),
        ("frequency >", ""),
        ("", ""),
    ],
)
def test_rule_that_cannot_be(run: Run, shop: Path, rule: str, place: str) -> None:
    check(run, shop, ["segment", "define", "bad", rule], 2, "")
    error = run("segment", "size", rule, "-w", shop).err
    if place:
        shown, marks = error.rstrip("\n").splitlines()[-2:]
        assert shown == f"  {rule}"
        assert marks.index("^") == shown.index(place)


def test_workspace_of_a_newer_version(run: Run, shop: Path) -> None:
    file = shop / "workspace.yaml"
    text = file.read_text("utf-8").replace("format: 1", "format: 99")
    file.write_text(text, "utf-8")
    answer = run("overview", "-w", shop)
    assert answer.code == 1
    assert "99" in answer.err
    assert file.read_text("utf-8") == text


def test_no_workspace_says_how_to_make_one(run: Run, tmp_path: Path) -> None:
    answer = run("trait", "list", "-w", tmp_path)
    assert answer.code == 1
    assert "qunxiang init" in answer.err
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (["segmnt", "list"], "segment"),
        (["segment", "lst"], "list"),
        (["segment", "define", "x"], "RULE"),
        (["segment", "fit", "x", "--sed", "3"], "--seed"),
        (["segment", "fit", "x", "--seed", "three"], "--seed"),
        (["segment", "fit", "x", "--segments", "many"], "many"),
        (["segment", "list", "surplus"], "surplus"),
        (["refresh", "--as-of", "soon"], "soon"),
        (["job", "start", "overview"], "refresh"),
        (["persona", "show", "loyalty", "nobody"], "loyal"),
        (["trait", "define", "t", "--table", "orders"], "--metric"),
    ],
    ids=" ".join,
)
def test_usage_errors_exit_with_2_in_one_paragraph(run: Run, shop_made: Path, words: list[str], says: str) -> None:
    answer = run(*words, "-w", shop_made)
    assert answer.code == 2
    assert answer.err.startswith("Error: ")
    assert says in answer.err
    assert answer.out == ""


def test_a_fault_of_the_program_is_told_without_its_trace(
    run: Run, shop_made: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(self: Workspace) -> None:
        raise ZeroDivisionError("by design")

    monkeypatch.setattr(Workspace, "overview", broken)
    answer = run("overview", "-w", shop_made)
    assert answer.code == 1
    assert "ZeroDivisionError" in answer.err
    assert "Traceback" not in answer.err
    monkeypatch.setenv("QUNXIANG_DEBUG", "1")
    assert "Traceback" in run("overview", "-w", shop_made).err


def test_a_file_of_the_wrong_shape_is_told_what_it_may_hold(run: Run, shop: Path, tmp_path: Path) -> None:
    file = tmp_path / "basis.yaml"
    file.write_text("margin: 0.3\n", "utf-8")
    fields = "window_days, drivers, margin_rate, satisfaction"
    check(run, shop, ["value", "set-basis", str(file)], 2, f"wrong are margin. At its top level it may hold: {fields}.")
    file.write_text("kind: value_basis\nid: current\nbody: {margin_rate: 0.3}\n", "utf-8")
    check(run, shop, ["value", "set-basis", str(file)], 2, f"takes what stands under body alone: {fields}.")
    file.write_text("margin_rate: 0.3\n", "utf-8")
    assert run("value", "set-basis", file, "-q", "-w", shop).code == 0


def test_a_file_needs_not_repeat_what_the_command_names(tmp_path: Path) -> None:
    file = tmp_path / "statement.yaml"
    file.write_text("owner: li")
    made = yaml_document(file, PositioningStatement, segmentation="kinds", segment="s1")
    assert (made.id, made.owner) == ("kinds/s1", "li")
    file.write_text("{owner: li, segment: s2}")
    assert yaml_document(file, PositioningStatement, segmentation="kinds", segment="s1").id == "kinds/s2"
