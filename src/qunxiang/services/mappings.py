"""How files of one shape were mapped, kept so that the next file of that shape needs no questions."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime

from qunxiang.errors import UnknownNameError
from qunxiang.i18n import Message
from qunxiang.intake.custom import Keep
from qunxiang.intake.recognition import normalised
from qunxiang.model import ALL_COLUMNS, Actor, Definition, Frozen, NewDefinition, ReadingOptions, SavedMapping
from qunxiang.services.access import ANALYSTS, use_case
from qunxiang.services.house import House
from qunxiang.tables import LOADED

KIND = "mapping"
"""Kind of the documents that hold mappings."""


class MappingState(Frozen):
    """A saved mapping with its newest version, who saved it and when."""

    id: str
    version: int
    author: str
    at: datetime
    mapping: SavedMapping


@dataclass(frozen=True)
class Chosen:
    """How a source is loaded: what was said, with what was saved for files of its shape where nothing was.

    `exact` says that no other columns are to be recognised; `saved` is the saved mapping that was used.
    """

    mapping: Mapping[str, str]
    keep: Keep = "all"
    types: Mapping[str, str] = field(default_factory=dict)
    system: str | None = None
    reading: ReadingOptions = field(default_factory=ReadingOptions)
    exact: bool = False
    saved: MappingState | None = None


def shape_id(table: str, source_columns: Iterable[str]) -> str:
    """Return the id of the mapping for files with these columns: the same for every order and spelling of case."""
    names = sorted(normalised(name) for name in source_columns)
    return f"{table}-{hashlib.sha256(chr(31).join(names).encode()).hexdigest()[:12]}"


def saved_for(house: House, table: str, source_columns: Iterable[str]) -> MappingState | None:
    """Return the mapping saved for files with these columns, or None."""
    found = house.state.definition(KIND, shape_id(table, source_columns))
    return None if found is None or found.archived else _state(found)


def choose(
    house: House,
    table: str,
    source_columns: tuple[str, ...],
    *,
    mapping: Mapping[str, str] | None,
    keep: Keep | None,
    types: Mapping[str, str] | None,
    system: str | None,
    exact: bool,
    use_saved: bool,
    reading: ReadingOptions | None = None,
) -> Chosen:
    """Join what was said with what was saved for files of this shape; what was said goes before.

    An empty `system` says that the file is of none.
    """
    saved = saved_for(house, table, source_columns) if use_saved and not exact else None
    if saved is None:
        wanted = keep if keep is not None else "all"
        return Chosen(mapping or {}, wanted, types or {}, system or None, reading or ReadingOptions(), exact)
    before = saved.mapping
    said = set((mapping or {}).values())
    columns = {c: s for c, s in before.columns.items() if s not in said and LOADED[table].column(c) is not None}
    joined = {**columns, **(mapping or {})}
    return Chosen(
        mapping=joined,
        keep=keep if keep is not None else before.keep,
        types=before.types | dict(types) if types is not None else before.types,
        system=(system or None) if system is not None else before.system,
        reading=_reading(reading, ReadingOptions.model_validate(before.reading), joined),
        exact=True,
        saved=saved,
    )


def _reading(said: ReadingOptions | None, before: ReadingOptions, mapping: Mapping[str, str]) -> ReadingOptions:
    """Return what is said of how values are read, each answer before the saved one; empty options say that none is."""
    if said is None:
        return before
    return said if said == ReadingOptions() else said.over(before, mapping)


def save(house: House, actor: Actor, table: str, source_columns: tuple[str, ...], chosen: Chosen) -> MappingState:
    """Save how a source was loaded for the next file of its shape."""
    body = SavedMapping(
        table=table,
        source_columns=source_columns,
        columns=dict(chosen.mapping),
        keep=chosen.keep if isinstance(chosen.keep, str) else tuple(chosen.keep),
        types=dict(chosen.types),
        system=chosen.system,
        reading=chosen.reading.model_dump(mode="json"),
    ).model_dump(mode="json")
    id_ = shape_id(table, source_columns)
    before = house.state.definition(KIND, id_)
    if before is not None and not before.archived and before.body == body:
        return _state(before)
    new = NewDefinition(kind=KIND, id=id_, body=body)
    return _state(house.state.put(new, author=actor.name, at=house.clock.now()))


@use_case("mapping.list", roles=ANALYSTS)
def mappings(house: House, actor: Actor) -> list[MappingState]:
    """Return the saved mappings."""
    return [_state(d) for d in house.state.definitions(KIND) if not d.archived]


@use_case("mapping.show", roles=ANALYSTS)
def mapping(house: House, actor: Actor, id: str) -> MappingState:
    """Return one saved mapping.

    Raises
    ------
    UnknownNameError
        When there is none of that id.
    """
    return _state(_known(house, id))


@use_case("mapping.forget", roles=ANALYSTS, touches="change")
def forget(house: House, actor: Actor, id: str) -> MappingState:
    """Forget a saved mapping: the next file of its shape is recognised anew. Its history stays.

    Raises
    ------
    UnknownNameError
        When there is none of that id.
    """
    found = _known(house, id)
    gone = NewDefinition(kind=KIND, id=id, body=found.body, expected_version=found.version, archived=True)
    house.state.put(gone, author=actor.name, at=house.clock.now())
    return _state(found)


def how_read(mapping_: SavedMapping) -> tuple[tuple[str, tuple[Message | str, ...]], ...]:
    """Return how a mapping reads values and what it keeps, in words: code of the thing's name, and what is said of it.

    Only what is said stands in it; an empty tuple when nothing is.
    """
    reading = ReadingOptions.model_validate(mapping_.reading)
    orders = [_of(name, Message(f"page.load.dates.{order}")) for name, order in reading.dates.items()]
    said: dict[str, tuple[Message | str, ...]] = {
        "dates": tuple(orders),
        "decimal_comma": tuple(_column(name) for name in reading.decimal_comma),
        "currency": (reading.currency,) if reading.currency else (),
        "null_words": reading.null_words,
        "widths": tuple(_of(name, str(width)) for name, width in reading.widths.items()),
        "unreadable": (Message(f"page.load.unreadable.{reading.unreadable}"),) if reading.unreadable else (),
        "kept": tuple(
            _of(s, Message(f"page.data.type.{t}")) if (t := mapping_.types.get(s)) else s for s in mapping_.kept
        ),
    }
    return tuple((f"mapping.{what}", words) for what, words in said.items() if words)


def _of(name: str, what: Message | str) -> Message:
    return Message("mapping.of", {"column": _column(name), "what": what})


def _column(name: str) -> Message | str:
    return Message("mapping.every_column") if name == ALL_COLUMNS else name


def _known(house: House, id_: str) -> Definition:
    found = house.state.definition(KIND, id_)
    if found is None or found.archived:
        known = [d.id for d in house.state.definitions(KIND) if not d.archived]
        raise UnknownNameError("error.mapping.unknown", id=id_[:80], has=known or ["—"])
    return found


def _state(found: Definition) -> MappingState:
    mapping_ = SavedMapping.model_validate(found.body)
    return MappingState(id=found.id, version=found.version, author=found.author, at=found.at, mapping=mapping_)
