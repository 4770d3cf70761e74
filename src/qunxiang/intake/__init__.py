"""Intake: which column is which, which rows keep the contract, and what a load changes."""

from qunxiang.intake.checks import checked
from qunxiang.intake.comparison import head_comparison
from qunxiang.intake.counting import (
    count_blanked,
    count_reasons,
    count_repairs,
    count_rows,
    count_status,
    rows_of,
)
from qunxiang.intake.keys import BLANKS, CODES, derived, has_blanks, hashed, keyed, known, repeats, settled
from qunxiang.intake.merging import new_rows, replacement
from qunxiang.intake.notes import kept_rows, note_counts, notes
from qunxiang.intake.plan import Plan, Rate
from qunxiang.intake.quarantine import rejected, rekeyed
from qunxiang.intake.questions import answers, evidence, open_columns
from qunxiang.intake.reasons import Reason, read_reasons, reason_message
from qunxiang.intake.recognition import Recognition, confirm, guessed_table, recognise
from qunxiang.intake.report import LoadReport, Note, ReasonCount, RejectedRow
from qunxiang.intake.staging import BROKEN, ROW, Kind, Staged, StagedColumn, staged_schema

__all__ = [
    "BLANKS",
    "BROKEN",
    "CODES",
    "ROW",
    "Kind",
    "LoadReport",
    "Note",
    "Plan",
    "Rate",
    "Reason",
    "ReasonCount",
    "Recognition",
    "RejectedRow",
    "Staged",
    "StagedColumn",
    "answers",
    "checked",
    "confirm",
    "count_blanked",
    "count_reasons",
    "count_repairs",
    "count_rows",
    "count_status",
    "derived",
    "evidence",
    "guessed_table",
    "has_blanks",
    "hashed",
    "head_comparison",
    "kept_rows",
    "keyed",
    "known",
    "new_rows",
    "note_counts",
    "notes",
    "open_columns",
    "read_reasons",
    "reason_message",
    "recognise",
    "rejected",
    "rekeyed",
    "repeats",
    "replacement",
    "rows_of",
    "settled",
    "staged_schema",
]
