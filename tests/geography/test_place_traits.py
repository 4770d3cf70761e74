"""Places as traits of persons and accounts, and as a definition of the workspace."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from qunxiang import Workspace

PERSONS = [
    {
        "person_id": "1",
        "name": "甲",
        "province": "广东省",
        "city": "佛山市",
        "address": "广东省佛山市禅城区祖庙路 1 号",
    },
    {"person_id": "2", "name": "乙", "address": "江苏省南京市鼓楼区中山路 1 号"},
    {"person_id": "3", "name": "丙", "district": "朝阳区"},
    {"person_id": "4", "name": "丁", "country": "United States", "city": "Seattle"},
]
PLACES = ["country", "region", "province", "city", "district", "city_tier"]


@pytest.fixture
def workspace(tmp_path: Path) -> Iterator[Workspace]:
    with Workspace.create(tmp_path / "w") as made:
        made.load("persons", PERSONS)
        made.load("accounts", [{"account_id": "a", "name": "某公司", "address": "上海市浦东新区张江"}])
        made.resolve()
        made.refresh("2024-01-01")
        yield made


def rows(workspace: Workspace) -> dict[str, tuple[str | None, ...]]:
    frame = workspace.traits.frame(PLACES).to_pylist()
    return {r["profile_id"]: tuple(r[c] for c in PLACES) for r in frame}


def test_places_are_traits_and_the_unknown_stays_unknown(workspace: Workspace) -> None:
    assert rows(workspace) == {
        "P1": ("CN", "华南", "广东", "佛山", "禅城区", "新一线"),
        "P2": ("CN", "华东", "江苏", "南京", "鼓楼区", "新一线"),
        "P3": ("CN", None, None, None, None, None),
        "P4": ("US", None, None, "Seattle", None, None),
        "Aa": ("CN", "华东", "上海", "上海", "浦东新区", "一线"),
    }
    states = {s.definition.id: s for s in workspace.traits.list()}
    assert states["city_tier"].definition.family == "geographic"
    assert (states["city_tier"].known, states["city_tier"].n) == (3, 5)
    assert workspace.segments.size("region = '华东' and city_tier in ('一线', '新一线')").n == 2


def test_one_place_written_in_several_ways_leaves_one_row_per_profile(tmp_path: Path) -> None:
    ways = [
        {"province": "广东省", "city": "佛山市"},
        {"province": "广东", "city": "佛山"},
        {"city": "佛山"},
        {"address": "广东省佛山市"},
    ]
    with Workspace.create(tmp_path / "ways") as made:
        made.load("persons", [{"person_id": str(n), "name": f"甲{n}", **way} for n, way in enumerate(ways)])
        made.resolve()
        made.refresh("2024-01-01")
        assert [r["city"] for r in made.traits.frame(["city"]).to_pylist()] == ["佛山"] * len(ways)


def test_a_change_counts_from_the_next_refresh_on_and_has_a_history(workspace: Workspace) -> None:
    before = workspace.snapshot
    workspace.places.change(tiers={"佛山": "二线"}, regions={"上海": "长三角"}, why="our own scheme")
    workspace.places.change(names={"石湾": "佛山"})
    assert rows(workspace)["P1"][5] == "新一线"
    workspace.refresh("2024-01-01")
    assert rows(workspace)["P1"][5] == "二线"
    assert rows(workspace)["Aa"][1] == "长三角"
    after = workspace.snapshot
    assert before is not None
    assert after is not None
    assert after.definitions["places/current"] == 2
    assert before.definitions_hash != after.definitions_hash
    history = workspace.definitions.history("places", "current")
    assert [d.why for d in history] == ["", "our own scheme"]
    workspace.places.change(replace=True)
    workspace.refresh("2024-01-01")
    assert rows(workspace)["P1"][5] == "新一线"


def test_the_table_goes_out_and_in_as_yaml(workspace: Workspace, tmp_path: Path) -> None:
    workspace.places.change(tiers={"佛山": "二线"})
    workspace.definitions.export(tmp_path / "out")
    with Workspace.create(tmp_path / "other") as other:
        steps = other.definitions.apply(tmp_path / "out")
        assert [(s.kind, s.action) for s in steps] == [("places", "create")]
        assert next(c for c in other.places.list("广东").cities if c.name == "佛山市").city_tier == "二线"
