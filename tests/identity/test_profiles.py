"""Who is who in a workspace: ids that stay, explanations, splitting and joining that last, roles."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pyarrow as pa
import pytest
from chinese_people import World, world

from qunxiang import Workspace
from qunxiang.cli.main import main
from qunxiang.errors import NotAllowedError, SettingError, UnknownNameError
from qunxiang.model import Actor, Role
from qunxiang.services.reading import reading
from qunxiang.sql import select

PEOPLE = [
    {"person_id": "1", "name": "王芳", "phone": "13912340001", "city": "杭州", "created_at": "2020-01-01 00:00:00"},
    {
        "person_id": "2",
        "name": "王 芳",
        "phone": "+86 13912340001",
        "city": "宁波",
        "created_at": "2022-01-01 00:00:00",
    },
    {"person_id": "3", "name": "李丽", "phone": "13912340001", "city": "杭州", "created_at": "2021-01-01 00:00:00"},
    {"person_id": "4", "name": "赵强", "email": "zq@hx-tech.cn", "city": "杭州", "created_at": "2021-02-01 00:00:00"},
]


@pytest.fixture
def shop(tmp_path: Path) -> Iterator[Workspace]:
    with Workspace.create(tmp_path / "shop") as ws:
        ws.load("persons", PEOPLE)
        ws.load(
            "orders",
            [
                {"order_id": f"o{n}", "person_id": str(n), "ordered_at": "2024-01-05 10:00:00", "amount": "10"}
                for n in (1, 2, 2, 3)
            ],
        )
        ws.resolve()
        yield ws


def owners(ws: Workspace) -> dict[str, str]:
    with reading(ws.house) as reader:
        rows = reader.fetch(select("SELECT * FROM i__ AS i", i=reader.relation("identities"))).to_pylist()
    return {("P" if r["id_type"] == "person_id" else "A") + r["id_value"]: r["profile_id"] for r in rows}


def test_records_of_one_person_are_one_profile(shop: Workspace) -> None:
    assert owners(shop) == {"P1": "P1", "P2": "P1", "P3": "P3", "P4": "P4"}
    shop.refresh("2024-02-01")
    view = shop.who("P1")
    assert view.traits["frequency"] == 2
    assert view.traits["city"] == view.personal["city"] == "宁波"  # the newest record's
    assert [r.record_id for r in view.records] == ["P2", "P1"]
    assert [(k.left, k.right, k.joined_by) for k in view.links] == [("P1", "P2", "phone")]


def test_the_old_id_still_leads_to_the_profile(shop: Workspace) -> None:
    assert shop.who("P2").profile_id == "P1"
    assert shop.who("P2").asked == "P2"


def test_a_customer_is_found_by_what_people_know_of_them(shop: Workspace) -> None:
    wechat = {
        "person_id": "shop:5",
        "name": "陈 明",
        "email": "Chen.Ming@gmail.com",
        "unionid": "o6_xyz",
        "city": "上海",
    }
    split = {"person_id": "crm:6", "family_name": "欧阳", "given_name": "雪", "phone": "(0571) 8888 7777"}
    shop.load("persons", [wechat, split])
    firm = {"account_id": "crm:k1", "name": "武汉东源环保科技有限公司", "city": "武汉"}
    shop.load("accounts", [firm])
    shop.load("contacts", [{"person_id": "crm:6", "account_id": "crm:k1", "job_title": "经理"}])
    shop.resolve()

    def by(text: str) -> list[tuple[str, str]]:
        return [(c.profile_id, c.found_by) for c in shop.find(text).customers]

    assert by("P2") == by("2") == by("p1") == [("P1", "id")]
    assert by("K1") == by("crm:k1") == by("Acrm:k1") == [("Acrm:k1", "id")]
    assert by("+86 139-1234-0001") == by("１３９１２３４０００１") == [("P1", "phone"), ("P3", "phone")]
    assert by("0571-88887777") == [("Pcrm:6", "phone")]
    assert by("chenming+tea@googlemail.com") == [("Pshop:5", "email")]
    assert by("O6_xyz") == [("Pshop:5", "wechat")]
    assert by("陈明") == by("明") == [("Pshop:5", "name")]
    assert by("欧阳雪") == [("Pcrm:6", "name")]
    assert by("東源環保") == [("Acrm:k1", "name")]
    assert [by(t) for t in ("%", "_", "' OR 1=1 --", "\\", " ", "nobody")] == [[]] * 6
    person = shop.find("欧阳").customers[0]
    assert (person.name, person.companies, person.systems) == ("欧阳雪", ("武汉东源环保科技有限公司",), ("crm",))
    merged = shop.find("王芳").customers[0]
    assert (merged.name, merged.city, merged.records) == ("王 芳", "宁波", 2)


def test_a_company_is_found_however_wide_its_signs_are_and_half_a_sign_finds_nobody(shop: Workspace) -> None:
    names = ["甲科技（北京）有限公司", "ＡＢＣ 集团", "乙\u00a0商贸"]
    shop.load("accounts", [{"account_id": f"w{i}", "name": name} for i, name in enumerate(names)])
    shop.resolve()
    found = {t: [c.profile_id for c in shop.find(t).customers] for t in (*names, "科技(北京)", "abc集团", "乙商贸")}
    assert found == dict(zip(found, [["Aw0"], ["Aw1"], ["Aw2"]] * 2, strict=True))
    assert [c.profile_id for c in shop.find("ABC\ud800集团").customers] == ["Aw1"]
    assert shop.find("\ud800").customers == ()


def test_a_search_lists_fifty_and_says_that_there_are_more(shop: Workspace) -> None:
    shop.load("persons", [{"person_id": f"n{n:02d}", "name": f"钱{n:02d}"} for n in range(51)])
    shop.resolve()
    found = shop.find("钱")
    assert (len(found.customers), found.more) == (50, True)
    assert [c.name for c in shop.find("钱50").customers] == ["钱50"]


def test_a_search_finds_what_the_role_may_read_and_the_audit_does_not_say_for_what(shop: Workspace) -> None:
    analyst = shop.acting_as(Actor(name="a", role=Role.ANALYST, via="python"))
    found = analyst.find("2")
    assert [(c.profile_id, c.name) for c in found.customers] == [("P1", "•••")]
    assert found.masked
    assert [analyst.find(t).customers for t in ("13912340001", "zq@hx-tech.cn", "王芳")] == [()] * 3
    noted = shop.audit.list(limit=4)
    assert {(e.use_case, e.subject, str(e.details)) for e in noted} == {("find", "", "{}")}


def test_a_company_has_its_deals_and_those_of_its_people(shop: Workspace) -> None:
    shop.load("accounts", [{"account_id": "k1", "name": "东源环保"}, {"account_id": "k2", "name": "西河商贸"}])
    shop.load("contacts", [{"person_id": "4", "account_id": "k1"}])
    day = {"closed_at": "2024-03-01 00:00:00"}
    own = {"opportunity_id": "d1", "account_id": "k1", "stage": "Closed Won", "amount": "100.50", "owner": "周敏"}
    through = {"opportunity_id": "d2", "person_id": "4", "stage": "谈判", "opened_at": "2024-04-01 00:00:00"}
    other = {"opportunity_id": "d3", "person_id": "4", "account_id": "k2", "stage": "Closed Lost"}
    for deal in (own | day, through, other):
        shop.load("opportunities", [deal])
    shop.resolve()
    deals = shop.who("Ak1").deals
    assert [(d.opportunity_id, d.status, d.person) for d in deals] == [("d2", "open", "P4"), ("d1", "won", None)]
    assert (str(deals[1].amount), deals[1].owner) == ("100.50", "周敏")
    assert {d.opportunity_id for d in shop.who("P4").deals} == {"d2", "d3"}
    assert shop.who("P1").deals == ()


def test_a_split_lasts_over_resolves_and_loads(shop: Workspace) -> None:
    shop.split("P1", ["P2"], why="mother and daughter of one name")
    for _ in range(2):
        shop.resolve()
        assert owners(shop)["P2"] == "P2"
    shop.load("persons", [PEOPLE[1] | {"city": "温州"}, {"person_id": "5", "name": "王芳", "phone": "13912340001"}])
    shop.resolve()
    found = owners(shop)
    assert found["P1"] != found["P2"]
    shop.join("P1", "P2", why="the same after all")
    shop.resolve()
    assert owners(shop)["P2"] == "P1"
    history = {d.body["decision"] for d in shop.definitions.list("identity")}
    assert history <= {"same", "different"}


def test_joining_by_hand_lasts(shop: Workspace) -> None:
    shop.join("P4", "P3", why="changed her name")
    shop.resolve()
    assert owners(shop)["P4"] == owners(shop)["P3"] == "P3"
    assert shop.who("P4").links[0].joined_by == "by_hand"


def test_ids_stay_when_older_records_come(shop: Workspace) -> None:
    older = {"person_id": "0", "name": "王芳", "phone": "13912340001", "created_at": "2001-01-01 00:00:00"}
    shop.load("persons", [older])
    shop.resolve()
    assert owners(shop) == {"P0": "P1", "P1": "P1", "P2": "P1", "P3": "P3", "P4": "P4"}


def test_only_a_decision_that_counts_is_said_to_count(shop: Workspace, capsys: pytest.CaptureFixture[str]) -> None:
    folder = str(shop.settings.folder)
    for decision, counts in (("later", False), ("different", True)):
        assert main(["review", "decide", "P3", "P4", decision, "-w", folder, "--lang", "en"]) == 0
        assert ("It counts from the next" in capsys.readouterr().out) is counts


def test_bad_requests_are_refused(shop: Workspace) -> None:
    with pytest.raises(SettingError):
        shop.split("P1", ["P2"], why=" ")
    with pytest.raises(SettingError):
        shop.split("P1", ["P1", "P2"], why="all")
    with pytest.raises(UnknownNameError):
        shop.split("P1", ["P3"], why="not there")
    with pytest.raises(SettingError):
        shop.join("P1", "P1", why="itself")
    with pytest.raises(UnknownNameError):
        shop.review.decide("P1", "P999", "same")


def test_who_may_decide_and_read(shop: Workspace) -> None:
    analyst = shop.acting_as(Actor(name="ana", role=Role.ANALYST))
    sales = shop.acting_as(Actor(name="sal", role=Role.SALES))
    viewer = shop.acting_as(Actor(name="vi", role=Role.VIEWER))
    marketer = shop.acting_as(Actor(name="ma", role=Role.MARKETER))
    assert {r.values["name"] for r in analyst.who("P1").records} == {"•••"}
    assert {r.values["name"] for r in sales.who("P1").records} == {"王芳", "王 芳"}
    with pytest.raises(NotAllowedError):
        viewer.review.list()
    with pytest.raises(NotAllowedError):
        marketer.split("P1", ["P2"], why="no")
    assert analyst.review.list().masked


def test_people_belong_to_companies(shop: Workspace) -> None:
    shop.load("accounts", [{"account_id": "9", "name": "华星科技", "website": "https://www.hx-tech.cn/about"}])
    shop.load("contacts", [{"person_id": "2", "account_id": "9", "job_title": "采购经理"}])
    shop.resolve()
    shop.refresh("2024-02-01")
    belongs = {b.profile_id: b for b in shop.who("A9").belongs}
    assert belongs["P1"].linked_by == ("contact",)
    assert belongs["P1"].job_title == "采购经理"
    assert belongs["P1"].orders == 2  # those of both records
    assert belongs["P4"].linked_by == ("domain",)
    assert [b.profile_id for b in shop.who("P4").belongs] == ["A9"]


@pytest.fixture(scope="module")
def chinese() -> World:
    return world(11, persons=400, companies=120)


def test_a_hundred_more_records_leave_other_ids(tmp_path: Path, chinese: World) -> None:
    n = chinese.persons.num_rows
    persons = chinese.persons.append_column("person_id", pa.array([f"c{i:04d}" for i in range(n)]))
    with Workspace.create(tmp_path / "w") as ws:
        ws.load("persons", persons.slice(0, n - 100))
        ws.resolve()
        before = owners(ws)
        ws.load("persons", persons.slice(n - 100))
        report = ws.resolve()
        after = owners(ws)
    assert report.merged > 300
    assert sum(before[r] != r for r in before) > 200
    # profiles that became one keep the older id; no record moves between profiles else
    gone = {p for p in before.values() if p not in after.values()}
    moved = {r for r in before if before[r] != after[r] and before[r] not in gone}
    assert not moved
    assert len(gone) < 25
    assert not set(after.values()) - set(after)


def test_the_review_queue_is_worked_off(tmp_path: Path, chinese: World) -> None:
    n = chinese.persons.num_rows
    persons = chinese.persons.append_column("person_id", pa.array([f"c{i:04d}" for i in range(n)]))
    truth = {f"Pc{i:04d}": chinese.person_truth[i] for i in range(n)}
    with Workspace.create(tmp_path / "w") as ws:
        ws.load("persons", persons)
        waiting = ws.resolve().to_review
        queue = ws.review.list(limit=1000)
        assert queue.total == waiting == len(queue.pairs) > 5
        first = queue.pairs[0]
        ws.review.decide(first.left.record_id, first.right.record_id, "later")
        assert ws.review.list(limit=1000).pairs[-1].left.record_id == first.left.record_id
        for pair in queue.pairs:
            same = truth[pair.left.record_id] == truth[pair.right.record_id]
            ws.review.decide(pair.left.record_id, pair.right.record_id, "same" if same else "different")
        assert ws.review.list().total == 0
        ws.resolve()
        found = owners(ws)
        for pair in queue.pairs:
            same = truth[pair.left.record_id] == truth[pair.right.record_id]
            assert (found[pair.left.record_id] == found[pair.right.record_id]) is same


def test_people_of_a_company_told_by_parts_of_a_name_have_it_put_together(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    people = [
        {"person_id": "1", "family_name": "欧阳", "given_name": "娜娜"},
        {"person_id": "2", "family_name": "Smith", "given_name": "Ann"},
        {"person_id": "3", "given_name": "Bo"},
        {"person_id": "4", "phone": "13912340004"},
        {"person_id": "5", "name": "赵强", "family_name": "赵", "given_name": "小强"},
    ]
    works = [{"person_id": p["person_id"], "account_id": "9", "job_title": "采购"} for p in people]
    with Workspace.create(tmp_path / "ws") as ws:
        ws.load("persons", people)
        ws.load("accounts", [{"account_id": "9", "short_name": "恒昕", "city": "杭州"}])
        ws.load("contacts", works)
        ws.resolve()
        names = {b.profile_id: b.name for b in ws.who("A9").belongs}
        assert names == {"P1": "欧阳娜娜", "P2": "Ann Smith", "P3": "Bo", "P4": None, "P5": "赵强"}
        assert [b.name for b in ws.who("P1").belongs] == ["恒昕"]
        ws.refresh("2024-02-01")
        folder = ws.settings.folder
        masked = ws.acting_as(Actor(name="ma", role=Role.MARKETER))
        assert {b.name for b in masked.who("A9").belongs} == {"•••"}
    monkeypatch.setenv("COLUMNS", "200")
    assert main(["who", "A9", "-w", str(folder)]) == 0
    said = capsys.readouterr().out
    assert "欧阳娜娜 P1 (采购)" in said
    assert "P4 (采购)" in said
    assert "None" not in said
