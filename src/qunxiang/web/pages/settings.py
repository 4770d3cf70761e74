"""Settings: the workspace, its users, and who did what."""

from __future__ import annotations

from typing import Annotated, Any
from urllib.parse import quote

from fastapi import APIRouter, Form, Request
from starlette.responses import HTMLResponse, RedirectResponse, Response

from qunxiang.adapters.auth import SHORTEST
from qunxiang.errors import NotAllowedError, QunxiangError, SettingError
from qunxiang.i18n import Label, Message
from qunxiang.model import Role
from qunxiang.ports.state import AuditEntry
from qunxiang.services.access import ROLE_LABELS, USE_CASES, allowed
from qunxiang.web.api.answers import required
from qunxiang.web.auth import PageWorkspace
from qunxiang.web.pages.days import local
from qunxiang.web.pages.schedules import schedule_rows
from qunxiang.web.rendering import show
from qunxiang.workspace import Workspace

router = APIRouter()

ENTRIES_PER_PAGE = 50
RIGHTS = (
    "load",
    "resolve",
    "refresh",
    "trait.define",
    "segment.define",
    "target.choose",
    "persona.build",
    "who",
    "user.add",
)
"""Use cases that tell roles apart, as the settings page lists them."""
_LANGUAGES = {"zh": Label("中文", "Chinese"), "en": Label("英文", "English")}


@router.get("/settings")
def settings(request: Request, workspace: PageWorkspace) -> HTMLResponse:
    """Show the workspace's settings."""
    found = workspace.settings
    facts: list[tuple[Any, ...]] = [
        (Message("page.settings.name"), found.name),
        (Message("page.settings.time_zone"), found.time_zone),
        (Message("page.settings.currency"), found.currency),
        (Message("page.settings.lang"), _LANGUAGES[found.lang]),
    ]
    if workspace.actor.role is Role.ADMIN:
        facts.append((Message("page.settings.folder"), str(found.folder)))
    notice = Label(found.notice_zh, found.notice_en)
    return show(
        request,
        workspace,
        "pages/settings.html",
        active="settings",
        page_title=Message("shell.nav.settings"),
        facts=facts,
        notice=notice if notice.zh or notice.en else None,
        you=[
            (Message("page.settings.user"), workspace.actor.name),
            (Message("page.settings.role"), ROLE_LABELS[workspace.actor.role]),
        ],
        rights=rights(workspace.actor.role),
        **schedule_rows(workspace),
    )


def rights(role: Role) -> list[Message]:
    """Return in words what a role may do."""
    return [use_case_name(name) for name in RIGHTS if allowed(name, role)]


@router.get("/settings/users")
def users(request: Request, workspace: PageWorkspace) -> HTMLResponse:
    """Show who may sign in."""
    return _users(request, workspace)


@router.post("/settings/users")
def add(
    request: Request,
    workspace: PageWorkspace,
    name: Annotated[str, Form(max_length=100)],
    role: Annotated[str, Form()],
    password: Annotated[str, Form(max_length=2000)] = "",
) -> Response:
    """Add a user; the page shows a one-time link for one without a password."""
    required(workspace, "user.add")  # before a password is hashed
    try:
        if not name.strip():
            raise SettingError("page.settings.name_missing")
        user = workspace.users.add(name.strip(), role, password=password or None)
    except QunxiangError as error:
        if error.http_status >= 500 or error.http_status == 403:
            raise
        return _users(request, workspace, wrong=error, typed={"name": name, "role": role})
    link = None if password else _link(request, workspace, user.name)
    said = Message("page.settings.added", {"name": user.name})
    return _users(request, workspace, said=said, link=link, whom=user.name)


@router.post("/settings/users/{name}/change")
def change(
    request: Request,
    workspace: PageWorkspace,
    name: str,
    role: Annotated[str, Form()] = "",
    password: Annotated[str, Form(max_length=2000)] = "",
    disabled: Annotated[str, Form()] = "",
) -> Response:
    """Change role, password or access of a user."""
    required(workspace, "user.change", name)
    try:
        workspace.users.change(
            name,
            role=role or None,
            password=password or None,
            disabled={"yes": True, "no": False}.get(disabled),
        )
    except QunxiangError as error:
        if error.http_status >= 500 or error.http_status == 403:
            raise
        return _users(request, workspace, wrong=error)
    return RedirectResponse("/settings/users", status_code=303)


@router.post("/settings/users/{name}/link")
def one_time_link(request: Request, workspace: PageWorkspace, name: str) -> HTMLResponse:
    """Make a link with which a user signs in once."""
    return _users(request, workspace, link=_link(request, workspace, name), whom=name)


@router.post("/settings/users/{name}/key")
def api_key(request: Request, workspace: PageWorkspace, name: str) -> HTMLResponse:
    """Make an API key, shown this once."""
    return _users(request, workspace, key=workspace.users.key(name), whom=name)


@router.post("/settings/users/{name}/revoke")
def revoke(request: Request, workspace: PageWorkspace, name: str) -> HTMLResponse:
    """Forget all API keys of a user."""
    said = Message("page.settings.revoked", {"name": name, "n": workspace.users.revoke(name)})
    return _users(request, workspace, said=said)


def _link(request: Request, workspace: Workspace, name: str) -> str:
    return f"{request.base_url}enter?link={quote(workspace.users.link(name), safe='')}"


def _users(
    request: Request,
    workspace: Workspace,
    *,
    wrong: QunxiangError | None = None,
    typed: dict[str, str] | None = None,
    **told: Any,
) -> HTMLResponse:
    try:
        known, status = workspace.users.list(), 200 if wrong is None else 422
    except NotAllowedError:  # the page says who may
        known, status = [], NotAllowedError.http_status
    return show(
        request,
        workspace,
        "pages/settings_users.html",
        active="users",
        page_title=Message("shell.nav.users"),
        status=status,
        users=[{"user": u, "path": f"/settings/users/{quote(u.name, safe='')}"} for u in known],
        roles=[(r.value, _role_says(r)) for r in Role],
        short_roles=[(r.value, ROLE_LABELS[r]) for r in Role],
        typed=typed or {},
        shortest=SHORTEST,
        wrong=None if wrong is None else wrong.message,
        **{"said": None, "link": None, "key": None, "whom": None, **told},
    )


def _role_says(role: Role) -> Message:
    says = Message(f"page.settings.role.{role.value}")
    return Message("page.settings.role_says", {"role": ROLE_LABELS[role], "says": says})


@router.get("/settings/audit")
def audit(request: Request, workspace: PageWorkspace, use_case: str = "", before: int | None = None) -> HTMLResponse:
    """Show who did what."""
    try:
        found = workspace.audit.list(limit=ENTRIES_PER_PAGE + 1, before=before, use_case=use_case or None)
        status = 200
    except NotAllowedError:  # the page says who may
        found, status = [], NotAllowedError.http_status
    more = len(found) > ENTRIES_PER_PAGE
    found = found[:ENTRIES_PER_PAGE]
    return show(
        request,
        workspace,
        "pages/settings_audit.html",
        active="audit",
        page_title=Message("shell.nav.audit"),
        status=status,
        entries=[_entry(workspace, entry) for entry in found],
        use_case=use_case,
        use_cases=[
            ("", Message("page.settings.all_use_cases")),
            *((name, use_case_name(name)) for name in sorted((*USE_CASES, "sign_in", "sign_out"))),
        ],
        before=before,
        next_before=found[-1].id if more else None,
    )


def _entry(workspace: Workspace, entry: AuditEntry) -> dict[str, Any]:
    return {
        "entry": entry,
        "at": local(workspace, entry.at),
        "what": use_case_name(entry.use_case),
        "role": ROLE_LABELS[entry.role],
        "via": Message(f"page.settings.via.{entry.via}"),
        "outcome": Message(f"page.settings.outcome.{entry.outcome}"),
        "tone": {"done": "good", "refused": "warn", "failed": "bad"}[entry.outcome],
        "times": entry.details.get("times"),
    }


def use_case_name(name: str) -> Message:
    """Return what a use case does, in words."""
    return Message(f"page.use_case.{name}")
