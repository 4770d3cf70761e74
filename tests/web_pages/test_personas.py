"""Pages of personas: the wall, evidence that can be recounted, assumptions apart, posters."""

from __future__ import annotations

from pathlib import Path

import pyarrow.compute as pc
from page_site import Site, check_page, looks, opened
from playwright.sync_api import Browser, expect


def test_the_wall_and_a_persona_fit_and_are_accessible(browser: Browser, site: Site) -> None:
    persona = site.workspace.personas.list("lifestyle")[0]
    texts = looks(browser, site, "/personas", "personas", phone_axe=True)
    assert "虚构" in texts["zh"]
    texts = looks(browser, site, f"/personas/lifestyle/{persona.segment}", "persona", phone_axe=True)
    assert persona.name.zh in texts["zh"]
    assert f"{persona.n_refused:,} were refused" in texts["en"]


def test_evidence_equals_a_direct_count(browser: Browser, site: Site) -> None:
    persona = site.workspace.personas.list("lifestyle")[0]
    claim = next(c for c in persona.claims if " >= " in c.evidence.rule)
    trait, value = claim.evidence.rule.split(" >= ")
    frame = site.workspace.traits.frame([trait])
    members = site.workspace.segments.members("lifestyle", segment=persona.segment)["profile_id"]
    inside = frame.filter(pc.is_in(frame["profile_id"], value_set=members.combine_chunks()))
    known = inside.filter(pc.is_valid(inside[trait]))
    holding = known.filter(pc.greater_equal(pc.cast(known[trait], "float64"), float(value)))
    with opened(browser, site, f"/personas/lifestyle/{persona.segment}", lang="en") as page:
        page.locator(f'[id="claim-{claim.id.replace(":", "-")}"] .evidence').click()
        expect(page.locator("#evidence-count")).to_have_text(f"{holding.num_rows:,} of {known.num_rows:,}")
        page.get_by_role("button", name="Recount now").click()
        shown = page.locator("#recount .is-same")
        expect(shown).to_be_visible()
        assert shown.get_attribute("data-n") == str(holding.num_rows)
        check_page(page, "persona-evidence-en-desk", axe=True)
        page.locator("#drawer-body").get_by_role("link", name="Open in the rule builder").click()
        expect(page.locator("#rule-text")).to_have_value(claim.evidence.rule)


def test_an_assumption_is_added_and_stays_marked(browser: Browser, site: Site) -> None:
    persona = site.workspace.personas.list("lifestyle")[1]
    with opened(browser, site, f"/personas/lifestyle/{persona.segment}", lang="zh") as page:
        page.locator("#assumed summary").click()
        page.locator("[name=text_zh]").fill("可能喜欢线上下单")
        page.locator("#assume-form button").click()
        expect(page.locator("#assumed")).to_contain_text("可能喜欢线上下单")
        assert "owner 写" in page.locator("#assumed").inner_text()
        assert "可能喜欢线上下单" not in page.locator(".claim-list").first.inner_text()


def test_posters_download_in_the_readers_language(browser: Browser, site: Site) -> None:
    persona = site.workspace.personas.list("lifestyle")[0]
    with opened(browser, site, f"/personas/lifestyle/{persona.segment}", lang="en") as page:
        for name, start in (("Poster PDF", b"%PDF"), ("Poster PNG", b"\x89PNG")):
            with page.expect_download() as waiting:
                page.get_by_role("link", name=name).click()
            assert Path(waiting.value.path()).read_bytes().startswith(start)
