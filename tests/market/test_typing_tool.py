"""The typing tool picks the questions that were planted and says honestly how well they tell segments."""

from __future__ import annotations

import numpy as np
import pytest

from qunxiang.market import typing_tool


def _world(n: int = 500, seed: int = 0) -> tuple[list[list[str | None]], np.ndarray]:
    """Three segments; questions 3 and 5 tell them apart, 6 repeats 3, the others are noise."""
    generator = np.random.default_rng(seed)
    segments = generator.integers(0, 3, size=n)
    answers: list[list[str | None]] = [[str(a) for a in generator.integers(0, 3, size=n)] for _ in range(8)]

    def told(k: int, sure: float) -> list[str | None]:
        right = generator.random(n) < sure
        return ["yes" if (s == k) == r else "no" for s, r in zip(segments, right, strict=True)]

    answers[3], answers[5] = told(0, 0.93), told(1, 0.9)
    answers[6] = [a if generator.random() < 0.95 else None for a in answers[3]]
    return answers, segments


@pytest.fixture(scope="module")
def tool():
    answers, segments = _world()
    return typing_tool(answers, segments, 3, most_questions=5)


def test_the_planted_questions_come_first(tool) -> None:
    assert {step.question for step in tool.steps[:2]} == {3, 5}
    assert len(tool.questions) in {2, 3}
    assert tool.steps[1].kappa > tool.steps[0].kappa + 0.1
    assert tool.base_accuracy < 0.45


def test_cross_validated_accuracy_is_that_on_new_people(tool) -> None:
    answers, segments = _world(seed=1)
    placed = tool.probabilities([answers[q] for q in tool.questions])
    assert placed.sum(axis=1) == pytest.approx(np.ones(500))
    accuracy = float((placed.argmax(axis=1) == segments).mean())
    told = tool.steps[len(tool.questions) - 1].accuracy
    assert accuracy == pytest.approx(told, abs=0.05)
    # probabilities mean what they say: the mean of the highest is about the accuracy
    assert placed.max(axis=1).mean() == pytest.approx(accuracy, abs=0.06)


def test_unknown_and_new_answers_add_nothing(tool) -> None:
    unknown = tool.probabilities([[None] for _ in tool.questions])
    strange = tool.probabilities([["never heard"] for _ in tool.questions])
    assert unknown == pytest.approx(strange)


def test_noise_is_not_sold_as_knowledge() -> None:
    generator = np.random.default_rng(3)
    answers = [[str(a) for a in generator.integers(0, 4, size=300)] for _ in range(10)]
    found = typing_tool(answers, generator.integers(0, 3, size=300), 3, most_questions=4)
    assert max(abs(step.kappa) for step in found.steps) < 0.15


def test_weights_count_like_rows() -> None:
    answers, segments = _world(200)
    times = np.random.default_rng(1).integers(1, 4, size=200)
    weighted = typing_tool(answers, segments, 3, times, most_questions=2, n_questions=2)
    again = typing_tool([list(np.repeat(a, times)) for a in answers[:6]], np.repeat(segments, times), 3, n_questions=2)
    assert set(weighted.questions) == set(again.questions) == {3, 5}


def test_the_number_of_questions_can_be_set(tool) -> None:
    answers, segments = _world()
    found = typing_tool(answers, segments, 3, most_questions=4, n_questions=1)
    assert len(found.questions) == 1
    with pytest.raises(ValueError, match="at least 5 respondents"):
        typing_tool(answers, np.where(segments == 2, -1, segments), 3)


def test_two_segments() -> None:
    answers, segments = _world()
    found = typing_tool(answers, np.minimum(segments, 1), 2, most_questions=2)
    placed = found.probabilities([answers[q] for q in found.questions])
    assert found.questions[0] == 3
    assert (placed.argmax(axis=1) == np.minimum(segments, 1)).mean() > 0.85
