"""Values of source records as pages show them side by side: amounts with separators, lists as lists, names in full."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from datetime import date
from decimal import Decimal
from typing import Any

from qunxiang.services.source_records import MASK, SourceRecord, written_name
from qunxiang.tables import CONTRACTS, Contract

_OF_THE_RECORD = frozenset({"created_at", "system"})
"""Columns that tell of a record, not of whom it describes."""


def shown(contract: Contract, name: str, value: Any) -> tuple[Any, str]:
    """Return a value of a row and the format to show it in (see ``i18n.format_value``).

    A whole number of a workspace's own column may be a year or a code, so it gets no separators; a list in JSON is
    shown as its items.
    """
    if isinstance(value, Decimal):
        return value, "money"
    if isinstance(value, float) and value.is_integer():
        return int(value), "count"
    if isinstance(value, int) and not isinstance(value, bool) and contract.column(name) is not None:
        return value, "count"
    items = _items(value)
    return (value, "plain") if items is None else (" · ".join(items), "plain")


def is_evidence(contract: Contract, name: str, value: Any) -> bool:
    """Whether an equal or different value says something of whether two records are one customer.

    When a record was made, where it stands, and days and lists of a workspace's own columns (changed on, tags) do not.
    """
    if contract.column(name) is not None:
        return name not in _OF_THE_RECORD
    return not isinstance(value, date) and _parsed(value) is None


def with_full_name(kind: str, record: SourceRecord) -> SourceRecord:
    """Return a person's record with the name in full where it has only the parts, so that names stand side by side."""
    if kind != "person" or record.values.get("name"):
        return record
    name = written_name(record.values)
    if name is None:
        return record
    return record.model_copy(update={"values": record.values | {"name": MASK if MASK in name else name}})


def said_beside(kind: str, name: str, left: Any, right: Any) -> str | None:
    """Return ``equal`` or ``differs`` for a column that two records have; None where that says nothing."""
    contract = CONTRACTS[f"{kind}s"]
    if left is None or right is None or not all(is_evidence(contract, name, value) for value in (left, right)):
        return None
    return "equal" if left == right else "differs"


def readable(name: str, records: Iterable[SourceRecord]) -> bool:
    """Whether a column of the records holds more than objects in JSON, which people cannot compare."""
    values = [r.values[name] for r in records if name in r.values]
    return not all(_parsed(v) is not None and _items(v) is None for v in values)


def cells(kind: str, values: Mapping[str, Any]) -> dict[str, tuple[Any, str]]:
    """Return the values of a row, by column, with their formats."""
    contract = CONTRACTS[f"{kind}s"]
    return {name: shown(contract, name, value) for name, value in values.items()}


def _items(value: Any) -> list[str] | None:
    """Return the items of a list in JSON; None when it is none, or holds more than texts and numbers."""
    found = _parsed(value)
    if isinstance(found, list) and all(isinstance(item, str | int | float) for item in found):
        return [str(item) for item in found]
    return None


def _parsed(value: Any) -> list[Any] | dict[str, Any] | None:
    if not isinstance(value, str) or value[:1] not in ("[", "{"):
        return None
    try:
        found = json.loads(value)
    except (ValueError, RecursionError):  # hostile values are nested deeper than can be read
        return None
    return found if isinstance(found, list | dict) else None
