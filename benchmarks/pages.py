"""Median time of every page of the running app on the demo's data, and what a first visit transfers.

``python benchmarks/pages.py [FOLDER]``: FOLDER is a demo workspace, of which a copy is measured; without it one is
built. The copy gets something to show on every page: a check of data quality, rejected rows, two customers to review,
an own variable, a database, an uploaded file and a job. Exits 1 when a median is above 150 ms or the first load above
700 kB.
"""

from __future__ import annotations

import importlib
import os
import pkgutil
import re
import shutil
import socket
import sqlite3
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urljoin, urlsplit

import httpx

sys.path.insert(0, str(Path(__file__).parents[1] / "tests"))

if TYPE_CHECKING:
    from qunxiang import Workspace

TARGET_MS = 150.0
FIRST_LOAD_KB = 700
TIMES = 15
START_SECONDS = 60
AS_OF = "2018-01-01"
PAST = "2017-09-30"
SAMPLE = Path(__file__).parents[1] / "docs" / "samples" / "orders.csv"
NOT_PAGES = re.compile(
    r"/api/|/static|/enter|/language|\{form\}$|\.svg$|\.csv$|\.\{ending\}$|^/(surveys|scales|markets)/.*\{"
)
"""Routes that are no pages: files, REST, what only leads on; and single surveys, scales and markets, which the demo
does not have."""
NOT_BARE = re.compile(r"/data/load/[^?]+|/quality/tables/\w+/\w+")
"""Pages that need their query."""
REFERENCES = re.compile(r"[\"']((?:/static/|\./|\.\./)[\w./-]+\.(?:css|js|svg)(?:\?v=\w+)?)")
"""Static files that a page, a style sheet or a script names."""

Values = dict[str, str]


def dressed(ws: Workspace, scratch: Path) -> Values:
    """Give a demo workspace something to show on every page; return values for the parameters of routes."""
    ws.value.fit()
    ws.refresh_past(PAST, AS_OF)
    ws.check(AS_OF)
    ws.load("accounts", [{"account_id": "k1", "name": "One"}, {"account_id": None, "name": "No id"}])
    same = {"name": "Jane Roe", "phone": "13912340001", "city": "Springfield"}
    ws.load("persons", [{**same, "person_id": "t1", "unionid": "o6_a"}, {**same, "person_id": "t2", "unionid": "o6_b"}])
    ws.resolve()
    ws.traits.define("big_lines", table="order_lines", metric="count", where="amount > 10", window={"last": 180})
    with closing(sqlite3.connect(scratch / "till.db")) as till, till:
        till.execute("CREATE TABLE sales (order_id, person_id, ordered_at, amount)")
    ws.sources.add("till", f"sqlite:///{scratch / 'till.db'}")
    upload = "0" * 32
    folder = ws.settings.folder / "uploads" / upload
    folder.mkdir(parents=True)
    shutil.copy(SAMPLE, folder)
    rungs = [("open late", "attribute"), ("saves time", "functional"), ("at ease", "emotional")]
    columns = ("respondent", "ladder", "position", "concept", "level")
    said = [(r, 1, at, concept, level) for r in range(20) for at, (concept, level) in enumerate(rungs, 1)]
    (scratch / "talks.csv").write_text("\n".join(",".join(map(str, row)) for row in [columns, *said]))
    ws.brand.ladder.load("talks", scratch / "talks.csv")
    ws.competitors.add("mart")
    persona = ws.personas.list("lifestyle")[0]
    return {
        "study": "talks",
        "segment": persona.segment,
        "claim_id": persona.claims[0].id,
        "profile_id": ws.segments.members("lifestyle")["profile_id"][0].as_py(),
        "row_id": ws.data.rejects("accounts")["quarantine_id"][0].as_py(),
        "job_id": ws.jobs.start("refresh", as_of=AS_OF).id,
        "upload_id": upload,
    }


def page_paths(values: Values) -> list[str]:
    """Return an address for every page route of the app; raise when a route has none."""
    from qunxiang.web import pages

    always = {
        "segmentation": "lifestyle",
        "trait": "top_category",
        "measure": "far",
        "scheme": "price_sensitivity",
        **values,
    }
    named = {"/traits/": "recency_days", "/competitors/": "mart", "/data/sources/": "till"}
    queries = {
        "/data/load/{upload_id}": "?table=orders",
        "/quality/tables/{table}/{measure}": "?column=amount",
        "/traits/new": "?edit=big_lines",
        "/segments/new": "?rule=recency_days%20%3E%2030",
        "/places": "?text=%E6%B1%9F%E8%8B%8F%E6%98%86%E5%B1%B1",
    }
    out = []
    for found in pkgutil.iter_modules(pages.__path__):
        module = importlib.import_module(f"{pages.__name__}.{found.name}")
        for route in getattr(getattr(module, "router", None), "routes", ()):
            if "GET" not in route.methods or NOT_PAGES.search(route.path):
                continue
            name = next((v for start, v in named.items() if route.path.startswith(start)), "lifestyle")
            table = "accounts" if route.path.startswith("/data/rejects/") else "order_lines"
            given = {**always, "name": name, "table": table}
            path = re.sub(r"\{(\w+)\}", lambda m, given=given: given[m[1]], route.path)
            out += [path, *([path + queries[route.path]] if route.path in queries else [])]
    return sorted({path for path in out if not NOT_BARE.fullmatch(path)})


@contextmanager
def served(folder: Path) -> Iterator[str]:
    """Serve the workspace in a process of its own; give the address."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    command = [sys.executable, "-m", "uvicorn", "--factory", "qunxiang.web.app:app_from_environment"]
    command += ["--port", str(port), "--log-level", "warning"]
    with subprocess.Popen(command, env={**os.environ, "QUNXIANG_WORKSPACE": str(folder)}) as process:
        try:
            for _ in range(START_SECONDS * 10):
                try:
                    httpx.get(f"http://127.0.0.1:{port}/sign-in")
                    break
                except httpx.TransportError:
                    time.sleep(0.1)
            yield f"http://127.0.0.1:{port}"
        finally:
            process.terminate()
            process.wait(20)


def measure(client: httpx.Client, path: str) -> tuple[int, float, float]:
    """Return the status, the first time and the median of the next, in milliseconds."""
    took = []
    status = 0
    for _ in range(TIMES + 1):
        begun = time.perf_counter()
        status = client.get(path).status_code
        took.append((time.perf_counter() - begun) * 1000)
    return status, took[0], statistics.median(took[1:])


def first_load(client: httpx.Client) -> dict[str, int]:
    """Return the bytes of the overview and of every static file it needs, as they are sent."""
    sizes: dict[str, int] = {}
    wanted = ["/"]
    while wanted:
        address = wanted.pop()
        if address in sizes:
            continue
        with client.stream("GET", address) as answer:
            answer.raise_for_status()
            sent = answer.iter_raw()
            sizes[address] = sum(len(part) for part in sent)
        named = REFERENCES.findall(client.get(address).text) if not address.endswith(".svg") else []
        wanted += [urljoin(address, name) for name in named]
    return {urlsplit(address).path: size for address, size in sizes.items()}


def main(arguments: list[str]) -> int:
    from qunxiang import Workspace

    with tempfile.TemporaryDirectory() as scratch:
        folder = Path(scratch) / "demo"
        if arguments:
            shutil.copytree(arguments[0], folder)
        else:
            from demo_data import build_demo

            build_demo(folder)
        os.environ["QUNXIANG_SOURCE_FOLDERS"] = scratch
        with Workspace(folder) as ws:
            paths = page_paths(dressed(ws, Path(scratch)))
            link = ws.users.link()
        slow = 0
        print(f"{'page':<76}{'status':>7}{'first ms':>10}{'median ms':>11}")
        with served(folder) as address, httpx.Client(base_url=address, timeout=120, follow_redirects=True) as client:
            client.get("/enter", params={"link": link})
            for path in paths:
                status, first, median = measure(client, path)
                bad = status != 200 or median > TARGET_MS
                slow += bad
                print(f"{path[:74]:<76}{status:>7}{first:>10.0f}{median:>11.1f}{'  <' if bad else ''}", flush=True)
            sizes = first_load(client)
    loaded = sum(sizes.values()) / 1000
    largest = sorted(sizes, key=sizes.__getitem__, reverse=True)[:4]
    print(f"{len(paths)} pages, {slow} above {TARGET_MS:.0f} ms or failing")
    print(
        f"first load {loaded:.0f} kB in {len(sizes)} files, " + ", ".join(f"{p} {sizes[p] / 1000:.0f}" for p in largest)
    )
    return int(bool(slow) or loaded > FIRST_LOAD_KB)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
