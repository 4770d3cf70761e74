import numpy as np
import pandas as pd
import pytest
from scipy import stats

from qunxiang.errors import SettingError
from qunxiang.segmentation import explain, markers
from qunxiang.segmentation.markers import marks
from qunxiang.statistics import TooFewRows


def find(found, segment, name):
    return next(m for m in found if (m.segment, m.name) == (segment, name))


def test_shares_and_coverage_by_hand():
    column = [1, 1, 1, 0, np.nan, 0, 0, 0, 1, 0]
    labels = [0, 0, 0, 0, 0, 1, 1, 1, 1, 1]
    found = find(markers(np.array(column)[:, None], labels, ["uses_coupons"]), 0, "uses_coupons")
    assert (found.kind, found.mean, found.rest_mean, found.overall_mean) == ("binary", 0.75, 0.2, 4 / 9)
    assert (found.n, found.rest_n, found.coverage) == (4, 5, 0.8)
    assert found.effect.estimate == pytest.approx(2 * np.arcsin(0.75**0.5) - 2 * np.arcsin(0.2**0.5))
    assert found.is_marker


def test_numeric_p_values_are_welch_and_adjusted_over_all_comparisons():
    rng = np.random.default_rng(0)
    X, labels = rng.normal(size=(60, 2)), np.repeat([0, 1], 30)
    X[:30, 0] += 1
    found = markers(X, labels, ["a", "b"])
    raw = [stats.ttest_ind(X[:30, i], X[30:, i], equal_var=False).pvalue for i in (0, 1)]
    adjusted = stats.false_discovery_control([raw[0], raw[0], raw[1], raw[1]])
    assert find(found, 0, "a").p_value == pytest.approx(adjusted[0])
    assert find(found, 1, "b").p_value == pytest.approx(adjusted[2])
    assert find(found, 0, "a").effect.estimate == pytest.approx(-find(found, 1, "a").effect.estimate)
    assert [m.name for m in found] == ["a", "a", "b", "b"]
    assert found[0].is_marker is None


@pytest.mark.parametrize(
    ("share", "overall", "expected"),
    [(0.75, 0.5, True), (0.74, 0.5, False), (0.15, 0.1, True), (0.14, 0.1, False), (0.05, 0.1, True), (0, 0, False)],
)
def test_marker_rule(share, overall, expected):
    assert marks(share, overall) is expected


def test_what_cannot_be_compared_says_so():
    X = np.column_stack([np.full(6, 3.0), [np.nan] * 3 + [1.5, 2.5, 3.5]])
    found = markers(X, [0, 0, 0, 1, 1, 1], ["constant", "unknown"])
    assert all(isinstance(m.effect, TooFewRows) and np.isnan(m.p_value) for m in found)
    assert find(found, 0, "unknown").coverage == 0
    assert np.isnan(find(found, 0, "unknown").mean)


def test_rows_of_no_segment_count_neither_way():
    found = markers([[1.0], [0], [1], [1]], [0, 1, 1, -1], ["x"])
    assert find(found, 1, "x").rest_n == 1


@pytest.fixture
def corners():
    rng = np.random.default_rng(0)
    frame = pd.DataFrame({"orders": rng.uniform(0, 10, 600), "recency": rng.uniform(0, 100, 600)})
    labels = np.where(frame["orders"] > 5, np.where(frame["recency"] > 40, 2, 1), 0)
    return frame, labels


def test_rules_give_back_the_lines_that_made_the_segments(corners):
    found = explain(*corners)
    assert found.fidelity > 0.97
    (loyal,) = found.rules[1]
    conditions = {(c.name, c.operator): c.threshold for c in loyal.conditions}
    assert conditions == {("orders", ">"): pytest.approx(5, abs=0.1), ("recency", "<="): pytest.approx(40, abs=1)}
    assert loyal.share == 1
    assert min(found.precision.values()) > 0.95
    assert found.markers[0][0].name == "orders"


def test_rules_of_nonsense_do_no_better_than_the_largest_segment():
    rng = np.random.default_rng(0)
    found = explain(rng.normal(size=(400, 3)), rng.integers(0, 2, 400))
    assert found.fidelity < 0.6
    assert found.baseline == pytest.approx(0.5, abs=0.06)


def test_explanation_does_not_depend_on_the_order_of_rows(corners):
    frame, labels = corners
    order = np.random.default_rng(1).permutation(len(frame))
    first, second = explain(frame, labels), explain(frame.iloc[order], labels[order])
    assert (first.rules, first.fidelity, first.recall) == (second.rules, second.fidelity, second.recall)


def test_unknown_rows_and_tiny_segments_are_handled(corners):
    frame, labels = corners
    frame.iloc[:4, 0] = np.nan
    labels[10] = 3
    found = explain(frame, labels)
    assert (found.n_rows, found.n_incomplete) == (596, 4)
    assert found.rules[3] == ()
    assert np.isnan(found.precision[3])
    assert found.recall[3] == 0


def test_one_segment_cannot_be_explained():
    with pytest.raises(SettingError):
        explain([[1.0], [2.0]], [0, 0])
