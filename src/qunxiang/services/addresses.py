"""Where saved sources lead: their address and password, and what may be reached from where."""

from __future__ import annotations

from pathlib import Path
from typing import Final

from qunxiang.errors import NotAllowedError, SourceError, UnknownNameError
from qunxiang.model import Actor, Definition, Role
from qunxiang.ports.databases import Address
from qunxiang.services.house import UPLOADS, House

SOURCE: Final = "source"
"""Kind of the documents that hold a source's address."""


def saved(house: House, name: str) -> Definition:
    """Return the document of a saved source.

    Raises
    ------
    UnknownNameError
        When there is none.
    """
    found = house.state.definition(SOURCE, name)
    if found is None or found.archived:
        known = [d.id for d in house.state.definitions(SOURCE)]
        raise UnknownNameError("error.database.unknown", name=name[:80], known=known or ["—"])
    return found


def opened(house: House, name: str) -> tuple[Address, str | None]:
    """Return the address and the password of a saved source.

    Raises
    ------
    SourceError
        When its password is nowhere to be found.
    """
    found = saved(house, name)
    address, _ = house.databases.address(found.body["url"])
    _not_our_own(house, address)
    variable = found.body["variable"]
    if variable is not None:
        password = house.secrets.environment(variable)
        if password is None:
            raise SourceError("error.database.variable_missing", name=name, variable=variable)
        return address, password
    if not found.body["kept"]:
        return address, None
    password = house.secrets.find(secret_key(name, address))
    if password is None:
        raise SourceError("error.database.password_missing", name=name)
    return address, password


def direct(house: House, actor: Actor, url: str) -> tuple[Address, str | None]:
    """Return the address and the password of a URL that a person on this machine gave.

    Raises
    ------
    NotAllowedError
        When it came from afar, where only saved sources may be read.
    """
    if not actor.at_the_machine:
        raise NotAllowedError("error.database.by_name_only")
    address, password = house.databases.address(url)
    _not_our_own(house, address)
    return address, password


def check_reach(house: House, actor: Actor, address: Address, variable: str | None) -> None:
    """Refuse what somebody who does not sit at this machine may not reach through it."""
    _not_our_own(house, address)
    if actor.at_the_machine:
        return
    if variable is not None:
        raise NotAllowedError("error.database.variable_afar")
    if address.scheme == "sqlite":
        path = Path(address.database)
        if not any(path.is_relative_to(folder) for folder in house.secrets.allowed_folders()):
            raise NotAllowedError("error.database.file_afar")
    elif actor.role is not Role.ADMIN and address.host.lower() not in house.secrets.allowed_hosts():
        raise NotAllowedError("error.database.host_afar")


def _not_our_own(house: House, address: Address) -> None:
    """Refuse the workspace's own files: they hold what roles may not see."""
    folder = house.settings.folder.resolve()
    path = Path(address.database)
    if address.scheme == "sqlite" and path.is_relative_to(folder) and not path.is_relative_to(folder / UPLOADS):
        raise NotAllowedError("error.database.own_file")


def secret_key(name: str, address: Address) -> str:
    # with the address: a changed address does not send the password elsewhere
    return f"source {name} {address}"


def forget_password(house: House, old: Definition, *, keep: str | None) -> None:
    address, _ = house.databases.address(old.body["url"])
    if secret_key(old.id, address) != keep:
        house.secrets.forget(secret_key(old.id, address))
