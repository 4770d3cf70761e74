"""Which question asks about which brand, from its wording."""

from __future__ import annotations

import pytest

from qunxiang.model import SurveyQuestion
from qunxiang.positioning.study_questions import propose_questions


def _asked(*texts: str) -> list[SurveyQuestion]:
    return [SurveyQuestion(id=f"q{i}", text=text, source=text, kind="single") for i, text in enumerate(texts)]


@pytest.mark.parametrize(
    "form", ["{brand}: {what}", "{brand}：{what}", "{what} | {brand}", "{brand} - {what}", "{brand}__{what}"]
)
def test_brands_and_attributes_are_told_by_the_side_of_the_own_brand(form: str) -> None:
    texts = [form.format(brand=b, what=w) for b in ("甲", "Beta") for w in ("可靠", "fast")]
    brands, questions = propose_questions(_asked("Region: where", *texts), "甲")
    assert brands == ("甲", "Beta")
    assert [(q.question, q.role, q.brand, q.attribute) for q in questions] == [
        ("q1", "association", "甲", "可靠"),
        ("q2", "association", "甲", "fast"),
        ("q3", "association", "Beta", "可靠"),
        ("q4", "association", "Beta", "fast"),
    ]


def test_dimensions_stages_and_the_ideal_are_told_by_their_words() -> None:
    whats = ("reliable", "appeal 1", "appeal 2", "awareness", "Trust", "attractive design")
    texts = [f"{b}: {w}" for b in ("Alpha", "Beta") for w in whats]
    brands, questions = propose_questions(_asked(*texts, "Ideal: reliable", "Ideal: punctual", "Q9: age"), "alpha")
    assert brands == ("alpha", "Beta")
    found = {(q.role, q.brand, q.attribute) for q in questions}
    assert ("ideal", "", "reliable") in found
    assert ("ideal", "", "punctual") not in found  # no brand is asked for it, so it has no place on the map
    assert ("association", "alpha", "attractive design") in found
    assert sum(q.role == "appeal" and q.brand == "Beta" for q in questions) == 2
    assert {q.role for q in questions} == {"association", "ideal", "appeal", "awareness", "trust"}


def test_chinese_words_are_known_and_other_brands_can_be_named() -> None:
    texts = ["甲：吸引力", "乙：信任", "甲：知名度", "丙：差异性", "理想：可靠", "甲：可靠"]
    brands, questions = propose_questions(_asked(*texts), "甲", ["甲", "乙", "丙"])
    assert brands == ("甲", "乙", "丙")
    assert [q.role for q in questions] == ["appeal", "trust", "awareness", "difference", "ideal", "association"]


def test_questions_about_nobody_tell_nothing() -> None:
    brands, questions = propose_questions(_asked("Age: years", "Region: where"), "Alpha")
    assert (brands, questions) == (("Alpha",), ())
