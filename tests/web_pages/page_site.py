"""Running servers for the tests of pages, and pages opened in Chromium as one of their users."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import uvicorn
from axe_playwright_python.sync_playwright import Axe
from fastapi import FastAPI
from playwright.sync_api import Browser, Page

import qunxiang
from qunxiang.web.app import create_app
from qunxiang.workspace import Workspace

SCREENS = {"desk": (1440, 900), "phone": (390, 844)}


@dataclass(frozen=True)
class Site:
    """A running server: its address, its app and its workspace."""

    address: str
    app: FastAPI
    workspace: Workspace

    def cookie(self, user: str | None = None) -> dict[str, str]:
        """Return the cookie of a new session of a user; the owner's when None."""
        secret, _ = self.workspace.users.enter(self.workspace.users.link(user))
        return {"name": self.app.state.session_cookie, "value": secret, "url": self.address}


@contextmanager
def serving(folder: Path) -> Iterator[Site]:
    workspace = Workspace(folder)
    app = create_app(workspace)
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        port = found.getsockname()[1]
    server = uvicorn.Server(uvicorn.Config(app, port=port, log_level="warning", ws="none"))
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    deadline = time.monotonic() + 20
    while not server.started and time.monotonic() < deadline:
        time.sleep(0.05)
    assert server.started
    yield Site(f"http://127.0.0.1:{port}", app, workspace)
    server.should_exit = True
    thread.join(10)


@contextmanager
def working(folder: Path) -> Iterator[None]:
    source = str(Path(qunxiang.__file__).parents[1])
    command = [sys.executable, "-m", "qunxiang.worker", "--workspace", str(folder), "--poll", "0.1"]
    process = subprocess.Popen(command, env={**os.environ, "PYTHONPATH": source})
    try:
        yield
    finally:
        process.terminate()
        process.wait(20)


@contextmanager
def opened(
    browser: Browser, site: Site, path: str, *, lang: str = "zh", screen: str = "desk", user: str | None = None
) -> Iterator[Page]:
    """Open a page as a user; at the end the console must have been silent."""
    width, height = SCREENS[screen]
    context = browser.new_context(viewport={"width": width, "height": height}, reduced_motion="reduce")
    context.add_cookies([site.cookie(user), {"name": "qx_lang", "value": lang, "url": site.address}])
    page = context.new_page()
    errors: list[str] = []
    page.on("console", lambda message: errors.append(message.text) if message.type in ("error", "warning") else None)
    page.on("pageerror", lambda error: errors.append(str(error)))
    page.goto(site.address + path)
    page.wait_for_selector("[data-chart]:not([data-drawn='yes'])", state="detached")
    yield page
    assert errors == []
    context.close()


def check_page(page: Page, name: str, *, axe: bool) -> None:
    """Check that a page fits its window and, with `axe`, that assistive technology can read it; keep its picture."""
    folder = os.environ.get("QUNXIANG_SCREENSHOTS")
    if folder:
        page.screenshot(path=Path(folder) / f"{name}.png", full_page=True)
    wide = page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
    assert wide <= 0
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
    """Open a page in both languages and sizes, check each, and return its texts by language."""
    texts = {}
    for lang in ("zh", "en"):
        for screen in SCREENS:
            with opened(browser, site, path, lang=lang, screen=screen) as page:
                check_page(page, f"{name}-{lang}-{screen}", axe=screen == "desk" or (phone_axe and lang == "zh"))
                if screen == "desk":
                    texts[lang] = page.locator("main").inner_text()
    return texts
