"""Pages of message houses: the house of a place, its changes, and a page to print."""

from __future__ import annotations

import re
from typing import Annotated, Any

from fastapi import APIRouter, Query
from pydantic import ValidationError
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response

from qunxiang.errors import SettingError, UnknownNameError
from qunxiang.i18n import Label, Message
from qunxiang.model.message_house import ChannelShare, MessageHouse, Proof, Reason
from qunxiang.positioning.grounds import STALE
from qunxiang.services.brand_message import MessageView
from qunxiang.web.api.answers import content_answer, required
from qunxiang.web.auth import PageWorkspace
from qunxiang.web.pages.answers import Fields, day_of, gone_to, label_of, number_of, seen_of, text_of
from qunxiang.web.pages.brand_places import evidence_choices, ground_from, place_groups, place_names, place_query
from qunxiang.web.rendering import show

router = APIRouter()
Place = Annotated[str, Query(max_length=200)]
SPARE_CHANNELS = 2
LEAST_CHANNELS = 4


@router.get("/brand/message")
def message(
    request: Request,
    workspace: PageWorkspace,
    place: Place = "",
    survey: Annotated[str, Query(max_length=100)] = "",
    name: Place = "",
    segment: Place = "",
) -> HTMLResponse:
    """Show the message house of a place."""
    view = workspace.brand.message.show(*place_names(place, name, segment))
    channels: list[ChannelShare | None] = list(view.message.channels)
    entries = workspace.brand.message.list()
    blank = max(SPARE_CHANNELS, LEAST_CHANNELS - len(channels))
    return show(
        request,
        workspace,
        "pages/brand_message.html",
        active="brand",
        page_title=Message("page.brand.message_of", {"place": view.place.label}),
        **_shaped(view),
        groups=place_groups(entries),
        entries=entries,
        rows=[*channels, *[None] * blank],
        total=sum(c.share for c in view.message.channels),
        rung_choices=[("", Message("page.brand.no_rung")), *view.rungs.items()],
        choices=evidence_choices(workspace, view.place, survey),
        survey=survey,
        surveys=[(s.survey.id, s.survey.label) for s in workspace.surveys.list()],
    )


def _shaped(view: MessageView) -> dict[str, Any]:
    return {
        "view": view,
        "house": view.message,
        "place": view.place,
        "here": place_query(view.place),
        "reasons": list(zip(view.message.reasons, view.proofs, strict=True)),
        "stale": STALE,
    }


@router.get("/brand/message/print")
def printable(request: Request, workspace: PageWorkspace, place: Place = "") -> HTMLResponse:
    """Show the message house of a place alone, to be printed."""
    name, segment = place_names(place)
    view = workspace.brand.message.show(name, segment)
    title = Message("page.brand.message_of", {"place": view.place.label})
    return show(request, workspace, "pages/brand_message_print.html", active="brand", page_title=title, **_shaped(view))


@router.get("/brand/message/document")
def document(
    workspace: PageWorkspace, place: Place = "", format: Annotated[str, Query(max_length=10)] = "yaml"
) -> Response:
    """Hand out the message house as a YAML or JSON document."""
    name, segment = place_names(place)
    content = workspace.brand.message.document(name, segment, format=format)
    return content_answer(content, f"message-{segment or 'market'}.{format}")


@router.post("/brand/message")
def change(request: Request, workspace: PageWorkspace, fields: Fields) -> Response:
    """Change one part of the message house."""
    required(workspace, "brand.message.set", text_of(fields, "place", most=200))
    name, segment = place_names(text_of(fields, "place"))
    action = text_of(fields, "action", most=20)
    if action not in _CHANGES:
        raise UnknownNameError("page.brand.error.action", action=action, known=list(_CHANGES))
    stored = workspace.brand.message.show(name, segment).message
    try:
        changed = MessageHouse.model_validate(_CHANGES[action](stored, fields).model_dump())
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(str(part) for part in first["loc"])
        raise SettingError("page.brand.error.message", where=where, reason=str(first["msg"])) from error
    view = workspace.brand.message.set(
        name,
        segment,
        message=changed,
        rebind=action == "rebind",
        why=text_of(fields, "why"),
        seen_version=seen_of(fields),
    )
    return gone_to(
        request, "brand", "message", query=place_query(view.place), anchor=text_of(fields, "anchor", most=40)
    )


def _promise(house: MessageHouse, fields: Fields) -> MessageHouse:
    blank = Label("", "")
    changes = {
        "promise": label_of(fields, "promise") or blank,
        "tone": label_of(fields, "tone") or blank,
        "use": _words(text_of(fields, "use")),
        "avoid": _words(text_of(fields, "avoid")),
        "owner": text_of(fields, "owner", most=200),
        "review_on": day_of(fields, "review_on"),
    }
    return house.model_copy(update=changes)


def _words(text: str) -> tuple[str, ...]:
    """Return words written one a line, or with commas between."""
    return tuple(dict.fromkeys(word.strip() for word in re.split(r"[\n,，、;；]", text) if word.strip()))


def _channels(house: MessageHouse, fields: Fields) -> MessageHouse:
    made = []
    for n in range(len(fields)):
        channel, share = text_of(fields, f"channel_{n}", most=200), text_of(fields, f"share_{n}", most=20)
        if channel:
            value = number_of(share or "0", Label.same(channel))
            if not 0 <= value <= 100:
                raise SettingError("page.brand.error.share", channel=channel, value=value)
            made.append(ChannelShare(channel=channel, share=value, note=text_of(fields, f"note_{n}", most=500)))
    return house.model_copy(update={"channels": tuple(made)})


def _reason_at(house: MessageHouse, fields: Fields) -> int:
    text = text_of(fields, "reason", most=4)
    if not text.isdecimal() or int(text) >= len(house.reasons):
        raise SettingError("page.brand.error.reason", reason=text, n=len(house.reasons))
    return int(text)


def _with(house: MessageHouse, reasons: list[Reason]) -> MessageHouse:
    return house.model_copy(update={"reasons": tuple(reasons)})


def _add_reason(house: MessageHouse, fields: Fields) -> MessageHouse:
    return _with(house, [*house.reasons, Reason(text=_text(fields), rung=text_of(fields, "rung", most=64) or None)])


def _edit_reason(house: MessageHouse, fields: Fields) -> MessageHouse:
    at, reasons = _reason_at(house, fields), list(house.reasons)
    changes = {"text": _text(fields), "rung": text_of(fields, "rung", most=64) or None}
    reasons[at] = reasons[at].model_copy(update=changes)
    return _with(house, reasons)


def _drop_reason(house: MessageHouse, fields: Fields) -> MessageHouse:
    at = _reason_at(house, fields)
    return _with(house, [r for n, r in enumerate(house.reasons) if n != at])


def _raise_reason(house: MessageHouse, fields: Fields) -> MessageHouse:
    at, reasons = _reason_at(house, fields), list(house.reasons)
    if at:
        reasons[at - 1], reasons[at] = reasons[at], reasons[at - 1]
    return _with(house, reasons)


def _add_proof(house: MessageHouse, fields: Fields) -> MessageHouse:
    at, reasons, ground = _reason_at(house, fields), list(house.reasons), ground_from(fields)
    if ground is None:
        raise SettingError("page.brand.error.evidence")
    proof = Proof(text=_text(fields), ground=ground)
    reasons[at] = reasons[at].model_copy(update={"proofs": (*reasons[at].proofs, proof)})
    return _with(house, reasons)


def _drop_proof(house: MessageHouse, fields: Fields) -> MessageHouse:
    at, reasons, number = _reason_at(house, fields), list(house.reasons), text_of(fields, "proof", most=4)
    kept = tuple(p for n, p in enumerate(reasons[at].proofs) if str(n) != number)
    reasons[at] = reasons[at].model_copy(update={"proofs": kept})
    return _with(house, reasons)


def _text(fields: Fields) -> Label:
    label = label_of(fields)
    if label is None:
        raise SettingError("room.error.label_missing")
    return label


_CHANGES: dict[str, Any] = {
    "promise": _promise,
    "channels": _channels,
    "add_reason": _add_reason,
    "edit_reason": _edit_reason,
    "drop_reason": _drop_reason,
    "raise_reason": _raise_reason,
    "add_proof": _add_proof,
    "drop_proof": _drop_proof,
    "rebind": lambda house, _: house,
}
