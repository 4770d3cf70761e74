"""Differences between segments against independent computing."""

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from qunxiang.segmentation.contrast import adjusted, crossed, differences, gorge_counts, separated
from qunxiang.segmentation.shadows import gorge, shadow_values


def test_differences_are_eta_squared_and_welch():
    rng = np.random.default_rng(0)
    labels = rng.integers(0, 3, 300)
    X = np.column_stack([labels * 2.0 + rng.normal(size=300) * (1 + labels), rng.normal(size=300)])
    X[::10, 1] = np.nan
    first, second = differences(X, labels, ["told", "noise"], 3)
    assert (first.name, second.name) == ("told", "noise")
    frame = pd.DataFrame({"x": X[:, 0], "s": labels})
    within = frame.groupby("s")["x"].transform("mean")
    assert first.effect == pytest.approx(
        1 - ((frame["x"] - within) ** 2).sum() / ((frame["x"] - X[:, 0].mean()) ** 2).sum()
    )
    # Welch (1951) by hand
    n, m, v = (frame.groupby("s")["x"].agg(f).to_numpy() for f in ("size", "mean", "var"))
    w = n / v
    centre = (w * m).sum() / w.sum()
    lam = ((1 - w / w.sum()) ** 2 / (n - 1)).sum()
    f = ((w * (m - centre) ** 2).sum() / 2) / (1 + 2 * lam / 8)
    assert first.p_value == pytest.approx(stats.f.sf(f, 2, 8 / (3 * lam)))
    assert first.standard == pytest.approx((m - X[:, 0].mean()) / X[:, 0].std())
    assert second.n == 270
    assert adjusted([first, second])[0] == pytest.approx(2 * first.p_value)


def test_nothing_known_or_nothing_varying_is_not_a_difference():
    labels = np.array([0, 0, 1, 1])
    found = differences([[np.nan, 1.0]] * 4, labels, ["gone", "flat"], 2)
    assert {d.name: d.effect for d in found} == {"gone": 0.0, "flat": 0.0}
    assert all(np.isnan(d.p_value) for d in found)


def test_crossed_counts_and_residuals_are_those_of_a_chi_square_test():
    rng = np.random.default_rng(1)
    labels = rng.integers(0, 3, 400)
    answers = [None if rng.random() < 0.1 else ["a", "b", "c"][(s + rng.integers(0, 2)) % 3] for s in labels]
    found = crossed("q", answers, labels, 3)
    table = pd.crosstab(pd.Series(labels), pd.Series(answers))[list(found.levels)].to_numpy()
    assert np.array_equal(found.counts, table)
    chi2, p, _, expected = stats.chi2_contingency(table, correction=False)
    np.testing.assert_allclose(found.residuals, (table - expected) / np.sqrt(expected))
    assert found.p_value == pytest.approx(p)
    assert found.effect == pytest.approx(np.sqrt(chi2 / (table.sum() * 2)))
    assert crossed("q", ["a"] * 400, labels, 3) is None


def test_rare_answers_are_taken_together():
    answers = [f"l{i:02}" for i in range(12) for _ in range(12 - i)]
    labels = np.arange(len(answers)) % 2
    found = crossed("q", answers, labels, 2)
    assert found.levels == (*(f"l{i:02}" for i in range(8)), None)
    assert found.counts.sum() == len(answers)


def test_the_plane_keeps_the_distances_of_three_centres():
    rng = np.random.default_rng(2)
    centers = rng.normal(size=(3, 6)) * 4
    labels = rng.integers(0, 3, 600)
    rows = centers[labels] + rng.normal(size=(600, 6))
    found = separated(rows, labels, centers)
    assert found.shown == pytest.approx(1)
    for i, j in ((0, 1), (0, 2), (1, 2)):
        assert np.linalg.norm(found.centers[i] - found.centers[j]) == pytest.approx(
            np.linalg.norm(centers[i] - centers[j])
        )
    # half of a normal cloud lies in its outline
    inside = []
    for s in range(3):
        cloud = found.points[labels == s]
        off = cloud - cloud.mean(axis=0)
        distance = np.einsum("ij,jk,ik->i", off, np.linalg.inv(np.cov(cloud.T)), off)
        edge = found.outlines[s] - cloud.mean(axis=0)
        reach = np.einsum("ij,jk,ik->i", edge, np.linalg.inv(np.cov(cloud.T)), edge)
        np.testing.assert_allclose(reach, reach[0])
        inside.append(np.mean(distance <= reach[0]))
    assert np.mean(inside) == pytest.approx(0.5, abs=0.05)
    nearest = np.argmin(((rows[:, None] - centers) ** 2).sum(axis=2), axis=1)
    shadows = shadow_values(rows, centers)
    assert found.near.sum(axis=1) == pytest.approx([shadows[nearest == s].mean() for s in range(3)])


@pytest.mark.parametrize("n_columns", [1, 2, 4])
def test_two_segments_lie_on_a_line(n_columns):
    rng = np.random.default_rng(3)
    centers = np.vstack([np.zeros(n_columns), np.full(n_columns, 5.0)])
    labels = rng.integers(0, 2, 100)
    found = separated(centers[labels] + rng.normal(size=(100, n_columns)), labels, centers)
    assert found.points.shape == (100, 2)
    assert found.shown == pytest.approx(1)
    assert found.centers[0, 1] == pytest.approx(found.centers[1, 1])


def test_the_gorge_of_far_segments_is_empty_in_the_middle():
    centers = np.array([[0.0, 0.0], [40.0, 0.0]])
    rows = np.repeat(centers, 50, axis=0) + np.random.default_rng(0).normal(size=(100, 2))
    counts = gorge_counts(gorge(rows, centers))
    assert counts.tolist() == [[50, *[0] * 18, 50]] * 2
    assert gorge_counts([[np.nan, 1.0], [0.25, 0.75]], 4).tolist() == [[0, 1, 0, 0], [0, 0, 0, 1]]
