"""Orders that carry a telephone, an e-mail address or a user name instead of a customer id."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from qunxiang import Workspace
from qunxiang.model import Actor, Role
from qunxiang.services.reading import reading
from qunxiang.sql import select

DAY = "2024-01-05 10:00:00"
PEOPLE = [
    {"person_id": "1", "name": "王芳", "phone": "13912340001", "email": "wf@qq.com"},
    {"person_id": "2", "name": "赵强", "phone": "13912340002"},
    {"person_id": "3", "name": "赵敏", "phone": "13912340002"},
]
ORDERS: list[dict[str, Any]] = [
    {"order_id": "of 1", "phone": "+86 139 1234 0001"},
    {"order_id": "of 1 too", "email": "WF@qq.com "},
    {"order_id": "said", "person_id": "2", "phone": "13912340001"},
    {"order_id": "a family's", "phone": "13912340002"},
    {"order_id": "guest", "phone": "13912340009"},
    {"order_id": "guest again", "phone": "13912340009", "username": "tb_cat99"},
    {"order_id": "guest by name", "username": "tb_cat99"},
    {"order_id": "company's", "account_id": "a1", "phone": "13912340001"},
    {"order_id": "lines know", "phone": "13912340001"},
    {"order_id": "nobody", "phone": "13800000000"},
    {"order_id": "nothing"},
]


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Workspace]:
    path: Path = tmp_path_factory.mktemp("buyers") / "shop"
    with Workspace.create(path) as ws:
        ws.load("persons", PEOPLE)
        report = ws.load("orders", [{"ordered_at": DAY, "amount": "10", **row} for row in ORDERS])
        assert {n.code: n.params["rows"] for n in report.notes}["load.note.by_contact"] == 8
        lines = {"order_id": "lines know", "person_id": "3", "product_id": "x", "ordered_at": DAY, "amount": "10"}
        ws.load("order_lines", [lines])
        sent = {"campaign_id": "c", "contacted_at": DAY}
        ws.load("campaign_contacts", [{**sent, "phone": "13912340001"}, {**sent, "person_id": "2"}])
        resolved = ws.resolve()
        assert resolved.referred == 1  # the company a1; guests carry their telephone
        assert [(n.code, n.params) for n in resolved.notes] == [("resolve.note.referred", {"profiles": 1})]
        ws.refresh("2024-02-01")
        yield ws


def owners(ws: Workspace) -> dict[str, str]:
    with reading(ws.house) as reader:
        rows = reader.fetch(select("SELECT * FROM o__ AS o", o=reader.relation("order_facts"))).to_pylist()
    return {row["order_id"]: row["profile_id"] for row in rows}


def test_an_order_belongs_to_whom_its_identifiers_mean(shop: Workspace) -> None:
    found = owners(shop)
    assert found["of 1"] == found["of 1 too"] == "P1"
    assert found["said"] == "P2"
    assert found["lines know"] == "P3"
    assert found["company's"] == "Aa1"
    assert shop.who("P1").traits["frequency"] == 2
    assert shop.who("P1").traits["campaign_contacts_365d"] == 1
    assert "nothing" not in found


def test_guests_are_customers_of_their_own(shop: Workspace) -> None:
    found = owners(shop)
    assert found["guest"] == found["guest again"] == found["guest by name"]
    assert found["guest"].startswith("Pbuyer:")
    assert found["a family's"] not in ("P2", "P3")  # two names have the telephone, so it is neither's
    assert found["nobody"] not in set(found.values()) - {found["nobody"]}
    view = shop.who(found["guest"])
    assert (view.personal["phone"], view.personal["username"]) == ("13912340009", "tb_cat99")
    assert "•••" in shop.acting_as(Actor(name="mo", role=Role.MARKETER)).who(found["guest"]).personal.values()


def test_a_person_loaded_later_is_the_guest(shop: Workspace) -> None:
    guest = owners(shop)["guest"]
    shop.load("persons", [{"person_id": "9", "name": "钱多", "phone": "13912340009"}])
    shop.resolve()
    assert shop.who("P9").profile_id == guest  # the older id stays
    assert shop.who("P9").personal["name"] == "钱多"


def test_deals_that_name_their_company_belong_to_the_account_of_that_name(tmp_path: Path) -> None:
    deal = {"created_at": DAY, "stage": "赢单"}
    with Workspace.create(tmp_path / "crm") as ws:
        ws.load("accounts", [{"account_id": "1", "name": "杭州华鑫达科技股份有限公司", "city": "杭州"}])
        names = ["杭州华鑫达科技股份有限公司", "杭州华鑫达科技股份有限公司 ", "宁波天恒泰电器有限公司", None]
        ws.load("opportunities", [{"opportunity_id": str(i), "account_name": n, **deal} for i, n in enumerate(names)])
        assert (report := ws.resolve()).accounts == 2
        assert (report.merged, report.referred, report.notes) == (1, 0, ())
        with reading(ws.house) as reader:
            deals = reader.relation("opportunities")
            query = select(
                """SELECT d.opportunity_id, i.profile_id FROM d__ AS d LEFT JOIN i__ AS i
                ON i.id_type = 'account_id' AND i.id_value = d.account_id ORDER BY d.opportunity_id""",
                d=deals,
                i=reader.relation("identities"),
            )
            found = reader.fetch(query)["profile_id"].to_pylist()
        assert found[:2] == ["A1", "A1"]
        assert found[2].startswith("Anamed:")
        assert found[3] is None
        assert ws.who(found[2]).personal["name"] == "宁波天恒泰电器有限公司"
        tables = {t.table: {f.key for f in t.findings} for t in ws.check().tables}
        assert "without_accounts:account_id" not in tables["opportunities"]
