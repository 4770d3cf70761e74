"""What a snapshot says, as hashes: of its contents and of the definitions it was computed with."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from typing import Any

from qunxiang.model import Definition, NewDefinition, TraitSet
from qunxiang.ports.engine import Session
from qunxiang.ports.lake import TableVersion
from qunxiang.services.house import House
from qunxiang.sql import Relation, select
from qunxiang.tables import MEMBERSHIPS, TRAITS_KEY
from qunxiang.tables.content import content_hash

DEFINING = ("trait", "segmentation", "by_hand")
"""Kinds of documents that traits and memberships follow from."""


def traits_hash(session: Session, traits: TableVersion) -> str:
    """Hash the sorted rows of a traits table."""
    return _table_hash(session, traits, TRAITS_KEY.key)


def snapshot_hash(session: Session, of_traits: str, memberships: TableVersion) -> str:
    """Hash the traits (by their hash) and the sorted rows of the memberships."""
    of_memberships = _table_hash(session, memberships, MEMBERSHIPS.key)
    return hashlib.sha256((of_traits + of_memberships).encode()).hexdigest()


def defining_documents(house: House, *, coming: tuple[NewDefinition, ...] = ()) -> dict[str, tuple[int, Any]]:
    """Return version and body of every document that members follow from, `coming` ones as they are about to be."""
    found: dict[str, Definition] = {f"{d.kind}/{d.id}": d for kind in DEFINING for d in house.state.definitions(kind)}
    out: dict[str, tuple[int, Any]] = {name: (d.version, d.body) for name, d in found.items()}
    for new in coming:
        name = f"{new.kind}/{new.id}"
        old = house.state.definition(new.kind, new.id)
        if old is not None and old.body == new.body and not old.archived:
            continue
        out[name] = (1 if old is None else old.version + 1, new.body)
    return out


def definitions_hash(traits: TraitSet, documents: Mapping[str, tuple[int, Any]]) -> str:
    """Hash the trait set and the bodies of documents, by name; versions and authors do not count."""
    bodies = {name: body for name, (_, body) in documents.items()}
    text = json.dumps([traits.model_dump(mode="json"), bodies], sort_keys=True, ensure_ascii=False)
    return hashlib.sha256(text.encode()).hexdigest()


def _table_hash(session: Session, table: TableVersion, key: tuple[str, ...]) -> str:
    name = f"hashed_{table.table}"
    session.bind(name, table)
    rows = session.fetch(select("SELECT * FROM all__ AS a", all=Relation(name, table.columns)))
    return content_hash(rows, key=key)
