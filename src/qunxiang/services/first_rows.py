"""The first rows of a source, from which columns are recognised."""

from __future__ import annotations

from qunxiang.intake import BROKEN, ROW
from qunxiang.intake.looks import MOST_VALUES
from qunxiang.ports.source import Source


def first_values(source: Source) -> dict[str, list[str]]:
    """Return the values of every column in the first rows as text; unknown ones are empty."""
    batch = next(iter(source.batches()), None)
    if batch is None:
        return {}
    head = batch.slice(0, MOST_VALUES)
    return {
        name: ["" if v is None else str(v) for v in head.column(name).to_pylist()]
        for name in head.schema.names
        if name not in (ROW, BROKEN)
    }
