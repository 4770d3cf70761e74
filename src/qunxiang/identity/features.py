"""What of a record is compared: its columns in compared form, and the keys under which likely pairs are found."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from qunxiang.identity import normal
from qunxiang.tables.features import Features

CROWD = 60
"""Records that share a blocking key at most; a key of more says too little and finds no pairs."""

PERSON_BLOCKS: Mapping[str, tuple[str, ...]] = {
    "b_name": ("names",),
    "b_phone": ("phone",),
    "b_email": ("email",),
    "b_birth": ("birth",),
    "b_birth_digits": ("birth_digits", "family_start"),
    "b_birth_given": ("birth_digits", "given_start"),
    "b_address": ("house", "street"),
    "b_postcode_house": ("postcode", "house"),
    "b_postcode_family": ("postcode", "family_start"),
    "b_street_family": ("street", "family_sound"),
    "b_year_family": ("birth_year", "family_sound", "given_start"),
    "b_year_given": ("birth_year", "given_sound", "family_start"),
    "b_place_family": ("place", "family_sound", "given_start"),
    "b_place_given": ("place", "given_sound"),
    "b_company_family": ("company", "family_sound"),
}
"""Persons that agree in all parts of one of these are compared."""

ACCOUNT_BLOCKS: Mapping[str, tuple[str, ...]] = {
    "b_core": ("core_sound",),
    "b_brand": ("brand_sound",),
    "b_start": ("core_start", "place"),
    "b_end": ("core_end", "place"),
    "b_phone": ("phone",),
    "b_site": ("site",),
    "b_address": ("house", "street", "place"),
}
"""Companies that agree in all parts of one of these are compared."""

COMPARED = {
    "person": (
        "given", "family", "given_sound", "family_sound", "han", "birth", "phone", "email", "mailbox", "house",
        "street", "rest", "place", "province", "postcode", "company",
    ),
    "account": (
        "whole", "core", "core_sound", "brand", "brand_sound", "city", "place", "province", "phone", "site", "house",
        "street", "postcode",
    ),
}  # fmt: skip
"""Columns that matching compares, per kind of record."""


def person_features(records: pa.Table) -> Features:
    """Return what is compared of persons.

    Parameters
    ----------
    records
        One row per record, text columns as they were loaded; those that are absent count as unknown: ``name``,
        ``given_name``, ``family_name``, ``phone``, ``email``, ``birth_date``, ``address``, ``district``, ``city``,
        ``province``, ``postcode``, ``company``.

    Returns
    -------
    Features
        One row per record, in order; ``unique_id`` is the row number.
    """
    text = _Texts(records)
    names = [
        normal.person_name(n, g, f)
        for n, g, f in zip(text.list("name"), text.list("given_name"), text.list("family_name"), strict=True)
    ]
    where = [normal.address(a) if a else None for a in text.list("address")]
    birth = text.made("birth_date", _birth)
    columns: dict[str, Any] = {
        "given": [n.given for n in names],
        "family": [n.family for n in names],
        "birth": birth,
        "phone": text.made("phone", normal.phone),
        "email": text.made("email", normal.email),
        "postcode": text.made("postcode", lambda v: normal.plain(v).replace(" ", "") or None),
        "company": text.made("company", lambda v: normal.company_name(v).core),
        "province": text.made("province", _place),
        **_address(where, text),
    }
    made = {name: pa.array(values, pa.string()) for name, values in columns.items()}
    made["given_sound"], made["family_sound"] = (normal.each(made[c], normal.pinyin) for c in ("given", "family"))
    made["han"] = normal.each(made["given"], lambda v: "1" if normal.is_han(v) else "0")
    made["mailbox"] = normal.each(made["email"], lambda v: v.split("@", 1)[0])
    keys = {
        "names": _sorted(made["given_sound"], made["family_sound"]),
        "birth_year": normal.each(made["birth"], lambda v: v[:4]),
        "birth_digits": normal.each(made["birth"], lambda v: "".join(sorted(v))),
        "family_start": normal.each(made["family_sound"], lambda v: v[:2]),
        "given_start": normal.each(made["given_sound"], lambda v: v[:2]),
    }
    return _features("person", made, keys, PERSON_BLOCKS)


def account_features(records: pa.Table) -> Features:
    """Return what is compared of companies.

    Parameters
    ----------
    records
        One row per record, as for :func:`person_features`: ``name``, ``short_name``, ``phone``, ``website``,
        ``address``, ``district``, ``city``, ``province``, ``postcode``.

    Returns
    -------
    Features
        One row per record, in order; ``unique_id`` is the row number.
    """
    text = _Texts(records)
    names = [normal.company_name(n or s or "") for n, s in zip(text.list("name"), text.list("short_name"), strict=True)]
    where = [normal.address(a) if a else None for a in text.list("address")]
    columns: dict[str, Any] = {
        "whole": [n.full for n in names],
        "core": [n.core for n in names],
        "brand": [n.brand for n in names],
        "phone": text.made("phone", normal.phone),
        "site": text.made("website", normal.domain),
        "postcode": text.made("postcode", lambda v: normal.plain(v).replace(" ", "") or None),
        "province": text.made("province", _place),
        **_address(where, text),
    }
    known = columns.pop("city")
    columns["city"] = [n.city or c for n, c in zip(names, known, strict=True)]
    columns["place"] = columns["city"]
    made = {name: pa.array(values, pa.string()) for name, values in columns.items()}
    made["core_sound"], made["brand_sound"] = (normal.each(made[c], normal.pinyin) for c in ("core", "brand"))
    keys = {
        "core_start": normal.each(made["core_sound"], lambda v: v[:5]),
        "core_end": normal.each(made["core_sound"], lambda v: v[-6:]),
    }
    return _features("account", made, keys, ACCOUNT_BLOCKS)


class _Texts:
    """Columns of a table as text; an absent one is unknown throughout."""

    def __init__(self, table: pa.Table) -> None:
        self._table = table

    def column(self, name: str) -> pa.Array:
        if name not in self._table.column_names:
            return pa.nulls(self._table.num_rows, pa.string())
        found = self._table[name].combine_chunks()
        return found if pa.types.is_string(found.type) else pc.cast(found, pa.string())

    def list(self, name: str) -> list[str | None]:
        values: list[str | None] = self.column(name).to_pylist()
        return values

    def made(self, name: str, function: Callable[[str], str | None]) -> pa.Array:
        return normal.each(self.column(name), function)


def _birth(text: str) -> str | None:
    digits = "".join(c for c in text[:10] if c.isdigit())
    return digits if len(digits) == 8 and digits not in ("19000101", "19700101", "00000000") else None


def _place(text: str) -> str | None:
    made = normal.plain(text)
    if not made or not normal.is_han(made):
        return made or None
    short = made.removesuffix("特别行政区").removesuffix("自治区").removesuffix("省").removesuffix("市")
    for people in ("壮族", "回族", "维吾尔"):
        short = short.removesuffix(people)
    return short or made


def _address(where: list[normal.Address | None], text: _Texts) -> dict[str, list[str | None]]:
    cities = text.made("city", _place).to_pylist()
    districts = text.made("district", normal.plain).to_pylist()
    city = [c or (a.city if a else None) for c, a in zip(cities, where, strict=True)]
    district = [d or (a.district if a else None) for d, a in zip(districts, where, strict=True)]
    return {
        "house": [a.house if a else None for a in where],
        "street": [a.street if a else None for a in where],
        "rest": [a.rest if a else None for a in where],
        # a Chinese district is often left out, so the city is what compares; elsewhere the suburb tells more
        "place": [c if c and normal.is_han(c) else d or c for c, d in zip(city, district, strict=True)],
        "city": city,
    }


def _sorted(one: pa.Array, other: pa.Array) -> pa.Array:
    """Both texts of each row in the order of the alphabet; None unless both are known."""
    first = pc.if_else(pc.less(one, other), one, other)
    second = pc.if_else(pc.less(one, other), other, one)
    return pc.binary_join_element_wise(first, second, "|")


def _features(
    kind: str, made: dict[str, pa.Array], keys: dict[str, pa.Array], rules: Mapping[str, tuple[str, ...]]
) -> Features:
    rows = len(next(iter(made.values())))
    columns = {"unique_id": pa.array(np.arange(rows, dtype=np.int64))} | {c: made[c] for c in COMPARED[kind]}
    known = made | keys
    blocks = []
    for name, parts in rules.items():
        key = pc.binary_join_element_wise(*(known[p] for p in parts), "|") if len(parts) > 1 else known[parts[0]]
        columns[name] = _uncrowded(key)
        blocks.append(name)
    return Features(kind, pa.table(columns), tuple(blocks))


def _uncrowded(key: pa.Array) -> pa.Array:
    """Keys that at least two and at most `CROWD` rows share, as numbers; None for all others."""
    coded = key.dictionary_encode()
    indices = coded.indices.fill_null(-1).to_numpy(zero_copy_only=False).astype(np.int64)
    if not len(coded.dictionary):
        return pa.nulls(len(key), pa.int64())
    shared = np.bincount(indices[indices >= 0], minlength=len(coded.dictionary))
    fits = (indices >= 0) & (shared[indices] >= 2) & (shared[indices] <= CROWD)
    return pa.array(indices, mask=~fits)
