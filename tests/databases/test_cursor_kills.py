"""A cursor load that is killed at any moment, while rows come and change, ends with exactly the source's rows."""

from __future__ import annotations

import random
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from shop_database import Shop, Writer, killed, load, make, postgres_connection, rows_of

from mariadb import PASSWORD, MariadbServer
from qunxiang import Workspace
from qunxiang.services.reading import reading
from qunxiang.sql import select

FIRST_ROWS = 300


@pytest.fixture(params=["postgres", "mariadb"])
def shop(request: pytest.FixtureRequest) -> Shop:
    if request.param == "postgres":
        url = request.getfixturevalue("postgres_url")
        return Shop("postgres", url, lambda: postgres_connection(url))
    server: MariadbServer = request.getfixturevalue("mariadb_server")
    database = request.getfixturevalue("mariadb_database")
    return Shop("mariadb", server.url(database), lambda: server.connect(database))


def loaded(folder: Path) -> list[tuple[Any, ...]]:
    with Workspace(folder) as ws, reading(ws.house) as reader:
        found = reader.fetch(select("SELECT * FROM t__ AS t", t=reader.relation("orders"))).to_pylist()
    return [
        (r["order_id"], r["person_id"], round(r["ordered_at"].timestamp()), Decimal(r["amount"]), r["channel"])
        for r in found
    ]


def interrupted(shop: Shop, folder: Path, *, kills: int, seed: int) -> int:
    """Kill loads while somebody writes, then load in peace and compare; return how many kills came before the end."""
    chance = random.Random(seed)
    make(shop, FIRST_ROWS)
    password = PASSWORD if shop.kind == "mariadb" else None
    with Workspace.create(folder) as ws:
        ws.sources.add("shop", shop.url, password=password)
    early = 0
    with Writer(shop, seed) as writer:
        seconds = load(folder)["seconds"]
        for _ in range(kills):
            late = killed(folder, chance.uniform(0, 1.1 * seconds))
            early += not late
            seconds /= 2 if late else 1  # the machine may be less busy than when the load was timed
        assert writer.fault is None
    assert writer.written > kills
    load(folder)
    last = load(folder)
    truth = rows_of(shop)
    found = loaded(folder)
    assert len(found) == len(set(found)) == len(truth)
    assert set(found) == truth
    assert last["accepted"] == 0, "a load with nothing new changes nothing"
    assert last["read"] < len(truth), "the cursor leaves out what was read long ago"
    return early


def test_five_kills(shop: Shop, tmp_path: Path) -> None:
    assert interrupted(shop, tmp_path / "ws", kills=5, seed=1) >= 2


@pytest.mark.full
@pytest.mark.parametrize("seed", range(2, 12))
def test_hundred_kills(shop: Shop, tmp_path: Path, seed: int) -> None:
    assert interrupted(shop, tmp_path / "ws", kills=30, seed=seed) >= 9
