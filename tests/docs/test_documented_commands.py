"""Every command that the documentation shows can be read: its name, its arguments, its options and their values."""

from __future__ import annotations

import re
import shlex
from pathlib import Path
from typing import Any

import pytest
from docs_pages import PAGES, ROOT, blocks, script

from qunxiang.cli.line import read_line

COMMANDS = dict(script("build_reference").walk(script("build_reference").command_tree()))


def commands(path: Path) -> list[str]:
    """Return the command lines of a page's shell blocks, without what follows a pipe or a comment."""
    lines = [line for kind in ("sh", "bash", "console") for block in blocks(path, kind) for line in block.splitlines()]
    found = [re.match(r"(?:\$ )?(?:\.venv/bin/)?(qunxiang .+)", line) for line in lines]
    return [re.split(r"\s(?:\|\|?|#)\s", m[1])[0] for m in found if m]


SHOWN = [(page, line) for page in PAGES for line in commands(page)]


def test_how_tos_show_commands() -> None:
    assert len(SHOWN) > 60


@pytest.mark.parametrize(("page", "line"), SHOWN, ids=[f"{p.relative_to(ROOT)}: {c[:60]}" for p, c in SHOWN])
def test_command_can_be_read(page: Path, line: str) -> None:
    words: list[Any] = list(read_line(shlex.split(line)[1:], {}).words)
    name = max((n for n in COMMANDS if f"{' '.join(['qunxiang', *words])} ".startswith(f"{n} ")), key=len)
    COMMANDS[name].make_context(name, words[len(name.split()) - 1 :], obj=None).close()
