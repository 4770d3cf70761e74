"""The canonical text of a behaviour: what the rule language would have us write."""

from __future__ import annotations

from qunxiang.model import Anchor, Behaviour, Span, Step, Window
from qunxiang.sql.rule_text import name_text


def behaviour_text(behaviour: Behaviour) -> str:
    """Return the canonical text; reading it gives the same behaviour.

    Conditions on rows are taken as they stand, in their own canonical text.
    """
    if behaviour.steps:
        steps = " -> ".join(step_text(s) for s in behaviour.steps)
        return f"sequence({_listed(steps, behaviour.window)})"
    measure = behaviour.measure
    assert measure is not None
    source = name_text(measure.table) + (f".{name_text(measure.column)}" if measure.column else "")
    rows = _rows(source, measure.where)
    moments = [f"after {anchor_text(behaviour.after)}"] if behaviour.after is not None else []
    moments += [f"before {anchor_text(behaviour.before)}"] if behaviour.before is not None else []
    function = "exists" if behaviour.exists else measure.metric.value
    return f"{function}({_listed(rows, measure.window, *moments)})"


def anchor_text(anchor: Anchor) -> str:
    """Return the text of a moment."""
    return f"{anchor.edge}({_rows(name_text(anchor.table), anchor.where)})"


def step_text(step: Step) -> str:
    """Return the text of one step."""
    rows = _rows(name_text(step.table), step.where)
    return ("no " if step.absent else "") + rows + (f" within {span_text(step.within)}" if step.within else "")


def span_text(span: Span) -> str:
    """Return the text of a length of time."""
    return f"{span.n} {_unit(span.unit, span.n)}"


def window_text(window: Window) -> str:
    """Return the text of a window."""
    if window.last is not None:
        return f"last {window.last} {_unit(window.unit, window.last)}"
    return f"{window.from_days} to {window.to_days} days ago"


def _rows(source: str, where: str) -> str:
    return f"{source} where {where}" if where else source


def _listed(first: str, window: Window | None, *more: str) -> str:
    return ", ".join([first, *([window_text(window)] if window is not None else []), *more])


def _unit(unit: str, n: int) -> str:
    return unit.removesuffix("s") if n == 1 else unit
