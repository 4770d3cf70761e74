"""Turning a wide survey file into rows of the tables of answers and questions."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping, Sequence

import pyarrow as pa

from qunxiang.model import Survey
from qunxiang.model.scale import Scale
from qunxiang.ports.source import Source, SourceShape
from qunxiang.surveys import SurveyLayout

_ROW = "__row__"
_BROKEN = "__broken__"
_BATCH = 100_000


class ArrowRows:
    """An Arrow table as a source whose rows can be read again; see :class:`qunxiang.ports.source.Source`."""

    def __init__(self, name: str, rows: pa.Table, fingerprint: str) -> None:
        self._name, self._rows, self._fingerprint = name, rows, fingerprint

    def shape(self) -> SourceShape:
        """Look at the first rows."""
        first = self._rows.slice(0, 3)
        samples = {name: tuple(str(v) for v in first[name].to_pylist() if v is not None) for name in first.column_names}
        return SourceShape(
            self._name, tuple(first.column_names), samples, self._rows.num_rows, self._fingerprint, repeatable=True
        )

    def batches(self) -> Iterator[pa.RecordBatch]:
        """Give the rows in batches."""
        row = 1
        for batch in self._rows.combine_chunks().to_batches(max_chunksize=_BATCH):
            numbers = pa.array(range(row, row + batch.num_rows), pa.int64())
            whole = pa.nulls(batch.num_rows, pa.string())
            names = [_ROW, _BROKEN, *batch.schema.names]
            yield pa.RecordBatch.from_arrays([numbers, whole, *batch.columns], names=names)
            row += batch.num_rows


def cells_of(source: Source) -> dict[str, list[str | None]]:
    """Read a wide file whole: the cells of every column as text, None where empty; broken rows are left out."""
    columns: dict[str, list[str | None]] = {}
    for batch in source.batches():
        names = [name for name in batch.schema.names if name not in (_ROW, _BROKEN)]
        whole = [True] * batch.num_rows
        if _BROKEN in batch.schema.names:
            whole = [each is None for each in batch.column(_BROKEN).to_pylist()]
        for name in names:
            cells = batch.column(name).to_pylist()
            columns.setdefault(name, []).extend(_text(c) for c, keep in zip(cells, whole, strict=True) if keep)
    return columns


def _text(cell: object) -> str | None:
    if cell is None:
        return None
    if isinstance(cell, float) and cell.is_integer():
        return str(int(cell))
    return str(cell).strip() or None


def answer_rows(
    survey: Survey, layout: SurveyLayout, columns: Mapping[str, Sequence[str | None]], *, person: str | None
) -> ArrowRows:
    """Return one row per respondent, question and answer; empty cells give none.

    A respondent answers a question of a survey once, so a later load of the same file replaces the answer.
    """
    n_rows = layout.n_rows
    given = columns[layout.respondent] if layout.respondent else [None] * n_rows
    who = [each or f"row {row}" for row, each in enumerate(given, start=1)]
    mass = (
        [None if each is None else float(each.replace(",", "")) for each in columns[layout.weight]]
        if (layout.weight)
        else [None] * n_rows
    )
    people = columns[person] if person else [None] * n_rows
    rows: dict[str, list[object]] = {name: [] for name in _ANSWER_COLUMNS}
    for question in survey.questions:
        for row, answer in enumerate(columns[question.source]):
            if answer is None:
                continue
            rows["answer_id"].append(f"{survey.id}/{who[row]}/{question.id}")
            rows["survey"].append(survey.id)
            rows["question"].append(question.id)
            rows["respondent"].append(who[row])
            rows["person_id"].append(people[row])
            rows["answer"].append(answer)
            rows["weight"].append(mass[row])
    table = pa.table({name: pa.array(values, _ANSWER_COLUMNS[name]) for name, values in rows.items()})
    kept = [name for name in table.column_names if table[name].null_count < max(table.num_rows, 1)]
    return _rows(f"{survey.file} → survey_answers", table.select(kept))


def question_rows(survey: Survey) -> ArrowRows:
    """Return one row per question of a survey."""
    found = [
        {
            "survey": survey.id,
            "question": question.id,
            "text": question.text,
            "scale": question.kind,
            "choices": " | ".join(question.levels) or None,
            "dimension": question.group or None,
            "position": position,
        }
        for position, question in enumerate(survey.questions, start=1)
    ]
    return _rows(f"{survey.file} → survey_questions", pa.Table.from_pylist(found, schema=_QUESTION_SCHEMA))


_ANSWER_COLUMNS = {
    "answer_id": pa.string(),
    "survey": pa.string(),
    "question": pa.string(),
    "respondent": pa.string(),
    "person_id": pa.string(),
    "answer": pa.string(),
    "weight": pa.float64(),
}
_QUESTION_SCHEMA = pa.schema(
    [(name, pa.string()) for name in ("survey", "question", "text", "scale", "choices", "dimension")]
    + [("position", pa.int64())]
)


def _rows(name: str, table: pa.Table) -> ArrowRows:
    sink = pa.BufferOutputStream()
    with pa.ipc.new_stream(sink, table.schema) as writer:
        writer.write_table(table.combine_chunks())
    return ArrowRows(name, table, hashlib.sha256(sink.getvalue()).hexdigest())


def score_rows(
    scale: Scale, respondents: Sequence[str], scores: Sequence[Sequence[float]], persons: Mapping[str, str]
) -> ArrowRows:
    """Return one row per respondent and factor with a known score; the question is ``<scale>.<factor>``."""
    found = [
        {
            "answer_id": f"{scale.survey}/{who}/{scale.id}.{factor.id}",
            "survey": scale.survey,
            "question": f"{scale.id}.{factor.id}",
            "respondent": who,
            "person_id": persons.get(who),
            "score": float(score),
        }
        for who, row in zip(respondents, scores, strict=True)
        for factor, score in zip(scale.factors, row, strict=True)
        if score == score  # an unknown score is no row
    ]
    names = ("answer_id", "survey", "question", "respondent", "person_id")
    schema = pa.schema([*((name, pa.string()) for name in names), ("score", pa.float64())])
    table = pa.Table.from_pylist(found, schema=schema)
    return _rows(f"{scale.id} → survey_answers", table if persons else table.drop_columns(["person_id"]))


def placing_rows(
    survey: str,
    question: str,
    respondents: Sequence[str],
    segments: Sequence[str],
    chances: Sequence[float],
    persons: Mapping[str, str],
) -> ArrowRows:
    """Return one row per respondent: the likeliest segment as the answer to `question`, its probability as score."""
    found = [
        {
            "answer_id": f"{survey}/{who}/{question}",
            "survey": survey,
            "question": question,
            "respondent": who,
            "person_id": persons.get(who),
            "answer": segment,
            "score": float(chance),
        }
        for who, segment, chance in zip(respondents, segments, chances, strict=True)
    ]
    names = ("answer_id", "survey", "question", "respondent", "person_id", "answer")
    schema = pa.schema([*((name, pa.string()) for name in names), ("score", pa.float64())])
    table = pa.Table.from_pylist(found, schema=schema)
    return _rows(f"{question} → survey_answers", table if persons else table.drop_columns(["person_id"]))
