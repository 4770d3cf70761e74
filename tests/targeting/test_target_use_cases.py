"""Use cases of targets on a small shop: weights, decisions, curves and budgets as they are stored."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path

import pytest

from demo_data import copy_workspace
from qunxiang.errors import ConflictError, NothingYetError, SettingError, UnknownNameError
from qunxiang.targeting import Comparison, CriteriaSet, Limits, NoCurve
from qunxiang.workspace import Workspace

SOON = date(2100, 1, 1)
IDS = ("size", "revenue", "value_per_customer", "growth")


@pytest.fixture
def ws(tiny_folder: Path, tmp_path: Path) -> Iterator[Workspace]:
    with Workspace(copy_workspace(tiny_folder, tmp_path / "ws")) as workspace:
        yield workspace


def compared(times: dict[tuple[str, str], float]) -> list[Comparison]:
    pairs = [(a, b) for i, a in enumerate(IDS) for b in IDS[i + 1 :]]
    return [Comparison(a=a, b=b, times=times.get((a, b), 1)) for a, b in pairs]


def test_weights_by_points_and_by_pairs(ws: Workspace) -> None:
    made = ws.targets.weigh("kinds", points={"size": 70, "growth": 30}, why="talked over")
    assert made.points == {"size": 70, "revenue": 0, "value_per_customer": 0, "growth": 30}
    assert {c.id: c.weight for c in ws.targets.criteria("kinds").criteria}["strength"] == 100
    with pytest.raises(SettingError) as caught:
        ws.targets.weigh("kinds", points={"size": 70, "growth": 29})
    assert caught.value.code == "error.targets.points_sum"
    # weights 4 : 2 : 1 : 1, free of contradiction
    fair = {("size", "revenue"): 2, ("size", "value_per_customer"): 4, ("size", "growth"): 4}
    fair |= {("revenue", "value_per_customer"): 2, ("revenue", "growth"): 2}
    found = ws.targets.weigh("kinds", comparisons=compared(fair))
    assert list(found.points.values()) == pytest.approx([50, 25, 12.5, 12.5])
    assert (found.consistent, found.worst) == (True, None)
    assert [c.weight for c in ws.targets.criteria("kinds").criteria[:4]] == pytest.approx([50, 25, 12.5, 12.5])


def test_contradictory_pairs_warn_and_name_the_worst(ws: Workspace) -> None:
    tried = ws.targets.compare("kinds", compared({("size", "growth"): 9, ("revenue", "growth"): 1 / 5}))
    assert tried.consistency_ratio is not None
    assert tried.consistency_ratio > 0.1
    assert not tried.consistent
    assert tried.worst is not None
    assert (tried.worst.a, tried.worst.b, tried.worst.times) == ("size", "growth", 9)
    assert ws.targets.criteria("kinds").comparisons == ()
    with pytest.raises(SettingError) as caught:
        ws.targets.compare("kinds", compared({})[:-1])
    assert caught.value.code == "error.targets.pairs_missing"
    with pytest.raises(SettingError):
        ws.targets.compare("kinds", [*compared({}), Comparison(a="growth", b="size", times=2)])
    with pytest.raises(UnknownNameError):
        ws.targets.compare("kinds", [Comparison(a="growth", b="'; drop", times=2)])


def test_a_decision_keeps_reasons_alternatives_and_review(ws: Workspace) -> None:
    made = ws.targets.choose("kinds", ["s1"], why="most", alternatives={"s2": "thin margin"}, review_on=SOON)
    assert (made.alternatives, made.review_on, made.by) == ({"s2": "thin margin"}, SOON, "owner")
    view = ws.targets.rank("kinds")
    assert view.chosen == made
    assert [d.why for d in view.earlier] == ["buys most"]
    for more, code in (
        ({"alternatives": {"s1": "no"}}, "error.targets.chosen_and_not"),
        ({"review_on": date.today() - timedelta(days=1)}, "error.targets.review_past"),
    ):
        with pytest.raises(SettingError) as caught:
            ws.targets.choose("kinds", ["s1"], why="most", **more)
        assert caught.value.code == code


def test_a_judged_knockout_bars_the_choice_and_the_budget(ws: Workspace) -> None:
    for segment, ceiling in (("s1", 500), ("s2", 300)):
        ws.targets.curve("kinds", segment=segment, ceiling=Decimal(ceiling), scale=Decimal(40), why="test")
    ws.targets.judge("kinds", segment="s2", criterion="actionable", value=2, why="no plan")
    view = ws.targets.rank("kinds")
    assert [a.segment for a in view.ranking.knocked_out] == ["s2"]
    with pytest.raises(ConflictError):
        ws.targets.choose("kinds", ["s2"], why="anyway")
    found = ws.targets.budget("kinds", total=Decimal(100), limits={"s2": Limits(least=Decimal(10))})
    assert (found.left_out, found.lacking) == (("s2",), ())
    assert found.allocation is not None
    assert [s.segment for s in found.allocation.segments] == ["s1"]


def test_curves_are_signed_exported_and_dropped(ws: Workspace, tmp_path: Path) -> None:
    made = ws.targets.curve("kinds", segment="s1", ceiling=Decimal("500.50"), scale=Decimal(40), why="=1+1")
    assert (made.by, made.origin, made.why) == ("owner", "entered", "=1+1")
    assert ws.targets.budget("kinds").curves == (made,)
    ws.definitions.export(tmp_path / "documents")
    ws.targets.drop_curve("kinds", segment="s1")
    assert ws.targets.budget("kinds").curves == ()
    ws.definitions.apply(tmp_path / "documents", why="back")
    assert ws.targets.budget("kinds").curves == (made,)
    with pytest.raises(UnknownNameError):
        ws.targets.curve("kinds", segment="s9", ceiling=Decimal(1), scale=Decimal(1), why="x")
    with pytest.raises(SettingError) as caught:
        ws.targets.curve("kinds", segment="s1", ceiling=Decimal(0), scale=Decimal(1), why="x")
    assert caught.value.code == "error.targets.curve"


def test_without_campaign_tables_a_fit_says_what_is_missing(ws: Workspace) -> None:
    with pytest.raises(NothingYetError) as caught:
        ws.targets.fit_curve("kinds", segment="s1", margin_rate=Decimal("0.3"))
    assert "campaign_costs" in caught.value.params["tables"]
    with pytest.raises(SettingError):
        ws.targets.fit_curve("kinds", segment="s1")
    found = ws.targets.fit_curve("kinds", segment="s1", observations=[])
    assert isinstance(found, NoCurve)
    assert ws.targets.budget("kinds").curves == ()


def test_a_fit_reads_the_tables_of_campaigns(ws: Workspace) -> None:
    people = [f"p{i:03}" for i in range(60)]
    costs, contacts, responses = [], [], []
    for c in range(12):
        costs.append({"campaign_id": f"c{c}", "spent_on": "2024-06-01", "amount": str(10 + 20 * c)})
        for p in people:
            contacts.append({"campaign_id": f"c{c}", "person_id": p, "contacted_at": "2024-05-01 09:00:00"})
        worth = 600 * (1 - 2.718281828 ** (-(10 + 20 * c) / 60)) + c % 3
        for p in people:
            row = {"campaign_id": f"c{c}", "person_id": p, "responded_at": "2024-05-02 09:00:00"}
            responses.append(row | {"value": f"{worth / 30:.2f}"})
    ws.load("campaign_costs", costs)
    ws.load("campaign_contacts", contacts)
    ws.load("responses", responses)
    ws.resolve()
    ws.refresh("2024-07-01")
    found = ws.targets.fit_curve("kinds", segment="s1", margin_rate=Decimal("0.5"))
    assert not isinstance(found, NoCurve)
    members = next(s.profiles for s in ws.segments.describe("kinds").segments if s.id == "s1")
    # the segment has its share of costs, and its own responses at half their value
    assert float(found.scale) == pytest.approx(60 * members / 60, rel=0.05)
    assert float(found.ceiling) == pytest.approx(600 / 30 * members * 0.5, rel=0.05)
    assert (found.origin, found.n, found.by) == ("fitted", 12, "owner")


def test_a_stored_set_of_an_earlier_version_is_still_read(ws: Workspace) -> None:
    body = ws.targets.criteria("kinds").model_dump(mode="json")
    kept = ("id", "label", "side", "origin", "weight", "unit", "direction", "measure", "format", "low", "high", "note")
    old = {
        "criteria": [{k: c[k] for k in kept} for c in body["criteria"]],
        "knockouts": [
            {"id": "active", "label": {"zh": "活", "en": "a"}, "measure": "active_share", "minimum": 0.1},
        ],
    }
    ws.targets.set_criteria("kinds", CriteriaSet.model_validate(old))
    found = ws.targets.rank("kinds").ranking.assessments
    assert [(a.failed, a.conditions[0].criterion, a.cells[0].criterion) for a in found] == [((), "active", "size")] * 2
