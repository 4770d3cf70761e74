"""Names of traits and rules in words for the page of a segmentation."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from decimal import Decimal

from qunxiang.i18n import Label, Message, with_unit
from qunxiang.model import TraitDefinition, TraitSet
from qunxiang.segmentation.why import Reason
from qunxiang.services.rule_words import rule_words
from qunxiang.services.segment_describe import SegmentationDescription
from qunxiang.web.pages.rule_behaviour import rule_tables_of
from qunxiang.web.pages.traits import format_of
from qunxiang.workspace import Workspace

FIRM = (("very", 0.85), ("firm", 0.75), ("partly", 0.6))
"""Mean Jaccard agreement from which a segment is said to come back; Hennig (2007), Cluster-wise assessment."""
_STEP = re.compile(r'^"?(\w+)"? (<=|>=|<|>) (-?[\d.]+(?:e-?\d+)?)$')
_SIGNS = {"<=": "≤", ">=": "≥", "<": "<", ">": ">"}


def firmness(mean: float | None) -> str:
    """Return the key of the word for how surely a segment comes back: very, firm, partly or loose."""
    return next((word for word, least in FIRM if mean is not None and mean >= least), "loose")


def definitions_for(workspace: Workspace, found: SegmentationDescription) -> dict[str, TraitDefinition]:
    """Return the definitions of traits by id, where the page has rules or a model to say in words."""
    rules = any(s.rule or s.short_rules for s in found.segments)
    if not rules and found.segmentation.model is None:
        return {}
    return {s.definition.id: s.definition for s in workspace.traits.list()}


def names_of(traits: Mapping[str, TraitDefinition], ids: Iterable[str]) -> dict[str, Label]:
    """Return the names of traits by id; a trait that is gone keeps its id."""
    return {i: traits[i].label if i in traits else Label.same(i) for i in ids}


def rules_said(
    workspace: Workspace, traits: Mapping[str, TraitDefinition], rules: Iterable[str | None]
) -> dict[str, Label]:
    """Return rules in words, by rule; values carry the unit of their trait where a rule only compares traits."""
    wanted = sorted({rule for rule in rules if rule})
    said = {rule: _compared(rule, traits) for rule in wanted}
    others = [rule for rule, words in said.items() if words is None]
    if others:
        tables = rule_tables_of(workspace) if any("(" in rule for rule in others) else None
        known = TraitSet(traits=tuple(traits.values()))
        named: dict[str, Label] = {}
        for s in workspace.segments.list() if tables else ():
            named[s.id] = s.label
            named |= {f"{s.id}.{one.id}": one.label for one in s.segments}
        said |= {rule: rule_words(rule, known, tables=tables, segments=named) for rule in others}
    return {rule: words for rule, words in said.items() if words is not None}


def _compared(rule: str, traits: Mapping[str, TraitDefinition]) -> Label | None:
    """Say a rule that compares traits with numbers; None for any other rule."""
    steps = [_STEP.match(part) for part in rule.split(" and ")]
    parts = [_step(m, traits) for m in steps if m is not None and m[1] in traits]
    if len(parts) < len(steps):
        return None
    return Label("，且 ".join(p.zh for p in parts), " and ".join(p.en for p in parts))


def _step(match: re.Match[str], traits: Mapping[str, TraitDefinition]) -> Label:
    definition = traits[match[1]]
    value = value_said(definition, float(match[3]))
    sign = _SIGNS[match[2]]
    return Label(f"{definition.label.zh} {sign} {value.zh}", f"{definition.label.en} {sign} {value.en}")


def value_said(definition: TraitDefinition, value: float) -> Label:
    """Return a value of a trait with its unit."""
    how = format_of(definition)
    unit = Label("", "") if how in ("percent", "points") else definition.unit
    return Label(with_unit(value, how, unit, "zh"), with_unit(value, how, unit, "en"))


def reasons_said(workspace: Workspace, reasons: Sequence[Reason]) -> list[Reason]:
    """Return reasons for a membership with the names of traits only, and values with their units."""
    traits = {s.definition.id: s.definition for s in workspace.traits.list()} if reasons else {}
    return [_reason_said(reason, traits) for reason in reasons]


def _reason_said(reason: Reason, traits: Mapping[str, TraitDefinition]) -> Reason:
    params = dict(reason.message.params)
    definition = traits.get(reason.traits[0]) if len(reason.traits) == 1 else None
    if definition is None or "trait" not in params:
        return reason
    params["trait"] = definition.label
    code = reason.message.code
    if code == "why.model.trait" and isinstance(params.get("value"), int | float | Decimal):
        code, params["value"] = "why.model.trait_said", value_said(definition, float(params["value"]))
    return replace(reason, message=Message(code, params))
