"""Where a customer is: stated places read as country, region, province, city, district and city tier."""

from __future__ import annotations

from qunxiang.geography.gazetteer import Gazetteer, Place
from qunxiang.geography.table import Division, PlaceChanges, PlaceTable, changed_table

__all__ = [
    "Division",
    "Gazetteer",
    "Place",
    "PlaceChanges",
    "PlaceTable",
    "changed_table",
]
