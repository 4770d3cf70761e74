"""Matching source records: reading them, scoring them, naming the profiles they make."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from qunxiang.identity.companies import domain_pairs
from qunxiang.identity.decisions import Decided, IdentityDecision, Pair, decided
from qunxiang.identity.exact import IDENTIFIERS, exact_links
from qunxiang.identity.features import account_features, person_features
from qunxiang.identity.matching import Matched, match
from qunxiang.identity.naming import named_by
from qunxiang.identity.records import TABLE, Kind, carried_records, records
from qunxiang.identity.verdicts import REVIEW_WEIGHT
from qunxiang.ports.identity import Scored
from qunxiang.services.house import House
from qunxiang.services.reading import SnapshotReader
from qunxiang.sql import Relation, select
from qunxiang.tables import IDENTITIES, IDENTITY_LINKS, IDENTITY_REVIEWS, Contract, arrow_schema
from qunxiang.tables.features import Features

IDENTITY = "identity"
"""Kind of the documents in which people decide who is who."""

MOST_COMPARED = 300_000
"""Records beyond which identifiers alone count; the report says that nothing was compared."""

KINDS: tuple[Kind, ...] = ("person", "account")

_WAS_PROFILE = """SELECT a.record_id FROM asked__ AS a
JOIN identities__ AS i ON i.profile_id = a.record_id
  AND i.profile_id = CASE WHEN i.id_type = 'person_id' THEN 'P' ELSE 'A' END || i.id_value"""


@dataclass(frozen=True)
class Resolved:
    """Records of all kinds with what joined them.

    `merged`: `record_id`, `profile_id` of records whose profile is named after another one; `links` and `reviews` hold
    the contracts of their tables; `domains` pairs of records that share an e-mail and web domain.
    """

    merged: pa.Table
    links: pa.Table
    reviews: pa.Table
    domains: pa.Table | None
    compared: bool
    common: dict[str, int]


@dataclass(frozen=True)
class _OfKind:
    kind: Kind
    table: pa.Table
    matched: Matched
    scored: Scored | None
    names: np.ndarray[Any, np.dtype[np.int64]]
    common: dict[str, int]


def resolve_records(
    house: House, reader: SnapshotReader, loaded: Mapping[str, Relation], *, at: datetime, seed: int = 0
) -> Resolved:
    """Match the loaded persons and accounts among themselves."""
    choices = decided(decisions(house))
    of_kinds = {kind: _records(reader, kind, loaded) for kind in KINDS}
    found = [_of_kind(house, reader, kind, *told, choices, seed) for kind, told in of_kinds.items() if told is not None]
    merged, links, reviews = [], [], []
    for one in found:
        ids = one.table["record_id"].combine_chunks()
        profiles = pc.take(ids, pa.array(one.names))
        moved = pa.array(one.names != np.arange(len(one.names)))
        merged.append(pa.table({"record_id": ids.filter(moved), "profile_id": profiles.filter(moved)}))
        links.append(_pairs(one, one.matched.links, ids, at, IDENTITY_LINKS, profiles))
        reviews.append(_pairs(one, one.matched.looks, ids, at, IDENTITY_REVIEWS, None))
    by_kind = {one.kind: one.table for one in found}
    return Resolved(
        merged=pa.concat_tables(merged) if merged else _none("record_id", "profile_id"),
        links=_dated(reader, IDENTITY_LINKS, links),
        reviews=_dated(reader, IDENTITY_REVIEWS, reviews),
        domains=domain_pairs(by_kind["person"], by_kind["account"]) if len(by_kind) == 2 else None,
        compared=any(one.scored is not None for one in found),
        common={name: n for one in found for name, n in one.common.items()},
    )


def decisions(house: House) -> list[IdentityDecision]:
    """Return what people decided about records, archived decisions left out."""
    return [IdentityDecision.model_validate(d.body) for d in house.state.definitions(IDENTITY) if not d.archived]


def _none(*names: str) -> pa.Table:
    return pa.table({n: pa.array([], pa.string()) for n in names})


def _records(reader: SnapshotReader, kind: Kind, loaded: Mapping[str, Relation]) -> tuple[pa.Table, int] | None:
    """Return the records of a kind, those of its table first, and how many resemblance can say anything of."""
    rows = reader.fetch(records(kind, loaded)) if TABLE[kind] in loaded else None
    carried = carried_records(kind, loaded)
    found = reader.fetch(carried) if carried is not None else None
    if found is None or not found.num_rows:
        return None if rows is None else (rows, rows.num_rows)
    n_rows = 0 if rows is None else rows.num_rows
    table = found if rows is None else pa.concat_tables([rows, found], promote_options="default")
    return table, n_rows if kind == "person" else table.num_rows  # buyers have no names


def _of_kind(
    house: House, reader: SnapshotReader, kind: Kind, table: pa.Table, n_rows: int, choices: Decided, seed: int
) -> _OfKind:
    exact = exact_links(kind, table)
    told = table.slice(0, n_rows)
    compared = _compared(told, kind)
    features: Features | None = None
    scored: Scored | None = None
    if compared:
        features = (person_features if kind == "person" else account_features)(told)
        scored = house.identity.score(features, least_weight=REVIEW_WEIGHT, seed=seed)
    asked = choices.same | choices.different | choices.later
    rows = _rows(table, {record for pair in asked for record in pair})
    matched = match(
        kind,
        features,
        exact,
        scored.pairs if scored is not None else None,
        n_records=table.num_rows,
        identifiers=[i.name for i in IDENTIFIERS[kind]],
        same=_placed(choices.same, rows),
        different=_placed(choices.different, rows),
    )
    names = named_by(matched.labels, _was_profile(reader, table, matched.labels))
    return _OfKind(kind, table, matched, scored, names, exact.common)


def _compared(table: pa.Table, kind: Kind) -> bool:
    """Whether resemblance can say anything: names are told, and there are not too many records."""
    columns = ("name", "given_name", "family_name") if kind == "person" else ("name", "short_name")
    named = max((table.num_rows - table[c].null_count for c in columns if c in table.column_names), default=0)
    return named >= 2 and table.num_rows <= MOST_COMPARED


def _rows(table: pa.Table, wanted: Iterable[str]) -> dict[str, int]:
    found = list(wanted)
    if not found:
        return {}
    places = pc.index_in(pa.array(found), value_set=table["record_id"].combine_chunks()).to_pylist()
    return {name: place for name, place in zip(found, places, strict=True) if place is not None}


def _placed(pairs: Iterable[Pair], rows: Mapping[str, int]) -> list[tuple[int, int]]:
    return sorted((rows[a], rows[b]) for a, b in pairs if a in rows and b in rows)


def _was_profile(reader: SnapshotReader, table: pa.Table, labels: Any) -> np.ndarray[Any, np.dtype[np.bool_]]:
    """Say of the records of clusters whether a profile was named after them before; singles need not know."""
    was = np.zeros(table.num_rows, dtype=bool)
    shared = np.bincount(labels, minlength=1)[labels] > 1 if len(labels) else was
    if not shared.any() or not reader.has(IDENTITIES.name):
        return was
    asked = table.select(["record_id"]).filter(pa.array(shared))
    reader.session.register("asked_records", asked)
    query = select(_WAS_PROFILE, asked=Relation("asked_records"), identities=reader.relation(IDENTITIES.name))
    found = reader.fetch(query)["record_id"]
    known: np.ndarray[Any, np.dtype[np.bool_]] = pc.is_in(
        table["record_id"], value_set=found.combine_chunks()
    ).to_numpy()
    return known & shared


def _pairs(
    one: _OfKind, pairs: pa.Table, ids: pa.Array, at: datetime, contract: Contract, profiles: pa.Array | None
) -> pa.Table:
    """Return pairs as a table of `contract`: names of records instead of rows, evidence as JSON."""
    rows = pairs.num_rows
    columns: dict[str, Any] = {
        "kind": pa.array([one.kind]).take(pa.array(np.zeros(rows, dtype=np.int64))),
        "left_id": ids.take(pairs["left"].combine_chunks()),
        "right_id": ids.take(pairs["right"].combine_chunks()),
        "weight": pc.if_else(pc.greater_equal(pairs["scored"], 0), pairs["weight"], pa.scalar(None, pa.float64())),
        "joined_by": pairs["by"],
        "evidence": _evidence(one.scored, pairs["scored"].to_numpy()),
        "since": pa.array(np.full(rows, np.datetime64(at.replace(tzinfo=None), "us")), pa.timestamp("us", tz="UTC")),
    }
    if profiles is not None:
        columns["profile_id"] = profiles.take(pairs["left"].combine_chunks())
    else:
        columns["reason"] = pairs["reason"]
    return pa.table({n: columns[n] for n in contract.names}).cast(arrow_schema(contract))


def _evidence(scored: Scored | None, places: Any) -> pa.Array:
    if scored is None or not (places >= 0).any():
        return pa.nulls(len(places), pa.string())
    names = [c["name"] for c in scored.model["compared"]]
    chosen = scored.pairs.take(pa.array(np.maximum(places, 0)))
    levels = [chosen[f"level_{n}"].to_pylist() for n in names]
    weights = [chosen[f"weight_{n}"].to_pylist() for n in names]
    made: list[str | None] = []
    for row, place in enumerate(places.tolist()):
        agreed = [
            {"name": n, "level": lv[row], "weight": round(w[row] or 0.0, 2)}
            for n, lv, w in zip(names, levels, weights, strict=True)
            if lv[row] is not None
        ]
        made.append(json.dumps(agreed) if place >= 0 else None)
    return pa.array(made, pa.string())


_SINCE = """SELECT {columns}, COALESCE(o.since, n.since) AS since FROM fresh__ AS n
LEFT JOIN (SELECT left_id, right_id, MIN(since) AS since FROM old__ AS p GROUP BY left_id, right_id) AS o
  ON o.left_id = n.left_id AND o.right_id = n.right_id"""


def _dated(reader: SnapshotReader, contract: Contract, parts: Sequence[pa.Table]) -> pa.Table:
    """Join the parts, each pair since it was first found."""
    fresh = pa.concat_tables([*parts, arrow_schema(contract).empty_table()])
    if not fresh.num_rows or not reader.has(contract.name):
        return fresh
    reader.session.register("fresh_pairs", fresh)
    columns = ", ".join(f"n.{c}" for c in contract.names if c != "since")
    text = _SINCE.format(columns=columns)
    made = reader.fetch(select(text, fresh=Relation("fresh_pairs"), old=reader.relation(contract.name)))
    return made.select(list(contract.names)).cast(arrow_schema(contract))
