"""40 own variables over generated order lines in one refresh, against ``reference/40_traits.sql`` on the same files.

Run: ``python benchmarks/own_variables.py``; set ``LINES`` for another number of millions than 30, ``PROFILES`` for
another number than 500,000, ``ROUNDS`` for another number than 3, ``QUNXIANG_MEMORY_MB`` for another memory of both
sides than 4,000, ``RAW`` for a folder that keeps the generated files.
Three times are taken in every round: the refresh without the variables, the reference, the refresh with them; the cost
of the variables is the difference of the two refreshes, the median over the rounds. Values are compared one by one.
Processor seconds are printed beside, because other processes on the machine do not count in them.
"""

from __future__ import annotations

import os
import resource
import shutil
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import date
from pathlib import Path
from statistics import median
from typing import Any, NamedTuple

import duckdb
from _generated_lines import generate
from _stages import watched

from qunxiang import Workspace
from qunxiang.model import Actor
from qunxiang.ports.state import NewSnapshot
from qunxiang.services.refresh import refresh
from qunxiang.services.writing import write_table
from qunxiang.sql import Query, Relation, cast_to_contract, column
from qunxiang.tables import LOADED

AS_OF = date(2026, 6, 30)
REFERENCE = Path(__file__).parent / "reference" / "40_traits.sql"
MEMORY_MB = int(os.environ.setdefault("QUNXIANG_MEMORY_MB", "4000"))
"""Megabytes of either side: with 1,500 neither the product nor the reference can finish 30 million lines."""

MOST = 1.2
"""Cost of the variables that is allowed, as a multiple of the reference."""

Stages = dict[str, tuple[float, float]]
"""Elapsed and processor seconds by stage."""


class Seconds(NamedTuple):
    """Elapsed seconds, and those the processors worked for this process."""

    elapsed: float
    busy: float


YEAR = {"last": 365}
WEB = "channel = 'web'"

VARIABLES: dict[str, dict[str, Any]] = {
    "lines_all": {"metric": "count"},
    "lines_30d": {"metric": "count", "window": {"last": 30}},
    "lines_90d": {"metric": "count", "window": {"last": 90}},
    "lines_365d": {"metric": "count", "window": YEAR},
    "web_lines_90d": {"metric": "count", "where": WEB, "window": {"last": 90}},
    "app_lines_365d": {"metric": "count", "where": "channel = 'app'", "window": YEAR},
    "spend_all": {"metric": "sum", "column": "amount"},
    "spend_30d": {"metric": "sum", "column": "amount", "window": {"last": 30}},
    "spend_90d": {"metric": "sum", "column": "amount", "window": {"last": 90}},
    "spend_12m": {"metric": "sum", "column": "amount", "window": {"last": 12, "unit": "months"}},
    "spend_year_before": {"metric": "sum", "column": "amount", "window": {"from_days": 730, "to_days": 366}},
    "web_spend_365d": {"metric": "sum", "column": "amount", "where": WEB, "window": YEAR},
    "private_spend_365d": {"metric": "sum", "column": "amount", "where": "brand_type = 'private'", "window": YEAR},
    "k00_spend_365d": {"metric": "sum", "column": "amount", "where": "category = 'K00'", "window": YEAR},
    "discount_180d": {"metric": "sum", "column": "discount", "window": {"last": 180}},
    "mean_amount": {"metric": "mean", "column": "amount"},
    "mean_amount_90d": {"metric": "mean", "column": "amount", "window": {"last": 90}},
    "mean_quantity_365d": {"metric": "mean", "column": "quantity", "window": YEAR},
    "median_amount": {"metric": "median", "column": "amount"},
    "median_amount_365d": {"metric": "median", "column": "amount", "window": YEAR},
    "p90_amount": {"metric": "quantile", "quantile": 0.9, "column": "amount"},
    "articles": {"metric": "distinct", "column": "product_id"},
    "articles_365d": {"metric": "distinct", "column": "product_id", "window": YEAR},
    "categories_180d": {"metric": "distinct", "column": "category", "window": {"last": 180}},
    "stores": {"metric": "distinct", "column": "store_id"},
    "web_share": {"metric": "share", "where": WEB},
    "web_spend_share_365d": {"metric": "share", "column": "amount", "where": WEB, "window": YEAR},
    "discounted_share_180d": {"metric": "share", "where": "discount > 0", "window": {"last": 180}},
    "spend_slope_12m": {
        "metric": "trend",
        "trend": "slope",
        "column": "amount",
        "window": {"last": 12, "unit": "months"},
    },
    "lines_halves_360d": {"metric": "trend", "trend": "halves", "window": {"last": 360}},
    "spend_halves_180d": {"metric": "trend", "trend": "halves", "column": "amount", "window": {"last": 180}},
    "days_since_last": {"metric": "days_since_last"},
    "days_since_web": {"metric": "days_since_last", "where": WEB},
    "days_since_first": {"metric": "days_since_first"},
    "usual_channel": {"metric": "most_frequent", "column": "channel", "window": YEAR},
    "usual_category": {"metric": "most_frequent", "column": "category"},
    "max_amount_365d": {"metric": "max", "column": "amount", "window": YEAR},
    "min_amount": {"metric": "min", "column": "amount"},
    "last_channel": {"metric": "last", "column": "channel"},
    "amount_per_web_line": {
        "metric": "sum",
        "column": "amount",
        "where": WEB,
        "window": {"last": 365},
        "over": {"table": "order_lines", "metric": "count", "where": WEB, "window": {"last": 365}},
    },
}


def timed(name: str, step: Callable[[], Any]) -> Seconds:
    elapsed, busy = time.perf_counter(), time.process_time()
    step()
    took = Seconds(time.perf_counter() - elapsed, time.process_time() - busy)
    print(f"{name:<34}{took.elapsed:8.1f} s{took.busy:8.1f} s busy   peak {_peak():6.0f} MB", flush=True)
    return took


def _peak() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


@contextmanager
def shop(folder: Path, made: dict[str, list[Path]]) -> Iterator[Workspace]:
    """Open a workspace whose lake has the generated tables, as a load writes them."""
    with Workspace.create(folder / "ws", time_zone="UTC", currency="CNY") as ws:
        house = ws.house
        versions = {}
        for table, paths in made.items():
            contract = LOADED[table]
            with house.engine.session() as session:
                session.read_files("generated", paths)
                have = {d[0] for d in duckdb.sql(f"DESCRIBE SELECT * FROM '{paths[0]}'").fetchall()}
                rows = Relation("generated", tuple(have))
                query = cast_to_contract(Query(_all_columns(rows, contract.names)), contract)
                versions[table] = write_table(house, session, contract, query)
        new = NewSnapshot(kind="load", tables=versions, facts={})
        house.state.publish(new, actor=Actor.owner(), at=house.clock.now())
        yield ws


def _all_columns(rows: Relation, names: tuple[str, ...]) -> Any:
    from sqlglot import exp

    chosen = [column(n) if n in rows.columns else exp.alias_(exp.null(), n, quoted=True) for n in names]
    return exp.select(*chosen).from_(rows.table())


def files_of(ws: Workspace, table: str) -> str:
    """Return the files of a table's newest version as a list in SQL."""
    head = ws.house.state.head()
    assert head is not None
    found = ws.house.lake.at(table, head.tables[table]).files
    return "[" + ", ".join(f"'{f}'" for f in found) + "]"


def reference(ws: Workspace, out: Path) -> Callable[[], None]:
    connection = duckdb.connect(
        config={"threads": 2, "memory_limit": f"{MEMORY_MB}MB", "temp_directory": str(out.parent / "spill")}
    )
    connection.execute("SET GLOBAL timezone='UTC'")
    connection.execute("SET enable_progress_bar = false")
    # as the product sets it: with the order of rows kept, 30 million lines do not fit into the memory
    connection.execute("SET preserve_insertion_order = false")
    for table in ("order_lines", "products", "profiles"):
        connection.execute(f"CREATE VIEW {table} AS SELECT * FROM read_parquet({files_of(ws, table)})")

    def run() -> None:
        connection.execute(f"COPY ({REFERENCE.read_text('utf-8')}) TO '{out}' (FORMAT parquet, COMPRESSION zstd)")

    return run


def differing(ws: Workspace, out: Path) -> dict[str, int]:
    """Return the variables with other values than the reference and how many profiles differ."""
    pairs = []
    for name in VARIABLES:
        both = f"CAST(a.{name} AS DOUBLE), CAST(b.{name} AS DOUBLE)" if name not in TEXTS else ""
        near = (
            f"a.{name} IS NOT DISTINCT FROM b.{name}"
            if not both
            else f"(a.{name} IS NULL AND b.{name} IS NULL) OR abs(CAST(a.{name} AS DOUBLE) - CAST(b.{name} AS DOUBLE))"
            f" <= {0.0101 if name in ROUNDED else 1e-9} * greatest(1, abs(CAST(b.{name} AS DOUBLE)) * 1e-3)"
        )
        pairs.append(f"sum(CASE WHEN coalesce({near}, false) THEN 0 ELSE 1 END) AS {name}")
    query = f"""SELECT {", ".join(pairs)} FROM read_parquet({files_of(ws, "traits")}) AS a
      FULL JOIN '{out}' AS b USING (profile_id)"""
    row = duckdb.sql(query).fetchall()[0]
    return {name: int(n) for name, n in zip(VARIABLES, row, strict=True) if n}


TEXTS = frozenset({"usual_channel", "usual_category", "last_channel"})
ROUNDED = frozenset({"mean_amount", "mean_amount_90d", "median_amount", "median_amount_365d", "p90_amount"})
"""Money that is rounded to cents from a float: half a cent may fall on either side."""


def define(ws: Workspace, *, wanted: bool) -> None:
    """Put the variables to use or take them out of use."""
    for name, spec in VARIABLES.items():
        if wanted:
            ws.traits.define(name, table="order_lines", **spec)
        else:
            ws.traits.archive(name)


def stages_of(ws: Workspace) -> Stages:
    """Refresh; return the seconds of every stage."""
    house, progress, watch = watched(ws.house)
    refresh(house, Actor.owner(), as_of=AS_OF, progress=progress)
    return watch.stop()


def show(without: list[Stages], together: list[Stages]) -> None:
    """Print what each stage takes more with the variables, the median over the rounds."""
    print(f"{'what the variables add':<34}{'elapsed':>10}{'busy':>10}")
    for stage in dict.fromkeys(s for stages in (*without, *together) for s in stages):
        more = [_middle(together, stage)[i] - _middle(without, stage)[i] for i in (0, 1)]
        print(f"  {stage:<32}{more[0]:8.1f} s{more[1]:8.1f} s")


def _middle(rounds: list[Stages], stage: str) -> tuple[float, float]:
    found = [r.get(stage, (0.0, 0.0)) for r in rounds]
    return median(f[0] for f in found), median(f[1] for f in found)


def generated(folder: Path, millions: float) -> dict[str, list[Path]]:
    """Return the generated files, made where they are not there yet."""
    people = int(os.environ.get("PROFILES", str(int(min(500_000, millions * 1e6 / 60)))))
    made: dict[str, list[Path]] = {}
    orders = int(millions * 1e6 / 3.4)
    kept = os.environ.get("RAW")
    where = Path(kept) / f"{orders}-{people}" if kept else folder / "raw"
    if where.exists():
        return {"products": [where / "products.parquet"], "order_lines": sorted(where.glob("order_lines_*"))}
    timed("generate", lambda: made.update(generate(where, orders=orders, people=people)))
    return made


def main() -> int:
    millions = float(os.environ.get("LINES", "30"))
    folder = Path(tempfile.mkdtemp(prefix="own-variables-", dir=os.environ.get("FOLDER")))
    times: dict[str, list[Seconds]] = {"without": [], "reference": [], "together": []}
    stages: dict[str, list[Stages]] = {"without": [], "together": []}
    try:
        with shop(folder, generated(folder, millions)) as ws:
            timed("resolve", ws.resolve)
            by_hand = reference(ws, folder / "reference.parquet")
            for round_ in range(int(os.environ.get("ROUNDS", "3"))):
                if round_:
                    define(ws, wanted=False)
                times["without"].append(
                    timed("refresh without own variables", lambda: stages["without"].append(stages_of(ws)))
                )
                times["reference"].append(timed("reference/40_traits.sql", by_hand))
                define(ws, wanted=True)
                times["together"].append(
                    timed(
                        f"refresh with {len(VARIABLES)} own variables", lambda: stages["together"].append(stages_of(ws))
                    )
                )
            wrong = differing(ws, folder / "reference.parquet")
        show(stages["without"], stages["together"])
        elapsed, busy = ({name: median(t[i] for t in found) for name, found in times.items()} for i in (0, 1))
        cost = elapsed["together"] - elapsed["without"]
        share = cost / elapsed["reference"]
        of_busy = (busy["together"] - busy["without"]) / busy["reference"]
        print(f"cost of the variables {cost:.1f} s, {share:.2f} of the reference; at most {MOST}")
        print(f"in processor seconds {of_busy:.2f} of the reference")
        print("equal by value" if not wrong else f"differing: {wrong}")
        return int(bool(wrong) or share > MOST)
    finally:
        shutil.rmtree(folder)


if __name__ == "__main__":
    sys.exit(main())
