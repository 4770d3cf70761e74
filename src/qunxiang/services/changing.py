"""Changing a document that other people may change at the same moment."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

from qunxiang.errors import ConflictError
from qunxiang.model import Actor, Definition, NewDefinition
from qunxiang.services.house import House

T = TypeVar("T")

TRIES = 8
"""Times that a change is made anew on what others have stored meanwhile."""

_CHANGED = frozenset({"error.conflict.version", "error.conflict.exists", "error.conflict.no_document"})


def change(
    house: House,
    actor: Actor,
    kind: str,
    id: str,
    made: Callable[[Definition | None], NewDefinition],
    *,
    seen_version: int | None = None,
) -> Definition:
    """Store the next version of a document, made from the newest one (None when there is none).

    When somebody stored another version in between, `made` is asked again, so that nobody's change is undone. A change
    that replaces what its author saw says which version that was in `seen_version` (0: none was there).

    Raises
    ------
    ConflictError
        When others were faster every time, or the newest version is not the one seen.
    """

    def once() -> Definition:
        old = house.state.definition(kind, id)
        newest = old.version if old is not None else 0
        new = made(old).model_copy(update={"expected_version": newest if seen_version is None else seen_version})
        return house.state.put(new, author=actor.name, at=house.clock.now())

    return tried(once) if seen_version is None else once()


def tried(once: Callable[[], T]) -> T:
    """Call `once` until no document changes under it.

    Raises
    ------
    ConflictError
        When one does every time.
    """
    for _ in range(TRIES - 1):
        try:
            return once()
        except ConflictError as error:
            if error.code not in _CHANGED:
                raise
    return once()
