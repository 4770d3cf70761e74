"""How far apart people's judgements of one matter lie."""

from __future__ import annotations

from collections.abc import Sequence

DISPUTED_FROM = 4.0
"""People whose judgements lie so far apart, of 10 points, disagree: their mean says little."""


def disagreement(values: Sequence[float]) -> tuple[float | None, bool]:
    """Return how far the judgements of several people lie apart, None of one alone, and whether they are disputed."""
    if len(values) < 2:
        return None, False
    apart = max(values) - min(values)
    return apart, apart >= DISPUTED_FROM
