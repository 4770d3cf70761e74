"""The page that compares a segmentation fitted again with the fit before."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Query
from starlette.requests import Request
from starlette.responses import HTMLResponse

from qunxiang.errors import NothingYetError, SettingError
from qunxiang.i18n import Message
from qunxiang.services.segment_compare import FitComparison
from qunxiang.web.auth import PageWorkspace
from qunxiang.web.pages.segments import summary_of
from qunxiang.web.rendering import show

router = APIRouter()
FIRM, GOOD = 0.9, 0.8
"""Adjusted Rand index from which two divisions are called nearly the same, and alike (Steinley 2004)."""


@router.get("/segments/{name}/comparison")
def comparison(
    request: Request,
    workspace: PageWorkspace,
    name: str,
    before: Annotated[int | None, Query(ge=1)] = None,
    after: Annotated[int | None, Query(ge=1)] = None,
) -> HTMLResponse:
    """Show how far two fits agree, which segment goes on as which, and who moves."""
    found: FitComparison | None = None
    wrong: Message | None = None
    try:
        found = workspace.segments.compare(name, before, after)
    except (NothingYetError, SettingError) as error:
        wrong = error.message
    return show(
        request,
        workspace,
        "pages/segments_compare.html",
        active="segments",
        page_title=Message("refit.title"),
        name=name,
        summary=summary_of(workspace, name),
        found=found,
        wrong=wrong,
        versions=[d.version for d in workspace.definitions.history("segmentation", name)],
        reading=_reading(found),
        labels=_labels(found),
        columns=_columns(found),
        cells={(m.before, m.after): m for m in found.moves} if found else {},
    )


def _reading(found: FitComparison | None) -> Message | None:
    if found is None or found.adjusted_rand is None:
        return None
    rand = found.adjusted_rand
    return Message(f"refit.reading.{'firm' if rand >= FIRM else 'good' if rand >= GOOD else 'other'}")


def _labels(found: FitComparison | None) -> dict[str, Any]:
    """Return the old segments by id, those without customers too."""
    return {m.before.id: m.before for m in found.matches if m.before is not None} if found else {}


def _columns(found: FitComparison | None) -> list[Any]:
    """Return the new segments in their own order."""
    return sorted((m.after for m in found.matches if m.after is not None), key=lambda s: s.colour) if found else []
