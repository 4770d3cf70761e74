"""Mended rows that come back from the quarantine: each is read as the load that rejected it read its source."""

from __future__ import annotations

import json
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from qunxiang.intake import BROKEN, ROW
from qunxiang.intake.quarantine import is_link, is_own
from qunxiang.intake.report import Note
from qunxiang.model import ReadingOptions
from qunxiang.ports.source import Source, SourceShape
from qunxiang.services.house import House
from qunxiang.services.rejects import MOST_LOADS, entries_of


@dataclass(frozen=True)
class Way:
    """How a load read its source: its columns, which of them were mapped and kept, the system, and what was said.

    `mapping` holds pairs of column and source column, `kept` source columns, `reading` is JSON text.
    """

    columns: frozenset[str]
    mapping: tuple[tuple[str, str], ...]
    kept: tuple[str, ...]
    system: str | None
    reading: str

    @classmethod
    def of(cls, facts: Mapping[str, Any]) -> Way:
        """Return the way of a load, given the facts of its report."""
        mapping, custom = facts.get("mapping", {}), facts.get("custom", {})
        return cls(
            columns=frozenset((*mapping.values(), *custom.values(), *facts.get("unmapped", ()))),
            mapping=tuple(sorted(mapping.items())),
            kept=tuple(custom.values()),
            system=facts.get("system"),
            reading=json.dumps(facts.get("reading", {}), sort_keys=True),
        )

    def options(self) -> ReadingOptions:
        """Return what people said of how its values are read."""
        return ReadingOptions.model_validate_json(self.reading)

    def over(self, columns: Collection[str], others: Collection[str], said: Mapping[str, Any]) -> dict[str, Any]:
        """Return the arguments of a load of mended rows: what was said, and where nothing was, what this way says.

        An empty system or empty reading options say nothing: a mended row never loses the system of its load.

        Parameters
        ----------
        columns
            The source columns that the mended rows have, the quarantine's own left out.
        others
            Those of the file that they do not have, of which nothing is said for them.
        said
            `mapping`, `keep`, `types`, `system`, `reading` and `exact` of :func:`qunxiang.services.load.load`.
        """
        wanted = {t: s for t, s in (said["mapping"] or {}).items() if s not in others}
        taken = set(wanted.values())
        before = {t: s for t, s in self.mapping if s in columns and s not in taken}
        mapping = {**before, **wanted}
        not_free = {*others, *mapping.values()}
        keep = [name for name in self.kept if name in columns] if said["keep"] is None else said["keep"]
        if not isinstance(keep, str):
            keep = [name for name in keep if name not in not_free] or "none"
        whole = self.columns.issuperset(columns) and len(before) == len(self.mapping)
        return {
            "mapping": mapping,
            "keep": keep,
            "types": said["types"] and {name: type_ for name, type_ in said["types"].items() if name not in not_free},
            "system": said["system"] or self.system,
            "reading": (said["reading"] or ReadingOptions()).over(self.options()),
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

    `links` are the ids that the column `link` gives them; of the rest those that they do not have. `others` are the
    columns of the source that other parts have alone.
    """

    source: Source
    link: str
    links: frozenset[str]
    way: Way | None
    names: tuple[str, ...]
    others: frozenset[str] = frozenset()

    @property
    def data(self) -> tuple[str, ...]:
        """Source columns that are data."""
        return tuple(name for name in self.names if not is_own(name))

    def shape(self) -> SourceShape:
        """Look at the source, of which these are some rows and columns."""
        whole = self.source.shape()
        samples = {name: whole.samples.get(name, ()) for name in self.names}
        return replace(whole, columns=self.names, samples=samples, rows=None, schema=None, text=None)

    def batches(self) -> Iterator[pa.RecordBatch]:
        """Give the rows under their numbers in the source."""
        links = pa.array(sorted(self.links), pa.string())
        for batch in self.source.batches():
            chosen = pc.is_in(batch.column(self.link).cast(pa.string()), value_set=links)
            yield batch.filter(pc.invert(chosen) if self.way is None else chosen).select([ROW, BROKEN, *self.names])


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
    for way, ids in by_way.items():
        others = every - way.columns
        names = tuple(name for name in shape.columns if name not in others)
        parts.append(MendedPart(source, link, frozenset(ids), way, names, others))
    if parts and len(known) < len(links):
        parts.append(MendedPart(source, link, frozenset(known), None, shape.columns))
    return tuple(parts)


def mapped_before(parts: tuple[MendedPart, ...]) -> dict[str, str]:
    """Return source column per column as the loads that rejected the rows mapped them; the first part's go before."""
    pairs = [pair for part in reversed(parts) if part.way for pair in part.way.mapping if pair[1] in part.names]
    return dict(pairs)
