"""Every use case has a command, and every command is a use case or one of the few that are not."""

from __future__ import annotations

from typing import Any

import pytest
from typer.main import get_command

import qunxiang.workspace  # noqa: F401 - declares the use cases
from qunxiang.cli.app import app
from qunxiang.cli.help import translate
from qunxiang.i18n import codes, template
from qunxiang.model.variable import Metric
from qunxiang.services.access import USE_CASES

AT_THE_ROOT = {"definition.export": "export", "definition.apply": "apply"}
NO_USE_CASE = {"demo", "init", "doctor", "serve"}


def commands(group: Any, path: str = "") -> dict[str, Any]:
    found: dict[str, Any] = {}
    for name, command in group.commands.items():
        whole = f"{path}{name}".replace("-", "_")
        if hasattr(command, "commands"):
            found |= commands(command, whole + ".")
        else:
            found[whole] = command
    return found


def test_every_use_case_has_a_command_and_the_reverse() -> None:
    expected = {AT_THE_ROOT.get(name, name) for name in USE_CASES if "." not in name or name.split(".")[0] in GROUPS}
    assert set(commands(get_command(app))) - NO_USE_CASE == expected


GROUPS = {
    "quarantine",
    "column",
    "data",
    "source",
    "mapping",
    "trait",
    "review",
    "segment",
    "value",
    "target",
    "brand",
    "persona",
    "strategy",
    "place",
    "quality",
    "survey",
    "scale",
    "market",
    "competitor",
    "definition",
    "job",
    "schedule",
    "user",
    "audit",
}


def test_no_group_of_use_cases_is_left_out() -> None:
    assert {name.split(".")[0] for name in USE_CASES if "." in name} == GROUPS


def test_every_command_and_option_has_a_help_text_of_the_catalogue() -> None:
    for path, command in commands(get_command(app)).items():
        assert command.help in codes(), path
        for parameter in command.params:
            assert parameter.help in codes(), f"{path} {parameter.name}"


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_help_is_in_the_reader_s_language(lang: str) -> None:
    for path, command in commands(translate(get_command(app), lang)).items():
        chinese = any("\u4e00" <= character <= "\u9fff" for character in command.help)
        assert chinese == (lang == "zh"), path


def test_help_texts_are_of_one_form() -> None:
    for path, command in commands(translate(get_command(app), "en")).items():
        for text in (command.help, *(p.help for p in command.params)):
            assert text[0].isupper(), f"{path}: {text}"
            assert not text.endswith("."), f"{path}: {text}"
            assert "{{" not in text, f"{path}: {text}"


def test_help_names_every_metric() -> None:
    for lang in ("zh", "en"):
        assert all(metric in template("cli.opt.metric", lang) for metric in Metric)


def test_every_use_case_has_a_name_for_people() -> None:
    assert {f"page.use_case.{name}" for name in USE_CASES} <= codes()
