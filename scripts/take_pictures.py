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
import tempfile
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
SAMPLE = ROOT / "docs" / "samples" / "orders.csv"
LIMIT = 250_000
AS_OF = "2018-01-01"
LOCALES = {"zh": "zh-CN", "en": "en-GB"}
RULE = "recency_days > 30 and frequency >= 20"


@dataclass(frozen=True)
class Picture:
    """A page to show: name of the file, path below the app, language, and size of the window."""

    name: str
    path: str
    lang: str = "zh"
    width: int = 1280
    height: int = 800


def uploaded(workspace: Workspace) -> str:
    """Put a sample of orders among the uploads and return its id."""
    upload_id = "0" * 32
    folder = workspace.settings.folder / "uploads" / upload_id
    folder.mkdir(parents=True, exist_ok=True)
    shutil.copy(SAMPLE, folder)
    return upload_id


def pictures(workspace: Workspace) -> list[Picture]:
    """Return the pictures, of the fitted segmentation and its first persona; data quality is checked for them."""
    workspace.check(AS_OF)
    name = next(p.segmentation for p in workspace.personas.list())
    segment = workspace.personas.list(name)[0].segment
    return [
        Picture("overview-zh", "/"),
        Picture("segments-zh", f"/segments/{name}"),
        Picture("rule-en", f"/segments/new?rule={quote(RULE)}", "en"),
        Picture("targets-zh", f"/targets/{name}#c-map", height=1000),
        Picture("persona-zh", f"/personas/{name}/{segment}"),
        Picture("variable-en", f"/traits/new?edit={own_variable(workspace)}", "en", height=1000),
        Picture("mapping-zh", f"/data/load/{uploaded(workspace)}?table=orders", height=1000),
        Picture("quality-zh", "/quality"),
        Picture("phone-zh", f"/personas/{name}/{segment}", width=390, height=844),
    ]


def own_variable(workspace: Workspace) -> str:
    """Define a variable of the demo's own, once, and return its name."""
    name = "big_lines"
    if all(d.id != name for d in workspace.definitions.list("trait")):
        label = {"zh": "大额明细数", "en": "Lines above 10"}
        window = {"last": 6, "unit": "months"}
        measure = {"table": "order_lines", "metric": "count", "where": "amount > 10", "window": window}
        workspace.traits.define(name, **measure, label=label, why="who buys what costs")
    return name


def shop(folder: Path) -> Workspace:
    """Make a small shop whose files hold rejected rows, and customers who may be one."""
    made = Workspace.create(folder, name="恒星商城", lang="zh")
    made.load("orders", SAMPLE.with_name("orders_bad.csv"), columns={"amount": "实收"})
    people = [
        ("t1", "王芳", "13912340001", "o6_aaaaaaaa", "杭州", "浙江省杭州市西湖区文三路 90 号"),
        ("t2", "王芳", "13912340001", "o6_bbbbbbbb", "杭州", "杭州西湖文三路90号"),
        ("t3", "宋涛", "13868559055", "o6_cccccccc", "东莞", "东莞市翠竹北路 781 号"),
        ("t4", "宋韬", "13868559055", "o6_dddddddd", "东莞", None),
    ]
    names = ("person_id", "name", "phone", "unionid", "city", "address")
    made.load("persons", [dict(zip(names, row, strict=True)) for row in people])
    made.resolve()
    return made


SHOP = (Picture("review-zh", "/review", height=820), Picture("quarantine-zh", "/data/rejects/orders", height=720))


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
    answer = page.goto(address + picture.path, timeout=120_000)
    if answer is None or not answer.ok:
        raise SystemExit(f"{picture.path} answers {answer and answer.status}")
    page.wait_for_selector("[data-chart]:not([data-drawn='yes'])", state="detached")
    if page.locator("#preview").count():
        page.wait_for_selector("#preview .trait-says", timeout=60_000)
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
        tempfile.TemporaryDirectory() as scratch,
        shop(Path(scratch) / "shop") as small,
        Workspace(folder) as workspace,
        sync_playwright() as playwright,
    ):
        browser = playwright.chromium.launch(executable_path=chromium, args=["--no-sandbox", "--disable-gpu"])
        for shown, wanted in ((workspace, pictures(workspace)), (small, SHOP)):
            with serving(shown) as (address, cookie, secret):
                for picture in wanted:
                    size = {"width": picture.width, "height": picture.height}
                    context = browser.new_context(viewport=size, reduced_motion="reduce", locale=LOCALES[picture.lang])  # type: ignore[arg-type]
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
