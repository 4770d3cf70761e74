"""How well lifetime value foretells, as charts for pages and reports."""

from __future__ import annotations

from qunxiang.charts.spec import Axis, LineChart, Series
from qunxiang.i18n import Message
from qunxiang.model.value import CustomerValue


def tracking_chart(value: CustomerValue) -> LineChart:
    """Return repeat purchases per week: as they were, as fitted, and as foretold after the calibration."""
    found = value.evidence.tracking
    inside = [end <= value.calibration_end for end in found.ends]
    last = inside.count(True) - 1
    fitted = tuple(e if i else None for e, i in zip(found.expected, inside, strict=True))
    foretold = tuple(e if n >= last else None for n, e in enumerate(found.expected))
    return LineChart(
        title=Message("value.tracking"),
        x_title=Message("value.tracking_x", {"days": found.period_days}),
        categories=tuple(end.isoformat() for end in found.ends),
        y=Axis(Message("value.tracking_y"), "count", low=0),
        series=(
            Series(Message("value.series.actual"), found.actual, colour=0),
            Series(Message("value.series.fitted"), fitted, colour=1),
            Series(Message("value.series.foretold"), foretold, colour=2),
        ),
    )


def hold_out_chart(value: CustomerValue) -> LineChart:
    """Return purchases per customer in the hold-out by repeat purchases before it, with intervals."""
    groups = value.evidence.hold_out
    return LineChart(
        title=Message("value.hold_out"),
        x_title=Message("value.hold_out_x"),
        categories=tuple(f"{g.least}" if g.least == g.most else f"{g.least}–{g.most}" for g in groups),
        y=Axis(Message("value.hold_out_y"), "number", low=0),
        series=(
            Series(
                Message("value.series.actual"),
                tuple(g.actual for g in groups),
                low=tuple(g.low for g in groups),
                high=tuple(g.high for g in groups),
                colour=0,
            ),
            Series(Message("value.series.foretold"), tuple(g.expected for g in groups), colour=2),
        ),
    )
