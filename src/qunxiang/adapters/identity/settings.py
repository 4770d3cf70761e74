"""The one setting of matching: what is compared, its levels of agreement, and what is believed before data are seen.

Each level has the share of true pairs (m) and of other pairs (u) that agree so; both are learned from the data as far
as these are many, and these numbers stand for as many observations as `PRIOR_PAIRS` where they are few.
"""

from __future__ import annotations

from dataclasses import dataclass

PRIOR_PAIRS = 100.0
"""True pairs that the numbers below stand for."""

RANDOM_PAIRS = 400_000
"""Random pairs from which u is learned."""

EM_PAIRS = 400_000
"""Pairs from which m is learned, in each session."""

EXPECTED_RECALL = 0.6
"""Share of true pairs that agree in one of the rules of `CERTAIN`."""


@dataclass(frozen=True)
class Level:
    """One level of agreement: `when` in SQL over ``x_l`` and ``x_r``; `frequent_in` weighs rare values more."""

    name: str
    when: str
    m: float
    u: float
    frequent_in: str | None = None


@dataclass(frozen=True)
class Comparison:
    """What is compared: unknown when `unknown` holds, else the first level whose condition does."""

    name: str
    unknown: str
    levels: tuple[Level, ...]


def _missing(*columns: str) -> str:
    return " OR ".join(f"{c}_{side} IS NULL" for c in columns for side in "lr")


def _close(column: str, least: float) -> str:
    return f"jaro_winkler_similarity({column}_l, {column}_r) >= {least}"


def _edits(column: str, most: int) -> str:
    return f"damerau_levenshtein({column}_l, {column}_r) <= {most}"


def _same(column: str) -> str:
    return f"{column}_l = {column}_r"


_SWAPPED = "given_l = family_r AND family_l = given_r"
_DAY_AND_MONTH = (
    "substr(birth_l, 1, 4) = substr(birth_r, 1, 4) AND substr(birth_l, 5, 2) = substr(birth_r, 7, 2)"
    " AND substr(birth_l, 7, 2) = substr(birth_r, 5, 2)"
)

PERSON = (
    Comparison(
        "given",
        _missing("given"),
        (
            Level("equal", _same("given"), 0.74, 0.006, "given"),
            Level("sound", _same("given_sound"), 0.03, 0.003),
            Level("swapped", _SWAPPED, 0.03, 0.0001),
            Level("close", f"han_l = '0' AND ({_close('given', 0.9)} OR {_edits('given', 1)})", 0.12, 0.004),
            Level("near", f"han_l = '0' AND {_close('given', 0.8)}", 0.03, 0.012),
            Level("differs", "ELSE", 0.05, 0.975),
        ),
    ),
    Comparison(
        "family",
        _missing("family"),
        (
            Level("equal", _same("family"), 0.76, 0.004, "family"),
            Level("sound", _same("family_sound"), 0.02, 0.003),
            Level("swapped", _SWAPPED, 0.03, 0.03),
            Level("close", f"{_close('family', 0.9)} OR {_edits('family', 1)}", 0.12, 0.003),
            Level("near", _close("family", 0.8), 0.03, 0.01),
            Level("differs", "ELSE", 0.04, 0.95),
        ),
    ),
    Comparison(
        "birth",
        _missing("birth"),
        (
            Level("equal", _same("birth"), 0.82, 0.0001),
            Level("day_and_month", _DAY_AND_MONTH, 0.03, 0.0001),
            Level("close", _edits("birth", 1), 0.1, 0.002),
            Level("near", _edits("birth", 2), 0.02, 0.02),
            Level("differs", "ELSE", 0.03, 0.9778),
        ),
    ),
    Comparison(
        "phone",
        _missing("phone"),
        (
            Level("equal", _same("phone"), 0.6, 0.00002, "phone"),
            Level("close", _edits("phone", 1), 0.05, 0.0001),
            Level("differs", "ELSE", 0.35, 0.99988),
        ),
    ),
    Comparison(
        "email",
        _missing("email"),
        (
            Level("equal", _same("email"), 0.6, 0.00002, "email"),
            Level("mailbox", _same("mailbox"), 0.05, 0.0005),
            Level("close", _close("mailbox", 0.92), 0.05, 0.0015),
            Level("differs", "ELSE", 0.3, 0.99798),
        ),
    ),
    Comparison(
        "house",
        _missing("house"),
        (Level("equal", _same("house"), 0.85, 0.01, "house"), Level("differs", "ELSE", 0.15, 0.99)),
    ),
    Comparison(
        "street",
        _missing("street"),
        (
            Level("equal", _same("street"), 0.76, 0.001, "street"),
            Level("close", f"{_close('street', 0.92)} OR {_edits('street', 2)} AND length(street_l) > 5", 0.12, 0.003),
            Level("differs", "ELSE", 0.12, 0.996),
        ),
    ),
    Comparison(
        "rest",
        _missing("rest"),
        (
            Level("equal", _same("rest"), 0.7, 0.004, "rest"),
            Level("close", _close("rest", 0.9), 0.15, 0.01),
            Level("differs", "ELSE", 0.15, 0.986),
        ),
    ),
    Comparison(
        "place",
        _missing("place"),
        (
            Level("equal", _same("place"), 0.82, 0.01, "place"),
            Level("close", f"{_close('place', 0.9)} OR {_edits('place', 1)} AND length(place_l) > 3", 0.1, 0.006),
            Level("differs", "ELSE", 0.08, 0.984),
        ),
    ),
    Comparison(
        "postcode",
        _missing("postcode"),
        (
            Level("equal", _same("postcode"), 0.82, 0.004, "postcode"),
            Level("close", _edits("postcode", 1), 0.1, 0.02),
            Level("differs", "ELSE", 0.08, 0.976),
        ),
    ),
    Comparison(
        "province",
        _missing("province"),
        (Level("equal", _same("province"), 0.92, 0.2), Level("differs", "ELSE", 0.08, 0.8)),
    ),
    Comparison(
        "company",
        _missing("company"),
        (
            Level("equal", _same("company"), 0.6, 0.002, "company"),
            Level("close", _close("company", 0.9), 0.1, 0.003),
            Level("differs", "ELSE", 0.3, 0.995),
        ),
    ),
)
"""What is compared of two persons."""

ACCOUNT = (
    Comparison(
        "name",
        _missing("core"),
        (
            Level("equal", _same("whole"), 0.3, 0.0002, "whole"),
            Level("core", _same("core"), 0.3, 0.0004, "core"),
            Level("sound", _same("core_sound"), 0.06, 0.0004),
            Level("short", "brand_l = brand_r AND (core_l = brand_l OR core_r = brand_r)", 0.2, 0.001, "brand"),
            Level(
                "short_sound", "brand_sound_l = brand_sound_r AND (core_l = brand_l OR core_r = brand_r)", 0.03, 0.001
            ),
            Level("brand", _same("brand"), 0.05, 0.002),
            Level("close", _close("core_sound", 0.95), 0.03, 0.004),
            Level("differs", "ELSE", 0.03, 0.9910),
        ),
    ),
    Comparison(
        "city",
        _missing("city"),
        (Level("equal", _same("city"), 0.95, 0.05, "city"), Level("differs", "ELSE", 0.05, 0.95)),
    ),
    Comparison(
        "phone",
        _missing("phone"),
        (
            Level("equal", _same("phone"), 0.6, 0.0001, "phone"),
            Level("close", _edits("phone", 1), 0.04, 0.0003),
            Level("differs", "ELSE", 0.36, 0.9996),
        ),
    ),
    Comparison(
        "site",
        _missing("site"),
        (Level("equal", _same("site"), 0.85, 0.0001, "site"), Level("differs", "ELSE", 0.15, 0.9999)),
    ),
    Comparison(
        "street",
        _missing("street"),
        (
            Level("equal", f"{_same('street')} AND {_same('house')}", 0.75, 0.0003),
            Level("street", _same("street"), 0.1, 0.003),
            Level("differs", "ELSE", 0.15, 0.9967),
        ),
    ),
    Comparison(
        "province",
        _missing("province"),
        (Level("equal", _same("province"), 0.97, 0.1), Level("differs", "ELSE", 0.03, 0.9)),
    ),
    Comparison(
        "postcode",
        _missing("postcode"),
        (Level("equal", _same("postcode"), 0.85, 0.01), Level("differs", "ELSE", 0.15, 0.99)),
    ),
)
"""What is compared of two companies."""

COMPARISONS = {"person": PERSON, "account": ACCOUNT}

LEARNED_ON = {
    "person": (
        ("given", "family"),
        ("birth", "place"),
        ("phone", "given"),
        ("house", "street"),
    ),
    "account": (("core",), ("phone",), ("brand", "city")),
}
"""Pairs that agree in these columns are mostly true: the other columns' m is learned on them."""

CERTAIN = {
    "person": (
        ("given", "family", "birth"),
        ("given", "family", "phone"),
        ("given", "family", "house", "street"),
        ("given", "family", "email"),
    ),
    "account": (("whole", "city"), ("core", "phone"), ("core", "site")),
}
"""Pairs that agree in these columns are one; from their number follows how many true pairs there are."""
