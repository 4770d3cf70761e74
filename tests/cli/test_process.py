"""The command as a process: streams, pipes, signals, a full disk, what importing loads."""

from __future__ import annotations

import hashlib
import json
import os
import resource
import signal
import subprocess
import sys
import urllib.request
from pathlib import Path
from typing import Any

from shop_orders import write_orders

from local_server import free_port
from qunxiang import Workspace

ENVIRONMENT = {**os.environ, "LANG": "C.UTF-8", "LC_ALL": "C.UTF-8"}


def qunxiang(*words: str | Path, **how: Any) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "qunxiang", *map(str, words)]
    return subprocess.run(command, capture_output=True, text=True, env=ENVIRONMENT, check=False, timeout=300, **how)


def python(code: str) -> str:
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, env=ENVIRONMENT, check=True)
    return done.stdout


def test_pure_models_load_no_driver() -> None:
    code = "import sys, qunxiang.segmentation; print(sorted(set(sys.modules) & {drivers}))"
    drivers = "{'duckdb', 'deltalake', 'sqlalchemy', 'typst', 'xlsxwriter', 'fastapi', 'alembic', 'pandas'}"
    assert python(code.replace("{drivers}", drivers)) == "[]\n"


def test_public_names_are_found_on_first_use() -> None:
    assert python("import qunxiang as qx; print(qx.Label.__name__, qx.__version__ != '', dir(qx))").startswith(
        "Label True"
    )
    assert python("import qunxiang as qx; print(qx.Workspace.__name__, hasattr(qx, 'nothing'))") == "Workspace False\n"


def test_help_loads_no_driver() -> None:
    code = (
        "import sys\nfrom qunxiang.cli.main import main\n"
        "main(['segment', 'fit', '--help'])\n"
        "print('LOADED', sorted(set(sys.modules) & {'duckdb', 'deltalake', 'sqlalchemy'}))"
    )
    assert "LOADED []" in python(code)


def test_results_go_to_stdout_and_errors_to_stderr(shop_made: Path) -> None:
    good = qunxiang("segment", "list", "--json", "-w", shop_made)
    assert (good.returncode, good.stderr) == (0, "")
    assert json.loads(good.stdout)[0]["id"] == "loyalty"
    bad = qunxiang("segment", "why", "loyalty", "nobody", "-w", shop_made)
    assert (bad.returncode, bad.stdout) == (2, "")
    assert bad.stderr.startswith("Error: ")


def test_a_reader_that_leaves_is_no_failure(shop_made: Path) -> None:
    line = f"{sys.executable} -m qunxiang trait frame --json -w {shop_made} | head -1; echo ${{PIPESTATUS[0]}}"
    done = subprocess.run(["bash", "-c", line], capture_output=True, text=True, env=ENVIRONMENT, check=True)
    assert done.stdout.splitlines()[-1] == "0"
    assert done.stderr == ""


def test_full_disk_is_told_and_nothing_is_half_written(shop: Path, tmp_path: Path) -> None:
    rows = tmp_path / "many.csv"
    names = (hashlib.md5(str(i).encode()).hexdigest() for i in range(60_000))  # what does not pack well
    body = "".join(f"{name},c{i % 50},2024-06-{1 + i % 28:02},{i % 97}.25\n" for i, name in enumerate(names))
    rows.write_text("order_id,person_id,ordered_at,amount\n" + body)
    before = qunxiang("data", "tables", "--json", "-w", shop).stdout

    def limit() -> None:
        # no file may grow beyond this, as on a disk that has just filled up
        signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
        resource.setrlimit(resource.RLIMIT_FSIZE, (400_000, 400_000))

    full = qunxiang("load", "orders", rows, "-q", "-w", shop, preexec_fn=limit)
    assert full.returncode == 1, full.stderr
    assert full.stderr.startswith("Error: ")
    assert "Traceback" not in full.stderr
    assert qunxiang("data", "tables", "--json", "-w", shop).stdout == before
    assert qunxiang("load", "orders", rows, "-q", "-w", shop).returncode == 0


def test_interrupt_exits_with_130_and_without_a_trace(shop: Path, tmp_path: Path) -> None:
    pipe = tmp_path / "slow.csv"
    write_orders(pipe)
    code = (
        "import sys, time\nfrom qunxiang import Workspace\nfrom qunxiang.cli.main import main\n"
        "Workspace.overview = lambda self: (print('ready', flush=True), time.sleep(60))\n"
        f"sys.exit(main(['overview', '-w', {str(shop)!r}, '--lang', 'en']))"
    )
    process = subprocess.Popen(
        [sys.executable, "-c", code],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env=ENVIRONMENT,
        # tests that run in the background are given interrupts to ignore, and their children inherit that
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.default_int_handler),
    )
    assert process.stdout is not None
    assert process.stdout.readline() == "ready\n"
    process.send_signal(signal.SIGINT)
    _, err = process.communicate(timeout=120)
    assert process.returncode == 130
    assert err.startswith("Interrupted")
    assert "Traceback" not in err


def test_serve_answers_and_stops(shop: Path) -> None:
    port = free_port()
    command = [sys.executable, "-m", "qunxiang", "serve", "--port", str(port), "--json", "-w", str(shop)]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=ENVIRONMENT)
    try:
        assert process.stdout is not None
        told = json.loads("".join(iter(process.stdout.readline, "}\n")) + "}")
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/sign-in", timeout=60) as answer:
            status = answer.status  # the link is told once the port answers
        taken = qunxiang("serve", "--port", str(port), "-w", shop)
    finally:
        process.send_signal(signal.SIGINT)
        out, err = process.communicate(timeout=120)
    assert status == 200, err
    assert taken.returncode == 2
    assert "--port" in taken.stderr
    assert out == ""
    assert told["link"].startswith(f"http://127.0.0.1:{port}/enter?link=")
    assert process.returncode in (0, 130)
    assert "Traceback" not in err


def test_serving_others_needs_passwords(shop_made: Path) -> None:
    refused = qunxiang("serve", "--host", "0.0.0.0", "--port", str(free_port()), "-w", shop_made)
    assert refused.returncode == 2
    assert "vera" in refused.stderr


def test_password_comes_on_stdin(shop: Path) -> None:
    made = qunxiang("user", "add", "max", "--role", "sales", "--password", "-w", shop, input="correct horse battery\n")
    assert made.returncode == 0, made.stderr
    with Workspace(shop) as ws:
        assert ws.users.sign_in("max", "correct horse battery", address="test")[1].name == "max"
