"""REST: shapes that stay, frames in three forms, uploads and names that mean harm, downloads, jobs."""

from __future__ import annotations

import io
import json
import zipfile
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest
from requests_of import CSV

SHAPES = Path(__file__).with_name("shapes.json")
READS = (
    "overview",
    "tables",
    "loads",
    "snapshots",
    "traits",
    "traits/frequency",
    "trait-frame",
    "segments",
    "segment-size?rule=frequency > 3",
    "segments/kinds",
    "segments/kinds/members",
    "segments/kinds/stability",
    "segments/kinds/changes",
    "segments/kinds/check",
    "targets/kinds",
    "targets/kinds/criteria",
    "targets/kinds/ranking",
    "target-library",
    "strategies",
    "strategies/kinds",
    "strategies/kinds/positions/s1",
    "personas",
    "definitions",
    "definitions/segmentation/kinds/history",
    "jobs",
    "users",
    "audit",
    "nix",
)


def keys_of(value: Any) -> Any:
    """Return the keys of the two outer levels; of a list those of its first item."""
    if isinstance(value, list):
        return [keys_of(value[0])] if value else []
    if not isinstance(value, dict):
        return None
    return {key: sorted(item) if isinstance(item, dict) else None for key, item in sorted(value.items())}


def test_shapes_stay(client: Any, admin: dict[str, str]) -> None:
    client.post("/api/v1/jobs", headers=admin, json={"use_case": "resolve"})
    found = {path: keys_of(client.get(f"/api/v1/{path}", headers=admin).json()) for path in READS}
    assert found == json.loads(SHAPES.read_text("utf-8"))


def test_openapi_is_whole(client: Any) -> None:
    document = client.get("/api/v1/openapi.json").json()
    assert document["openapi"].startswith("3.")
    known = set(document["components"]["schemas"])
    named = {p.rpartition("/")[2] for p in _references(document)}
    assert named <= known
    for path, methods in document["paths"].items():
        assert path.startswith("/api/v1/")
        for operation in methods.values():
            assert operation["summary"]
            assert operation["description"]
            assert {"401", "403", "404", "409", "422"} <= set(operation["responses"])


def _references(value: Any) -> list[str]:
    if isinstance(value, dict):
        own = [value["$ref"]] if isinstance(value.get("$ref"), str) else []
        return own + [r for item in value.values() for r in _references(item)]
    return [r for item in value for r in _references(item)] if isinstance(value, list) else []


def test_frames_come_in_pages_as_arrow_and_as_csv(client: Any, admin: dict[str, str]) -> None:
    path = "/api/v1/segments/often/members"
    whole = client.get(path, headers=admin, params={"limit": 1000}).json()
    assert whole["total"] == len(whole["rows"]) == 30  # every second of sixty customers buys often
    pages = [client.get(path, headers=admin, params={"limit": 7, "offset": o}).json()["rows"] for o in range(0, 35, 7)]
    assert [row for page in pages for row in page] == whole["rows"]
    arrow = client.get(path, headers={**admin, "Accept": "application/vnd.apache.arrow.stream"})
    frame = pa.ipc.open_stream(arrow.content).read_all()
    assert frame.column("profile_id").to_pylist() == [row["profile_id"] for row in whole["rows"]]
    text = client.get(path, headers={**admin, "Accept": "text/csv"})
    assert text.headers["content-disposition"].startswith('attachment; filename="members-often.csv"')
    assert len(text.content.decode("utf-8-sig").splitlines()) == 31
    assert client.get(path, headers=admin, params={"limit": 0}).status_code == 422


def test_csv_runs_no_formula(client: Any, workspace: Any, admin: dict[str, str]) -> None:
    rows = "order_id,person_id,ordered_at,amount\n\"=cmd|'/C calc'!A0\",p001,soon,-5\n"
    files = {"file": ("o.csv", rows.encode())}
    kept = set((workspace.settings.folder / "uploads").glob("*"))
    report = client.post("/api/v1/tables/orders/loads", headers=admin, params={"wait": True}, files=files)
    assert set((workspace.settings.folder / "uploads").glob("*")) == kept
    assert report.json()["rejected"] == 1
    text = client.get("/api/v1/tables/orders/rejects", headers={**admin, "Accept": "text/csv"}).content.decode()
    assert "'=cmd" in text
    assert ",-5" in text


def test_values_are_left_empty_and_listed_apart(client: Any, admin: dict[str, str]) -> None:
    files = {"file": ("p.csv", b"person_id,birth_date\nx1,1990-01-01\nx2,ask Wang\n")}
    url, now = "/api/v1/tables/persons/loads", {"wait": True}
    wrong = client.post(url, headers=admin, params=now, files=files, data={"reading": '{"unreadable": "guess"}'})
    assert wrong.status_code == 422
    said = {"reading": '{"unreadable": "blank"}'}
    report = client.post(url, headers=admin, params=now, files=files, data=said).json()
    assert (report["read"], report["accepted"], report["rejected"], report["blanked_rows"]) == (2, 2, 0, 1)
    assert report["blanked"] == [{"code": "reject.date", "column": "birth_date", "rows": 1}]
    apart = client.get("/api/v1/tables/persons/rejects", headers=admin, params={"blanked": True}).json()
    assert [row["birth_date"] for row in apart["rows"]] == ["ask Wang"]
    assert client.get("/api/v1/tables/persons/rejects", headers=admin).status_code == 409, "no row is rejected"
    row = apart["rows"][0]["quarantine_id"]
    mended = client.put(
        f"/api/v1/tables/persons/rejects/{row}", headers=admin, json={"values": {"birth_date": "1991-01-01"}}
    ).json()
    assert (mended["changed"], mended["blanked_rows"]) == (1, 0)
    (state,) = client.get("/api/v1/quarantine", headers=admin, params={"table": "persons"}).json()
    assert (state["open"], state["blanked"], state["mended"]) == (0, 0, 1)


def test_upload_keeps_to_its_folder(client: Any, workspace: Any, admin: dict[str, str]) -> None:
    for name in (
        "../../../etc/passwd.csv",
        "..\\..\\x.csv",
        "/etc/x.csv",
        ".hidden.csv",
        "订单\u202e'; x.csv",
        "a" * 300,
    ):
        files = {"file": (name, CSV)}
        answer = client.post("/api/v1/tables/orders/loads", headers=admin, files=files)
        assert answer.status_code == 202, answer.text
        assert answer.headers["location"] == f"/api/v1/jobs/{answer.json()['id']}"
        source = answer.json()["arguments"]["source"]
        path = (workspace.settings.folder / source).resolve()
        assert path.parent.parent == workspace.settings.folder.resolve() / "uploads"
        assert len(path.name) <= 80
        assert path.read_bytes() == CSV


def test_upload_limits(client: Any, workspace: Any, admin: dict[str, str]) -> None:
    path = "/api/v1/tables/orders/loads"
    before = set((workspace.settings.folder / "uploads").glob("*"))
    big = client.post(path, headers=admin, files={"file": ("big.csv", b"x" * 1_100_000)})
    assert (big.status_code, big.json()["error"]["code"]) == (413, "error.web.too_large")

    def unsaid() -> Any:  # no length is said, so the bytes are counted
        yield b'--b\r\nContent-Disposition: form-data; name="file"; filename="a.csv"\r\n\r\n'
        for _ in range(20):
            yield b"x" * 100_000
        yield b"\r\n--b--\r\n"

    headers = {**admin, "Content-Type": "multipart/form-data; boundary=b"}
    assert client.post(path, headers=headers, content=unsaid()).status_code == 413
    empty = client.post(path, headers=admin, files={"file": ("leer.csv", b"")})
    assert empty.json()["error"]["code"] == "error.web.upload_empty"
    assert client.post("/api/v1/jobs", headers=admin, content=b"x" * 3_000_000).status_code == 413
    assert set((workspace.settings.folder / "uploads").glob("*")) == before


def test_wrong_fields_are_named_without_their_values(client: Any, admin: dict[str, str]) -> None:
    body = {"segment": "a", "value": 99, "why": "secret-value", "extra": 1}
    error = client.post("/api/v1/targets/kinds/judgements", headers=admin, json=body)
    assert error.status_code == 422
    assert error.json()["error"]["params"] == {"fields": ["value", "extra"]}
    assert "secret-value" not in error.text
    bad = client.post(
        "/api/v1/tables/orders/loads", headers=admin, files={"file": ("o.csv", CSV)}, data={"columns": "[1]"}
    )
    assert bad.json()["error"]["code"] == "error.web.json"


def test_rule_error_says_where(client: Any, admin: dict[str, str]) -> None:
    error = client.get("/api/v1/segment-size", headers=admin, params={"rule": "frequency >= 1 and nix > 2"}).json()
    assert error["error"]["start"] == 19


def test_definitions_go_round(client: Any, admin: dict[str, str]) -> None:
    packed = client.get("/api/v1/definitions/export", headers=admin)
    assert packed.headers["content-type"] == "application/zip"
    with zipfile.ZipFile(io.BytesIO(packed.content)) as archive:
        assert "segmentation/kinds.yaml" in archive.namelist()
    steps = client.post("/api/v1/definitions/plan", headers=admin, files={"file": ("d.zip", packed.content)}).json()
    assert {s["action"] for s in steps} == {"unchanged"}
    bad = client.post("/api/v1/definitions/plan", headers=admin, files={"file": ("d.zip", b"PK")})
    assert bad.json()["error"]["code"] == "error.web.archive"


def test_poster_and_report_are_downloads(client: Any, workspace: Any, admin: dict[str, str]) -> None:
    segment = client.get("/api/v1/personas", headers=admin).json()[0]["segment"]
    poster = client.get(f"/api/v1/personas/kinds/{segment}/poster", headers=admin, params={"lang": "en"})
    assert poster.headers["content-type"] == "application/pdf"
    assert poster.content.startswith(b"%PDF")
    body = {"segmentation": "kinds", "format": "html", "lang": "en"}
    now = client.post("/api/v1/reports", headers=admin, params={"wait": True}, json=body)
    assert now.headers["content-disposition"].startswith('attachment; filename="kinds.html"')
    job = client.post("/api/v1/reports", headers=admin, json=body).json()
    result = f"/api/v1/jobs/{job['id']}/result"
    assert client.get(result, headers=admin).status_code == 409
    at = workspace.house.clock.now()
    workspace.house.state.end_job(job["id"], at=at, status="done", result={"file": "../../state.db"})
    assert client.get(result, headers=admin).status_code == 409


@pytest.mark.parametrize("name", ["%2e%2e", "..%2f..%2fetc", "';drop table", "a\u202eb", "x" * 3000, "甲"])
def test_hostile_names_are_unknown_names(client: Any, admin: dict[str, str], name: str) -> None:
    for path in ("/segments/{}", "/targets/{}", "/profiles/{}", "/traits/{}", "/jobs/{}", "/jobs/{}/result"):
        assert client.get("/api/v1" + path.format(name), headers=admin).status_code in (404, 422)
