"""Answers of pages: the reader's language, the frame around a page, and whole pages or fragments as HTML."""

from __future__ import annotations

import time
from typing import Any

from starlette.requests import Request
from starlette.responses import HTMLResponse, Response

from qunxiang.i18n import LANGUAGES, Label, Message, lang_of
from qunxiang.i18n.messages import Lang
from qunxiang.services.access import allowed
from qunxiang.web.shell import Frame, page
from qunxiang.workspace import Workspace

LANG_COOKIE = "qx_lang"
_YEAR = 365 * 24 * 3600
_RUNNING_SECONDS = 2.0


def language(request: Request) -> Lang:
    """Return the reader's language: ``?lang=``, else the cookie, else ``Accept-Language``, else the workspace's."""
    for wish in (request.query_params.get("lang"), request.cookies.get(LANG_COOKIE)):
        if wish in LANGUAGES:
            return lang_of(wish)
    workspace: Workspace = request.app.state.workspace
    default = lang_of(workspace.settings.lang)
    return _accepted(request.headers.get("accept-language", ""), default)


def keep_language(request: Request, response: Response, lang: str) -> None:
    """Let the reader's further pages come in a language."""
    secure = request.app.state.secure_cookies
    response.set_cookie(LANG_COOKIE, lang, max_age=_YEAR, secure=secure, httponly=True, samesite="lax")


def _accepted(header: str, default: Lang) -> Lang:
    """Return the supported language that the header likes most."""
    wishes: list[tuple[float, Lang]] = []
    for part in header[:200].split(","):
        tag, _, weight = part.partition(";q=")
        short = tag.strip().lower()[:2]
        try:
            quality = float(weight) if weight else 1.0
        except ValueError:
            continue
        if short in LANGUAGES:
            wishes.append((quality, lang_of(short)))
    return max(wishes, key=lambda wish: wish[0])[1] if wishes else default


def is_fragment(request: Request) -> bool:
    """Say whether htmx asks for a part of a page rather than the browser for a whole one."""
    return request.headers.get("hx-request") == "true" and request.headers.get("hx-boosted") != "true"


def here(request: Request) -> str:
    """Return path and query of the page, to come back to."""
    return request.url.path + (f"?{request.url.query}" if request.url.query else "")


def frame_of(request: Request, workspace: Workspace, active: str) -> Frame:
    """Return what the layout shows around a page."""
    snapshot = workspace.snapshot
    return Frame(
        active=active,
        workspace=workspace.settings.name,
        here=here(request),
        as_of=None if snapshot is None else snapshot.as_of,
        user_name=workspace.actor.name,
        user_role=str(workspace.actor.role),
        running_jobs=_running(request, workspace),
    )


def _running(request: Request, workspace: Workspace) -> int:
    # every page shows the number, so it is kept for two seconds
    at, number = getattr(request.app.state, "running_jobs", (float("-inf"), 0))
    now = time.monotonic()
    if now - at > _RUNNING_SECONDS:
        number = sum(job.status in ("queued", "running") for job in workspace.jobs.list(limit=20))
        request.app.state.running_jobs = (now, number)
    return int(number)


def show(
    request: Request,
    workspace: Workspace,
    template: str,
    *,
    active: str,
    page_title: Label | Message | str | None = None,
    status: int = 200,
    drawer: bool = False,
    **view: Any,
) -> HTMLResponse:
    """Answer with a whole page, or with a fragment when the template does not extend the layout.

    Parameters
    ----------
    active
        Key of the navigation entry, such as ``segments``.
    page_title
        Stands in the browser's title.
    drawer
        True for a part of a page that is shown in the drawer: opened on its own, it gets the layout around it.
    **view
        What the template shows. It also gets ``frame`` and ``may(use_case)``, which says whether the reader's role
        may call a use case, so that the page leaves out (or explains) what would be refused.
    """
    titled = {} if page_title is None else {"page_title": page_title}
    if drawer and not is_fragment(request):
        view, template = {**view, "part": template}, "pages/alone.html"
    html = page(
        template,
        language(request),
        frame_of(request, workspace, active),
        time_zone=workspace.settings.time_zone,
        may=lambda use_case: allowed(use_case, workspace.actor.role),
        **titled,
        **view,
    )
    return _answer(request, html, status)


def show_blank(request: Request, template: str, *, status: int = 200, **view: Any) -> HTMLResponse:
    """Answer with a page outside the layout, such as signing in; its template extends ``blank.html``."""
    return _answer(request, page(template, language(request), here=view.pop("here", "/"), **view), status)


def _answer(request: Request, html: str, status: int) -> HTMLResponse:
    response = HTMLResponse(html, status_code=status)
    wish = request.query_params.get("lang")
    if wish in LANGUAGES and wish != request.cookies.get(LANG_COOKIE):
        keep_language(request, response, str(wish))  # the parts that a page asks for come in its language
    return response
