"""Past spend and result of a segment by campaign, against counting by hand."""

from __future__ import annotations

from decimal import Decimal

import duckdb

from qunxiang.sql import Relation
from qunxiang.targeting.past_spend import past_spend_query


def test_costs_are_split_by_contacts_and_results_are_the_segments_own() -> None:
    con = duckdb.connect()
    con.execute("create table costs (campaign_id varchar, amount decimal(18,2))")
    con.execute("insert into costs values ('c1', 60), ('c1', 30), ('c2', 40), ('nobody', 10), ('others', 5)")
    con.execute("create table contacts (campaign_id varchar, person_id varchar)")
    con.execute(
        "insert into contacts values ('c1','a'), ('c1','a'), ('c1','b'), ('c2','a'), ('c2','stranger'), ('others','b')"
    )
    con.execute("create table responses (campaign_id varchar, person_id varchar, value decimal(18,2))")
    con.execute("insert into responses values ('c1','a',12.5), ('c1','a',7.5), ('c1','b',99), ('others','a',3)")
    con.execute("create table ids (id_type varchar, id_value varchar, profile_id varchar)")
    con.execute("insert into ids values ('person_id','a','P1'), ('person_id','b','P2'), ('email','a','P2')")
    con.execute("create table members (segmentation varchar, profile_id varchar, segment varchar)")
    con.execute("insert into members values ('s','P1','one'), ('s','P2','two'), ('other','P1','two')")
    tables = {
        "campaign_costs": Relation("costs"),
        "campaign_contacts": Relation("contacts"),
        "responses": Relation("responses"),
        "identities": Relation("ids"),
        "memberships": Relation("members"),
    }
    query = past_spend_query(tables, "s", "one")
    assert query.sql("spark")
    rows = con.sql(query.sql("duckdb")).to_arrow_table().to_pylist()
    # c1: two of three contacts, 90 · 2/3; c2: the stranger's contact belongs to nobody known
    assert rows == [
        {"campaign_id": "c1", "spend": Decimal("60.00"), "result": Decimal("20.00")},
        {"campaign_id": "c2", "spend": Decimal("40.00"), "result": Decimal("0.00")},
    ]
