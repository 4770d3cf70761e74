"""Multiple correspondence: two questions give the published simple analysis; more give known identities."""

from __future__ import annotations

import numpy as np
import pytest

from qunxiang.statistics.multiple_correspondence import multiple_correspondence

SMOKERS = np.array([[4, 2, 3, 2], [4, 3, 7, 4], [25, 10, 12, 4], [18, 24, 33, 13], [10, 6, 7, 2]])


def test_two_questions_are_the_published_table() -> None:
    # with two questions the adjusted inertias are those of the simple analysis of their cross-table (Greenacre 2017)
    cells = [(str(i), str(j)) for i in range(5) for j in range(4) for _ in range(SMOKERS[i, j])]
    found = multiple_correspondence([[a for a, _ in cells], [b for _, b in cells]], ["staff", "smoking"])
    assert found.adjusted == pytest.approx([0.074759, 0.010017, 0.000414], abs=1e-6)
    assert found.greenacre_shares.sum() == pytest.approx(1.0)
    assert found.n_rows == SMOKERS.sum()


def test_inertia_and_weights() -> None:
    generator = np.random.default_rng(1)
    given = [[str(each) for each in generator.integers(0, k, size=80)] for k in (2, 3, 4)]
    found = multiple_correspondence(given, ["a", "b", "c"])
    # total inertia of an indicator matrix: answers per question minus one
    assert found.eigenvalues.sum() == pytest.approx(9 / 3 - 1)
    assert found.benzecri_shares.sum() == pytest.approx(1.0)
    assert found.greenacre_shares.sum() <= 1.0
    # answers of one question balance around the middle
    masses, places = found.points.masses[:2], found.points.coordinates[:2]
    assert masses @ places == pytest.approx(np.zeros(places.shape[1]), abs=1e-9)
    times = generator.integers(1, 4, size=80)
    weighted = multiple_correspondence(given, ["a", "b", "c"], times)
    repeated = multiple_correspondence([list(np.repeat(each, times)) for each in given], ["a", "b", "c"])
    assert weighted.eigenvalues == pytest.approx(repeated.eigenvalues)


def test_gaps_and_constants_are_named() -> None:
    found = multiple_correspondence([["x", "y", None, "x"], ["u", "v", "u", "v"]], ["a", "b"])
    assert found.n_rows == 3
    with pytest.raises(ValueError, match="same answer to b"):
        multiple_correspondence([["x", "y"], ["u", "u"]], ["a", "b"])
