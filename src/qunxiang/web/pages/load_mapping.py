"""The page that maps the columns of a source: of files that were uploaded, of a database's table or query."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from fastapi import Request
from starlette.responses import HTMLResponse

from qunxiang.errors import QunxiangError
from qunxiang.i18n import Message
from qunxiang.intake import LoadReport, Reason, reason_message
from qunxiang.services.preview import Preview
from qunxiang.tables import LOADED, Contract
from qunxiang.web.pages.load_columns import ASKED, DATES, Choices, options_of, page_words, shown_columns
from qunxiang.web.rendering import show
from qunxiang.workspace import Workspace

LIKELY = 0.1
"""Score from which a table is named among the likely ones."""


@dataclass(frozen=True)
class Origin:
    """Where the rows come from, as far as the page needs to know.

    `name` is what people call it; forms go to `action` with the fields `hidden`, and the table stands in the field
    `into`; `method` is how another table is asked for. `load` tries a load with the reader's choices.
    """

    name: str
    action: str
    hidden: Mapping[str, str]
    into: str
    method: str
    back: tuple[str, Message]
    load: Callable[..., LoadReport]


def mapping_page(
    request: Request,
    workspace: Workspace,
    origin: Origin,
    found: Preview,
    choices: Choices,
    *,
    dry_run: bool = False,
) -> HTMLResponse:
    """Show what is recognised of a source; with `dry_run` also what a load with these choices would do."""
    contract = LOADED[found.table]
    complete = found.complete and not choices.twice
    report: LoadReport | None = None
    wrong: Message | None = None
    asked: str | None = None
    if dry_run and complete:
        try:
            report = origin.load(found.table, **choices.arguments(), dry_run=True)
        except QunxiangError as error:
            wrong, asked = page_words(error.message), ASKED.get(error.code)
    labels = {c.name: c.label for c in contract.columns}
    return show(
        request,
        workspace,
        "pages/load_preview.html",
        active="data",
        page_title=Message("page.load.preview"),
        origin=origin,
        shape=found,
        contract=contract,
        tables=[(key, c.label) for key, c in LOADED.items()],
        guesses=[(LOADED[key].label, share) for key, share in found.tables if share >= LIKELY],
        rows=shown_columns(found, contract, choices),
        groups=options_of(contract),
        choices=choices,
        dates=[("", Message("page.load.dates.auto")), *((d, Message(f"page.load.dates.{d}")) for d in DATES)],
        unreadable=[("", Message("page.load.unreadable.reject")), ("blank", Message("page.load.unreadable.blank"))],
        missing=[labels[c] for c in found.missing],
        lacking=[[labels[c] for c in group] for group in found.lacking],
        ambiguous=[labels[c] for c in found.ambiguous],
        twice=[labels[c] for c in choices.twice if c in labels],
        complete=complete,
        report=report,
        reasons=_reasons(report, contract) if report else [],
        sample=_sample(report, contract, found) if report else [],
        wrong=wrong,
        asked=asked,
    )


def _reasons(report: LoadReport, contract: Contract) -> list[dict[str, Any]]:
    """Return the reasons of rejection with their counts."""
    return [
        {"what": reason_message(Reason(reason.code, reason.column, None), contract), "rows": reason.rows}
        for reason in report.reasons
    ]


def _sample(report: LoadReport, contract: Contract, found: Preview) -> list[dict[str, Any]]:
    """Return the sample of rejected rows with their reasons as sentences."""
    return [
        {
            "number": row.row_number,
            "reasons": [_reason(reason, contract) for reason in row.reasons],
            "cells": ["—" if row.row.get(c) is None else str(row.row[c]) for c in found.columns],
        }
        for row in report.sample
    ]


def _reason(reason: Mapping[str, Any], contract: Contract) -> Message:
    return reason_message(Reason(reason["code"], reason.get("column"), reason.get("value")), contract)
