"""Queries of identity on another engine, and by an independent count."""

from __future__ import annotations

import duckdb
import pyarrow as pa
import pytest

from qunxiang.adapters.engines.portability import compiles_for_spark, portability_faults
from qunxiang.identity.buyers import read_as
from qunxiang.identity.companies import domain_pairs, person_accounts
from qunxiang.identity.profiles import identities, profiles, sightings
from qunxiang.identity.records import carried_records, records
from qunxiang.sql import Query, Relation
from qunxiang.tables import IDENTITIES, LOADED
from qunxiang.traits.people import by_profile

TABLES = {name: Relation(name, contract.names) for name, contract in LOADED.items()}
MERGED = Relation("merged", ("record_id", "profile_id"))
IDS = Relation("identities", IDENTITIES.names)


def there(found: Query | None) -> Query:
    assert found is not None
    return found


def belongs() -> Query:
    found = person_accounts(TABLES, IDS, Relation("domains", ("person_record", "account_record")))
    assert found is not None
    return found


@pytest.mark.parametrize(
    "query",
    [
        records("person", TABLES),
        records("account", TABLES),
        sightings(TABLES, MERGED),
        identities(TABLES, MERGED),
        profiles(TABLES, MERGED, time_zone="Asia/Shanghai"),
        by_profile("persons", TABLES["persons"], IDS),
        belongs(),
        there(carried_records("person", TABLES)),
        there(carried_records("account", TABLES)),
        there(read_as("orders", TABLES["orders"])),
        there(read_as("opportunities", TABLES["opportunities"])),
    ],
    ids=[
        "persons",
        "accounts",
        "sightings",
        "identities",
        "profiles",
        "newest",
        "belongs",
        "buyers",
        "named",
        "orders",
        "deals",
    ],
)
def test_queries_mean_the_same_on_every_engine(query: Query) -> None:
    assert portability_faults(query) == []
    assert compiles_for_spark(query)


def test_the_newest_known_value_counts() -> None:
    connection = duckdb.connect()
    connection.execute("SET timezone = 'UTC'")
    rows = [
        {"person_id": "1", "gender": "F", "education": "本科", "created_at": "2020-01-01 00:00:00+00"},
        {"person_id": "2", "gender": None, "education": "硕士", "created_at": "2022-01-01 00:00:00+00"},
        {"person_id": "3", "gender": "M", "education": None, "created_at": None},
    ]
    columns = {n: [r.get(n) for r in rows] for n in LOADED["persons"].names}
    made = pa.table({n: pa.array(v, pa.string()) for n, v in columns.items()})
    connection.register("raw", made)
    connection.execute(
        "CREATE TABLE persons AS SELECT * REPLACE (CAST(created_at AS TIMESTAMPTZ) AS created_at) FROM raw"
    )
    ids = pa.table({"id_type": ["person_id"] * 3, "id_value": ["1", "2", "3"], "profile_id": ["P1"] * 3})
    connection.register("identities", ids)
    query = by_profile("persons", TABLES["persons"], Relation("identities"))
    [found] = connection.sql(query.sql()).to_arrow_table().to_pylist()
    assert (found["profile_id"], found["gender"], found["education"]) == ("P1", "F", "硕士")


def test_free_mail_and_shared_domains_link_nobody() -> None:
    persons = pa.table(
        {"record_id": ["P1", "P2", "P3", "P4"], "email": ["a@hx.cn", "b@QQ.com", "c@big.com", "d@sub.hx.cn"]}
    )
    accounts = pa.table(
        {
            "record_id": ["A1", "A2", "A3", "A4", "A5", "A6"],
            "website": ["http://www.hx.cn/", "qq.com", "big.com", "big.com", "big.com", "big.com"],
        }
    )
    assert domain_pairs(persons, accounts).to_pylist() == [{"person_record": "P1", "account_record": "A1"}]
