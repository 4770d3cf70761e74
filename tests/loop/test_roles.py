"""Every use case by every role: allowed or refused as declared, and written down with actor, role and outcome."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from itertools import combinations
from pathlib import Path
from typing import Any

import pytest
from loop_data import LoopFiles

from brand_world import brand_survey
from demo_data import copy_workspace
from panel import panel
from qunxiang import Workspace
from qunxiang.errors import NotAllowedError, QunxiangError
from qunxiang.i18n import Label
from qunxiang.model import Actor, Role
from qunxiang.model.ladder import Ladder
from qunxiang.model.message_house import MessageHouse
from qunxiang.model.strategy import PositioningStatement
from qunxiang.services.access import USE_CASES, allowed
from qunxiang.targeting import Comparison

Call = Callable[[Workspace, LoopFiles, Path], Any]
SIDE = ("size", "revenue", "value_per_customer", "growth")
PAIRS = [Comparison(a=a, b=b, times=2) for a, b in combinations(SIDE, 2)]
NAME = Label("某个", "some")
TALKS = [
    {"respondent": "r1", "position": i, "concept": concept, "level": level}
    for i, (concept, level) in enumerate((("fresh", "A"), ("healthy", "C"), ("family", "V")), start=1)
]
DEALS = [{"opportunity_id": f"d{i}", "person_id": "c001", "stage": "Won", "owner": "ann"} for i in range(3)]


def bad_row(ws: Workspace) -> str:
    """Return the id of a row of order lines in quarantine."""
    return str(ws.acting_as(Actor.owner()).data.rejects("order_lines")["quarantine_id"][0])


CALLS: dict[str, Call] = {
    "preview": lambda ws, files, out: ws.preview(files.products),
    "load": lambda ws, files, out: ws.load("products", files.products),
    "rejects": lambda ws, files, out: ws.data.rejects("order_lines"),
    "quarantine.counts": lambda ws, files, out: ws.data.reject_counts(),
    "quarantine.history": lambda ws, files, out: ws.data.reject_history("order_lines", bad_row(ws)),
    "quarantine.repair": lambda ws, files, out: ws.data.repair_reject("order_lines", bad_row(ws), {}),
    "quarantine.leave_out": lambda ws, files, out: ws.data.leave_out("order_lines", [bad_row(ws)], why="known"),
    "column.set": lambda ws, files, out: ws.data.set_column("orders", "nothing", personal=True),
    "mapping.list": lambda ws, files, out: ws.data.mappings(),
    "mapping.show": lambda ws, files, out: ws.data.mapping("nothing"),
    "mapping.forget": lambda ws, files, out: ws.data.forget_mapping("nothing"),
    "resolve": lambda ws, files, out: ws.resolve(),
    "refresh": lambda ws, files, out: ws.refresh("2024-06-01"),
    "who": lambda ws, files, out: ws.who("Pc001"),
    "find": lambda ws, files, out: ws.find("c001"),
    "review.list": lambda ws, files, out: ws.review.list(),
    "review.decide": lambda ws, files, out: ws.review.decide("Pc001", "Pc002", "later"),
    "split": lambda ws, files, out: ws.split("Pc001", ["Pc001"], why="known"),
    "join": lambda ws, files, out: ws.join("Pc001", "Pc002", why="known"),
    "overview": lambda ws, files, out: ws.overview(),
    "report": lambda ws, files, out: ws.report("lifestyle", out / "report.html"),
    "data.tables": lambda ws, files, out: ws.data.tables(),
    "data.loads": lambda ws, files, out: ws.data.loads(),
    "data.snapshots": lambda ws, files, out: ws.data.snapshots(),
    "source.add": lambda ws, files, out: ws.sources.add("other", f"sqlite:///{out}/other.db"),
    "source.list": lambda ws, files, out: ws.sources.list(),
    "source.tables": lambda ws, files, out: ws.sources.tables("gone"),
    "source.remove": lambda ws, files, out: ws.sources.remove("nothing"),
    "trait.drift": lambda ws, files, out: ws.traits.drift(),
    "trait.list": lambda ws, files, out: ws.traits.list(),
    "trait.show": lambda ws, files, out: ws.traits.show("frequency"),
    "trait.frame": lambda ws, files, out: ws.traits.frame(["frequency"]),
    "trait.define": lambda ws, files, out: ws.traits.define("lines", table="order_lines", metric="count"),
    "trait.preview": lambda ws, files, out: ws.traits.preview("some", {"table": "order_lines", "metric": "count"}),
    "trait.archive": lambda ws, files, out: ws.traits.archive("spare_trait"),
    "segment.define": lambda ws, files, out: ws.segments.define("some", "frequency > 2"),
    "segment.scheme": lambda ws, files, out: ws.segments.scheme("value_tier"),
    "segment.classify": lambda ws, files, out: ws.segments.classify("value_tier"),
    "segment.fit": lambda ws, files, out: ws.segments.fit(
        "fitted", traits=["basket_value"], n_segments=2, n_pairs=2, n_restarts=2
    ),
    "segment.mark": lambda ws, files, out: ws.segments.mark(
        "value_tier", segment="strategic", profile_id="Pc001", why="known"
    ),
    "segment.rename": lambda ws, files, out: ws.segments.rename("lifestyle", segment="s1", label=NAME),
    "segment.archive": lambda ws, files, out: ws.segments.archive("spare"),
    "segment.list": lambda ws, files, out: ws.segments.list(),
    "segment.size": lambda ws, files, out: ws.segments.size("frequency > 2"),
    "segment.describe": lambda ws, files, out: ws.segments.describe("lifestyle"),
    "segment.contrast": lambda ws, files, out: ws.segments.contrast("lifestyle"),
    "segment.members": lambda ws, files, out: ws.segments.members("lifestyle"),
    "segment.why": lambda ws, files, out: ws.segments.why("lifestyle", "Pc001"),
    "segment.stability": lambda ws, files, out: ws.segments.stability("lifestyle"),
    "segment.cross": lambda ws, files, out: ws.segments.cross("grid", "lifestyle", "loyalty"),
    "segment.overlap": lambda ws, files, out: ws.segments.overlap("lifestyle"),
    "segment.changes": lambda ws, files, out: ws.segments.changes("lifestyle"),
    "refresh_past": lambda ws, files, out: ws.refresh_past("2024-04-30", "2024-04-30"),
    "segment.dates": lambda ws, files, out: ws.segments.dates("lifestyle"),
    "segment.compare": lambda ws, files, out: ws.segments.compare("lifestyle", 1, 1),
    "segment.migration": lambda ws, files, out: ws.segments.migration("lifestyle"),
    "segment.movers": lambda ws, files, out: ws.segments.movers("lifestyle"),
    "segment.history": lambda ws, files, out: ws.segments.history("Pc001"),
    "segment.check": lambda ws, files, out: ws.segments.check("lifestyle"),
    "value.fit": lambda ws, files, out: ws.value.fit(horizon=6),
    "value.show": lambda ws, files, out: ws.value.show(),
    "value.potential": lambda ws, files, out: ws.value.potential("lifestyle"),
    "value.contracts": lambda ws, files, out: ws.value.contracts([[1000, 869, 743]]),
    "value.basis": lambda ws, files, out: ws.value.basis(),
    "value.set_basis": lambda ws, files, out: ws.value.set_basis({"drivers": {"order": "2.5"}}),
    "value.compare": lambda ws, files, out: ws.value.compare("lifestyle"),
    "value.customer": lambda ws, files, out: ws.value.customer("Pc001"),
    "target.criteria": lambda ws, files, out: ws.targets.criteria("lifestyle"),
    "target.set_criteria": lambda ws, files, out: ws.targets.set_criteria(
        "lifestyle", ws.acting_as(Actor.owner()).targets.criteria("lifestyle")
    ),
    "target.library": lambda ws, files, out: ws.targets.library(),
    "target.compare": lambda ws, files, out: ws.targets.compare("lifestyle", PAIRS),
    "target.weigh": lambda ws, files, out: ws.targets.weigh("lifestyle", points={"size": 100}),
    "target.curve": lambda ws, files, out: ws.targets.curve(
        "lifestyle", segment="s1", ceiling=Decimal(500), scale=Decimal(40), why="known"
    ),
    "target.budget": lambda ws, files, out: ws.targets.budget("lifestyle"),
    "target.fit_curve": lambda ws, files, out: ws.targets.fit_curve("lifestyle", segment="s1", observations=[]),
    "target.drop_curve": lambda ws, files, out: ws.targets.drop_curve("lifestyle", segment="s1"),
    "target.rank": lambda ws, files, out: ws.targets.rank("lifestyle"),
    "target.judge": lambda ws, files, out: ws.targets.judge("lifestyle", segment="s1", value=5, why="known"),
    "target.choose": lambda ws, files, out: ws.targets.choose("lifestyle", ["s1"], why="known"),
    "target.chosen": lambda ws, files, out: ws.targets.chosen("lifestyle"),
    "brand.ladder.list": lambda ws, files, out: ws.brand.ladder.list(),
    "brand.ladder.show": lambda ws, files, out: ws.brand.ladder.show("lifestyle", "s1"),
    "brand.ladder.set": lambda ws, files, out: ws.brand.ladder.set(ladder=Ladder()),
    "brand.ladder.confirm": lambda ws, files, out: ws.brand.ladder.confirm(),
    "brand.ladder.export": lambda ws, files, out: ws.brand.ladder.export(out / "ladder.yaml"),
    "brand.ladder.import": lambda ws, files, out: ws.brand.ladder.load("talks", TALKS),
    "brand.ladder.studies": lambda ws, files, out: ws.brand.ladder.studies(),
    "brand.ladder.matrix": lambda ws, files, out: ws.brand.ladder.matrix("talks"),
    "brand.ladder.propose": lambda ws, files, out: ws.brand.ladder.propose("talks", "lifestyle", "s1"),
    "brand.message.list": lambda ws, files, out: ws.brand.message.list(),
    "brand.message.show": lambda ws, files, out: ws.brand.message.show("lifestyle", "s1"),
    "brand.message.set": lambda ws, files, out: ws.brand.message.set(message=MessageHouse()),
    "brand.message.export": lambda ws, files, out: ws.brand.message.export(out / "message.json"),
    "strategy.list": lambda ws, files, out: ws.strategy.list(),
    "strategy.show": lambda ws, files, out: ws.strategy.show("lifestyle"),
    "strategy.set": lambda ws, files, out: ws.strategy.set("lifestyle", owners={"targets": "li"}),
    "strategy.position": lambda ws, files, out: ws.strategy.position("lifestyle", "s1"),
    "strategy.set_position": lambda ws, files, out: ws.strategy.set_position(
        "lifestyle", "s1", PositioningStatement(segmentation="lifestyle", segment="s1")
    ),
    "competitor.add": lambda ws, files, out: ws.competitors.add("rival", label=NAME),
    "competitor.list": lambda ws, files, out: ws.competitors.list(),
    "competitor.show": lambda ws, files, out: ws.competitors.show("own"),
    "competitor.remove": lambda ws, files, out: ws.competitors.remove("spare_rival"),
    "competitor.fact": lambda ws, files, out: ws.competitors.fact("own", topic="price", text="low", source="known"),
    "competitor.drop_fact": lambda ws, files, out: ws.competitors.drop_fact("own", "f1"),
    "competitor.judge": lambda ws, files, out: ws.competitors.judge(
        "own", segmentation="lifestyle", segment="s1", value=5, why="known"
    ),
    "competitor.strength": lambda ws, files, out: ws.competitors.strength("lifestyle"),
    "competitor.wins": lambda ws, files, out: ws.competitors.wins(by="owner"),
    "persona.build": lambda ws, files, out: ws.personas.build("lifestyle", segments=["s1"]),
    "persona.list": lambda ws, files, out: ws.personas.list(),
    "persona.show": lambda ws, files, out: ws.personas.show("lifestyle", "s1"),
    "persona.evidence": lambda ws, files, out: ws.personas.evidence("lifestyle", "s1", "nothing"),
    "persona.assume": lambda ws, files, out: ws.personas.assume("lifestyle", "s1", text=NAME),
    "persona.poster": lambda ws, files, out: ws.personas.poster("lifestyle", "s1", out / "poster.html"),
    "check": lambda ws, files, out: ws.check(),
    "quality.show": lambda ws, files, out: ws.quality.show(),
    "quality.gates": lambda ws, files, out: ws.quality.gates(),
    "quality.set_gates": lambda ws, files, out: ws.quality.set_gates([{"measure": "far", "at_most": 0.1}]),
    "quality.examples": lambda ws, files, out: ws.quality.examples("order_lines", "far", "amount"),
    "quality.near": lambda ws, files, out: ws.quality.near(),
    "quality.repair": lambda ws, files, out: ws.quality.repair("order_lines", "channel", {"a": "b"}),
    "quality.restore": lambda ws, files, out: ws.quality.restore("order_lines", "channel"),
    "quality.repairs": lambda ws, files, out: ws.quality.repairs(),
    "survey.look": lambda ws, files, out: ws.surveys.look(panel(12)),
    "survey.load": lambda ws, files, out: ws.surveys.load("other", panel(12)),
    "survey.list": lambda ws, files, out: ws.surveys.list(),
    "survey.map": lambda ws, files, out: ws.surveys.map("panel", questions=["city", "said_1"]),
    "survey.show": lambda ws, files, out: ws.surveys.show("panel"),
    "survey.change": lambda ws, files, out: ws.surveys.change("panel", "city", text="Where?"),
    "scale.fit": lambda ws, files, out: ws.scales.fit("more", "panel", n_factors=2, kind="pearson", n_draws=5),
    "scale.list": lambda ws, files, out: ws.scales.list(),
    "scale.show": lambda ws, files, out: ws.scales.show("views"),
    "scale.name": lambda ws, files, out: ws.scales.name("views", "f1", label=NAME),
    "scale.scores": lambda ws, files, out: ws.scales.scores("views"),
    "scale.publish": lambda ws, files, out: ws.scales.publish("views"),
    "market.define": lambda ws, files, out: ws.market.define("more", "panel", 1000, question="city"),
    "market.set_margins": lambda ws, files, out: ws.market.set_margins("people", {}),
    "market.list": lambda ws, files, out: ws.market.list(),
    "market.show": lambda ws, files, out: ws.market.show("people"),
    "market.growth": lambda ws, files, out: ws.market.growth("people", "panel", years=1),
    "market.type": lambda ws, files, out: ws.market.type("people", most_questions=1),
    "market.publish": lambda ws, files, out: ws.market.publish("people", "panel", segmentation="placed"),
    "market.place": lambda ws, files, out: ws.market.place("people", "panel"),
    "market.report": lambda ws, files, out: ws.market.report("people", out / "market.html"),
    "market.name": lambda ws, files, out: ws.market.name("people", "s1", NAME),
    "brand.propose": lambda ws, files, out: ws.brand.propose("brands", "Alpha"),
    "brand.define": lambda ws, files, out: ws.brand.define("other", "Alpha", survey="brands"),
    "brand.studies": lambda ws, files, out: ws.brand.studies(),
    "brand.score": lambda ws, files, out: ws.brand.score("study"),
    "brand.judge": lambda ws, files, out: ws.brand.judge(
        "study", brand="Alpha", dimension="appeal", value=6, why="known"
    ),
    "brand.tracking": lambda ws, files, out: ws.brand.tracking("study"),
    "competitor.map": lambda ws, files, out: ws.brand.map("study", n_draws=20),
    "place.find": lambda ws, files, out: ws.places.find("深圳"),
    "place.list": lambda ws, files, out: ws.places.list(),
    "place.change": lambda ws, files, out: ws.places.change(tiers={"佛山": "二线"}),
    "definition.list": lambda ws, files, out: ws.definitions.list(),
    "definition.history": lambda ws, files, out: ws.definitions.history("segmentation", "lifestyle"),
    "definition.export": lambda ws, files, out: ws.definitions.export(out / "exported"),
    "definition.plan": lambda ws, files, out: ws.definitions.plan(out / "documents"),
    "definition.apply": lambda ws, files, out: ws.definitions.apply(out / "documents"),
    "schedule.list": lambda ws, files, out: ws.schedules.list(),
    "schedule.set": lambda ws, files, out: ws.schedules.set("refresh", every="weekly", hour=4),
    "schedule.remove": lambda ws, files, out: ws.schedules.remove("check"),
    "job.start": lambda ws, files, out: ws.jobs.start("report", segmentation="lifestyle"),
    "job.list": lambda ws, files, out: ws.jobs.list(),
    "job.show": lambda ws, files, out: ws.jobs.show("nothing"),
    "job.result": lambda ws, files, out: ws.jobs.result("nothing"),
    "job.cancel": lambda ws, files, out: ws.jobs.cancel("nothing"),
    "job.retry": lambda ws, files, out: ws.jobs.retry("nothing"),
    "user.add": lambda ws, files, out: ws.users.add("newer", Role.VIEWER),
    "user.change": lambda ws, files, out: ws.users.change("new", role=Role.SALES),
    "user.list": lambda ws, files, out: ws.users.list(),
    "user.key": lambda ws, files, out: ws.users.key("new"),
    "user.revoke": lambda ws, files, out: ws.users.revoke("new"),
    "user.link": lambda ws, files, out: ws.users.link("new"),
    "audit.list": lambda ws, files, out: ws.audit.list(limit=1),
}
"""The least call of every use case. Some find nothing (a claim, a job): who may call them shows all the same."""

FINDS_NOTHING = {
    "column.set",
    "split",
    "mapping.show",
    "mapping.forget",
    "source.tables",
    "source.remove",
    "persona.evidence",
    "job.show",
    "job.result",
    "job.cancel",
    "job.retry",
}


@pytest.fixture(scope="module")
def shop(files: LoopFiles, tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """Return a workspace in which every call finds what it needs, and a folder with exported documents."""
    folder, out = tmp_path_factory.mktemp("roles") / "ws", tmp_path_factory.mktemp("out")
    with Workspace.create(folder) as ws:
        for table, path in (("products", files.products), ("persons", files.persons), ("order_lines", files.lines)):
            ws.load(table, path)
        ws.resolve()
        ws.refresh("2024-06-01")
        ws.load("opportunities", DEALS)
        ws.competitors.add("spare_rival")
        ws.competitors.fact("own", topic="other", text="first", source="known")
        ws.check()
        ws.segments.classify("value_tier")
        ws.segments.classify("loyalty")
        ws.traits.define("spare_trait", table="order_lines", metric="count")
        ws.segments.define("spare", "frequency > 1")
        ws.segments.fit("lifestyle", traits=["basket_value", "frequency"], n_segments=2, n_pairs=2, n_restarts=2)
        ws.refresh_past("2024-04-30", "2024-04-30")
        ws.personas.build("lifestyle", segments=["s1"])
        ws.surveys.load("panel", panel())
        ws.scales.fit("views", "panel", n_factors=2, kind="pearson", n_draws=5)
        ws.market.define("people", "panel", 1000, question="city")
        ws.brand.ladder.load("talks", TALKS)
        ws.schedules.set("check")
        ws.market.type("people", most_questions=1)
        ws.surveys.load("brands", brand_survey(60), held_on="2024-06-01")
        ws.brand.define("study", "Alpha", survey="brands", segments="region")
        ws.value.fit()
        ws.users.add("new", Role.VIEWER)
        ws.definitions.export(out / "documents")
    return folder, out


def test_every_use_case_stands_in_the_table() -> None:
    assert set(CALLS) == set(USE_CASES)


@pytest.mark.parametrize("role", list(Role))
def test_a_role_may_do_what_is_declared_and_nothing_else(
    role: Role, shop: tuple[Path, Path], files: LoopFiles, tmp_path: Path
) -> None:
    folder, documents = shop
    (tmp_path / "documents").symlink_to(documents / "documents")
    with Workspace(copy_workspace(folder, tmp_path / "ws")) as owner:
        ws = owner.acting_as(Actor(name=f"a {role}", role=role, via="python"))
        wanted: dict[str, str] = {}
        for name, call in CALLS.items():
            wanted[name] = _outcome(name, call, ws, role, files, tmp_path)
        entries = owner.audit.list(limit=5_000)
    mine = [e for e in entries if e.actor == f"a {role}"]
    assert {e.role for e in mine} == {role}
    assert {e.via for e in mine} == {"python"}
    noted = {name: {e.outcome for e in mine if e.use_case == name} for name in CALLS}
    assert noted == {name: {outcome} for name, outcome in wanted.items()}


def _outcome(name: str, call: Call, ws: Workspace, role: Role, files: LoopFiles, out: Path) -> str:
    """Call a use case; return the outcome that the audit must have."""
    try:
        call(ws, files, out)
    except NotAllowedError as error:
        assert not allowed(name, role), name
        assert error.params["use_case"] == name  # noqa: PT017
        return "refused"
    except QunxiangError as error:
        assert allowed(name, role), name
        assert name in FINDS_NOTHING, f"{name}: {error.render('en')}"  # noqa: PT017
        return "failed"
    except Exception as error:
        raise AssertionError(f"{name} by {role}: {error!r}") from error
    assert allowed(name, role), name
    assert name not in FINDS_NOTHING, f"{name} found something"
    return "done"
