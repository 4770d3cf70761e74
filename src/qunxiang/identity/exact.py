"""Records that share an identifier: which identifiers join, and which are too common to mean one person."""

from __future__ import annotations

from collections.abc import Callable
from typing import Literal, NamedTuple

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from qunxiang.identity import normal

Ints = NDArray[np.int64]
Strength = Literal["strong", "named"]

FEW_NAMES = 3
"""A strong identifier found with more different names than this is a placeholder: it joins only equal names."""

MANY_RECORDS = 50
"""A named identifier found in more records than this, without names to tell them apart, joins nothing."""


class Identifier(NamedTuple):
    """One kind of identifier.

    A `strong` one is given to one person or company by a register: equal values join. A `named` one may be shared (a
    family's telephone, a shop's mailbox): equal values join where the names agree, or where the value is found with one
    name only. `columns` hold it; `single` says that two values of it in one cluster contradict each other.
    """

    name: str
    columns: tuple[str, ...]
    strength: Strength
    single: bool = False
    by_system: bool = False


PERSON_IDENTIFIERS = (
    Identifier("unionid", ("unionid",), "strong", single=True),
    Identifier("external_userid", ("external_userid",), "strong"),
    Identifier("openid", ("openid",), "strong"),
    Identifier("id_number", ("id_number",), "strong", single=True),
    Identifier("crm_id", ("crm_id",), "strong", single=True, by_system=True),
    Identifier("username", ("username",), "named"),
    Identifier("email", ("email",), "named"),
    Identifier("phone", ("phone", "phone_2"), "named"),
)
"""Identifiers of persons, the surest first."""

ACCOUNT_IDENTIFIERS = (
    Identifier("credit_code", ("credit_code",), "strong", single=True),
    Identifier("crm_id", ("crm_id",), "strong", single=True, by_system=True),
    Identifier("registered_name", ("name",), "strong"),
)
"""Identifiers of companies, the surest first."""

IDENTIFIERS = {"person": PERSON_IDENTIFIERS, "account": ACCOUNT_IDENTIFIERS}

WEIGHTS = {"strong": 1000.0, "named": 500.0}
"""Weight of an equal identifier, above that of any resemblance; only the order matters."""


class Links(NamedTuple):
    """Pairs of records (row numbers) that share an identifier, and its place among the kind's identifiers."""

    left: Ints
    right: Ints
    by: Ints

    @property
    def weight(self) -> NDArray[np.float64]:
        """Order in which they join: the surest identifier first."""
        return self.by.astype(np.float64) * -1.0 + WEIGHTS["strong"]


class Exact(NamedTuple):
    """What identifiers say: `links`, `conflicts` (one array of codes per single identifier, -1 unknown), `names`."""

    links: Links
    conflicts: tuple[tuple[str, Ints], ...]
    common: dict[str, int]


def exact_links(kind: Literal["person", "account"], records: pa.Table) -> Exact:
    """Link records that share an identifier.

    Parameters
    ----------
    kind
        What a row is.
    records
        One row per record with the columns of :data:`IDENTIFIERS` as they were loaded; absent ones count as unknown.

    Returns
    -------
    Exact
        Links, codes of the identifiers that may not differ within one cluster, and per identifier how many values were
        found with too many different names to join.
    """
    rows = records.num_rows
    names = _codes(name_key(records) if kind == "person" else pa.nulls(rows, pa.string()))
    lefts, rights, bys = [], [], []
    conflicts: list[tuple[str, Ints]] = []
    common: dict[str, int] = {}
    for place, identifier in enumerate(IDENTIFIERS[kind]):
        found = [(c, _normalised(identifier.name, records[c])) for c in identifier.columns if c in records.column_names]
        if not found or all(values.null_count == rows for _, values in found):
            continue
        values = pa.concat_arrays([v for _, v in found])
        owner = np.tile(np.arange(rows, dtype=np.int64), len(found))
        codes = _codes(values)
        joining, crowded = _joining(codes, names[owner], identifier.strength)
        if crowded:
            common[identifier.name] = crowded
        left, right = _paired(joining, owner)
        lefts.append(left)
        rights.append(right)
        bys.append(np.full(len(left), place, dtype=np.int64))
        if identifier.single:
            conflicts += _single(identifier, codes, records)
    empty = np.empty(0, dtype=np.int64)
    links = Links(*(np.concatenate(p) if p else empty for p in (lefts, rights, bys)))
    return Exact(links, tuple(conflicts), common)


def name_key(records: pa.Table) -> pa.Array:
    """Sound of each person's name with its words in the order of the alphabet; None where there is no name."""
    have = [c for c in ("name", "given_name", "family_name") if c in records.column_names]
    if not have:
        return pa.nulls(records.num_rows, pa.string())
    parts = {c: records[c].combine_chunks() for c in have}
    whole = parts.get("name")
    if "family_name" in parts and "given_name" in parts:
        joined = pc.binary_join_element_wise(parts["family_name"], parts["given_name"], " ")
        whole = joined if whole is None else pc.coalesce(whole, joined)
    if whole is None:
        return pa.nulls(records.num_rows, pa.string())
    together = pc.replace_substring_regex(normal.plain_all(whole), r"(\p{Han}) +", r"\1")
    sound = normal.pinyin_all(together)
    tidy = pc.replace_substring_regex(sound, r"(先生|女士|小姐|[^\w ])", "")
    return normal.mostly(tidy, r"^[^ ]+$", lambda v: "".join(sorted(v.split())) or None)


_NORMAL: dict[str, Callable[[pa.Array], pa.Array]] = {
    "phone": lambda v: normal.mostly(v, normal.SOUND_PHONE, normal.phone),
    "email": lambda v: normal.mostly(v, normal.SOUND_EMAIL, normal.email),
    "credit_code": lambda v: normal.each(v, normal.credit_code),
    "registered_name": lambda v: normal.each(v, normal.registered_name),
}


def _normalised(name: str, column: pa.ChunkedArray) -> pa.Array:
    whole = column.combine_chunks()
    whole = whole if pa.types.is_string(whole.type) else pc.cast(whole, pa.string())
    made = _NORMAL.get(name)
    if made is not None:
        found = made(whole)
        return _without_placeholders(found) if name in ("phone", "email") else found
    return normal.mostly(whole, r"^[A-Za-z0-9_\-]{6,}$", normal.token)


def _without_placeholders(values: pa.Array) -> pa.Array:
    poor = pc.is_in(values, pa.array(sorted(normal.PLACEHOLDER_PHONES)))
    boxes = "|".join(sorted(normal.PLACEHOLDER_MAILBOXES))
    odd = pc.match_substring_regex(values, rf"^(?:{boxes})@|@(?:example|test)\.(?:com|org)$|^[^@]*\.[^@]*@gmail\.com$")
    if not (pc.any(odd).as_py() or pc.any(poor).as_py()):
        return values
    kept = pc.if_else(pc.or_(poor, odd.fill_null(False)), pa.scalar(None, pa.string()), values)
    again = normal.each(pc.if_else(odd.fill_null(False), values, pa.scalar(None, pa.string())), normal.email)
    return pc.coalesce(kept, again)


def _codes(values: pa.Array) -> Ints:
    """Number each value; -1 where it is unknown."""
    coded = values.dictionary_encode()
    found: Ints = coded.indices.fill_null(-1).to_numpy(zero_copy_only=False).astype(np.int64)
    return found


def _joining(codes: Ints, names: Ints, strength: Strength) -> tuple[Ints, int]:
    """Return codes that join: those of values with too many names are split by name; and how many values these are."""
    known = codes >= 0
    if not known.any():
        return codes, 0
    n_values = int(codes.max()) + 1
    n_names = int(names.max()) + 2
    both = np.unique(codes[known & (names >= 0)] * n_names + names[known & (names >= 0)])
    per_value = np.bincount(both // n_names, minlength=n_values)
    per_records = np.bincount(codes[known], minlength=n_values)
    most = FEW_NAMES if strength == "strong" else 1
    crowded = (per_value > most) | ((strength == "named") & (per_value == 0) & (per_records > MANY_RECORDS))
    if not crowded.any():
        return codes, 0
    split = known & crowded[codes]
    made = codes.copy()
    named = split & (names >= 0)
    made[split] = -1
    _, fresh = np.unique(codes[named] * n_names + names[named], return_inverse=True)
    made[named] = n_values + fresh
    return made, int(crowded.sum())


def _paired(codes: Ints, owner: Ints) -> tuple[Ints, Ints]:
    """Pair each record with the first that has its code."""
    known = codes >= 0
    if not known.any():
        return np.empty(0, dtype=np.int64), np.empty(0, dtype=np.int64)
    first = np.full(int(codes.max()) + 1, -1, dtype=np.int64)
    first[codes[known][::-1]] = owner[known][::-1]
    left, right = first[codes[known]], owner[known]
    differ = left != right
    return left[differ], right[differ]


def _single(identifier: Identifier, codes: Ints, records: pa.Table) -> list[tuple[str, Ints]]:
    codes = codes[: records.num_rows]
    if not identifier.by_system or "system" not in records.column_names:
        return [(identifier.name, codes)]
    systems = _codes(records["system"].combine_chunks())
    return [
        (identifier.name, np.where(systems == system, codes, -1)) for system in np.unique(systems[codes >= 0]).tolist()
    ]
