"""Every page for every role: allowed or refused as its use case declares, and in the audit."""

from __future__ import annotations

import importlib
import pkgutil
import warnings
from pathlib import Path
from typing import Any

import pytest
from pages_of import FINDS_NOTHING, VISITS, WITHOUT_A_PAGE, Visit
from starlette.routing import Match

from demo_data import copy_workspace
from qunxiang.model import Role
from qunxiang.ports.state import AuditEntry
from qunxiang.services.access import USE_CASES, allowed
from qunxiang.services.jobs import JOBS
from qunxiang.web import pages
from qunxiang.web.app import create_app
from qunxiang.workspace import Workspace
from tiny_shop import BASE

with warnings.catch_warnings():
    warnings.simplefilter("ignore")  # starlette would rather have another client library
    from fastapi.testclient import TestClient


def test_every_page_and_every_use_case_stands_in_the_table() -> None:
    there = {(method, route.path) for route in _routes() for method in route.methods}
    visited = {(v.method, _route(v)) for v in VISITS}
    assert there - visited == set(), "pages without a line in tests/doors/pages_of.py"
    led_to = {v.use_case for v in VISITS} - {None}
    assert set(USE_CASES) - led_to - WITHOUT_A_PAGE == set(), "use cases without a line in tests/doors/pages_of.py"
    assert led_to & WITHOUT_A_PAGE == set()
    assert set(USE_CASES) >= WITHOUT_A_PAGE


@pytest.mark.parametrize("role", list(Role))
def test_a_page_is_shown_to_whom_its_use_case_allows(role: Role, shop: Path, tmp_path: Path) -> None:
    workspace = Workspace(copy_workspace(shop, tmp_path / "ws"))
    app = create_app(workspace)
    with TestClient(app, base_url=BASE, follow_redirects=False, raise_server_exceptions=False) as client:
        secret, _ = workspace.users.enter(workspace.users.link(f"the-{role}"))
        client.cookies.set(app.state.session_cookie, secret)
        faults = [fault for visit in VISITS if (fault := _fault(client, workspace, role, visit))]
        entries = workspace.audit.list(limit=5_000)
    assert not faults, "\n".join(faults)
    mine = [e for e in entries if e.actor == f"the-{role}"]
    assert {e.via for e in mine} == {"web"}
    assert {e.role for e in mine} == {role}


def _fault(client: TestClient, workspace: Workspace, role: Role, visit: Visit) -> str:
    """Visit a page; say what is wrong with its answer or the audit, empty when nothing is."""
    last = next((e.id for e in workspace.audit.list(limit=1)), 0)
    answer = client.request(visit.method, visit.path, **visit.sent)
    entries = [e for e in workspace.audit.list(limit=50) if e.id > last and e.actor == f"the-{role}"]
    at = f"{visit.method} {visit.path} ({visit.use_case}): {answer.status_code}, {_told(entries)}"
    outcomes = {e.outcome for e in entries if e.use_case == visit.use_case}
    if visit.use_case is None or (visit.part and not allowed(visit.use_case, role)):
        return "" if answer.status_code == 200 and not outcomes and not _refused(entries) else at
    if not allowed(visit.use_case, role):
        return "" if answer.status_code == 403 and outcomes == {"refused"} else at
    if visit.use_case in FINDS_NOTHING:
        return "" if answer.status_code in (404, 422) and "failed" in outcomes | {_last(entries)} else at
    if visit.form:
        return "" if answer.status_code == 200 and not _refused(entries) else at
    as_job = visit.use_case in JOBS and any((e.use_case, e.outcome) == ("job.start", "done") for e in entries)
    return "" if answer.status_code in (200, 303) and ("done" in outcomes or as_job) and not _refused(entries) else at


def _last(entries: list[AuditEntry]) -> str:
    return entries[0].outcome if entries else ""


def _refused(entries: list[AuditEntry]) -> bool:
    return any(e.outcome == "refused" for e in entries)


def _told(entries: list[AuditEntry]) -> list[str]:
    return [f"{e.use_case} {e.outcome}" for e in entries]


def _routes() -> list[Any]:
    """Return the routes of all page modules in the order in which the app asks them."""
    modules = [
        importlib.import_module(f"{pages.__name__}.{found.name}") for found in pkgutil.iter_modules(pages.__path__)
    ]
    return [route for module in modules if hasattr(module, "router") for route in module.router.routes]


def _route(visit: Visit) -> str:
    scope = {"type": "http", "method": visit.method, "path": visit.path.partition("?")[0], "headers": []}
    return next(route.path for route in _routes() if route.matches(scope)[0] is Match.FULL)
