"""Places: the table of divisions, what a place is read as, and a workspace's changes."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Form, Request
from starlette.responses import HTMLResponse, RedirectResponse, Response

from qunxiang.errors import SettingError, UnknownNameError
from qunxiang.i18n import Message
from qunxiang.model import CITY_TIERS, REGIONS
from qunxiang.traits import level_label
from qunxiang.web.auth import PageWorkspace
from qunxiang.web.rendering import show
from qunxiang.workspace import Workspace

router = APIRouter()

Field = Annotated[str, Form(max_length=200)]


@router.get("/places")
def places(request: Request, workspace: PageWorkspace, within: str = "华东", text: str = "") -> HTMLResponse:
    """Show the cities of a region and what a text is read as."""
    return _page(request, workspace, within, text=text)


@router.post("/places")
def change(
    request: Request,
    workspace: PageWorkspace,
    city: Field = "",
    tier: Field = "",
    province: Field = "",
    region: Field = "",
    why: Field = "",
) -> Response:
    """Change the tier of a city or the region of a province."""
    tiers = {city.strip(): "" if tier == "-" else tier} if city.strip() and tier else {}
    named = next((r for r in REGIONS if region.strip() in (r, level_label("region", r).en)), region.strip())
    regions = {province.strip(): named} if province.strip() and named else {}
    try:
        workspace.places.change(tiers=tiers, regions=regions, why=why)
    except (SettingError, UnknownNameError) as error:
        return _page(request, workspace, named or "华东", wrong=error.message)
    found = workspace.places.find(city or province)[0]
    return RedirectResponse(f"/places?within={found.region or ''}", status_code=303)


def _page(
    request: Request, workspace: Workspace, within: str, *, text: str = "", wrong: Message | None = None
) -> HTMLResponse:
    state = workspace.places.list(within or None)
    regions = list(dict.fromkeys((*REGIONS, *state.changes.regions.values())))
    return show(
        request,
        workspace,
        "pages/places.html",
        active="data",
        page_title=Message("page.places.title"),
        status=200 if wrong is None else 422,
        state=state,
        within=within,
        regions=[(r, level_label("region", r)) for r in regions],
        tiers=[(t, level_label("city_tier", t)) for t in CITY_TIERS],
        rows=[
            {
                "name": c.name,
                "code": c.code or "—",
                "province": c.province,
                "region": level_label("region", c.region) if c.region else "—",
                "tier": level_label("city_tier", c.city_tier) if c.city_tier else "—",
                "districts": c.districts,
                "changed": Message("page.places.changed") if c.changed else "",
            }
            for c in state.cities
        ],
        text=text[:200],
        found=workspace.places.find(text[:200])[0] if text.strip() else None,
        wrong=wrong,
        level_label=level_label,
    )
