"""A shop's orders in a database that somebody writes to while they are loaded, and loads to be killed."""

from __future__ import annotations

import multiprocessing
import random
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

import psycopg

from qunxiang import Workspace
from qunxiang.services import holding

OVERLAP_SECONDS = 5
LONGEST_COMMIT_SECONDS = 0.05
COLUMNS = "order_id, person_id, ordered_at, amount, channel"
TABLE = {
    "postgres": """CREATE TABLE orders (order_id text PRIMARY KEY, person_id text NOT NULL,
        ordered_at timestamptz NOT NULL, amount numeric(12, 2) NOT NULL, channel text,
        updated_at timestamptz NOT NULL DEFAULT now())""",
    "mariadb": """CREATE TABLE orders (order_id varchar(40) PRIMARY KEY, person_id varchar(40) NOT NULL,
        ordered_at timestamp(6) NOT NULL, amount decimal(12, 2) NOT NULL, channel varchar(20),
        updated_at timestamp(6) NOT NULL DEFAULT current_timestamp(6), KEY (updated_at)) ENGINE=InnoDB""",
}
NOW = {"postgres": "clock_timestamp()", "mariadb": "current_timestamp(6)"}
_FORKS = multiprocessing.get_context("forkserver")
_FORKS.set_forkserver_preload(["shop_database"])


@dataclass(frozen=True)
class Shop:
    """Where the orders are: the database, its address with the password for our own connections, and how to connect."""

    kind: str
    url: str
    connect: Callable[[], Any]


def postgres_connection(url: str) -> psycopg.Connection[Any]:
    return psycopg.connect(url, autocommit=True)


def make(shop: Shop, rows: int) -> None:
    """Make the table with its first rows."""
    connection = shop.connect()
    with connection.cursor() as cursor:
        cursor.execute(TABLE[shop.kind])
        for i in range(rows):
            cursor.execute(
                f"INSERT INTO orders ({COLUMNS}, updated_at) VALUES (%s, %s, %s, %s, %s, {NOW[shop.kind]})",
                (f"o{i}", f"p{i % 50}", "2024-05-01 10:00:00", Decimal(i) / 4, "web"),
            )
    connection.close()


def rows_of(shop: Shop) -> set[tuple[Any, ...]]:
    """Return the source's rows, moments as seconds of the epoch by the database's own computation."""
    epoch = "extract(epoch from ordered_at)" if shop.kind == "postgres" else "unix_timestamp(ordered_at)"
    connection = shop.connect()
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT order_id, person_id, {epoch}, amount, channel FROM orders")
        found = {(r[0], r[1], round(float(r[2])), Decimal(r[3]), r[4]) for r in cursor.fetchall()}
    connection.close()
    return found


class Writer:
    """Somebody who inserts and updates orders until told to stop; some transactions stay open for a moment."""

    def __init__(self, shop: Shop, seed: int) -> None:
        self._shop = shop
        self._random = random.Random(seed)
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._write, name="writer")
        self.written = 0
        self.fault: Exception | None = None

    def __enter__(self) -> Writer:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stop.set()
        self._thread.join()

    def _write(self) -> None:
        try:
            self._rows()
        except Exception as error:  # the test's thread raises it
            self.fault = error

    def _rows(self) -> None:
        connection = self._shop.connect()
        now = NOW[self._shop.kind]
        ids = 0
        with connection.cursor() as cursor:
            while not self._stop.is_set():
                cursor.execute("BEGIN")
                for _ in range(self._random.randint(1, 4)):
                    amount = Decimal(self._random.randint(0, 10_000)) / 100
                    if self._random.random() < 0.5:
                        cursor.execute(
                            f"INSERT INTO orders ({COLUMNS}, updated_at) VALUES (%s, %s, %s, %s, %s, {now})",
                            (f"n{ids}", f"p{ids % 50}", "2024-06-01 10:00:00", amount, "app"),
                        )
                        ids += 1
                    else:
                        cursor.execute(
                            f"UPDATE orders SET amount = %s, channel = 'store', updated_at = {now} WHERE order_id = %s",
                            (amount, f"o{self._random.randint(0, 299)}"),
                        )
                    self.written += 1
                time.sleep(self._random.random() * LONGEST_COMMIT_SECONDS)
                cursor.execute("COMMIT")
        connection.close()


def load(folder: Path) -> dict[str, Any]:
    """Load what is new in a process of its own, undisturbed; return read, accepted and seconds."""
    here, process = _begun(folder)
    found: dict[str, Any] = here.recv()
    process.join(300)
    assert process.exitcode == 0
    return found


def killed(folder: Path, after: float) -> bool:
    """Begin a load in a process of its own and kill it after so many seconds; say whether it had ended by then."""
    here, process = _begun(folder)
    time.sleep(after)
    process.kill()
    process.join()
    try:
        return bool(here.poll()) and isinstance(here.recv(), dict)
    except EOFError:
        return False


def _begun(folder: Path) -> tuple[Connection, Any]:
    here, there = _FORKS.Pipe()
    process = _FORKS.Process(target=_load, args=(str(folder), there))
    process.start()
    there.close()
    assert here.recv() == "begun"
    return here, process


def _load(folder: str, tell: Connection) -> None:
    # leases as in the product, in a tenth of the time
    holding.LEASE_SECONDS, holding.RENEW_SECONDS, holding.PATIENCE_SECONDS = 1.2, 0.3, 4.0
    with Workspace(folder) as ws:
        tell.send("begun")
        begun = time.perf_counter()
        rows = ws.sources.rows("shop", table="orders", cursor="updated_at", overlap=OVERLAP_SECONDS)
        report = ws.load("orders", rows)
        tell.send({"read": report.read, "accepted": report.accepted, "seconds": time.perf_counter() - begun})
