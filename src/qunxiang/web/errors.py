"""Errors as pages, as notices in a page, and as JSON; in the reader's language, without values of single customers."""

from __future__ import annotations

import logging
import uuid
from typing import Any
from urllib.parse import quote

from fastapi import FastAPI
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse, RedirectResponse, Response
from starlette.types import ASGIApp, Receive, Scope, Send
from starlette.types import Message as Sent

from qunxiang.errors import QunxiangError, RuleError, SignInError
from qunxiang.i18n import Message, render, to_json
from qunxiang.web.rendering import here, is_fragment, language, show, show_blank

LOG = logging.getLogger("qunxiang.web")
_STATUS_CODES = {404: "error.web.not_found", 405: "error.web.method", 413: "error.web.too_large"}


def is_rest(request: Request) -> bool:
    """Say whether the request is one of programs."""
    return request.url.path.startswith("/api/")


def install(app: FastAPI) -> None:
    """Answer every error of `app`."""
    app.add_exception_handler(QunxiangError, _known)
    app.add_exception_handler(RequestValidationError, _invalid)
    app.add_exception_handler(HTTPException, _http)


async def _known(request: Request, error: Exception) -> Response:
    assert isinstance(error, QunxiangError)
    if error.http_status >= 500:
        LOG.error("%s at %s: %s", error.code, route_template(request.scope), type(error).__name__)
    wants_sign_in = isinstance(error, SignInError) and error.code == "error.web.sign_in"
    if wants_sign_in and not is_rest(request):
        return _to_sign_in(request)
    extra: dict[str, Any] = {}
    if isinstance(error, RuleError) and error.start is not None:
        extra = {"start": error.start, "end": error.end}
        extra |= {"line": error.line, "column": error.column} if error.line is not None else {}
    return answer(request, error.message, error.http_status, said=error.told, **extra)


def _to_sign_in(request: Request) -> Response:
    target = "/sign-in?next=" + quote(here(request) if request.method == "GET" else "/", safe="")
    if is_fragment(request):  # a redirect would put the sign-in page into the middle of the page
        return Response(status_code=200, headers={"HX-Redirect": "/sign-in"})
    return RedirectResponse(target, status_code=303)


async def _invalid(request: Request, error: Exception) -> Response:
    assert isinstance(error, RequestValidationError)
    fields = [".".join(str(part) for part in item["loc"][1:]) or str(item["loc"][0]) for item in error.errors()]
    fields = list(dict.fromkeys(field[:80] for field in fields))[:20]
    return answer(request, Message("error.web.invalid", {"fields": fields}), 422)


async def _http(request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)
    code = _STATUS_CODES.get(error.status_code, "error.web.request")
    response = answer(request, Message(code, {"status": error.status_code}), error.status_code)
    response.headers.update(error.headers or {})
    return response


class Unexpected:
    """Answer an error nobody foresaw with its number, and log where it came from.

    Neither the message nor the values of frames are logged: both may hold data of single customers.
    """

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        started = False

        async def noting(message: Sent) -> None:
            nonlocal started
            started = started or message["type"] == "http.response.start"
            await send(message)

        try:
            await self._app(scope, receive, noting)
        except Exception as error:
            number = uuid.uuid4().hex[:12]
            _log(number, error, f"{scope.get('method')} {route_template(scope)}")
            if started or scope["type"] != "http":
                raise
            response = answer(Request(scope), Message("error.web.unexpected", {"number": number}), 500)
            await response(scope, receive, send)


def route_template(scope: Scope) -> str:
    """Return the path that a request's route declares; the path itself may hold the id of a single customer."""
    return str(getattr(scope.get("route"), "path", "no route"))


def _log(number: str, error: BaseException, where: str) -> None:
    frames = []
    trace = error.__traceback__
    while trace is not None:
        frames.append(f"{trace.tb_frame.f_code.co_filename}:{trace.tb_lineno}")
        trace = trace.tb_next
    LOG.error("unexpected %s %s at %s: %s", number, type(error).__name__, where, " < ".join(reversed(frames[-8:])))


def answer(request: Request, message: Message, status: int, *, said: Message | None = None, **extra: Any) -> Response:
    """Answer with an error: JSON for programs, a notice for htmx, else a page. `said` is read instead of `message`."""
    lang = language(request)
    told = said if said is not None else message
    if is_rest(request):
        error = {
            "code": message.code,
            "message": render(told, lang),
            "params": to_json(dict(message.params)),
            **extra,
        }
        headers = {"WWW-Authenticate": "Bearer"} if status == 401 else {}
        return JSONResponse({"error": error}, status_code=status, headers=headers)
    acting = getattr(request.state, "acting", None)
    if acting is not None and status < 500 and not is_fragment(request):
        nothing = message.code.startswith("error.nothing.")
        title = Message("web.error.nothing" if nothing else "web.error.title")
        return show(
            request,
            acting,
            "pages/error.html",
            active="",
            page_title=title,
            status=status,
            title=title,
            message=told,
            code=status,
            nothing=nothing,
        )
    template = "error_notice.html" if is_fragment(request) else "error.html"
    return show_blank(request, template, status=status, message=told, code=status)
