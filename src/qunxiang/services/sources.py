"""Databases that are kept under a name: their address, where their password comes from, and their tables."""

from __future__ import annotations

import re
from datetime import datetime
from typing import Literal

from qunxiang.errors import SettingError
from qunxiang.intake import recognise
from qunxiang.intake.recognition import normalised
from qunxiang.model import Actor, Definition, Frozen, NewDefinition
from qunxiang.ports.databases import DatabaseTable, Form
from qunxiang.services.access import ANALYSTS, use_case
from qunxiang.services.addresses import SOURCE, check_reach, forget_password, opened, saved, secret_key
from qunxiang.services.cursors import CURSOR
from qunxiang.services.house import House
from qunxiang.tables import LOADED

VARIABLE = re.compile(r"QUNXIANG_PASSWORD_[A-Z0-9_]{1,80}")
_NAME = re.compile(r"\w[\w.-]{0,59}")

PasswordFrom = Literal["none", "kept", "environment"]


class CursorState(Frozen):
    """How far a cursor has come: the loaded table, what was read, the cursor's column and its greatest value.

    `form` says what the value is (see :class:`qunxiang.ports.databases.Form`).
    """

    table: str
    of: str
    cursor: str
    value: str
    form: Form

    @property
    def reached(self) -> str | datetime:
        """The value for people: a moment where it is one with a time zone, else as it is kept."""
        return datetime.fromisoformat(self.value) if self.form is Form.MOMENT else self.value


class SourceState(Frozen):
    """A saved source; `password` says where the password comes from, never what it is."""

    name: str
    url: str
    password: PasswordFrom
    variable: str | None
    author: str
    at: str
    cursors: tuple[CursorState, ...]


class SourceColumn(Frozen):
    """A column of a table of a source, and the column of the contract that it is recognised as."""

    name: str
    type: str
    fills: str | None


class SourceTable(Frozen):
    """A table of a source, and the table of the workspace that it looks like (None when nothing fits)."""

    name: str
    columns: tuple[SourceColumn, ...]
    guess: str | None


@use_case("source.add", roles=ANALYSTS, touches="change")
def add(
    house: House,
    actor: Actor,
    name: str,
    *,
    url: str,
    password: str | None = None,
    variable: str | None = None,
) -> SourceState:
    """Save a database under a name; its address and password are replaced when the name exists.

    The password is written neither to the state nor to the audit, and no answer, export or error holds it.

    Parameters
    ----------
    url
        Address such as ``postgresql://reader@db.example:5432/shop``. A password in it is taken out and kept as
        `password` is.
    password
        Kept in a file of the workspace that its owner alone may read.
    variable
        Environment variable that holds the password when it is needed; begins with ``QUNXIANG_PASSWORD_``.

    Raises
    ------
    SettingError
        When the name or the variable's name is not allowed.
    SourceError
        When the address cannot be read.
    NotAllowedError
        When somebody from afar names a host, file or variable that the operator has not allowed.
    """
    if not _NAME.fullmatch(name):
        raise SettingError("error.database.name", name=name[:80])
    address, inside = house.databases.address(url)
    secret = password or inside
    if variable is not None and not VARIABLE.fullmatch(variable):
        raise SettingError("error.database.variable")
    if variable is not None and secret:
        raise SettingError("error.database.two_passwords")
    check_reach(house, actor, address, variable)
    body = {"url": str(address), "variable": variable, "kept": bool(secret)}
    old = house.state.definition(SOURCE, name)
    if secret:
        house.secrets.keep(secret_key(name, address), secret)
    made = house.state.put(NewDefinition(kind=SOURCE, id=name, body=body), author=actor.name, at=house.clock.now())
    if old is not None and (old.body["url"], old.body["kept"]) != (body["url"], body["kept"]):
        forget_password(house, old, keep=secret_key(name, address) if secret else None)
    return _state(house, made)


@use_case("source.list", roles=ANALYSTS)
def sources(house: House, actor: Actor) -> list[SourceState]:
    """Return the saved sources by name, each with how far its cursors have come."""
    return [_state(house, found) for found in house.state.definitions(SOURCE)]


@use_case("source.remove", roles=ANALYSTS, touches="change")
def remove(house: House, actor: Actor, name: str) -> None:
    """Drop a saved source and its password. What was loaded from it stays, and so do its cursors' values.

    Raises
    ------
    UnknownNameError
        When there is no such source.
    """
    found = saved(house, name)
    house.state.put(
        NewDefinition(kind=SOURCE, id=name, body=found.body, archived=True), author=actor.name, at=house.clock.now()
    )
    forget_password(house, found, keep=None)


@use_case("source.tables", roles=ANALYSTS, touches="single")
def tables(house: House, actor: Actor, name: str) -> list[SourceTable]:
    """Return the tables of a saved source with their columns, and which table of the workspace each looks like.

    Raises
    ------
    UnknownNameError
        When there is no such source.
    SourceError
        When the database cannot be reached or refuses.
    """
    address, password = opened(house, name)
    return [_table(found) for found in house.databases.tables(address, password)]


def _state(house: House, found: Definition) -> SourceState:
    body = found.body
    cursors = tuple(
        CursorState(**{part: d.body[part] for part in CursorState.model_fields})
        for d in house.state.definitions(CURSOR)
        if d.body["source"] == found.id
    )
    return SourceState(
        name=found.id,
        url=body["url"],
        password="environment" if body["variable"] else "kept" if body["kept"] else "none",
        variable=body["variable"],
        author=found.author,
        at=found.at.isoformat(),
        cursors=cursors,
    )


_CALLED = {
    "orders": "order orders sales trade trades 订单 订单表",
    "order_lines": "orderitem orderitems orderline orderlines orderdetail orderdetails ordergoods 订单明细 订单商品",
    "products": "product products goods item items sku skus 商品 产品 商品表",
    "persons": "member members user users customer customers buyer buyers 会员 客户 用户 会员表",
    "accounts": "account accounts company companies dealer dealers 企业 经销商 往来单位",
    "contacts": "contact contacts 联系人",
    "opportunities": "opportunity opportunities deal deals 商机",
    "events": "event events behavior behaviour pageview pageviews 行为",
    "tags": "tag tags usertag membertag 标签",
}
"""What databases call tables, compared without case and underscores."""


def _called(name: str) -> str | None:
    """Return the table that a database's table is called like; prefixes such as ``t_`` and ``shop.`` do not count."""
    plain = normalised(re.sub(r"^(?:t|tb|tbl|dim|dwd|ods|fact)_", "", name.rpartition(".")[2].lower()))
    return next((table for table, words in _CALLED.items() if plain in words.split()), None)


def _table(found: DatabaseTable) -> SourceTable:
    names = [c.name for c in found.columns]
    best: tuple[int, str] = (0, "")
    for name, contract in LOADED.items():
        seen = recognise(contract, names)
        if not seen.missing and len(seen.mapping) > best[0]:
            best = (len(seen.mapping), name)
    guess = _called(found.name) or best[1] or None
    fills = {} if guess is None else {v: k for k, v in recognise(LOADED[guess], names).mapping.items()}
    columns = tuple(SourceColumn(name=c.name, type=c.type, fills=fills.get(c.name)) for c in found.columns)
    return SourceTable(name=found.name, columns=columns, guess=guess)
