"""What the columns of a wide survey file are: respondent, weight, or a question of which kind."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping, Sequence

import numpy as np

from qunxiang.model import Frozen, SurveyQuestion
from qunxiang.surveys.ladders import in_order, says_nothing

_RESPONDENT = re.compile(
    r"respondent_?id|response_?id|participant_?id|respondent|case_?id|答卷(编号|id|序号)?|受访者(编号|id)?|样本编号|序号",
    re.IGNORECASE,
)
_BARE_ID = re.compile(r"id|unnamed: 0|编号", re.IGNORECASE)
_WEIGHT = re.compile(r"weight|weights|wt|sample_?weight|survey_?weight|权重|样本权重|加权系数", re.IGNORECASE)
_LEFT_OUT = re.compile(r"(start|end)_?(date|time)|collector_?id|ip_?address|(开始|结束|提交)时间", re.IGNORECASE)
_NOT_TICKED = re.compile(r"not selected|unselected|unchecked|未选(中)?|否|0|false", re.IGNORECASE)
_STEM = re.compile(r"(.+?)[_.:：\-]\s*\d+$")

MOST_ANSWERS = 30
"""Different answers beyond which a column of text is taken for open answers, and of numbers for a number."""


class SurveyLayout(Frozen):
    """What was made of a file's columns.

    `respondent` and `weight` are columns; None: rows are numbered, and all count alike. `left_out` are columns that are
    no questions. `unknown` are the answers found that say nothing.
    """

    respondent: str | None
    weight: str | None
    questions: tuple[SurveyQuestion, ...]
    left_out: tuple[str, ...]
    unknown: tuple[str, ...]
    n_rows: int


def lay_out(
    columns: Mapping[str, Sequence[str | None]],
    *,
    respondent: str | None = None,
    weight: str | None = None,
    left_out: Sequence[str] = (),
    texts: Mapping[str, str] | None = None,
) -> SurveyLayout:
    """Propose what the columns of a wide survey are.

    Parameters
    ----------
    columns
        Cells of every column as text, None where empty; all of equal length, in the order of the file.
    respondent, weight
        Columns, where their names do not say it.
    left_out
        Columns that are no questions.
    texts
        Wording by column, from a code book.

    Returns
    -------
    SurveyLayout
        A question per remaining column. Columns in which one text alternates with "not selected" or with nothing are
        options of a question with several answers, tied together by the stem of their names.
    """
    n_rows = len(next(iter(columns.values()))) if columns else 0
    names = list(columns)
    who = respondent or _first(names, _RESPONDENT, columns, n_rows) or _first(names, _BARE_ID, columns, n_rows)
    mass = weight or next((name for name in names if _WEIGHT.fullmatch(name.strip()) and _numbers(columns[name])), None)
    skipped = [name for name in names if name in left_out or _LEFT_OUT.fullmatch(name.strip())]
    asked = [name for name in names if name not in {who, mass, *skipped}]
    stems = Counter(match.group(1) for name in asked if (match := _STEM.fullmatch(name)))
    questions: list[SurveyQuestion] = []
    unknown: set[str] = set()
    taken: set[str] = set()
    empty: list[str] = []
    for number, name in enumerate(asked, start=1):
        given = Counter(cell.strip() for cell in columns[name] if cell is not None and cell.strip())
        unknown |= {answer for answer in given if says_nothing(answer)}
        answers = {answer: n for answer, n in given.items() if not says_nothing(answer)}
        if not answers:
            empty.append(name)
            continue
        match = _STEM.fullmatch(name)
        group = match.group(1) if match and stems[match.group(1)] > 1 else ""
        id = _free_id(name, number, taken)
        question = _question(id, name, group, answers, given, n_rows)
        wording = (texts or {}).get(name)
        questions.append(question.model_copy(update={"text": wording}) if wording else question)
    return SurveyLayout(
        respondent=who,
        weight=mass,
        questions=tuple(questions),
        left_out=(*skipped, *empty),
        unknown=tuple(sorted(unknown)),
        n_rows=n_rows,
    )


def _first(
    names: Sequence[str], pattern: re.Pattern[str], columns: Mapping[str, Sequence[str | None]], n_rows: int
) -> str | None:
    """Return the first column of such a name whose values tell rows apart."""
    for name in names:
        if pattern.fullmatch(name.strip()):
            known = {cell for cell in columns[name] if cell is not None}
            if len(known) >= 0.95 * n_rows:
                return name
    return None


def _free_id(name: str, number: int, taken: set[str]) -> str:
    """Return the column's name where it is short and plain, else a number; each is given once."""
    plain = name.strip()
    id = plain if re.fullmatch(r"[\w.\-]{1,40}", plain) else f"q{number:02}"
    while id in taken:
        id = f"{id}_{number}"
    taken.add(id)
    return id


def _question(
    id: str, name: str, group: str, answers: Mapping[str, int], given: Mapping[str, int], n_rows: int
) -> SurveyQuestion:
    text = " ".join(name.split())
    plain = SurveyQuestion(id=id, source=name, group=group, text=text, kind="single")
    off = [answer for answer in answers if _NOT_TICKED.fullmatch(answer)]
    ticked = [answer for answer in answers if answer not in off]
    one_text = len(ticked) == 1 and len(off) <= 1
    if one_text and group and (off or sum(given.values()) < n_rows):
        wording = text if ticked[0] in ("1", "是", "true", "True", "Yes") else ticked[0]
        return plain.model_copy(update={"text": wording, "kind": "multi", "absent": off[0] if off else ""})
    order = in_order(tuple(answers)) if len(answers) <= MOST_ANSWERS else None
    if order is not None:
        return plain.model_copy(update={"kind": "ordered", "levels": order})
    if _numbers(list(answers)):
        return plain.model_copy(update={"kind": "number"})
    repeated = sum(answers.values()) / len(answers)
    return plain.model_copy(update={"kind": "open"}) if len(answers) > MOST_ANSWERS and repeated < 10 else plain


def _numbers(cells: Sequence[str | None]) -> bool:
    known = [cell for cell in cells if cell is not None and cell.strip()]
    try:
        return bool(known) and all(np.isfinite(float(cell.replace(",", ""))) for cell in known)
    except ValueError:
        return False
