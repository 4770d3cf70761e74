"""Every link inside the documentation leads somewhere, and the Chinese twins have the same parts."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from docs_pages import DOCS, PAGES, ROOT, anchor, headings, prose

TWINS = [(ROOT / "README.md", ROOT / "README.zh.md"), (DOCS / "tutorial.md", DOCS / "tutorial.zh.md")]


@pytest.mark.parametrize("page", PAGES, ids=lambda p: str(p.relative_to(ROOT)))
def test_links_lead_somewhere(page: Path) -> None:
    for target in re.findall(r"\]\(([^)\s]+)\)", prose(page)):
        if target.startswith(("http://", "https://", "mailto:")):
            continue
        path, _, part = target.partition("#")
        found = (page.parent / path).resolve() if path else page
        assert found.exists(), f"{target} does not exist"
        assert found == ROOT or ROOT in found.parents
        if part:
            assert part in {anchor(text) for _, text in headings(found)}, f"{target} has no such heading"


def test_every_page_is_reached_from_the_index() -> None:
    reached, todo = set(), [ROOT / "README.md", ROOT / "README.zh.md"]
    while todo:
        page = todo.pop()
        if page in reached or page.suffix != ".md":
            continue
        reached.add(page)
        todo += [(page.parent / t.partition("#")[0]).resolve() for t in re.findall(r"\]\(([^)\s:]+)\)", prose(page))]
    assert set(PAGES) <= reached


@pytest.mark.parametrize(("english", "chinese"), TWINS, ids=["readme", "tutorial"])
def test_twins_have_the_same_parts(english: Path, chinese: Path) -> None:
    assert [level for level, _ in headings(english)] == [level for level, _ in headings(chinese)]
    fences = [re.findall(r"(?m)^```(\w+)", p.read_text("utf-8")) for p in (english, chinese)]
    assert fences[0] == fences[1]
    tables = [len(re.findall(r"(?m)^\|", p.read_text("utf-8"))) for p in (english, chinese)]
    if english.name == "README.md":
        assert tables[0] == tables[1]


def test_no_page_names_this_machine() -> None:
    for page in PAGES:
        assert not re.search(r"/(work|root|tmp)/|pypi\.org", page.read_text("utf-8")), page
