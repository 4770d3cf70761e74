"""A behaviour as the parts of a visual builder, and back, without loss.

The parts are ``{"function", "table", "column", "where", "window", "after", "before"}``, or for a sequence
``{"function": "sequence", "steps": [{"table", "where", "absent", "within"}], "window"}``; what is not asked is left
out. A ``where`` is a tree over the table's columns, as :mod:`qunxiang.sql.rule_tree` describes trees.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from pydantic import ValidationError

from qunxiang.errors import RuleError
from qunxiang.model import Anchor, Behaviour, Measure, Metric, Step
from qunxiang.sql.rule_types import BEHAVIOURS, Rows

Parts = dict[str, Any]
ToTree = Callable[[str, Rows], Any]
"""From a condition's text and its table to a tree."""

FromTree = Callable[[Any, Rows], str]
"""From a tree over a table's columns to the condition's text."""


def behaviour_parts(behaviour: Behaviour, tables: Mapping[str, Rows], tree_of: ToTree) -> Parts:
    """Return the parts of a behaviour."""

    def of_rows(table: str, where: str) -> Parts:
        return {"table": table, **({"where": tree_of(where, tables[table])} if where else {})}

    def of_anchor(anchor: Anchor) -> Parts:
        return {"edge": anchor.edge, **of_rows(anchor.table, anchor.where)}

    def of_step(step: Step) -> Parts:
        made = of_rows(step.table, step.where)
        made |= {"absent": True} if step.absent else {}
        return made | ({"within": step.within.model_dump()} if step.within is not None else {})

    window = behaviour.window
    if behaviour.measure is None:
        made: Parts = {"function": "sequence", "steps": [of_step(s) for s in behaviour.steps]}
    else:
        measure = behaviour.measure
        window = measure.window
        made = {"function": "exists" if behaviour.exists else measure.metric.value}
        made |= of_rows(measure.table, measure.where)
        made |= {"column": measure.column} if measure.column else {}
    made |= {"window": window.model_dump(exclude_none=True)} if window is not None else {}
    made |= {"after": of_anchor(behaviour.after)} if behaviour.after is not None else {}
    return made | ({"before": of_anchor(behaviour.before)} if behaviour.before is not None else {})


def behaviour_of(parts: Any, tables: Mapping[str, Rows], path: str, text_of: FromTree) -> Behaviour:
    """Read the parts of a behaviour from outside.

    Raises
    ------
    RuleError
        With `path` among the parameters, when a part is missing, unknown or malformed.
    """
    if not isinstance(parts, Mapping) or parts.get("function") not in BEHAVIOURS:
        raise RuleError("rule.tree.behaviour", path=path, allowed=BEHAVIOURS)

    def condition(given: Mapping[str, Any]) -> str:
        where = given.get("where")
        return text_of(where, _table(given, tables, path)) if where not in (None, "", {}) else ""

    def anchor(side: str) -> Anchor | None:
        given = parts.get(side)
        if given is None:
            return None
        return Anchor(edge=given.get("edge"), table=_table(given, tables, path).name, where=condition(given))

    def step(given: Mapping[str, Any]) -> Step:
        table = _table(given, tables, path).name
        return Step(
            table=table, where=condition(given), absent=bool(given.get("absent")), within=given.get("within") or None
        )

    try:
        window = parts.get("window") or None
        if parts["function"] == "sequence":
            return Behaviour(steps=tuple(step(s) for s in parts.get("steps") or ()), window=window)
        exists = parts["function"] == "exists"
        measure = Measure(
            table=_table(parts, tables, path).name,
            metric=Metric.COUNT if exists else Metric(parts["function"]),
            column=parts.get("column") or None,
            where=condition(parts),
            window=window,
        )
        return Behaviour(measure=measure, exists=exists, after=anchor("after"), before=anchor("before"))
    except (ValidationError, AttributeError, TypeError, ValueError) as error:
        raise RuleError("rule.tree.behaviour", path=path, allowed=BEHAVIOURS) from error


def _table(given: Any, tables: Mapping[str, Rows], path: str) -> Rows:
    name = given.get("table") if isinstance(given, Mapping) else None
    if not isinstance(name, str) or name not in tables:
        raise RuleError("rule.tree.table", path=path, name=str(name)[:40], known=tuple(tables))
    return tables[name]
