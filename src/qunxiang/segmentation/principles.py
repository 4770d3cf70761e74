"""Principles beyond being well divided: led by needs (需求导向), following change (动态调整), led by value.

What is judged is an effect size: how much of the differences between customers lies between the segments. For numbers
it is η², for texts Cramér's V; a medium effect by Cohen's convention is enough. Led by value is 价值导向.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from sqlglot import exp

from qunxiang.i18n import Label, Message
from qunxiang.model import Family, Segmentation, TraitDefinition
from qunxiang.segmentation.assign import segment_of
from qunxiang.segmentation.classify import Check
from qunxiang.sql import Query, Relation, Rule, TraitType, column, select
from qunxiang.statistics import TooFewRows, cramers_v

MEDIUM_ETA2 = 0.06
"""Least share of variance between segments that counts (Cohen 1988, medium)."""

MEDIUM_V = 0.2
"""Least Cramér's V that counts."""

NEEDS = ("discount_share", "coupon_share", "price_level", "private_label_share", "category_count", "top_category")
"""What customers look for, as far as behaviour tells: discounts, price, own brands, breadth, the usual category."""

VALUE = "monetary_365d"
"""The value that segments should differ in."""

_STATIC = frozenset({Family.DEMOGRAPHIC, Family.GEOGRAPHIC, Family.FIRMOGRAPHIC})


def effects_query(
    traits: Relation, segmentation: Segmentation, types: Mapping[str, TraitType], numbers: Sequence[str]
) -> Query:
    """Sum up numbers by segment.

    Returns
    -------
    Query
        One row per segment, those in none (NULL) as one more: `segment`, and for each of `numbers` in order `n_0`
        (known values), `s_0` (their sum) and `q_0` (the sum of their squares), ….
    """
    tree = select(
        "SELECT s.segment FROM traits__ AS t INNER JOIN found__ AS s ON t.profile_id = s.profile_id GROUP BY s.segment",
        traits=traits,
        found=segment_of(traits, segmentation, types),
    ).tree
    for i, name in enumerate(numbers):
        value = exp.cast(column(name, "t"), "DOUBLE")
        made = {
            f"n_{i}": exp.cast(exp.Count(this=value.copy()), "BIGINT"),
            f"s_{i}": exp.Sum(this=value.copy()),
            f"q_{i}": exp.Sum(this=exp.Mul(this=value.copy(), expression=value.copy())),
        }
        for alias, node in made.items():
            tree.select(exp.alias_(node, alias), copy=False)
    return Query(tree)


def levels_between(traits: Relation, segmentation: Segmentation, types: Mapping[str, TraitType], text: str) -> Query:
    """Count customers by segment and value of a text: one row per pair, `segment`, `level`, `n`."""
    return select(
        "SELECT s.segment, :value AS level, COUNT(*) AS n FROM traits__ AS t"
        " INNER JOIN found__ AS s ON t.profile_id = s.profile_id"
        " WHERE NOT :value2 IS NULL GROUP BY s.segment, :value3",
        traits=traits,
        found=segment_of(traits, segmentation, types),
        value=column(text, "t"),
        value2=column(text, "t"),
        value3=column(text, "t"),
    )


def eta_squared(groups: Sequence[tuple[int, float, float]]) -> float | None:
    """Return the share of variance that lies between groups, 0 to 1; None when nothing varies.

    Parameters
    ----------
    groups
        Number of values, their sum and the sum of their squares, per group.

    References
    ----------
    Fisher, R. A. (1925). Statistical Methods for Research Workers. Cohen, J. (1988). Statistical Power Analysis.
    """
    known = np.array([g for g in groups if g[0] > 0], dtype=np.float64).reshape(-1, 3)
    n, total, squares = known.sum(axis=0) if len(known) else np.zeros(3)
    if n < 2:
        return None
    whole = squares - total * total / n
    if whole <= 1e-12 * max(1.0, abs(squares)):
        return None
    between = float((known[:, 1] ** 2 / known[:, 0]).sum() - total * total / n)
    return float(min(1.0, max(0.0, between / whole)))


def cramers_v_of(rows: Sequence[Mapping[str, Any]]) -> float | None:
    """Return Cramér's V of the rows of :func:`levels_between`; None when there is nothing to compare."""
    segments = {r["segment"]: i for i, r in enumerate({r["segment"]: r for r in rows}.values())}
    levels = {r["level"]: i for i, r in enumerate({r["level"]: r for r in rows}.values())}
    table = np.zeros((len(segments), len(levels)))
    for r in rows:
        table[segments[r["segment"]], levels[r["level"]]] = r["n"]
    if min(table.shape, default=0) < 2:
        return None
    found = cramers_v(table)
    return None if isinstance(found, TooFewRows) else found


def value_led(effect: float | None) -> Check | None:
    """Judge whether segments differ in value; None when the data cannot tell."""
    if effect is None:
        return None
    return _check("value_led", effect >= MEDIUM_ETA2, {"effect": effect, "least": MEDIUM_ETA2})


def need_led(numbers: Mapping[str, float | None], text: float | None, labels: Mapping[str, Label]) -> Check | None:
    """Judge whether segments differ in what customers look for, by the strongest effect; None when nobody can tell.

    Parameters
    ----------
    numbers
        η² of each number of :data:`NEEDS` that is there.
    text
        Cramér's V with the category most bought.
    """
    found = [(e / MEDIUM_ETA2, name, e) for name, e in numbers.items() if e is not None]
    if text is not None:
        found.append((text / MEDIUM_V, "top_category", text))
    if not found:
        return None
    ratio, name, effect = max(found)
    return _check("need_led", ratio >= 1, {"trait": labels.get(name, Label.same(name)), "effect": effect})


def dynamic(
    segmentation: Segmentation, rules: Sequence[Rule], traits: Mapping[str, TraitDefinition], moved: float | None
) -> Check:
    """Judge whether membership follows what customers do, not only what they are; says how many moved last."""
    used = set(segmentation.model.traits) if segmentation.model is not None else {t for r in rules for t in r.traits}
    moving = any(r.behaviours or r.segments for r in rules)
    moving = moving or any(name in traits and traits[name].family not in _STATIC for name in used)
    code = "dynamic" if moved is None else "dynamic_moved"
    return Check("dynamic", moving, Message(f"segment.check.{code}.{'yes' if moving else 'no'}", {"share": moved}))


def _check(name: str, met: bool, params: dict[str, Any]) -> Check:
    return Check(name, met, Message(f"segment.check.{name}.{'yes' if met else 'no'}", params))
