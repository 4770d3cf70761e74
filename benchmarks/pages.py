"""Median time of every page of the running app on the demo's data: ``python -m benchmarks.pages [FOLDER]``.

FOLDER is a demo workspace; without it one is built first. Exits 1 when a median is above 150 ms.
"""

from __future__ import annotations

import importlib
import os
import pkgutil
import re
import socket
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx

sys.path.insert(0, str(Path(__file__).parents[1] / "tests"))

TARGET_MS = 150.0
TIMES = 15
START_SECONDS = 60
NOT_PAGES = re.compile(r"/api/|/static|/enter|/language|/waiting|/jobs/\{|/data/load/\{|/csv$|\.svg$|\.\{ending\}$")
"""Routes that are no pages of the demo: files, REST, what needs an upload or a job."""


def page_paths(profile: str, segment: str, claim: str) -> list[str]:
    """Return an address for every page route of the app; raise when a route has none."""
    from qunxiang.web import pages

    values = {
        "table": "order_lines",
        "name": "lifestyle",
        "segment": segment,
        "claim_id": claim,
        "profile_id": profile,
        "segmentation": "lifestyle",
        "trait": "top_category",
    }
    out = []
    for found in pkgutil.iter_modules(pages.__path__):
        module = importlib.import_module(f"{pages.__name__}.{found.name}")
        for route in getattr(getattr(module, "router", None), "routes", ()):
            if "GET" not in route.methods or NOT_PAGES.search(route.path):
                continue
            given = {**values, "name": "recency_days"} if route.path.startswith("/traits/") else values
            out.append(re.sub(r"\{(\w+)\}", lambda m, given=given: given[m[1]], route.path))
    return sorted(set(out))


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


def main(arguments: list[str]) -> int:
    from qunxiang import Workspace

    with tempfile.TemporaryDirectory() as scratch:
        folder = Path(arguments[0]) if arguments else Path(scratch) / "demo"
        if not arguments:
            from demo_data import build_demo

            build_demo(folder)
        with Workspace(folder) as ws:
            persona = ws.personas.list("lifestyle")[0]
            profile = ws.segments.members("lifestyle")["profile_id"][0].as_py()
            paths = page_paths(profile, persona.segment, persona.claims[0].id)
            link = ws.users.link()
        slow = 0
        print(f"{'page':<62}{'status':>7}{'first ms':>10}{'median ms':>11}")
        with served(folder) as address, httpx.Client(base_url=address, timeout=120) as client:
            client.get("/enter", params={"link": link})
            for path in paths:
                status, first, median = measure(client, path)
                bad = status not in (200, 303) or median > TARGET_MS
                slow += bad
                print(f"{path:<62}{status:>7}{first:>10.0f}{median:>11.1f}{'  <' if bad else ''}", flush=True)
    print(f"{len(paths)} pages, {slow} above {TARGET_MS:.0f} ms or failing")
    return 1 if slow else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
