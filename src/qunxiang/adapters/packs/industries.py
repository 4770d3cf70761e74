"""The shipped table of industries."""

from __future__ import annotations

import csv
from functools import cache
from pathlib import Path
from typing import Final

from qunxiang.firms import Industry, IndustryTable
from qunxiang.i18n import Label

VERSION: Final = "GB/T 4754-2017"
"""Version of the standard; its amendment of 2019 changes no section and no division."""

_FILE = Path(__file__).parent / "industry" / "gbt4754_2017.csv"


@cache
def shipped_industries() -> IndustryTable:
    """Return the table that comes with the product: 20 sections and 97 divisions, with common words for them."""
    with _FILE.open(encoding="utf-8", newline="") as file:
        rows = tuple(
            Industry(r["code"], r["section"], Label(r["zh"], r["en"]), tuple(filter(None, r["also"].split("|"))))
            for r in csv.DictReader(file)
        )
    return IndustryTable(VERSION, rows)
