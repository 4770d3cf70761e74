"""The CDNOW sample (2,357 customers, weeks), read from the package `lifetimes` without importing it."""

from __future__ import annotations

from importlib.metadata import distribution
from pathlib import Path

import pandas as pd


def customers() -> pd.DataFrame:
    """Return one row per customer: frequency, recency, T (weeks)."""
    return pd.read_csv(_file("cdnow_customers_summary.csv"))


def repeaters() -> pd.DataFrame:
    """Return one row per customer who came back: x, t_x, T, zbar (mean money of repeat purchases)."""
    table = pd.read_csv(_file("cdnow_customers_summary_with_transactions.csv"))
    return table[table["x"] > 0]


def _file(name: str) -> Path:
    return Path(str(distribution("lifetimes").locate_file(f"lifetimes/datasets/{name}")))
