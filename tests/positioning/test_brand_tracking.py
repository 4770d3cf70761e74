"""Shares, conversions and changes of waves against counts and published intervals."""

from __future__ import annotations

from datetime import date

import numpy as np
import pytest
from scipy import stats

from qunxiang.positioning.brand_tracking import BrandTracking, BrandWave, TrackedChange, brand_tracking
from qunxiang.statistics import share_difference_interval, share_interval
from qunxiang.statistics.survey import design

NAN = float("nan")


def _wave(n: int, known: int, month: int = 1, **more: list[float]) -> BrandWave:
    answers = {("A", "awareness"): np.array([1.0] * known + [0.0] * (n - known))}
    answers |= {("A", stage): np.array(values) for stage, values in more.items()}  # type: ignore[misc]
    who = [f"r{i}" for i in range(n)]
    return BrandWave(f"w{month}", date(2026, month, 1), design(n), answers, np.arange(n) % 2, who)  # type: ignore[arg-type]


def _change(found: BrandTracking, before: str, after: str) -> TrackedChange:
    return next(c for c in found.changes if (c.before, c.after, c.segment) == (before, after, None))


def test_a_share_without_weights_is_wilsons() -> None:
    found = brand_tracking("A", ["A"], [_wave(200, 90)])
    plain = share_interval(90, 200)
    share = found.shares[0].share
    assert (share.value, share.low, share.high) == pytest.approx((plain.estimate, plain.low, plain.high), abs=2e-3)


def test_a_change_between_independent_waves_is_newcombes() -> None:
    found = brand_tracking("A", ["A"], [_wave(200, 80), _wave(300, 180, 2)])
    change = _change(found, "w1", "w2")
    other = share_difference_interval(180, 300, 80, 200)
    assert (change.change, change.low, change.high) == pytest.approx((other.estimate, other.low, other.high), abs=3e-3)
    assert change.shown


def test_conversion_is_among_those_of_the_stage_before_and_skips_are_counted() -> None:
    n = 100
    # 60 know the brand; 30 of them consider it, 10 of those trust it; 4 say they consider what they do not know
    considered = [1.0] * 30 + [0.0] * 30 + [1.0] * 4 + [0.0] * 36
    trusted = [1.0] * 10 + [0.0] * 90
    found = brand_tracking("A", ["A"], [_wave(n, 60, consideration=considered, trust=trusted)])
    steps = {c.to_stage: c for c in found.conversions if c.segment is None}
    assert steps["consideration"].share.value == pytest.approx(30 / 60)
    assert (steps["consideration"].share.n, steps["consideration"].n_out_of_order) == (60, 4)
    assert steps["trust"].share.value == pytest.approx(10 / 34)
    assert steps["trust"].n_out_of_order == 0


def test_who_was_not_asked_because_he_does_not_know_the_brand_does_not_consider_it() -> None:
    routed = [1.0] * 20 + [0.0] * 20 + [NAN] * 60
    found = brand_tracking("A", ["A"], [_wave(100, 40, consideration=routed)])
    share = next(s.share for s in found.shares if s.stage == "consideration")
    assert (share.value, share.n) == (pytest.approx(0.2), 100)
    step = next(c for c in found.conversions if c.to_stage == "consideration")
    assert (step.share.value, step.share.n) == (pytest.approx(0.5), 40)


def test_a_panel_is_followed_person_by_person() -> None:
    # 100 people, 40 know the brand first and 50 then: ten of them are new, nobody is lost
    waves = [_wave(100, 40), _wave(100, 50, 2)]
    apart = _change(brand_tracking("A", ["A"], waves), "w1", "w2")
    matched = _change(brand_tracking("A", ["A"], waves, panel=True), "w1", "w2")
    gains = np.array([0.0] * 40 + [1.0] * 10 + [0.0] * 50)
    half = 1.984 * gains.std(ddof=1) / 10  # paired t, 99 degrees of freedom
    assert (matched.low, matched.high) == pytest.approx((0.1 - half, 0.1 + half), abs=1e-3)
    assert (matched.shown, apart.shown) == (True, False)


def test_few_people_give_no_share_and_no_change() -> None:
    found = brand_tracking("A", ["A"], [_wave(40, 10), _wave(40, 30, 2)], ("odd", "even"))
    inside = [s.share for s in found.shares if s.segment == "odd"]
    assert [(s.value, s.n, s.needed) for s in inside] == [(None, 20, 30), (None, 20, 30)]
    assert {c.segment for c in found.changes} == {None}


def test_changes_that_chance_makes_are_held_at_bay() -> None:
    generator = np.random.default_rng(7)
    brands = [f"b{i}" for i in range(60)]
    shown, alone = 0, 0
    waves = []
    for month in (1, 2):
        answers = {(b, "awareness"): (generator.random(300) < 0.4).astype(float) for b in brands}
        waves.append(
            BrandWave(f"w{month}", date(2026, month, 1), design(300), answers, None, [str(i) for i in range(300)])
        )  # type: ignore[arg-type]
    found = brand_tracking("b0", brands, waves)
    shown = sum(c.shown for c in found.changes)
    alone = sum(c.low > 0 or c.high < 0 for c in found.changes)
    assert shown == 0
    assert alone >= 1  # single intervals alone would have named some of 60


def test_three_waves_are_followed_step_by_step_and_from_end_to_end() -> None:
    found = brand_tracking("A", ["A"], [_wave(100, 40), _wave(100, 45, 2), _wave(100, 60, 3)])
    assert [(c.before, c.after) for c in found.changes] == [("w1", "w2"), ("w2", "w3"), ("w1", "w3")]
    assert _change(found, "w1", "w3").change == pytest.approx(0.2)


def test_who_is_not_asked_for_trust_because_he_does_not_consider_the_brand_does_not_trust_it() -> None:
    considered = [1.0] * 20 + [0.0] * 20 + [NAN] * 60
    trusted = [1.0] * 10 + [0.0] * 10 + [NAN] * 80
    found = brand_tracking("A", ["A"], [_wave(100, 40, consideration=considered, trust=trusted)])
    share = next(s.share for s in found.shares if s.stage == "trust")
    assert (share.value, share.n) == (pytest.approx(0.1), 100)
    # trust is asked of all who know the brand: who says nothing is unknown
    trusted = [1.0] * 10 + [0.0] * 28 + [NAN] * 62
    found = brand_tracking("A", ["A"], [_wave(100, 40, consideration=considered, trust=trusted)])
    share = next(s.share for s in found.shares if s.stage == "trust")
    assert (share.value, share.n) == (pytest.approx(10 / 98), 98)


def test_a_panel_keeps_its_clusters_and_strata() -> None:
    generator = np.random.default_rng(3)
    n, homes = 240, np.arange(240) % 12
    parts, who = homes // 6, [f"r{i}" for i in range(240)]
    before = (generator.random(n) < 0.3).astype(float)
    after = np.maximum(before, (generator.random(n) < 0.1 + 0.5 * (homes % 3 == 0)).astype(float))
    order = generator.permutation(n)  # the second file is sorted otherwise, and its codes are others
    for strata in (None, parts):
        waves = [
            BrandWave(f"w{month}", date(2026, month, 1), sample, {("A", "awareness"): said}, None, ids)
            for month, sample, said, ids in (
                (1, design(n, strata=strata, clusters=homes), before, who),
                (
                    2,
                    design(n, strata=None if strata is None else 1 - strata[order], clusters=11 - homes[order]),
                    after[order],
                    [who[i] for i in order],
                ),
            )
        ]
        change = _change(brand_tracking("A", ["A"], waves, panel=True), "w1", "w2")
        gain = after - before
        sums = np.array([(gain - gain.mean())[homes == h].sum() / n for h in range(12)])
        groups = [sums] if strata is None else [sums[:6], sums[6:]]
        variance = sum(len(g) * g.var(ddof=1) for g in groups)
        half = stats.t.ppf(0.975, 12 - len(groups)) * np.sqrt(variance)
        assert (change.low, change.high) == pytest.approx((gain.mean() - half, gain.mean() + half))


def test_a_panel_in_which_nobody_changed_is_not_certain() -> None:
    change = _change(brand_tracking("A", ["A"], [_wave(100, 40), _wave(100, 40, 2)], panel=True), "w1", "w2")
    assert (change.change, change.shown) == (0, False)
    assert change.low < 0 < change.high
