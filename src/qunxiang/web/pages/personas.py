"""Pages of personas: the wall, one persona with its claims, the evidence of a claim, posters."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Form
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response

from qunxiang.errors import SettingError
from qunxiang.i18n import Label, Message, render
from qunxiang.personas import Claim, Persona
from qunxiang.web.api.answers import queued
from qunxiang.web.auth import PageWorkspace
from qunxiang.web.pages.answers import Fields, gone_to, path_of, text_of
from qunxiang.web.rendering import language, show
from qunxiang.workspace import Workspace

router = APIRouter()
ON_THE_WALL = 4
"""Claims shown on a card of the wall."""

MEDIA = {"pdf": "application/pdf", "png": "image/png"}


@router.get("/personas")
def persona_wall(request: Request, workspace: PageWorkspace, name: str = "") -> HTMLResponse:
    """Show all personas, or those of one segmentation."""
    found = workspace.personas.list(name or None)
    schemes = [s for s in workspace.segments.list() if s.assigned or s.changed_since]
    decided = [(s, c) for s in schemes if (c := workspace.targets.chosen(s.id)) is not None]
    return show(
        request,
        workspace,
        "pages/personas.html",
        active="personas",
        page_title=Message("room.personas.title"),
        walls=_walls(found, {s.id: s.label for s in schemes}),
        decided=decided,
        name=name,
        lang_of_page=language(request),
    )


def _walls(personas: list[Persona], labels: dict[str, Label]) -> list[dict[str, Any]]:
    """Group personas by segmentation, as cards."""
    walls: dict[str, dict[str, Any]] = {}
    for p in personas:
        label = labels.get(p.segmentation, Label.same(p.segmentation))
        wall = walls.setdefault(p.segmentation, {"name": p.segmentation, "label": label, "cards": []})
        wall["cards"].append(_card(p))
    return list(walls.values())


def _card(persona: Persona) -> dict[str, Any]:
    href = _address(persona)
    # claims that mark the segment go first; of a topic the strongest stands first already
    chosen = sorted(persona.claims, key=lambda c: not c.marks)[:ON_THE_WALL]
    return {
        "name": persona.name,
        "href": href,
        "portrait_href": f"{href}/portrait.svg",
        "tier": None,
        "subtitle": _tagline(persona),
        "segment": persona.segment_label,
        "segment_number": persona.colour,
        "quote": None,
        "quote_kind": None,
        "claims": [_card_claim(c, href) for c in chosen],
        "tags": [],
    }


def _card_claim(claim: Claim, href: str) -> dict[str, Any]:
    return {
        "title": Message(f"room.family.{claim.family.value}"),
        "text": claim.text,
        "kind": "measured",
        "n_evidence": claim.evidence.n_known,
        "evidence_href": f"{href}/evidence{path_of(claim.id)}",
    }


def _address(persona: Persona) -> str:
    return path_of("personas", persona.segmentation, persona.segment)


def _tagline(persona: Persona) -> Message:
    share = persona.n_members / persona.n_profiles if persona.n_profiles else None
    return Message("room.persona.tagline", {"n": persona.n_members, "share": share, "revenue": persona.revenue_share})


@router.get("/personas/{name}/{segment}")
def persona_page(request: Request, workspace: PageWorkspace, name: str, segment: str) -> HTMLResponse:
    """Show one persona."""
    persona = workspace.personas.show(name, segment)
    families = [(f, [c for c in persona.claims if c.family is f]) for f in persona.families]
    return show(
        request,
        workspace,
        "pages/personas_detail.html",
        active="personas",
        page_title=persona.name,
        persona=persona,
        families=families,
        basis={c.id: c for c in persona.claims},
        address=_address(persona),
        tagline=_tagline(persona),
        name=name,
        segment=segment,
        currency=workspace.settings.currency,
        newest=workspace.snapshot,
    )


@router.get("/personas/{name}/{segment}/portrait.svg")
def portrait(workspace: PageWorkspace, name: str, segment: str) -> Response:
    """Return the portrait."""
    svg = workspace.personas.portrait(workspace.personas.show(name, segment))
    return Response(svg, media_type="image/svg+xml", headers={"Cache-Control": "private, max-age=3600"})


@router.get("/personas/{name}/{segment}/evidence/{claim_id}")
def evidence(request: Request, workspace: PageWorkspace, name: str, segment: str, claim_id: str) -> HTMLResponse:
    """Show what a claim rests on; a part for the drawer."""
    persona = workspace.personas.show(name, segment)
    claim = persona.claim(claim_id) or workspace.personas.evidence(name, segment, claim_id).claim
    return show(
        request,
        workspace,
        "pages/personas_evidence.html",
        active="personas",
        drawer=True,
        page_title=Message("room.evidence.drawer"),
        persona=persona,
        claim=claim,
        address=_address(persona),
        rule_href=f"/segments/new?rule={path_of(claim.evidence.rule)[1:]}",
    )


@router.get("/personas/{name}/{segment}/recount/{claim_id}")
def recount(request: Request, workspace: PageWorkspace, name: str, segment: str, claim_id: str) -> HTMLResponse:
    """Count the rule of a claim anew; a part for the drawer."""
    found = workspace.personas.evidence(name, segment, claim_id)
    return show(request, workspace, "pages/personas_recount.html", active="personas", drawer=True, found=found)


@router.post("/personas/{name}/{segment}/assume")
def assume(request: Request, workspace: PageWorkspace, name: str, segment: str, fields: Fields) -> Response:
    """Add a statement that no data prove."""
    zh, en = text_of(fields, "text_zh", most=400), text_of(fields, "text_en", most=400)
    if not zh and not en:
        raise SettingError("room.error.text_missing")
    workspace.personas.assume(name, segment, text=Label(zh or en, en or zh), why=text_of(fields, "why"))
    return gone_to(request, "personas", name, segment, anchor="assumed")


@router.get("/personas/{name}/{segment}/poster.{ending}")
def poster(
    request: Request, workspace: PageWorkspace, name: str, segment: str, ending: Literal["pdf", "png"]
) -> Response:
    """Return the poster in the reader's language."""
    lang = language(request)
    with tempfile.TemporaryDirectory(prefix="qunxiang-") as folder:
        content = workspace.personas.poster(name, segment, Path(folder) / f"poster.{ending}", lang=lang).read_bytes()
    stem = render(workspace.personas.show(name, segment).segment_label, lang)
    headers = {"Content-Disposition": f"attachment; filename*=UTF-8''{path_of(f'{stem}.{ending}')[1:]}"}
    return Response(content, media_type=MEDIA[ending], headers=headers)


@router.post("/personas/build")
def build(request: Request, workspace: PageWorkspace, name: Annotated[str, Form(max_length=100)]) -> Response:
    """Queue the building of personas for the chosen targets."""
    _known(workspace, name)
    job = queued(workspace, "persona.build", name=name)
    return gone_to(request, "waiting", job.id, query=f"then=/personas%3Fname%3D{path_of(name)[1:]}")


def _known(workspace: Workspace, name: str) -> None:
    workspace.targets.chosen(name)  # raises when there is no such segmentation
