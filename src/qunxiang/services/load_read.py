"""Reading a load's rows as the contract's columns and settling their keys: by casts where that does, else in full."""

from __future__ import annotations

from qunxiang.i18n import Message
from qunxiang.intake import BLANKS, Plan, Staged, checked, hashed, known, rejected, rekeyed, repeats, settled
from qunxiang.intake.quarantine import link_of, mended_before
from qunxiang.ports.engine import Session
from qunxiang.services.load_parts import Loading, Read, constants
from qunxiang.services.load_plain import read_plain
from qunxiang.services.load_plan import plan_of
from qunxiang.sql import Query, Relation
from qunxiang.tables import QUARANTINE

ROWS = "loaded"


def read_rows(loading: Loading, staged: Staged, session: Session) -> Read:
    """Read every row of a source.

    Raises
    ------
    QuestionError
        When a column of dates or amounts can be read in two ways and nobody said which.
    """
    found = read_plain(loading, staged, session, lambda odd, name: _in_full(loading, odd, session, name), ROWS)
    if found is not None:
        return found
    plan, rows, total = _in_full(loading, staged, session, ROWS)
    return Read(rows, rows, staged, plan, total)


def _in_full(loading: Loading, staged: Staged, session: Session, name: str) -> tuple[Plan, Relation, int]:
    """Read staged rows by every form that is tolerated; keep them under `name`."""
    contract, recognition, system = loading.contract, loading.recognition, loading.options.system
    options, shape = loading.options.reading, loading.shape
    names = (*known(contract, recognition, system), *(BLANKS if options.blanks else ()))
    rows, again = Relation(name, names), Relation("again")
    plan = plan_of(loading.house, session, staged, contract, recognition, options, shape.date_system)
    read = checked(staged, contract, recognition, plan, system)
    keys = hashed(read, contract, recognition, system, blanks=options.blanks)
    total = session.materialise(rows.name, keys)
    mends = link_of(staged) is not None
    rejects = _known_rejects(loading, session) if loading.content_key and (mends or options.blanks) else None
    if rejects is not None and mends:
        session.materialise(rows.name, rekeyed(rows, staged, rejects, contract.name, contract.key[0]))
    loading.stop()
    loading.tell(0.5, Message("load.stage.check"))
    if session.materialise(again.name, repeats(rows, contract, recognition, system)):
        session.materialise(rows.name, settled(rows, again, contract, recognition, system))
    if rejects is not None and not mends:
        session.materialise(rows.name, mended_before(rows, told_of(loading, staged, rows), rejects))
    return plan, rows, total


def told_of(loading: Loading, staged: Staged, rows: Relation) -> Query:
    """Return what the quarantine is told of rows that were read in full, see :func:`qunxiang.intake.rejected`."""
    key, constant = loading.content_key, constants(loading)
    once = key is not None and not loading.contract.repeats
    return rejected(staged, rows, constant, key, once=once, by_content=loading.shape.renumbered)


def _known_rejects(loading: Loading, session: Session) -> Relation | None:
    version = loading.quarantine_version
    if version is None:
        return None
    there = loading.house.lake.at(QUARANTINE.name, version)
    session.bind("known_rejects", there)
    return Relation("known_rejects", there.columns)
