"""Loading a source into a table: stage, check, compare, write, and publish in one step."""

from __future__ import annotations

import shutil
import time
import uuid
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from qunxiang.errors import ConflictError, QunxiangError, StorageError, UnknownNameError
from qunxiang.i18n import Message
from qunxiang.intake import (
    LoadReport,
    ReasonCount,
    Recognition,
    RejectedRow,
    Staged,
    checked,
    confirm,
    count_reasons,
    count_rows,
    count_status,
    head_comparison,
    keyed,
    new_rows,
    note_counts,
    notes,
    recognise,
    rejected,
    replacement,
    rows_of,
    staged_schema,
    without_known,
)
from qunxiang.model import Actor
from qunxiang.ports.engine import Session
from qunxiang.ports.source import Source, SourceShape
from qunxiang.ports.state import NewSnapshot
from qunxiang.services.access import ANALYSTS, use_case
from qunxiang.services.holding import Held, holding
from qunxiang.services.house import House, Progress, silent
from qunxiang.sql import Query, Relation, literal
from qunxiang.tables import LOADED, QUARANTINE, Contract

QUARANTINE_TRIES = 5
SAMPLE_ROWS = 20
_QUARANTINE_LEASE = "load:quarantine"


@dataclass(frozen=True)
class _Counts:
    """Rows of a load by what became of them."""

    read: int
    new: int
    changed: int
    unchanged: int
    rejected: int


@dataclass(frozen=True)
class _Loading:
    """A load under way: who loads what, where its files lie, and whom it tells."""

    house: House
    actor: Actor
    contract: Contract
    load_id: str
    shape: SourceShape
    folder: Path
    recognition: Recognition
    tell: Progress
    stop: Callable[[], None]
    started: float


@dataclass(frozen=True)
class _Judged:
    """Rows of a load as relations in the session: staged, read and keyed, new or changed, and the head they meet."""

    staged: Staged
    rows: Relation
    fresh: Relation | None
    head: Relation | None
    head_version: int | None
    counts: _Counts


@use_case("load", roles=ANALYSTS, touches="change")
def load(
    house: House,
    actor: Actor,
    table: str,
    source: Source,
    *,
    mapping: Mapping[str, str] | None = None,
    dry_run: bool = False,
    progress: Progress = silent,
    cancelled: Callable[[], bool] | None = None,
) -> LoadReport:
    """Load a source into a table.

    Rows that break the table's contract go to quarantine with their reasons; rows that are already there change
    nothing; rows of a known key with other content replace it. Readers see the old state until everything is written,
    then the new one.

    Parameters
    ----------
    table
        Name of a table of ``tables.LOADED``.
    mapping
        Source column per contract column, where the names do not say it.
    dry_run
        Check and count, write nothing, and give a sample of the rejected rows.
    cancelled
        Asked now and then; the load stops when it says so.

    Returns
    -------
    LoadReport
        ``read == accepted + unchanged + rejected``.

    Raises
    ------
    UnknownNameError
        When there is no such table, or `mapping` names a column that does not exist.
    ContractError
        When required columns are missing, or two source columns carry one.
    ConflictError
        When another load of this table is running.
    StorageError
        When the disk refuses; nothing has changed then.
    """
    contract = _contract(table)
    started = time.perf_counter()
    shape = source.shape()
    recognition = recognise(contract, shape.columns, mapping)
    confirm(contract, recognition, shape.columns)
    load_id = f"{house.clock.now():%Y%m%dT%H%M%S}-{uuid.uuid4().hex[:8]}"
    with holding(house, f"load:{table}", actor) as held, _scratch(house, table, load_id) as folder:
        stop = _stopper(table, cancelled, held)
        loading = _Loading(house, actor, contract, load_id, shape, folder, recognition, progress, stop, started)
        with house.engine.session() as session, held.watching(session, cancelled, table):
            staged = _stage(loading, source, session)
            judged = _judge(loading, staged, session)
            report = _report(loading, judged, session, dry_run=dry_run)
            if dry_run:
                return report
            run = _publish(loading, judged, report, session)
    report = report.model_copy(update={"run": run, **_speed(loading, report.read)})
    progress(
        1.0,
        Message(
            "load.stage.done",
            {
                "accepted": report.accepted,
                "unchanged": report.unchanged,
                "rejected": report.rejected,
                "rate": report.rows_per_second,
            },
        ),
    )
    return report


def _contract(table: str) -> Contract:
    if table not in LOADED:
        raise UnknownNameError("error.contract.unknown_table", name=table, has=list(LOADED))
    return LOADED[table]


@contextmanager
def _scratch(house: House, table: str, load_id: str) -> Iterator[Path]:
    """Give a fresh folder, gone afterwards; those that crashed loads of this table left go now."""
    root = house.settings.scratch
    for left in root.glob(f"load-{table}-*"):
        shutil.rmtree(left, ignore_errors=True)
    folder = root / f"load-{table}-{load_id}"
    try:
        folder.mkdir(parents=True)
    except OSError as error:
        raise StorageError("error.source.scratch", folder=str(root), why=error.strerror or str(error)) from error
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _stopper(table: str, cancelled: Callable[[], bool] | None, held: Held) -> Callable[[], None]:
    def stop() -> None:
        if cancelled is not None and cancelled():
            raise QunxiangError("error.load.cancelled", table=table)
        held.check()

    return stop


def _stage(loading: _Loading, source: Source, session: Session) -> Staged:
    """Write the source's rows to the scratch folder, where they can be read more than once."""
    path = loading.folder / "staged.parquet"
    writer: pq.ParquetWriter | None = None
    columns: Any = ()
    schema = pa.schema([])
    rows = 0
    try:
        for batch in source.batches():
            if writer is None:
                schema, columns = staged_schema(batch.schema)
                writer = pq.ParquetWriter(path, schema, compression="lz4", use_dictionary=False, write_statistics=False)
            with _disk(loading):
                writer.write_batch(_staged(batch, schema))
            rows += batch.num_rows
            loading.stop()
            _tell_reading(loading, rows)
    finally:
        if writer is not None:
            with _disk(loading):
                writer.close()
    session.read_files("staged", [path])
    return Staged(Relation("staged", tuple(schema.names)), columns)


def _staged(batch: pa.RecordBatch, schema: pa.Schema) -> pa.RecordBatch:
    """Give a source's columns their safe names: row number, broken text, then the columns in order."""
    arrays = [column.cast(field.type) for column, field in zip(batch.columns, schema, strict=True)]
    return pa.RecordBatch.from_arrays(arrays, schema=schema)


@contextmanager
def _disk(loading: _Loading) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        why = error.strerror or str(error)
        raise StorageError("error.source.scratch", folder=str(loading.folder), why=why) from error


def _tell_reading(loading: _Loading, rows: int) -> None:
    expected = loading.shape.rows
    share = min(rows / expected, 1.0) if expected else 0.5
    rate = rows / max(time.perf_counter() - loading.started, 1e-9)
    message = Message("load.stage.read", {"source": loading.shape.name, "rows": rows, "rate": rate})
    loading.tell(0.3 * share, message)


def _judge(loading: _Loading, staged: Staged, session: Session) -> _Judged:
    """Read every row as the contract's columns and compare it with the table as it is."""
    house, contract, recognition = loading.house, loading.contract, loading.recognition
    loading.tell(0.3, Message("load.stage.check"))
    rows = Relation("loaded")
    read = checked(staged, contract, recognition, house.settings.time_zone)
    total = session.materialise(rows.name, keyed(read, contract, recognition))
    loading.stop()
    loading.tell(0.6, Message("load.stage.compare"))
    snapshot = house.state.head()
    version = snapshot.tables.get(contract.name) if snapshot else None
    head = fresh = None
    if version is not None:
        there = house.lake.at(contract.name, version)
        session.bind("head", there)
        head, fresh = Relation("head", there.columns), Relation("fresh")
        session.materialise(fresh.name, head_comparison(rows, head, contract, recognition))
    loading.stop()
    found = session.fetch(count_rows(rows)).to_pylist()[0]
    status = {"new": found["whole"], "changed": 0}
    if fresh is not None:
        status = {"new": 0, "changed": 0} | {
            r["status"]: r["rows"] for r in session.fetch(count_status(fresh)).to_pylist()
        }
    counts = _Counts(
        read=total,
        new=status["new"],
        changed=status["changed"],
        unchanged=total - found["rejected"] - status["new"] - status["changed"],
        rejected=found["rejected"],
    )
    return _Judged(staged, rows, fresh, head, version, counts)


def _report(loading: _Loading, judged: _Judged, session: Session, *, dry_run: bool) -> LoadReport:
    counts, recognition = judged.counts, loading.recognition
    return LoadReport(
        load_id=loading.load_id,
        table=loading.contract.name,
        source=loading.shape.name,
        read=counts.read,
        accepted=counts.new + counts.changed,
        new=counts.new,
        changed=counts.changed,
        unchanged=counts.unchanged,
        rejected=counts.rejected,
        reasons=_reasons(judged, session) if counts.rejected else (),
        mapping=recognition.mapping,
        unmapped=recognition.unmapped,
        notes=_notes(loading, judged, session),
        run=None,
        dry_run=dry_run,
        sample=_sample(loading, judged, session) if dry_run else (),
        **_speed(loading, counts.read),
    )


def _speed(loading: _Loading, rows: int) -> dict[str, float]:
    seconds = time.perf_counter() - loading.started
    return {"seconds": round(seconds, 3), "rows_per_second": round(rows / max(seconds, 1e-9), 1)}


def _reasons(judged: _Judged, session: Session) -> tuple[ReasonCount, ...]:
    counts: dict[tuple[str, str], int] = {}
    for group in session.fetch(count_reasons(judged.rows)).to_pylist():
        for reason in group["codes"].split(","):
            code, _, column = reason.partition(":")
            counts[code, column] = counts.get((code, column), 0) + group["rows"]
    ordered = sorted(counts.items(), key=lambda item: (-item[1], item[0]))
    return tuple(ReasonCount(code=code, column=column or None, rows=n) for (code, column), n in ordered)


def _notes(loading: _Loading, judged: _Judged, session: Session) -> tuple[Any, ...]:
    snapshot = loading.house.state.head()
    products = None
    if snapshot is not None and "products" in snapshot.tables and loading.contract.name == "order_lines":
        there = loading.house.lake.at("products", snapshot.tables["products"])
        session.bind("known_products", there)
        products = Relation("known_products", there.columns)
    query = note_counts(judged.rows, loading.contract, loading.recognition, products)
    return () if query is None else notes(session.fetch(query).to_pylist()[0])


def _sample(loading: _Loading, judged: _Judged, session: Session) -> tuple[RejectedRow, ...]:
    found = session.fetch(rows_of(_rejected(loading, judged), SAMPLE_ROWS)).to_pylist()
    return tuple(RejectedRow.read(r["row_number"], r["reasons"], r["row"]) for r in found)


def _rejected(loading: _Loading, judged: _Judged) -> Query:
    return rejected(
        judged.staged,
        judged.rows,
        {
            "load_id": literal(loading.load_id),
            "table_name": literal(loading.contract.name),
            "source": literal(loading.shape.name),
            "loaded_at": literal(loading.house.clock.now()),
            "fingerprint": literal(loading.shape.fingerprint),
        },
    )


def _publish(loading: _Loading, judged: _Judged, report: LoadReport, session: Session) -> int:
    """Write what the load changes, then let all of it be seen at once."""
    loading.tell(0.75, Message("load.stage.write"))
    tables: dict[str, int] = {}
    if report.accepted:
        tables[loading.contract.name] = _commit_rows(loading, judged, session)
    loading.stop()
    loading.tell(0.95, Message("load.stage.publish"))
    if not report.rejected:
        return _published(loading, report, tables)
    # the next version of the quarantine stands on the head's, so nobody else may publish one in between
    with holding(loading.house, _QUARANTINE_LEASE, loading.actor) as held:
        tables |= _commit_rejected(loading, judged, session)
        held.check()
        return _published(loading, report, tables)


def _published(loading: _Loading, report: LoadReport, tables: dict[str, int]) -> int:
    loading.stop()
    facts = report.model_copy(update=_speed(loading, report.read)).model_dump(mode="json")
    snapshot = loading.house.state.publish(
        NewSnapshot(kind="load", tables=tables, facts=facts), actor=loading.actor, at=loading.house.clock.now()
    )
    return snapshot.run


def _commit_rows(loading: _Loading, judged: _Judged, session: Session) -> int:
    contract, lake = loading.contract, loading.house.lake
    whole = (
        judged.fresh is not None
        and judged.head is not None
        and (judged.counts.changed > 0 or judged.head.columns != contract.names)
    )
    if whole and judged.fresh is not None and judged.head is not None:
        query = replacement(judged.rows, judged.fresh, judged.head, contract, loading.recognition)
    else:
        query = new_rows(judged.rows, contract, judged.fresh)
    files = session.write(query, lake.folder(contract.name), contract)
    loading.stop()
    return lake.commit(contract, files, mode="replace" if whole else "append", base=judged.head_version)


def _commit_rejected(loading: _Loading, judged: _Judged, session: Session) -> dict[str, int]:
    """Append the rejected rows that the quarantine does not hold yet."""
    lake = loading.house.lake
    for tries_left in reversed(range(QUARANTINE_TRIES)):
        snapshot = loading.house.state.head()
        base = snapshot.tables.get(QUARANTINE.name) if snapshot else None
        query = _rejected(loading, judged)
        if base is not None:
            session.bind("quarantined", lake.at(QUARANTINE.name, base))
            query = without_known(query, Relation("quarantined"))
        files = session.write(query, lake.folder(QUARANTINE.name), QUARANTINE)
        if base is not None and not any(file.rows for file in files):
            for file in files:
                file.path.unlink(missing_ok=True)
            return {}
        try:
            return {QUARANTINE.name: lake.commit(QUARANTINE, files, mode="append", base=base)}
        except ConflictError:
            if not tries_left:
                raise
    raise AssertionError("the last try returns or raises")
