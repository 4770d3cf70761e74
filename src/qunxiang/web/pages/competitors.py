"""Pages of competitors: the register with its matrix, and one competitor with its facts."""

from __future__ import annotations

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response

from qunxiang.i18n import Message
from qunxiang.positioning.competitors import OWN, TOPICS
from qunxiang.web.auth import PageWorkspace
from qunxiang.web.pages.answers import Fields, day_of, gone_to, label_of, seen_of, text_of
from qunxiang.web.rendering import show

router = APIRouter()


@router.get("/competitors")
def register_page(request: Request, workspace: PageWorkspace) -> HTMLResponse:
    """Show every competitor and the matrix of facts by topic."""
    found = workspace.competitors.list()
    facts = [f for c in found.competitors for f in c.facts]
    return show(
        request,
        workspace,
        "pages/competitors.html",
        active="competitors",
        page_title=Message("competitor.title"),
        found=found,
        topics=TOPICS,
        n_facts=len(facts),
        expired=[f for f in facts if f.freshness == "expired"],
        soon=[f for f in facts if f.freshness == "soon"],
        labels={c.competitor.id: c.competitor.label for c in found.competitors},
    )


@router.post("/competitors")
def add(request: Request, workspace: PageWorkspace, fields: Fields) -> Response:
    """Register a competitor."""
    name = text_of(fields, "name", most=100)
    _stored(workspace, name, fields, seen_version=0)
    return gone_to(request, "competitors", name)


@router.get("/competitors/{name}")
def competitor_page(request: Request, workspace: PageWorkspace, name: str) -> HTMLResponse:
    """Show one competitor with its facts."""
    state = workspace.competitors.show(name)
    return show(
        request,
        workspace,
        "pages/competitors_detail.html",
        active="competitors",
        page_title=state.competitor.label,
        name=name,
        own=name == OWN,
        state=state,
        it=state.competitor,
        today=workspace.competitors.list().today,
        topics=[(t, Message(f"competitor.topic.{t}")) for t in TOPICS],
        by_topic=[(t, found) for t in TOPICS if (found := [f for f in state.facts if f.topic == t])],
    )


@router.post("/competitors/{name}")
def change(request: Request, workspace: PageWorkspace, name: str, fields: Fields) -> Response:
    """Change who a competitor is."""
    _stored(workspace, name, fields, seen_version=seen_of(fields))
    return gone_to(request, "competitors", name)


@router.post("/competitors/{name}/remove")
def remove(request: Request, workspace: PageWorkspace, name: str, fields: Fields) -> Response:
    """Take a competitor out of the register."""
    workspace.competitors.remove(name, why=text_of(fields, "why"))
    return gone_to(request, "competitors")


@router.post("/competitors/{name}/facts")
def fact(request: Request, workspace: PageWorkspace, name: str, fields: Fields) -> Response:
    """Enter a fact."""
    workspace.competitors.fact(
        name,
        topic=text_of(fields, "topic"),
        text=text_of(fields, "text", most=4000),
        source=text_of(fields, "source", most=500),
        stated_on=day_of(fields, "stated_on"),
        expires_on=day_of(fields, "expires_on"),
        url=text_of(fields, "url"),
        segment=text_of(fields, "segment", most=200),
    )
    return gone_to(request, "competitors", name, anchor="facts")


@router.post("/competitors/{name}/facts/{fact}/drop")
def drop_fact(request: Request, workspace: PageWorkspace, name: str, fact: str, fields: Fields) -> Response:
    """Take back a fact that was entered."""
    workspace.competitors.drop_fact(name, fact, why=text_of(fields, "why"))
    return gone_to(request, "competitors", name, anchor="facts")


def _stored(workspace: PageWorkspace, name: str, fields: Fields, *, seen_version: int | None) -> None:
    aliases = text_of(fields, "aliases", most=4000)
    workspace.competitors.add(
        name,
        label=label_of(fields),
        positioning=label_of(fields, "positioning"),
        note=text_of(fields, "note", most=4000),
        aliases=[a for line in aliases.splitlines() for a in line.replace("；", ";").split(";")],
        why=text_of(fields, "why"),
        seen_version=seen_version,
    )
