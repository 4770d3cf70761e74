"""Fitting segments to data: the form, and waiting for the job."""

from __future__ import annotations

from typing import Any

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response

from qunxiang.errors import SettingError
from qunxiang.i18n import Message
from qunxiang.model import Family
from qunxiang.model.segmentation import DEFAULT_STEPS, METHODS, STEPS
from qunxiang.services.segment_define import RESERVED
from qunxiang.services.segment_fit_data import DEFAULT_TRAITS
from qunxiang.web.api.answers import queued
from qunxiang.web.auth import PageWorkspace
from qunxiang.web.pages.answers import Fields, gone_to, path_of, text_of, texts_of
from qunxiang.web.pages.segment_rules import trait_choices
from qunxiang.web.rendering import show

router = APIRouter()


@router.get("/segments/fit")
def fit_form(request: Request, workspace: PageWorkspace, name: str = "") -> HTMLResponse:
    """Ask for traits, method, preparation, number of segments and seed."""
    states = trait_choices(workspace)
    families = [(f, [s for s in states if s.definition.family is f]) for f in Family]
    return show(
        request,
        workspace,
        "pages/segments_fit.html",
        active="segments",
        page_title=Message("room.fit.title"),
        families=[(f, found) for f, found in families if found],
        ticked=frozenset(DEFAULT_TRAITS),
        methods=METHODS,
        steps=STEPS,
        default_steps=DEFAULT_STEPS,
        weights=[s.definition for s in states if s.definition.is_numeric],
        name=name or _free_name(workspace),
    )


def _free_name(workspace: Any) -> str:
    taken = {s.id for s in workspace.segments.list()}
    return next(n for i in range(1, 1000) if (n := "lifestyle" if i == 1 else f"lifestyle_{i}") not in taken)


@router.post("/segments/fit")
def start_fit(request: Request, workspace: PageWorkspace, fields: Fields) -> Response:
    """Queue the fit and lead to the page that waits for it."""
    name = text_of(fields, "name", most=100)
    if name in RESERVED:
        raise SettingError("room.error.name_taken", name=name)
    number, seed = text_of(fields, "n_segments"), text_of(fields, "seed") or "0"
    if not seed.isdecimal() or (number != "auto" and not number.isdecimal()):
        raise SettingError("room.error.whole_number")
    traits = texts_of(fields, "trait")
    if not traits:
        raise SettingError("room.error.no_traits")
    job = queued(
        workspace,
        "segment.fit",
        name=name,
        traits=traits,
        method=text_of(fields, "method") or METHODS[0],
        weight=text_of(fields, "weight") or None,
        steps=texts_of(fields, "step") if text_of(fields, "steps_shown") else list(DEFAULT_STEPS),
        n_segments="auto" if number == "auto" else int(number),
        seed=int(seed),
        why=text_of(fields, "why"),
    )
    return gone_to(request, "waiting", job.id, query=f"then={path_of('segments', name)}")
