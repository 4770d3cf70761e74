"""Reports of workspaces in every state: little decided, much decided, fitted, renamed with hostile names."""

from collections.abc import Iterator
from datetime import date
from pathlib import Path

import pytest
from report_world import Reports, made, pdf_text, sheets, written

from qunxiang.errors import SettingError, UnknownNameError
from qunxiang.i18n import Label
from qunxiang.model import Actor, Role
from qunxiang.services import report as reporting
from qunxiang.workspace import Workspace

FORMULA = "=cmd|' /C calc'!A0"
MARKUP = "<script>alert(1)</script> #panic() {0} {label:money} $x$ *b* _i_ @ref"


@pytest.fixture
def fresh(tmp_path: Path) -> Iterator[Workspace]:
    with made(tmp_path / "ws") as ws:
        yield ws


def test_an_unknown_format_says_which_there_are(world: Workspace) -> None:
    with pytest.raises(SettingError) as refusal:
        written(world, "value_tier", "docx", "zh")
    assert refusal.value.code == "error.report.format"
    assert "pdf、html、xlsx、pptx" in refusal.value.render("zh")


def test_an_unknown_segmentation_says_which_there_are(world: Workspace) -> None:
    with pytest.raises(UnknownNameError, match="value_tier"):
        written(world, "value_tire", "pdf", "zh")


def test_a_viewer_may_read_the_report_and_it_is_noted(world: Workspace) -> None:
    viewer = Actor(name="小林", role=Role.VIEWER)
    content = reporting.report(world.house, viewer, "value_tier", format="html", lang="zh").decode()
    assert "小林（只读）" in content
    last = world.house.state.audit(limit=1, use_case="report")[0]
    assert (last.actor, last.subject, last.outcome) == ("小林", "value_tier", "done")


@pytest.mark.parametrize(
    ("lang", "parts"),
    [
        ("zh", ("尚未选定目标细分", "还没有人判断过各细分的竞争优势", "尚未作出决定", "还没有画像", "毛利")),
        ("en", ("Notargetshavebeenchosenyet", "Nobodyhasjudged", "Nodecisionhasbeentaken", "Therearenopersonasyet")),
    ],
)
def test_what_is_missing_is_said(reports: Reports, lang: str, parts: tuple[str, ...]) -> None:
    text = pdf_text(reports("pdf", lang))
    assert [part for part in parts if part not in text] == []


def test_decision_judgements_and_personas_are_told(fresh: Workspace) -> None:
    fresh.segments.classify("value_tier")
    first = fresh.targets.rank("value_tier").ranking.ranked[0].segment
    fresh.targets.judge("value_tier", segment=first, criterion="strength", value=7.5, why="门店就在附近")
    fresh.targets.choose("value_tier", [first], why="先守住大客户")
    made_persona = fresh.personas.build("value_tier")[0]
    text = pdf_text(written(fresh, "value_tier", "pdf", "zh"))
    for part in (
        "门店就在附近",
        "7.5",
        "先守住大客户",
        made_persona.name.zh,
        "“大客户”：足够大（",
    ):
        assert part in text
    assert "还没有画像" not in text
    assert "尚未作出决定" not in text
    fresh.refresh(date(2024, 6, 30))
    stale = pdf_text(written(fresh, "value_tier", "pdf", "zh"))
    assert f"“{made_persona.name.zh}”依据2024年12月31日的快照" in stale


def test_segments_that_cannot_be_ranked_do_not_stop_the_report(fresh: Workspace) -> None:
    fresh.segments.classify("value_tier")
    given = fresh.targets.criteria("value_tier")
    none = given.model_copy(update={"criteria": tuple(c.model_copy(update={"weight": 0.0}) for c in given.criteria)})
    fresh.targets.set_criteria("value_tier", none)
    text = pdf_text(written(fresh, "value_tier", "pdf", "zh"))
    assert "细分未能排序：吸引力标准的权重合计为0" in text


def test_a_fitted_segmentation_has_a_chapter_on_stability(fresh: Workspace) -> None:
    traits = ["frequency", "monetary_365d", "recency_days"]
    fresh.segments.fit("lifestyle", traits=traits, n_pairs=2, n_restarts=2, label=Label("购买方式", "Ways to buy"))
    segmentation = fresh.segments.stability("lifestyle")
    by_k = segmentation.evidence["by_k"]
    rows = sheets(written(fresh, "lifestyle", "xlsx", "en"))["How firmly the segments hold"]
    for k, found in by_k.items():
        row = next(r for r in rows if r[0] == int(k) and isinstance(r[1], int | float))
        assert row[1] == pytest.approx(found["mean_ari"])
    text = pdf_text(written(fresh, "lifestyle", "pdf", "zh"))
    assert "购买方式" in text
    assert "分法靠得住吗" in text
    assert "参与划分" in text


def test_customers_in_no_segment_and_segments_without_customers_are_told(fresh: Workspace) -> None:
    fresh.segments.define("often", "frequency >= 20", label=Label("常客", "Regulars"))
    fresh.segments.define("nobody", "frequency >= 100000", label=Label("无人", "Nobody here"))
    found = fresh.segments.describe("often")
    outside = next(v for v in found.segments if v.id is None)
    assert 0 < outside.profiles < found.profiles
    text = pdf_text(written(fresh, "often", "pdf", "zh"))
    assert f"另有{outside.profiles}位" in text
    assert "分法靠得住吗" not in text
    book = sheets(written(fresh, "nobody", "xlsx", "zh"))
    assert not [title for title in book if title.startswith("细分：")]
    assert "目前没有一个细分有客户" in str(book)


def test_hostile_names_stay_names(fresh: Workspace) -> None:
    fresh.segments.classify("value_tier")
    fresh.segments.rename("value_tier", segment="key", label=Label.same(FORMULA))
    fresh.segments.rename("value_tier", segment="profit", label=Label.same(MARKUP))
    text = pdf_text(written(fresh, "value_tier", "pdf", "en"))
    assert FORMULA.replace(" ", "") in text
    assert MARKUP.replace(" ", "") in text
    assert "<script>alert" not in written(fresh, "value_tier", "html", "en").decode()
    cells = [c for rows in sheets(written(fresh, "value_tier", "xlsx", "en")).values() for r in rows for c in r]
    assert {FORMULA, MARKUP} <= set(cells)
