"""Mended rows that come back from the quarantine: each is read as the load that rejected it read its source."""

from __future__ import annotations

import json
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from qunxiang.intake import BROKEN, ROW
from qunxiang.intake.own_columns import is_link, is_own
from qunxiang.intake.report import Note
from qunxiang.model import ReadingOptions
from qunxiang.ports.source import Source, SourceShape
from qunxiang.services.csv_text import unguarded_name
from qunxiang.services.house import House
from qunxiang.services.rejects import MOST_LOADS, entries_of


@dataclass(frozen=True)
class Way:
    """How a load read its source: its columns, which of them were mapped and kept, the system, and how it read values.

    `mapping` holds pairs of column and source column, `kept` source columns. `reading` is what people said and what
    whole columns proved, as JSON text; `date_system` says from when a workbook's days count.
    """

    columns: frozenset[str]
    mapping: tuple[tuple[str, str], ...]
    kept: tuple[str, ...]
    system: str | None
    reading: str
    date_system: int | None

    @classmethod
    def of(cls, facts: Mapping[str, Any]) -> Way:
        """Return the way of a load, given the facts of its report."""
        mapping, custom = facts.get("mapping", {}), facts.get("custom", {})
        said, proven = (ReadingOptions.model_validate(facts.get(name, {})) for name in ("reading", "proven"))
        return cls(
            columns=frozenset((*mapping.values(), *custom.values(), *facts.get("unmapped", ()))),
            mapping=tuple(sorted(mapping.items())),
            kept=tuple(custom.values()),
            system=facts.get("system"),
            reading=json.dumps(said.over(proven, mapping).model_dump(mode="json"), sort_keys=True),
            date_system=facts.get("date_system"),
        )

    def options(self) -> ReadingOptions:
        """Return how its values are read."""
        return ReadingOptions.model_validate_json(self.reading)

    def over(self, columns: Collection[str], others: Collection[str], said: Mapping[str, Any]) -> dict[str, Any]:
        """Return the arguments of a load of mended rows: what was said, and where nothing was, what this way says.

        An empty system says nothing: a mended row never loses the system of its load. Of the reading each answer goes
        before that of this way.

        Parameters
        ----------
        columns
            The source columns that the mended rows have, the quarantine's own left out.
        others
            Those of the file that they do not have, of which nothing is said for them.
        said
            `mapping`, `keep`, `types`, `system`, `reading` and `exact` of :func:`qunxiang.services.load.load`.
        """
        mapped = {t: unguarded_name(s) for t, s in (said["mapping"] or {}).items()}
        wanted = {t: s for t, s in mapped.items() if s not in others}
        taken = set(wanted.values())
        before = {t: s for t, s in self.mapping if s in columns and s not in taken}
        mapping = {**before, **wanted}
        not_free = {*others, *mapping.values()}
        keep = [name for name in self.kept if name in columns] if said["keep"] is None else said["keep"]
        if not isinstance(keep, str):
            keep = [name for name in map(unguarded_name, keep) if name not in not_free] or "none"
        whole = self.columns.issuperset(columns) and len(before) == len(self.mapping)
        return {
            "mapping": mapping,
            "keep": keep,
            "types": said["types"] and {name: type_ for name, type_ in said["types"].items() if name not in not_free},
            "system": said["system"] or self.system,
            "reading": (said["reading"] or ReadingOptions()).over(self.options(), mapping),
            "exact": said["exact"] or whole,
        }

    def note(self) -> Note:
        """Say that rows were read in this way."""
        if self.system is None:
            return Note(code="load.note.as_before", params={})
        return Note(code="load.note.as_before.system", params={"system": self.system})


@dataclass(frozen=True)
class MendedPart:
    """The rows of a source that one way read before; those that none did where `way` is None. A source by itself.

    `links` are the ids that the column `link` gives them; of the rest those that they do not have. `names` maps the
    columns to those of the source, which an export may have given an apostrophe. `others` are the columns that other
    parts have alone.
    """

    source: Source
    link: str
    links: frozenset[str]
    way: Way | None
    names: Mapping[str, str]
    others: frozenset[str] = frozenset()

    @property
    def data(self) -> tuple[str, ...]:
        """Source columns that are data."""
        return tuple(name for name in self.names if not is_own(name))

    def shape(self) -> SourceShape:
        """Look at the source, of which these are some rows and columns."""
        whole = self.source.shape()
        samples = {name: whole.samples.get(written, ()) for name, written in self.names.items()}
        days = whole.date_system if self.way is None else self.way.date_system or whole.date_system
        part = replace(whole, columns=tuple(self.names), samples=samples, date_system=days)
        return replace(part, rows=None, schema=None, text=None)

    def batches(self) -> Iterator[pa.RecordBatch]:
        """Give the rows under their numbers in the source."""
        links = pa.array(sorted(self.links), pa.string())
        for batch in self.source.batches():
            chosen = pc.is_in(batch.column(self.link).cast(pa.string()), value_set=links)
            rows = batch.filter(pc.invert(chosen) if self.way is None else chosen)
            yield rows.select([ROW, BROKEN, *self.names.values()]).rename_columns([ROW, BROKEN, *self.names])


def ways(house: House, table: str, links: Collection[str]) -> dict[str, Way]:
    """Return how rows of a table's quarantine were read by the newest load that rejected each.

    Parameters
    ----------
    links
        Ids of rows; those that the quarantine does not know are left out.
    """
    entries = [e for e in entries_of(house, table, newest=False) if e["row_id"] in links]
    rejecting = {e["load_id"] for e in entries}
    loads = {str(s.facts.get("load_id")): s.facts for s in house.state.loads(MOST_LOADS)}
    by_load = {load_id: Way.of(loads[load_id]) for load_id in rejecting & loads.keys()}
    return {e["row_id"]: by_load[e["load_id"]] for e in entries if e["load_id"] in by_load}


def mended_parts(house: House, table: str, source: Source, shape: SourceShape) -> tuple[MendedPart, ...]:
    """Part the rows of a mended export by the way in which they were read; nothing where no row came back.

    A part has the columns of its own loads and those that no other's had.
    """
    link = next((name for name in shape.columns if is_link(name)), None)
    if link is None:
        return ()
    links: dict[str | None, None] = {}
    for batch in source.batches():
        links |= dict.fromkeys(batch.column(link).cast(pa.string()).to_pylist())
    known = ways(house, table, {x for x in links if x is not None})
    by_way: dict[Way, list[str]] = {}
    for row_id in links:
        if row_id is not None and row_id in known:
            by_way.setdefault(known[row_id], []).append(row_id)
    every = frozenset(name for way in by_way for name in way.columns)
    parts = []
    written = _written(shape.columns)
    for way, ids in by_way.items():
        others = every - way.columns
        names = {name: source for name, source in written.items() if name not in others}
        parts.append(MendedPart(source, link, frozenset(ids), way, names, others))
    if parts and len(known) < len(links):
        parts.append(MendedPart(source, link, frozenset(known), None, written))
    return tuple(parts)


def _written(columns: Sequence[str]) -> dict[str, str]:
    """Return the columns of an export by the names that their sources gave them."""
    made = {unguarded_name(name): name for name in columns}
    return made if len(made) == len(columns) else {name: name for name in columns}


def mapped_before(parts: tuple[MendedPart, ...]) -> dict[str, str]:
    """Return source column per column as the loads that rejected the rows mapped them; the first part's go before."""
    return {
        target: part.names[source]
        for part in reversed(parts)
        if part.way is not None
        for target, source in part.way.mapping
        if source in part.names
    }
