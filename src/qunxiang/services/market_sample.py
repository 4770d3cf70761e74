"""A market's survey as a sample: who is in which segment, with which weight."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from qunxiang.market import Wave
from qunxiang.model import Survey
from qunxiang.model.market import Market
from qunxiang.services.house import House
from qunxiang.services.reading import reading
from qunxiang.services.surveys import answers_of, question_of, survey_of
from qunxiang.statistics.survey import Margin, Raked, design, rake
from qunxiang.surveys import SurveyAnswers, codes_of, drawn_by, texts_of

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]


@dataclass(frozen=True)
class Sample:
    """Respondents with a weight: `rows` are their places among all who answered; `raked` is None without margins."""

    survey: Survey
    found: SurveyAnswers
    rows: Ints
    weights: Floats
    segments: Ints
    raked: Raked | None

    def texts(self, question: str) -> list[str | None]:
        """Return the answers of the sample to a question."""
        given = texts_of(self.found, question_of(self.survey, question), self.survey.unknown)
        return [given[row] for row in self.rows]


def sample_of(house: House, market: Market, survey: str | None = None) -> Sample:
    """Put the respondents of a survey (the market's own when None) into the market's segments.

    Margins hold for the market's own survey and every other wave alike.
    """
    asked, _ = survey_of(house, survey or market.survey)
    with reading(house) as reader:
        found = answers_of(reader, asked.id)
    rows = np.flatnonzero(found.weighed)
    start = np.ones(len(rows)) if found.weights is None else found.weights[rows]
    segments = segments_of(market, asked, found)[rows]
    plain = Sample(asked, found, rows, start, segments, None)
    if not market.margins:
        return plain
    values = {margin.question: plain.texts(margin.question) for margin in market.margins}
    raked = rake(values, [Margin(m.question, m.targets) for m in market.margins], start, bounds=market.bounds)
    weights = raked.weights if raked.converged else start
    return Sample(asked, found, rows, weights, segments, raked)


def segments_of(market: Market, survey: Survey, found: SurveyAnswers) -> Ints:
    """Return the segment of every respondent, −1 where it is unknown."""
    if market.question is not None:
        place = {segment.answer: i for i, segment in enumerate(market.segments)}
        texts = texts_of(found, question_of(survey, market.question), survey.unknown)
        return np.array([-1 if text is None else place.get(text, -1) for text in texts], dtype=np.int64)
    centres = market.centres
    if centres is None:
        return np.full(len(found.respondents), -1, dtype=np.int64)
    columns = [codes_of(found, question_of(survey, id), survey.unknown) for id in centres.questions]
    X = (np.column_stack(columns) - np.array(centres.means)) / np.array(centres.sds)
    known = ~np.isnan(X).any(axis=1)
    distances = ((X[known][:, None, :] - np.array(centres.centres)[None, :, :]) ** 2).sum(axis=2)
    out = np.full(len(X), -1, dtype=np.int64)
    out[known] = np.argmin(distances, axis=1)
    return out


def wave_of(market: Market, sample: Sample, population: float) -> Wave:
    """Return the sample as a wave of the market."""
    money = None
    if market.money is not None:
        money = codes_of(sample.found, question_of(sample.survey, market.money), sample.survey.unknown)[sample.rows]
    margins: tuple[Margin, ...] = ()
    values = None
    if sample.raked is not None and sample.raked.converged:
        margins = tuple(Margin(m.question, m.targets) for m in market.margins)
        values = {m.question: sample.texts(m.question) for m in market.margins}
    respondents = [sample.found.respondents[row] for row in sample.rows]
    return Wave(
        sample.segments,
        design(len(sample.rows), sample.weights, **drawn_by(sample.found, sample.survey, sample.rows)),
        population,
        money,
        margins,
        values,
        respondents,
    )
