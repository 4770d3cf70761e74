"""Which answers of a survey go together: multiple correspondence analysis of its questions."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from qunxiang.errors import SettingError
from qunxiang.model import Actor, Frozen, Survey
from qunxiang.services.access import EVERYONE, use_case
from qunxiang.services.house import House
from qunxiang.services.reading import reading
from qunxiang.services.surveys import answers_of, question_of, survey_of
from qunxiang.statistics.multiple_correspondence import multiple_correspondence
from qunxiang.surveys import texts_of

KINDS = ("single", "ordered", "multi")
MOST_ANSWERS = 12
"""Answers of a question up to which it is taken."""

MOST_QUESTIONS = 12
TAKEN = 6
"""Questions taken when none are named."""

DIMENSIONS = 5
"""Dimensions told at most."""

LEAST_ROWS = 30


class MapAnswer(Frozen):
    """One answer as a point: `mass` (share of all answers), coordinates, and by dimension its part in it.

    `contributions` of a dimension sum to 1 over all answers; `quality` is the share of the answer's own inertia that
    each dimension shows (squared cosine).
    """

    question: str
    answer: str
    n: int
    mass: float
    coordinates: tuple[float, ...]
    contributions: tuple[float, ...]
    quality: tuple[float, ...]


class SurveyMap(Frozen):
    """Answers of a survey on few dimensions.

    `shares` are the dimensions' parts of Greenacre's adjusted inertia, `inertias` the adjusted inertias. `n_rows`
    people answered every question, `n_left_out` did not or have no weight.
    """

    survey: str
    questions: tuple[str, ...]
    weighted: bool
    n_rows: int
    n_left_out: int
    inertias: tuple[float, ...]
    shares: tuple[float, ...]
    answers: tuple[MapAnswer, ...]


@use_case("survey.map", roles=EVERYONE)
def survey_map(
    house: House,
    actor: Actor,
    name: str,
    *,
    questions: Sequence[str] | None = None,
    weighted: bool = True,
) -> SurveyMap:
    """Analyse which answers go together, by multiple correspondence analysis.

    Parameters
    ----------
    questions
        Two to twelve questions with answers to choose from; None takes the first of them.
    weighted
        Use the survey's weights where it has any; people without one are then left out.

    Raises
    ------
    UnknownNameError
        When there is no such survey or question.
    SettingError
        When fewer than two questions can be taken, one has too many answers, or too few people answered all.
    """
    survey, _ = survey_of(house, name)
    with reading(house) as reader:
        found = answers_of(reader, name)
    texts = {q.id: texts_of(found, q, survey.unknown) for q in survey.questions if q.kind in KINDS}
    asked = _asked(survey, texts, questions)
    use = found.weighed if weighted and found.weights is not None else np.ones(len(found.respondents), dtype=bool)
    rows = np.flatnonzero(use)
    answers = [[texts[id][row] for row in rows] for id in asked]
    weights = found.weights[rows] if weighted and found.weights is not None else None
    complete = [row for row in range(len(rows)) if all(column[row] is not None for column in answers)]
    if len(complete) < LEAST_ROWS:
        raise SettingError("error.survey.map_rows", n=len(complete), needed=LEAST_ROWS)
    try:
        made = multiple_correspondence(answers, asked, weights)
    except ValueError as error:
        raise SettingError("error.survey.map", why=str(error)) from error
    kept = min(DIMENSIONS, made.points.coordinates.shape[1])
    counts = {
        (id, answer): sum(1 for row in complete if answers[q][row] == answer)
        for q, id in enumerate(asked)
        for answer in {answers[q][row] for row in complete}
    }
    points = made.points
    return SurveyMap(
        survey=name,
        questions=tuple(asked),
        weighted=weights is not None,
        n_rows=made.n_rows,
        n_left_out=len(found.respondents) - made.n_rows,
        inertias=tuple(float(v) for v in made.adjusted[:kept]),
        shares=tuple(float(v) for v in made.greenacre_shares[:kept]),
        answers=tuple(
            MapAnswer(
                question=question,
                answer=answer,
                n=counts[question, answer],
                mass=float(points.masses[i]),
                coordinates=tuple(float(v) for v in points.coordinates[i, :kept]),
                contributions=tuple(float(v) for v in points.contributions[i, :kept]),
                quality=tuple(float(v) for v in points.squared_cosines[i, :kept]),
            )
            for i, (question, answer) in enumerate(made.answers)
        ),
    )


def mappable(survey: Survey) -> list[str]:
    """Return the questions that can be mapped, by their kind."""
    return [q.id for q in survey.questions if q.kind in KINDS]


def _asked(survey: Survey, texts: dict[str, list[str | None]], questions: Sequence[str] | None) -> list[str]:
    sizes = {id: len({t for t in given if t is not None}) for id, given in texts.items()}
    if questions is None:
        asked = [id for id in mappable(survey) if 2 <= sizes[id] <= MOST_ANSWERS][:TAKEN]
    else:
        asked = [question_of(survey, id).id for id in dict.fromkeys(questions)]
    wrong = [id for id in asked if not 2 <= sizes.get(id, 0) <= MOST_ANSWERS]
    if wrong or not 2 <= len(asked) <= MOST_QUESTIONS:
        raise SettingError(
            "error.survey.map_questions", questions=wrong or asked, most=MOST_QUESTIONS, answers=MOST_ANSWERS
        )
    return asked
