"""Loading a source into a table: stage, check, compare, write, and publish in one step."""

from __future__ import annotations

import shutil
import time
import uuid
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

from qunxiang.errors import QunxiangError, StorageError, UnknownNameError
from qunxiang.i18n import Message
from qunxiang.intake import (
    LoadReport,
    Staged,
    confirm,
    count_rows,
    count_status,
    head_comparison,
    recognise,
)
from qunxiang.intake.custom import Keep, checked_system
from qunxiang.intake.own_columns import is_own
from qunxiang.intake.quarantine import came_back, link_of
from qunxiang.intake.report import whole_report
from qunxiang.model import Actor, ReadingOptions
from qunxiang.ports.databases import DatabaseRows
from qunxiang.ports.engine import Session
from qunxiang.ports.source import Source
from qunxiang.services.access import ANALYSTS, use_case
from qunxiang.services.columns import kept
from qunxiang.services.cursors import DatabaseLoad, way_of
from qunxiang.services.first_rows import first_values
from qunxiang.services.holding import Held, holding
from qunxiang.services.house import House, Progress, silent
from qunxiang.services.load_mended import MendedPart, mended_parts
from qunxiang.services.load_parts import Counts, Judged, Loading, Options, Passing, speed
from qunxiang.services.load_publish import publish
from qunxiang.services.load_read import read_rows, told_of
from qunxiang.services.load_report import blanked_of, report_of
from qunxiang.services.load_stage import stage
from qunxiang.services.mappings import Chosen, choose, save
from qunxiang.sql import Relation
from qunxiang.tables import LOADED, Contract


@use_case("load", roles=ANALYSTS, touches="change")
def load(
    house: House,
    actor: Actor,
    table: str,
    source: Source | DatabaseRows,
    *,
    mapping: Mapping[str, str] | None = None,
    keep: Keep | None = None,
    types: Mapping[str, str] | None = None,
    system: str | None = None,
    reading: ReadingOptions | None = None,
    exact: bool = False,
    use_saved: bool = True,
    remember: bool = False,
    dry_run: bool = False,
    progress: Progress = silent,
    cancelled: Callable[[], bool] | None = None,
) -> LoadReport:
    """Load a source into a table.

    Rows that break the table's contract go to quarantine with their reasons (or, where `reading` says so, values that
    cannot be read are left empty where they may be, and listed there); rows that are already there change nothing;
    rows of a known key with other content replace it. Readers see the old state until everything is written, then the
    new one. Rows of an export of the quarantine are read as the load that rejected them read its source
    (mapping, system, kept columns, reading) where nothing else is said; where several loads did, each is a part of the
    report.

    Parameters
    ----------
    table
        Name of a table of ``tables.LOADED``.
    source
        Rows, or which rows of which database to read.
    mapping
        Source column per contract column, where the names do not say it.
    keep
        Which source columns that are not mapped are kept as custom columns: ``all`` (when nothing is said), ``none``,
        or their names.
    types
        Column type per kept source column, where its content does not say it.
    system
        Name of the source system whose ids the file carries: ``erp`` makes ``erp:123`` of ``123`` in the columns of
        ``intake.checks.SYSTEM_IDS``, so that equal ids of two systems stay apart.
    reading
        What people say where values leave it open: the order of dates such as 5/3/24, a currency, decimal commas; and
        what becomes of rows with a value that cannot be read in a column that may be empty.
    exact
        Recognise nothing besides `mapping`.
    use_saved
        Take what is not said from the mapping that was saved for files of this shape (the same set of columns); the
        report says so.
    remember
        Save how this source was mapped for the next file of its shape.
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
        When there is no such table, or `mapping`, `keep` or `types` name a column that does not exist.
    SettingError
        When `system` is not a name, or `types` name no type.
    ContractError
        When required columns are missing, or two source columns carry one.
    QuestionError
        When a column of dates or amounts can be read in two ways and `reading` does not say which.
    ConflictError
        When another load of this table is running.
    StorageError
        When the disk refuses; nothing has changed then.
    """
    how: dict[str, Any] = {"mapping": mapping, "keep": keep, "types": types, "system": system, "reading": reading}
    how |= {"exact": exact, "use_saved": use_saved, "remember": remember, "dry_run": dry_run}
    return load_source(house, actor, table, source, **how, progress=progress, cancelled=cancelled)


def load_source(
    house: House,
    actor: Actor,
    table: str,
    source: Source | DatabaseRows,
    *,
    mapping: Mapping[str, str] | None = None,
    keep: Keep | None = None,
    types: Mapping[str, str] | None = None,
    system: str | None = None,
    reading: ReadingOptions | None = None,
    exact: bool = False,
    use_saved: bool = True,
    remember: bool = False,
    dry_run: bool = False,
    progress: Progress = silent,
    cancelled: Callable[[], bool] | None = None,
    as_before: bool = True,
) -> LoadReport:
    """Load a source for a use case that was allowed and noted already; see :func:`load`.

    `as_before` reads rows that came back from the quarantine as the loads that rejected them did.
    """
    contract = _contract(table)
    started = time.perf_counter()
    reader = DatabaseLoad(house, actor, table, source) if isinstance(source, DatabaseRows) else source
    database = reader if isinstance(reader, DatabaseLoad) else None
    shape = reader.shape()
    parts = mended_parts(house, table, reader, shape) if as_before and database is None else ()
    if parts:
        said = {"mapping": mapping, "keep": keep, "types": types, "system": system, "reading": reading, "exact": exact}
        how = {"use_saved": use_saved, "remember": remember, "dry_run": dry_run, "progress": progress}
        return _load_parts(house, actor, table, parts, said, {**how, "cancelled": cancelled})
    data = tuple(name for name in shape.columns if not is_own(name))
    chosen = choose(
        house,
        table,
        data,
        mapping=mapping,
        keep=keep,
        types=types,
        system=system,
        reading=reading,
        exact=exact,
        use_saved=use_saved,
    )
    options = Options(chosen.keep, chosen.types, checked_system(chosen.system), chosen.reading, chosen.saved, remember)
    first = database.first_values if database is not None else lambda: first_values(reader)
    values = None if chosen.exact else first
    recognition = recognise(contract, data, chosen.mapping, values, exact=chosen.exact)
    confirm(contract, recognition, data)
    if database is not None:
        database.check(contract, recognition)
    load_id = f"{house.clock.now():%Y%m%dT%H%M%S}-{uuid.uuid4().hex[:8]}"
    with holding(house, f"load:{table}", actor) as held, _scratch(house, table, load_id) as folder:
        stop = _stopper(table, cancelled, held)

        def watched(session: Session) -> AbstractContextManager[None]:
            return held.watching(session, cancelled, table)

        passed = Passing(shape, started, progress, stop)
        loading = Loading(
            house=house,
            actor=actor,
            contract=contract,
            load_id=load_id,
            shape=shape,
            folder=folder,
            recognition=recognition,
            options=options,
            tell=progress,
            stop=stop,
            passed=passed,
            watched=watched,
            lease=held.lease,
            started=started,
        )
        with house.engine.session() as session, watched(session):
            staged = stage(reader, shape, session, folder, loading.passed)
            if database is not None:
                way = way_of(recognition, options)
                stored, otherwise = database.documents(way), database.read_otherwise(way)
                loading = replace(loading, shape=database.read(shape), documents=stored, otherwise=otherwise)
            loading = _keeping(loading, staged, session)
            judged = _judge(loading, staged, session)
            report = report_of(loading, judged, session, dry_run=dry_run)
            if dry_run:
                return report
            run = publish(loading, judged, report, session)
            if remember:
                _remember(loading)
    report = report.model_copy(update={"run": run, **speed(loading, report.read)})
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


def _load_parts(
    house: House,
    actor: Actor,
    table: str,
    parts: tuple[MendedPart, ...],
    said: dict[str, Any],
    how: dict[str, Any],
) -> LoadReport:
    """Load mended rows, each part as it was read before; what was `said` goes before."""
    reports = []
    for part in parts:
        if part.way is None:
            reports.append(load_source(house, actor, table, part, **said, **how, as_before=False))
            continue
        known = {**part.way.over(part.data, part.others, said), **how, "use_saved": False, "remember": False}
        report = load_source(house, actor, table, part, **known, as_before=False)
        reports.append(report.model_copy(update={"notes": (part.way.note(), *report.notes)}))
    return reports[0] if len(reports) == 1 else whole_report(table, reports[0].source, tuple(reports), ())


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


def _keeping(loading: Loading, staged: Staged, session: Session) -> Loading:
    """Find the custom columns of the load."""
    options = loading.options
    found = kept(
        loading.house,
        session,
        staged,
        loading.contract,
        loading.recognition,
        keep=options.keep,
        types=options.types,
    )
    return replace(loading, contract=found.contract, recognition=found.recognition, kept=found)


def _judge(loading: Loading, staged: Staged, session: Session) -> Judged:
    """Read every row as the contract's columns and compare it with the table as it is."""
    contract, recognition = loading.contract, loading.recognition
    read = read_rows(loading, staged, session)
    rows, total = read.rows, read.total
    loading.tell(0.6, Message("load.stage.compare"))
    version = loading.head_version
    head = fresh = None
    if version is not None:
        there = loading.house.lake.at(contract.name, version)
        session.bind("head", there)
        head, fresh = Relation("head", there.columns), Relation("fresh")
        system = loading.options.system
        came_mended = link_of(staged) is not None
        query = head_comparison(rows, head, contract, recognition, system, rekeyed=came_mended)
        session.materialise(fresh.name, query)
    loading.stop()
    found = session.fetch(count_rows(rows)).to_pylist()[0]
    status = {"new": found["whole"], "changed": 0}
    if fresh is not None:
        status = {"new": 0, "changed": 0} | {
            r["status"]: r["rows"] for r in session.fetch(count_status(fresh)).to_pylist()
        }
    counts = Counts(
        read=total,
        new=status["new"],
        changed=status["changed"],
        unchanged=total - found["rejected"] - status["new"] - status["changed"],
        rejected=found["rejected"],
        **blanked_of(loading, rows, session),
    )
    bad = None
    if (counts.rejected or counts.blanked) and read.odd is not None:
        bad = Relation("bad")
        session.materialise(bad.name, told_of(loading, read.staged, read.odd))
    came = None
    if link_of(staged) is not None:
        came = Relation("came")
        session.materialise(came.name, came_back(staged, rows, loading.content_key))
    return Judged(read, bad, came, fresh, head, version, counts)


def _remember(loading: Loading) -> None:
    """Save how the source was mapped."""
    options, recognition = loading.options, loading.recognition
    custom = {c.name for c in loading.contract.columns if c.custom}
    mapped = {n: s for n, s in recognition.mapping.items() if n not in custom}
    chosen = Chosen(mapped, options.keep, options.types, options.system, options.reading)
    save(loading.house, loading.actor, loading.contract.name, loading.shape.columns, chosen)
