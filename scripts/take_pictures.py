"""Take the pictures of the documentation from the running demo: docs/pictures.

The demo's workspace is opened (and made when there is none), the app is served on a free port, and Debian's Chromium
shows its pages. A picture over ``LIMIT`` bytes is an error.
"""

from __future__ import annotations

import argparse
import base64
import shutil
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote

import uvicorn
from playwright.sync_api import Page, sync_playwright

from qunxiang.web.app import create_app
from qunxiang.workspace import Workspace

ROOT = Path(__file__).resolve().parents[1]
PICTURES = ROOT / "docs" / "pictures"
LIMIT = 250_000
RULE = "recency_days > 30 and frequency >= 20"


@dataclass(frozen=True)
class Picture:
    """A page to show: name of the file, path below the app, language, and size of the window."""

    name: str
    path: str
    lang: str = "zh"
    width: int = 1280
    height: int = 800


def pictures(workspace: Workspace) -> list[Picture]:
    """Return the pictures, of the fitted segmentation and its first persona."""
    name = next(p.segmentation for p in workspace.personas.list())
    segment = workspace.personas.list(name)[0].segment
    return [
        Picture("overview-zh", "/"),
        Picture("segments-zh", f"/segments/{name}"),
        Picture("rule-en", f"/segments/new?rule={quote(RULE)}", "en"),
        Picture("targets-zh", f"/targets/{name}", height=1180),
        Picture("persona-zh", f"/personas/{name}/{segment}"),
        Picture("traits-en", "/traits", "en"),
        Picture("phone-zh", f"/personas/{name}/{segment}", width=390, height=844),
    ]


@contextmanager
def serving(workspace: Workspace) -> Iterator[tuple[str, str, str]]:
    """Serve a workspace; give the address, and name and value of the cookie of a session."""
    app = create_app(workspace)
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        port = found.getsockname()[1]
    server = uvicorn.Server(uvicorn.Config(app, port=port, log_level="warning", ws="none"))
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    while not server.started:
        time.sleep(0.05)
    secret, _ = workspace.users.enter(workspace.users.link())
    yield f"http://127.0.0.1:{port}", app.state.session_cookie, secret
    server.should_exit = True
    thread.join(10)


def show(page: Page, picture: Picture, address: str) -> bytes:
    """Open a page, wait until its charts are drawn, and return its picture."""
    answer = page.goto(address + picture.path)
    if answer is None or not answer.ok:
        raise SystemExit(f"{picture.path} answers {answer and answer.status}")
    page.wait_for_selector("[data-chart]:not([data-drawn='yes'])", state="detached")
    page.wait_for_timeout(400)
    return page.screenshot(scale="css")


def keep(name: str, content: bytes) -> Path:
    """Store a picture."""
    path = PICTURES / f"{name}.png"
    if len(content) > LIMIT:
        raise SystemExit(f"{path.name} has {len(content)} bytes, over {LIMIT}; show less on it")
    path.write_bytes(content)
    return path


def poster(page: Page, workspace: Workspace) -> bytes:
    """Return the first persona's poster as a picture 640 points wide."""
    persona = workspace.personas.list()[0]
    out = workspace.settings.scratch / "poster.png"
    workspace.personas.poster(persona.segmentation, persona.segment, out, lang="zh")
    data = base64.b64encode(out.read_bytes()).decode()
    page.set_content(f'<img style="width:640px" src="data:image/png;base64,{data}">')
    return page.locator("img").screenshot()


def main() -> None:
    """Take all pictures."""
    words = argparse.ArgumentParser(description=__doc__)
    words.add_argument("--workspace", type=Path, default=ROOT / "demo-workspace")
    folder = words.parse_args().workspace
    if not folder.exists():
        made = [sys.executable, "-m", "qunxiang", "--lang", "zh", "demo", "--path", str(folder), "--no-serve"]
        subprocess.run(made, check=True)
    PICTURES.mkdir(parents=True, exist_ok=True)
    chromium = shutil.which("chromium") or sys.exit("chromium is not installed; see scripts/system_packages.sh")
    with (
        Workspace(folder) as workspace,
        serving(workspace) as (address, cookie, secret),
        sync_playwright() as playwright,
    ):
        browser = playwright.chromium.launch(executable_path=chromium, args=["--no-sandbox", "--disable-gpu"])
        for picture in pictures(workspace):
            size = {"width": picture.width, "height": picture.height}
            context = browser.new_context(viewport=size, reduced_motion="reduce")  # type: ignore[arg-type]
            context.add_cookies(
                [
                    {"name": cookie, "value": secret, "url": address},
                    {"name": "qx_lang", "value": picture.lang, "url": address},
                ]
            )
            print(keep(picture.name, show(context.new_page(), picture, address)))
            context.close()
        print(keep("poster-zh", poster(browser.new_page(), workspace)))
        browser.close()


if __name__ == "__main__":
    main()
