import answers
import numpy as np
import pytest
import worlds
from scipy.stats import multivariate_normal

from qunxiang.errors import SettingError
from qunxiang.segmentation import MixtureSegments
from qunxiang.statistics import adjusted_rand_index
from qunxiang.statistics.families import COVARIANCES


@pytest.mark.parametrize(
    ("data", "n_classes", "log_likelihood"),
    [
        # documentation of R's poLCA (Linzer & Lewis 2011, J. Stat. Software 42)
        (answers.carcinoma, 2, -317.2568),
        (answers.carcinoma, 3, -293.7050),
        (answers.carcinoma, 4, -289.2858),
        (answers.universalism, 2, -504.4677),
    ],
)
def test_latent_classes_have_the_published_likelihood(data, n_classes, log_likelihood):
    X, counts = data()
    model = MixtureSegments(n_classes, levels=(2,) * X.shape[1]).fit(X, counts)
    assert model.likelihood_.log_likelihood == pytest.approx(log_likelihood, abs=1e-3)
    assert model.converged_


def test_criteria_of_the_two_classes_of_carcinoma_by_hand():
    X, counts = answers.carcinoma()
    found = MixtureSegments(2, levels=(2,) * 7).fit(X, counts)
    # 1 share of a class and 2 × 7 shares of an answer; 118 slides
    assert found.likelihood_.n_parameters == 15
    assert found.likelihood_.aic == pytest.approx(2 * 317.2568 + 30, abs=0.01)
    assert found.likelihood_.bic == pytest.approx(2 * 317.2568 + 15 * np.log(118), abs=0.01)
    probable = found.probabilities(X)
    entropy = -float((probable * np.log(np.maximum(probable, 1e-300))).sum(axis=1) @ counts)
    assert found.likelihood_.icl == pytest.approx(found.likelihood_.bic + 2 * entropy)
    assert found.likelihood_.entropy_r2 == pytest.approx(1 - entropy / (118 * np.log(2)))
    # four pathologists never found carcinoma in one of the classes (shares at 0, their opposites at 1)
    assert found.n_boundary_ >= 4


HARD = [(answers.carcinoma, 4, 2), (answers.universalism, 3, 2), (answers.missing_answers, 3, 3)]


def _ours_less_plain_em(data, n_classes, n_levels, n_starts):
    X, counts = data()
    theirs = max(answers.plain_em(X, counts, n_classes, seed) for seed in range(100, 100 + n_starts))
    ours = MixtureSegments(n_classes, levels=(n_levels,) * X.shape[1]).fit(X, counts)
    return ours.likelihood_.log_likelihood - theirs


@pytest.mark.parametrize("case", HARD)
def test_latent_classes_end_no_lower_than_a_plain_em(case):
    assert _ours_less_plain_em(*case, n_starts=4) >= -0.05


@pytest.mark.full
@pytest.mark.parametrize("case", HARD)
def test_latent_classes_never_end_below_fifty_starts_of_a_plain_em(case):
    assert _ours_less_plain_em(*case, n_starts=50) >= -0.05


def test_a_missing_answer_takes_no_part():
    X = np.array([[0, 0], [0, 0], [0, 1], [1, 1], [1, 1], [1, 1.0]])
    model = MixtureSegments(2, levels=(2, 2), strength=1.0).fit(X)
    joint = model.shares_ * model.answers_[0][:, 1]
    np.testing.assert_allclose(model.probabilities([[1, np.nan]])[0], joint / joint.sum())
    assert model.predict([[np.nan, np.nan]]).tolist() == [-1]


def test_the_bayes_constant_keeps_shares_off_the_boundary():
    X, counts = answers.carcinoma()
    free, kept = (MixtureSegments(3, levels=(2,) * 7, strength=s).fit(X, counts) for s in (0.0, 1.0))
    assert free.n_boundary_ > 0
    assert kept.n_boundary_ == 0
    assert kept.likelihood_.log_likelihood < free.likelihood_.log_likelihood
    # Latent GOLD: 1/3 of a slide that looks like all slides is added to every class
    probable = kept.probabilities(X) * counts[:, None]
    for j in range(7):
        share = counts @ X[:, j] / counts.sum()
        wanted = (probable.T @ X[:, j] + share / 3) / (probable.sum(axis=0) + 1 / 3)
        np.testing.assert_allclose(kept.answers_[j][:, 1], wanted, atol=1e-3)


@pytest.mark.parametrize("covariance", COVARIANCES)
def test_normal_mixtures_report_the_likelihood_of_their_parameters(covariance):
    X = worlds.three_groups(1)[:300] @ np.array([[1.0, 0.4], [0.0, 0.7]])
    model = MixtureSegments(3, 10, covariance=covariance).fit(X)
    density = sum(
        share * multivariate_normal(mean, spread).pdf(X)
        for share, mean, spread in zip(model.shares_, model.means_, model.covariances_, strict=True)
    )
    assert model.likelihood_.log_likelihood == pytest.approx(float(np.log(density).sum()), abs=1e-6)
    free = {"spherical": 1, "equal": 2, "diagonal": 6, "tied": 3, "full": 9}
    assert model.likelihood_.n_parameters == 2 + 6 + free[covariance]


def test_long_groups_need_a_full_covariance():
    rng = np.random.default_rng(0)
    groups = rng.integers(0, 2, 400)
    X = rng.normal(size=(400, 2)) * [6, 0.5] + groups[:, None] * [0, 4]
    X = X @ np.array([[np.cos(0.6), np.sin(0.6)], [-np.sin(0.6), np.cos(0.6)]])
    full, equal = (MixtureSegments(2, 10, covariance=c).fit(X) for c in ("full", "spherical"))
    assert adjusted_rand_index(groups, full.labels_) > 0.95
    assert full.likelihood_.bic < equal.likelihood_.bic


def test_answers_and_numbers_find_groups_that_neither_tells_apart_alone():
    rng = np.random.default_rng(2)
    groups = rng.integers(0, 4, 600)
    answer = np.where(rng.random(600) < 0.95, groups // 2, 1 - groups // 2).astype(float)
    again = np.where(rng.random(600) < 0.95, groups // 2, 1 - groups // 2).astype(float)
    number = (groups % 2) * 5 + rng.normal(size=600)
    X = np.column_stack([answer, number, again])
    X[rng.random(X.shape) < 0.05] = np.nan
    model = MixtureSegments(4, 20, levels=(2, 0, 2), strength=1.0).fit(X)
    known = ~np.isnan(X).any(axis=1)
    assert adjusted_rand_index(groups[known], model.labels_[known]) > 0.75
    assert set(model.answers_) == {0, 2}
    assert model.means_.shape == (4, 1)


def test_order_of_rows_does_not_matter_and_sizes_fall():
    X, _ = answers.missing_answers()
    order = np.random.default_rng(1).permutation(len(X))
    first, again = (MixtureSegments(3, 10, levels=(3,) * 6).fit(rows) for rows in (X, X[order]))
    assert np.array_equal(first.labels_[order], again.labels_)
    assert first.shares_.tolist() == sorted(first.shares_, reverse=True)


def test_what_cannot_be_fitted_is_refused():
    with pytest.raises(SettingError) as refused:
        MixtureSegments(3, levels=(2,)).fit([[0.0], [1.0], [np.nan]])
    assert refused.value.params == {"wanted": 3, "found": 2}
    with pytest.raises(ValueError, match="answers other than"):
        MixtureSegments(1, levels=(2,)).fit([[0.0], [2.0]])
    with pytest.raises(ValueError, match="levels"):
        MixtureSegments(1, levels=(2,)).fit([[0.0, 1.0]])
