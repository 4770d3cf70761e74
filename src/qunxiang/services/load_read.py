"""Reading a load's rows as the contract's columns and settling their keys: by casts where that does, else in full."""

from __future__ import annotations

from qunxiang.i18n import Message
from qunxiang.intake import Plan, Staged, checked, hashed, known, repeats, settled
from qunxiang.ports.engine import Session
from qunxiang.services.load_parts import Loading, Read
from qunxiang.services.load_plain import read_plain
from qunxiang.services.load_plan import plan_of
from qunxiang.sql import Relation

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
    rows, again = Relation(name, known(contract, recognition, system)), Relation("again")
    plan = plan_of(loading.house, session, staged, contract, recognition, options, shape.date_system)
    read = checked(staged, contract, recognition, plan, system)
    total = session.materialise(rows.name, hashed(read, contract, recognition, system))
    loading.stop()
    loading.tell(0.5, Message("load.stage.check"))
    if session.materialise(again.name, repeats(rows, contract, recognition, system)):
        session.materialise(rows.name, settled(rows, again, contract, recognition, system))
    return plan, rows, total
