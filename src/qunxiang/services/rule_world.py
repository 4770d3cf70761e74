"""What rules may ask beside traits: loaded tables whose rows name a customer, and segments."""

from __future__ import annotations

from qunxiang.model import Snapshot
from qunxiang.services.columns import KIND, table_contract
from qunxiang.services.house import House
from qunxiang.sql.rule_types import Rows
from qunxiang.tables import LOADED, Contract
from qunxiang.traits.behaviours import rows_tables


def own_contracts(house: House) -> dict[str, Contract]:
    """Return the contracts of tables to which the workspace added columns of its own, by name."""
    return {d.id: table_contract(house, d.id) for d in house.state.definitions(KIND) if d.id in LOADED}


def rule_tables(house: House, snapshot: Snapshot | None) -> dict[str, Rows]:
    """Return the tables of a snapshot whose rows rules may ask of, by name."""
    return rows_tables(snapshot.tables, own_contracts(house)) if snapshot is not None else {}


def rule_segments(house: House) -> dict[str, tuple[str, ...]]:
    """Return the ids of the segments of every segmentation in use."""
    documents = house.state.definitions("segmentation")
    return {d.id: tuple(s["id"] for s in d.body["segments"]) for d in documents if not d.archived}
