"""Commands on a small shop: answers as JSON and tables, exit codes, roles."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pyarrow.parquet as pq
import pytest
from shop_commands import AS_OF, Run

from qunxiang import Workspace
from qunxiang.model import Actor


def test_json_is_one_document_that_equals_the_python_answer(run: Run, shop_made: Path) -> None:
    answer = run("segment", "size", "frequency >= 10", "--json", "-w", shop_made)
    assert answer.code == 0
    # customers 10, 11 and 12 have so many orders
    assert json.loads(answer.out) | {"rule": "frequency >= 10", "n": 3, "profiles": 12, "share": 0.25} == json.loads(
        answer.out
    )
    with Workspace(shop_made, actor=Actor.owner()) as ws:
        assert json.loads(answer.out) == ws.segments.size("frequency >= 10").model_dump(mode="json")


@pytest.mark.parametrize(
    "words",
    [
        ["overview"],
        ["data", "tables"],
        ["data", "loads"],
        ["data", "snapshots"],
        ["trait", "list"],
        ["trait", "show", "frequency"],
        ["trait", "frame", "frequency", "monetary"],
        ["segment", "list"],
        ["segment", "members", "loyalty"],
        ["segment", "why", "loyalty", "Pc12"],
        ["segment", "changes", "loyalty"],
        ["segment", "describe", "loyalty"],
        ["target", "criteria", "loyalty"],
        ["target", "rank", "loyalty"],
        ["target", "chosen", "loyalty"],
        ["persona", "list"],
        ["definition", "list"],
        ["definition", "history", "segmentation", "loyalty"],
        ["job", "list"],
        ["user", "list"],
        ["audit", "list"],
        ["who", "Pc12"],
        ["find", "c12"],
        ["doctor"],
    ],
    ids=" ".join,
)
def test_reading_commands_answer_in_both_forms(run: Run, shop_made: Path, words: list[str]) -> None:
    shown = run(*words, "-w", shop_made, lang="zh")
    assert shown.code == 0, shown.err
    assert shown.out.strip()
    assert shown.err == ""
    json.loads(run(*words, "-w", shop_made, "--json").out)


def test_names_for_people_stand_beside_ids(run: Run, shop_made: Path) -> None:
    of_profile = run("who", "Pc12", "-w", shop_made).out
    assert "Loyalty: Loyal (loyalty/loyal)" in of_profile
    with Workspace(shop_made) as ws:
        label = next(t.definition.label for t in ws.traits.list() if t.definition.id == "frequency")
        why = ws.segments.why("loyalty", "Pc12")
    assert why.labels["frequency"] == label
    shown = run("segment", "why", "loyalty", "Pc12", "-w", shop_made).out
    assert f"{why.labels['loyal'].en} (loyal)" in shown
    assert label.en in shown
    assert label.en in of_profile


def test_frames_go_to_files(run: Run, shop_made: Path, tmp_path: Path) -> None:
    out = tmp_path / "t.parquet"
    assert run("trait", "frame", "frequency", "--out", out, "-w", shop_made).code == 0
    assert sorted(pq.read_table(out)["frequency"].to_pylist()) == list(range(1, 13))
    refused = run("trait", "frame", "--out", tmp_path / "t.doc", "-w", shop_made)
    assert refused.code == 2
    assert not (tmp_path / "t.doc").exists()


def test_gate_that_is_not_met_exits_with_3_and_still_shows_the_checks(run: Run, shop_made: Path) -> None:
    answer = run("segment", "check", "loyalty", "-w", shop_made)  # segments of under 30 profiles
    assert answer.code == 3
    assert "large enough" in answer.out
    assert answer.err.startswith("Error: ")


def test_a_role_that_may_not_exits_with_4(run: Run, shop_made: Path) -> None:
    answer = run("segment", "define", "big", "monetary > 100", "--as", "vera", "-w", shop_made)
    assert answer.code == 4
    assert "viewer" in answer.err
    assert run("segment", "list", "--as", "vera", "-w", shop_made).code == 0
    assert run("segment", "list", "--as", "nobody", "-w", shop_made).code == 2


def test_define_rename_mark_archive(run: Run, shop: Path) -> None:
    made = run("segment", "define", "big", "monetary > 100", "--label-zh", "大户", "--label-en", "Big", "-w", shop)
    assert made.code == 0
    assert "Big" in made.out
    assert run("segment", "rename", "big", "--segment", "big", "--label", "Huge", "-w", shop).code == 0
    assert "Huge" in run("segment", "list", "-w", shop).out
    assert run("segment", "rename", "big", "--segment", "big", "-w", shop).code == 2  # no label
    assert run("segment", "archive", "big", "-w", shop).code == 0
    assert "Huge" not in run("segment", "list", "-w", shop).out


def test_loading_twice_changes_nothing_and_the_speed_is_told(run: Run, shop: Path) -> None:
    source = shop.parent / "orders.csv"
    source.write_text("order_id,person_id,ordered_at,amount\no1-0,c1,2024-06-11 10:00:00,10\nx,c1,2024-06-12,abc\n")
    answer = run("load", "orders", source, "--json", "-w", shop)
    report = json.loads(answer.out)
    assert (report["read"], report["accepted"], report["unchanged"], report["rejected"]) == (2, 0, 1, 1)
    assert "per second" in answer.err
    assert run("load", "orders", source, "-q", "-w", shop).err == ""
    rejected = run("rejects", "orders", "-w", shop)
    assert "abc" in rejected.out
    assert "Totals" not in rejected.err


def test_totals_are_no_rows_to_repair(run: Run, shop: Path) -> None:
    source = shop.parent / "totals.csv"
    source.write_text("order_id,person_id,ordered_at,amount\n合计,,,99\n", "utf-8")
    assert "qunxiang rejects orders" not in run("load", "orders", source, "-w", shop).out
    nothing = run("rejects", "orders", "-w", shop)
    assert (nothing.code, "no rows to repair" in nothing.err) == (2, True)
    assert "合计" in run("rejects", "orders", "--reason", "reject.total", "-w", shop).out
    source.write_text("order_id,person_id,ordered_at,amount\nx,c1,2024-06-12,abc\n", "utf-8")
    run("load", "orders", source, "-w", shop)
    rejected = run("rejects", "orders", "-w", shop)
    assert ("abc" in rejected.out, "合计" in rejected.out) == (True, False)
    assert "set aside: 1" in rejected.err
    (state,) = json.loads(run("quarantine", "counts", "--json", "-w", shop).out)
    assert (state["open"], state["totals"]) == (1, 1)


def test_a_value_that_cannot_be_read_is_left_empty_when_that_is_said(
    run: Run, shop: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", "200")
    source = shop.parent / "people.csv"
    source.write_text("person_id,birth_date\nb1,1990-01-01\nb2,ask Wang\n合计,ask Li\n", "utf-8")
    assert json.loads(run("load", "persons", source, "--dry-run", "--json", "-w", shop).out)["rejected"] == 2
    answer = run("load", "persons", source, "--unreadable", "blank", "-w", shop)
    assert answer.code == 0
    assert "birth_date: 1 value cannot be read: it is left empty" in answer.out
    assert "qunxiang rejects persons --blanked" in answer.out
    assert run("rejects", "persons", "-w", shop).code != 0, "no row is rejected"
    mended = shop.parent / "mended.csv"
    run("rejects", "persons", "--blanked", "--out", mended, "-w", shop)
    mended.write_text(mended.read_text("utf-8-sig").replace("ask Wang", "1991-01-01"), "utf-8")
    listed = run("rejects", "persons", "--blanked", "-w", shop)
    assert ("Birth date is not a date" in listed.out, listed.err) == (True, ""), "totals are no part of this list"
    assert json.loads(run("quarantine", "counts", "persons", "--json", "-w", shop).out)[0]["blanked"] == 1
    assert json.loads(run("load", "persons", mended, "--json", "-w", shop).out)["changed"] == 1
    assert json.loads(run("quarantine", "counts", "persons", "--json", "-w", shop).out)[0]["mended"] == 1
    assert run("load", "persons", source, "--unreadable", "guess", "-w", shop).code == 2


def test_refresh_long_after_the_newest_fact_says_so_on_stderr(run: Run, shop: Path) -> None:
    late = run("refresh", "--as-of", "2024-12-31", "-q", "-w", shop)
    assert late.code == 0
    assert "90 days after the newest fact" in late.err
    assert "newest fact" not in run("refresh", "--as-of", AS_OF, "-q", "-w", shop).err


def test_targets_by_hand(run: Run, shop: Path, tmp_path: Path) -> None:
    where = ("-w", shop)
    judged = run("target", "judge", "loyalty", "--segment", "loyal", "--value", "7", "--why", "near", *where)
    assert judged.code == 0
    criteria = tmp_path / "criteria.yaml"
    criteria.write_text(
        run("target", "criteria", "loyalty", "--json", *where).out.replace('"minimum": 30', '"minimum": 1')
    )
    assert run("target", "set-criteria", "loyalty", criteria, *where).code == 0
    assert run("target", "choose", "loyalty", "loyal", "--why", "they come back", *where).code == 0
    assert "they come back" in run("target", "chosen", "loyalty", *where).out
    criteria.write_text("criteria: 5")
    assert run("target", "set-criteria", "loyalty", criteria, *where).code == 2


def test_export_and_apply(run: Run, shop: Path, tmp_path: Path) -> None:
    run("segment", "define", "big", "monetary > 100", "-w", shop)
    assert run("export", tmp_path / "defs", "-w", shop).code == 0
    file = tmp_path / "defs" / "segmentation" / "big.yaml"
    file.write_text(file.read_text("utf-8").replace("monetary > 100", "monetary > 200"), "utf-8")
    nobody = run("apply", tmp_path / "defs", "-w", shop)  # no terminal to ask on, and no --yes
    assert nobody.code == 2
    assert "change segmentation/big" in nobody.err
    before = json.loads(run("definition", "history", "segmentation", "big", "--json", "-w", shop).out)
    applied = run("apply", tmp_path / "defs", "--yes", "--json", "-w", shop)
    assert applied.code == 0
    assert {"kind": "segmentation", "id": "big", "action": "change"} in json.loads(applied.out)
    after = json.loads(run("definition", "history", "segmentation", "big", "--json", "-w", shop).out)
    assert (len(before), len(after)) == (1, 2)
    assert run("apply", tmp_path / "defs", "-w", shop).code == 0  # nothing to do, so nothing to ask


def test_people(run: Run, shop: Path) -> None:
    link = json.loads(run("user", "link", "vera", "--json", "-w", shop).out)["link"]
    with Workspace(shop) as ws:
        assert ws.users.enter(link.partition("link=")[2])[1].name == "vera"
    key = json.loads(run("user", "key", "vera", "--json", "-w", shop).out)["key"]
    with Workspace(shop) as ws:
        found = ws.users.of_key(key)
        assert found is not None
        assert found.name == "vera"
    assert run("user", "change", "vera", "--disable", "-w", shop).code == 0
    assert run("segment", "list", "--as", "vera", "-w", shop).code == 4
    assert run("user", "add", "max", "--role", "king", "-w", shop).code == 2


def test_everything_is_in_the_audit_with_its_door(run: Run, shop: Path) -> None:
    run("segment", "define", "big", "monetary > 100", "--as", "vera", "-w", shop)
    entries = json.loads(run("audit", "list", "--use-case", "segment.define", "--json", "-w", shop).out)
    assert next((e["actor"], e["via"], e["outcome"]) for e in entries) == ("vera", "cli", "refused")


def test_preview_says_how_sure_it_is_and_what_it_only_proposes(run: Run, shop_made: Path, tmp_path: Path) -> None:
    file = tmp_path / "accounts.csv"
    file.write_text("account_id,Company,Regional Owner,谁\n1,Acme Ltd,Ann,x\n")
    command = ("preview", file, "--table", "accounts", "-w", shop_made)
    shown = run(*command).out
    assert re.search(r"account_id .*98\.0% +by name", shown)
    assert re.search(r"name .*Company +93\.0% +by synonym", shown)
    assert re.search(r"Regional Owner +owner +Owner +60\.0% +name ends so", shown.partition("Proposed, not taken")[2])
    assert '--map "owner=Regional Owner"' in shown
    assert re.search(r"Columns not used: 谁$", shown, re.M)
    taken = run(*command, "--map", "owner=Regional Owner").out
    assert re.search(r"owner .*Regional Owner +– +as said", taken)
    assert "Proposed" not in taken
