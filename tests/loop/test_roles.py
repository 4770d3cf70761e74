"""Every use case by every role: allowed or refused as declared, and written down with actor, role and outcome."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from loop_data import LoopFiles

from demo_data import copy_workspace
from qunxiang import Workspace
from qunxiang.errors import NotAllowedError, QunxiangError
from qunxiang.i18n import Label
from qunxiang.model import Actor, Role
from qunxiang.services.access import USE_CASES, allowed

Call = Callable[[Workspace, LoopFiles, Path], Any]
NAME = Label("某个", "some")

CALLS: dict[str, Call] = {
    "load": lambda ws, files, out: ws.load("products", files.products),
    "rejects": lambda ws, files, out: ws.data.rejects("order_lines"),
    "resolve": lambda ws, files, out: ws.resolve(),
    "refresh": lambda ws, files, out: ws.refresh("2024-06-01"),
    "who": lambda ws, files, out: ws.who("Pc001"),
    "overview": lambda ws, files, out: ws.overview(),
    "report": lambda ws, files, out: ws.report("lifestyle", out / "report.html"),
    "data.tables": lambda ws, files, out: ws.data.tables(),
    "data.loads": lambda ws, files, out: ws.data.loads(),
    "data.snapshots": lambda ws, files, out: ws.data.snapshots(),
    "trait.list": lambda ws, files, out: ws.traits.list(),
    "trait.show": lambda ws, files, out: ws.traits.show("frequency"),
    "trait.frame": lambda ws, files, out: ws.traits.frame(["frequency"]),
    "trait.define": lambda ws, files, out: ws.traits.define("lines", table="order_lines", metric="count"),
    "segment.define": lambda ws, files, out: ws.segments.define("some", "frequency > 2"),
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
    "segment.members": lambda ws, files, out: ws.segments.members("lifestyle"),
    "segment.why": lambda ws, files, out: ws.segments.why("lifestyle", "Pc001"),
    "segment.stability": lambda ws, files, out: ws.segments.stability("lifestyle"),
    "segment.changes": lambda ws, files, out: ws.segments.changes("lifestyle"),
    "segment.check": lambda ws, files, out: ws.segments.check("lifestyle"),
    "target.criteria": lambda ws, files, out: ws.targets.criteria("lifestyle"),
    "target.set_criteria": lambda ws, files, out: ws.targets.set_criteria(
        "lifestyle", ws.acting_as(Actor.owner()).targets.criteria("lifestyle")
    ),
    "target.rank": lambda ws, files, out: ws.targets.rank("lifestyle"),
    "target.judge": lambda ws, files, out: ws.targets.judge("lifestyle", segment="s1", value=5, why="known"),
    "target.choose": lambda ws, files, out: ws.targets.choose("lifestyle", ["s1"], why="known"),
    "target.chosen": lambda ws, files, out: ws.targets.chosen("lifestyle"),
    "persona.build": lambda ws, files, out: ws.personas.build("lifestyle", segments=["s1"]),
    "persona.list": lambda ws, files, out: ws.personas.list(),
    "persona.show": lambda ws, files, out: ws.personas.show("lifestyle", "s1"),
    "persona.evidence": lambda ws, files, out: ws.personas.evidence("lifestyle", "s1", "nothing"),
    "persona.assume": lambda ws, files, out: ws.personas.assume("lifestyle", "s1", text=NAME),
    "persona.poster": lambda ws, files, out: ws.personas.poster("lifestyle", "s1", out / "poster.html"),
    "definition.list": lambda ws, files, out: ws.definitions.list(),
    "definition.history": lambda ws, files, out: ws.definitions.history("segmentation", "lifestyle"),
    "definition.export": lambda ws, files, out: ws.definitions.export(out / "exported"),
    "definition.plan": lambda ws, files, out: ws.definitions.plan(out / "documents"),
    "definition.apply": lambda ws, files, out: ws.definitions.apply(out / "documents"),
    "job.start": lambda ws, files, out: ws.jobs.start("report", segmentation="lifestyle"),
    "job.list": lambda ws, files, out: ws.jobs.list(),
    "job.show": lambda ws, files, out: ws.jobs.show("nothing"),
    "job.result": lambda ws, files, out: ws.jobs.result("nothing"),
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

FINDS_NOTHING = {"persona.evidence", "job.show", "job.result", "job.retry"}


@pytest.fixture(scope="module")
def shop(files: LoopFiles, tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """Return a workspace in which every call finds what it needs, and a folder with exported documents."""
    folder, out = tmp_path_factory.mktemp("roles") / "ws", tmp_path_factory.mktemp("out")
    with Workspace.create(folder) as ws:
        for table, path in (("products", files.products), ("persons", files.persons), ("order_lines", files.lines)):
            ws.load(table, path)
        ws.resolve()
        ws.refresh("2024-06-01")
        ws.segments.classify("value_tier")
        ws.segments.define("spare", "frequency > 1")
        ws.segments.fit("lifestyle", traits=["basket_value", "frequency"], n_segments=2, n_pairs=2, n_restarts=2)
        ws.personas.build("lifestyle", segments=["s1"])
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
    assert noted == {name: {outcome} if outcome else set() for name, outcome in wanted.items()}


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
        return "failed" if USE_CASES[name].touches != "read" else ""
    except Exception as error:
        raise AssertionError(f"{name} by {role}: {error!r}") from error
    assert allowed(name, role), name
    assert name not in FINDS_NOTHING, f"{name} found something"
    return "done"
