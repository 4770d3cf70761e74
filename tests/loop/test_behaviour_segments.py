"""Segments over behaviour and over other segments, through the workspace."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from pathlib import Path

import pyarrow as pa
import pytest

from qunxiang.errors import RuleError, SettingError
from qunxiang.i18n import Label
from qunxiang.model import TraitSet
from qunxiang.services.rule_words import rule_words
from qunxiang.workspace import Workspace

AS_OF = "2024-07-01"
PEOPLE = 240
WARM = (
    "count(events where event = 'view' and page like '%pricing%', last 30 days) >= 3"
    " and not exists(orders, after last(events where event = 'view'))"
)


def persons() -> pa.Table:
    return pa.table(
        {"person_id": [f"p{i:03}" for i in range(PEOPLE)], "city": ["上海", "杭州", None, "北京"] * (PEOPLE // 4)}
    )


def orders() -> pa.Table:
    """Everybody orders once in May; every third also on 30 June, every seventh on 2 July, which is too late."""
    rows = [(f"o{i}", f"p{i:03}", "2024-05-10 10:00:00", "30.00") for i in range(PEOPLE)]
    rows += [(f"l{i}", f"p{i:03}", "2024-06-30 10:00:00", "90.00") for i in range(0, PEOPLE, 3)]
    rows += [(f"f{i}", f"p{i:03}", "2024-07-02 10:00:00", "500.00") for i in range(0, PEOPLE, 7)]
    return pa.table({n: [r[j] for r in rows] for j, n in enumerate(("order_id", "person_id", "ordered_at", "amount"))})


def events() -> pa.Table:
    """Person i views pricing i % 6 times in June; the last view is on the 20th."""
    start = dt.datetime(2024, 6, 20, 12)
    rows = [
        (f"e{i}-{k}", f"p{i:03}", (start - dt.timedelta(days=k)).isoformat(" "), "view", "/pricing")
        for i in range(PEOPLE)
        for k in range(i % 6)
    ]
    names = ("event_id", "person_id", "occurred_at", "event", "page")
    return pa.table({n: [r[j] for r in rows] for j, n in enumerate(names)})


@pytest.fixture(scope="module")
def workspace(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Workspace]:
    folder: Path = tmp_path_factory.mktemp("behaviour") / "shop"
    with Workspace.create(folder, name="小店") as made:
        made.load("persons", persons())
        made.load("orders", orders())
        made.load("events", events())
        made.resolve()
        made.refresh(AS_OF)
        yield made


def expected() -> set[str]:
    return {f"Pp{i:03}" for i in range(PEOPLE) if i % 6 >= 3 and i % 3 != 0}


def members(workspace: Workspace, name: str) -> set[str]:
    return set(workspace.segments.members(name)["profile_id"].to_pylist())


def test_a_rule_over_behaviour_takes_members_now_and_at_the_next_refresh(workspace: Workspace) -> None:
    report = workspace.segments.define("warm", WARM)
    assert report.sizes == {"warm": len(expected())}
    assert members(workspace, "warm") == expected()
    workspace.refresh(AS_OF)
    assert members(workspace, "warm") == expected()


def test_the_size_says_how_many_each_condition_takes(workspace: Workspace) -> None:
    found = workspace.segments.size(f"{WARM} and city = '上海'")
    assert [(c.path, c.n, c.unknown) for c in found.conditions] == [
        ("1.1", PEOPLE // 2, 0),
        ("1.2", PEOPLE - len([i for i in range(0, PEOPLE, 3) if i % 6]), 0),
        ("1.3", PEOPLE // 4, PEOPLE // 4),
    ]
    assert found.sampled is None
    part = workspace.segments.size(WARM, sample=100)
    whole = workspace.segments.size(WARM)
    assert part.sampled == 100
    assert part.low is not None
    assert part.high is not None
    assert part.low <= whole.share <= part.high
    assert part.conditions[0].n <= 100
    with pytest.raises(SettingError, match="100"):
        workspace.segments.size(WARM, sample=5)


def test_the_reasons_say_how_often_and_when(workspace: Workspace) -> None:
    workspace.segments.define("warm", WARM)
    reasons = workspace.segments.why("warm", "Pp004").reasons
    assert [r.holds for r in reasons] == [True, True]
    assert "(4 in all, the last on 2024-06-20)" in reasons[0].message("en")
    assert "共 4 条，最近一条在 2024年6月20日" in reasons[0].message("zh")
    assert "(none)" in reasons[1].message("en")
    outside = workspace.segments.why("warm", "Pp003")
    assert outside.segment is None
    assert "not exists(orders" in outside.reasons[0].message("en")


def test_nothing_after_the_date_counts(workspace: Workspace) -> None:
    assert workspace.segments.size("sum(orders.amount) > 400").n == 0
    assert workspace.segments.size("last(orders.ordered_at) >= as_of - 1 day").n == PEOPLE // 3


def test_segments_rest_on_segments_and_follow_them(workspace: Workspace) -> None:
    workspace.segments.define("warm", WARM)
    workspace.segments.define("warm_shanghai", "in_segment(warm) and city = '上海'")
    workspace.segments.define("cold_shanghai", "not in_segment(warm_shanghai) and city = '上海'")
    shanghai = {f"Pp{i:03}" for i in range(0, PEOPLE, 4)}
    assert members(workspace, "warm_shanghai") == expected() & shanghai
    assert members(workspace, "cold_shanghai") == shanghai - expected()
    assert workspace.segments.why("warm_shanghai", "Pp004").segment == "warm_shanghai"
    assert workspace.segments.size("in_segment(warm) or in_segment(cold_shanghai)").n == len(expected() | shanghai)
    workspace.segments.define("warm", "count(events) >= 5")  # those that rest on it follow at once
    five = {f"Pp{i:03}" for i in range(PEOPLE) if i % 6 == 5}
    assert members(workspace, "warm_shanghai") == five & shanghai
    assert members(workspace, "cold_shanghai") == shanghai - five
    workspace.refresh(AS_OF)
    assert members(workspace, "cold_shanghai") == shanghai - five
    with pytest.raises(RuleError) as error:
        workspace.segments.define("warm", "in_segment(cold_shanghai)")
    assert error.value.code == "rule.segment.circle"
    assert "warm → cold_shanghai → warm_shanghai → warm" in error.value.render("en")
    with pytest.raises(SettingError, match="warm_shanghai"):
        workspace.segments.archive("warm")
    for name in ("cold_shanghai", "warm_shanghai", "warm"):
        workspace.segments.archive(name)


def test_two_schemes_are_crossed_in_a_grid(workspace: Workspace) -> None:
    workspace.segments.define("warm", WARM)
    workspace.segments.classify("loyalty")
    workspace.segments.cross("warm_by_loyalty", "loyalty", "warm")
    loyalty = {s.id: s.n for s in next(s for s in workspace.segments.list() if s.id == "loyalty").segments}
    cells = {s.id: s for s in next(s for s in workspace.segments.list() if s.id == "warm_by_loyalty").segments}
    assert set(cells) == {f"{a}__warm" for a in loyalty}
    for a in loyalty:
        both = {*workspace.segments.members("loyalty", segment=a)["profile_id"].to_pylist()} & expected()
        assert cells[f"{a}__warm"].n == len(both)
    assert sum(c.n for c in cells.values()) == len(expected())
    with pytest.raises(SettingError):
        workspace.segments.cross("twice", "warm", "warm")
    with pytest.raises(SettingError, match="warm_by_loyalty"):
        workspace.segments.archive("loyalty")
    workspace.segments.archive("warm_by_loyalty")


def test_a_table_that_is_not_loaded_is_refused_by_name(workspace: Workspace) -> None:
    with pytest.raises(RuleError) as error:
        workspace.segments.size("count(opportunities) > 0")
    assert error.value.code.startswith("rule.rows.table")
    assert "events" in error.value.render("en")


@pytest.mark.parametrize(
    ("rule", "zh", "en"),
    [
        (
            "count(events where event = 'view', last 30 days) >= 3",
            "近 30 天行为次数（行为 = 'view'） ≥ 3",
            "number of events in the last 30 days (Event = 'view') ≥ 3",
        ),
        (
            "not exists(orders, after last(events where page is null)) and first(orders.ordered_at) < as_of - 1 year",
            "没有订单（在最近一次行为（页面 为 未知）之后） 且 首次订单的下单时间 < 截止日期前 1 年",
            "no orders (after the last of events (Page is unknown)) and ordered at of the first of orders"
            " < 1 year before the date",
        ),
        (
            "sequence(events where event = 'view' -> no orders -> orders within 7 days) or in_segment(warm)",
            "依次发生（行为（行为 = 'view'） → 没有订单 → 7 天内订单） 或 属于细分“意向客户”",
            "in this order (events (Event = 'view') → no orders → orders within 7 days) or in segment \"Warm\"",
        ),
    ],
)
def test_a_rule_over_behaviour_in_words(rule: str, zh: str, en: str) -> None:
    found = rule_words(rule, TraitSet(traits=()), segments={"warm": Label("意向客户", "Warm")})
    assert (found.zh, found.en) == (zh, en)
