"""Two fits matched: by hand, under renaming, and the agreement of scikit-learn."""

from __future__ import annotations

import numpy as np
import pytest
from sklearn.metrics import adjusted_rand_score

from qunxiang.segmentation.refits import Match, matched
from qunxiang.statistics.agreement import contingency


def test_by_hand() -> None:
    # the first goes on (40 of 50), the second is divided in halves: neither has more than half of it
    pairs, rand = matched([[40, 5, 5], [0, 25, 25]])
    assert pairs == (Match(0, 0, 40 / 50),)
    old, new = np.repeat([0, 0, 0, 1, 1], [40, 5, 5, 25, 25]), np.repeat([0, 1, 2, 1, 2], [40, 5, 5, 25, 25])
    assert rand == pytest.approx(adjusted_rand_score(old, new))


@pytest.mark.parametrize("seed", range(10))
def test_names_do_not_matter(seed: int) -> None:
    rng = np.random.default_rng(seed)
    old = rng.integers(0, 4, 400)
    new = np.where(rng.random(400) < 0.9, old, rng.integers(0, 4, 400))
    order = rng.permutation(4)
    pairs, rand = matched(contingency(old, order[new]))
    assert {p.before: p.after for p in pairs} == {i: int(order[i]) for i in range(4)}
    assert rand == pytest.approx(adjusted_rand_score(old, new))


def test_nobody_in_both_gives_no_number() -> None:
    assert matched([[0, 0], [0, 0]]) == ((), None)
