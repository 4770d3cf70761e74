"""Whose word counts where sources contradict: the newest one's, or that of the system that comes first."""

from __future__ import annotations

from pathlib import Path

from qunxiang import Workspace

PHONE = "13912340001"
CRM = {"person_id": "1", "name": "王芳", "phone": PHONE, "gender": "女", "city": "杭州", "等级": "金卡"}
ERP = {"person_id": "7", "name": "王芳", "phone": PHONE, "gender": "男", "education": "本科", "等级": "银卡"}
FIRM = {"account_id": "a1", "name": "杭州甲有限公司"}


def test_the_first_system_counts_and_the_page_says_who_said_it(tmp_path: Path) -> None:
    with Workspace.create(tmp_path / "ws", lang="zh") as ws:
        ws.load("persons", [{**CRM, "created_at": "2020-01-01 00:00:00"}], system="crm")
        ws.load("persons", [{**ERP, "created_at": "2024-01-01 00:00:00"}], system="erp")
        ws.load("accounts", [FIRM])
        ws.load("contacts", [{"person_id": "crm:1", "account_id": "a1"}])
        ws.resolve()
        ws.refresh("2024-06-01")
        newest = ws.who("Pcrm:1")
        assert (newest.personal["gender"], newest.given_by["gender"]) == ("男", "Perp:7")
        assert newest.traits["gender"] == "男"
        assert [b.name for b in newest.belongs] == ["杭州甲有限公司"]

        documents = tmp_path / "documents" / "source_priority"
        documents.mkdir(parents=True)
        text = "kind: source_priority\nid: source_priority\nwhy: 销售自己维护\nbody: {systems: [crm, erp]}\n"
        (documents / "source_priority.yaml").write_text(text, "utf-8")
        ws.definitions.apply(documents.parent)
        ws.refresh("2024-06-01")
        first = ws.who("Pcrm:1")
        assert (first.personal["gender"], first.given_by["gender"]) == ("女", "Pcrm:1")
        assert first.personal["member_level"] == "金卡"
        assert (first.personal["education"], first.given_by["education"]) == ("本科", "Perp:7")  # crm does not know
        assert first.traits["gender"] == "女"
        assert first.traits["education"] == "本科"
