"""Competitors by use case: register, facts and their freshness, strength judged and measured apart, deals read."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from shutil import copytree
from typing import Any

import pytest

from qunxiang import Workspace
from qunxiang.errors import ConflictError, NothingYetError, SettingError, UnknownNameError
from qunxiang.i18n import Label
from qunxiang.model import Actor, Role
from qunxiang.ports.clock import FixedClock
from qunxiang.positioning.competitors import TOPICS, freshness, plain_name, topic_of
from qunxiang.positioning.win_loss import value_rate

NOW = datetime(2026, 6, 15, 4, tzinfo=UTC)
RIVAL = "<img src=x onerror=alert(1)>' OR 1=1 -- {{7*7}}"
HOSTILE = "<script>alert(1)</script>'; DROP TABLE deals; --{{7*7}}"


def deal(number: int, stage: str | None, **more: Any) -> dict[str, Any]:
    return {"opportunity_id": f"d{number}", "stage": stage, **more}


def many(start: int, won: int, lost: int, **more: Any) -> list[dict[str, Any]]:
    return [deal(start + i, "Closed Won" if i < won else "Closed Lost", **more) for i in range(won + lost)]


DEALS = [
    *many(0, 30, 30, competitor="Nord-Wind GmbH", account_id="a1", owner="ann", amount=100, closed_at="2026-03-01"),
    *many(100, 45, 15, competitor="blue", account_id="a2", owner="ben", amount=300, closed_at="2026-04-01"),
    *many(200, 5, 1, competitor=RIVAL, account_id="a1", owner="ann", amount=200, closed_at="2026-05-01"),
    *many(300, 2, 1, competitor="Tiny", account_id="a1", owner="cai", amount=50, closed_at="2026-05-01"),
    *many(400, 6, 6, competitor="Nordwind; Blue", account_id="a2", owner="ben", amount=10),
    *many(500, 30, 20, account_id="a1", owner="ann", amount=80, closed_at="2026-03-02"),
    deal(600, "赢单", owner="ann", reason="服务好"),
    deal(601, "输单", owner="ann", reason="价格"),
    deal(602, "输单", owner="ann", reason="价格"),
    deal(603, None, outcome="false", owner="ann"),
    deal(604, "Negotiation", outcome="false", owner="ann", closed_at="2026-12-01"),
    deal(605, None, outcome="true", owner="ann"),
    deal(606, "Proposal", outcome="Gagné", owner="ann"),
    deal(607, "已取消", owner="ann"),
    deal(608, "CLOSED-LOST", owner="ann"),
]
FACTS = [
    {"competitor": "NORDWIND gmbh", "subject": "定价策略", "fact": "cut prices", "source": "list",
     "stated_on": "2026-05-01"},
    {"competitor": "Blue", "subject": "经销渠道", "fact": HOSTILE, "source": "fair", "stated_on": "2026-01-01",
     "expires_on": "2026-06-14", "url": "javascript:alert(1)"},
    {"competitor": "Globex", "fact": "exists", "source": "web", "stated_on": "2026-01-01"},
]  # fmt: skip


@pytest.fixture(scope="module")
def firm(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Workspace]:
    """Two companies in two segments, deals against four competitors, facts of three."""
    folder = tmp_path_factory.mktemp("rivals") / "w"
    with Workspace.create(folder, name="Us", currency="EUR", time_zone="UTC", clock=FixedClock(NOW)) as ws:
        ws.load(
            "accounts",
            [
                {"account_id": "a1", "name": "One", "industry": "retail", "employees": 10},
                {"account_id": "a2", "name": "Two", "industry": "software", "employees": 900},
            ],
        )
        ws.load("opportunities", DEALS)
        ws.load("competitor_facts", FACTS)
        ws.resolve()
        ws.refresh("2026-06-15")
        ws.segments.define("big", "employees > 100")
        ws.refresh("2026-06-15")
        ws.competitors.add("nordwind", label=Label("北风", "Nordwind"), aliases=["Nord-Wind GmbH"])
        ws.competitors.add("blue", label=Label("蓝海", "Blue"))
        yield ws


def by_key(found: Any) -> dict[str | None, Any]:
    return {g.key: g for g in found.groups}


def test_a_deal_goes_to_the_competitor_that_any_of_its_names_means(firm: Workspace) -> None:
    found = firm.competitors.wins(by="competitor")
    groups = by_key(found)
    # twelve deals name two competitors and count for each
    assert (groups["nordwind"].won, groups["nordwind"].lost) == (36, 36)
    assert (groups["blue"].won, groups["blue"].lost) == (51, 21)
    assert groups["blue"].label == Label("蓝海", "Blue")
    hostile = next(g for g in found.groups if g.label == Label.same(RIVAL))
    assert (hostile.closed, hostile.small, hostile.too_few) == (6, True, False)
    tiny = next(g for g in found.groups if g.label.en == "Tiny")
    assert (tiny.closed, tiny.too_few, tiny.rate, tiny.shrunken) == (3, True, None, None)
    assert found.not_stated is not None
    assert found.not_stated.won == 30 + 2
    assert found.overall.won == sum(d["stage"] == "Closed Won" for d in DEALS) + 2


def test_words_for_how_a_deal_ended_are_read_in_both_languages(firm: Workspace) -> None:
    found = firm.competitors.wins(by="owner")
    read = {(r.outcome, r.stage): r.status for r in found.readings}
    assert read[None, "赢单"] == "won"
    assert read[None, "输单"] == "lost"
    assert read["true", None] == "won"
    assert read[None, "CLOSED-LOST"] == "lost"
    assert read[None, "已取消"] == "ended"
    # not won and not closed by its stage: open, although it has the day on which it should close
    assert read["false", "Negotiation"] == "open"
    assert read["false", None] == "unclear"
    assert read["Gagné", "Proposal"] == "unclear"
    assert (found.overall.unclear, found.overall.open, found.overall.ended) == (2, 1, 1)
    assert "wins.caution.unclear" in {c.code for c in found.cautions}
    reasons = {(r.status, r.reason): (r.n, r.share) for r in found.reasons}
    assert reasons["lost", "价格"] == (2, 1.0)
    assert reasons["won", "服务好"] == (1, 1.0)


def test_a_window_counts_what_closed_in_it_and_all_that_is_open(firm: Workspace) -> None:
    found = firm.competitors.wins(by="owner", first="2026-03-02", last="2026-04-01")
    assert (found.overall.won, found.overall.lost) == (45 + 30, 15 + 20)
    assert found.overall.open == 1
    with pytest.raises(SettingError):
        firm.competitors.wins(by="owner", first="2026-04-02", last="2026-04-01")


def test_the_rate_by_value_weighs_deals_by_their_amount(firm: Workspace) -> None:
    found = firm.competitors.wins(by="owner")
    won = 30 * 100 + 45 * 300 + 5 * 200 + 2 * 50 + 6 * 10 + 30 * 80
    lost = 30 * 100 + 15 * 300 + 1 * 200 + 1 * 50 + 6 * 10 + 20 * 80
    assert found.value_basis == "amount"
    assert (found.overall.value.won, found.overall.value.lost) == (won, lost)
    assert found.overall.value.rate == pytest.approx(won / (won + lost))
    assert by_key(found)["cai"].value.rate is None


def test_what_is_stated_for_lost_deals_only_gives_no_rate(tmp_path: Any) -> None:
    with Workspace.create(tmp_path / "w", clock=FixedClock(NOW)) as ws:
        with pytest.raises(NothingYetError):
            ws.competitors.wins()
        ws.load("opportunities", [*many(0, 40, 0), *many(50, 0, 40, competitor="A"), *many(100, 0, 9, competitor="B")])
        found = ws.competitors.wins()
        assert found.refused is not None
        assert found.refused.code == "wins.refused.one_sided"
        assert [(g.lost, g.rate, g.shrunken) for g in found.groups] == [(40, None, None), (9, None, None)]
        assert found.value_basis is None


def test_segments_are_those_of_the_customers(firm: Workspace) -> None:
    found = firm.competitors.wins(by="segment", segmentation="big")
    (group,) = found.groups
    assert (group.won, group.lost) == (45 + 6, 15 + 6)
    assert not found.shrunk  # one group tells nothing about how groups differ
    assert group.shrunken is None
    assert found.not_stated.label == Label("不在任何细分", "In no segment")
    with pytest.raises(UnknownNameError):
        firm.competitors.wins(by="segment", segmentation="nix")


def test_strength_shows_judgement_and_measure_apart_and_disagreement(firm: Workspace) -> None:
    for name, value in (("li", 2.0), ("ana", 9.0), ("li", 4.0)):
        acting = firm.acting_as(Actor(name=name, role=Role.MARKETER, via="python"))
        acting.competitors.judge("blue", segmentation="big", segment="big", value=value, why="seen")
    view = firm.competitors.strength("big")
    rows = {r.competitor.id: r for r in view.rows}
    assert view.rows[0].competitor.id == "own"
    cell = rows["blue"].judged["big"]
    assert (cell.value, cell.low, cell.high, cell.disagreement, cell.disputed) == (6.5, 4.0, 9.0, 5.0, True)
    assert dict(zip(cell.judged_by, cell.judged_values, strict=True)) == {"li": 4.0, "ana": 9.0}
    assert (rows["blue"].measured["big"].won, rows["blue"].measured["big"].lost) == (51, 21)
    assert (rows["nordwind"].measured["big"].closed, rows["own"].measured["big"].closed) == (12, 72)
    assert rows["own"].judged["big"].value is None
    for value, why in ((11, "x"), (5, " ")):
        with pytest.raises(SettingError):
            firm.competitors.judge("blue", segmentation="big", segment="big", value=value, why=why)
    with pytest.raises(UnknownNameError):
        firm.competitors.judge("blue", segmentation="big", segment="nix", value=5, why="x")


def test_facts_stand_in_the_matrix_with_source_date_and_freshness(firm: Workspace) -> None:
    made = firm.competitors.fact(
        "nordwind", topic="service", text="slow", source="interview", stated_on="2026-06-01", expires_on="2026-07-15"
    )
    assert (made.freshness, made.by) == ("soon", "owner")
    found = firm.competitors.list()
    assert (found.matrix[0].own, found.matrix[0].competitor.label) == (True, Label.same("Us"))
    rows = {r.competitor.id: r.cells for r in found.matrix}
    (price,) = rows["nordwind"]["price"]
    assert (price.text, price.source, price.stated_on) == ("cut prices", "list", date(2026, 5, 1))
    assert price.origin == "loaded"
    (channel,) = rows["blue"]["channel"]
    assert (channel.freshness, channel.text, channel.url) == ("expired", HOSTILE, "")
    assert found.unknown_names == {"Globex": 1}
    assert {s.competitor.id: (s.expired, s.soon) for s in found.competitors}["blue"] == (1, 0)
    firm.competitors.drop_fact("nordwind", made.id, why="wrong")
    assert firm.competitors.list().matrix[2].cells["service"] == ()
    again = firm.competitors.fact("nordwind", topic="service", text="slow", source="interview")
    assert again.id != made.id  # an id is never used for another fact
    for bad in ({"topic": "x"}, {"text": " "}, {"source": ""}, {"stated_on": "2027-01-01"}, {"url": "javascript:x"}):
        with pytest.raises(SettingError):
            firm.competitors.fact("blue", **{"topic": "price", "text": "t", "source": "s"} | bad)
    with pytest.raises(SettingError):
        firm.competitors.fact("blue", topic="price", text="t", source="s", expires_on="2020-01-01")


def test_names_belong_to_one_competitor_and_changes_are_not_undone(firm: Workspace) -> None:
    for name in ("Wins!", "wins", "strength", "map", "1a", ""):
        with pytest.raises(SettingError):
            firm.competitors.add(name)
    with pytest.raises(SettingError):
        firm.competitors.add("other", label=Label("蓝海", "Other"))
    state = firm.competitors.add("blue", note="first")
    firm.competitors.add("blue", note="second", seen_version=state.version)
    with pytest.raises(ConflictError):
        firm.competitors.add("blue", note="third", seen_version=state.version)
    assert firm.competitors.show("blue").competitor.note == "second"
    assert firm.competitors.show("blue").competitor.label == Label("蓝海", "Blue")
    with pytest.raises(UnknownNameError, match="nordwind"):
        firm.competitors.show("nordwin")
    firm.competitors.add("gone")
    firm.competitors.remove("gone")
    assert "gone" not in {c.competitor.id for c in firm.competitors.list().competitors}


def test_the_register_is_exported_and_applied_again(firm: Workspace, tmp_path: Any) -> None:
    firm.competitors.judge("nordwind", segmentation="big", segment="big", value=5, why="seen")
    firm.competitors.fact("nordwind", topic="marketing", text="well known", source="interview")
    firm.definitions.export(tmp_path / "documents")
    assert {s.action for s in firm.definitions.plan(tmp_path / "documents")} == {"unchanged"}
    kinds = {d.kind for d in firm.definitions.list()}
    assert {"competitor", "competitor_facts", "competitor_strength"} <= kinds
    with Workspace.create(tmp_path / "other", clock=FixedClock(NOW)) as other:
        rivals = tmp_path / "rivals"
        for kind in ("competitor", "competitor_facts"):
            copytree(tmp_path / "documents" / kind, rivals / kind)
        other.definitions.apply(rivals)
        assert other.competitors.show("nordwind").competitor == firm.competitors.show("nordwind").competitor


def test_freshness_turns_on_the_day(tmp_path: Any) -> None:
    today = date(2026, 6, 15)
    ends = {None: "undated", -1: "expired", 0: "soon", 30: "soon", 31: "valid"}
    for days, wanted in ends.items():
        assert freshness(None if days is None else today + timedelta(days=days), today) == wanted


@pytest.mark.parametrize(
    ("subject", "topic"),
    [("Pricing", "price"), ("产品功能", "product"), ("售后服务", "service"), ("Distribution", "channel"),
     ("营销策略", "marketing"), ("Brand campaign", "marketing"), ("people", "other"), (None, "other")],
)  # fmt: skip
def test_the_subject_of_a_loaded_fact_is_read_in_both_languages(subject: str | None, topic: str) -> None:
    assert topic_of(subject) == topic
    assert topic in TOPICS


def test_two_spellings_of_a_name_are_one() -> None:
    assert plain_name("Nord-Wind ＧmbH.") == plain_name("nordwind gmbh")
    assert plain_name("蓝 海") == "蓝海"


def test_a_rate_by_value_without_a_lost_deal_has_no_interval() -> None:
    sums = {"amount_won": 4000.0, "amount_lost": 0.0, "amount_n_won": 40, "amount_n_lost": 0}
    found = value_rate({**sums, "amount_squares_won": 400_000.0, "amount_squares_lost": 0.0}, "amount")
    assert found is not None
    assert (found.rate, found.low, found.high) == (1.0, None, None)


def test_the_number_of_a_fact_comes_from_the_newest_version_alone(
    tmp_path: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    with Workspace.create(tmp_path / "w", clock=FixedClock(NOW)) as ws:
        ws.competitors.add("a")
        fact = {"topic": "price", "text": "t", "source": "s"}
        monkeypatch.setattr(type(ws.house.state), "history", None)
        assert [ws.competitors.fact("a", **fact).id for _ in range(3)] == ["f1", "f2", "f3"]
        ws.competitors.drop_fact("a", "f3")
        new = ws.competitors.fact("a", **fact).id
        ws.competitors.drop_fact("a", new)
        seen = {"f1", "f2", "f3", new}
        monkeypatch.undo()
        ws.definitions.export(tmp_path / "out")
        with Workspace.create(tmp_path / "other", clock=FixedClock(NOW)) as other:
            for kind in ("competitor", "competitor_facts"):
                copytree(tmp_path / "out" / kind, tmp_path / "in" / kind)
            other.definitions.apply(tmp_path / "in")
            assert other.competitors.fact("a", **fact).id not in seen
