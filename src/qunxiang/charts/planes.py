"""Clouds of points and mosaics: what the page's script and the drawing for documents share."""

from __future__ import annotations

from dataclasses import dataclass

from qunxiang.charts.frame import Area, across, legend, ticks_width, up
from qunxiang.charts.ink import FONT_SIZE, Sheet, fit, text_width
from qunxiang.charts.palette import INK, MUTED, PAPER, ink_on, ramp, segment_colour
from qunxiang.charts.scales import limits
from qunxiang.charts.spec import Axis, CloudMap, Mosaic
from qunxiang.charts.words import figure, say

STRONGEST = 4.0
"""Residual from which on a part has the full colour; 2 is half of it (Friendly 1994)."""

NAMES_WIDTH = 132.0  # px beside a mosaic for the names of its rows
_GAP = 0.006  # between rows, as a share of the height


@dataclass(frozen=True)
class Tile:
    """A part of a mosaic between two corners, all as shares of the whole from the upper left."""

    row: int
    part: int
    left: float
    right: float
    top: float
    bottom: float
    share: float
    colour: str


def tiles(chart: Mosaic) -> list[Tile]:
    """Return the parts of a mosaic; a row or part without members is left out."""
    sums = [sum(row) for row in chart.counts]
    room = 1 - _GAP * max(0, sum(1 for s in sums if s) - 1)
    whole = sum(sums)
    found, top = [], 0.0
    for r, (row, total) in enumerate(zip(chart.counts, sums, strict=True)):
        if not total:
            continue
        bottom = top + room * total / whole
        left = 0.0
        for p, count in enumerate(row):
            share = count / total
            if count:
                tone = ramp(0.5 + chart.residuals[r][p] / (2 * STRONGEST), diverging=True)
                found.append(Tile(r, p, left, left + share, top, bottom, share, tone))
            left += share
        top = bottom + _GAP
    return found


def mosaic_height(chart: Mosaic) -> float:
    """Return the height in px that leaves room for most names of rows."""
    return float(max(150, min(420, 40 + 44 * len(chart.rows))))


def bounds_of(chart: CloudMap) -> tuple[tuple[float, float], tuple[float, float]]:
    """Return the limits of both axes of a map of clouds."""
    places = [p for c in chart.clouds for p in (*c.points, *c.outline, c.centre)]
    x, y = ([p[i] for p in places] for i in range(2))
    return limits(chart.x, x, from_zero=False), limits(chart.y, y, from_zero=False)


def link_width(strength: float) -> float:
    """Return how thick a link is drawn, in px."""
    return 0.5 + 6.0 * min(1.0, max(0.0, strength))


def draw_clouds(chart: CloudMap, sheet: Sheet, lang: str) -> None:
    """Draw points, links, outlines, then the centres."""
    used = legend(sheet, [(say(c.name, lang), segment_colour(c.colour)) for c in chart.clouds])
    x_bounds, y_bounds = bounds_of(chart)
    area = Area(ticks_width(chart.y, y_bounds, lang), used + 22, sheet.width - 14, sheet.height - 36)
    x, y = across(sheet, area, chart.x, x_bounds, lang), up(sheet, area, chart.y, y_bounds, lang)
    for cloud in chart.clouds:
        for px, py in cloud.points:
            sheet.add("circle", cx=x(px), cy=y(py), r=1.5, fill=segment_colour(cloud.colour), fill_opacity=0.4)
    for i, j, strength in chart.links:
        a, b = chart.clouds[i].centre, chart.clouds[j].centre
        width = link_width(strength)
        sheet.line((x(a[0]), y(a[1])), (x(b[0]), y(b[1])), MUTED, stroke_width=width, stroke_opacity=0.5)
    for cloud in chart.clouds:
        colour = segment_colour(cloud.colour)
        if cloud.outline:
            places = [(x(px), y(py)) for px, py in cloud.outline]
            sheet.path(places, closed=True, fill=colour, fill_opacity=0.1, stroke=colour, stroke_width=1.5)
        sheet.add("circle", cx=x(cloud.centre[0]), cy=y(cloud.centre[1]), r=5, fill=colour, stroke=PAPER)


def draw_mosaic(chart: Mosaic, sheet: Sheet, lang: str) -> None:
    """Draw the parts with name and share where there is room, the names of the rows on the left."""
    left, wide, tall = NAMES_WIDTH, sheet.width - NAMES_WIDTH - 4, sheet.height - 8
    named: set[int] = set()
    for tile in tiles(chart):
        x1, x2 = left + tile.left * wide, left + tile.right * wide
        y1, y2 = 4 + tile.top * tall, 4 + tile.bottom * tall
        sheet.bar(x1 + 0.5, y1, x2 - 0.5, y2, tile.colour)
        middle = (y1 + y2) / 2 + 4
        if tile.row not in named and y2 - y1 >= FONT_SIZE:
            named.add(tile.row)
            name = fit(say(chart.rows[tile.row], lang), NAMES_WIDTH - 10)
            sheet.text(left - 8, middle, name, INK, text_anchor="end")
        text = f"{say(chart.parts[tile.part], lang)} · {figure(tile.share, Axis('', 'percent'), lang)}"
        if y2 - y1 >= FONT_SIZE + 2 and x2 - x1 >= min(40.0, text_width(text) + 6):
            shown = fit(text, x2 - x1 - 6)
            sheet.text((x1 + x2) / 2, middle, shown, ink_on(tile.colour), text_anchor="middle")
