"""Positions against registered competitors, and decided statements that arrive as documents."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from demo_data import copy_workspace
from qunxiang.errors import SettingError
from qunxiang.i18n import Label
from qunxiang.model.ground import Ground
from qunxiang.model.message_house import Proof
from qunxiang.model.strategy import PositioningStatement
from qunxiang.workspace import Workspace


@pytest.fixture
def ws(tiny_folder: Path, tmp_path: Path) -> Iterator[Workspace]:
    with Workspace(copy_workspace(tiny_folder, tmp_path / "ws")) as workspace:
        yield workspace


def statement(ws: Workspace, **changed: Any) -> PositioningStatement:
    segments = next(s.segments for s in ws.segments.list() if s.id == "kinds")
    whole = {
        "segmentation": "kinds",
        "segment": segments[0].id,
        "brand": Label.same("小店"),
        "audience": Label("常客", "regulars"),
        "category": Label("街边店", "a corner shop"),
        "difference": Label("开到半夜", "open till midnight"),
        "reasons": (Proof(text=Label.same("late"), ground=Ground(kind="judgement", text="visit")),),
        "against": ("mart",),
        "decided": True,
    }
    return PositioningStatement(**(whole | changed))


def test_a_registered_rival_is_named_and_its_change_makes_the_position_stale(ws: Workspace) -> None:
    ws.competitors.add("mart", label=Label("大卖场", "Mart Ltd"))
    wanted = statement(ws)
    made = ws.strategy.set_position("kinds", wanted.segment, wanted, why="agreed")
    assert (made.status, made.competitors) == ("decided", {"mart": Label("大卖场", "Mart Ltd")})
    assert "not_registered" not in [f.kind for f in made.findings]
    assert ", unlike Mart Ltd." in made.sentence("en")
    assert "区别于大卖场" in made.sentence("zh")
    ws.competitors.add("mart", note="opens at night now")
    changed = ws.strategy.position("kinds", wanted.segment)
    assert changed.status == "stale"
    assert [c.text.code for c in changed.causes] == ["strategy.cause.competitor_changed"]
    ws.competitors.remove("mart")
    gone = ws.strategy.position("kinds", wanted.segment)
    assert [c.text.code for c in gone.causes] == ["strategy.cause.competitor_gone"]
    again = ws.strategy.set_position("kinds", wanted.segment, wanted.model_copy(update={"against": ("x",)}), why="new")
    assert again.status == "decided"


def test_a_document_cannot_decide_what_is_not_whole(ws: Workspace, tmp_path: Path) -> None:
    whole = statement(ws)
    empty = PositioningStatement(segmentation="kinds", segment=whole.segment, decided=True)

    def apply(body: PositioningStatement) -> None:
        document = {"kind": "positioning", "id": body.id, "body": body.model_dump(mode="json")}
        (tmp_path / "documents").mkdir(exist_ok=True)
        (tmp_path / "documents" / "p.yaml").write_text(yaml.safe_dump(document, allow_unicode=True), "utf-8")
        ws.definitions.apply(tmp_path / "documents")

    with pytest.raises(SettingError, match=r"positioning|reason|brand"):
        apply(empty)
    assert ws.strategy.position("kinds", whole.segment).version == 0
    apply(empty.model_copy(update={"decided": False}))
    assert ws.strategy.position("kinds", whole.segment).status == "draft"
    apply(whole)
    assert ws.strategy.position("kinds", whole.segment).status == "decided"
