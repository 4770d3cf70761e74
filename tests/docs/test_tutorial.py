"""The tutorial's commands run in an empty folder and print the figures that it shows."""

from __future__ import annotations

import os
import re
import shlex
import shutil
import signal
import subprocess
import sys
from pathlib import Path

import httpx
import pytest
from docs_pages import DOCS, SAMPLES, blocks, script

from local_server import free_port
from qunxiang.cli.main import main

console = script("fill_console")
FAILING = {"qunxiang load orders samples/orders.csv"}
"""Commands that the tutorial shows to fail."""


def figures(text: str) -> list[str]:
    """Return the numbers of an output in order, without those of lines that differ from run to run."""
    lines = [line for line in text.splitlines() if not re.search(r"\s…$", line) and "-" * 3 not in line]
    return re.findall(r"\d[\d,]*(?:\.\d+)?%?", "\n".join(lines))


@pytest.mark.parametrize(("name", "lang"), [("tutorial.md", "en"), ("tutorial.zh.md", "zh")])
def test_commands_run_and_print_the_figures_shown(
    name: str, lang: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """In this process, whose start the tests of the command see to."""
    here = console.variables(lang)
    for variable in [v for v in os.environ if v not in here]:
        monkeypatch.delenv(variable)
    for variable, value in here.items():
        monkeypatch.setenv(variable, value)
    monkeypatch.chdir(tmp_path)
    shutil.copytree(SAMPLES, tmp_path / "samples")
    commands = [step for block in console.steps((DOCS / name).read_text("utf-8")) for step in block]
    assert len(commands) > 15
    for step in commands:
        qunxiang, *words = shlex.split(step.command)
        assert qunxiang == "qunxiang"
        code = main(words)
        out, err = capsys.readouterr()
        assert (code == 0) == (step.command not in FAILING), f"{step.command}\n{err}"
        got = out if code == 0 else err
        for pattern, instead in console.CHANGING:
            got = pattern.sub(instead, got)
        assert step.shown, f"{step.command} shows no output"
        assert figures(got) == figures(step.shown), f"{step.command}: run scripts/fill_console.py docs/{name}"
    assert (tmp_path / "report.pdf").read_bytes().startswith(b"%PDF")
    assert (tmp_path / "poster.pdf").read_bytes().startswith(b"%PDF")


def test_the_app_starts_as_the_tutorial_says(tmp_path: Path) -> None:
    (command,) = blocks(DOCS / "tutorial.md", "sh")
    words = command.split()
    assert words[0] == "qunxiang"
    qunxiang = [sys.executable, "-m", "qunxiang"]
    variables = {k: v for k, v in os.environ.items() if not k.startswith("QUNXIANG_")}
    variables["QUNXIANG_WORKSPACE"] = str(tmp_path / "shop")
    subprocess.run([*qunxiang, "init", str(tmp_path / "shop")], check=True, env=variables, capture_output=True)
    port = str(free_port())
    app = subprocess.Popen(
        [*qunxiang, *words[1:], "--port", port], stdout=subprocess.PIPE, encoding="utf-8", env=variables
    )
    try:
        assert app.stdout is not None
        link = next(line.strip() for line in app.stdout if "http" in line)
        with httpx.Client(
            transport=httpx.HTTPTransport(retries=8), follow_redirects=True, trust_env=False, timeout=60
        ) as browser:
            assert browser.get(link).status_code == 200
            assert browser.get(link).status_code in (200, 401)
    finally:
        app.send_signal(signal.SIGINT)
        app.communicate(timeout=120)
