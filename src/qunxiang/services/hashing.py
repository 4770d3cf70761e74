"""What a snapshot says, as hashes: of its contents and of the definitions it was computed with."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from typing import Any

from qunxiang.model import Definition, NewDefinition, Snapshot, TraitSet
from qunxiang.ports.engine import Session
from qunxiang.ports.lake import TableVersion
from qunxiang.services.house import House
from qunxiang.sql import Relation, column, select
from qunxiang.tables import MEMBERSHIPS_KEY, TRAITS_KEY
from qunxiang.tables.content import content_hash

DEFINING = ("trait", "segmentation", "by_hand", "places", "value_map", "source_priority", "value")
"""Kinds of documents that traits and memberships follow from."""


def traits_hash(session: Session, traits: TableVersion) -> str:
    """Hash the sorted rows of a traits table."""
    return _table_hash(session, traits, TRAITS_KEY.key)


def snapshot_hash(session: Session, of_traits: str, memberships: TableVersion) -> str:
    """Hash the traits (by their hash) and the sorted rows of the memberships."""
    of_memberships = _table_hash(session, memberships, MEMBERSHIPS_KEY.key)
    return hashlib.sha256((of_traits + of_memberships).encode()).hexdigest()


def defining_documents(house: House) -> dict[str, tuple[int, Any]]:
    """Return version and body of the newest document of everything that members follow from, by ``kind/id``."""
    return {f"{d.kind}/{d.id}": (d.version, d.body) for kind in DEFINING for d in house.state.definitions(kind)}


def documents_in(house: House, snapshot: Snapshot) -> dict[str, tuple[int, Any]]:
    """Return version and body of every document that a snapshot was computed with, by ``kind/id``."""
    out: dict[str, tuple[int, Any]] = {}
    for name, version in snapshot.definitions.items():
        kind, _, id = name.partition("/")
        document = house.state.definition(kind, id, version) if kind in DEFINING else None
        if document is not None:
            out[name] = (version, document.body)
    return out


def bodies_of(kind: str, documents: Mapping[str, tuple[int, Any]]) -> dict[str, Any]:
    """Return the bodies of one kind by id."""
    return {name.partition("/")[2]: body for name, (_, body) in documents.items() if name.startswith(f"{kind}/")}


def next_version(new: NewDefinition, old: Definition | None) -> int:
    """Return the version that `new` will have once it is stored over `old`; an equal body makes no new one."""
    if old is None:
        return 1
    return old.version if (old.body, old.archived) == (new.body, new.archived) else old.version + 1


def definitions_hash(traits: TraitSet, documents: Mapping[str, tuple[int, Any]]) -> str:
    """Hash the trait set and the bodies of documents, by name; versions and authors do not count."""
    bodies = {name: body for name, (_, body) in documents.items()}
    text = json.dumps([traits.model_dump(mode="json"), bodies], sort_keys=True, ensure_ascii=False)
    return hashlib.sha256(text.encode()).hexdigest()


def _table_hash(session: Session, table: TableVersion, key: tuple[str, ...]) -> str:
    name = f"hashed_{table.table}"
    session.bind(name, table)
    query = select("SELECT * FROM all__ AS a", all=Relation(name, table.columns))
    query.tree.order_by(*[column(part, "a") for part in key], copy=False)  # the engine sorts with all its threads
    return content_hash(session.fetch(query), key=key)
