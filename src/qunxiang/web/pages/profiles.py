"""One customer: traits, memberships and why, identifiers, personal data as far as the role may see them."""

from __future__ import annotations

from typing import Any
from urllib.parse import quote

from fastapi import APIRouter, Request
from starlette.responses import HTMLResponse, RedirectResponse, Response

from qunxiang.errors import NothingYetError
from qunxiang.i18n import Label, Message
from qunxiang.model import Family
from qunxiang.services.find import LONGEST, FoundCustomers
from qunxiang.services.overview import ProfileView
from qunxiang.services.profile_deals import MOST_DEALS, deal_date, deal_sums
from qunxiang.services.source_records import Belonging, JoinLink
from qunxiang.services.trait_read import TraitState
from qunxiang.tables import CONTRACTS
from qunxiang.traits import level_label
from qunxiang.web.auth import PageWorkspace
from qunxiang.web.pages.answers import Fields, text_of
from qunxiang.web.pages.migration import history_view
from qunxiang.web.pages.record_values import cells, shown, with_full_name
from qunxiang.web.pages.review import agreement, columns_of, name_of
from qunxiang.web.pages.segment_words import reasons_said
from qunxiang.web.pages.traits import format_of
from qunxiang.web.rendering import is_fragment, show
from qunxiang.workspace import Workspace

router = APIRouter()

MOST_COLUMNS = 12
"""Columns of source records shown side by side."""

MOST_LINKS = 200
"""Links shown of a profile."""


@router.get("/profiles")
def search(request: Request, workspace: PageWorkspace, id: str = "") -> Response:
    """Ask whom to look at; `id` leads to that profile."""
    if not id.strip():
        return _asked(request, workspace)
    found = workspace.who(id.strip())
    return RedirectResponse(f"/profiles/{quote(found.asked, safe='')}", status_code=303)


@router.post("/profiles")
def find(request: Request, workspace: PageWorkspace, fields: Fields) -> Response:
    """List the customers that a text names; it is sent as a form, so that no address and no log has it."""
    text = text_of(fields, "text", most=LONGEST)
    found = workspace.find(text)
    if not is_fragment(request):
        return _asked(request, workspace, text, found)
    return show(request, workspace, "pages/profile_found.html", active="customers", found=found)


def _asked(request: Request, workspace: Workspace, text: str = "", found: FoundCustomers | None = None) -> HTMLResponse:
    return show(
        request,
        workspace,
        "pages/profile_search.html",
        active="customers",
        page_title=Message("page.profile.search"),
        wanted=text,
        found=found,
    )


@router.get("/profiles/{profile_id}")
def profile(request: Request, workspace: PageWorkspace, profile_id: str, decided: str = "") -> HTMLResponse:
    """Show what is known of one customer."""
    view = workspace.who(profile_id)
    name = name_of(view.personal)
    records = [with_full_name(view.kind, r) for r in view.records]
    return show(
        request,
        workspace,
        "pages/profile.html",
        active="customers",
        page_title=Message("page.profile.of", {"id": view.profile_id}),  # no name: titles stay in a browser's history
        heading=Message("page.profile.named" if name else "page.profile.of", {"id": view.profile_id, "name": name}),
        view=view,
        families=families(workspace, view),
        memberships=memberships(workspace, view),
        history=history_view(workspace, view.profile_id),
        personal=personal(view),
        identifiers=[_identifier(i) for i in view.identifiers],
        columns=columns_of(view.kind, *records)[:MOST_COLUMNS],
        records=[(r, cells(view.kind, r.values)) for r in records],
        links=[_link(link) for link in view.links[:MOST_LINKS]],
        belongs=[_belonging(b) for b in view.belongs],
        deals=[(deal, deal_date(deal)) for deal in view.deals[:MOST_DEALS]],
        deal_sums=deal_sums(view.deals),
        people={b.profile_id: b.name for b in view.belongs},
        decided=bool(decided),
    )


@router.get("/profiles/{profile_id}/why/{segmentation}")
def why(request: Request, workspace: PageWorkspace, profile_id: str, segmentation: str) -> Response:
    """Show why the customer is in a segment: a part of the page."""
    if not is_fragment(request):
        return RedirectResponse(f"/profiles/{quote(profile_id, safe='')}", status_code=303)
    found = workspace.segments.why(segmentation, profile_id)
    summary = next((s for s in workspace.segments.list() if s.id == segmentation), None)
    names: dict[str, Label | Message] = {s.id: s.label for s in summary.segments} if summary is not None else {}
    none = Message("page.home.in_none")
    return show(
        request,
        workspace,
        "pages/profile_why.html",
        active="customers",
        scheme=summary.label if summary is not None else Label.same(segmentation),
        segment=names.get(found.segment or "", none),
        computed=None if found.computed == found.segment else names.get(found.computed or "", none),
        reasons=reasons_said(workspace, found.reasons),
    )


def families(workspace: Workspace, view: ProfileView) -> list[dict[str, Any]]:
    """Return the traits of a customer by family, each beside the median of all."""
    try:
        states = workspace.traits.list() if view.traits else []
    except NothingYetError:
        states = []
    grouped = [
        {
            "key": family.value,
            "title": Message(f"page.traits.family.{family.value}"),
            "traits": [_trait(s, view.traits.get(s.definition.id)) for s in states if s.definition.family == family],
        }
        for family in Family
    ]
    return [g for g in grouped if g["traits"]]


def _trait(state: TraitState, value: Any) -> dict[str, Any]:
    definition = state.definition
    form = format_of(definition)
    shown = level_label(definition.id, value) if isinstance(value, str) and definition.kind == "text" else value
    return {
        "id": definition.id,
        "label": definition.label,
        "unit": definition.unit if definition.kind in ("number", "integer", "money") and form != "points" else "",
        "format": form if definition.kind not in ("text", "boolean", "date") else "plain",
        "value": shown,
        "known": value is not None,
        "median": state.median if definition.kind not in ("text", "boolean", "date") else None,
        "place": _place(state, value),
        "when_missing": definition.when_missing,
    }


def _place(state: TraitState, value: Any) -> Message | None:
    """Return where a value lies between the quartiles of all customers; None where that says nothing."""
    low, high = state.lower_quartile, state.upper_quartile
    if low is None or high is None or state.median is None or low >= high or isinstance(value, bool | str | None):
        return None
    number = float(value)
    if number > high:
        return Message("page.profile.top")
    if number < low:
        return Message("page.profile.bottom")
    if number == state.median:
        return None
    return Message("page.profile.upper" if number > state.median else "page.profile.lower")


def memberships(workspace: Workspace, view: ProfileView) -> list[dict[str, Any]]:
    """Return the segments of a customer, one per segmentation in use."""
    if not view.memberships and not view.traits:
        return []
    out = []
    for summary in workspace.segments.list():
        segment = next((s for s in summary.segments if s.id == view.memberships.get(summary.id)), None)
        out.append(
            {
                "scheme": summary.label,
                "href": f"/segments/{quote(summary.id, safe='')}",
                "segment": segment.label if segment is not None else Message("page.home.in_none"),
                "colour": segment.colour if segment is not None else None,
                "why": f"/profiles/{quote(view.profile_id, safe='')}/why/{quote(summary.id, safe='')}",
            }
        )
    return out


def personal(view: ProfileView) -> list[tuple[Label, Any, str, str | None]]:
    """Return the columns of persons or accounts that have a value, custom ones too, with its format and who says so.

    That is, of several records, the source system, or the record where it has none.
    """
    contract = CONTRACTS["persons" if view.kind == "person" else "accounts"]
    systems = {r.record_id: r.system or r.record_id for r in view.records}
    out = []
    for name, value in view.personal.items():
        if value is not None and name in view.labels and name not in contract.key:
            value, form = shown(contract, name, value)
            told = level_label(name, value) if isinstance(value, str) else value
            said = systems.get(view.given_by.get(name, "")) if len(view.records) > 1 else None
            out.append((view.labels[name], told, form, said))
    return out


def _identifier(found: dict[str, str]) -> dict[str, Any]:
    tables = [name.strip() for name in found.get("found_in", "").split(",") if name.strip()]
    return {
        "type": Message(f"page.profile.id.{found['id_type']}"),
        "value": found["id_value"],
        "tables": [CONTRACTS[name].label if name in CONTRACTS else Label.same(name) for name in tables],
    }


def _link(link: JoinLink) -> dict[str, Any]:
    return {
        "it": link,
        "by": Message(f"identity.by.{link.joined_by}"),
        "evidence": [agreement(a) for a in link.evidence],
    }


def _belonging(found: Belonging) -> dict[str, Any]:
    return {"it": found, "by": [Message(f"identity.linked.{by}") for by in found.linked_by]}
