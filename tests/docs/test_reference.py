"""The reference is as the code is, and lists everything a reader can meet."""

from __future__ import annotations

from pathlib import Path

import pytest
from docs_pages import DOCS, script

build = script("build_reference")
REFERENCE = DOCS / "reference"


@pytest.fixture(scope="module")
def made() -> dict[Path, str]:
    return dict(build.pages())


@pytest.mark.parametrize("name", sorted(p.name for p in REFERENCE.glob("*.md")))
def test_page_is_as_the_code_is(made: dict[Path, str], name: str) -> None:
    path = REFERENCE / name
    assert path.read_text("utf-8") == made[path], "run scripts/build_reference.py"


def _text(name: str) -> str:
    return (REFERENCE / name).read_text("utf-8")


def test_every_command_and_option_is_listed() -> None:
    text = _text("cli.md")
    for name, command in build.walk(build.command_tree()):
        assert f"## `{name}`" in text
        part = text.split(f"## `{name}`")[1].split("\n## ")[0]
        for parameter in command.params:
            if parameter.param_type_name == "option" and "--help" not in parameter.opts:
                assert all(option in part for option in parameter.opts), (name, parameter.opts)
    assert "cli." not in text.replace("cli.md", ""), "a help text is missing"


def test_every_use_case_is_listed_and_has_its_twins() -> None:
    from qunxiang.services.access import USE_CASES

    build.use_cases()
    python, rest, commands = _text("python.md"), _text("rest.md"), _text("cli.md")
    for name in USE_CASES:
        assert f"| `{name}` |" in python
        assert f"| `{name}` |" in rest, f"{name} has no REST operation"
        if name not in ("definition.export", "definition.apply", "definition.plan"):
            assert f"## `qunxiang {name.replace('.', ' ').replace('_', '-')}`" in commands, f"{name} has no command"


def test_every_contract_and_column_is_listed() -> None:
    from qunxiang.tables import CONTRACTS

    text = _text("tables.md")
    for name, contract in CONTRACTS.items():
        part = text.split(f"## `{name}` ")[1].split("\n## ")[0]
        for column in contract.columns:
            assert f"| `{column.name}` | {column.label.zh} |" in part


def test_every_error_code_that_is_raised_is_listed() -> None:
    from qunxiang.i18n import codes

    text = _text("errors.md")
    raised = build.raised()
    assert len(raised) > 150
    assert not set(raised) - codes(), "raised without a text"
    for code in raised:
        assert f"| `{code}` |" in text


def test_every_environment_variable_is_listed() -> None:
    text = _text("settings.md")
    assert {"QUNXIANG_WORKSPACE", "QUNXIANG_STATE_URL"} <= build.variable_names()
    for name in build.variable_names():
        assert f"| `{name}` |" in text


def test_every_function_of_rules_is_listed() -> None:
    from qunxiang.sql.rule_types import BEHAVIOURS, FUNCTIONS

    text = _text("rules.md")
    assert all(f"`{name}`" in text for name in (*FUNCTIONS, *BEHAVIOURS))
