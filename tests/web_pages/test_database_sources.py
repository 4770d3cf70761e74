"""Databases: saved, looked at and loaded from in the browser; the password stays with the server."""

from __future__ import annotations

import sqlite3
from pathlib import Path

import httpx
import pytest
from page_site import Site, looks, opened
from playwright.sync_api import Browser

SECRET = "hunter2-secret"


@pytest.fixture
def till(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    """Return the address of a small shop database in a folder that the operator allows."""
    monkeypatch.setenv("QUNXIANG_SOURCE_FOLDERS", str(tmp_path))
    with sqlite3.connect(tmp_path / "till.db") as connection:
        connection.execute("CREATE TABLE sales (order_id, person_id, ordered_at, amount, updated_at INTEGER)")
        connection.execute("CREATE TABLE stock (sku, warehouse, shelf)")
        connection.execute("INSERT INTO sales VALUES ('t1', 'p1', '2024-06-01', 12.5, 1)")
    connection.close()
    return f"sqlite:///{tmp_path}/till.db"


def test_a_database_is_saved_seen_and_loaded(browser: Browser, empty_site: Site, till: str) -> None:
    looks(browser, empty_site, "/data/sources", "sources-empty", phone_axe=True)
    with opened(browser, empty_site, "/data/sources") as page:
        page.locator("#name").fill("收银")
        page.locator("#url").fill(till)
        page.get_by_role("button", name="保存数据库").click()
        page.wait_for_url("**/data/sources/**")
        assert "订单" in page.locator("#tables").inner_text()
        assert "person_id → 客户编号" in page.locator("#tables").inner_text()
    looks(browser, empty_site, "/data/sources/收银", "sources-tables", phone_axe=True)
    with opened(browser, empty_site, "/data/sources/收银") as page:
        page.locator("#into").select_option("orders")
        page.locator("#table").select_option("sales")
        page.locator("#cursor").fill("updated_at")
        page.locator("#load").get_by_role("button", name="核对字段").click()
        page.get_by_label("person_id", exact=True).wait_for()
        assert page.locator("#mapping").get_by_text("t1").count() == 1
        page.get_by_label("updated_at", exact=True).select_option("")
        page.get_by_role("button", name="试算").click()
        assert "1" in page.locator("#tried").inner_text()
        page.get_by_role("button", name="载入").click()
        page.wait_for_url("**/jobs/**")
        page.wait_for_selector("text=完成", timeout=240_000)
    looks(browser, empty_site, "/data/sources", "sources", phone_axe=True)
    with opened(browser, empty_site, "/data/sources", lang="en") as page:
        assert "updated_at = 1" in page.locator("#sources").inner_text()
        page.get_by_role("button", name="Remove").click()
        assert "No database yet" in page.locator("#sources").inner_text()


def test_reading_all_rows_once_more_goes_along_to_the_columns_and_the_job(empty_site: Site, till: str) -> None:
    empty_site.workspace.sources.add("till", till)
    asked = {"into": "orders", "table": "sales", "cursor": "updated_at", "restart": "1"}
    with empty_site.client() as client:
        client.headers["Origin"] = empty_site.address
        assert (
            '<input type="hidden" name="restart" value="1">'
            in client.post("/data/sources/till", data={**asked, "action": "look"}).text
        )
        wrong = client.post("/data/sources/till", data={**asked, "table": ""})
        assert 'id="restart" name="restart" value="1" checked' in wrong.text
        sent = client.post("/data/sources/till", data={**asked, "action": "load"})
    job = empty_site.workspace.jobs.show(sent.headers["location"].rpartition("/")[2])
    assert job.arguments["database"] == {"source": "till", "table": "sales", "cursor": "updated_at", "restart": True}


def test_a_password_is_not_given_back(empty_site: Site) -> None:
    cookie = empty_site.cookie()
    answer = httpx.post(
        f"{empty_site.address}/data/sources",
        data={"name": "shop", "url": f"ftp://reader:{SECRET}@db.example/shop", "password": SECRET},
        cookies={cookie["name"]: cookie["value"], "qx_lang": "en"},
        headers={"Origin": empty_site.address},
    )
    assert answer.status_code == 422
    assert "no address of a database" in answer.text
    assert SECRET not in answer.text


def test_an_uploaded_file_without_a_table_in_its_address_is_shown(empty_site: Site) -> None:
    cookie = empty_site.cookie()
    kept = {"cookies": {cookie["name"]: cookie["value"]}, "headers": {"Origin": empty_site.address}}
    upload = {"file": ("订单.csv", "订单号,下单时间,实收\n1,2024-05-01,12\n".encode("gb18030"), "text/csv")}
    sent = httpx.post(f"{empty_site.address}/data/load", files=upload, **kept)
    address = sent.headers["location"].partition("?")[0]
    page = httpx.get(empty_site.address + address, **kept)
    assert page.status_code == 200
    assert "可以载入" in page.text or "订单" in page.text
