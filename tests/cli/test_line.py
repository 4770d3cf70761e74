"""Common options stand anywhere; languages come from the option, the workspace, or the environment."""

from __future__ import annotations

from pathlib import Path

import pytest

from qunxiang.cli.failure import caret
from qunxiang.cli.line import lang_of_environment, read_line
from qunxiang.cli.words import label, numbers, pairs
from qunxiang.errors import SettingError, UsageError
from qunxiang.i18n import Label


@pytest.mark.parametrize(
    "words",
    [
        ["--workspace", "a", "--json", "trait", "list", "--lang", "zh"],
        ["trait", "--json", "list", "--lang=zh", "-w", "a"],
        ["trait", "list", "--workspace=a", "--lang", "zh", "--json"],
    ],
)
def test_common_options_stand_anywhere(words: list[str]) -> None:
    line = read_line(words, {})
    assert line.words == ("trait", "list")
    assert (line.workspace, line.json, line.lang, line.quiet) == (Path("a"), True, "zh", False)


def test_as_of_is_not_as() -> None:
    line = read_line(["refresh", "--as-of", "2024-01-01", "--as", "vera"], {})
    assert line.words == ("refresh", "--as-of", "2024-01-01")
    assert line.user == "vera"


def test_after_two_dashes_everything_is_the_command_s() -> None:
    assert read_line(["segment", "size", "--", "--json"], {}).words == ("segment", "size", "--", "--json")


def test_workspace_of_the_environment_gives_way_to_the_option() -> None:
    assert read_line([], {"QUNXIANG_WORKSPACE": "b"}).workspace == Path("b")
    assert read_line(["-w", "a"], {"QUNXIANG_WORKSPACE": "b"}).workspace == Path("a")


def test_option_without_value_and_unknown_language_are_usage_errors() -> None:
    with pytest.raises(UsageError):
        read_line(["trait", "--lang"], {})
    with pytest.raises(SettingError):
        read_line(["--lang", "fr"], {})


@pytest.mark.parametrize(
    ("environment", "lang"),
    [
        ({"LANG": "zh_CN.UTF-8"}, "zh"),
        ({"LANG": "en_GB.UTF-8"}, "en"),
        ({"LANG": "C.UTF-8"}, "en"),
        ({}, "en"),
        ({"LANG": "en_GB.UTF-8", "LC_ALL": "zh_TW"}, "zh"),
    ],
)
def test_language_of_the_environment(environment: dict[str, str], lang: str) -> None:
    assert lang_of_environment(environment) == lang


def test_caret_stands_under_the_place_with_wide_characters() -> None:
    rule = "城市 = '上海' and foo > 1"
    first, second = caret(rule, rule.index("foo"), rule.index("foo") + 2).splitlines()
    assert first.strip() == rule
    # five wide characters before it (城市上海 are four, two columns each)
    assert second == " " * (2 + rule.index("foo") + 4) + "^^^"


def test_caret_shows_the_line_that_fails() -> None:
    rule = "n > 1\nand foo > 1\nand n < 9"
    assert caret(rule, rule.index("foo"), rule.index("foo") + 2) == "  and foo > 1\n      ^^^"


def test_pairs_and_numbers() -> None:
    assert pairs(["amount=实付金额", "note=a=b"], "--map") == {"amount": "实付金额", "note": "a=b"}
    assert numbers(["size=1.5"], "--weight") == {"size": 1.5}
    for wrong in (["amount"], ["=x"], ["a="], ["a=1", "a=2"]):
        with pytest.raises(UsageError):
            pairs(wrong, "--map")
    with pytest.raises(UsageError):
        numbers(["size=much"], "--weight")


def test_label_of_options() -> None:
    assert label(None, None, None) is None
    assert label("A", None, None) == Label("A", "A")
    assert label(None, "甲", "A") == Label("甲", "A")
    assert label(None, "甲", None) == Label("甲", "甲")
