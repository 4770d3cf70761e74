"""Running servers for the tests of pages, and pages opened in Chromium as one of their users."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import httpx
from axe_playwright_python.sync_playwright import Axe
from fastapi import FastAPI
from playwright.sync_api import Browser, BrowserContext, Page

import qunxiang
from local_server import serving_app
from qunxiang.web.app import create_app
from qunxiang.workspace import Workspace

PATIENCE_MS = 120_000
"""How long a page may take to answer: tests share their machine."""
SCREENS = {"desk": (1440, 900), "phone": (390, 844)}


@dataclass(frozen=True, eq=False)
class Site:
    """A running server: its address, its app and its workspace."""

    address: str
    app: FastAPI
    workspace: Workspace

    def cookie(self, user: str | None = None) -> dict[str, str]:
        """Return the cookie of a new session of a user; the owner's when None."""
        secret, _ = self.workspace.users.enter(self.workspace.users.link(user))
        return {"name": self.app.state.session_cookie, "value": secret, "url": self.address}

    def client(self) -> httpx.Client:
        """Return a client in which the owner is signed in."""
        cookie = self.cookie()
        return httpx.Client(base_url=self.address, cookies={cookie["name"]: cookie["value"]}, timeout=120)


@contextmanager
def serving(folder: Path) -> Iterator[Site]:
    workspace = Workspace(folder)
    app = create_app(workspace)
    with serving_app(app) as address:
        yield Site(address, app, workspace)


@contextmanager
def working(folder: Path) -> Iterator[None]:
    source = str(Path(qunxiang.__file__).parents[1])
    command = [sys.executable, "-m", "qunxiang.worker", "--workspace", str(folder), "--poll", "0.1"]
    process = subprocess.Popen(command, env={**os.environ, "PYTHONPATH": source})
    try:
        yield
    finally:
        process.terminate()
        process.wait(60)


@contextmanager
def opened(
    browser: Browser,
    site: Site,
    path: str,
    *,
    lang: str = "zh",
    screen: str = "desk",
    user: str | None = None,
    status: int = 200,
) -> Iterator[Page]:
    """Open a page as a user; at the end the console must have been silent but for a status that was expected."""
    context = _context(browser, site, user)
    context.clear_cookies()
    context.add_cookies([site.cookie(user), {"name": "qx_lang", "value": lang, "url": site.address}])
    page = context.new_page()
    _resize(page, screen)
    errors: list[str] = []
    page.on("console", lambda message: errors.append(message.text) if message.type in ("error", "warning") else None)
    page.on("pageerror", lambda error: errors.append(str(error)))
    answer = page.goto(site.address + path)
    assert answer is not None
    assert answer.status == status
    page.wait_for_selector("[data-chart]:not([data-drawn='yes']):visible", state="detached")  # what is folded waits
    yield page
    assert [e for e in errors if status == 200 or f"status of {status}" not in e] == []
    page.close()


@cache
def _context(browser: Browser, site: Site, user: str | None) -> BrowserContext:
    """Keep one context per site and user, so that scripts and styles are fetched once."""
    context = browser.new_context(reduced_motion="reduce")
    context.set_default_timeout(PATIENCE_MS)
    return context


def _resize(page: Page, screen: str) -> None:
    width, height = SCREENS[screen]
    page.set_viewport_size({"width": width, "height": height})


WIDE = "document.documentElement.scrollWidth - document.documentElement.clientWidth"
CUT = "buttons => buttons.filter(b => b.scrollWidth > b.clientWidth + 1).map(b => b.innerText)"
"""Buttons whose text does not fit."""


def check_page(page: Page, name: str, *, axe: bool) -> None:
    """Check that a page fits its window and, with `axe`, that assistive technology can read it; keep its picture."""
    folder = os.environ.get("QUNXIANG_SCREENSHOTS")
    if folder:
        page.screenshot(path=Path(folder) / f"{name}.png", full_page=True)
    for _ in range(600):  # charts follow a new width a moment later; the page's policy refuses wait_for_function
        if page.evaluate(WIDE) <= 0:
            break
        page.wait_for_timeout(50)
    assert page.evaluate(WIDE) <= 0
    assert page.eval_on_selector_all(".page-actions .btn", CUT) == []
    if axe:
        found = Axe().run(page).response["violations"]
        wrong = [
            f"{v['id']}: {node['target']} {node['failureSummary']}"
            for v in found
            if v["impact"] in ("serious", "critical")
            for node in v["nodes"]
        ]
        assert wrong == []


def looks(browser: Browser, site: Site, path: str, name: str, *, phone_axe: bool = False) -> dict[str, str]:
    """Open a page in both languages, check it in both sizes, and return its texts by language."""
    texts = {}
    for lang in ("zh", "en"):
        with opened(browser, site, path, lang=lang) as page:
            check_page(page, f"{name}-{lang}-desk", axe=True)
            texts[lang] = page.locator("main").inner_text()
            _resize(page, "phone")
            check_page(page, f"{name}-{lang}-phone", axe=phone_axe and lang == "zh")
    return texts
