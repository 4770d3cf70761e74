"""Comparing segments: what is told agrees with members and traits computed apart, for rules and every kind of model."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pytest

import tiny_shop
from qunxiang import Workspace
from qunxiang.segmentation.model_space import model_space

NUMBERS = ["frequency", "basket_value", "recency_days"]
ANSWERS = ["age_band", "main_channel"]


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Workspace]:
    with Workspace.create(tmp_path_factory.mktemp("contrast") / "ws") as ws:
        ws.load("persons", tiny_shop.persons())
        ws.load("orders", tiny_shop.orders())
        ws.resolve()
        ws.refresh(tiny_shop.AS_OF)
        yield ws


@pytest.mark.parametrize(
    ("method", "traits"),
    [("kmeans", NUMBERS), ("mixture", NUMBERS), ("latent_class", ANSWERS), ("mixed", [*NUMBERS, *ANSWERS])],
)
def test_profiles_lie_where_the_engine_put_them(shop: Workspace, method: str, traits: list[str]) -> None:
    made = shop.segments.fit(f"by_{method}", traits=traits, method=method, n_segments=2, n_pairs=2, n_restarts=4)
    frame = shop.traits.frame(traits).to_pandas()
    found = shop.segments.members(f"by_{method}")
    members = dict(zip(found["profile_id"].to_pylist(), found["segment"].to_pylist(), strict=True))
    columns = {t: [None if v is None or v != v else v for v in frame[t].tolist()] for t in traits}
    space = model_space(made.segmentation.model, columns)
    placed = ~np.isnan(space.likeness).any(axis=1)
    np.testing.assert_allclose(space.likeness[placed].sum(axis=1), 1)
    ids = [s.id for s in made.segmentation.segments]
    told = [ids[place] for place in space.likeness[placed].argmax(axis=1)]
    assert told == [members[p] for p in frame["profile_id"][placed]]
    assert {members.get(p) for p in frame["profile_id"][~placed]} <= {None}


def test_means_counts_and_points_are_those_of_the_members(shop: Workspace) -> None:
    shop.segments.fit("kinds", traits=NUMBERS, n_segments=3, n_pairs=2, n_restarts=4)
    found = shop.segments.contrast("kinds")
    frame = shop.traits.frame(["monetary"]).to_pandas()
    members = shop.segments.members("kinds").to_pandas()
    joined = frame.merge(members, on="profile_id")
    means = joined.assign(monetary=joined["monetary"].astype(float)).groupby("segment")["monetary"].mean()
    told = next(d for d in found.differences if d.trait == "monetary")
    assert told.means == pytest.approx([means[s.id] for s in found.segments])
    assert [s.n for s in found.segments] == [int((members["segment"] == s.id).sum()) for s in found.segments]
    assert found.n == len(members)
    assert {d.trait for d in found.differences if d.defining} >= set(NUMBERS)
    assert found.n_tests <= len(found.differences) + len(found.descriptors)
    for descriptor in found.descriptors:
        assert sum(map(sum, descriptor.counts)) == descriptor.n
        assert len(descriptor.counts[0]) == len(descriptor.levels)
    separation = found.separation
    assert separation is not None
    assert separation.measure == "similarity"
    assert [sum(row) for row in separation.likeness] == [separation.n_placed] * 3
    assert 0 < separation.shown <= 1 + 1e-9
    assert {s for _, _, s in separation.points} == {0, 1, 2}


def test_segments_by_rules_have_differences_but_no_place(shop: Workspace) -> None:
    shop.segments.classify("loyalty")
    found = shop.segments.contrast("loyalty")
    assert found.separation is None
    assert found.differences[0].effect >= found.differences[-1].effect
    assert len(found.differences[0].means) == len(found.segments)
