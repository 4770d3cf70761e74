"""The web app of one workspace: pages, REST, static files, and what guards them.

How to add pages
----------------
Put a module into ``web/pages/`` that has a ``router``; it is found by itself. A page is parsed, one use case is
called, and the answer is shaped::

    router = APIRouter()

    @router.get("/segments")
    def segments(request: Request, workspace: PageWorkspace) -> HTMLResponse:
        found = workspace.segments.list()
        return show(request, workspace, "segments.html", active="segments", page_title=Message("segments.title"),
                    segments=found)

    @router.post("/segments")
    def define(workspace: PageWorkspace, name: Annotated[str, Form()], rule: Annotated[str, Form()]) -> Response:
        workspace.segments.define(name, rule)
        return RedirectResponse(f"/segments/{quote(name)}", status_code=303)

``PageWorkspace`` (``web/auth.py``) is the workspace acting as whoever is signed in; without a session the reader is led
to signing in. ``show`` (``web/rendering.py``) renders a template with the layout's frame; templates ask
``may("segment.define")`` before they show a button, and ``is_fragment(request)`` says whether htmx asks for a part.
Errors are raised, never caught: a :class:`~qunxiang.errors.QunxiangError` becomes a page, a notice (htmx) or JSON.
Long work is started with ``workspace.jobs.start``; an uploaded file is kept by ``save_upload`` (``web/api/uploads.py``)
and its returned name is the ``source`` of a load job; the folder of a job's files is ``exports/<job id>/`` of the
workspace and ``/api/v1/jobs/<job id>/result`` hands them out. Routes are plain ``def``: they run in a thread pool.
"""

from __future__ import annotations

import importlib
import os
import pkgutil
from collections.abc import AsyncIterator, Collection
from contextlib import asynccontextmanager

from fastapi import Depends, FastAPI
from starlette.middleware import Middleware
from starlette.middleware.gzip import GZipMiddleware

from qunxiang._version import __version__
from qunxiang.web import api, entry, pages
from qunxiang.web.auth import LOCAL_HOSTS, Guard, own_site, session_cookie
from qunxiang.web.errors import Unexpected, install
from qunxiang.web.static_files import StaticFolder
from qunxiang.workspace import Workspace

UPLOAD_MB = 2048
"""Largest upload in megabytes, where QUNXIANG_UPLOAD_MB says nothing else."""


def create_app(
    workspace: Workspace,
    *,
    secure_cookies: bool = False,
    hosts: Collection[str] | None = LOCAL_HOSTS,
    upload_mb: int = UPLOAD_MB,
) -> FastAPI:
    """Return the app of a workspace; it closes the workspace when it ends.

    Parameters
    ----------
    secure_cookies
        True behind HTTPS: cookies are sent over HTTPS only.
    hosts
        Host names under which the app answers, without port; None for any. A test client needs
        ``base_url="http://127.0.0.1"``.
    upload_mb
        Largest upload in megabytes.
    """
    app = FastAPI(
        title="Qunxiang",
        telemetry={"tracing": False, "metrics": False, "logs": False},
        version=__version__,
        summary="From customer data to segments, targets, personas and reports.",
        openapi_url="/api/v1/openapi.json",
        docs_url=None,  # the ready-made pages load scripts from elsewhere
        redoc_url=None,
        lifespan=_lifespan,
        dependencies=[Depends(own_site)],
        middleware=[
            Middleware(Guard, hosts=hosts, upload_limit=upload_mb * 1024 * 1024, secure=secure_cookies),
            Middleware(GZipMiddleware, minimum_size=500, compresslevel=5),
            Middleware(Unexpected),
        ],
    )
    app.state.workspace = workspace
    app.state.secure_cookies = secure_cookies
    app.state.session_cookie = session_cookie(workspace, secure=secure_cookies)
    install(app)
    app.mount("/static", StaticFolder())
    app.include_router(api.router)
    app.include_router(entry.router, include_in_schema=False)
    for found in pkgutil.iter_modules(pages.__path__):
        module = importlib.import_module(f"{pages.__name__}.{found.name}")
        if hasattr(module, "router"):
            app.include_router(module.router, include_in_schema=False)
    return app


@asynccontextmanager
async def _lifespan(app: FastAPI) -> AsyncIterator[None]:
    yield
    app.state.workspace.close()


def app_from_environment() -> FastAPI:
    """Return the app for ``uvicorn --factory qunxiang.web.app:app_from_environment``.

    QUNXIANG_WORKSPACE names the folder (the current one by default); QUNXIANG_HOSTS the host names under which the app
    answers, separated by commas (``*`` for any; the local machine's by default); QUNXIANG_SECURE_COOKIES=1 is for
    HTTPS; QUNXIANG_UPLOAD_MB is the largest upload.
    """
    named = os.environ.get("QUNXIANG_HOSTS", "")
    hosts = LOCAL_HOSTS if not named else None if named.strip() == "*" else {h.strip() for h in named.split(",")}
    return create_app(
        Workspace(os.environ.get("QUNXIANG_WORKSPACE", ".")),
        secure_cookies=os.environ.get("QUNXIANG_SECURE_COOKIES", "") == "1",
        hosts=hosts,
        upload_mb=int(os.environ.get("QUNXIANG_UPLOAD_MB", UPLOAD_MB)),
    )
