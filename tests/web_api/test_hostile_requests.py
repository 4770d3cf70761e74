"""What is sent with bad intent is refused in words that tell nothing of the server, and never as a fault."""

from __future__ import annotations

import io
import json
import zipfile
from collections.abc import Callable
from typing import Any

import pytest

from qunxiang.model import Role

FILE = "person_id,name\nS1,张三\n".encode()


@pytest.fixture
def analyst(key_of: Callable[[Role], dict[str, str]]) -> dict[str, str]:
    return key_of(Role.ANALYST)


def load(client: Any, who: dict[str, str], name: str, content: bytes, **fields: str) -> Any:
    path = "/api/v1/tables/persons/loads?wait=true"
    return client.post(path, headers=who, files={"file": (name, content)}, data=fields)


def test_headers_are_names_and_no_code(client: Any, analyst: dict[str, str]) -> None:
    headers = '"""; DROP TABLE persons; --",<img src=x onerror=alert(1)>,../../etc/passwd,=1+1,{{7*7}},select'
    rows = f"person_id,{headers}\nS9,a,b,c,d,e,f\n".encode()
    found = load(client, analyst, "../../a<b>.csv", rows, keep="all")
    assert found.status_code == 200, found.text
    assert (found.json()["accepted"], found.json()["source"]) == (1, "a_b_.csv")
    assert set(found.json()["custom"]) == {
        "drop_table_persons",
        "img_src_x_onerror_alert_1",
        "etc_passwd",
        "c_1_1",
        "c_7_7",
        "select",
    }


@pytest.mark.parametrize(
    ("name", "content", "fields"),
    [
        ("x.exe", b"MZ", {}),
        ("x.xlsx", b"PK\x03\x04junk", {}),
        ("x.parquet", b"PAR1xxxxPAR1", {}),
        ("x.csv", b"person_id\n1\xe9\n", {"encoding": "utf-8"}),
        *(("x.csv", FILE, {"encoding": e}) for e in ("zlib", "rot13", "hex", "undefined", "punycode", "a\0b", "../x")),
        ("x.csv", FILE, {"reading": "[" * 100_000}),
        ("x.csv", FILE, {"columns": '{"a":' * 50_000}),
        ("x.csv", FILE, {"system": "erp'; --"}),
        ("x.zip", b"PK\x05\x06" + b"\0" * 18, {}),
    ],
)
def test_refusals_tell_nothing_of_the_server(
    client: Any, workspace: Any, analyst: dict[str, str], name: str, content: bytes, fields: dict[str, str]
) -> None:
    found = load(client, analyst, name, content, **fields)
    assert found.status_code == 422, found.text
    assert str(workspace.settings.folder) not in found.text
    assert "uploads" not in found.text


def test_one_bad_file_of_an_archive_is_told_without_its_place(
    client: Any, workspace: Any, analyst: dict[str, str]
) -> None:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        archive.writestr("../../evil.csv", "person_id,name\nZ1,z\n")
        archive.writestr("link.parquet", "PAR1")
    found = load(client, analyst, "x.zip", packed.getvalue())
    assert [part["source"] for part in found.json()["parts"]] == ["x.zip/evil.csv"]
    assert [part["source"] for part in found.json()["failed"]] == ["x.zip/link.parquet"]
    assert str(workspace.settings.folder) not in found.text


def definitions(client: Any, who: dict[str, str], text: str, what: str = "plan") -> Any:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        archive.writestr("a/b.yaml", text)
    return client.post(f"/api/v1/definitions/{what}", headers=who, files={"file": ("a.zip", packed.getvalue())})


@pytest.mark.parametrize(
    "text",
    [
        "kind: judgements\nid: kinds\nbody: {judgements: [], a: &a [x, x], b: [*a, *a]}\n",
        "kind: gates\nid: current\nbody: " + "[" * 5_000 + "]" * 5_000,
        "!!python/object/apply:os.system ['id']",
        "kind: source\nid: evil\nbody: {url: 'sqlite:////etc/passwd', variable: null, kept: false}\n",
    ],
)
def test_documents_grow_into_nothing(client: Any, workspace: Any, analyst: dict[str, str], text: str) -> None:
    found = definitions(client, analyst, text)
    assert found.status_code == 422, found.text
    assert str(workspace.settings.folder) not in found.text


def test_addresses_of_databases_are_for_those_who_load(
    client: Any, analyst: dict[str, str], key_of: Callable[[Role], dict[str, str]]
) -> None:
    url = "postgresql://reader:hunter2@db.example/shop"
    assert client.put("/api/v1/sources/shop-db", headers=analyst, json={"url": url}).status_code == 200
    for role in Role:
        found = client.get("/api/v1/definitions/source/shop-db/history", headers=key_of(role))
        assert (found.status_code, "db.example" in found.text) == (422, False)


def test_names_of_arguments_are_no_arguments_of_ours(client: Any, analyst: dict[str, str]) -> None:
    for name in ("self", "use_case", "arguments"):
        body = {"use_case": "load", "arguments": {name: "x"}}
        assert client.post("/api/v1/jobs", headers=analyst, json=body).status_code == 202


def test_examples_of_a_column_that_is_none_are_refused(client: Any, analyst: dict[str, str]) -> None:
    query = {"column": 'email" OR 1=1 --'}
    found = client.get("/api/v1/quality/examples/persons/unknown", headers=analyst, params=query)
    assert (found.status_code, found.json()["error"]["code"]) == (404, "error.quality.no_column")
    assert json.dumps(found.json()["error"]["params"]["has"])[:12] == '["person_id"'


def test_what_was_loaded_is_shown_as_text(client: Any, workspace: Any, analyst: dict[str, str]) -> None:
    evil = "<img src=x onerror=alert(1)>"
    people = f"person_id,name,city,{evil}\np001,{evil},{evil},{evil}\n".encode()
    orders = f"order_id,person_id,ordered_at,amount,channel\nh1,p001,{evil},{evil},{evil}\n".encode()
    assert load(client, analyst, f"{evil}.csv", people, keep="all").json()["accepted"] == 1
    files = {"file": ("o.csv", orders)}
    sent = client.post("/api/v1/tables/orders/loads?wait=true", headers=analyst, files=files)
    assert sent.json()["rejected"] == 1
    secret, _ = workspace.users.enter(workspace.users.link("the-admin"))
    client.cookies.set(client.app.state.session_cookie, secret)
    try:
        pages = {
            path: client.get(path).text
            for path in ("/data/tables/persons", "/data/rejects/orders", "/profiles/Pp001", f"/places?text={evil}")
        }
        pages["preview"] = client.post(
            "/data/load", files={"file": (f"{evil}.csv", people)}, follow_redirects=True
        ).text
    finally:
        client.cookies.clear()
    for path, text in pages.items():
        assert "<img src=x" not in text, path
        assert "&lt;img src=x" in text, path
