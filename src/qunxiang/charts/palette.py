"""Colours of marks: one fixed colour per segment number, one accent, greys, and two ramps for matrices.

Every segment colour has a contrast of at least 3:1 against white and differs from the others for readers with normal,
protan and deutan vision (a test measures both). The numbers are the same in ``static/app.css``.

References
----------
Machado, Oliveira & Fernandes (2009). A physiologically-based model for simulation of color vision deficiency.
WCAG 2.2, success criterion 1.4.11 (non-text contrast).
"""

from __future__ import annotations

ACCENT = "#1D5FD1"
BASE = "#8590A2"  # the base, the rest, reference bars
INK = "#1B2433"
MUTED = "#55607A"
GRID = "#E4E8EF"
PAPER = "#FFFFFF"
SEGMENT_COLOURS: tuple[str, ...] = (
    "#2A67F5",
    "#C88017",
    "#006C65",
    "#4A2AA8",
    "#EE4D9E",
    "#3E9E5A",
    "#7A4900",
    "#3397F1",
    "#7D0A2B",
    "#46306E",
)
_SEQUENTIAL = ("#EFF4FE", "#C3D6FA", "#86ACF3", "#3F7BE6", "#123E92")
_DIVERGING = ("#A34A00", "#E9B37A", "#F5F6F8", "#8FB2EF", "#123E92")


def segment_colour(number: int | None) -> str:
    """Return the colour of a segment number, counted from 0; ``None`` is the accent. After ten they repeat."""
    return ACCENT if number is None else SEGMENT_COLOURS[number % len(SEGMENT_COLOURS)]


def luminance(colour: str) -> float:
    """Return the relative luminance (0 black .. 1 white) of ``#RRGGBB`` as WCAG defines it."""
    red, green, blue = (_linear(part) for part in _parts(colour))
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(first: str, second: str) -> float:
    """Return the WCAG contrast ratio (1..21) of two colours."""
    dark, light = sorted((luminance(first), luminance(second)))
    return (light + 0.05) / (dark + 0.05)


def ink_on(colour: str) -> str:
    """Return the text colour, ink or white, that reads better on `colour`."""
    return INK if contrast(colour, INK) >= contrast(colour, PAPER) else PAPER


def ramp(share: float, *, diverging: bool = False) -> str:
    """Return the colour of `share` (0..1) on the sequential ramp, or on the diverging one with 0.5 as its middle."""
    stops = _DIVERGING if diverging else _SEQUENTIAL
    place = min(max(share, 0.0), 1.0) * (len(stops) - 1)
    left = min(int(place), len(stops) - 2)
    return mix(stops[left], stops[left + 1], place - left)


def mix(first: str, second: str, share: float) -> str:
    """Return the colour `share` (0..1) of the way from `first` to `second`."""
    pairs = zip(_parts(first), _parts(second), strict=True)
    return "#" + "".join(f"{round(a + (b - a) * share):02X}" for a, b in pairs)


def _parts(colour: str) -> tuple[int, int, int]:
    return int(colour[1:3], 16), int(colour[3:5], 16), int(colour[5:7], 16)


def _linear(part: int) -> float:
    value = part / 255
    return value / 12.92 if value <= 0.04045 else float(((value + 0.055) / 1.055) ** 2.4)
