"""Moments, amounts and names as pages and commands show them, without a browser."""

from __future__ import annotations

import json
import re
import warnings
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from html import unescape
from pathlib import Path

import pytest

from qunxiang.cli.main import main
from qunxiang.model import NewDefinition
from qunxiang.ports.clock import FixedClock
from qunxiang.services.cursors import CURSOR
from qunxiang.web.app import create_app
from qunxiang.workspace import Workspace
from tiny_shop import BASE

with warnings.catch_warnings():
    warnings.simplefilter("ignore")  # starlette would rather have another client library
    from fastapi.testclient import TestClient

NIGHT = datetime(2024, 3, 4, 17, 30, tzinfo=UTC)
"""Half past one in the morning of 5 March in Shanghai."""

ORDERS = [{"order_id": "1", "account_id": "a", "When": "3/4/24", "amount": "1", "Colour": "red"}]

PERSONS = [
    {"person_id": "1", "name": "魏嘉丽", "phone": "13912340001", "unionid": "o6_aaaaaaaa", "points": "6843"},
    {"person_id": "2", "family_name": "魏", "given_name": "嘉丽", "phone": "13912340001", "unionid": "o6_bbbbbbbb"},
    {"person_id": "3", "family_name": "Smith", "given_name": "Ann", "phone": "13912340003"},
]
"""Two records that are one but for their union ids, and a name in Latin letters."""
PERSONS[0] |= {
    "created_at": "2024-01-01",
    "tags": '["VIP", "老客"]',
    "extra": '{"a": 1}',
    "updated_at": "2024-01-03",
}
PERSONS[2]["extra"] = "[" * 5_000  # nested deeper than can be read
PERSONS[1] |= {"created_at": "2024-01-02", "tags": '["VIP"]', "extra": '{"a": 2}', "updated_at": "2024-01-04"}

Seen = Callable[..., str]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a workspace in Shanghai with one company and one saved source, made at :data:`NIGHT`."""
    made = tmp_path_factory.mktemp("shown") / "shop"
    account = {"account_id": "a", "name": "某公司", "created_at": "2024-01-01", "annual_revenue": "120000000"}
    with Workspace.create(made, clock=FixedClock(NIGHT)) as ws:
        ws.load("accounts", [account], remember=True)
        ws.load("orders", ORDERS, columns={"ordered_at": "When"}, reading={"dates": {"When": "mdy"}}, remember=True)
        ws.load("persons", PERSONS)
        ws.resolve()
        ws.refresh("2024-03-05")
        ws.sources.add("crm", f"sqlite:///{made.parent / 'crm.db'}")
        value = NIGHT.isoformat(sep=" ", timespec="microseconds")
        body = {"table": "accounts", "source": "crm", "of": "firms", "cursor": "seen", "form": "moment", "value": value}
        ws.house.state.put(NewDefinition(kind=CURSOR, id="accounts:1", body=body), author="owner", at=NIGHT)
    return made


@pytest.fixture(scope="module")
def seen(folder: Path) -> Iterator[Seen]:
    """Return a function that gives the words of a page."""
    workspace = Workspace(folder)
    app = create_app(workspace)
    with TestClient(app, base_url=BASE) as client:
        secret, _ = workspace.users.enter(workspace.users.link())
        client.cookies.set(app.state.session_cookie, secret)

        def words(path: str, lang: str = "zh") -> str:
            answer = client.get(path, params={"lang": lang})
            assert answer.status_code == 200
            return re.sub(r"\s+", " ", unescape(re.sub(r"<[^>]+>", " ", answer.text)))

        yield words


def test_pages_show_moments_in_the_time_zone_and_days_as_days(seen: Seen) -> None:
    profile = seen("/profiles/Aa")
    assert "2024年1月1日 " in profile
    assert "2023年12月31日" not in profile
    assert "2024年1月1日 00:00" not in profile
    assert "firms：seen = 2024年3月5日 01:30" in seen("/data/sources")
    assert "firms: seen = 2024-03-05 01:30" in seen("/data/sources", "en")
    assert "2024年3月5日" in seen("/data/mappings")
    assert "2024-03-05 01:30" in seen("/data", "en")


def test_commands_show_moments_in_the_time_zone_and_programs_get_an_offset(
    folder: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", "200")  # a narrow console breaks a moment over two lines

    def said(*words: str) -> str:
        assert main([*words, "-w", str(folder), "--lang", "en"]) == 0
        return capsys.readouterr().out

    who = said("who", "Aa")
    assert "2024-01-01" in who
    assert "2023-12-31" not in who
    for words in (["data", "loads"], ["mapping", "list"], ["source", "list"], ["data", "snapshots"]):
        assert "2024-03-05 01:30" in said(*words), words
    assert datetime.fromisoformat(json.loads(said("data", "loads", "--json"))[0]["at"]) == NIGHT


def test_a_saved_mapping_says_how_values_are_read_and_what_is_kept(
    folder: Path, seen: Seen, capsys: pytest.CaptureFixture[str]
) -> None:
    page = seen("/data/mappings")
    assert "日期的顺序 When：月/日/年" in page
    assert "保留的自定义列 Colour" in page
    with Workspace(folder) as ws:
        saved = next(m.id for m in ws.data.mappings() if m.mapping.table == "orders")
    assert main(["mapping", "show", saved, "-w", str(folder), "--lang", "en"]) == 0
    shown = capsys.readouterr().out
    assert re.search(r"Order of dates +When: month/day/year", shown)
    assert re.search(r"Kept as custom columns +Colour", shown)


def test_a_value_that_nobody_can_read_is_shown_as_it_stands(seen: Seen) -> None:
    assert "[[[[" in seen("/profiles/P3")


def test_a_chinese_name_in_parts_begins_with_the_family_name(seen: Seen) -> None:
    for lang, between in (("zh", " 与 "), ("en", " and ")):
        assert f"魏嘉丽{between}魏嘉丽" in seen("/review", lang)
    assert "Ann Smith" in seen("/profiles/P3")
    assert "魏嘉丽" in seen("/profiles/P2")


def test_records_side_by_side_mark_only_what_tells_of_the_customer(seen: Seen) -> None:
    review = seen("/review")
    assert "姓名 魏嘉丽 魏嘉丽 相同" in review, "names in full and in parts stand side by side"
    assert "积分 6,843 未知" in review
    assert re.search(r"建档时间 2024年1月1日 2024年1月2日 (?!相同|不一致)", review)
    assert re.search(r"updated_at 2024年1月3日 2024年1月4日 (?!相同|不一致)", review)
    assert re.search(r"tags VIP · 老客 VIP (?!相同|不一致)", review)
    assert '{"a"' not in review
    assert "积分 6,843" in seen("/profiles/P1")
    assert "120,000,000.00" in seen("/profiles/Aa")
