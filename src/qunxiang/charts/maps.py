"""The bubble map as SVG, with labels that do not cover one another."""

from __future__ import annotations

from collections.abc import Sequence

from qunxiang.charts.frame import Area, across, ticks_width, up
from qunxiang.charts.ink import LINE_HEIGHT, Sheet, fit, text_width, wrap
from qunxiang.charts.palette import ACCENT, MUTED, PAPER, segment_colour
from qunxiang.charts.scales import Scale, limits
from qunxiang.charts.spec import Bubble, BubbleMap
from qunxiang.charts.words import say

LARGEST_RADIUS = 26.0  # px
_LABEL = 150.0  # widest line of a label, px

Box = tuple[float, float, float, float]  # left, top, right, bottom in px


def draw_bubbles(chart: BubbleMap, sheet: Sheet, lang: str) -> None:
    """Draw the map: shaded quadrant, intervals, bubbles by falling size, then labels."""
    xs = [v for b in chart.bubbles for v in (b.x, *(b.x_interval or ()))]
    ys = [v for b in chart.bubbles for v in (b.y, *(b.y_interval or ()))]
    x_bounds, y_bounds = limits(chart.x, xs, from_zero=False), limits(chart.y, ys, from_zero=False)
    area = Area(ticks_width(chart.y, y_bounds, lang), 22, sheet.width - 28, sheet.height - 36)
    x, y = across(sheet, area, chart.x, x_bounds, lang), up(sheet, area, chart.y, y_bounds, lang)
    taken = _highlight(chart, sheet, area, (x, y), lang)
    bubbles = sorted(chart.bubbles, key=lambda bubble: -bubble.size)
    largest = max((bubble.size for bubble in bubbles), default=0.0) or 1.0
    radii = [max(4.5, LARGEST_RADIUS * (max(bubble.size, 0.0) / largest) ** 0.5) for bubble in bubbles]
    for bubble in bubbles:
        _cross(sheet, bubble, x, y)
    for bubble, radius in zip(bubbles, radii, strict=True):
        look = {"fill": segment_colour(bubble.colour), "fill_opacity": "0.88", "stroke": PAPER}
        sheet.add("circle", cx=x(bubble.x), cy=y(bubble.y), r=radius, **look)
    centres = [(x(bubble.x), y(bubble.y)) for bubble in bubbles]
    texts = [wrap(say(bubble.name, lang), _LABEL) for bubble in bubbles]
    reaches = [_reach(bubble, radius, x) for bubble, radius in zip(bubbles, radii, strict=True)]
    boxes = place_labels(texts, centres, radii, reaches, sheet, taken)
    for text, box, (cx, cy), radius, reach in zip(texts, boxes, centres, radii, reaches, strict=True):
        _leader(sheet, box, (cx, cy), radius, reach)
        sheet.texts(box[0], (box[1] + box[3]) / 2, text)


def _highlight(chart: BubbleMap, sheet: Sheet, area: Area, scales: tuple[Scale, Scale], lang: str) -> list[Box]:
    """Shade the quadrant and write its title in its left corner, away from the best bubbles; return the title's box."""
    if chart.highlight is None:
        return []
    left, bottom = scales[0](chart.highlight[0]), scales[1](chart.highlight[1])
    sheet.bar(left, area.top, area.right, bottom, ACCENT, fill_opacity=0.06)
    title = fit(say(chart.highlight_title, lang), area.right - left - 8)
    sheet.text(left + 4, area.top + 14, title, ACCENT)
    return [(left + 4, area.top + 3, left + 4 + text_width(title), area.top + 18)]


def _reach(bubble: Bubble, radius: float, x: Scale) -> float:
    """Return how far to either side, in px, a bubble or its horizontal interval goes."""
    ends = bubble.x_interval or (bubble.x, bubble.x)
    return max(radius, *(abs(x(end) - x(bubble.x)) for end in ends))


def _cross(sheet: Sheet, bubble: Bubble, x: Scale, y: Scale) -> None:
    colour = segment_colour(bubble.colour)
    if bubble.x_interval is not None:
        low, high = bubble.x_interval
        sheet.line((x(low), y(bubble.y)), (x(high), y(bubble.y)), colour, stroke_width=1.25)
    if bubble.y_interval is not None:
        low, high = bubble.y_interval
        sheet.line((x(bubble.x), y(low)), (x(bubble.x), y(high)), colour, stroke_width=1.25)


def _leader(sheet: Sheet, box: Box, centre: tuple[float, float], radius: float, reach: float) -> None:
    """Tie a label to its bubble when it stands off."""
    cx, cy = centre
    near_x, near_y = min(max(cx, box[0]), box[2]), min(max(cy, box[1]), box[3])
    distance = ((near_x - cx) ** 2 + (near_y - cy) ** 2) ** 0.5
    if distance > reach + 12:
        share = radius / distance
        start = (cx + (near_x - cx) * share, cy + (near_y - cy) * share)
        sheet.line(start, (near_x, near_y), MUTED, stroke_width=0.75)


def place_labels(
    texts: Sequence[Sequence[str]],
    centres: Sequence[tuple[float, float]],
    radii: Sequence[float],
    reaches: Sequence[float],
    sheet: Sheet,
    taken: Sequence[Box] = (),
) -> list[Box]:
    """Return the box of each label, given as its lines, beside its bubble and clear of `taken` and earlier labels.

    A label is tried right, left, above and below of its bubble, then further up and down in steps; the first place
    that covers no other label and stays on the sheet is taken, first one that also covers no other bubble.
    """
    placed: list[Box] = list(taken)
    circles = [(cx - r, cy - r, cx + r, cy + r) for (cx, cy), r in zip(centres, radii, strict=True)]
    for index, text in enumerate(texts):
        wide, tall = max(map(text_width, text), default=0.0), len(text) * LINE_HEIGHT + 1
        tried = _places(centres[index], radii[index], reaches[index], (wide, tall))
        options = [box for box in tried if _inside(box, sheet)]
        others = circles[:index] + circles[index + 1 :]
        clear = [box for box in options if not any(_overlap(box, other) for other in placed)]
        best = [box for box in clear if not any(_overlap(box, other) for other in others)]
        left = max(min(centres[index][0] + radii[index] + 5, sheet.width - wide), 0.0)
        cy = centres[index][1]
        fallback = (left, cy - tall / 2, left + wide, cy + tall / 2)
        placed.append((best or clear or options or [fallback])[0])
    return placed[len(taken) :]


def _places(centre: tuple[float, float], radius: float, reach: float, size: tuple[float, float]) -> list[Box]:
    (cx, cy), (wide, tall) = centre, size
    half = tall / 2
    places: list[Box] = []
    for step in range(24):
        for shift in (step * half, -step * half) if step else (0.0,):
            for left in (cx + reach + 5, cx - reach - 5 - wide):
                places.append((left, cy - half + shift, left + wide, cy + half + shift))
        if step == 0:
            for top in (cy - radius - 2 - tall, cy + radius + 2):
                places.append((cx - wide / 2, top, cx + wide / 2, top + tall))
    return places


def _inside(box: Box, sheet: Sheet) -> bool:
    return box[0] >= 0 and box[1] >= 0 and box[2] <= sheet.width and box[3] <= sheet.height


def _overlap(first: Box, second: Box) -> bool:
    return first[0] < second[2] and second[0] < first[2] and first[1] < second[3] and second[1] < first[3]
