"""Whether segments are led by needs and by value and follow change, asked of a snapshot."""

from __future__ import annotations

from qunxiang.model import Segmentation, TraitSet
from qunxiang.segmentation.assign import rules_of
from qunxiang.segmentation.classify import Check
from qunxiang.segmentation.principles import (
    NEEDS,
    VALUE,
    cramers_v_of,
    dynamic,
    effects_query,
    eta_squared,
    levels_between,
    need_led,
    value_led,
)
from qunxiang.services.reading import SnapshotReader
from qunxiang.sql import Relation
from qunxiang.sql.rule_types import TraitTypes


def principles_of(
    reader: SnapshotReader,
    traits: Relation,
    segmentation: Segmentation,
    types: TraitTypes,
    known: TraitSet | None,
    moved: float | None,
) -> tuple[Check, ...]:
    """Judge the principles that the data can tell of; `moved` is the share who moved at the last refresh."""
    of_traits = {t.id: t for t in known.traits} if known is not None else {}
    numbers = [name for name in (VALUE, *NEEDS) if types.get(name) not in (None, "text", "boolean", "date")]
    effects: dict[str, float | None] = {}
    if numbers:
        rows = reader.fetch(effects_query(traits, segmentation, types, numbers)).to_pylist()
        for i, name in enumerate(numbers):
            groups = [(r[f"n_{i}"], r[f"s_{i}"] or 0.0, r[f"q_{i}"] or 0.0) for r in rows]
            effects[name] = eta_squared(groups)
    text = None
    if types.get("top_category") == "text":
        text = cramers_v_of(reader.fetch(levels_between(traits, segmentation, types, "top_category")).to_pylist())
    labels = {name: t.label for name, t in of_traits.items()}
    needs = {name: effect for name, effect in effects.items() if name != VALUE}
    rules = list(rules_of(segmentation, types).values())
    made = (
        need_led(needs, text, labels),
        dynamic(segmentation, rules, of_traits, moved),
        value_led(effects.get(VALUE)),
    )
    return tuple(check for check in made if check is not None)
