"""Surveys: what the columns of a wide file are, the order of answers, answers as numbers, shares with intervals."""

from qunxiang.surveys.answers import SurveyAnswers, codes_of, drawn_by, texts_of
from qunxiang.surveys.ladders import in_order, says_nothing
from qunxiang.surveys.layout import SurveyLayout, lay_out
from qunxiang.surveys.shares import AnswerShare, QuestionShares, shares_of
from qunxiang.surveys.where import place_question

__all__ = [
    "AnswerShare",
    "QuestionShares",
    "SurveyAnswers",
    "SurveyLayout",
    "codes_of",
    "drawn_by",
    "in_order",
    "lay_out",
    "place_question",
    "says_nothing",
    "shares_of",
    "texts_of",
]
