"""Intake: which column is which, which rows keep the contract, and what a load changes."""

from qunxiang.intake.checks import CODES, checked, head_comparison, keyed, rejected
from qunxiang.intake.counting import count_reasons, count_rows, count_status, rows_of, without_known
from qunxiang.intake.merging import new_rows, replacement
from qunxiang.intake.notes import note_counts, notes
from qunxiang.intake.reasons import Reason, read_reasons, reason_message
from qunxiang.intake.recognition import Recognition, confirm, recognise
from qunxiang.intake.report import LoadReport, Note, ReasonCount, RejectedRow
from qunxiang.intake.staging import BROKEN, ROW, Kind, Staged, StagedColumn, staged_schema

__all__ = [
    "BROKEN",
    "CODES",
    "ROW",
    "Kind",
    "LoadReport",
    "Note",
    "Reason",
    "ReasonCount",
    "Recognition",
    "RejectedRow",
    "Staged",
    "StagedColumn",
    "checked",
    "confirm",
    "count_reasons",
    "count_rows",
    "count_status",
    "head_comparison",
    "keyed",
    "new_rows",
    "note_counts",
    "notes",
    "read_reasons",
    "reason_message",
    "recognise",
    "rejected",
    "replacement",
    "rows_of",
    "staged_schema",
    "without_known",
]
