"""Models of repeat purchases against independent computation, and what must hold whatever the data."""

from __future__ import annotations

from typing import Any

import cdnow
import numpy as np
import pytest
from buyers import TRUTH, simulated
from scipy import integrate
from scipy.special import gammaln, roots_jacobi

from qunxiang.errors import NothingYetError, SettingError
from qunxiang.valuation import BetaGeo, GammaGamma, ModifiedBetaGeo, ParetoNBD, ShiftedBetaGeo
from qunxiang.valuation.purchase_history import purchase_histories, sampled

MODELS: list[tuple[Any, dict[str, float]]] = [
    (BetaGeo, {"r": 0.3, "alpha": 5.0, "a": 0.7, "b": 2.0}),
    (BetaGeo, {"r": 2.0, "alpha": 1.0, "a": 1.0, "b": 0.4}),
    (ModifiedBetaGeo, {"r": 0.5, "alpha": 6.0, "a": 0.9, "b": 1.6}),
    (ParetoNBD, {"r": 0.5, "alpha": 10.0, "s": 0.6, "beta": 12.0}),
    (ParetoNBD, {"r": 0.5, "alpha": 12.0, "s": 1.0, "beta": 0.3}),
]
HISTORIES = [(0, 0.0, 30.0), (1, 3.0, 30.0), (4, 29.0, 30.0), (25, 30.0, 39.0), (300, 20.0, 39.0)]


def of_customers(model: Any, p: dict[str, float], x: int, t_x: float, end: float) -> float:
    """Likelihood as the models' stories tell it: over customers' rates and, by Gauss quadrature, chances of leaving."""
    nodes, weights = roots_jacobi(60, p["b"] - 1, p["a"] - 1)  # the weight of a beta density, on -1..1
    leaving, share = (nodes + 1) / 2, weights / weights.sum()
    first = 1 if model is ModifiedBetaGeo else 0
    stays = share @ (1 - leaving) ** (x + first)
    leaves = share @ (leaving * (1 - leaving) ** (x - 1 + first)) if x + first > 0 else 0.0

    def bought(until: float) -> float:
        """Mean of rate^x exp(−rate · until) over gamma-distributed rates: a ratio of two gamma integrals."""
        logs = gammaln(p["r"] + x) - gammaln(p["r"]) + p["r"] * np.log(p["alpha"])
        return float(np.exp(logs - (p["r"] + x) * np.log(p["alpha"] + until)))

    return float(stays * bought(end) + leaves * bought(t_x))


@pytest.mark.parametrize(("model", "params"), MODELS[:1] + MODELS[2:3])
@pytest.mark.parametrize("history", HISTORIES[:3])
def test_the_likelihood_is_the_integral_over_customers(model: Any, params: dict[str, float], history: Any) -> None:
    expected = np.log(of_customers(model, params, *history))
    assert model.of(**params).log_likelihood(*([value] for value in history)) == pytest.approx(expected, rel=1e-6)


@pytest.mark.parametrize("params", [MODELS[3][1], MODELS[4][1]])
@pytest.mark.parametrize("history", HISTORIES)
def test_the_likelihood_of_pareto_nbd_is_the_integral_over_leaving(params: dict[str, float], history: Any) -> None:
    x, t_x, end = history
    r, alpha, s, beta = params.values()
    scale = alpha + t_x  # keeps the integrand near one

    def at(moment: float) -> float:
        fall = -(s + 1) * np.log(beta + moment) - (r + x) * (np.log(alpha + moment) - np.log(scale))
        return float(s * beta**s * np.exp(fall))

    points = [t_x + (end - t_x) * share for share in (0.001, 0.01, 0.1, 0.5)]
    leaves, _ = integrate.quad(at, t_x, end, points=points, epsabs=0, epsrel=1e-11, limit=500)
    stays = np.exp(s * np.log(beta / (beta + end)) - (r + x) * np.log((alpha + end) / scale))
    expected = gammaln(r + x) - gammaln(r) + r * np.log(alpha) - (r + x) * np.log(scale) + np.log(leaves + stays)
    found = ParetoNBD.of(**params).log_likelihood([x], [t_x], [end])
    assert found == pytest.approx(expected, rel=1e-7)


@pytest.mark.parametrize(("model", "params"), MODELS)
def test_gradients_are_those_of_the_likelihood(model: Any, params: dict[str, float]) -> None:
    x, t_x, end = (np.array(values, dtype=float) for values in zip(*HISTORIES, strict=True))
    made = model.of(**params)
    objective = made._objective(purchase_histories(x, t_x, end))
    at = np.array(list(params.values()))
    for place, step in enumerate(np.diag(at) * 1e-6):
        slope = (objective(at + step)[0] - objective(at - step)[0]) / (2 * step[place])
        assert objective(at)[1][place] == pytest.approx(slope, rel=1e-4, abs=1e-5)


@pytest.mark.parametrize(("model", "params"), MODELS[:3])
def test_second_derivatives_are_those_of_the_gradient(model: Any, params: dict[str, float]) -> None:
    x, t_x, end = (np.array(values, dtype=float) for values in zip(*HISTORIES, strict=True))
    objective = model.of(**params)._objective(purchase_histories(x, t_x, end, [3, 1, 2, 5, 1]))
    at = np.array(list(params.values()))
    value, gradient, second = objective.with_curvature(at)
    assert (value, list(gradient)) == (objective(at)[0], list(objective(at)[1]))
    for place, step in enumerate(np.diag(at) * 1e-5):
        slopes = (objective(at + step)[1] - objective(at - step)[1]) / (2 * step[place])
        assert second[place] == pytest.approx(slopes, rel=1e-5, abs=1e-6)


@pytest.mark.parametrize("model", [BetaGeo, ModifiedBetaGeo])
def test_many_customers_are_fitted_to_the_top_of_all_of_them(model: Any) -> None:
    n = 60_000
    customers = simulated(n, seed=3)
    histories = purchase_histories(*customers)
    assert sampled(histories) is not None  # the search begins with a part of them
    fitted = model().fit(*customers)
    at = np.array(list(fitted.params_.values()))
    value, gradient = fitted._objective(histories)(at)
    assert fitted.log_likelihood_ == pytest.approx(value, rel=1e-9)
    assert np.max(np.abs(gradient * at)) / n < 1e-6  # flat in every direction


def test_equal_histories_are_counted_the_same_in_any_unit_and_with_weights() -> None:
    customers = simulated(3_000, seed=2)
    whole = purchase_histories(*customers)
    in_part = purchase_histories(customers[0], customers[1] / 2, customers[2] / 2)
    weighted = purchase_histories(*customers, weights=np.ones(3_000))
    for other, unit in ((in_part, 2), (weighted, 1)):
        assert whole.frequency.tolist() == other.frequency.tolist()
        assert whole.recency.tolist() == (other.recency * unit).tolist()
        assert whole.T.tolist() == (other.T * unit).tolist()
        assert whole.weights.tolist() == other.weights.tolist()
    assert whole.weights.sum() == 3_000 > len(whole.weights)


@pytest.mark.parametrize(("model", "params"), MODELS)
def test_expectations_agree_with_one_another(model: Any, params: dict[str, float]) -> None:
    made = model.of(**params)
    x, t_x, end = (np.array(values, dtype=float) for values in zip(*HISTORIES, strict=True))
    alive = made.probability_alive(x, t_x, end)
    ahead = made.expected_future_purchases(20, x, t_x, end)
    assert np.all((alive > 0) & (alive <= 1))
    assert np.all(ahead >= 0)
    assert np.all(made.expected_future_purchases(40, x, t_x, end) >= ahead)
    just_begun = made.expected_future_purchases([5.0, 50.0], 0, 0, 0)
    assert just_begun == pytest.approx(made.expected_purchases([5.0, 50.0]), rel=1e-6)


@pytest.mark.parametrize("model", [BetaGeo, ModifiedBetaGeo, ParetoNBD])
def test_counted_customers_equal_listed_ones(model: Any) -> None:
    d = cdnow.customers().iloc[:600]
    listed = model().fit(*(np.repeat(d[name], 3) for name in ("frequency", "recency", "T")))
    counted = model().fit(d["frequency"], d["recency"], d["T"], weights=np.full(len(d), 3))
    assert listed.log_likelihood_ == pytest.approx(counted.log_likelihood_, rel=1e-9)
    assert listed.params_ == pytest.approx(counted.params_, rel=1e-4)
    one_by_one = sum(
        counted.log_likelihood([x], [t_x], [end]) * 3
        for x, t_x, end in d[["frequency", "recency", "T"]].itertuples(index=False)
    )
    assert counted.log_likelihood_ == pytest.approx(one_by_one, rel=1e-6)


@pytest.mark.parametrize("model", [BetaGeo, ParetoNBD])
def test_the_unit_of_time_changes_nothing_but_the_unit(model: Any) -> None:
    d = cdnow.customers()
    weeks = model().fit(d["frequency"], d["recency"], d["T"])
    days = model().fit(d["frequency"], d["recency"] * 7, d["T"] * 7)
    assert days.params_["alpha"] == pytest.approx(weeks.params_["alpha"] * 7, rel=1e-4)
    assert days.expected_purchases([70.0]) == pytest.approx(weeks.expected_purchases([10.0]), rel=1e-5)


def test_the_mean_over_customers_is_the_expectation_of_a_new_one() -> None:
    repeats, _, end = simulated(200_000, seed=5)
    expected = BetaGeo.of(**TRUTH).expected_purchases(end)
    error = repeats.std() / np.sqrt(len(repeats))
    assert abs(repeats.mean() - expected.mean()) < 4 * error


def coverage(samples: int, n: int) -> dict[str, float]:
    inside = dict.fromkeys((*TRUTH, "expected"), 0)
    expected = float(BetaGeo.of(**TRUTH).expected_purchases([180.0])[0])
    for seed in range(samples):
        model = BetaGeo().fit(*simulated(n, seed))
        for name, value in TRUTH.items():
            low, high = model.interval(name) or (np.nan, np.nan)
            inside[name] += low <= value <= high
        low, high = model.expected_purchases_interval(180.0, n_draws=400) or (np.nan, np.nan)
        inside["expected"] += low <= expected <= high
    return {name: count / samples for name, count in inside.items()}


def test_intervals_hold_the_truth_as_often_as_they_say() -> None:
    found = coverage(40, 5_000)
    assert min(found.values()) >= 0.85, found  # 40 samples: 34 or more of 38 expected


@pytest.mark.full
def test_intervals_hold_the_truth_over_two_hundred_samples() -> None:
    found = coverage(200, 5_000)
    assert all(0.90 <= share <= 0.98 for share in found.values()), found


@pytest.mark.full
def test_parameters_are_recovered_from_a_million_customers() -> None:
    found = [BetaGeo().fit(*simulated(1_000_000, seed)) for seed in range(10)]
    expected = float(BetaGeo.of(**TRUTH).expected_purchases([180.0])[0])
    for model in found:
        assert model.params_["r"] == pytest.approx(TRUTH["r"], rel=0.02)
        assert float(model.expected_purchases([180.0])[0]) == pytest.approx(expected, rel=0.01)


@pytest.mark.parametrize(
    ("frequency", "recency", "end", "code"),
    [
        ([1.5], [1], [2], "error.valuation.history"),
        ([1], [3], [2], "error.valuation.history"),
        ([0], [1], [2], "error.valuation.history"),
        ([np.nan], [1], [2], "error.valuation.history"),
        ([], [], [], "error.valuation.lengths"),
        ([1, 2], [1], [2], "error.valuation.lengths"),
        ([1] * 9 + [0] * 90, [1] * 9 + [0] * 90, [2] * 99, "error.valuation.too_few_repeaters"),
    ],
)
def test_impossible_histories_are_refused(frequency: Any, recency: Any, end: Any, code: str) -> None:
    with pytest.raises(SettingError) as caught:
        BetaGeo().fit(frequency, recency, end)
    assert caught.value.code == code


def test_customers_who_never_leave_do_not_say_how_leaving_differs() -> None:
    chance = np.random.default_rng(0)
    repeats = chance.poisson(chance.gamma(2.0, 1.5, 5000)).astype(float)
    recency = np.where(repeats > 0, 10 * chance.beta(np.maximum(repeats, 1), 1), 0.0)  # the last of so many moments
    model = BetaGeo().fit(repeats, recency, np.full(5000, 10.0))
    assert model.interval("a") is None
    assert model.expected_purchases_interval(10.0) is None
    assert float(model.expected_purchases([10.0])[0]) == pytest.approx(3.0, rel=0.05)


def test_a_model_without_parameters_says_so() -> None:
    with pytest.raises(NothingYetError):
        BetaGeo().expected_purchases([1.0])
    with pytest.raises(SettingError):
        BetaGeo.of(r=1.0, alpha=1.0, a=1.0)


def test_money_goes_from_the_mean_of_all_to_the_customers_own() -> None:
    r = cdnow.repeaters()
    model = GammaGamma().fit(r["x"], r["zbar"])
    few, many = model.expected_value([1, 100], [100.0, 100.0])
    assert model.mean is not None
    assert model.mean < few < many < 100
    assert model.expected_value([0], [np.nan])[0] == pytest.approx(model.mean)


def test_cohorts_of_contracts_together_equal_their_sum() -> None:
    one = ShiftedBetaGeo().fit([1000, 631, 468, 382])
    two = ShiftedBetaGeo().fit([[400, 252, 187, 153], [600, 379, 281, 229]])
    assert two.params_ == pytest.approx(one.params_, rel=1e-6)


def test_discounted_renewals_are_the_sum_of_survivors() -> None:
    model = ShiftedBetaGeo().fit([1000, 869, 743, 653, 593, 551, 517, 491])
    periods = np.arange(1, 4000)
    for age in (0, 3):
        alive = model.survival(age + periods) / model.survival(age)
        expected = (alive / 1.1**periods).sum()
        assert model.expected_renewals(age=age, discount_rate=0.1) == pytest.approx(expected, rel=1e-6)
