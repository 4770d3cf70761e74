"""Near-duplicates: what is a slip of the keys, what is another product, and the repair by one call and back."""

from __future__ import annotations

from pathlib import Path

import pytest

from quality_world import PRODUCTS, accounts
from qunxiang import Workspace
from qunxiang.errors import SettingError, UnknownNameError
from qunxiang.quality import VOCABULARY, near_values
from qunxiang.quality.near import one_keystroke


@pytest.mark.parametrize("value", ["GTXPro", "gtx pro", "GTX-Pro", "ＧＴＸ　Ｐｒｏ", "GTX  Pro"])
def test_other_spellings_of_a_reference_value(value: str) -> None:
    found = near_values("order_lines", "product_id", {value: 3}, reference={p: p for p in PRODUCTS})
    assert [(v.value, v.like, v.rule, v.others) for v in found] == [(value, "GTX Pro", "form", ())]


def test_distinct_products_are_not_near() -> None:
    for product in PRODUCTS:
        others = {p: p for p in PRODUCTS if p != product}
        assert near_values("order_lines", "product_id", {product: 5}, reference=others) == []
        assert near_values("order_lines", "product_id", {product: 5, **dict.fromkeys(others, 5000)}) == []


@pytest.mark.parametrize(
    ("first", "second", "near"),
    [
        ("technolgy", "technology", True),
        ("tehcnology", "technology", True),
        ("GTX Basic", "GTX Plus Basic", False),
        ("MG Special", "MG Advanced", False),
        ("Model A100", "Model A110", False),
        ("Series 1", "Series 2", False),
        ("credit", "debit", False),
        ("east", "west", False),
        ("ration", "nation", False),
        ("华东科技公司一", "华中科技公司一", False),
    ],
)
def test_one_keystroke(first: str, second: str, near: bool) -> None:
    assert one_keystroke(first, second) is near
    assert one_keystroke(second, first) is near


def test_a_rare_value_beside_a_frequent_one() -> None:
    found = near_values("products", "category", {"Beverage": 900, "Bevrage": 4, "Grocery": 300, "Beverages": 200})
    assert [(v.value, v.like) for v in found] == [("Bevrage", "Beverage")], "two frequent values are two"


def test_a_known_word_keeps_the_case_of_the_value() -> None:
    words = VOCABULARY["industry"]
    found = near_values("accounts", "industry", {"Technolgy": 12, "retail": 17, "medical": 12}, vocabulary=words)
    assert [(v.value, v.like, v.against) for v in found] == [("Technolgy", "Technology", "vocabulary")]


def test_what_could_be_two_values_is_said_and_not_proposed() -> None:
    found = near_values("t", "c", {"Pro-duct A": 1}, reference={"Product A": "1", "PRODUCT A": "2"})
    assert found[0].others
    assert {found[0].like, *found[0].others} == {"1", "2"}


def test_both_slips_are_found_and_repaired_by_one_call(workspace: Workspace) -> None:
    found = {(v.table, v.column, v.value): (v.like, v.rows, v.against) for v in workspace.quality.near()}
    assert found == {
        ("order_lines", "product_id", "GTXPro"): ("GTX Pro", 12, "reference"),
        ("accounts", "industry", "technolgy"): ("technology", 6, "vocabulary"),
    }
    stored = workspace.quality.repair(why="slips of the keys")
    assert {d.id: d.body["values"] for d in stored} == {
        "order_lines.product_id": {"GTXPro": "GTX Pro"},
        "accounts.industry": {"technolgy": "technology"},
    }
    assert workspace.quality.near() == []
    orphans = [f for t in workspace.check().tables for f in t.findings if f.measure == "without_products"]
    assert [f.rows for f in orphans] == [3]


def test_a_repair_reaches_traits_holds_for_later_rows_and_goes_back(workspace: Workspace) -> None:
    workspace.resolve()

    def industries() -> dict[str, int]:
        workspace.refresh("2024-06-30")
        values = workspace.traits.frame(["industry"])["industry"].to_pylist()
        return {v: values.count(v) for v in values if v is not None}

    before = industries()
    workspace.quality.repair("accounts", "industry", {"technolgy": "technology"}, why="typo")
    after = industries()
    assert after == {**{k: n for k, n in before.items() if k != "technolgy"}, "technology": before["technolgy"]}
    report = workspace.load("accounts", [{"account_id": "late", "name": "Late", "industry": "technolgy"}])
    assert report.accepted == 1
    workspace.resolve()
    assert industries()["technology"] == before["technolgy"] + 1
    workspace.quality.restore("accounts", "industry", why="it was a brand")
    assert industries()["technolgy"] == before["technolgy"] + 1
    assert workspace.quality.repairs() == []
    assert [d.why for d in workspace.definitions.history("value_map", "accounts.industry")] == [
        "it was a brand",
        "typo",
    ]


def test_loading_the_same_file_again_changes_nothing_beside_a_repair(workspace: Workspace) -> None:
    workspace.quality.repair(why="slips")
    again = workspace.load("accounts", accounts())
    assert (again.accepted, again.unchanged) == (0, 40)


@pytest.mark.parametrize(
    ("table", "column", "values", "error"),
    [
        ("accounts", "industry", {"a": "a"}, SettingError),
        ("accounts", "industry", {"a": "b", "b": "c"}, SettingError),
        ("accounts", "employees", {"a": "b"}, UnknownNameError),
        ("persons", "phone", {"a": "b"}, UnknownNameError),
        ("nothing", "industry", {"a": "b"}, UnknownNameError),
    ],
)
def test_repairs_that_mean_nothing_are_refused(
    workspace: Workspace, table: str, column: str, values: dict[str, str], error: type[Exception]
) -> None:
    with pytest.raises(error):
        workspace.quality.repair(table, column, values)


def test_one_value_of_several_goes_back(workspace: Workspace) -> None:
    workspace.quality.repair("accounts", "industry", {"technolgy": "technology", "medical": "healthcare"})
    workspace.quality.restore("accounts", "industry", ["medical"])
    assert workspace.quality.repairs()[0].body["values"] == {"technolgy": "technology"}
    with pytest.raises(UnknownNameError):
        workspace.quality.restore("accounts", "industry", ["medical"])


def test_repairs_and_gates_go_out_and_in_as_yaml(workspace: Workspace, tmp_path: Path) -> None:
    workspace.quality.repair(why="slips")
    workspace.quality.set_gates([{"measure": "far", "at_most": 0.2}])
    workspace.definitions.export(tmp_path / "out")
    with Workspace.create(tmp_path / "other") as other:
        steps = other.definitions.apply(tmp_path / "out")
        assert {(s.kind, s.id) for s in steps} == {
            ("value_map", "accounts.industry"),
            ("value_map", "order_lines.product_id"),
            ("gates", "current"),
        }
        assert len(other.quality.repairs()) == 2
