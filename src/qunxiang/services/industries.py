"""The industries that accounts state, read by the standard."""

from __future__ import annotations

import pyarrow as pa

from qunxiang.ports.engine import Session
from qunxiang.services.house import House
from qunxiang.sql import Relation
from qunxiang.traits import INDUSTRIES, stated_industries


def read_industries(house: House, session: Session, tables: dict[str, Relation]) -> Relation | None:
    """Read every stated industry once and register the result in the session; None without accounts.

    Returns
    -------
    Relation
        One row per stated industry: as stated, and its section and division (NULL where it fits no single one).
    """
    if "accounts" not in tables:
        return None
    stated = session.fetch(stated_industries(tables["accounts"]))["stated_industry"].to_pylist()
    table = house.industries()
    read = [table.read(text) for text in stated]
    columns = {
        "stated_industry": pa.array(stated, pa.string()),
        "industry_section": pa.array([section for section, _ in read], pa.string()),
        "industry_division": pa.array([division for _, division in read], pa.string()),
    }
    session.register(INDUSTRIES, pa.table(columns))
    return Relation(INDUSTRIES, tuple(columns))
