"""Weights, calibration, designs: formulas by hand, and what raking must say when it cannot."""

from __future__ import annotations

import numpy as np
import pytest

from qunxiang.statistics.intervals import share_interval
from qunxiang.statistics.survey import (
    Margin,
    design,
    design_effect,
    effective_rows,
    rake,
    rake_draws,
    rescaled_draws,
    share_variance,
    weighted_share,
)


def test_effective_rows_by_hand() -> None:
    # 1, 1, 2: (4)² / 6
    assert effective_rows([1, 1, 2]) == pytest.approx(16 / 6)
    assert design_effect([1, 1, 2]) == pytest.approx(3 * 6 / 16)
    assert design_effect(np.ones(9)) == 1.0


def test_equal_weights_give_the_plain_interval() -> None:
    shown = np.repeat([1.0, 0.0], [30, 70])
    weighted = weighted_share(shown, design(100))
    plain = share_interval(30, 100)
    # the design variance divides by n − 1, so the effective number is 99
    assert (weighted.low, weighted.high) == pytest.approx((plain.low, plain.high), abs=1e-3)
    assert weighted_share(np.zeros(20), design(20)).low == 0.0
    assert weighted_share(np.zeros(20), design(20)).high > 0.05


def test_variance_of_a_share_by_hand() -> None:
    # two strata of two rows, weights 1 and 3: residuals are summed per row within its stratum
    sample = design(4, [1, 1, 3, 3], ["a", "a", "b", "b"])
    y = np.array([1.0, 0.0, 1.0, 0.0])
    parts = sample.weights * (y - 0.5) / 8
    by_hand = 2 * (((parts[:2] - parts[:2].mean()) ** 2).sum() + ((parts[2:] - parts[2:].mean()) ** 2).sum())
    assert share_variance(y, sample) == pytest.approx(by_hand)


def test_clusters_that_answer_alike_cost_their_size() -> None:
    y = np.repeat([1.0, 0.0] * 25, 4)
    alone = share_variance(y, design(200))
    together = share_variance(y, design(200, None, None, np.repeat(np.arange(50), 4)))
    assert together / alone == pytest.approx(4, rel=0.05)


def test_rescaled_draws_have_the_variance_of_the_design() -> None:
    generator = np.random.default_rng(2)
    strata = np.repeat(["a", "b"], [40, 60])
    sample = design(100, np.where(strata == "a", 1.0, 4.0), strata)
    y = generator.random(100)
    draws = np.hstack(list(rescaled_draws(sample, 8000, 1)))
    assert draws.sum(axis=0) == pytest.approx(np.full(8000, sample.weights.sum()))
    shares = y @ draws / draws.sum(axis=0)
    assert shares.var() == pytest.approx(share_variance(y, sample), rel=0.06)
    assert np.array_equal(draws, np.hstack(list(rescaled_draws(sample, 8000, 1))))


def test_a_stratum_with_one_cluster_stays_and_is_counted() -> None:
    sample = design(5, None, ["a", "a", "a", "a", "b"])
    assert sample.single_strata == 1
    draws = np.hstack(list(rescaled_draws(sample, 50, 0)))
    assert (draws[4] == 1).all()


SEX = ["f"] * 60 + ["m"] * 40
AGE = (["young", "old"] * 30) + (["young"] * 30 + ["old"] * 10)


def test_raking_reaches_every_margin() -> None:
    margins = [Margin("sex", {"f": 0.51, "m": 0.49}), Margin("age", {"young": 0.3, "old": 0.7})]
    found = rake({"sex": SEX, "age": AGE}, margins)
    assert found.converged
    w = found.weights
    assert w[np.array(SEX) == "f"].sum() / w.sum() == pytest.approx(0.51, abs=1e-6)
    assert w[np.array(AGE) == "old"].sum() / w.sum() == pytest.approx(0.7, abs=1e-6)
    # raking keeps the odds ratio of the cross-table it started from (Deming & Stephan 1940)
    table = np.array([[w[(np.array(SEX) == s) & (np.array(AGE) == a)].sum() for a in ("young", "old")] for s in "fm"])
    assert table[0, 0] * table[1, 1] / (table[0, 1] * table[1, 0]) == pytest.approx(30 * 10 / (30 * 30), abs=1e-4)
    assert found.design_effect > 1
    again = rake_draws(np.ones((100, 3)), {"sex": SEX, "age": AGE}, margins, rounds=60)
    assert again[:, 1] / again[:, 1].mean() == pytest.approx(w, abs=1e-5)


def test_margins_in_people_are_the_same_as_shares() -> None:
    shares = rake({"sex": SEX}, [Margin("sex", {"f": 0.5, "m": 0.5})])
    people = rake({"sex": SEX}, [Margin("sex", {"f": 5e6, "m": 5e6})])
    assert shares.weights == pytest.approx(people.weights)


@pytest.mark.parametrize(
    ("margins", "why", "where"),
    [
        ([Margin("sex", {"f": 0.5, "m": 0.4, "x": 0.1})], "nobody", ("sex", "x")),
        ([Margin("sex", {"f": 1.0})], "no_target", ("sex", "m")),
        (
            [Margin("sex", {"f": 50, "m": 50}), Margin("age", {"young": 40, "old": 80})],
            "totals_differ",
            ("sex", "100", "age", "120"),
        ),
    ],
)
def test_raking_says_why_not(margins: list[Margin], why: str, where: tuple[str, ...]) -> None:
    found = rake({"sex": SEX, "age": AGE}, margins)
    assert (found.converged, found.why, found.where) == (False, why, where)


def test_contradiction_and_bounds_are_told_apart() -> None:
    # every old person is a man: half men and three quarters old cannot hold together
    sex, age = ["f"] * 50 + ["m"] * 50, ["young"] * 50 + ["old"] * 25 + ["young"] * 25
    impossible = [Margin("sex", {"f": 0.5, "m": 0.5}), Margin("age", {"young": 0.25, "old": 0.75})]
    found = rake({"sex": sex, "age": age}, impossible)
    assert (found.converged, found.why) == (False, "contradiction")
    assert found.largest_gap > 0.01
    far = [Margin("sex", {"f": 0.95, "m": 0.05})]
    assert rake({"sex": sex}, far).converged
    tight = rake({"sex": sex}, far, bounds=(0.5, 1.5))
    assert (tight.converged, tight.why, tight.where[0]) == (False, "bounds", "sex")


def test_bounds_hold_where_they_can() -> None:
    generator = np.random.default_rng(4)
    start = generator.lognormal(0, 0.8, size=100)
    margins = [Margin("sex", {"f": 0.5, "m": 0.5})]
    found = rake({"sex": SEX}, margins, start, bounds=(0.3, 3.0))
    assert found.converged
    assert found.weights.max() <= 3.0 + 1e-3
    assert found.weights.min() >= 0.3 - 1e-3
    assert found.n_at_bounds > 0
    assert found.design_effect < rake({"sex": SEX}, margins, start).design_effect


def test_unknown_categories_are_left_as_they_are() -> None:
    sex = [None] * 10 + SEX[10:]
    found = rake({"sex": sex}, [Margin("sex", {"f": 0.5, "m": 0.5})])
    known = np.array([each is not None for each in sex])
    assert found.converged
    assert found.weights[~known] == pytest.approx(np.ones(10))
