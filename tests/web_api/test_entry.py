"""Coming in: one-time links, passwords, sessions, foreign sites and hosts, headers."""

from __future__ import annotations

from typing import Any

import pytest

from qunxiang.errors import SignInError
from qunxiang.web.auth import local_path, same_origin
from tiny_shop import BASE, PASSWORD


@pytest.fixture(autouse=True)
def _nobody(client: Any) -> None:
    client.cookies.clear()


def enter(client: Any, workspace: Any) -> Any:
    return client.get("/enter", params={"link": workspace.users.link("the-viewer")})


def test_a_link_works_once_and_leaves_no_trace(client: Any, workspace: Any) -> None:
    link = workspace.users.link("the-viewer")
    first = client.get("/enter", params={"link": link})
    assert (first.status_code, first.headers["location"]) == (303, "/")
    assert first.headers["referrer-policy"] == "no-referrer"
    assert first.headers["cache-control"] == "no-store"
    cookie = first.headers["set-cookie"]
    assert "HttpOnly" in cookie
    assert "SameSite=lax" in cookie
    assert link not in cookie
    assert client.get("/api/v1/overview").status_code == 200
    client.cookies.clear()
    again = client.get("/enter", params={"link": link}, headers={"Accept-Language": "en"})
    assert again.status_code == 401
    assert "was used" in again.text
    assert link not in again.text
    assert client.get("/enter").status_code == 401


def test_a_session_is_stored_as_a_hash_and_ends_by_signing_out(client: Any, workspace: Any) -> None:
    enter(client, workspace)
    secret = next(iter(client.cookies.values()))
    database = (workspace.settings.folder / "state.db").read_bytes()
    assert secret.encode() not in database
    assert client.post("/sign-out").headers["location"] == "/sign-in"
    client.cookies.set(client.app.state.session_cookie, secret)
    assert client.get("/api/v1/overview").status_code == 401


def test_password_and_throttle(client: Any) -> None:
    form = {"name": "the-viewer", "password": PASSWORD, "next": "/segments?x=1"}
    right = client.post("/sign-in", data=form)
    assert (right.status_code, right.headers["location"]) == (303, "/segments?x=1")
    client.cookies.clear()
    wrong = [client.post("/sign-in", data={**form, "password": "wrong horse battery"}) for _ in range(6)]
    assert [r.status_code for r in wrong] == [401, 401, 401, 401, 401, 429]  # the right one was forgotten
    assert "horse" not in wrong[0].text
    assert client.post("/sign-in", data=form).status_code == 429
    assert client.post("/sign-in", data={"name": "x"}).status_code == 422


def test_one_address_may_not_try_many_names(workspace: Any) -> None:
    said = []
    for number in range(52):
        with pytest.raises(SignInError) as told:
            workspace.users.enter(f"guess-{number}", address="203.0.113.9")
        said.append(told.value.code)
    assert said == ["error.signin.link"] * 50 + ["error.signin.too_many"] * 2
    with pytest.raises(SignInError) as told:
        workspace.users.sign_in("somebody else", "wrong horse battery", address="203.0.113.9")
    assert told.value.code == "error.signin.too_many"


def test_comings_and_goings_are_in_the_audit_without_secrets(client: Any, workspace: Any) -> None:
    last = workspace.audit.list(limit=1)[0].id
    link = workspace.users.link("the-sales")
    client.get("/enter", params={"link": link})
    client.post("/sign-out")
    client.get("/enter", params={"link": link})
    client.post("/sign-in", data={"name": "the-sales", "password": "wrong horse battery"})
    client.post("/sign-in", data={"name": "my-secret-password", "password": "wrong horse battery"})
    entries = [e for e in reversed(workspace.audit.list(limit=20)) if e.id > last and e.use_case.startswith("sign_")]
    assert [(e.use_case, e.subject, e.outcome) for e in entries] == [
        ("sign_in", "the-sales", "done"),
        ("sign_out", "the-sales", "done"),
        ("sign_in", "", "refused"),
        ("sign_in", "the-sales", "refused"),
        ("sign_in", "", "refused"),
    ]
    written = " ".join(str(e) for e in entries)
    assert all(secret not in written for secret in (link, "horse", "my-secret"))


@pytest.mark.parametrize(
    "target", ["//evil.example", "https://evil.example", "/\\evil.example", "javascript:alert(1)", "/a\nb", ""]
)
def test_nobody_is_led_to_another_site(target: str) -> None:
    assert local_path(target) == "/"


def test_writes_of_foreign_sites_are_refused(client: Any, workspace: Any) -> None:
    enter(client, workspace)
    foreign = [
        {"Origin": "http://evil.example"},
        {"Origin": "http://127.0.0.1:9999"},
        {"Origin": "null"},
        {"Sec-Fetch-Site": "cross-site"},
        {"Sec-Fetch-Site": "same-site", "Origin": BASE},
    ]
    for headers in foreign:
        for path in ("/api/v1/reports", "/sign-out", "/sign-in"):
            answer = client.post(path, headers=headers, json={"segmentation": "kinds"})
            assert answer.status_code == 403, (path, headers)
    assert client.get("/api/v1/overview").status_code == 200  # still signed in
    for headers in ({}, {"Origin": BASE}, {"Sec-Fetch-Site": "same-origin"}, {"Sec-Fetch-Site": "none"}):
        assert client.post("/sign-in", headers=headers).status_code == 422  # let in; name and password are lacking


def test_default_ports_are_equal_origins() -> None:
    from starlette.datastructures import Headers

    assert same_origin(Headers({"origin": "https://qx.example", "host": "qx.example"}))
    assert same_origin(Headers({"origin": "http://qx.example:80", "host": "qx.example"}))
    assert not same_origin(Headers({"origin": "http://qx.example:81", "host": "qx.example"}))


def test_foreign_hosts_are_refused(client: Any) -> None:
    for host in ("evil.example", "127.0.0.1.evil.example:8000", "", "localhost:80:80"):
        assert client.get("/sign-in", headers={"Host": host}).status_code == 400
    for host in ("localhost:8123", "127.0.0.1", "[::1]:8000"):
        assert client.get("/sign-in", headers={"Host": host}).status_code == 200


@pytest.mark.parametrize("path", ["/sign-in", "/nix", "/api/v1/nix", "/static/app.css", "/static/nix", "/enter"])
def test_every_answer_has_the_headers(client: Any, path: str) -> None:
    headers = client.get(path).headers
    policy = headers["content-security-policy"]
    assert "default-src 'none'" in policy
    assert "unsafe" not in policy
    assert "frame-ancestors 'none'" in policy
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["cross-origin-opener-policy"] == "same-origin"
    assert "camera=()" in headers["permissions-policy"]


def test_language_by_query_cookie_and_browser(client: Any) -> None:
    def title(**kwargs: Any) -> str:
        return "en" if '<html lang="en"' in client.get("/sign-in", **kwargs).text else "zh"

    assert title(headers={"Accept-Language": "fr, en;q=0.8, zh;q=0.3"}) == "en"
    assert title(headers={"Accept-Language": "zh-TW"}) == "zh"
    assert title(headers={"Accept-Language": ""}) == "zh"  # the workspace's
    assert title(headers={"Accept-Language": "zh"}, params={"lang": "en"}) == "en"
    assert title(headers={"Accept-Language": "zh"}) == "en"  # what was wished for stays
    client.cookies.delete("qx_lang")
    assert title(headers={"Accept-Language": "zh"}) == "zh"
    chosen = client.get("/language/en", params={"next": "/segments"})
    assert (chosen.status_code, chosen.headers["location"]) == (303, "/segments")
    assert title(headers={"Accept-Language": "zh"}) == "en"
    assert client.get("/language/xx").status_code == 422


def test_static_files_are_kept_by_hash_and_compressed(client: Any) -> None:
    from qunxiang.web.shell import asset

    first = client.get(asset("js/app.js"))
    assert "immutable" in first.headers["cache-control"]
    assert first.headers["content-type"].startswith("text/javascript")
    assert client.get("/static/js/app.js").headers["cache-control"] == "no-cache"
    assert client.get("/static/js/app.js", headers={"If-None-Match": first.headers["etag"]}).status_code == 304
    for name in ("../app.py", "%2e%2e/app.py", "js", "", "//etc/passwd"):
        assert client.get(f"/static/{name}").status_code == 404
    assert client.post("/static/js/app.js").status_code == 405


def test_first_load_is_small(client: Any) -> None:
    names = ("vendor/tabler.css", "app.css", "vendor/htmx.js", "vendor/echarts.js", "vendor/icons.svg", "logo.svg")
    scripts = ("js/app.js", "js/charts.js", "js/dialogs.js", "js/tables.js")
    sizes = {n: int(client.get(f"/static/{n}").headers["content-length"]) for n in (*names, *scripts)}
    assert sum(sizes.values()) < 450_000, sizes


def test_pages_lead_to_signing_in(client: Any) -> None:
    whole = client.get("/jobs?x=1")
    assert (whole.status_code, whole.headers["location"]) == (303, "/sign-in?next=%2Fjobs%3Fx%3D1")
    part = client.get("/jobs", headers={"HX-Request": "true"})
    assert part.headers["hx-redirect"] == "/sign-in"


def test_errors_come_as_page_notice_or_json(client: Any) -> None:
    page = client.get("/nix", headers={"Accept-Language": "en"})
    assert page.status_code == 404
    assert "<html" in page.text
    notice = client.get("/nix", headers={"HX-Request": "true"})
    assert "<html" not in notice.text
    assert 'role="alert"' in notice.text
    assert client.get("/api/v1/nix").json()["error"]["code"] == "error.web.not_found"


def test_a_fault_gets_a_number_and_gives_nothing_away(
    client: Any, admin: dict[str, str], monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    from qunxiang.workspace import Workspace

    def fails(self: Workspace, profile_id: str) -> None:
        raise ZeroDivisionError("王小明 13800000000")

    monkeypatch.setattr(Workspace, "who", fails)
    answer = client.get("/api/v1/profiles/P13800000000", headers=admin)
    assert answer.status_code == 500
    error = answer.json()["error"]
    assert error["code"] == "error.web.unexpected"
    assert "content-security-policy" in answer.headers
    assert error["params"]["number"] in caplog.text
    assert "ZeroDivisionError" in caplog.text
    assert "/profiles/{profile_id}" in caplog.text
    assert "13800000000" not in caplog.text + answer.text
