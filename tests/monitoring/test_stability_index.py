"""The population stability index: by hand, its identities, its noise, bins of heavy values and texts."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import entropy

from qunxiang.monitoring import compared, psi, psi_of_shares


def test_by_hand() -> None:
    # two levels: 80/20 against 60/40
    wanted = (0.6 - 0.8) * math.log(0.6 / 0.8) + (0.4 - 0.2) * math.log(0.4 / 0.2)
    assert psi(["a"] * 80 + ["b"] * 20, ["a"] * 60 + ["b"] * 40) == pytest.approx(wanted)
    assert psi([0] * 80 + [1] * 20, [0] * 60 + [1] * 40) == pytest.approx(wanted)
    assert psi_of_shares([0.8, 0.2], [0.6, 0.4]) == pytest.approx(wanted)


@settings(max_examples=60, deadline=None)
@given(st.lists(st.floats(0.01, 1), min_size=2, max_size=12), st.integers(0, 10_000))
def test_it_is_both_divergences_and_symmetric(weights: list[float], seed: int) -> None:
    p = np.array(weights) / sum(weights)
    q = np.random.default_rng(seed).dirichlet(np.ones(len(p)) * 5)
    q = np.maximum(q, 1e-3) / np.maximum(q, 1e-3).sum()
    assert psi_of_shares(p, q) == pytest.approx(entropy(p, q) + entropy(q, p), rel=1e-9, abs=1e-12)
    assert psi_of_shares(p, q) == pytest.approx(psi_of_shares(q, p))
    assert psi_of_shares(p, p) == 0


def test_bins_hold_equal_shares_of_the_expected_values() -> None:
    values = np.random.default_rng(0).lognormal(3, 1, size=5_000)
    found = compared(values, values * 1.3)
    assert len(found.bins) == 10
    assert found.expected == pytest.approx([0.1] * 10, abs=0.002)
    assert found.psi > 0
    assert found.psi == pytest.approx(psi_of_shares(found.expected, found.actual))
    # the order of rows and any growing change of both sides say nothing
    rng = np.random.default_rng(1)
    assert psi(rng.permutation(values), rng.permutation(values * 1.3)) == pytest.approx(found.psi)
    assert psi(np.log(values), np.log(values * 1.3)) == pytest.approx(found.psi)


def test_a_value_that_many_share_has_a_bin_of_its_own() -> None:
    rng = np.random.default_rng(2)
    before = np.concatenate([np.zeros(700), rng.uniform(1, 100, 300)])
    after = np.concatenate([np.zeros(500), rng.uniform(1, 100, 500)])
    found = compared(before, after)
    zero = found.bins.index(next(b for b in found.bins if isinstance(b, tuple) and b[0] == 0))
    assert (found.expected[zero], found.actual[zero]) == (0.7, 0.5)
    flat = compared(np.full(50, 3.0), np.concatenate([np.full(25, 3.0), np.arange(25) + 10.0]))
    assert sorted(flat.expected) == pytest.approx([*[0.0] * (len(flat.expected) - 1), 1.0])
    assert 0.5 in flat.actual


def test_unknown_values_are_left_out_and_counts_told() -> None:
    found = compared([1.0, 2.0, np.nan, 2.0], np.array([1, None, 2, 2], dtype=object))
    assert (found.n_expected, found.n_actual, found.psi) == (3, 3, 0.0)
    with pytest.raises(ValueError, match="known values"):
        psi([np.nan], [1.0])
    with pytest.raises(ValueError, match="two bins"):
        psi([1.0], [1.0], bins=1)


def test_rare_texts_are_counted_together() -> None:
    before = [f"v{i}" for i in range(100)] + ["often"] * 100
    found = compared(before, before)
    assert len(found.bins) == 21
    assert found.bins[0] == "often"
    assert sum(found.expected) == pytest.approx(1.0)


def test_chance_is_kept_by_samples_alike_in_about_nineteen_of_twenty() -> None:
    rng = np.random.default_rng(3)
    within = 0
    for _ in range(400):
        found = compared(rng.normal(size=800), rng.normal(size=500))
        within += found.psi <= found.chance
    # bins are cut at the expected sample's own quantiles, which makes its shares equal; the limit is then a little wide
    assert within >= 0.93 * 400


def test_levels_are_named_by_convention() -> None:
    rng = np.random.default_rng(4)
    base = rng.normal(size=20_000)
    assert compared(base, rng.normal(0.05, 1, 20_000)).level == "steady"
    assert compared(base, rng.normal(0.4, 1, 20_000)).level == "shifted"
    assert compared(base, rng.normal(0.8, 1, 20_000)).level == "drifted"
    assert compared(base[:30], rng.normal(0, 1, 30), least_per_bin=10).level in ("steady", "chance")
