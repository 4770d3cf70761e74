"""Run the console blocks of a documentation page and write what the commands print below them.

A block ``console`` holds lines ``$ command`` with their output on stdout. ``…`` in an output stands for what differs
from run to run; the patterns of ``CHANGING`` put it there.
"""

from __future__ import annotations

import os
import re
import shlex
import shutil
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
SAMPLES = ROOT / "docs" / "samples"
_BLOCK = re.compile(r"```console\n(.*?)```", re.DOTALL)
CHANGING = (
    (re.compile(r"(?m)^((?:rows/s|seconds|at|行/秒|用时（秒）|时间)\s{1,}).*$"), r"\1…"),
    (re.compile(r"\d{4}-\d\d-\d\d \d\d:\d\d(:\d\d)?"), "…"),
)


@dataclass(frozen=True)
class Step:
    """A command and the output shown below it."""

    command: str
    shown: str


def steps(text: str) -> list[list[Step]]:
    """Return the steps of every console block of a page."""
    return [_steps(block) for block in _BLOCK.findall(text)]


def _steps(block: str) -> list[Step]:
    found: list[Step] = []
    for part in re.split(r"(?m)^\$ ", block)[1:]:
        command, _, shown = part.partition("\n")
        found.append(Step(command, shown.strip("\n")))
    return found


def run(command: str, folder: Path, lang: str) -> subprocess.CompletedProcess[str]:
    """Run one command in `folder` as this checkout's ``qunxiang``."""
    words = shlex.split(command)
    if words[0] != "qunxiang":
        raise ValueError(f"a console block runs qunxiang only, not {words[0]!r}")
    return subprocess.run(
        [sys.executable, "-m", "qunxiang", *words[1:]],
        cwd=folder,
        env=variables(lang),
        capture_output=True,
        encoding="utf-8",
        timeout=300,
        check=False,
    )


def variables(lang: str) -> dict[str, str]:
    """Return the environment of a reader of this language."""
    own = {k: v for k, v in os.environ.items() if not k.startswith("QUNXIANG_")}
    tongue = "zh_CN.UTF-8" if lang == "zh" else "en_GB.UTF-8"
    return own | {"LC_ALL": tongue, "PYTHONUTF8": "1", "COLUMNS": "150", "QUNXIANG_WORKSPACE": "shop"}


def fits(shown: str, got: str) -> bool:
    """Say whether an output is the one shown, ``…`` standing for anything within a line."""
    wanted = [line.rstrip() for line in shown.split("\n")]
    lines = [line.rstrip() for line in got.strip("\n").split("\n")]
    return len(wanted) == len(lines) and all(
        re.fullmatch(re.escape(w).replace("…", ".*"), line) is not None for w, line in zip(wanted, lines, strict=True)
    )


def fill(path: Path) -> str:
    """Return a page with the outputs of its commands, run in a new folder."""
    lang = "zh" if path.name.endswith(".zh.md") else "en"
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        shutil.copytree(SAMPLES, folder / "samples")

        def filled(match: re.Match[str]) -> str:
            out = []
            for step in _steps(match[1]):
                done = run(step.command, folder, lang)
                if done.returncode not in (0, 2):  # 2 is shown where a page shows a refusal
                    raise SystemExit(f"{path.name}: {step.command}\n{done.stderr}")
                said = done.stdout if done.returncode == 0 else done.stderr
                for pattern, instead in CHANGING:
                    said = pattern.sub(instead, said)
                lines = "\n".join(line.rstrip() for line in said.strip("\n").split("\n"))
                out.append(f"$ {step.command}\n{lines}".rstrip())
            return "```console\n" + "\n\n".join(out) + "\n```"

        return _BLOCK.sub(filled, path.read_text("utf-8"))


if __name__ == "__main__":
    for page in sys.argv[1:]:
        Path(page).write_text(fill(Path(page)), "utf-8")
