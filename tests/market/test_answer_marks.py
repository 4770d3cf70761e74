"""Answers that mark segments off: shares and intervals by hand, weights, and no mark in noise."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from qunxiang.market import answer_marks


def test_shares_and_interval_by_hand() -> None:
    # Newcombe (1998), Table II, (a): 56/70 against 48/80, method 10 gives 0.0524 to 0.3339
    answers = {"q": ["yes"] * 56 + ["no"] * 14 + ["yes"] * 48 + ["no"] * 32}
    segments = np.repeat([0, 1], [70, 80])
    marks = answer_marks(answers, segments, np.ones(150), 2, left_out={"q": "no"})
    mark = next(m for m in marks if m.segment == 0)
    assert (mark.share.estimate, mark.rest.estimate) == pytest.approx((0.8, 0.6))
    assert mark.difference.low == pytest.approx(0.0524, abs=0.003)
    assert mark.difference.high == pytest.approx(0.3339, abs=0.003)
    assert mark.effect == pytest.approx(2 * (np.arcsin(0.8**0.5) - np.arcsin(0.6**0.5)))
    assert {m.answer for m in marks} == {"yes"}


def test_weights_are_used_as_in_pandas_and_unknown_rows_are_left_out() -> None:
    rng = np.random.default_rng(5)
    n = 900
    segments = rng.choice([-1, 0, 1, 2], size=n, p=[0.1, 0.4, 0.3, 0.2])
    weights = rng.uniform(0.3, 3, size=n)
    said = np.where(rng.random(n) < np.where(segments == 1, 0.8, 0.3), "often", "never").astype(object)
    said[rng.random(n) < 0.05] = None
    marks = answer_marks({"q": list(said)}, segments, weights, 3)
    mark = next(m for m in marks if (m.segment, m.answer) == (1, "often"))
    frame = pd.DataFrame({"s": segments, "w": weights, "a": said}).query("s >= 0").dropna()
    frame["hit"] = (frame.a == "often") * frame.w
    inside = frame[frame.s == 1]
    outside = frame[frame.s != 1]
    assert mark.share.estimate == pytest.approx(inside.hit.sum() / inside.w.sum())
    assert mark.rest.estimate == pytest.approx(outside.hit.sum() / outside.w.sum())
    assert mark.difference.low < mark.share.estimate - mark.rest.estimate < mark.difference.high


def test_noise_marks_nothing_off() -> None:
    wrong = 0
    for seed in range(20):
        rng = np.random.default_rng(seed)
        answers = {f"q{j}": list(rng.choice(["a", "b", "c"], size=400)) for j in range(15)}
        wrong += bool(answer_marks(answers, rng.integers(0, 3, size=400), rng.uniform(0.5, 2, size=400), 3))
    assert wrong <= 4  # one in twenty is expected to have a false one


def test_too_few_people_say_nothing() -> None:
    answers = {"q": ["a"] * 10 + ["b"] * 200}
    assert answer_marks(answers, np.repeat([0, 1], [10, 200]), np.ones(210), 2) == ()
