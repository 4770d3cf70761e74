"""Loading a CSV of five million order lines against DuckDB's own reading of it into Parquet.

Run: ``python benchmarks/load.py [LINES]``. The file is written with seed-free arithmetic, once as UTF-8 and once as
GBK. DuckDB's reading of the UTF-8 file into Parquet and the load take turns. Each load is set against the better of the
readings before and after it, so that slow spells of the machine meet both, and the median counts. Each load is a
process of its own: checks, keys, comparison, commit and all. It loads one product first, so that libraries are imported
and the engine is open on both sides before the clock starts.
"""

from __future__ import annotations

import subprocess
import sys
import time
from itertools import pairwise
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory

import duckdb

LINES = 5_000_000
THREADS = 2
ROUNDS = 5
TARGETS = {"utf-8": 1 / 2, "gb18030": 1 / 3}
TARGET_MEGABYTES = 2_000

_LINES = """COPY (
    SELECT 'M' || CAST(i AS VARCHAR) AS "明细编号", 'D' || LPAD(CAST(i // 3 AS VARCHAR), 9, '0') AS "订单编号",
           'K' || CAST((i // 3) * 7919 % 400000 AS VARCHAR) AS "客户编号",
           'P' || CAST(i * 7907 % 5000 AS VARCHAR) AS "商品编号",
           STRFTIME(TIMESTAMP '2022-01-01' + INTERVAL ((i // 3) * 37 % 94000000) SECOND, '%Y-%m-%d %H:%M:%S')
               AS "下单时间",
           1 + i * 31 % 5 AS "数量", CAST((i * 7919 % 99900 + 100) / 100.0 AS DECIMAL(18, 2)) AS "实付金额",
           ['天猫旗舰店', '京东自营', '线下门店', '微信小程序'][1 + CAST(i * 13 % 4 AS INT)] AS "渠道"
    FROM RANGE({lines}) AS r(i)) TO '{path}' (HEADER)"""
_LOAD = """
import resource, sys, time
from qunxiang.workspace import Workspace
with Workspace.create(sys.argv[1]) as ws:
    ws.load("products", [{"product_id": "P0"}])
    start = time.perf_counter()
    report = ws.load("order_lines", sys.argv[2])
    seconds = time.perf_counter() - start
assert report.accepted == int(sys.argv[3]), report
print(seconds, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024)
"""


def read_into_parquet(source: Path, target: Path) -> float:
    """Return the seconds DuckDB takes to read a CSV file into Parquet."""
    with duckdb.connect(config={"threads": THREADS}) as connection:
        start = time.perf_counter()
        connection.execute(f"COPY (SELECT * FROM read_csv('{source}')) TO '{target}' (FORMAT parquet)")
        return time.perf_counter() - start


def load(folder: Path, source: Path, lines: int) -> tuple[float, float]:
    """Return the seconds and the peak megabytes of a load in a process of its own."""
    command = [sys.executable, "-c", _LOAD, str(folder), str(source), str(lines)]
    done = subprocess.run(command, check=True, capture_output=True, text=True)
    seconds, megabytes = map(float, done.stdout.split())
    return seconds, megabytes


def main(lines: int) -> int:
    within = True
    with TemporaryDirectory() as name:
        folder = Path(name)
        files = {"utf-8": folder / "lines.csv", "gb18030": folder / "lines_gbk.csv"}
        with duckdb.connect() as connection:
            connection.execute(_LINES.format(lines=lines, path=files["utf-8"]))
        with (
            files["utf-8"].open(encoding="utf-8", newline="") as text,
            files["gb18030"].open("w", encoding="gb18030", newline="") as other,
        ):
            while piece := text.read(8_000_000):
                other.write(piece)
        print(f"{'file':<10}{'read_csv':>10}{'load':>10}{'speed':>8}{'wanted':>8}{'peak MB':>9}")
        for encoding, wanted in TARGETS.items():
            plain = [read_into_parquet(files["utf-8"], folder / "a.parquet")]
            loads = []
            for turn in range(ROUNDS):
                loads.append(load(folder / f"ws-{encoding}-{turn}", files[encoding], lines))
                plain.append(read_into_parquet(files["utf-8"], folder / "a.parquet"))
            speeds = [min(pair) / seconds for pair, (seconds, _) in zip(pairwise(plain), loads, strict=True)]
            read, seconds, speed = median(plain), median(s for s, _ in loads), median(speeds)
            megabytes = max(m for _, m in loads)
            told = f"{encoding:<10}{read:>8.2f} s{seconds:>8.2f} s{speed:>8.2f}{wanted:>8.2f}{megabytes:>9.0f}"
            print(f"{told}  {min(speeds):.2f} to {max(speeds):.2f}")
            within &= speed >= wanted and megabytes <= TARGET_MEGABYTES
    return 0 if within else 1


if __name__ == "__main__":
    sys.exit(main(int(sys.argv[1]) if len(sys.argv) > 1 else LINES))
