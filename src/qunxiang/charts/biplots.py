"""The biplot: what the page's script and the drawing for documents share."""

from __future__ import annotations

from qunxiang.charts.frame import Area, across, ticks_width, up
from qunxiang.charts.ink import Sheet, wrap
from qunxiang.charts.maps import place_labels
from qunxiang.charts.palette import ACCENT, GRID, INK, MUTED, PAPER, segment_colour
from qunxiang.charts.spec import Biplot, PlanePoint
from qunxiang.charts.words import say

Bounds = tuple[float, float]

SIZES = {"own": 15.0, "brand": 12.0, "attribute": 8.0, "ideal": 14.0}
"""Diameter of a point in px."""

_ROOM = 0.08  # of the spread, beyond the outermost points
_LABEL = 130.0  # widest line of a label, px


def colour_of(point: PlanePoint) -> str:
    """Return a point's colour: the accent for the own brand, ink for others, grey for attributes, its segment's for an
    ideal.
    """
    if point.kind == "ideal":
        return MUTED if point.colour is None else segment_colour(point.colour)
    return {"own": ACCENT, "brand": INK, "attribute": MUTED}[point.kind]


def plane_bounds(chart: Biplot) -> tuple[Bounds, Bounds]:
    """Return the limits of both axes: all points, their regions and the centre, with some room."""
    places = [(0.0, 0.0), *((p.x, p.y) for p in chart.points), *(at for p in chart.points for at in p.ring)]
    found = []
    for axis in range(2):
        values = [place[axis] for place in places]
        room = max((max(values) - min(values)) * _ROOM, 1e-6)
        found.append((min(values) - room, max(values) + room))
    return found[0], found[1]


def same_scale(bounds: tuple[Bounds, Bounds], width: float, height: float) -> tuple[Bounds, Bounds]:
    """Widen one of two limits so that a unit is equally long on both axes of `width` × `height` px."""
    unit = max((bounds[0][1] - bounds[0][0]) / width, (bounds[1][1] - bounds[1][0]) / height)
    widened = []
    for (low, high), room in zip(bounds, (width, height), strict=True):
        more = (unit * room - (high - low)) / 2
        widened.append((low - more, high + more))
    return widened[0], widened[1]


def draw_biplot(chart: Biplot, sheet: Sheet, lang: str) -> None:
    """Draw the lines of the centre, regions, points and labels."""
    bounds = plane_bounds(chart)
    area = Area(ticks_width(chart.y, bounds[1], lang), 22, sheet.width - 28, sheet.height - 36)
    bounds = same_scale(bounds, area.right - area.left, area.bottom - area.top)
    x, y = across(sheet, area, chart.x, bounds[0], lang), up(sheet, area, chart.y, bounds[1], lang)
    sheet.line((area.left, y(0)), (area.right, y(0)), GRID, stroke_width=1.5)
    sheet.line((x(0), area.top), (x(0), area.bottom), GRID, stroke_width=1.5)
    for point in chart.points:
        if point.ring:
            places = [(x(px), y(py)) for px, py in point.ring]
            region: dict[str, str | float] = {
                "fill": colour_of(point),
                "fill_opacity": 0.06,
                "stroke": colour_of(point),
                "stroke_width": 1,
            }
            sheet.path(places, closed=True, **region)
    for point in chart.points:
        _mark(sheet, point, (x(point.x), y(point.y)))
    centres = [(x(point.x), y(point.y)) for point in chart.points]
    radii = [SIZES[point.kind] / 2 for point in chart.points]
    texts = [wrap(say(point.name, lang), _LABEL) for point in chart.points]
    boxes = place_labels(texts, centres, radii, radii, sheet)
    for text, box in zip(texts, boxes, strict=True):
        sheet.texts(box[0], (box[1] + box[3]) / 2, text)


def _mark(sheet: Sheet, point: PlanePoint, at: tuple[float, float]) -> None:
    """Draw a circle for a brand, a triangle for an attribute, a diamond for an ideal; hollow where faint."""
    (cx, cy), r, colour = at, SIZES[point.kind] / 2, colour_of(point)
    look: dict[str, str | float] = {"fill": PAPER if point.faint else colour, "stroke": colour, "stroke_width": 1.5}
    if point.kind in ("own", "brand"):
        sheet.add("circle", cx=cx, cy=cy, r=r, **look)
    elif point.kind == "attribute":
        sheet.path([(cx, cy - r), (cx + r, cy + r), (cx - r, cy + r)], closed=True, **look)
    else:
        sheet.path([(cx, cy - r), (cx + r, cy), (cx, cy + r), (cx - r, cy)], closed=True, **look)
