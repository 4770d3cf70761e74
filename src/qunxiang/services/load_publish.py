"""Writing what a load changes, and letting all of it be seen at once."""

from __future__ import annotations

import shutil
from dataclasses import replace

from qunxiang.errors import ConflictError
from qunxiang.i18n import Message
from qunxiang.intake import LoadReport, new_rows, replacement
from qunxiang.intake.own_columns import is_link
from qunxiang.intake.quarantine import entries, whole
from qunxiang.ports.engine import Session, WrittenFile
from qunxiang.ports.state import Lease, NewSnapshot
from qunxiang.services.columns import keep_columns
from qunxiang.services.holding import holding
from qunxiang.services.load_parts import Judged, Loading, constants, speed
from qunxiang.services.quality_rejected import FROM_QUARANTINE
from qunxiang.sql import Relation
from qunxiang.tables import QUARANTINE

QUARANTINE_TRIES = 5
QUARANTINE_LEASE = "load:quarantine"


def publish(loading: Loading, judged: Judged, report: LoadReport, session: Session) -> int:
    """Write what the load changes, then let all of it be seen at once."""
    loading.tell(0.75, Message("load.stage.write"))
    tables: dict[str, int] = {}
    if report.accepted:
        tables[loading.contract.name] = _commit_rows(loading, judged, session)
        keep_columns(loading.house, loading.actor, loading.contract.name, loading.kept)
    loading.stop()
    loading.tell(0.95, Message("load.stage.publish"))
    if judged.bad is None and judged.came is None:
        return _published(loading, report, tables, loading.lease)
    # the next version of the quarantine stands on the head's, so nobody else may publish one in between
    with holding(loading.house, QUARANTINE_LEASE, loading.actor) as held:
        tables |= _commit_rejected(loading, judged, session)
        return _published(loading, report, tables, loading.lease, held.lease)


def _published(loading: Loading, report: LoadReport, tables: dict[str, int], *leases: Lease) -> int:
    loading.stop()
    facts = report.model_copy(update=speed(loading, report.read)).model_dump(mode="json")
    if any(is_link(name) for name in loading.shape.columns):
        facts[FROM_QUARANTINE] = True
    snapshot = loading.house.state.publish(
        NewSnapshot(kind="load", tables=tables, facts=facts),
        actor=loading.actor,
        at=loading.house.clock.now(),
        leases=leases,
        definitions=loading.documents,
    )
    return snapshot.run


def _commit_rows(loading: Loading, judged: Judged, session: Session) -> int:
    contract, lake = loading.contract, loading.house.lake
    whole = (
        judged.fresh is not None
        and judged.head is not None
        and (
            judged.counts.changed > 0
            or judged.head.columns != contract.names
            or (loading.kept is not None and loading.kept.retyped)
        )
    )
    if whole and judged.fresh is not None and judged.head is not None:
        given = judged.fresh, judged.head, contract, loading.recognition, loading.options.system
        query = replacement(judged.read.rows, *given)
    elif judged.fresh is None and judged.read.files:
        return lake.commit(contract, _first_files(loading, judged, session), mode="append", base=None)
    else:
        query = new_rows(judged.read.rows, contract, judged.fresh)
    files = session.write(query, lake.folder(contract.name), contract)
    loading.stop()
    return lake.commit(contract, files, mode="replace" if whole else "append", base=judged.head_version)


def _first_files(loading: Loading, judged: Judged, session: Session) -> tuple[WrittenFile, ...]:
    """Put the files of plain rows into the lake as they are, beside those of the other rows."""
    contract, lake = loading.contract, loading.house.lake
    folder = lake.folder(contract.name)
    rest: tuple[WrittenFile, ...] = ()
    if judged.read.odd is not None:
        rest = session.write(new_rows(judged.read.odd, contract, None), folder, contract)
    loading.stop()
    folder.mkdir(parents=True, exist_ok=True)
    moved = []
    for number, file in enumerate(judged.read.files):
        path = folder / f"plain_{number}.parquet"
        shutil.move(file.path, path)
        moved.append(replace(file, path=path))
    return (*moved, *rest)


def _commit_rejected(loading: Loading, judged: Judged, session: Session) -> dict[str, int]:
    """Append the rejected rows that the quarantine does not hold yet, and what became of those that came back."""
    lake = loading.house.lake
    for tries_left in reversed(range(QUARANTINE_TRIES)):
        snapshot = loading.house.state.head()
        base = snapshot.tables.get(QUARANTINE.name) if snapshot else None
        quarantined = None
        if base is not None:
            there = lake.at(QUARANTINE.name, base)
            session.bind("quarantined", there)
            quarantined = Relation("quarantined", there.columns)
        query = entries(judged.bad, judged.came, quarantined, constants(loading), loading.actor.name)
        if query is None:
            return {}
        files = session.write(query, lake.folder(QUARANTINE.name), QUARANTINE)
        if not any(file.rows for file in files):
            for file in files:
                file.path.unlink(missing_ok=True)
            return {}
        try:
            if quarantined is not None and quarantined.columns != QUARANTINE.names:  # written before it had a column
                old = session.write(whole(quarantined), lake.folder(QUARANTINE.name), QUARANTINE)
                return {QUARANTINE.name: lake.commit(QUARANTINE, (*old, *files), mode="replace", base=base)}
            return {QUARANTINE.name: lake.commit(QUARANTINE, files, mode="append", base=base)}
        except ConflictError:
            if not tries_left:
                raise
    raise AssertionError("the last try returns or raises")
