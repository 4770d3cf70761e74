import numpy as np
import pytest

from qunxiang.statistics import dip, dip_p_value, valley_depth


def test_dip_of_evenly_spaced_values_is_the_smallest_possible():
    assert dip(np.arange(100)) == pytest.approx(1 / 200)


def test_dip_of_two_far_masses_is_near_a_quarter():
    rng = np.random.default_rng(0)
    x = np.concatenate([rng.normal(0, 1e-4, 500), rng.normal(1, 1e-4, 500)])
    assert dip(x) == pytest.approx(0.25, abs=0.01)
    assert dip_p_value(dip(x), 1000) == 0.001


def test_dip_of_uniform_samples_matches_the_published_quantiles():
    # Hartigan & Hartigan (1985), table 1, n = 50: median .0489, .95 quantile .0702
    rng = np.random.default_rng(4)
    dips = [dip(rng.random(50)) for _ in range(1000)]
    assert np.median(dips) == pytest.approx(0.0489, rel=0.02)
    assert np.quantile(dips, 0.95) == pytest.approx(0.0702, rel=0.04)


def test_dip_does_not_depend_on_order_direction_or_scale():
    x = np.random.default_rng(3).lognormal(size=200)
    assert dip(x) == pytest.approx(dip(5 * x[::-1] + 7))
    assert dip(-x) == pytest.approx(dip(x), abs=1 / 400)


@pytest.mark.parametrize(("apart", "depth"), [(4.0, 0.73), (6.0, 0.978)])
def test_valley_between_two_normals_is_as_deep_as_their_density(apart, depth):
    # depth = 1 - 2 exp(-apart^2 / 8) / (1 + exp(-apart^2 / 2)); a kernel estimate is a little shallower
    rng = np.random.default_rng(0)
    x = np.concatenate([rng.normal(0, 1, 2000), rng.normal(apart, 1, 2000)])
    assert valley_depth(x, 0, apart) == pytest.approx(depth, abs=0.07)


def test_one_hill_has_hardly_a_valley():
    x = np.random.default_rng(0).normal(size=3000)
    assert valley_depth(x, -0.8, 0.8) < 0.1
    assert valley_depth(x, 1, 1) == 0
