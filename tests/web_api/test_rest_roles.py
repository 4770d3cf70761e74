"""Every operation for every role: allowed and refused as the use case declares, and in the audit."""

from __future__ import annotations

from typing import Any

import pytest
from requests_of import REQUESTS

from qunxiang.model import Role
from qunxiang.services.access import ROLE_LABELS, USE_CASES, allowed


def test_every_use_case_has_an_operation_and_a_request(client: Any) -> None:
    paths = client.get("/api/v1/openapi.json").json()["paths"]
    operations = {o["operationId"]: (method.upper(), path) for path, ms in paths.items() for method, o in ms.items()}
    assert set(operations) == set(USE_CASES)
    assert set(REQUESTS) == set(USE_CASES)
    for use_case, (method, path, _) in REQUESTS.items():
        declared_method, declared = operations[use_case]
        assert method == declared_method
        assert len(path.split("/")) + 2 == len(declared.split("?")[0].split("/")), (path, declared)


@pytest.mark.parametrize("use_case", REQUESTS)
def test_roles(client: Any, workspace: Any, key_of: Any, use_case: str) -> None:
    method, path, sent = REQUESTS[use_case]
    for role in Role:
        last = next(iter(workspace.audit.list(limit=1)), None)
        headers = {**key_of(role), "Accept-Language": "en"}
        answer = client.request(method, "/api/v1" + path, headers=headers, **sent)
        entries = [e for e in workspace.audit.list(limit=20) if last is None or e.id > last.id]
        own = [e for e in entries if (e.actor, e.via) == (f"the-{role}", "rest")]
        if not allowed(use_case, role):
            assert answer.status_code == 403, (role, answer.text)
            error = answer.json()["error"]
            assert error["code"] == "error.access.role"
            assert ROLE_LABELS[role].en in error["message"]
            assert [(e.use_case, e.outcome) for e in own] == [(use_case, "refused")]
        else:
            assert answer.status_code not in (401, 403, 500), (role, answer.text)
            started = answer.status_code == 202 and use_case not in ("job.start", "job.retry")
            if answer.is_success:
                assert ("job.start" if started else use_case, "done") in [(e.use_case, e.outcome) for e in own]


def test_refusal_speaks_the_readers_language(client: Any, key_of: Any) -> None:
    said = {
        lang: client.get("/api/v1/users", headers={**key_of(Role.SALES), "Accept-Language": lang}).json()["error"]
        for lang in ("zh-CN", "en-GB")
    }
    assert "角色不能执行 user.list" in said["zh-CN"]["message"]
    assert "may not call user.list" in said["en-GB"]["message"]
    assert said["zh-CN"]["params"] == said["en-GB"]["params"]


@pytest.mark.parametrize("use_case", REQUESTS)
def test_nobody_is_let_in_without_a_key(client: Any, use_case: str) -> None:
    method, path, sent = REQUESTS[use_case]
    client.cookies.clear()
    for headers in ({}, {"Authorization": "Bearer qx_" + "a" * 43}, {"Authorization": "Basic YTpi"}):
        answer = client.request(method, "/api/v1" + path, headers=headers, **sent)
        assert answer.status_code == 401
        assert answer.json()["error"]["code"] == "error.web.sign_in"
        assert answer.headers["www-authenticate"] == "Bearer"


def test_a_disabled_user_is_out_at_once(client: Any, workspace: Any) -> None:
    workspace.users.add("leaver", "analyst")
    headers = {"Authorization": f"Bearer {workspace.users.key('leaver')}"}
    assert client.get("/api/v1/overview", headers=headers).status_code == 200
    workspace.users.change("leaver", disabled=True)
    assert client.get("/api/v1/overview", headers=headers).status_code == 401
    workspace.users.change("leaver", disabled=False)
    assert client.get("/api/v1/overview", headers=headers).status_code == 401  # the key went for good


def test_revoked_keys_open_nothing(client: Any, workspace: Any, admin: dict[str, str]) -> None:
    workspace.users.add("robot", "analyst")
    keys = [{"Authorization": f"Bearer {workspace.users.key('robot')}"} for _ in range(2)]
    assert [client.get("/api/v1/overview", headers=k).status_code for k in keys] == [200, 200]
    assert client.delete("/api/v1/users/robot/keys", headers=admin).json() == {"revoked": 2}
    assert [client.get("/api/v1/overview", headers=k).status_code for k in keys] == [401, 401]
    assert client.delete("/api/v1/users/robot/keys", headers=admin).json() == {"revoked": 0}
    assert client.get("/api/v1/overview", headers=admin).status_code == 200


def test_a_job_hides_what_the_role_does_not_cover(client: Any, workspace: Any, key_of: Any) -> None:
    job = workspace.jobs.start("load", table="orders", source="uploads/vip.csv")
    workspace.house.state.end_job(
        job.id, at=workspace.house.clock.now(), status="done", result={"read": 1, "mapping": {"amount": "VIP"}}
    )
    for role, open_ in ((Role.ANALYST, True), (Role.VIEWER, False), (Role.SALES, False)):
        shown = client.get(f"/api/v1/jobs/{job.id}", headers=key_of(role)).json()
        listed = next(j for j in client.get("/api/v1/jobs", headers=key_of(role)).json() if j["id"] == job.id)
        for seen in (shown, listed):
            assert bool(seen["arguments"]) == bool(seen["result"]) == open_
            assert seen["status"] == "done"
    page = client.get(f"/api/v1/jobs/{job.id}/result", headers=key_of(Role.VIEWER))
    assert (page.status_code, page.json()["error"]["code"]) == (403, "error.access.role")
    refused = workspace.audit.list(use_case="job.result", limit=1)[0]
    assert (refused.actor, refused.subject, refused.outcome) == ("the-viewer", job.id, "refused")
