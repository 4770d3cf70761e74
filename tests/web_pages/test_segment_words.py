"""The page of a segmentation says in words what a marketer reads, and keeps its evidence one press away."""

from __future__ import annotations

import pytest
from page_site import Site, opened
from playwright.sync_api import Browser, expect

from qunxiang.segmentation.known_worlds import FLAT
from qunxiang.web.pages.segment_words import firmness


@pytest.mark.parametrize(
    ("mean", "word"), [(None, "loose"), (0.59, "loose"), (0.6, "partly"), (0.75, "firm"), (0.85, "very"), (1.0, "very")]
)
def test_firmness_follows_the_limits_of_hennig_2007(mean: float | None, word: str) -> None:
    assert firmness(mean) == word


def test_no_id_of_a_trait_is_read_before_the_evidence_is_opened(browser: Browser, site: Site) -> None:
    ids = [s.definition.id for s in site.workspace.traits.list() if "_" in s.definition.id]
    with opened(browser, site, "/segments/lifestyle", lang="zh") as page:
        text = page.locator("main").inner_text()
        assert not [i for i in ids if i in text]
        for word in ("Jaccard", "效应量", "调整兰德", "查准率"):
            assert word not in text
        folded = page.locator("#evidence")
        expect(folded).not_to_have_attribute("open", "")
        page.get_by_role("link", name="看证据").click()
        expect(page.locator("#c-stability")).to_be_visible()
        opened_text = folded.inner_text()
        assert "调整兰德" in page.locator("#stability").inner_text() or "一致度" in opened_text
        assert not [i for i in ids if i in opened_text]


def test_short_rules_are_said_with_names_and_units(browser: Browser, site: Site) -> None:
    with opened(browser, site, "/segments/lifestyle", lang="en") as page:
        page.locator(".mark-evidence summary").first.click()
        rules = page.locator(".mark-evidence").first.locator(".rule-list").inner_text()
        assert "%" in rules or "USD" in rules
        assert "spend_share" not in rules


def test_the_evidence_shows_how_the_verdict_fades(browser: Browser, site: Site) -> None:
    evidence = site.workspace.segments.stability("lifestyle").evidence
    depth = evidence["reason"]["params"]["depth"]
    with opened(browser, site, "/segments/lifestyle#evidence", lang="en") as page:
        page.locator("#evidence > summary").click()
        expect(page.locator("#fading-depth canvas")).to_be_visible()
        rows = page.locator("#fading-table tbody tr").all_inner_texts()
        assert len(rows) == 6
        assert "6 segments" in rows[0]
        assert "Natural 20 of 20" in rows[1]
        assert "Constructive 20 of 20" in rows[-1]
        said = page.locator("#evidence").inner_text()
        assert ("grown into one" if depth < FLAT else f"valley between your segments is {depth:.1%} deep") in said
        assert "How far from another verdict" in said
        numbers = page.locator("#evidence-table tbody th").all_inner_texts()
        assert [int(n.split()[0]) for n in numbers] == sorted(int(k) for k in evidence["by_k"])
