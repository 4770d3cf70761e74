"""The review queue, and splitting and joining on a profile's page."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

import pyarrow as pa
import pytest
from page_site import WIDE, Site, check_page, looks, opened, serving
from playwright.sync_api import Browser, expect

from qunxiang.model import Role
from qunxiang.workspace import Workspace

sys.path.insert(0, str(Path(__file__).parents[1] / "identity"))
from chinese_people import world

DEALS = [
    {"opportunity_id": f"d{n}", "account_id": "k0000", "stage": "Closed Won", "amount": "1200", "owner": "周敏"}
    for n in range(2)
]


@pytest.fixture(scope="module")
def people_site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """Serve a workspace with persons and companies written down several times."""
    folder = tmp_path_factory.mktemp("people") / "shop"
    made = world(5, persons=300, companies=120)
    persons = made.persons.append_column("person_id", pa.array([f"c{i:04d}" for i in range(made.persons.num_rows)]))
    accounts = made.accounts.append_column("account_id", pa.array([f"k{i:04d}" for i in range(made.accounts.num_rows)]))
    twins = [
        {"person_id": "t1", "name": "王芳", "phone": "13912340001", "unionid": "o6_aaaaaaaa", "city": "杭州"},
        {"person_id": "t2", "name": "王芳", "phone": "13912340001", "unionid": "o6_bbbbbbbb", "city": "杭州"},
    ]
    with Workspace.create(folder, name="恒星机械") as ws:
        ws.load("persons", persons)
        ws.load("accounts", accounts)
        ws.load("persons", twins)
        ws.load("contacts", [{"person_id": "t1", "account_id": "k0000", "job_title": "采购经理"}])
        ws.load("opportunities", DEALS)
        ws.resolve()
        ws.users.add("ana", Role.ANALYST)
    with serving(folder) as running:
        yield running


def merged_profile(site: Site) -> str:
    queue = site.workspace.review.list(limit=1)
    for n in range(100):
        view = site.workspace.who(f"Pc{n:04d}")
        if len(view.records) == 2 and any(k.weight is not None for k in view.links):
            return view.profile_id
    raise AssertionError(queue)


def test_the_review_queue_is_clean_in_both_languages(browser: Browser, people_site: Site) -> None:
    texts = looks(browser, people_site, "/review", "review", phone_axe=True)
    assert "合并会出现两个微信 UnionID" in texts["zh"]
    assert "王芳 与 王芳" in texts["zh"]
    assert "A merge would put two WeChat union ids together" in texts["en"]
    assert "o6_bbbbbbbb\t不一致" in texts["zh"]


def test_a_merged_profile_is_clean_in_both_languages(browser: Browser, people_site: Site) -> None:
    path = f"/profiles/{merged_profile(people_site)}"
    texts = looks(browser, people_site, path, "profile-merged", phone_axe=True)
    assert "来源记录（2）" in texts["zh"]
    assert "What joined them" in texts["en"]
    texts = looks(browser, people_site, "/profiles/Ak0000", "profile-company")
    assert "商机（2）" in texts["zh"]
    assert "Won 2 · 2,400.00" in texts["en"]
    with opened(browser, people_site, path, lang="en", screen="phone") as page:
        long = "company name: equal without place and legal form, or nearly so"
        page.locator("#links .pill").first.evaluate("(pill, said) => { pill.textContent = said }", long)
        assert page.evaluate(WIDE) <= 0


def test_a_customer_is_found_by_name(browser: Browser, people_site: Site) -> None:
    with opened(browser, people_site, "/", lang="en") as page:
        page.locator(".sidebar").get_by_role("link", name="Customers").click()
        page.wait_for_url("**/profiles")
        page.get_by_role("searchbox").fill("王芳")
        page.keyboard.press("Enter")
        row = page.locator("#customers tbody tr", has_text="Pt1")
        expect(row).to_contain_text("杭州")
        check_page(page, "customers-found", axe=True)
        row.get_by_role("link").click()
        page.wait_for_url("**/profiles/Pt1")
        assert page.locator(".sidebar [aria-current=page]").inner_text().strip() == "Customers"


def test_a_pair_is_decided_by_key_and_button(browser: Browser, people_site: Site) -> None:
    before = people_site.workspace.review.list()
    with opened(browser, people_site, "/review", lang="en") as page:
        page.keyboard.press("d")
        page.wait_for_load_state()
        expect(page.locator("form[data-review]").first).to_be_visible()
        page.get_by_role("button", name="Same").first.click()
        page.wait_for_load_state()
    after = people_site.workspace.review.list()
    assert after.total == before.total - 2
    found = {d.body["decision"] for d in people_site.workspace.definitions.list("identity")}
    assert found == {"different", "same"}


def test_records_are_split_off_with_a_reason(browser: Browser, people_site: Site) -> None:
    profile = merged_profile(people_site)
    with opened(browser, people_site, f"/profiles/{profile}", lang="en") as page:
        page.locator("#records input[type=checkbox]").first.check()
        page.locator("#split-why").fill("two of one name")
        page.get_by_role("button", name="Split off").click()
        page.wait_for_url("**/profiles/*decided=1*")
        assert "The decision is noted" in page.inner_text("main")
    last = people_site.workspace.definitions.list("identity")
    assert any(d.why == "two of one name" and d.author == "owner" for d in last)


def test_an_analyst_reads_masked_values(browser: Browser, people_site: Site) -> None:
    with opened(browser, people_site, "/review", user="ana") as page:
        said = page.inner_text("main")
    assert "•••" in said
    assert "13912340001" not in said
