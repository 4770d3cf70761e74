"""The columns that an export of rejected rows has beside the source's own; they are no data."""

from __future__ import annotations

ROW_ID = "quarantine_id"
ROW_NUMBER = "quarantine_row"
REASONS_SAID = "quarantine_reasons"
SOURCE = "quarantine_source"
RAW = "quarantine_raw"
OWN_COLUMNS = frozenset({ROW_ID, ROW_NUMBER, REASONS_SAID, SOURCE, RAW})


def is_own(name: str) -> bool:
    """Whether a source column is the quarantine's own, not data."""
    return name.strip().casefold() in OWN_COLUMNS


def is_link(name: str) -> bool:
    """Whether a source column says which row of the quarantine a row is."""
    return name.strip().casefold() == ROW_ID
