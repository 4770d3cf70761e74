"""The quarantined rows of a table, with their reasons in words, in a form that can be mended and loaded again."""

from __future__ import annotations

import json
from typing import Any

import pyarrow as pa

from qunxiang.errors import NothingYetError, UnknownNameError
from qunxiang.i18n import render
from qunxiang.intake import BROKEN, read_reasons, reason_message
from qunxiang.model import Actor
from qunxiang.services.access import ANALYSTS, use_case
from qunxiang.services.house import House
from qunxiang.services.reading import reading
from qunxiang.sql import select
from qunxiang.tables import LOADED, Contract

ROW_NUMBER = "quarantine_row"
REASONS = "quarantine_reasons"
SOURCE = "quarantine_source"
RAW = "quarantine_raw"


@use_case("rejects", roles=ANALYSTS, touches="single")
def rejects(
    house: House,
    actor: Actor,
    table: str,
    *,
    lang: str | None = None,
    load_id: str | None = None,
) -> pa.Table:
    """Return the quarantined rows of a table.

    Parameters
    ----------
    lang
        Language of the reasons; the workspace's by default.
    load_id
        Only the rows of one load.

    Returns
    -------
    pyarrow.Table
        One row per rejected row: `quarantine_source`, `quarantine_row`, `quarantine_reasons`, then the source's
        columns as text, and `quarantine_raw` with the text of rows that could not be split.

    Raises
    ------
    UnknownNameError
        When there is no such table.
    NothingYetError
        When no row of it is in quarantine.
    """
    if table not in LOADED:
        raise UnknownNameError("error.contract.unknown_table", name=table, has=list(LOADED))
    found = [r for r in _quarantined(house, table) if load_id in (None, r["load_id"])]
    if not found:
        raise NothingYetError("error.load.no_rejects", table=table)
    return _table(found, LOADED[table], lang or house.settings.lang)


def _quarantined(house: House, table: str) -> list[dict[str, Any]]:
    with reading(house) as reader:
        if not reader.has("quarantine"):
            return []
        query = select(
            """SELECT q.load_id, q.source, q.row_number, q.reasons, q.row FROM quarantine__ AS q
               WHERE q.table_name = :table ORDER BY q.loaded_at, q.load_id, q.row_number""",
            quarantine=reader.relation("quarantine"),
            table=table,
        )
        rows: list[dict[str, Any]] = reader.fetch(query).to_pylist()
        return rows


def _table(found: list[dict[str, Any]], contract: Contract, lang: str) -> pa.Table:
    separator = "；" if lang == "zh" else "; "
    rows = [{RAW if k == BROKEN else k: v for k, v in json.loads(r["row"]).items()} for r in found]
    # a mended export was loaded again: what it says of the first rejection is not of this one
    own = (SOURCE, ROW_NUMBER, REASONS)
    names = dict.fromkeys(name for row in rows for name in row if name not in own)
    reasons = [
        separator.join(render(reason_message(reason, contract), lang) for reason in read_reasons(r["reasons"]))
        for r in found
    ]
    columns: dict[str, pa.Array] = {
        SOURCE: pa.array([r["source"] for r in found], pa.string()),
        ROW_NUMBER: pa.array([r["row_number"] for r in found], pa.int64()),
        REASONS: pa.array(reasons, pa.string()),
    }
    for name in names:
        columns[name] = pa.array([_plain(row.get(name)) for row in rows], pa.string())
    return pa.table(columns)


def _plain(value: Any) -> str | None:
    if value is None or isinstance(value, str):
        return value
    return ("true" if value else "false") if isinstance(value, bool) else json.dumps(value)
