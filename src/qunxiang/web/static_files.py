"""Static files: found by name only, compressed once, kept by browsers until their hash changes."""

from __future__ import annotations

import gzip
import mimetypes
from functools import cache
from pathlib import Path

from starlette.datastructures import Headers, QueryParams
from starlette.exceptions import HTTPException
from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from qunxiang.web.shell import STATIC, asset

_TYPES = {".js": "text/javascript", ".css": "text/css", ".svg": "image/svg+xml", ".txt": "text/plain"}
_FOREVER = "public, max-age=31536000, immutable"


class StaticFolder:
    """An ASGI app that serves the files below ``web/static``."""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        name = scope["path"].removeprefix(scope.get("root_path", "")).lstrip("/")
        path = _files().get(name)
        if scope["type"] != "http" or path is None:
            raise HTTPException(404)
        if scope["method"] not in ("GET", "HEAD"):
            raise HTTPException(405, headers={"Allow": "GET, HEAD"})
        plain, packed = _content(path, path.stat().st_mtime_ns)
        headers = Headers(scope=scope)
        digest = asset(name).rpartition("=")[2]
        # an address with the hash names this very content; any other must ask again
        known = QueryParams(scope["query_string"]).get("v") == digest
        own = {"Cache-Control": _FOREVER if known else "no-cache", "ETag": f'"{digest}"', "Vary": "Accept-Encoding"}
        if headers.get("if-none-match") == f'"{digest}"':
            await Response(status_code=304, headers=own)(scope, receive, send)
            return
        body = plain
        if packed is not None and "gzip" in headers.get("accept-encoding", ""):
            body, own["Content-Encoding"] = packed, "gzip"
        kind = _TYPES.get(path.suffix) or mimetypes.guess_type(path.name)[0] or "application/octet-stream"
        response = Response(body if scope["method"] == "GET" else b"", headers=own, media_type=kind)
        await response(scope, receive, send)


@cache
def _files() -> dict[str, Path]:
    return {path.relative_to(STATIC).as_posix(): path for path in STATIC.rglob("*") if path.is_file()}


@cache
def _content(path: Path, changed: int) -> tuple[bytes, bytes | None]:
    plain = path.read_bytes()
    packed = gzip.compress(plain, 9, mtime=0)
    return plain, packed if len(packed) < 0.9 * len(plain) else None
