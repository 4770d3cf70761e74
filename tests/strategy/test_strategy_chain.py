"""The chain from market to message on a small shop: states, what makes a link stale, and history."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from demo_data import copy_workspace
from panel import panel
from qunxiang.errors import ConflictError, SettingError, UnknownNameError
from qunxiang.i18n import Label
from qunxiang.model.ground import Ground
from qunxiang.model.message_house import MessageHouse, Proof, Reason
from qunxiang.model.strategy import PositioningStatement
from qunxiang.services.brand_message import set_message
from qunxiang.services.strategy import StrategyView
from qunxiang.workspace import Workspace
from tiny_shop import build

FIGURE = Ground(kind="figure", segmentation="kinds", segment="s1", figure="revenue_share")
JUDGED = Ground(kind="judgement", text="store visit")


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("strategy") / "shop"
    build(folder)
    with Workspace(folder) as workspace:
        workspace.surveys.load("panel", panel())
        workspace.market.define("people", "panel", 1000, question="city")
    return folder


@pytest.fixture
def ws(shop: Path, tmp_path: Path) -> Iterator[Workspace]:
    with Workspace(copy_workspace(shop, tmp_path / "ws")) as workspace:
        yield workspace


def statement(ws: Workspace, **changed: Any) -> PositioningStatement:
    segment = ws.strategy.show("kinds").links[2].places[0].segment
    assert segment is not None
    plain = {
        "segmentation": "kinds",
        "segment": segment,
        "brand": Label.same("小店"),
        "audience": Label("常客", "regulars"),
        "category": Label("街边店", "a corner shop"),
        "difference": Label("开到半夜", "open till midnight"),
        "reasons": (
            Proof(text=Label.same("most of revenue"), ground=FIGURE.model_copy(update={"segment": segment})),
            Proof(text=Label.same("open late"), ground=JUDGED),
        ),
        "against": ("Mart",),
        "owner": "li",
    }
    return PositioningStatement(**(plain | changed))


def house(segment: str) -> MessageHouse:
    proof = Proof(text=Label.same("seen"), ground=JUDGED)
    reason = Reason(text=Label.same("late"), proofs=(proof,))
    promise = Label("半夜也在", "There at midnight")
    return MessageHouse(segmentation="kinds", segment=segment, promise=promise, reasons=(reason,))


def decide_all(ws: Workspace) -> str:
    """Take every link of ``kinds`` to decided; return the target."""
    ws.strategy.set("kinds", market="people", owners={"position": "li", "message": "wang"}, why="ours")
    wanted = statement(ws, decided=True)
    ws.strategy.set_position("kinds", wanted.segment, wanted, why="agreed")
    set_message(ws.house, ws.actor, "kinds", segment=wanted.segment, message=house(wanted.segment), why="agreed")
    return wanted.segment


def states(view: StrategyView) -> dict[str, str]:
    return {link.name: link.status for link in view.links}


def codes(view: StrategyView, name: str) -> list[str]:
    link = next(k for k in view.links if k.name == name)
    found = [*link.causes, *(c for part in link.parts for c in part.causes)]
    return [c.text.code.removeprefix("strategy.cause.") for c in found]


def test_the_chain_goes_from_missing_over_draft_to_decided(ws: Workspace) -> None:
    view = ws.strategy.show("kinds")
    assert list(states(view).items()) == [
        ("market", "missing"),
        ("segments", "decided"),
        ("targets", "decided"),
        ("position", "missing"),
        ("message", "missing"),
    ]
    assert (view.next, codes(view, "market"), codes(view, "position")) == ("market", ["not_named"], ["no_statement"])
    ws.strategy.set("kinds", market="people", owners={"targets": "zhao"}, why="the city's people")
    draft = statement(ws, reasons=())
    made = ws.strategy.set_position("kinds", draft.segment, draft)
    assert (made.status, made.version, [c.text.code for c in made.causes]) == (
        "draft",
        1,
        ["positioning.finding.no_reasons"],
    )
    view = ws.strategy.show("kinds")
    assert (states(view)["market"], states(view)["position"], view.next) == ("decided", "draft", "position")
    assert view.links[0].says is not None
    assert "1,000" in view.links[0].says("en")
    assert [link.owner for link in view.links] == [None, None, "zhao", None, None]
    decide_all(ws)
    view = ws.strategy.show("kinds")
    assert set(states(view).values()) == {"decided"}
    assert (view.next, view.plan.owners) == (None, {"targets": "zhao", "position": "li", "message": "wang"})
    entry = next(e for e in ws.strategy.list() if e.segmentation == "kinds")
    assert (entry.next, entry.links) == (None, states(view))
    told = [(v.kind, v.version, v.author, v.why) for v in view.links[3].history]
    assert told == [("positioning", 2, "owner", "agreed"), ("positioning", 1, "owner", "")]


def test_a_statement_is_decided_only_when_it_is_whole_and_with_a_reason(ws: Workspace) -> None:
    for changed, why, code in (
        ({"reasons": ()}, "agreed", "error.positioning.not_ready"),
        ({"against": ()}, "agreed", "error.positioning.not_ready"),
        ({}, " ", "error.targets.why_missing"),
    ):
        wanted = statement(ws, decided=True, **changed)
        with pytest.raises(SettingError) as caught:
            ws.strategy.set_position("kinds", wanted.segment, wanted, why=why)
        assert caught.value.code == code
    assert ws.strategy.position("kinds", wanted.segment).version == 0


def test_reasons_are_bound_to_figures_and_signed(ws: Workspace) -> None:
    wanted = statement(ws)
    made = ws.strategy.set_position("kinds", wanted.segment, wanted)
    first, second = (r.ground for r in made.statement.reasons)
    share = next(s.revenue_share for s in ws.segments.describe("kinds").segments if s.id == wanted.segment)
    assert first.seen is not None
    assert share is not None
    assert first.seen.value == pytest.approx(float(share))
    assert (first.by, second.by, second.seen) == ("owner", "owner", None)
    gone = wanted.reasons[0].model_copy(update={"ground": FIGURE.model_copy(update={"segment": "s99"})})
    with pytest.raises(SettingError) as caught:
        ws.strategy.set_position("kinds", wanted.segment, wanted.model_copy(update={"reasons": (gone,)}))
    assert caught.value.code == "error.brand.evidence"


def test_links_go_stale_when_the_segments_are_drawn_anew(ws: Workspace) -> None:
    decide_all(ws)
    first = ws.strategy.show("kinds").links[1].history
    ws.segments.rename("kinds", segment="s1", label=Label.same("renamed"))
    assert set(states(ws.strategy.show("kinds")).values()) == {"decided"}  # a name divides nobody
    ws.segments.fit("kinds", traits=["frequency", "basket_value"], n_segments=3, n_pairs=2, n_restarts=2)
    view = ws.strategy.show("kinds")
    found = states(view)
    assert found["market"] == found["segments"] == "decided"
    assert found["targets"] == found["position"] == found["message"] == "stale"
    assert all("segments_changed" in codes(view, name) for name in ("targets", "position", "message"))
    assert (view.next, len(view.links[1].history)) == ("targets", len(first) + 2)
    segment = view.links[2].places[0].segment
    assert segment is not None
    ws.targets.choose("kinds", [segment], why="looked again")
    assert states(ws.strategy.show("kinds"))["targets"] == "decided"


def test_targets_go_stale_when_weights_or_judgements_change(ws: Workspace) -> None:
    criteria = ws.targets.criteria("kinds")
    ws.targets.set_criteria("kinds", criteria)
    ws.targets.choose("kinds", ["s1"], why="most")
    owned = tuple(c.model_copy(update={"owner": "li"}) for c in criteria.criteria)
    ws.targets.set_criteria("kinds", criteria.model_copy(update={"criteria": owned}))
    assert states(ws.strategy.show("kinds"))["targets"] == "decided"  # an owner ranks nothing
    ws.targets.weigh("kinds", points={"size": 10, "growth": 90})
    assert codes(ws.strategy.show("kinds"), "targets") == ["criteria_changed"]
    ws.targets.choose("kinds", ["s1"], why="still")
    ws.targets.judge("kinds", segment="s1", value=2, why="lost two stores")
    view = ws.strategy.show("kinds")
    assert (states(view)["targets"], codes(view, "targets")) == ("stale", ["judged_since"])
    assert {v.kind for v in view.links[2].history} == {"targets", "criteria", "judgements"}


def test_a_message_goes_stale_when_the_position_says_something_else(ws: Workspace) -> None:
    segment = decide_all(ws)
    before = ws.strategy.position("kinds", segment).statement
    other = before.model_copy(update={"owner": "zhao"})
    ws.strategy.set_position("kinds", segment, other, why="new owner")
    assert states(ws.strategy.show("kinds"))["message"] == "decided"
    other = before.model_copy(update={"difference": Label("最近", "nearest")})
    ws.strategy.set_position("kinds", segment, other, why="moved")
    assert codes(ws.strategy.show("kinds"), "message") == ["position_changed"]


def test_a_market_goes_stale_with_its_survey_and_missing_when_it_is_gone(ws: Workspace) -> None:
    decide_all(ws)
    ws.surveys.change("panel", "city", text="Where do you live?")
    view = ws.strategy.show("kinds")
    assert (states(view)["market"], codes(view, "market")) == ("stale", ["survey_changed"])
    ws.strategy.set("kinds", market="")
    assert codes(ws.strategy.show("kinds"), "market") == ["not_named"]
    assert codes(ws.strategy.show("often"), "targets") == ["not_chosen"]
    with pytest.raises(UnknownNameError):
        ws.strategy.set("kinds", market="nowhere")


def test_a_plan_is_changed_part_by_part_and_guarded(ws: Workspace) -> None:
    ws.strategy.set("kinds", owners={"market": "li", "targets": "zhao"}, review_on=date(2100, 1, 1))
    view = ws.strategy.set("kinds", owners={"market": ""}, seen_version=1)
    assert (view.plan.owners, view.plan.review_on, view.review_due) == ({"targets": "zhao"}, date(2100, 1, 1), False)
    assert ws.strategy.set("kinds", no_review=True).plan.review_on is None
    with pytest.raises(ConflictError):
        ws.strategy.set("kinds", owners={"market": "wang"}, seen_version=1)
    wrong: list[tuple[dict[str, Any], str]] = [
        ({"owners": {"plan": "li"}}, "error.strategy.link"),
        ({"owners": {"market": "x" * 201}}, "error.strategy.owner_long"),
        ({"review_on": date(2020, 1, 1)}, "error.targets.review_past"),
    ]
    for given, code in wrong:
        with pytest.raises(SettingError) as caught:
            ws.strategy.set("kinds", **given)
        assert caught.value.code == code


def test_plan_and_statement_are_exported_and_applied_again(ws: Workspace, tmp_path: Path) -> None:
    segment = decide_all(ws)
    before = ws.strategy.show("kinds")
    ws.definitions.export(tmp_path / "documents")
    ws.strategy.set("kinds", market="", owners={"position": ""})
    ws.strategy.set_position("kinds", segment, statement(ws, difference=Label.same("=1+1 {x} <b>")))
    ws.definitions.apply(tmp_path / "documents", why="back")
    after = ws.strategy.show("kinds")
    assert after.plan == before.plan
    assert ws.strategy.position("kinds", segment).statement.difference.en == "open till midnight"
