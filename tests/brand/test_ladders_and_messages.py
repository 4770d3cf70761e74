"""Ladders and message houses in a workspace: versions, authors, evidence that changes, interviews, documents."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
import yaml

from panel import panel
from qunxiang.cli.main import main
from qunxiang.errors import (
    ConflictError,
    ContractError,
    NothingYetError,
    QunxiangError,
    SettingError,
    SourceError,
    UnknownNameError,
)
from qunxiang.i18n import Label, Message
from qunxiang.model import Actor, Role
from qunxiang.model.ground import Ground
from qunxiang.model.ladder import Ladder, LadderItem, LadderLink
from qunxiang.model.message_house import ChannelShare, MessageHouse, Proof, Reason
from qunxiang.web.pages.brand_places import evidence_choices
from qunxiang.workspace import Workspace

FRESH = LadderItem(id="a1", level="attribute", text=Label("新鲜", "fresh"))
HEALTHY = LadderItem(id="f1", level="functional", text=Label("健康", "healthy"))
JUDGED = Ground(kind="judgement", text="tasting in March", by="somebody else")


def target(ws: Workspace) -> str:
    chosen = ws.targets.chosen("kinds")
    assert chosen is not None
    return chosen.segments[0]


def mary(ws: Workspace) -> Workspace:
    return ws.acting_as(Actor(name="mary", role=Role.MARKETER, via="python"))


def message(*proofs: Proof) -> MessageHouse:
    return MessageHouse(
        promise=Label("每天新鲜", "Fresh each day"),
        reasons=(Reason(text=Label("当天到货", "Delivered the same day"), proofs=proofs),),
        channels=(ChannelShare(channel="SMS", share=100),),
        owner="mary",
    )


def test_a_ladder_has_versions_authors_and_reasons(shop: Workspace) -> None:
    first = mary(shop).brand.ladder.set("often", "often", ladder=Ladder(items=(FRESH,)), why="workshop")
    assert (first.version, first.history[0].author, first.history[0].why) == (1, "mary", "workshop")
    assert {f.kind for f in first.findings if f.fault} == {"leads_nowhere"}
    whole = first.ladder.model_copy(update={"items": (FRESH, HEALTHY), "links": (LadderLink(lower="a1", upper="f1"),)})
    second = shop.brand.ladder.set("often", "often", ladder=whole, seen_version=1)
    assert [h.version for h in second.history] == [2, 1]
    with pytest.raises(ConflictError):
        shop.brand.ladder.set("often", "often", ladder=whole, seen_version=1)
    entry = next(e for e in shop.brand.ladder.list() if e.place.id == "often/often")
    assert (entry.items, entry.links, entry.faults, entry.version) == (2, 1, 0, 2)


def test_grounds_are_bound_to_what_the_data_say_and_judgements_to_their_author(shop: Workspace) -> None:
    segment = target(shop)
    persona = shop.personas.show("kinds", segment)
    claim = Ground(kind="claim", segmentation="kinds", segment=segment, claim=persona.claims[0].id)
    said = Ground(kind="answers", survey="panel", question="city", answer="north")
    size = Ground(kind="figure", segmentation="kinds", segment=segment, figure="profiles")
    item = FRESH.model_copy(update={"grounds": (claim, said, size, JUDGED)})
    view = mary(shop).brand.ladder.set("kinds", segment, ladder=Ladder(items=(item,)))
    views = view.item_grounds["a1"]
    assert [v.standing for v in views] == ["holds", "holds", "holds", "uncounted"]
    assert {v.ground.by for v in views} == {"mary"}
    evidence = persona.claims[0].evidence
    first, city, n = (v.ground.seen for v in views[:3])
    assert first is not None
    assert (first.value, first.n) == (evidence.share, evidence.n_known)
    shown = next(q for q in shop.surveys.show("panel").questions if q.question.id == "city")
    north = next(a for a in shown.answers if a.answer == "north").weighted
    assert city is not None
    assert city.value == north.estimate  # type: ignore[union-attr]
    members = next(s.profiles for s in shop.segments.describe("kinds").segments if s.id == segment)
    assert n is not None
    assert n.value == members
    again = shop.brand.ladder.set("kinds", segment, ladder=view.ladder)
    assert {v.ground.by for v in again.item_grounds["a1"]} == {"mary"}
    forged = view.ladder.items[0].model_copy(update={"grounds": (claim.model_copy(update={"seen": None, "by": "li"}),)})
    kept = shop.brand.ladder.set("kinds", segment, ladder=Ladder(items=(forged,))).item_grounds["a1"][0]
    assert (kept.ground.by, kept.ground.seen) == ("mary", first)


@pytest.mark.parametrize(
    "ground",
    [
        Ground(kind="answers", survey="gone", question="city", answer="north"),
        Ground(kind="answers", survey="panel", question="gone", answer="north"),
        Ground(kind="answers", survey="panel", question="city", answer="gone"),
        Ground(kind="claim", segmentation="kinds", segment="s1", claim="gone"),
        Ground(kind="figure", segmentation="gone", segment="s1", figure="share"),
        Ground(kind="verbatim", text="so fresh", verbatim="gone"),
        Ground(kind="interviews", study="gone", concepts=("fresh",)),
    ],
    ids=lambda g: f"{g.kind}-{g.survey or g.segmentation or g.study}-{g.question}-{g.answer}",
)
def test_evidence_that_is_not_there_is_refused(shop: Workspace, ground: Ground) -> None:
    item = FRESH.model_copy(update={"grounds": (ground,)})
    with pytest.raises(SettingError) as caught:
        shop.brand.ladder.set("often", "often", ladder=Ladder(items=(item,)))
    assert caught.value.code == "error.brand.evidence"


def test_a_proof_goes_stale_when_its_evidence_changes_or_vanishes(shop: Workspace) -> None:
    shop.surveys.load("wave", panel(120))
    proofs = [
        Proof(text=Label.same(answer), ground=Ground(kind="answers", survey="wave", question="city", answer=answer))
        for answer in ("north", "west")
    ]
    before = shop.brand.message.set(message=message(*proofs))
    assert {f.kind for f in before.findings} == {"no_review"}
    other = panel(120, north=0.9)
    cities = ["south" if c == "west" else c for c in other["city"].to_pylist()]
    shop.surveys.load("wave", other.set_column(other.column_names.index("city"), "city", [cities]))
    view = shop.brand.message.show()
    assert [v.standing for v in view.proofs[0]] == ["changed", "gone"]
    assert [(f.kind, f.reason, f.proof) for f in view.findings if f.fault] == [
        ("stale_proof", 0, 0),
        ("stale_proof", 0, 1),
    ]
    north = view.proofs[0][0]
    assert north.now is not None
    assert north.ground.seen is not None
    assert north.now.value != north.ground.seen.value
    edited = view.message.model_copy(update={"owner": "li"})
    still = shop.brand.message.set(message=edited)  # a change elsewhere hides no change of the evidence
    assert [v.standing for v in still.proofs[0]] == ["changed", "gone"]
    rebound = shop.brand.message.set(message=edited, rebind=True)
    assert [v.standing for v in rebound.proofs[0]] == ["holds", "gone"]
    entry = next(e for e in shop.brand.message.list() if e.place.id == "market")
    assert (entry.proofs, entry.stale) == (2, 1)


def test_a_reason_speaks_for_a_rung_that_is_there(shop: Workspace) -> None:
    reason = Reason(text=Label.same("fresh"), rung="gone")
    with pytest.raises(SettingError) as caught:
        shop.brand.message.set("often", "often", message=MessageHouse(reasons=(reason,)))
    assert caught.value.code == "error.ladder.no_item"


def test_places_that_do_not_exist_are_refused(shop: Workspace) -> None:
    for name, segment in (("gone", "s1"), ("kinds", "gone")):
        with pytest.raises(UnknownNameError):
            shop.brand.ladder.show(name, segment)
    with pytest.raises(SettingError):
        shop.brand.message.show("kinds")
    elsewhere = Ladder(segmentation="kinds", segment="s1", items=(FRESH,))
    with pytest.raises(SettingError) as caught:
        shop.brand.ladder.set("often", "often", ladder=elsewhere)
    assert caught.value.code == "error.brand.other_place"
    with pytest.raises(NothingYetError):
        shop.brand.ladder.confirm("kinds", next(s.id for s in _segments(shop) if s.id != target(shop)))


def _segments(ws: Workspace) -> tuple:  # type: ignore[type-arg]
    return next(s.segments for s in ws.segments.list() if s.id == "kinds")


def interviews(path: Path) -> Path:
    """Write ladders of four respondents: three go from fresh to family, one of another group stops half-way."""
    chain = [("新鲜", "属性"), ("健康", "功能"), ("家人", "价值")]
    lines = [f"p{r},1,{i},{c},{level},家庭" for r in range(3) for i, (c, level) in enumerate(chain, start=1)]
    lines += [f"p9,1,{i},{c},{level},单身" for i, (c, level) in enumerate(chain[:2], start=1)]
    lines += ["p9,2,1,家人,价值,单身", "p9,2,2,新鲜,属性,单身"]
    path.write_text("\n".join(["受访者,阶梯号,位置,概念,层级,组", *lines]), "utf-8")
    return path


def test_interviews_become_a_matrix_and_a_proposed_ladder(shop: Workspace, tmp_path: Path) -> None:
    report = mary(shop).brand.ladder.load("talks", interviews(tmp_path / "l.csv"), label=Label("访谈", "Talks"))
    assert (report.accepted, report.refused, report.reasons) == (4, 1, {"downward": 1})
    assert report.study.groups == {"单身": 1, "家庭": 3}
    stored = shop.definitions.history("laddering", "talks")[0].body
    assert "p9" not in json.dumps(stored)  # respondents are numbered
    view = shop.brand.ladder.matrix("talks")
    assert {(c.lower, c.upper): (c.direct, c.indirect) for c in view.cells} == {
        ("新鲜", "健康"): (4, 0),
        ("健康", "家人"): (3, 0),
        ("新鲜", "家人"): (0, 3),
    }
    assert (view.recommended, view.cutoff) == (3, 3)
    assert {(k.lower, k.upper) for k in view.links} == {("新鲜", "健康"), ("健康", "家人")}
    assert shop.brand.ladder.matrix("talks", group="单身").n_respondents == 1
    with pytest.raises(UnknownNameError):
        shop.brand.ladder.matrix("gone")
    with pytest.raises(SettingError):
        shop.brand.ladder.matrix("talks", counting="people")
    shop.segments.define("heard", "frequency > 5")
    made = mary(shop).brand.ladder.propose("talks", "heard", "heard")
    assert [(i.text.zh, i.level, i.proposed) for i in made.ladder.items] == [
        ("新鲜", "attribute", True),
        ("健康", "functional", True),
        ("家人", "emotional", True),
    ]
    assert [f.kind for f in made.findings] == ["proposed"]
    assert made.item_grounds["a1"][0].standing == "holds"
    assert made.item_grounds["a1"][0].ground.by == "mary"
    half = shop.brand.ladder.confirm("heard", "heard", items=["a1"])
    assert [i.proposed for i in half.ladder.items] == [False, True, True]
    done = shop.brand.ladder.confirm("heard", "heard")
    assert done.findings == ()
    assert done.chains == (("a1", "f1", "e1"),)


def test_a_file_without_a_usable_ladder_is_refused(shop: Workspace) -> None:
    rows = [{"respondent": "p1", "position": 1, "concept": "x", "level": "colour"}]
    with pytest.raises(SourceError) as error:
        shop.brand.ladder.load("bad", rows)
    assert "不认识的层级" in error.value.render("zh")
    with pytest.raises(SettingError):
        shop.brand.ladder.load("../x", rows)
    assert "bad" not in [s.id for s in shop.brand.ladder.studies()]


def test_documents_go_out_and_come_back_the_same(shop: Workspace, tmp_path: Path) -> None:
    item = FRESH.model_copy(update={"grounds": (Ground(kind="judgement", text="known"),)})
    shop.brand.ladder.set(ladder=Ladder(items=(item, HEALTHY), links=(LadderLink(lower="a1", upper="f1"),)))
    before = shop.brand.ladder.show().ladder
    for name in ("ladder.yaml", "ladder.json"):
        file = shop.brand.ladder.export(tmp_path / name)
        again = Ladder.model_validate(yaml.safe_load(file.read_text("utf-8")))
        assert shop.brand.ladder.set(ladder=again).ladder == before
    with pytest.raises(SettingError):
        shop.brand.ladder.export(tmp_path / "ladder.txt")
    house = shop.brand.message.set(
        "kinds", target(shop), message=message(Proof(text=Label.same("<b>x</b>"), ground=JUDGED))
    ).message
    file = shop.brand.message.export(tmp_path / "m.yaml", "kinds", target(shop))
    assert (
        shop.brand.message.set(
            "kinds", target(shop), message=MessageHouse.model_validate(yaml.safe_load(file.read_text("utf-8")))
        ).message
        == house
    )


def test_exported_definitions_apply_elsewhere_and_say_what_is_lacking(shop: Workspace, tmp_path: Path) -> None:
    ground = Ground(kind="answers", survey="panel", question="city", answer="south")
    item = FRESH.model_copy(update={"grounds": (ground,)})
    seen = shop.brand.ladder.set(ladder=Ladder(items=(item,))).item_grounds["a1"][0].ground.seen
    out = tmp_path / "documents"
    out.mkdir()
    document = next(d for d in shop.definitions.list("ladder") if d.id == "market")
    body = {"kind": "ladder", "id": "market", "body": document.body}
    (out / "ladder.yaml").write_text(yaml.safe_dump(body, allow_unicode=True), "utf-8")
    with Workspace.create(tmp_path / "other") as other:
        assert [s.action for s in other.definitions.apply(out)] == ["create"]
        there = other.brand.ladder.show().item_grounds["a1"][0]
        assert (there.standing, there.ground.seen, there.ground.by) == ("gone", seen, "owner")
        broken = {**body, "body": {**document.body, "links": [{"lower": "a1", "upper": "a9"}]}}
        (out / "ladder.yaml").write_text(yaml.safe_dump(broken, allow_unicode=True), "utf-8")
        with pytest.raises(SettingError):
            other.definitions.apply(out)


def test_a_place_that_went_away_breaks_no_list(shop: Workspace) -> None:
    shop.segments.define("short_lived", "frequency > 3")
    shop.brand.ladder.set("short_lived", "short_lived", ladder=Ladder(items=(FRESH,)))
    shop.segments.archive("short_lived")
    assert "short_lived/short_lived" not in [e.place.id for e in shop.brand.ladder.list()]
    with pytest.raises(UnknownNameError):
        shop.brand.ladder.show("short_lived", "short_lived")


def test_the_command_line_answers_as_python_does(
    shop: Workspace, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    where = ["-w", str(shop.settings.folder), "--lang", "en"]
    shop.segments.define("spoken_to", "frequency > 4")
    (tmp_path / "m.yaml").write_text("promise: {zh: 更便宜, en: Cheaper}\navoid: [便宜]\n", "utf-8")
    assert main(["brand", "message", "set", str(tmp_path / "m.yaml"), "spoken_to", "spoken_to", *where]) == 0
    assert '✗ The word to avoid "便宜" stands in "更便宜".' in capsys.readouterr().out
    assert main(["brand", "message", "show", "spoken_to", "spoken_to", "--json", *where]) == 0
    found = json.loads(capsys.readouterr().out)
    assert found == shop.brand.message.show("spoken_to", "spoken_to").model_dump(mode="json")
    (tmp_path / "m.yaml").write_text("channels: [{channel: SMS, share: 90}]\n", "utf-8")
    assert main(["brand", "message", "set", str(tmp_path / "m.yaml"), "spoken_to", "spoken_to", *where]) == 2
    assert "must be 100 %" in capsys.readouterr().err


def test_a_file_of_interviews_that_is_too_large_is_refused_with_what_to_do(
    shop: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    chain = [{"respondent": "p1", "position": n, "concept": f"c{n}", "level": "functional"} for n in range(1, 302)]
    with pytest.raises(ContractError, match="300"):
        shop.brand.ladder.load("raw", chain)
    monkeypatch.setattr("qunxiang.services.brand_laddering.MOST_RUNGS", 9)
    with pytest.raises(SourceError, match="10"):
        shop.brand.ladder.load("raw", chain[:10])
    made = shop.brand.ladder.load("long_group", [{**chain[1], "group": "g" * 300}, {**chain[0], "group": "g" * 300}])
    assert made.study.groups == {"g" * 200: 1}
    assert made.study.names == ("c1", "c2")
    with pytest.raises(SourceError) as caught:
        shop.brand.ladder.load("raw", [{**chain[0], "level": "colour"}])
    assert "unknown level" in Message(caught.value.code, caught.value.params)("en")


def test_a_study_is_offered_as_evidence_without_counting_it(
    shop: Workspace, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    shop.brand.ladder.load("offered", interviews(tmp_path / "l.csv"))
    monkeypatch.setattr("qunxiang.services.brand_laddering.implication_matrix", None)
    groups = evidence_choices(shop, shop.brand.ladder.show().place)
    (choices,) = [found for title, found in groups if title.code == "page.brand.interviews"]
    own = [words for _, words in choices if str(words).startswith("offered")]
    assert own == ["offered: 新鲜", "offered: 健康", "offered: 家人"]


def test_a_document_with_a_concept_on_two_levels_is_refused(shop: Workspace, tmp_path: Path) -> None:
    rows = [
        {"respondent": str(n), "ladder": 1, "position": 1, "concept": "x", "level": level}
        for n, level in enumerate(("attribute", "emotional"))
    ]
    body = {"id": "torn", "label": {"zh": "x", "en": "x"}, "file": "x.csv", "rows": rows}
    (tmp_path / "torn.yaml").write_text(yaml.safe_dump({"kind": "laddering", "id": "torn", "body": body}), "utf-8")
    with pytest.raises(QunxiangError):
        shop.definitions.apply(tmp_path)


def test_a_map_that_is_larger_than_a_ladder_may_be_is_not_proposed(shop: Workspace) -> None:
    chain = [{"respondent": "p1", "position": n, "concept": f"c{n}", "level": "functional"} for n in range(1, 103)]
    shop.brand.ladder.load("very_long", chain)
    with pytest.raises(SettingError, match="100 and 400"):
        shop.brand.ladder.propose("very_long")
    assert len(shop.brand.ladder.show().ladder.items) < 102
