"""Coming in and going out: one-time links, signing in with a password, signing out, and the language."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Form
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from qunxiang.errors import SettingError, SignInError
from qunxiang.i18n import LANGUAGES
from qunxiang.web.auth import local_path, session_secret, set_session
from qunxiang.web.rendering import keep_language, show_blank
from qunxiang.workspace import Workspace

router = APIRouter()


def _workspace(request: Request) -> Workspace:
    workspace: Workspace = request.app.state.workspace
    return workspace


def _address(request: Request) -> str:
    return request.client.host if request.client else ""


@router.get("/enter")
def enter(request: Request, link: str = "") -> Response:
    """Spend a one-time link; the redirect takes its secret out of the browser's history."""
    secret, _ = _workspace(request).users.enter(link, address=_address(request))
    response = RedirectResponse("/", status_code=303)
    set_session(request, response, secret)
    return response


@router.get("/sign-in")
def sign_in_page(request: Request, next: str = "/") -> Response:
    """Ask for name and password."""
    return show_blank(request, "sign_in.html", here=local_path(next), message=None, name="")


@router.post("/sign-in")
def sign_in(
    request: Request,
    name: Annotated[str, Form(max_length=200)],
    password: Annotated[str, Form(max_length=2000)],
    next: Annotated[str, Form()] = "/",
) -> Response:
    """Check name and password and open a session."""
    target = local_path(next)
    try:
        secret, _ = _workspace(request).users.sign_in(name.strip(), password, address=_address(request))
    except SignInError as error:
        status = 429 if "seconds" in error.params else error.http_status
        return show_blank(request, "sign_in.html", status=status, here=target, message=error.message, name=name)
    response = RedirectResponse(target, status_code=303)
    set_session(request, response, secret)
    return response


@router.post("/sign-out")
def sign_out(request: Request) -> Response:
    """End the session, here and in the state."""
    secret = session_secret(request)
    if secret is not None:
        _workspace(request).users.sign_out(secret)
    response = RedirectResponse("/sign-in", status_code=303)
    state = request.app.state
    response.delete_cookie(state.session_cookie, secure=state.secure_cookies, httponly=True, samesite="lax")
    return response


@router.get("/language/{lang}")
def choose_language(request: Request, lang: str, next: str = "/") -> Response:
    """Show pages in another language from now on."""
    if lang not in LANGUAGES:
        raise SettingError("error.setting.lang", value=lang[:8], known=list(LANGUAGES))
    response = RedirectResponse(local_path(next), status_code=303)
    keep_language(request, response, lang)
    return response
