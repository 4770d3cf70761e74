"""Whether what a statement rests on still says what it said."""

from __future__ import annotations

from typing import Literal

from qunxiang.model.ground import SeenFigure

Standing = Literal["holds", "moved", "changed", "gone", "uncounted"]
"""How a ground stands today.

- ``holds``: the figure is the one that was bound
- ``moved``: it is another one, within the interval that the first had
- ``changed``: it lies outside that interval
- ``gone``: the survey, answer, claim, figure, text or study is not there any more
- ``uncounted``: nothing can be counted: a judgement, or a quote that is not tied to a loaded text
"""

STALE: frozenset[Standing] = frozenset({"changed", "gone"})

SAME = 5e-4
"""Shares that differ by less are written alike (0.1 %)."""

RELATIVE = 0.05
"""Relative change up to which a figure without an interval is said to have moved, not changed."""


def standing_of(seen: SeenFigure | None, now: SeenFigure | None) -> Standing:
    """Compare a figure with what was bound.

    Parameters
    ----------
    seen
        What the data said when it was bound; None where nothing could be counted.
    now
        What they say today; None when what was bound is gone.
    """
    if now is None:
        return "gone"
    if seen is None or (seen.value is None and now.value is None):
        return "uncounted"
    if seen.value is None or now.value is None:
        return "changed"
    if abs(now.value - seen.value) < SAME * max(1.0, abs(seen.value)):
        return "holds"
    if seen.low is not None and seen.high is not None:
        return "moved" if seen.low <= now.value <= seen.high else "changed"
    return "moved" if abs(now.value - seen.value) <= RELATIVE * abs(seen.value) else "changed"
