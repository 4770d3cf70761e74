"""Sizes and growth of market segments: by hand, and intervals that cover what is true."""

from __future__ import annotations

import numpy as np
import pytest

from qunxiang.market import Wave, growth_of, size_of
from qunxiang.statistics.intervals import Interval, TooFewRows
from qunxiang.statistics.survey import Margin, design

SHARES = (np.array([0.5, 0.3, 0.2]), np.array([0.45, 0.33, 0.22]))
PEOPLE = (1_000_000.0, 1_060_000.0)
SPENT = np.array([100.0, 250.0, 400.0])


def _wave(which: int, n: int, generator: np.random.Generator) -> Wave:
    """A stratified sample: of every segment, half live in the city, where four times as many are asked."""
    city = generator.random(n) < 0.8
    segments = generator.choice(3, size=n, p=SHARES[which])
    # the third segment lives in the city twice as often as elsewhere: unweighted shares are wrong
    odd = (segments == 2) & ~city & (generator.random(n) < 0.5)
    segments[odd] = generator.choice(3, size=int(odd.sum()), p=[0.6, 0.4, 0.0])
    money = SPENT[segments] * generator.lognormal(0, 0.5, size=n)
    return Wave(segments, design(n, np.where(city, 1.0, 4.0), city), PEOPLE[which], money)


def _truth(which: int) -> np.ndarray:
    """Shares in the population, where city and country are equally many."""
    p = SHARES[which]
    country = np.array([p[0] + p[2] / 2 * 0.6, p[1] + p[2] / 2 * 0.4, p[2] / 2])
    return (p + country) / 2


def test_sizes_by_hand() -> None:
    wave = Wave(
        np.repeat([0, 1, -1], [10, 20, 10]),
        design(40, np.repeat([2.0, 1.0, 1.0], [10, 20, 10])),
        1_000.0,
        np.repeat([5.0, 7.0, np.nan], [10, 20, 10]),
    )
    found = size_of(wave, 2, n_draws=200)
    first, second = found.segments
    assert first.people.estimate == pytest.approx(400)
    assert (first.unweighted_share, first.share.estimate) == pytest.approx((0.25, 0.4))
    assert second.people.estimate == pytest.approx(400)
    assert (first.money.estimate, second.money.estimate) == pytest.approx((2000, 2800))
    assert found.unknown == pytest.approx(0.2)
    assert found.n_effective == pytest.approx(50**2 / 70)
    assert first.people.low < 400 < first.people.high


def test_too_few_respondents_are_said() -> None:
    wave = Wave(np.repeat([0, 1], [37, 3]), design(40), 100.0)
    found = size_of(wave, 2, n_draws=50)
    assert found.segments[1].people == TooFewRows(n=3, needed=5)
    assert found.segments[0].money is None


def test_calibration_in_every_draw_narrows_what_it_fixes() -> None:
    generator = np.random.default_rng(1)
    sex = np.where(generator.random(300) < 0.5, "f", "m")
    segments = np.where(generator.random(300) < 0.1, 1 - (sex == "f"), (sex == "f")).astype(int)
    margins = (Margin("sex", {"f": 0.5, "m": 0.5}),)
    plain = size_of(Wave(segments, design(300), 1.0), 2, n_draws=300)
    calibrated = size_of(
        Wave(segments, design(300), 1.0, margins=margins, values={"sex": sex.tolist()}), 2, n_draws=300
    )

    def width(found) -> float:
        share = found.segments[0].share
        return share.high - share.low

    assert width(calibrated) < 0.7 * width(plain)


def test_growth_by_hand_and_per_year() -> None:
    first = Wave(np.repeat([0, 1], [50, 50]), design(100), 100.0)
    second = Wave(np.repeat([0, 1], [60, 40]), design(100), 121.0)
    grown = growth_of(first, second, 2, years=2, n_draws=200)
    assert grown[0].people.estimate == pytest.approx((0.6 * 121 / 50) ** 0.5 - 1)
    assert grown[0].money is None
    with pytest.raises(ValueError, match="above zero"):
        growth_of(first, second, 2, years=0)


def test_a_panel_knows_that_the_same_people_answered() -> None:
    generator = np.random.default_rng(5)
    before = generator.choice(2, size=400, p=[0.4, 0.6])
    after = np.where(generator.random(400) < 0.05, 1 - before, before)
    people = [f"p{i}" for i in range(400)]
    waves = [Wave(each, design(400), 1.0, respondents=people) for each in (before, after)]
    apart = growth_of(*waves, 2, years=1, n_draws=400)[0].people
    panel = growth_of(*waves, 2, years=1, panel=True, n_draws=400)[0].people
    assert panel.estimate == apart.estimate
    assert panel.high - panel.low < 0.5 * (apart.high - apart.low)


def _coverage(repetitions: int, n_draws: int) -> tuple[float, float]:
    """Share of intervals of size and of growth that hold the truth."""
    sizes, grown = [], []
    truth = [PEOPLE[which] * _truth(which) for which in (0, 1)]
    for seed in range(repetitions):
        generator = np.random.default_rng(seed)
        waves = [_wave(which, 600, generator) for which in (0, 1)]
        for k, each in enumerate(size_of(waves[0], 3, n_draws=n_draws, seed=seed).segments):
            assert isinstance(each.people, Interval)
            sizes.append(each.people.low <= truth[0][k] <= each.people.high)
        for k, each in enumerate(growth_of(*waves, 3, years=1, n_draws=n_draws, seed=seed)):
            growth = truth[1][k] / truth[0][k] - 1
            grown.append(each.people.low <= growth <= each.people.high)
    return float(np.mean(sizes)), float(np.mean(grown))


def test_intervals_cover_in_a_few_repetitions() -> None:
    sizes, grown = _coverage(25, 200)
    assert sizes >= 0.85
    assert grown >= 0.85


@pytest.mark.full
def test_intervals_cover_in_two_hundred_repetitions() -> None:
    sizes, grown = _coverage(200, 1000)
    assert 0.90 <= sizes <= 0.98
    assert 0.90 <= grown <= 0.98
