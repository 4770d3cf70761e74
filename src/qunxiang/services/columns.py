"""The columns of a table in this workspace: the contract's, and those that files brought besides."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from qunxiang.errors import SettingError, UnknownNameError
from qunxiang.intake import Recognition, Staged
from qunxiang.intake.custom import (
    MOST_CUSTOM,
    Keep,
    candidates,
    content_query,
    extended,
    identifies,
    kept_columns,
    known_column,
    safe_name,
    unread_query,
)
from qunxiang.model import Actor, CustomColumn, CustomColumns, NewDefinition
from qunxiang.ports.engine import Session
from qunxiang.services.access import ANALYSTS, use_case
from qunxiang.services.house import House
from qunxiang.tables import CONTRACTS, ColumnType, Contract

KIND = "custom_columns"
"""Kind of the documents that hold custom columns, one per table."""

_LOOKED_AT = 2_000  # rows from which the types to try are chosen


@dataclass(frozen=True)
class KeptColumns:
    """What a load does with the source columns that its contract does not know.

    `contract` has the workspace's custom columns, those of this load among them; `recognition` maps them. `columns` are
    all custom columns of the table afterwards, `changed` says that they differ from those before, `retyped` that one
    that is there has another type. `left` are source columns that were to be kept and are not: they hold no value, or
    the table has too many.
    """

    contract: Contract
    recognition: Recognition
    columns: tuple[CustomColumn, ...]
    changed: bool = False
    retyped: bool = False
    left: tuple[str, ...] = ()


def custom_columns(house: House, table: str) -> CustomColumns:
    """Return the custom columns of a table."""
    found = house.state.definition(KIND, table)
    return CustomColumns(table=table) if found is None else CustomColumns.model_validate(found.body)


def table_contract(house: House, table: str) -> Contract:
    """Return a table's contract with the workspace's custom columns.

    Raises
    ------
    UnknownNameError
        When there is no such table.
    """
    if table not in CONTRACTS:
        raise UnknownNameError("error.contract.unknown_table", name=table[:80], has=list(CONTRACTS))
    return extended(CONTRACTS[table], custom_columns(house, table).columns)


def kept(
    house: House,
    session: Session,
    staged: Staged,
    contract: Contract,
    recognition: Recognition,
    *,
    keep: Keep,
    types: Mapping[str, str],
) -> KeptColumns:
    """Find out which source columns become custom columns, and of which types.

    A column that an earlier file brought keeps its name; it becomes text when this file holds values that its type
    does not read, unless a person declared the type, and when `types` say so. The type of a new one is the narrowest
    that reads every value whole: a moment with a time of day is no date.

    Raises
    ------
    UnknownNameError, SettingError
        When `keep` or `types` name a source column or a type that does not exist.
    """
    before = custom_columns(house, contract.name).columns
    sources = kept_columns(recognition, keep)
    chosen = _chosen(types, sources)
    known = {source: found for source in sources if (found := known_column(source, before)) is not None}
    known = {s: c for s, c in known.items() if list(known.values()).index(c) == list(known).index(s)}  # one each
    zone = house.settings.time_zone
    fresh = [s for s in sources if s not in known]
    kinds, personal, empty = _looked_at(session, staged, fresh, chosen, zone)
    unread = _unread(session, staged, [(s, ColumnType(c.type)) for s, c in known.items() if not c.declared], zone)
    columns, mapping = list(before), {}
    retyped = False
    for source, found in known.items():
        mapping[found.name] = source
        said = chosen.get(source, ColumnType(found.type))
        if said.value != found.type and said is not ColumnType.TEXT:
            raise SettingError("error.column.retype", column=source, type=said.value, has=found.type)
        if unread.get(source) or said.value != found.type:
            declared = found.declared or source in chosen
            text = found.model_copy(update={"type": ColumnType.TEXT.value, "declared": declared})
            columns[columns.index(found)] = text
            retyped = True
    left = list(empty)
    for source in fresh:
        if source in empty:
            continue
        if len(columns) >= MOST_CUSTOM:
            left.append(source)
            continue
        name = safe_name(source, [*contract.names, *(c.name for c in columns)])
        declared = source in chosen
        columns.append(
            CustomColumn(
                name=name, source=source, type=kinds[source].value, personal=personal[source], declared=declared
            )
        )
        mapping[name] = source
    used = set(mapping.values())
    wider = Recognition(
        mapping=recognition.mapping | mapping,
        unmapped=tuple(s for s in recognition.unmapped if s not in used),
        missing=recognition.missing,
        ambiguous=recognition.ambiguous,
    )
    return KeptColumns(
        contract=extended(contract, columns),
        recognition=wider,
        columns=tuple(columns),
        changed=tuple(columns) != before,
        retyped=retyped,
        left=tuple(left),
    )


def _chosen(types: Mapping[str, str], sources: Sequence[str]) -> dict[str, ColumnType]:
    chosen: dict[str, ColumnType] = {}
    known = [t.value for t in ColumnType]
    for source, type_ in types.items():
        if source not in sources:
            raise UnknownNameError("error.load.keep_unknown", name=source[:80], has=list(sources))
        if type_ not in known:
            raise SettingError("error.column.type", given=type_[:40], known=known)
        chosen[source] = ColumnType(type_)
    return chosen


def _looked_at(
    session: Session, staged: Staged, sources: Sequence[str], chosen: Mapping[str, ColumnType], time_zone: str
) -> tuple[dict[str, ColumnType], dict[str, bool], tuple[str, ...]]:
    """Return type and personal of source columns, and those without a value."""
    if not sources:
        return {}, {}, ()
    first = _contents(session, staged, sources, _LOOKED_AT)
    tried = [(s, t) for s in sources if s not in chosen for t in candidates(staged.column(s).kind, first[s])]
    kinds = dict(chosen)
    remaining = _read_all(session, staged, tried, _LOOKED_AT, time_zone, whole=True)
    while remaining:  # the narrowest type that reads the first rows must read all; else the next one
        narrow: dict[str, ColumnType] = {}
        for source, type_ in remaining:
            narrow.setdefault(source, type_)
        good = _read_all(session, staged, list(narrow.items()), None, time_zone, whole=True)
        kinds |= dict(good)
        failed = set(narrow.items()) - set(good)
        remaining = [pair for pair in remaining if pair[0] not in kinds and pair not in failed]
    types = {s: kinds.get(s, ColumnType.TEXT) for s in sources}
    personal = {s: identifies(s, types[s], first[s]) for s in sources}
    late = [s for s in sources if first[s]["known"] == 0]
    unseen = _contents(session, staged, late, None) if late else {}
    for source in late:  # nothing among the first rows, so nobody knows what the later ones are
        personal[source] = types[source] is ColumnType.TEXT
    return types, personal, tuple(s for s in late if unseen[s]["known"] == 0)


def _contents(session: Session, staged: Staged, sources: Sequence[str], limit: int | None) -> dict[str, dict[str, int]]:
    row = session.fetch(content_query(staged, sources, limit)).to_pylist()[0]
    found: dict[str, dict[str, int]] = {s: {} for s in sources}
    for name, value in row.items():
        i, _, what = name.partition("_")
        found[sources[int(i)]][what] = int(value)
    return found


def _read_all(
    session: Session,
    staged: Staged,
    tried: Sequence[tuple[str, ColumnType]],
    limit: int | None,
    time_zone: str,
    *,
    whole: bool = False,
) -> list[tuple[str, ColumnType]]:
    """Return those pairs of source column and type of which the type reads every value of the column."""
    if not tried:
        return []
    row = session.fetch(unread_query(staged, tried, limit, time_zone, whole=whole)).to_pylist()[0]
    return [pair for i, pair in enumerate(tried) if row[str(i)] == 0]


def _unread(
    session: Session, staged: Staged, tried: Sequence[tuple[str, ColumnType]], time_zone: str
) -> dict[str, bool]:
    """Say of columns with a type whether this file has values that it does not read."""
    wanted = [pair for pair in tried if pair[1] is not ColumnType.TEXT]
    good = _read_all(session, staged, wanted, None, time_zone)
    return {source: (source, type_) not in good for source, type_ in wanted}


@use_case("column.set", roles=ANALYSTS, touches="change")
def set_column(house: House, actor: Actor, table: str, *, name: str, personal: bool) -> CustomColumn:
    """Say whether a custom column is personal: hidden from roles that do not need it, and closed to own traits.

    Raises
    ------
    UnknownNameError
        When the table has no custom column of that name.
    """
    found = custom_columns(house, table)
    column = found.column(name)
    if column is None:
        known = [c.name for c in found.columns]
        raise UnknownNameError("error.column.unknown", name=name[:80], table=table[:80], has=known or ["—"])
    changed = column.model_copy(update={"personal": personal})
    if changed != column:
        body = found.model_copy(update={"columns": tuple(changed if c is column else c for c in found.columns)})
        new = NewDefinition(kind=KIND, id=table, body=body.model_dump(mode="json"))
        house.state.put(new, author=actor.name, at=house.clock.now())
    return changed


def keep_columns(house: House, actor: Actor, table: str, found: KeptColumns | None) -> None:
    """Write down the custom columns of a table when a load changed them."""
    if found is None or not found.changed:
        return
    body = CustomColumns(table=table, columns=found.columns).model_dump(mode="json")
    house.state.put(NewDefinition(kind=KIND, id=table, body=body), author=actor.name, at=house.clock.now())
