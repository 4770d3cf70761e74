"""Every method from the traits of a workspace to stored segments with their evidence."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

import tiny_shop
from qunxiang import Workspace
from qunxiang.errors import SettingError, UnknownNameError
from qunxiang.i18n import from_json

NUMBERS = ["frequency", "basket_value", "recency_days"]
ANSWERS = ["age_band", "main_channel"]


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Workspace]:
    with Workspace.create(tmp_path_factory.mktemp("methods") / "ws") as ws:
        ws.load("persons", tiny_shop.persons())
        ws.load("orders", tiny_shop.orders())
        ws.resolve()
        ws.refresh(tiny_shop.AS_OF)
        yield ws


@pytest.mark.parametrize(
    ("method", "traits"),
    [
        ("kmeans", NUMBERS),
        ("mixture", NUMBERS),
        ("latent_class", ANSWERS),
        ("mixed", [*NUMBERS, *ANSWERS]),
        ("hierarchical", NUMBERS),
        ("bagged", NUMBERS),
    ],
)
def test_a_method_assigns_everybody_and_says_how_firmly(shop: Workspace, method: str, traits: list[str]) -> None:
    options = {"traits": traits, "method": method, "n_segments": 2, "n_pairs": 2, "n_restarts": 2}
    made = shop.segments.fit(method, **options)
    assert made.segmentation.method == method
    assert sum(made.sizes.values()) == tiny_shop.PEOPLE
    evidence = shop.segments.stability(method).evidence
    assert evidence["method"] == method
    assert len(evidence["segment_stability"]) == 2
    assert (evidence["by_k"]["2"]["criteria"] is not None) == (method in ("mixture", "latent_class", "mixed"))
    assert evidence["sample_size"]["variables"] == len(traits)
    assert len(from_json(evidence["sample_size"]["message"])("zh")) > 10
    if method != "latent_class":  # age bands are dealt out evenly: nothing to find in answers alone
        kinds = {p: int(p[1:]) % 2 for p in _persons(shop)}
        members = shop.segments.members(method).to_pydict()
        found = dict(zip(members["profile_id"], members["segment"], strict=True))
        assert len({(found[p], kind) for p, kind in _by_profile(shop, kinds).items()}) == 2
    if method in ("kmeans", "mixed"):
        again = shop.segments.fit(method, **options)
        assert again.segmentation.model == made.segmentation.model
        assert again.changed == 0
    why = shop.segments.why(method, shop.segments.members(method)["profile_id"][0].as_py())
    assert why.segment == why.computed


def _persons(shop: Workspace) -> list[str]:
    return tiny_shop.persons()["person_id"].to_pylist()


def _by_profile(shop: Workspace, kinds: dict[str, int]) -> dict[str, int]:
    """Kind by profile: even persons buy often, and so does their profile."""
    frame = shop.traits.frame(["frequency"]).to_pydict()
    found = {p: int(n < 10) for p, n in zip(frame["profile_id"], frame["frequency"], strict=True)}
    assert sum(found.values()) == sum(kinds.values())
    return found


def test_preparation_is_shown_and_a_step_left_out_is_undone(shop: Workspace) -> None:
    options = {"traits": NUMBERS, "n_segments": 2, "n_pairs": 2, "n_restarts": 2}
    plain = shop.segments.fit("plain", steps=["standardise"], **options).segmentation
    assert [n["log1p"] for n in plain.evidence["preparation"]["numbers"]] == [False] * 3
    assert plain.model.low[0] < -1e200
    ready = shop.segments.fit("ready", **options).segmentation
    assert ready.model.low[0] > -1e200
    assert [r["other"] for r in ready.evidence["preparation"]["repeats"]] == ["basket_value", "recency_days"]
    fewer = shop.segments.fit("fewer", steps=["log", "limit", "standardise", "redundant"], **options).segmentation
    assert fewer.model.traits == ("frequency",)


def test_weights_of_respondents_count(shop: Workspace) -> None:
    options = {"traits": ["basket_value"], "n_segments": 2, "n_pairs": 2, "n_restarts": 2, "steps": ["standardise"]}
    weighted = shop.segments.fit("weighted", weight="frequency", **options).segmentation
    evidence = weighted.evidence["weight"]
    assert evidence["trait"] == "frequency"
    # 30 customers of weight 24 and 30 of weight 4, in the time before the date: fewer than 60 rows' worth
    assert 30 < evidence["effective_rows"] < 50
    assert weighted.evidence["by_k"]["2"]["smallest_share"] < 0.25


def test_what_a_method_does_not_take_is_refused(shop: Workspace) -> None:
    with pytest.raises(UnknownNameError, match="age_band"):
        shop.segments.fit("no", traits=["age_band"], method="kmeans", n_segments=2)
    with pytest.raises(SettingError, match="basket_value"):
        shop.segments.fit("no", traits=["basket_value"], method="latent_class", n_segments=2)
    with pytest.raises(SettingError, match=r"[Nn]ame traits|name traits"):
        shop.segments.fit("no", method="latent_class", n_segments=2)
    with pytest.raises(SettingError, match="redundant"):
        shop.segments.fit("no", traits=["frequency"], n_segments=2, steps=["nothing"])
