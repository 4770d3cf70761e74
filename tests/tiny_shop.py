"""A shop with sixty customers of two kinds, taken through the whole loop."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import pyarrow as pa

from qunxiang.workspace import Workspace

PEOPLE = 60
AS_OF = "2024-07-01"
BASE = "http://127.0.0.1:8000"
PASSWORD = "correct horse battery"


def persons() -> pa.Table:
    """One row per customer."""
    return pa.table(
        {
            "person_id": [f"p{i:03}" for i in range(PEOPLE)],
            "name": [f"客户{i}" for i in range(PEOPLE)],
            "email": [f"p{i}@example.org" for i in range(PEOPLE)],
            "age_band": [("19-24", "35-44", "65+")[i % 3] for i in range(PEOPLE)],
        }
    )


def orders() -> pa.Table:
    """One row per order: even customers buy often and little, odd ones rarely and much."""
    rows = []
    for i in range(PEOPLE):
        often = i % 2 == 0
        for k in range(24 if often else 4):
            day = dt.datetime(2023, 8, 1) + dt.timedelta(days=(13 if often else 95) * k + i % 7, hours=9 + (i + k) % 12)
            amount = (20 + (i * 7 + k * 3) % 15) if often else (150 + (i * 11 + k * 5) % 60)
            rows.append(
                (f"o{i:03}-{k:02}", f"p{i:03}", day.isoformat(" "), f"{amount}.50", "web" if i % 4 else "store")
            )
    names = ("order_id", "person_id", "ordered_at", "amount", "channel")
    return pa.table({name: [row[j] for row in rows] for j, name in enumerate(names)})


def build(folder: Path) -> None:
    """Make the workspace with two segmentations, chosen targets and personas."""
    with Workspace.create(folder, name="小店") as workspace:
        workspace.load("persons", persons())
        workspace.load("orders", orders())
        workspace.resolve()
        workspace.refresh(AS_OF)
        workspace.segments.define("often", "frequency >= 10")
        workspace.segments.fit("kinds", traits=["frequency", "basket_value"], n_segments=2, n_pairs=2, n_restarts=2)
        best = workspace.segments.list()
        first = next(s for s in best if s.id == "kinds").segments[0].id
        workspace.targets.choose("kinds", [first], why="buys most")
        workspace.personas.build("kinds")
