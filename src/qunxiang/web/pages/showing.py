"""What every page does: find for whom it works, shape the layout's record, render."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from fastapi import Request
from starlette.responses import HTMLResponse, RedirectResponse

from qunxiang.i18n import Label, Message
from qunxiang.model import Role
from qunxiang.services.access import USE_CASES, allowed
from qunxiang.web import shell
from qunxiang.web.auth import language, workspace
from qunxiang.workspace import Workspace

__all__ = ["back", "language", "may", "needed", "part", "show", "workspace"]

_ALIVE = ("queued", "running")


def may(ws: Workspace) -> Callable[[str], bool]:
    """Return the question whether the actor may call a use case, so that pages leave out what would be refused."""
    return lambda name: allowed(name, ws.actor.role)


def needed(use_case: str) -> str:
    """Return the least role besides admin that may call a use case, as the key of its name."""
    roles = USE_CASES[use_case].roles
    return str(next(role for role in reversed(Role) if role in roles))


def show(
    request: Request, template: str, *, active: str, title: Message | Label | str, status: int = 200, **view: Any
) -> HTMLResponse:
    """Render ``templates/pages/<template>.html`` in the layout, for the request's language and actor."""
    ws = workspace(request)
    snapshot = ws.snapshot
    frame = shell.Frame(
        active=active,
        workspace=ws.settings.name,
        here=request.url.path + (f"?{request.url.query}" if request.url.query else ""),
        as_of=snapshot.as_of if snapshot is not None else None,
        user_name=ws.actor.name,
        user_role=str(ws.actor.role),
        running_jobs=sum(1 for job in ws.jobs.list(limit=20) if job.status in _ALIVE),
    )
    html = shell.page(
        f"pages/{template}.html", language(request), frame, page_title=title, may=may(ws), needed=needed, **view
    )
    return HTMLResponse(html, status_code=status)


def part(request: Request, template: str, **view: Any) -> HTMLResponse:
    """Render a piece of a page, which htmx puts into it."""
    ws = workspace(request)
    return HTMLResponse(
        shell.page(f"pages/{template}.html", language(request), may=may(ws), needed=needed, **view)
    )


def back(address: str) -> RedirectResponse:
    """Answer a form with the page to look at next."""
    return RedirectResponse(address, status_code=303)
