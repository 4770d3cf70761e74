"""Contracts say one thing once, and lists without an id column can be loaded."""

from typing import Any

import pytest
from intake_rows import run_checks

from qunxiang.errors import ContractError
from qunxiang.intake import confirm, recognise
from qunxiang.intake.recognition import normalised
from qunxiang.tables import LOADED, Contract

EVERY = [pytest.param(c, id=c.name) for c in LOADED.values()]


@pytest.mark.parametrize("contract", EVERY)
def test_no_name_means_two_columns_of_a_table(contract: Contract) -> None:
    meant: dict[str, str] = {}
    for column in contract.columns:
        for name in {column.name, column.label.zh, column.label.en, *column.synonyms, *column.weak}:
            other = meant.setdefault(normalised(name), column.name)
            assert _prefers(contract, name, other, column.name), f"{name}: {other} and {column.name}"


def _prefers(contract: Contract, name: str, first: str, second: str) -> bool:
    """Whether it is one column, or one of the two is called so and the other only knows the word."""
    if first == second:
        return True
    own = {normalised(w): c.name for c in contract.columns for w in (c.name, c.label.zh, c.label.en)}
    return normalised(name) in own


@pytest.mark.parametrize("contract", EVERY)
def test_keys_and_groups_name_columns(contract: Contract) -> None:
    assert set(contract.key) <= set(contract.names)
    assert {name for group in contract.one_of for name in group} <= set(contract.names)
    assert len(contract.key) == 1 or not contract.derived_key
    if not contract.derived_key:
        assert all(c.required for c in contract.columns if c.name in contract.key)


def test_religion_and_id_numbers_are_sensitive() -> None:
    assert {c.name for c in LOADED["persons"].columns if c.sensitive} == {"religion", "id_number"}


def test_a_list_of_addresses_gets_ids_and_equal_rows_are_one_person() -> None:
    rows: list[dict[str, Any]] = [
        {"邮箱": "a@example.com", "城市": "上海"},
        {"邮箱": "b@example.com", "城市": "上海"},
        {"邮箱": "a@example.com", "城市": "上海"},
        {"邮箱": "a@example.com", "城市": "北京"},
        {"邮箱": None, "城市": "北京"},
    ]
    found = run_checks("persons", rows)
    assert [r["__repeat__"] for r in found] == [False, False, True, False, False]
    ids = [r["person_id"] for r in found]
    assert ids[0] == ids[2]
    assert len({ids[0], ids[1], ids[3]}) == 3
    assert found[4]["__codes__"] == "reject.one_of:person_id"
    again = run_checks("persons", list(reversed(rows)))
    assert [r["person_id"] for r in again] == list(reversed(ids))


def test_equal_lines_of_an_order_are_two() -> None:
    line = {"order_id": "1", "product_id": "p", "date": "2024-01-01", "amount": "3"}
    found = run_checks("order_lines", [line, line])
    assert [r["__repeat__"] for r in found] == [False, False]
    assert found[1]["line_id"] == found[0]["line_id"] + "-2"


def test_persons_need_something_that_names_them() -> None:
    columns = ["城市", "性别"]
    with pytest.raises(ContractError) as error:
        confirm(LOADED["persons"], recognise(LOADED["persons"], columns), columns)
    assert error.value.code == "error.contract.one_of"
    assert "--map person_id=" in error.value.render("en")
