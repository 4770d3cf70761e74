"""Who is asking: session cookies and API keys, the guard against foreign sites, and the headers of every answer."""

from __future__ import annotations

import hashlib
from collections.abc import Collection
from typing import Annotated
from urllib.parse import quote, urlsplit

from fastapi import Depends
from starlette.datastructures import Headers, MutableHeaders
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from qunxiang.errors import NotAllowedError, SignInError
from qunxiang.web.shell import SECURITY_HEADERS
from qunxiang.workspace import Workspace

LOCAL_HOSTS = frozenset({"127.0.0.1", "localhost", "[::1]"})
SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})
SESSION_SECONDS = 14 * 24 * 3600
BODY_LIMIT = 2 * 1024 * 1024
"""Largest body of a request that uploads nothing, in bytes."""

HEADERS = {
    **SECURITY_HEADERS,
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Resource-Policy": "same-origin",
    "X-Frame-Options": "DENY",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=(), payment=(), usb=()",
}


class Guard:
    """Refuse foreign hosts, writes from foreign sites and bodies that are too large; set the security headers.

    Parameters
    ----------
    hosts
        Host names (without port) under which the app answers; None for any. Naming them keeps a foreign site from
        reaching a local server through a name of its own (DNS rebinding).
    upload_limit
        Largest body of a multipart request, in bytes.
    secure
        Whether the app is served over HTTPS only.
    """

    def __init__(self, app: ASGIApp, *, hosts: Collection[str] | None, upload_limit: int, secure: bool) -> None:
        self._app = app
        self._hosts = None if hosts is None else frozenset(h.lower() for h in hosts)
        self._upload_limit = upload_limit
        self._headers = dict(HEADERS)
        if secure:
            self._headers["Strict-Transport-Security"] = "max-age=31536000"

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        headers = Headers(scope=scope)
        private = not scope["path"].startswith("/static/")

        async def guarded(message: Message) -> None:
            if message["type"] == "http.response.start":
                own = MutableHeaders(scope=message)
                for name, value in self._headers.items():
                    own.setdefault(name, value)
                if private:
                    own.setdefault("Cache-Control", "no-store")
            await send(message)

        if self._hosts is not None and host_name(headers.get("host", "")) not in self._hosts:
            await Response("400 host", status_code=400, media_type="text/plain")(scope, receive, guarded)
            return
        if scope["method"] not in SAFE_METHODS and not same_origin(headers):
            scope["qunxiang.foreign"] = True  # refused inside, where the error gets its page or its JSON
        limit = self._upload_limit if headers.get("content-type", "").startswith("multipart/") else BODY_LIMIT
        await self._app(scope, _limited(receive, headers, limit), guarded)


def _limited(receive: Receive, headers: Headers, limit: int) -> Receive:
    """Count the bytes of the body; said and true length may differ, so both are held to `limit`."""
    said = headers.get("content-length", "")
    read = int(said) if said.isdecimal() and int(said) > limit else 0

    async def counted() -> Message:
        nonlocal read
        message = await receive()
        read += len(message.get("body", b""))
        if read > limit:
            raise HTTPException(413)
        return message

    return counted


def host_name(host: str) -> str:
    """Return the name in a Host header without its port; empty when it is none."""
    name, _, port = host.lower().rpartition(":")
    return name if name and port.isdecimal() else host.lower()


def same_origin(headers: Headers) -> bool:
    """Say whether a request comes from the app's own pages, or from no page at all (a program)."""
    site = headers.get("sec-fetch-site")
    if site is not None:
        return site in ("same-origin", "none")
    origin = headers.get("origin")
    if origin is None:
        return True
    parts = urlsplit(origin)
    default = {"http": ":80", "https": ":443"}.get(parts.scheme, "")
    return bool(parts.netloc) and parts.netloc.lower().removesuffix(default) == headers.get(
        "host", ""
    ).lower().removesuffix(default)


def session_cookie(workspace: Workspace, *, secure: bool) -> str:
    """Return the name of the session cookie; two servers on one machine share their cookies, so it names the folder."""
    folder = hashlib.sha256(str(workspace.settings.folder).encode()).hexdigest()[:8]
    return ("__Host-" if secure else "") + f"qx_session_{folder}"


def set_session(request: Request, response: Response, secret: str) -> None:
    """Hand the browser its session."""
    state = request.app.state
    response.set_cookie(
        state.session_cookie,
        secret,
        max_age=SESSION_SECONDS,
        path="/",
        secure=state.secure_cookies,
        httponly=True,
        samesite="lax",
    )


def session_secret(request: Request) -> str | None:
    """Return the secret of the session that the browser sent."""
    return request.cookies.get(request.app.state.session_cookie)


def page_workspace(request: Request) -> Workspace:
    """Return the workspace for whoever is signed in.

    Raises
    ------
    SignInError
        When nobody is; a page then leads to signing in.
    """
    return _acting(request, via="web", keys=False)


def rest_workspace(request: Request) -> Workspace:
    """Return the workspace for the API key or session of a request.

    Raises
    ------
    SignInError
        When there is neither, or it has ended.
    """
    return _acting(request, via="rest", keys=True)


def _acting(request: Request, *, via: str, keys: bool) -> Workspace:
    workspace: Workspace = request.app.state.workspace
    scheme, _, key = request.headers.get("authorization", "").partition(" ")
    if keys and scheme.lower() == "bearer":
        actor = workspace.users.of_key(key.strip())
    else:
        secret = session_secret(request)
        actor = None if secret is None else workspace.users.of_session(secret)
    if actor is None:
        raise SignInError("error.web.sign_in")
    acting = workspace.acting_as(actor.model_copy(update={"via": via}))
    request.state.acting = acting  # an error page keeps the layout of whoever is signed in
    return acting


def own_site(request: Request) -> None:
    """Refuse a write that a foreign site caused; every route of the app depends on this.

    Raises
    ------
    NotAllowedError
        When a foreign site caused it.
    """
    if request.scope.get("qunxiang.foreign"):
        raise NotAllowedError("error.web.foreign")


def local_path(address: str | None) -> str:
    """Return `address` when it is a path of this app, else ``/``, so that nobody is led to another site."""
    if not address or not address.startswith("/") or address.startswith(("//", "/\\")):
        return "/"
    return quote(address, safe="/?&=%#+,:;@!$'()*~-._") if address.isprintable() else "/"


PageWorkspace = Annotated[Workspace, Depends(page_workspace)]
"""The workspace of a page's reader, as the type of an argument of a page route."""

RestWorkspace = Annotated[Workspace, Depends(rest_workspace)]
"""The workspace of a caller of the REST interface."""
