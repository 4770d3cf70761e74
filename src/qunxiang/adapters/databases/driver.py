"""What every database's driver gives: a result of one moment, read bit by bit."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import Any, ClassVar, Protocol

from sqlglot import exp

from qunxiang.adapters.databases.values import Column
from qunxiang.errors import SourceError
from qunxiang.ports.databases import Address, DatabaseTable

CONNECT_SECONDS = 10
STATEMENT_SECONDS = 1_800
_SHOWN = 300


@dataclass(frozen=True)
class Result:
    """Columns of a running query, and a call that gives its next rows, at most so many; none at its end."""

    columns: tuple[Column, ...]
    fetch: Callable[[int], Sequence[Sequence[Any]]]


class Reading(Protocol):
    """An open read-only transaction."""

    def run(self, query: exp.Query) -> Result:
        """Run a query; its rows stay at the server until they are fetched."""
        ...

    def tables(self) -> tuple[DatabaseTable, ...]:
        """Return the tables and views that can be read."""
        ...

    def named(self, table: exp.Table) -> str | None:
        """Return the name under which :meth:`tables` lists the table that a query would find; None when there is none.

        It is asked before a query runs: that may leave rows at the server, and nothing else be asked meanwhile.
        """
        ...


class Driver(Protocol):
    """Opens read-only transactions in one database."""

    dialect: ClassVar[str]

    def reading(self) -> AbstractContextManager[Reading]:
        """Open one; errors of the driver become :class:`qunxiang.errors.SourceError`."""
        ...


def unreachable(address: Address, why: str, password: str | None) -> SourceError:
    """Return the error of a connection that was not made."""
    return SourceError("error.database.unreachable", database=str(address), why=_safe(why, password))


def refused(address: Address, why: str, password: str | None) -> SourceError:
    """Return the error of a statement that the database did not carry out."""
    return SourceError("error.database.refused", database=str(address), why=_safe(why, password))


def _safe(why: str, password: str | None) -> str:
    said = " ".join(why.split())
    return (said.replace(password, "…") if password else said)[:_SHOWN]
