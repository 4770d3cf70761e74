"""Answers that forms share: going on to another page, with or without htmx."""

from __future__ import annotations

import math
from datetime import date
from typing import Annotated
from urllib.parse import quote

from fastapi import Depends
from starlette.datastructures import FormData
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from qunxiang.errors import SettingError
from qunxiang.i18n import Label
from qunxiang.web.rendering import is_fragment


async def form_data(request: Request) -> FormData:
    """Return the fields of a form whose names are not known beforehand."""
    return await request.form()


Fields = Annotated[FormData, Depends(form_data)]
"""All fields of a form, as the type of an argument of a page route."""


def gone_to(request: Request, *parts: str, query: str = "", anchor: str = "") -> Response:
    """Lead the reader to a page after a change; `parts` are the pieces of its path.

    A form sent by htmx gets its errors as a notice in the page, so success is told in a header instead of a redirect.
    """
    # a header holds Latin letters alone; what is quoted already stays as it is
    address = path_of(*parts) + (f"?{quote(query, safe='%/=&+')}" if query else "")
    if is_fragment(request):
        # without the anchor: to go from a page to a place on it loads nothing anew
        return Response(status_code=200, headers={"HX-Redirect": address})
    return RedirectResponse(address + (f"#{quote(anchor)}" if anchor else ""), status_code=303)


def path_of(*parts: str) -> str:
    """Return the path of `parts`, each quoted."""
    return "/" + "/".join(quote(part, safe="") for part in parts)


def text_of(fields: FormData, name: str, *, most: int = 2_000) -> str:
    """Return a text field without surrounding space, cut to `most` characters; empty when it was not sent."""
    value = fields.get(name, "")
    return value.strip()[:most] if isinstance(value, str) else ""


def texts_of(fields: FormData, name: str) -> list[str]:
    """Return all values of a field that may be sent more than once."""
    return [value for value in fields.getlist(name) if isinstance(value, str)]


def number_of(text: str, name: Label) -> float:
    """Return a finite number that was typed.

    Raises
    ------
    SettingError
        When it is none; names the field.
    """
    try:
        value = float(text)
    except ValueError as error:
        raise SettingError("room.error.number", name=name, value=text[:40]) from error
    if not math.isfinite(value):
        raise SettingError("room.error.number", name=name, value=text[:40])
    return value


def day_of(fields: FormData, name: str) -> date | None:
    """Return a day typed as ``2026-12-31``; None when nothing was.

    Raises
    ------
    SettingError
        When it is no day.
    """
    text = text_of(fields, name, most=40)
    if not text:
        return None
    try:
        return date.fromisoformat(text)
    except ValueError as error:
        raise SettingError("error.setting.date", value=text) from error


def seen_of(fields: FormData) -> int | None:
    """Return the version that stood on the page, so that a change made meanwhile is not undone."""
    text = text_of(fields, "seen_version", most=9)
    return int(text) if text.isdecimal() else None


def label_of(fields: FormData, stem: str = "label") -> Label | None:
    """Return the label typed into ``<stem>_zh`` and ``<stem>_en``; one text stands for both languages."""
    zh, en = text_of(fields, f"{stem}_zh", most=200), text_of(fields, f"{stem}_en", most=200)
    return Label(zh or en, en or zh) if zh or en else None
