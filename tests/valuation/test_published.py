"""Published values of customer-base analysis; sources beside them."""

from __future__ import annotations

import cdnow
import numpy as np
import pytest

from qunxiang.valuation import BetaGeo, GammaGamma, ModifiedBetaGeo, ParetoNBD, ShiftedBetaGeo

RELATIVE = 0.002
HIGH_END = [1000, 869, 743, 653, 593, 551, 517, 491]
REGULAR = [1000, 631, 468, 382, 326, 289, 262, 241]


@pytest.fixture(scope="module")
def bgnbd() -> BetaGeo:
    d = cdnow.customers()
    return BetaGeo().fit(d["frequency"], d["recency"], d["T"])


def test_bgnbd_on_cdnow(bgnbd: BetaGeo) -> None:
    # published by Fader, Hardie and Lee in 2005
    assert bgnbd.params_ == pytest.approx({"r": 0.2426, "alpha": 4.4135, "a": 0.7929, "b": 2.4258}, rel=RELATIVE)
    assert bgnbd.log_likelihood_ == pytest.approx(-9582.426, abs=0.01)


def test_expectations_of_bgnbd_on_cdnow(bgnbd: BetaGeo) -> None:
    found = bgnbd.expected_purchases([0.1429, 1, 3, 31.8571, 32, 78])
    assert found == pytest.approx([0.0078, 0.0532, 0.1506, 1.0405, 1.0437, 1.858], abs=0.001)
    assert bgnbd.expected_future_purchases(39, 2, 30.43, 38.86) == pytest.approx(1.226, abs=0.001)
    assert bgnbd.probability_alive(2, 30.43, 38.86) == pytest.approx(0.7266, abs=0.001)
    d = cdnow.customers()
    total = bgnbd.expected_future_purchases(39, d["frequency"], d["recency"], d["T"]).sum()
    assert total == pytest.approx(1653.4, abs=0.5)


def test_pareto_nbd_on_cdnow() -> None:
    # Fader & Hardie, notes on the Pareto/NBD
    d = cdnow.customers()
    model = ParetoNBD().fit(d["frequency"], d["recency"], d["T"])
    assert model.params_ == pytest.approx({"r": 0.5533, "alpha": 10.578, "s": 0.6062, "beta": 11.669}, rel=RELATIVE)
    assert model.log_likelihood_ == pytest.approx(-9594.974, abs=0.01)


def test_mbgnbd_on_cdnow() -> None:
    # documentation of BTYDplus
    d = cdnow.customers()
    model = ModifiedBetaGeo().fit(d["frequency"], d["recency"], d["T"])
    assert model.params_ == pytest.approx({"r": 0.5248, "alpha": 6.183, "a": 0.8914, "b": 1.6140}, rel=RELATIVE)


def test_gamma_gamma_on_cdnow() -> None:
    # Fader & Hardie (2013), 946 customers who came back
    r = cdnow.repeaters()
    assert len(r) == 946
    model = GammaGamma().fit(r["x"], r["zbar"])
    assert model.params_ == pytest.approx({"p": 6.249, "q": 3.745, "v": 15.448}, rel=RELATIVE)
    assert model.log_likelihood_ == pytest.approx(-4055.923, abs=0.01)


@pytest.mark.parametrize(
    ("survivors", "alpha", "beta", "log_likelihood"),
    [(HIGH_END, 0.668, 3.806, -1611.158), (REGULAR, 0.704, 1.182, -1680.265)],
    ids=["high end", "regular"],
)
def test_shifted_beta_geometric(survivors: list[int], alpha: float, beta: float, log_likelihood: float) -> None:
    # published by Fader and Hardie in 2007
    model = ShiftedBetaGeo().fit(survivors)
    assert model.params_ == pytest.approx({"alpha": alpha, "beta": beta}, rel=RELATIVE)
    assert model.log_likelihood_ == pytest.approx(log_likelihood, abs=0.01)


def test_survival_projected_from_seven_years() -> None:
    found = ShiftedBetaGeo().fit(HIGH_END).survival(np.arange(8, 13))
    assert found == pytest.approx([0.4604, 0.4358, 0.4142, 0.3951, 0.3780], abs=0.001)
