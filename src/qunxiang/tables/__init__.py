"""Contracts of the tables that stages exchange: columns, types, keys, grain."""

from qunxiang.tables.contract import Column, ColumnType, Contract, arrow_schema
from qunxiang.tables.loaded import LOADED
from qunxiang.tables.made import (
    IDENTITIES,
    IDENTITY_LINKS,
    IDENTITY_REVIEWS,
    MADE,
    MEMBERSHIP_CHANGES,
    MEMBERSHIPS,
    MEMBERSHIPS_KEY,
    ORDER_FACTS,
    PERSON_ACCOUNTS,
    PROFILES,
    QUARANTINE,
    TRAITS_KEY,
)

CONTRACTS: dict[str, Contract] = LOADED | MADE
"""Every contract by table name."""

__all__ = [
    "CONTRACTS",
    "IDENTITIES",
    "IDENTITY_LINKS",
    "IDENTITY_REVIEWS",
    "LOADED",
    "MADE",
    "MEMBERSHIPS",
    "MEMBERSHIPS_KEY",
    "MEMBERSHIP_CHANGES",
    "ORDER_FACTS",
    "PERSON_ACCOUNTS",
    "PROFILES",
    "QUARANTINE",
    "TRAITS_KEY",
    "Column",
    "ColumnType",
    "Contract",
    "arrow_schema",
]
