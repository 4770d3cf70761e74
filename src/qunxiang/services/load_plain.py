"""The fast lane of a load: an engine splits a text file itself and reads plain rows by casts, straight into Parquet.

Only rows with a cell that is not plain, and rows of a key that comes twice, go through the full reading. The lane is
left, and everything is read in full, where it would not pay or where a row can only be understood with all others.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np
import pyarrow as pa

from qunxiang.errors import ContractError, StorageError
from qunxiang.i18n import Label, Message
from qunxiang.intake import BLANKS, ROW, Plan, Staged, evidence, has_blanks, known, open_columns
from qunxiang.intake.plain import PlainReading, all_rows, key_hashes
from qunxiang.intake.quarantine import link_of
from qunxiang.intake.questions import may_be_commas
from qunxiang.ports.engine import Session, WrittenFile
from qunxiang.ports.source import TextRows
from qunxiang.services.load_parts import Loading, Read
from qunxiang.services.load_plan import first_plan
from qunxiang.sql import Relation
from qunxiang.tables import Column, ColumnType

LEAST_LINES = 50_000
"""Smaller files are read in full at once."""
MOST_ODD = 0.3
"""With a greater share of rows to read in full, all are."""
_FIRST_ROWS = 2_000
_TEXT, _PLAIN, _ODD, _DOUBLED, _IN_FULL = "text_rows", "plain_rows", "odd_rows", "doubled_keys", "read_in_full"
_UNSPLIT = frozenset({"error.storage.query", "error.storage.read", "error.storage.sandbox"})

InFull = Callable[[Staged, str], tuple[Plan, Relation, int]]
"""Reads staged rows in full and keeps them under a name."""


def read_plain(loading: Loading, staged: Staged, session: Session, in_full: InFull, name: str) -> Read | None:
    """Read a source's plain rows by casts and the others by `in_full`; None where all must be read in full.

    The rows are readable as `name` in the session afterwards.
    """
    text, engine = loading.shape.text, loading.house.engine
    if text is None or text.lines < LEAST_LINES or "text_files" not in engine.capabilities:
        return None
    if link_of(staged) is not None:
        return None
    reading = PlainReading(
        staged=staged,
        contract=loading.contract,
        recognition=loading.recognition,
        plan=first_plan(loading.house, loading.options.reading, loading.shape.date_system),
        system=loading.options.system,
        marks=text.marks,
        samples=loading.shape.samples,
    )
    if not reading.possible:
        return None
    try:
        with engine.text_session(_TEXT, text) as lines, loading.watched(lines):
            return _Lane(loading, staged, session, lines, reading, text, in_full, name).read()
    except (StorageError, ContractError) as error:
        if isinstance(error, ContractError) or error.code in _UNSPLIT:  # the engine cannot split this file after all
            loading.stop()
            return None
        raise


class _Lane:
    """One try to read a file's plain rows by casts."""

    def __init__(
        self,
        loading: Loading,
        staged: Staged,
        session: Session,
        lines: Session,
        reading: PlainReading,
        text: TextRows,
        in_full: InFull,
        name: str,
    ) -> None:
        self._loading = loading
        self._staged = staged
        self._session = session
        self._lines = lines
        self._reading = reading
        self._text = text
        self._in_full = in_full
        self._name = name
        self._numbered = loading.head_version is not None

    def read(self) -> Read | None:
        first = self._lines.fetch(self._reading.share(Relation(_TEXT), _FIRST_ROWS)).to_pylist()[0]
        if first["plain"] < (1 - MOST_ODD) * first["n"]:
            return None
        found = self._once(None)
        if found is None:
            return None
        doubled = self._doubled(found)
        if len(doubled) > MOST_ODD * found.total:
            return None
        if len(doubled):
            for file in found.files:
                file.path.unlink()
            frame = pa.table({"h": doubled})
            self._session.register(_DOUBLED, frame)
            self._lines.register(_DOUBLED, frame)
            found = self._once(Relation(_DOUBLED))
        if found is not None:
            loading = self._loading
            given = Relation(_PLAIN), found.odd, loading.contract, loading.recognition, loading.options.system
            self._session.view(self._name, all_rows(*given, numbered=self._numbered))
        return found

    def _once(self, doubled: Relation | None) -> Read | None:
        """Write the plain rows, and read the others in full."""
        loading = self._loading
        files = self._written(doubled)
        plain = sum(file.rows for file in files)
        loading.stop()
        staged = Staged(Relation(_ODD, self._staged.relation.columns), self._staged.columns)
        if plain == self._text.lines:  # every line is a plain row: there is no other
            rate = plain / max(time.perf_counter() - loading.started, 1e-9)
            loading.tell(0.5, Message("load.stage.read", {"source": loading.shape.name, "rows": plain, "rate": rate}))
            return self._read(files, None, staged, self._reading.plan, plain)
        if self._text.lines - plain > MOST_ODD * self._text.lines:
            return None
        odd = self._session.materialise(_ODD, self._reading.odd(doubled))
        if plain + odd != loading.passed.rows:  # the engine splits this file in another way
            return None
        if self._hangs_on_all(staged):
            return None
        plan, rows, _ = self._in_full(staged, _IN_FULL)
        return self._read(files, rows, staged, plan, plain + odd)

    def _read(
        self, files: tuple[WrittenFile, ...], odd: Relation | None, staged: Staged, plan: Plan, total: int
    ) -> Read:
        loading = self._loading
        self._session.read_files(_PLAIN, [file.path for file in files])
        names = known(loading.contract, loading.recognition, loading.options.system)
        names += BLANKS if odd is not None and has_blanks(odd) else ()
        return Read(Relation(self._name, names), odd, staged, plan, total, files)

    def _written(self, doubled: Relation | None) -> tuple[WrittenFile, ...]:
        loading = self._loading
        contract = loading.contract
        if self._numbered:
            number = Column(ROW, ColumnType.INTEGER, Label.same(ROW))
            contract = replace(contract, columns=(*contract.columns, number))
        query = self._reading.rows(Relation(_TEXT), doubled, numbered=self._numbered)
        folder = loading.folder / ("plain" if doubled is None else "unique")
        return self._lines.write(query, folder, contract)

    def _hangs_on_all(self, staged: Staged) -> bool:
        """Say whether the odd rows alone would be taken to have decimal commas; plain ones may say otherwise."""
        loading = self._loading
        columns = open_columns(staged, loading.contract, loading.recognition)
        query = evidence(staged, columns)
        return query is not None and may_be_commas(columns, self._session.fetch(query).to_pylist()[0])

    def _doubled(self, found: Read) -> np.ndarray[Any, np.dtype[np.uint64]]:
        """Return the hashes of keys that more than one row has."""
        contract = self._loading.contract
        queries = [key_hashes(Relation(_PLAIN), contract, judged=False)]
        if found.odd is not None:
            queries.append(key_hashes(found.odd, contract, judged=True))
        chunks = [chunk for query in queries for chunk in self._session.fetch(query).column("h").chunks]
        ordered = np.concatenate([chunk.to_numpy() for chunk in chunks] or [np.empty(0, np.uint64)])
        ordered.sort()
        return np.unique(ordered[1:][ordered[1:] == ordered[:-1]])
