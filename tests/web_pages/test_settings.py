"""Settings: users come in, roles bind, and the audit tells."""

from __future__ import annotations

import pytest
from page_site import Site, check_page, looks, opened
from playwright.sync_api import Browser


@pytest.mark.parametrize(
    ("path", "name"), [("/settings", "settings"), ("/settings/users", "users"), ("/settings/audit", "audit")]
)
def test_pages_of_settings_are_clean(browser: Browser, site: Site, path: str, name: str) -> None:
    looks(browser, site, path, name, phone_axe=name == "users")


def test_an_added_user_signs_in_and_is_offered_only_what_the_role_may(browser: Browser, site: Site) -> None:
    with opened(browser, site, "/settings/users") as page:
        page.locator("#name").fill("小王")
        page.locator("#role").select_option("viewer")
        page.locator("#password").fill("long-enough-8")
        page.get_by_role("button", name="添加用户").click()
        assert "已添加“小王”" in page.locator(".notice-good").inner_text()
    context = browser.new_context()
    context.add_cookies([{"name": "qx_lang", "value": "zh", "url": site.address}])
    page = context.new_page()
    page.goto(site.address + "/settings")
    page.locator("#name").fill("小王")
    page.locator("#password").fill("long-enough-8")
    page.get_by_role("button", name="登录").click()
    page.wait_for_url("**/settings")
    text = page.locator("main").inner_text()
    assert "查看汇总结果" in text
    assert str(site.workspace.settings.folder) not in text
    for path, offered in (("/data", "载入数据"), ("/traits", "定义变量"), ("/", "新建细分")):
        page.goto(site.address + path)
        assert page.get_by_role("link", name=offered).count() == 0
        assert page.locator("main form").count() == 0
    page.goto(site.address + "/settings/users")
    assert "管理员" in page.locator(".role-hint").inner_text()
    context.close()


def test_a_user_without_a_password_gets_a_link_that_works_once(browser: Browser, site: Site) -> None:
    with opened(browser, site, "/settings/users", lang="en") as page:
        page.locator("#name").fill("once")
        page.get_by_role("button", name="Add a user").click()
        link = page.locator(".secret").inner_text()
        check_page(page, "users-link-en-desk", axe=True)
    context = browser.new_context()
    page = context.new_page()
    page.goto(link)
    assert page.locator(".menu-who strong").text_content() == "once"
    other = browser.new_context()
    page = other.new_page()
    assert page.goto(link).status == 401
    context.close()
    other.close()


def test_an_api_key_is_shown_once(browser: Browser, site: Site) -> None:
    site.workspace.users.add("robot", "analyst")
    with opened(browser, site, "/settings/users", lang="en") as page:
        page.locator("form[action$='/robot/key'] button").click()
        secret = page.locator(".secret").inner_text()
        assert site.workspace.users.of_key(secret).name == "robot"
        page.goto(site.address + "/settings/users")
        assert page.locator(".secret").count() == 0
        page.locator("form[action$='/robot/revoke'] button").click()
        assert "1" in page.locator(".notice-good").inner_text()
        assert site.workspace.users.of_key(secret) is None


def test_the_last_admin_stays(site: Site) -> None:
    with site.client() as client:
        answer = client.post("/settings/users/owner/change", data={"disabled": "yes"})
    assert answer.status_code == 422
    assert "最后一位管理员" in answer.text


def test_the_audit_filters_and_pages(browser: Browser, site: Site) -> None:
    with opened(browser, site, "/settings/audit?use_case=load", lang="en") as page:
        rows = page.locator("tbody tr")
        assert rows.count() == 5  # the five tables of the demo
        assert "order_lines" in page.locator("tbody").inner_text()
    with opened(browser, site, "/settings/audit", user=analyst(site), status=403) as page:
        assert page.locator("tbody").count() == 0


def analyst(site: Site) -> str:
    site.workspace.users.add("analyst", "analyst")
    return "analyst"
