"""Who may do what, and the record of who did.

A use case is a function ``f(house, actor, ...)`` declared with :func:`use_case`. The declaration holds the roles that
may call it. Every call is checked here, whatever door it came through, and every change, every look at single
customers, every export and every refusal is written to the audit. Plain reads of aggregates, also those that fail, are
noted in batches, so that looking at a page costs no disk flush.
"""

from __future__ import annotations

import functools
import threading
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Concatenate, Literal, ParamSpec, TypeVar
from weakref import WeakKeyDictionary

from qunxiang.errors import NotAllowedError
from qunxiang.i18n import Label
from qunxiang.model import Actor, Role
from qunxiang.ports.state import State
from qunxiang.services.house import House

P = ParamSpec("P")
R = TypeVar("R")

Touch = Literal["read", "single", "change"]
"""What a use case touches: aggregates, single customers (or an export of them), or something it changes."""

Outcome = Literal["done", "refused", "failed"]

ADMIN = frozenset({Role.ADMIN})
ANALYSTS = ADMIN | {Role.ANALYST}
MAKERS = ANALYSTS | {Role.MARKETER}
FRONT = MAKERS | {Role.SALES}
EVERYONE = frozenset(Role)

ROLE_LABELS = {
    Role.ADMIN: Label("管理员", "admin"),
    Role.ANALYST: Label("分析师", "analyst"),
    Role.MARKETER: Label("营销", "marketer"),
    Role.SALES: Label("销售", "sales"),
    Role.VIEWER: Label("只读", "viewer"),
}


@dataclass(frozen=True)
class UseCase:
    """A declared use case: name, roles that may call it, what it touches, and the checked function."""

    name: str
    roles: frozenset[Role]
    touches: Touch
    call: Callable[..., Any]


USE_CASES: dict[str, UseCase] = {}
"""Every declared use case by name; filled when the modules of `services` are imported."""


def allowed(name: str, role: Role) -> bool:
    """Say whether `role` may call the use case, so that a page can leave out what would be refused."""
    return role in USE_CASES[name].roles


def require(house: House, actor: Actor, name: str, subject: str = "") -> None:
    """Refuse what the actor's role does not cover before any work is begun for it; the refusal is in the audit.

    Raises
    ------
    NotAllowedError
        When the role does not cover the use case.
    """
    if not allowed(name, actor.role):
        _record(house, actor, name, subject[:200], "refused", {})
        raise refusal(name, actor.role)


def refusal(name: str, role: Role) -> NotAllowedError:
    """Return the error that says which roles may call a use case."""
    needed = [ROLE_LABELS[r] for r in Role if r in USE_CASES[name].roles]
    return NotAllowedError("error.access.role", use_case=name, role=ROLE_LABELS[role], needed=needed)


def use_case(
    name: str, *, roles: frozenset[Role], touches: Touch = "read", named: bool = True
) -> Callable[[Callable[Concatenate[House, Actor, P], R]], Callable[Concatenate[House, Actor, P], R]]:
    """Declare a use case; its first further argument, when a string, is its subject in the audit.

    Without `named` it has none there: what a search is for may be somebody's telephone number.
    """

    def declare(function: Callable[Concatenate[House, Actor, P], R]) -> Callable[Concatenate[House, Actor, P], R]:
        @functools.wraps(function)
        def checked(house: House, actor: Actor, /, *args: P.args, **kwargs: P.kwargs) -> R:
            texts = (v for v in (*args, *kwargs.values()) if named and isinstance(v, str))
            subject = next(texts, "")[:200]
            require(house, actor, name, subject)
            try:
                result = function(house, actor, *args, **kwargs)
            except Exception as error:
                outcome: Outcome = "refused" if isinstance(error, NotAllowedError) else "failed"
                note(house, actor, name, subject, outcome, {"error": getattr(error, "code", type(error).__name__)})
                raise
            note(house, actor, name, subject, "done", {})
            return result

        note = _READS.note if touches == "read" else _record

        USE_CASES[name] = UseCase(name, roles, touches, checked)
        return checked

    return declare


def flush_reads(house: House) -> None:
    """Write the reads noted so far to the audit."""
    _READS.flush(house)


def _record(
    house: House,
    actor: Actor,
    name: str,
    subject: str,
    outcome: Outcome,
    details: dict[str, str],
) -> None:
    house.state.record(
        actor=actor, at=house.clock.now(), use_case=name, subject=subject, outcome=outcome, details=details
    )


@dataclass
class _Noted:
    """Reads of one actor, use case, subject and outcome not written yet: the first, the last, and how many."""

    first: datetime
    last: datetime
    times: int

    def add(self, other: _Noted) -> None:
        self.first, self.last = min(self.first, other.first), max(self.last, other.last)
        self.times += other.times


_Key = tuple[Actor, str, str, Outcome, str]
"""Actor, use case, subject, outcome, and the code of the error; empty when there was none."""


class _Reads:
    """Reads not yet written, counted per actor, door, use case, subject and outcome; each state has its own."""

    LIMIT = 200
    """Kinds of reads after which all are written."""

    SECONDS = 60.0
    """Age of the oldest read at which all are written; the next read looks."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._noted: WeakKeyDictionary[State, dict[_Key, _Noted]] = WeakKeyDictionary()

    def note(
        self, house: House, actor: Actor, name: str, subject: str, outcome: Outcome, details: dict[str, str]
    ) -> None:
        at = house.clock.now()
        with self._lock:
            self._keep(house, (actor, name, subject, outcome, details.get("error", "")), _Noted(at, at, 1))
            noted = self._noted[house.state]
            oldest = min(found.first for found in noted.values())
            full = len(noted) >= self.LIMIT or (at - oldest).total_seconds() >= self.SECONDS
        if full:
            self.flush(house)

    def flush(self, house: House) -> None:
        with self._lock:
            waiting = self._noted.pop(house.state, {})
        try:
            while waiting:
                key = next(iter(waiting))
                self._write(house, key, waiting[key])
                del waiting[key]
        finally:  # what could not be written waits for the next time
            with self._lock:
                for key, found in waiting.items():
                    self._keep(house, key, found)

    def _keep(self, house: House, key: _Key, found: _Noted) -> None:
        noted = self._noted.setdefault(house.state, {})
        if key in noted:
            noted[key].add(found)
        else:
            noted[key] = found

    def _write(self, house: House, key: _Key, found: _Noted) -> None:
        actor, name, subject, outcome, error = key
        details = {"times": found.times} | ({"error": error} if error else {})
        house.state.record(actor=actor, at=found.last, use_case=name, subject=subject, outcome=outcome, details=details)


_READS = _Reads()
