"""Reading the address of a database. No error repeats it: it may hold a password."""

from __future__ import annotations

from pathlib import Path
from urllib.parse import parse_qsl, unquote, urlsplit

from qunxiang.errors import SourceError
from qunxiang.ports.databases import Address

SCHEMES = {
    "postgresql": "postgresql",
    "postgres": "postgresql",
    "mysql": "mysql",
    "mariadb": "mysql",
    "sqlite": "sqlite",
}
PORTS = {"postgresql": 5432, "mysql": 3306}
TLS = ("", "require", "verify-full")


def read_address(url: str) -> tuple[Address, str | None]:
    """Return the address and the password of a URL; see :meth:`qunxiang.ports.databases.Databases.address`."""
    named, _, _ = url.partition("://")
    scheme = SCHEMES.get(named.strip().lower())
    if scheme is None or "://" not in url:
        raise SourceError("error.database.scheme", known=sorted(SCHEMES))
    if scheme == "sqlite":
        return _file(url), None
    try:
        parts = urlsplit(url.strip())
        port = parts.port or PORTS[scheme]
    except ValueError as error:
        raise SourceError("error.database.address", scheme=scheme) from error
    database = unquote(parts.path.removeprefix("/"))
    if not parts.hostname or not database or "/" in database or parts.fragment:
        raise SourceError("error.database.address", scheme=scheme)
    address = Address(scheme, unquote(parts.hostname), port, database, unquote(parts.username or ""), _tls(parts.query))
    return address, None if parts.password is None else unquote(parts.password)


def _file(url: str) -> Address:
    """Read ``sqlite:///relative``, ``sqlite:////absolute`` or ``sqlite://~/…``."""
    rest = url.partition("://")[2]
    path = unquote(rest.removeprefix("/") if rest.startswith("/") else rest)
    if not path or path.startswith(":memory:") or "\0" in path or "?" in rest:
        raise SourceError("error.database.file_address")
    return Address("sqlite", "", 0, str(Path(path).expanduser().resolve()), "")


def _tls(query: str) -> str:
    # a driver's own options could name files, sockets or statements: none but this one is passed on
    options = dict(parse_qsl(query, keep_blank_values=True))
    tls = options.pop("tls", options.pop("sslmode", ""))
    if options or tls not in TLS:
        raise SourceError("error.database.option", known=["tls=require", "tls=verify-full"])
    return tls
