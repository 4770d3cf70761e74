"""Why a profile is, or is not, in a segment; computed from the snapshot's definitions and the profile's values."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any

import numpy as np
from sqlglot import exp

from qunxiang.i18n import Label, Message
from qunxiang.model import CentreModel, ClassModel, NumberColumns, Segmentation
from qunxiang.segmentation.assign import rules_of
from qunxiang.sql import Rule, TraitType
from qunxiang.sql.rule_forms import role_of
from qunxiang.sql.rule_reading import chain
from qunxiang.sql.rule_text import SIGNS, rule_text
from qunxiang.sql.rule_values import evaluate, known

_READABLE = {">=": "≥", "<=": "≤", "!=": "≠"}


@dataclass(frozen=True)
class Reason:
    """One ground.

    `holds` is None when a value it needs is unknown. `condition` is the atomic condition as the rule writes it, or
    None for grounds of a model or of people. `traits` are the traits it looks at.
    """

    message: Message
    holds: bool | None
    condition: str | None = None
    traits: tuple[str, ...] = ()


@dataclass(frozen=True)
class Seen:
    """What there is of a behaviour: the number of rows that count, and the day of the last (None without any)."""

    n: int
    last: date | None


@dataclass(frozen=True)
class ByHand:
    """The record that a named person put a profile into a segment."""

    segment: str
    who: str
    when: date
    why: str


@dataclass(frozen=True)
class Why:
    """The segment of a profile (None for none), whether people or the computation gave it, and the reasons.

    `computed` is the segment that the traits alone would give; it differs from `segment` only by hand. `labels` are
    the names for people of the segments and traits that stand in it, by id.
    """

    segment: str | None
    computed: str | None
    reasons: tuple[Reason, ...]
    labels: Mapping[str, Label] = field(default_factory=dict)


def why(rule: Rule, values: Mapping[str, Any], seen: Mapping[str, Seen] | None = None) -> tuple[Reason, ...]:
    """Return one reason per atomic condition of a rule, in the rule's order.

    Parameters
    ----------
    values
        Trait values of one profile by trait id, with behaviour and memberships by their canonical texts; absent, None
        and NaN are unknown.
    seen
        What there is of behaviour, by its canonical text.
    """
    return tuple(_reason(atom, values, seen or {}) for atom in _atoms(rule.tree))


def sentence(rule: Rule, values: Mapping[str, Any]) -> str:
    """Return the deciding conditions with their values, such as ``orders_365d 7 ≥ 3 and recency_days 12 ≤ 90``.

    Of an ``or`` that holds only the parts that hold are given, of an ``and`` that does not hold only those that do not.
    """
    return _deciding(rule.tree, values)


def why_segment(
    segmentation: Segmentation,
    values: Mapping[str, Any],
    types: Mapping[str, TraitType],
    *,
    by_hand: ByHand | None = None,
    seen: Mapping[str, Seen] | None = None,
) -> Why:
    """Say where a profile belongs and why.

    Reasons of a rule are its conditions, after those of the rules tried before it that do not hold; of a model the
    distances to the nearest and second centre, or the two most probable classes, and the traits that decide; by hand
    who, when, why.
    """
    computed, reasons = (
        _by_rules(segmentation, values, types, seen or {})
        if segmentation.model is None
        else _by_model(segmentation, segmentation.model, values)
    )
    if by_hand is None:
        return Why(computed, computed, reasons)
    given = Message("why.by_hand", {"who": by_hand.who, "when": by_hand.when, "why": by_hand.why})
    return Why(by_hand.segment, computed, (Reason(given, True), *reasons))


def _by_rules(
    segmentation: Segmentation, values: Mapping[str, Any], types: Mapping[str, TraitType], seen: Mapping[str, Seen]
) -> tuple[str | None, tuple[Reason, ...]]:
    passed: list[Reason] = []
    for segment_id, rule in rules_of(segmentation, types).items():
        if evaluate(rule.tree, values) is True:
            return segment_id, (*why(rule, values, seen), *passed)
        params = {"segment": _label(segmentation, segment_id), "conditions": sentence(rule, values)}
        passed.append(Reason(Message("why.earlier", params), False, rule.text, rule.traits))
    if segmentation.rest is None:
        return None, tuple(passed)
    rest = Message("why.rest", {"segment": _label(segmentation, segmentation.rest)})
    return segmentation.rest, (Reason(rest, True), *passed)


def _label(segmentation: Segmentation, segment_id: str) -> Label:
    segment = segmentation.segment(segment_id)
    return Label.same(segment_id) if segment is None else segment.label


def _by_model(
    segmentation: Segmentation, model: CentreModel | ClassModel, values: Mapping[str, Any]
) -> tuple[str | None, tuple[Reason, ...]]:
    if isinstance(model, ClassModel):
        return _by_classes(segmentation, model, values)
    raw = [known(values.get(t)) for t in model.traits]
    lacking = tuple(t for t, v in zip(model.traits, raw, strict=True) if v is None)
    if lacking:
        return None, (Reason(Message("why.model.unknown", {"traits": lacking}), None, traits=lacking),)
    x = np.array([float(v) for v in raw if v is not None])  # type: ignore[arg-type]
    logged = np.asarray(model.log1p)
    if np.any(x[logged] <= -1):
        return None, (Reason(Message("why.model.unknown", {"traits": model.traits}), None, traits=model.traits),)
    x[logged] = np.log1p(x[logged])
    x = (np.clip(x, model.low, model.high) - np.asarray(model.mean)) / np.asarray(model.scale)
    parts = (x - np.asarray(model.centres)) ** 2  # (n_segments, n_traits)
    squared = parts.sum(axis=1)
    # of several centres of one segment the nearest counts
    nearest_first = np.argsort(squared, kind="stable").tolist()
    place = model.segment_of
    order = [c for n, c in enumerate(nearest_first) if place[c] not in {place[b] for b in nearest_first[:n]}]
    nearest = segmentation.segments[place[order[0]]]
    told = {"segment": nearest.label, "distance": float(np.sqrt(squared[order[0]]))}
    reasons = [Reason(Message("why.model.nearest", told), True, traits=model.traits)]
    if len(order) > 1:
        second = segmentation.segments[place[order[1]]]
        told = {"segment": second.label, "distance": float(np.sqrt(squared[order[1]]))}
        reasons.append(Reason(Message("why.model.second", told), False, traits=model.traits))
        reasons += _towards(model.traits, parts[order[1]] - parts[order[0]], values, second.label)
    return nearest.id, tuple(reasons)


def _by_classes(
    segmentation: Segmentation, model: ClassModel, values: Mapping[str, Any]
) -> tuple[str | None, tuple[Reason, ...]]:
    """Grounds of a most probable class: the two most probable with their probabilities, and the traits that decide."""
    parts = _log_parts(model, values)  # (n_segments, n_traits), NaN where unknown
    unknown = tuple(t for t, column in zip(model.traits, parts.T, strict=True) if np.isnan(column).any())
    numbers = model.numbers
    blocked = numbers is not None and not numbers.independent and any(t in numbers.traits for t in unknown)
    if len(unknown) == len(model.traits) or blocked:
        return None, (Reason(Message("why.model.unknown", {"traits": unknown}), None, traits=unknown),)
    parts = np.nan_to_num(parts)
    density = np.asarray(model.log_shares) + parts.sum(axis=1)
    order = np.argsort(-density, kind="stable")
    probability = np.exp(density - density.max())
    probability /= probability.sum()
    most = segmentation.segments[order[0]]
    told = {"segment": most.label, "probability": float(probability[order[0]])}
    reasons = [Reason(Message("why.model.probable", told), True, traits=model.traits)]
    if len(order) > 1:
        second = segmentation.segments[order[1]]
        told = {"segment": second.label, "probability": float(probability[order[1]])}
        reasons.append(Reason(Message("why.model.second_probable", told), False, traits=model.traits))
        reasons += _towards(model.traits, parts[order[0]] - parts[order[1]], values, second.label)
    if unknown:
        reasons.append(Reason(Message("why.model.passed_over", {"traits": unknown}), None, traits=unknown))
    return most.id, tuple(reasons)


def _log_parts(model: ClassModel, values: Mapping[str, Any]) -> np.ndarray[Any, np.dtype[np.float64]]:
    """Part of every trait in the log-density of every class, shape (n_segments, n_traits); NaN is unknown."""
    n_segments = len(model.log_shares)
    found = []
    if model.numbers is not None:
        x = _prepared(model.numbers, values)
        factors, means = np.asarray(model.numbers.factors), np.asarray(model.numbers.means)
        widths = np.diagonal(factors, axis1=1, axis2=2)
        # alone, an unknown trait leaves the others as they are; together, it makes all of them unknown
        z = widths * (x - means) if model.numbers.independent else np.einsum("kjm,km->kj", factors, x - means)
        found.append(np.log(widths) - 0.5 * np.log(2 * np.pi) - 0.5 * z**2)
    for answer in model.answers:
        value = known(values.get(answer.trait))
        told = str(value).lower() if isinstance(value, bool) else value
        shares = np.asarray(answer.log_shares)
        if told in answer.levels:
            found.append(shares[:, [answer.levels.index(told)]])
        elif value is not None and answer.other:
            found.append(shares[:, [-1]])
        else:
            found.append(np.full((n_segments, 1), np.nan))
    return np.column_stack(found)


def _prepared(numbers: NumberColumns, values: Mapping[str, Any]) -> np.ndarray[Any, np.dtype[np.float64]]:
    raw = [known(values.get(t)) for t in numbers.traits]
    x = np.array([np.nan if v is None else float(v) for v in raw])  # type: ignore[arg-type]
    logged = np.asarray(numbers.log1p)
    x[logged] = np.where(x[logged] > -1, np.log1p(np.maximum(x[logged], -0.5)), np.nan)
    return np.asarray((np.clip(x, numbers.low, numbers.high) - np.asarray(numbers.mean)) / np.asarray(numbers.scale))


def _towards(
    traits: Sequence[str], gain: np.ndarray[Any, np.dtype[np.float64]], values: Mapping[str, Any], second: Label
) -> list[Reason]:
    """Return up to three traits that make the nearest centre nearer than the second, with their part of that."""
    positive = float(gain[gain > 0].sum())
    best = [int(j) for j in np.argsort(-gain, kind="stable")[:3] if gain[j] > 0]
    return [
        Reason(
            Message(
                "why.model.trait",
                {
                    "trait": traits[j],
                    "value": values[traits[j]],
                    "part": gain[j] / positive,
                    "second": second,
                },
            ),
            True,
            traits=(traits[j],),
        )
        for j in best
    ]


def _atoms(node: exp.Expr) -> list[exp.Expr]:
    if isinstance(node, exp.And | exp.Or):
        return [atom for part in chain(node) for atom in _atoms(part)]
    if isinstance(node, exp.Not) and isinstance(node.this, exp.And | exp.Or):
        return [exp.Not(this=atom.copy()) for atom in _atoms(node.this)]
    return [node]


def _reason(node: exp.Expr, values: Mapping[str, Any], seen: Mapping[str, Seen]) -> Reason:
    found = evaluate(node, values)
    code = {True: "why.holds", False: "why.fails", None: "why.unknown"}[None if found is None else bool(found)]
    columns = list(node.find_all(exp.Column, bfs=False))
    names = tuple(dict.fromkeys(c.name for c in columns))
    forms = {c.name for c in columns if role_of(c) is not None}
    told: Message | str = _with_values(node, values)
    for name in (n for n in names if n in seen):
        what = {"condition": told, "n": seen[name].n, "last": seen[name].last}
        told = Message("why.seen" if seen[name].last is not None else "why.seen.none", what)
    return Reason(
        Message(code, {"condition": told}),
        None if found is None else bool(found),
        rule_text(node),
        tuple(n for n in names if n not in forms),
    )


def _deciding(node: exp.Expr, values: Mapping[str, Any], *, inside: bool = False) -> str:
    if not isinstance(node, exp.And | exp.Or):
        return _with_values(node, values)
    holds = evaluate(node, values) is True
    parts = chain(node)
    if isinstance(node, exp.Or) == holds:  # one part is enough to decide
        parts = [p for p in parts if (evaluate(p, values) is True) == holds]
    word = " or " if isinstance(node, exp.Or) else " and "
    text = word.join(_deciding(p, values, inside=True) for p in parts)
    return f"({text})" if inside and len(parts) > 1 else text


def _with_values(node: exp.Expr, values: Mapping[str, Any]) -> str:
    """Write a condition with the values of its traits behind their names, such as ``recency_days 12 ≤ 90``."""
    if isinstance(node, exp.Column) and role_of(node) is not None:
        return node.name
    if isinstance(node, exp.Not) and isinstance(node.this, exp.Column) and role_of(node.this) is not None:
        return f"not {node.this.name}"
    if type(node) in SIGNS and isinstance(node.this, exp.Column):
        sign = SIGNS[type(node)]
        right = rule_text(node.args["expression"])
        others = _values(node.args["expression"], values)
        return f"{node.this.name} {_shown(values, node.this.name)} {_READABLE.get(sign, sign)} {right}{others}"
    return f"{rule_text(node)}{_values(node, values)}"


def _values(node: exp.Expr, values: Mapping[str, Any]) -> str:
    names = dict.fromkeys(c.name for c in node.find_all(exp.Column, bfs=False) if role_of(c) != "day")
    return f" [{', '.join(f'{n} {_shown(values, n)}' for n in names)}]" if names else ""


def _shown(values: Mapping[str, Any], name: str) -> str:
    value = known(values.get(name))
    if value is None:
        return "?"
    if isinstance(value, bool):
        return "true" if value else "false"
    return f"{value:.10g}" if isinstance(value, float) else str(value)
