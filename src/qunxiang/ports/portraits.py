"""Port of portraits: a drawn face for a persona, never inferred from a person's sex or origin."""

from __future__ import annotations

from typing import Protocol


class Portraits(Protocol):
    """Draws portraits from reviewed parts."""

    def draw(self, seed: str, *, background: str = "#e6f0ff") -> str:
        """Return a complete SVG document for `seed`; the same seed gives the same drawing."""
        ...

    def names(self, lang: str) -> tuple[str, ...]:
        """Return the reviewed list of given names from which personas are named."""
        ...
