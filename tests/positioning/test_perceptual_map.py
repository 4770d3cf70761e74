"""The perceptual map against published values, exact invariants and a planted world."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import stats

from brand_world import ATTRIBUTES, BRANDS, PLACES, SEGMENTS, Floats, aligned, ticks
from qunxiang.positioning.map_points import NoMap, PerceptualMap
from qunxiang.positioning.perceptual_map import Associations, map_of_answers, perceptual_map
from qunxiang.statistics.correspondence import correspondence
from qunxiang.statistics.survey import design

# Greenacre (2017), smoking in a company: staff groups by how much they smoke
SMOKE = np.array([[4, 2, 3, 2], [4, 3, 7, 4], [25, 10, 12, 4], [18, 24, 33, 13], [10, 6, 7, 2]])
STAFF = ("SM", "JM", "SE", "JE", "SC")
HABITS = ("none", "light", "medium", "heavy")


def _associations(said: Floats, weights: Floats | None = None, **more: object) -> Associations:
    return Associations(said, BRANDS, ATTRIBUTES, design(len(said), weights), **more)  # type: ignore[arg-type]


def _plane(made: PerceptualMap) -> Floats:
    return np.array([b.coordinates[:2] for b in made.brands])


def test_the_smoke_table_gives_greenacres_values() -> None:
    made = perceptual_map(SMOKE, STAFF, HABITS, least=1)
    assert made.inertias == pytest.approx((0.074759, 0.010017, 0.000414), abs=1e-6)
    assert made.total_inertia == pytest.approx(0.085190, abs=1e-6)
    # Greenacre (2017), numerical results of the same table, in permills
    assert [round(1000 * b.quality) for b in made.brands] == [893, 991, 1000, 1000, 999]
    assert [round(1000 * b.contributions[0]) for b in made.brands] == [3, 84, 512, 331, 70]
    assert [round(1000 * b.contributions[1]) for b in made.brands] == [214, 551, 3, 152, 81]
    assert not any(b.poor for b in made.brands)


def test_inertia_is_chi_square_by_n_and_shares_add_up() -> None:
    made = perceptual_map(SMOKE, STAFF, HABITS, least=1)
    assert made.total_inertia == pytest.approx(stats.chi2_contingency(SMOKE).statistic / SMOKE.sum())
    assert sum(made.shares) == pytest.approx(1)
    for points in (made.brands, made.attributes):
        assert np.sum([p.contributions for p in points], axis=0) == pytest.approx([1, 1, 1])
        assert [sum(p.squared_cosines) for p in points] == pytest.approx([1] * len(points))
        assert sum(p.mass for p in points) == pytest.approx(1)


def test_a_row_of_the_table_as_supplementary_row_lies_on_its_own_point() -> None:
    found = correspondence(SMOKE)
    again = found.supplementary_rows(3 * SMOKE)
    assert again.coordinates == pytest.approx(found.rows.coordinates)
    assert again.squared_cosines == pytest.approx(found.rows.squared_cosines)
    # Greenacre's supplementary row: the national average 42 29 20 9 of 100
    national = found.supplementary_rows([42, 29, 20, 9])
    assert np.abs(national.coordinates[:2]) == pytest.approx([0.258, 0.118], abs=5e-4)


def test_weights_are_repeated_people() -> None:
    said, ideal, segments = ticks(300, 2)
    times = np.random.default_rng(0).integers(1, 4, size=300)
    names = {"segment_names": SEGMENTS}
    weighted = map_of_answers(
        _associations(said, times.astype(float), ideal=ideal, segments=segments, **names), n_draws=0
    )
    rows = np.repeat(np.arange(300), times)
    repeated = map_of_answers(_associations(said[rows], ideal=ideal[rows], segments=segments[rows], **names), n_draws=0)
    assert weighted.inertias == pytest.approx(repeated.inertias)
    assert _plane(weighted) == pytest.approx(_plane(repeated))
    assert [i.coordinates for i in weighted.ideals] == [pytest.approx(i.coordinates) for i in repeated.ideals]
    views = [v.coordinates for v in repeated.by_segment]
    assert [v.coordinates for v in weighted.by_segment] == [pytest.approx(v) for v in views]


def test_planted_places_are_recovered_and_ideals_find_their_brands() -> None:
    said, ideal, segments = ticks(900, 1)
    made = map_of_answers(_associations(said, ideal=ideal, segments=segments, segment_names=SEGMENTS), n_draws=200)
    assert made.plane > 0.98
    assert np.abs(aligned(_plane(made)) - PLACES).max() < 0.05
    north, south = (next(i for i in made.ideals if i.segment == name) for name in SEGMENTS)
    assert (north.nearest, south.nearest) == (("Beta",), ("Epsilon",))
    assert north.distances[0].low < north.distances[0].distance < north.distances[0].high
    everybody = next(i for i in made.ideals if i.segment is None)
    # two opposite ideals average out in the middle, where no brand is alone
    assert len(everybody.nearest) > 1
    assert all(v.quality > 0.8 for v in made.by_segment)


def test_regions_hold_the_true_place_about_as_often_as_they_say() -> None:
    held = []
    for seed in range(25):
        said, _, _ = ticks(400, 100 + seed)
        made = map_of_answers(_associations(said), n_draws=120, seed=seed)
        left, _, right = np.linalg.svd(_plane(made).T @ PLACES)
        for brand, true in zip(made.brands, PLACES @ (left @ right).T, strict=True):
            region = brand.region
            assert region is not None
            turn = np.array(
                [[np.cos(region.angle), np.sin(region.angle)], [-np.sin(region.angle), np.cos(region.angle)]]
            )
            along = turn @ (true - [region.x, region.y]) / [region.major, region.minor]
            held.append(along @ along <= 1)
    assert 0.90 <= np.mean(held) <= 1  # 150 points; 97 % of 360 in a longer run


def test_a_brand_or_attribute_with_too_few_answers_is_not_placed_and_named() -> None:
    said, _, _ = ticks(300, 3)
    said[12:, 5] = 0  # nobody else ticks anything of Zeta
    said[:, :, 7] = 0
    said[:9, 0, 7] = 1
    made = map_of_answers(_associations(said), n_draws=20)
    assert [b.name for b in made.brands] == list(BRANDS[:5])
    few = {(u.kind, u.name): u.n for u in made.unplaced}
    assert few.keys() == {("brand", "Zeta"), ("attribute", "refined")}
    assert few["brand", "Zeta"] <= 12
    assert few["attribute", "refined"] == 9
    without = map_of_answers(Associations(said[:, :5, :7], BRANDS[:5], ATTRIBUTES[:7], design(300)), n_draws=0)
    assert _plane(made) == pytest.approx(_plane(without))


def test_two_brands_are_no_map() -> None:
    said, _, _ = ticks(300, 4)
    said[:, 2:] = 0
    with pytest.raises(NoMap) as error:
        map_of_answers(_associations(said))
    assert error.value.brands == BRANDS[:2]
    assert [u.name for u in error.value.unplaced] == list(BRANDS[2:])
    with pytest.raises(NoMap):
        perceptual_map(SMOKE, STAFF, HABITS, people={"SM": 5, "JM": 5, "SE": 5})


def test_a_brand_that_two_dimensions_do_not_show_is_marked() -> None:
    # six brands on two strong axes; the seventh differs from the average on a third, weak one only
    base = np.outer(np.ones(6), np.full(8, 100.0))
    base += 60 * np.array([np.cos(np.arange(8) * np.pi / 4 + turn) for turn in np.arange(6)])
    odd = 100 + 20 * np.array([1, -1, 1, -1, 1, -1, 1, -1])
    made = perceptual_map(np.vstack([base, odd]), ("a", "b", "c", "d", "e", "f", "odd"), ATTRIBUTES)
    assert [b.name for b in made.brands if b.poor] == ["odd"]
    assert made.brands[-1].quality < 0.1


def test_turning_a_rating_around_swaps_its_poles_and_moves_no_brand() -> None:
    generator = np.random.default_rng(6)
    rated = (
        np.clip(np.round(2 + 2 * (PLACES @ np.ones((2, 8)))[None] + generator.standard_normal((200, 6, 8))), 0, 4) / 4
    )
    rated[generator.random(rated.shape) < 0.05] = np.nan
    first = map_of_answers(_associations(rated, rated=True), n_draws=0)
    turned = rated.copy()
    turned[:, :, 0] = 1 - turned[:, :, 0]
    second = map_of_answers(_associations(turned, rated=True), n_draws=0)
    assert first.inertias == pytest.approx(second.inertias)
    assert np.abs(_plane(first)) == pytest.approx(np.abs(_plane(second)))
    poles = {(a.name, a.pole): np.abs(a.coordinates) for a in first.attributes}
    swapped = {(a.name, a.pole): np.abs(a.coordinates) for a in second.attributes}
    assert len(poles) == 16
    assert poles[ATTRIBUTES[0], "+"] == pytest.approx(swapped[ATTRIBUTES[0], "-"])
    assert poles[ATTRIBUTES[1], "+"] == pytest.approx(swapped[ATTRIBUTES[1], "+"])


def test_draws_are_fixed_by_their_seed() -> None:
    said, _, _ = ticks(120, 8)
    one, same, other = (map_of_answers(_associations(said), n_draws=40, seed=seed) for seed in (3, 3, 4))
    assert one == same
    assert one.brands[0].region != other.brands[0].region
    assert one.brands[0].coordinates == other.brands[0].coordinates


def test_few_draws_give_no_region_and_who_said_nothing_is_not_counted() -> None:
    said, ideal, _ = ticks(100, 3)
    said[60:] = np.nan
    made = map_of_answers(_associations(said, ideal=ideal), n_draws=10)
    assert [b.region for b in made.brands] == [None] * len(BRANDS)
    assert made.n_people == int((np.nan_to_num(said) > 0).any(axis=(1, 2)).sum())
    assert made.n_people <= 60
