"""Criteria, measures and judgements for tests of targeting."""

from __future__ import annotations

from datetime import UTC, datetime

from qunxiang.i18n import Label
from qunxiang.targeting import Criterion, Judgement, Measure

UNIT = Label.same("u")
AT = datetime(2018, 1, 2, tzinfo=UTC)


def criterion(name: str, weight: float, **more: object) -> Criterion:
    """A measured criterion of attractiveness."""
    given = {"side": "attractiveness", "origin": "measured", "measure": name, "unit": UNIT} | more
    return Criterion(id=name, label=Label.same(name), weight=weight, **given)


def measures(**rows: dict[str, float | None]) -> dict[str, dict[str, Measure]]:
    """Values without intervals, by segment."""
    return {s: {k: Measure(value=v) for k, v in row.items()} for s, row in rows.items()}


def judged(criterion: str, segment: str, **people: float) -> list[Judgement]:
    """One judgement per person."""
    return [
        Judgement(criterion=criterion, segment=segment, value=value, by=by, at=AT, why="visit")
        for by, value in people.items()
    ]
