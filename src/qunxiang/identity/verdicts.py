"""What a scored pair means: one, to be looked at, or two."""

from __future__ import annotations

from typing import Literal

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

MERGE_WEIGHT = 4.0
"""Pairs of at least this weight (log2 odds: 16 to 1) are one, unless their names speak against it."""

REVIEW_WEIGHT = -1.0
"""Pairs from this weight on (1 to 2) are looked at by somebody; below it they are two."""

ONE, LOOK, TWO = 2, 1, 0

_AGREES = {"equal", "sound", "swapped", "close", "near"}
_OWN = {
    "phone": {"equal", "close"},
    "email": {"equal", "mailbox", "close"},
    "postcode": {"equal", "close"},
    "company": {"equal", "close"},
    "rest": {"equal", "close"},
}


def verdicts(
    kind: Literal["person", "account"], pairs: pa.Table, *, han: NDArray[np.bool_] | None = None
) -> NDArray[np.int64]:
    """Say of each scored pair whether it is one (2), to be looked at (1) or two (0).

    Weight decides, and names have a veto that turns one into a look: people of a family share telephone, address and
    family name. Two persons are one only when the given names agree (or, where one is not told, the family names), or,
    outside Chinese, when birth date and address agree); a name with city and province alone is never enough. Two
    companies are one only when the names agree without place and legal form, or resemble and telephone, website or
    street agree too, and not when they name different cities.

    Parameters
    ----------
    pairs
        As returned by :class:`qunxiang.ports.identity.Identity`.
    han
        Per pair, whether a given name is Chinese.
    """
    weight = pairs["weight"].to_numpy()
    fits = _persons(pairs, han) if kind == "person" else _companies(pairs)
    worth = (weight >= REVIEW_WEIGHT) & ~_relatives(pairs, han)
    return np.where((weight >= MERGE_WEIGHT) & fits, ONE, np.where(worth, LOOK, TWO)).astype(np.int64)


def _relatives(pairs: pa.Table, han: NDArray[np.bool_] | None) -> NDArray[np.bool_]:
    """Two given names and two birth dates, or two Chinese given names and nothing of one's own: not worth a look."""
    named = _level(pairs, "given", {"differs"})
    born = _level(pairs, "birth", {"equal", "day_and_month", "close"})
    other = _level(pairs, "birth", {"differs", "near"})
    chinese = np.zeros(pairs.num_rows, dtype=bool) if han is None else han
    found: NDArray[np.bool_] = named & (other | (chinese & ~born & ~_level(pairs, "email", {"equal"})))
    return found


def _level(pairs: pa.Table, name: str, levels: set[str]) -> NDArray[np.bool_]:
    column = f"level_{name}"
    if column not in pairs.column_names:
        return np.zeros(pairs.num_rows, dtype=bool)
    found: NDArray[np.bool_] = pc.is_in(pairs[column], pa.array(sorted(levels))).to_numpy(zero_copy_only=False)
    return found


def _unknown(pairs: pa.Table, name: str) -> NDArray[np.bool_]:
    column = f"level_{name}"
    if column not in pairs.column_names:
        return np.ones(pairs.num_rows, dtype=bool)
    found: NDArray[np.bool_] = pc.is_null(pairs[column]).to_numpy(zero_copy_only=False)
    return found


def _persons(pairs: pa.Table, han: NDArray[np.bool_] | None) -> NDArray[np.bool_]:
    given, family = _level(pairs, "given", _AGREES), _level(pairs, "family", _AGREES)
    born = _level(pairs, "birth", {"equal", "day_and_month", "close"})
    lives = _level(pairs, "house", {"equal"}) & _level(pairs, "street", {"equal", "close"})
    chinese = np.zeros(pairs.num_rows, dtype=bool) if han is None else han
    # near is far for a name of few letters: another part must carry it
    sure = given & (family | _unknown(pairs, "family") | born)
    surname_only = _unknown(pairs, "given") & family & (born | lives)
    fits: NDArray[np.bool_] = sure | surname_only | (~chinese & born & (family | lives))
    # a name and a city are shared by many: something of the person's own must agree too
    own = born | _level(pairs, "street", {"equal", "close"})
    for name, levels in _OWN.items():
        own |= _level(pairs, name, levels)
    return fits & own


def _companies(pairs: pa.Table) -> NDArray[np.bool_]:
    named = _level(pairs, "name", {"equal", "core"})
    alike = _level(pairs, "name", {"sound", "short", "short_sound", "close"})
    site, phone = _level(pairs, "site", {"equal"}), _level(pairs, "phone", {"equal"})
    street = _level(pairs, "street", {"equal"})
    elsewhere = _level(pairs, "city", {"differs"})
    brand = _level(pairs, "name", {"brand"}) & (site | (phone & street))
    fits: NDArray[np.bool_] = (named | brand | (alike & (site | phone | street))) & ~(elsewhere & ~site)
    return fits
