"""Seeded order lines of a made-up shop, written as Parquet by DuckDB: the data of the benchmarks of own variables.

Every value is a hash of the line's or order's number and a seed, so that the same numbers give the same files.
"""

from __future__ import annotations

from pathlib import Path

import duckdb

SEED = 20261125
LINES_PER_ORDER = 4
PRODUCTS = 20_000
DAYS = 1_096
"""Days of history, the last one 2026-06-30."""

_PRODUCTS = """COPY (SELECT 'A' || i AS product_id, 'article ' || i AS name,
  'K' || lpad((hash(i, {seed}, 1) % 24)::VARCHAR, 2, '0') AS category,
  'S' || (hash(i, {seed}, 2) % 160) AS subcategory,
  CASE WHEN hash(i, {seed}, 3) % 100 < 22 THEN 'private' WHEN hash(i, {seed}, 3) % 100 < 95 THEN 'national' END
    AS brand_type,
  (100 + hash(i, {seed}, 4) % 9900)::DECIMAL(18, 2) / 100 AS unit_cost
FROM range({products}) AS r(i)) TO '{path}' (FORMAT parquet)"""

_LINES = """COPY (WITH orders AS (SELECT i,
    -- the square of a uniform share: a few people order very often, many hardly ever
    CAST(floor(power((hash(i, {seed}, 5) % 1000003) / 1000003.0, 2) * {people}) AS BIGINT) AS person,
    TIMESTAMPTZ '2023-07-01 00:00:00+00'
      + to_seconds(((i * {span}) // {orders} + hash(i, {seed}, 6) % 86400)::BIGINT) AS ordered_at,
    CASE hash(i, {seed}, 7) % 10 WHEN 0 THEN 'phone' WHEN 1 THEN NULL WHEN 2 THEN 'app' WHEN 3 THEN 'app'
      WHEN 4 THEN 'web' WHEN 5 THEN 'web' WHEN 6 THEN 'web' ELSE 'store' END AS channel,
    'T' || (hash(i, {seed}, 8) % 300) AS store_id
  FROM range({first}, {last}) AS r(i)), lines AS (SELECT o.*, n, i * {per_order} + n AS line
  FROM orders AS o, range({per_order}) AS l(n) WHERE n = 0 OR hash(i, n, {seed}, 9) % 5 > 0)
SELECT 'L' || line AS line_id, 'O' || i AS order_id, 'c' || person AS person_id, CAST(NULL AS VARCHAR) AS account_id,
  'A' || CAST(floor(power((hash(line, {seed}, 10) % 1000003) / 1000003.0, 3) * {products}) AS BIGINT) AS product_id,
  ordered_at, (1 + hash(line, {seed}, 11) % 6)::DOUBLE AS quantity,
  ((50 + hash(line, {seed}, 12) % 20000)::DECIMAL(18, 2) / 100)::DECIMAL(18, 2) AS amount,
  CASE WHEN hash(line, {seed}, 13) % 4 = 0 THEN ((hash(line, {seed}, 14) % 900)::DECIMAL(18, 2) / 100)::DECIMAL(18, 2)
    WHEN hash(line, {seed}, 13) % 4 < 3 THEN 0::DECIMAL(18, 2) END AS discount,
  CASE WHEN hash(line, {seed}, 15) % 20 = 0 THEN 1.5::DECIMAL(18, 2) ELSE 0::DECIMAL(18, 2) END AS coupon_discount,
  CAST(0 AS DECIMAL(18, 2)) AS coupon_match_discount, channel, store_id
FROM lines) TO '{path}' (FORMAT parquet, COMPRESSION zstd)"""


def generate(folder: Path, *, orders: int, people: int, files: int = 8) -> dict[str, list[Path]]:
    """Write products and lines below `folder`; return the files of each table.

    About 3.4 lines come of an order; orders lie evenly over the days, in order of time.
    """
    folder.mkdir(parents=True, exist_ok=True)
    made: dict[str, list[Path]] = {"products": [folder / "products.parquet"], "order_lines": []}
    with duckdb.connect(config={"threads": 2, "memory_limit": "3GB"}) as connection:
        connection.execute("SET enable_progress_bar = false")
        known = {"seed": SEED, "products": PRODUCTS, "people": people, "orders": orders, "per_order": LINES_PER_ORDER}
        known["span"] = (DAYS - 1) * 86_400
        connection.execute(_PRODUCTS.format(**known, path=made["products"][0]))
        for i in range(files):
            path = folder / f"order_lines_{i}.parquet"
            part = {"first": i * orders // files, "last": (i + 1) * orders // files}
            connection.execute(_LINES.format(**known, **part, path=path))
            made["order_lines"].append(path)
    return made
