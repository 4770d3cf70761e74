"""Contracts of the tables that stages exchange: columns, types, keys, grain."""

from qunxiang.tables.contract import Column, ColumnType, Contract, arrow_schema
from qunxiang.tables.loaded import LOADED
from qunxiang.tables.made import (
    IDENTITIES,
    MADE,
    MEMBERSHIP_CHANGES,
    MEMBERSHIPS,
    ORDER_FACTS,
    PROFILES,
    QUARANTINE,
    TRAITS_KEY,
)

CONTRACTS: dict[str, Contract] = LOADED | MADE
"""Every contract by table name."""

__all__ = [
    "CONTRACTS",
    "IDENTITIES",
    "LOADED",
    "MADE",
    "MEMBERSHIPS",
    "MEMBERSHIP_CHANGES",
    "ORDER_FACTS",
    "PROFILES",
    "QUARANTINE",
    "TRAITS_KEY",
    "Column",
    "ColumnType",
    "Contract",
    "arrow_schema",
]
