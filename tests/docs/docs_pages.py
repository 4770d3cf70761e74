"""The documentation's pages, read for tests, and the scripts that make parts of them."""

from __future__ import annotations

import importlib.util
import re
import sys
from pathlib import Path
from types import ModuleType

ROOT = Path(__file__).resolve().parents[2]
DOCS = ROOT / "docs"
SAMPLES = DOCS / "samples"
PAGES = [ROOT / "README.md", ROOT / "README.zh.md", *sorted(DOCS.rglob("*.md"))]


def script(name: str) -> ModuleType:
    """Import a module of the folder ``scripts``."""
    if name in sys.modules:
        return sys.modules[name]
    spec = importlib.util.spec_from_file_location(name, ROOT / "scripts" / f"{name}.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module
    spec.loader.exec_module(module)
    return module


def blocks(path: Path, kind: str) -> list[str]:
    """Return the code blocks of a kind, in order."""
    return re.findall(rf"(?m)^```{kind}\n(.*?)^```", path.read_text("utf-8"), re.DOTALL)


def prose(path: Path) -> str:
    """Return a page without its code blocks."""
    return re.sub(r"(?m)^```.*?^```", "", path.read_text("utf-8"), flags=re.DOTALL)


def headings(path: Path) -> list[tuple[int, str]]:
    """Return the headings of a page with their level."""
    return [(len(m[1]), m[2]) for m in re.finditer(r"(?m)^(#+) (.*)$", prose(path))]


def anchor(heading: str) -> str:
    """Return the anchor that a heading gets on GitHub."""
    return re.sub(r"[^\w\- ]", "", heading.lower()).strip().replace(" ", "-")
