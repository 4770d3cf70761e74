"""Chains from the bottom to the top in bands: benefit ladders and hierarchical value maps.

They are drawn as SVG alone: names need room that follows the width of the screen, so a page draws one for wide and one
for narrow screens.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

from qunxiang.charts.ink import Sheet, text_width, wrap
from qunxiang.charts.palette import ACCENT, BASE, GRID, INK, MUTED, PAPER, mix
from qunxiang.charts.spec import Text
from qunxiang.charts.words import say

NODE_HEIGHT = 40.0  # px
NODE_WIDTH = 152.0  # widest, px
NARROWEST = 92.0
GAP = 12.0
RISE = 46.0  # px between rows
HEAD_ABOVE, HEAD_BESIDE = 22.0, 10.0  # px above the first row of a band
GUTTER = 112.0  # px at the left for the names of bands
WITH_GUTTER = 600.0  # px from which there is room for it
SWEEPS = 8
_TINTS = (0.05, 0.16, 0.30)  # how strongly the bands' boxes are coloured, from the bottom


@dataclass(frozen=True)
class ChainNode:
    """One box: its name, the number of its band from the bottom, and a note below the name.

    `faint` boxes have a dashed border, such as what is only proposed.
    """

    name: Text
    band: int
    note: Text = ""
    faint: bool = False


@dataclass(frozen=True)
class ChainLink:
    """A line from the lower box to the upper, by number of the boxes; `weight` (0 to 1) is its thickness."""

    lower: int
    upper: int
    weight: float = 0.3
    note: Text = ""
    faint: bool = False


@dataclass(frozen=True)
class ChainMap:
    """Boxes in bands, the first band at the bottom, joined from below to above. The links close no circle."""

    title: Text
    bands: tuple[Text, ...]
    nodes: tuple[ChainNode, ...]
    links: tuple[ChainLink, ...]


@dataclass(frozen=True)
class Layout:
    """Places of the boxes in px: left and top of each, their width, tops of the bands, and the height of all.

    `routes` are the points through which each link runs, from the upper edge of its lower box to the lower edge of its
    upper box: between the boxes of every row that it passes, never behind one.
    """

    places: tuple[tuple[float, float], ...]
    width: float
    band_tops: tuple[float, ...]
    height: float
    routes: tuple[tuple[tuple[float, float], ...], ...]


def lay_out_chains(chart: ChainMap, width: float) -> Layout:
    """Give every box its place on a sheet `width` px wide, so that none covers another and links lead upwards.

    Boxes stand in rows by band, within a band by the longest chain below them. A row with more boxes than fit beside
    one another is broken into several. Boxes are put near the middle of what they are joined to, by sweeps up and down.
    """
    gutter = GUTTER if width >= WITH_GUTTER else 0.0
    room = width - gutter
    most = max(1, int((room - GAP) // (NARROWEST + GAP)))
    rows = _swept(chart, [row for step in _steps(chart) for row in _broken(step, most)])
    widest = max((len(row) for row in rows), default=1)
    box = min(NODE_WIDTH, (room - GAP * (widest + 1)) / widest)
    places: dict[int, tuple[float, float]] = {}
    band_tops: dict[int, float] = {}
    y = 0.0
    for row in reversed(rows):  # from the top
        band = chart.nodes[row[0]].band
        if band not in band_tops:
            band_tops[band] = y
            y += HEAD_BESIDE if gutter else HEAD_ABOVE
        for i, node in enumerate(row):
            places[node] = (gutter + room / len(row) * (i + 0.5) - box / 2, y)
        y += NODE_HEIGHT + RISE
    tops = tuple(band_tops.get(band, -1.0) for band in range(len(chart.bands)))
    found = tuple(places[i] for i in range(len(chart.nodes)))
    routes = _routes(chart, rows, found, box, (gutter, width))
    return Layout(found, box, tops, max(60.0, y - RISE + GAP), routes)


def _routes(
    chart: ChainMap,
    rows: list[list[int]],
    places: Sequence[tuple[float, float]],
    box: float,
    ends: tuple[float, float],
) -> tuple[tuple[tuple[float, float], ...], ...]:
    """Return the points of every link; those that share a gap between two boxes run beside one another."""
    row_of = {node: r for r, row in enumerate(rows) for node in row}
    used: dict[tuple[int, int], int] = {}
    made = []
    for link in chart.links:
        (x1, y1), (x2, y2) = places[link.lower], places[link.upper]
        start, end = (x1 + box / 2, y1), (x2 + box / 2, y2 + NODE_HEIGHT)
        points = [start]
        passed = range(row_of[link.lower] + 1, row_of[link.upper])
        for n, r in enumerate(passed, start=1):
            straight = start[0] + (end[0] - start[0]) * n / (len(passed) + 1)
            lefts = [places[node][0] for node in rows[r]]
            gaps = _gaps(lefts, box, ends)
            at = min(range(len(gaps)), key=lambda g: (abs(gaps[g][0] - straight) + 6 * used.get((r, g), 0), g))
            middle, room = gaps[at]
            shift = _beside(used.get((r, at), 0), room)
            used[r, at] = used.get((r, at), 0) + 1
            top = places[rows[r][0]][1]
            points += [(middle + shift, top + NODE_HEIGHT), (middle + shift, top)]
        made.append((*points, end))
    return tuple(made)


def _gaps(lefts: Sequence[float], box: float, ends: tuple[float, float]) -> list[tuple[float, float]]:
    """Return middle and width of the gaps before, between and behind the boxes of a row."""
    edges = [ends[0], *(edge for left in lefts for edge in (left, left + box)), ends[1]]
    return [((low + high) / 2, high - low) for low, high in zip(edges[::2], edges[1::2], strict=True)]


def _beside(before: int, room: float) -> float:
    """Return how far from the middle of a gap a line runs when `before` others run there already."""
    step = min(7.0, max(room - 6.0, 0.0) / 6)
    return step * ((before + 1) // 2) * (1 if before % 2 else -1) if before < 6 else 0.0


def chains_svg(chart: ChainMap, lang: str, width: float = 900) -> str:
    """Return the chart as an SVG document `width` px wide."""
    plan = lay_out_chains(chart, width)
    sheet = Sheet(float(width), plan.height)
    tops = _bands(chart, sheet, plan)
    for link, points in zip(chart.links, plan.routes, strict=True):
        _link(link, sheet, points)
    for top, band in tops:
        _band_name(chart, sheet, top, band, lang)
    for node, place in zip(chart.nodes, plan.places, strict=True):
        _box(node, sheet, place, plan.width, lang, top=node.band == len(chart.bands) - 1)
    return sheet.finish(say(chart.title, lang))


def _steps(chart: ChainMap) -> list[list[int]]:
    """Return the boxes by band and then by the longest chain within the band below them, from the bottom."""
    depth = dict.fromkeys(range(len(chart.nodes)), 0)
    inside = [k for k in chart.links if chart.nodes[k.lower].band == chart.nodes[k.upper].band]
    for _ in chart.nodes:  # a chain without circles is no longer than there are boxes
        for link in inside:
            depth[link.upper] = max(depth[link.upper], depth[link.lower] + 1)
    found: dict[tuple[int, int], list[int]] = {}
    for i, node in enumerate(chart.nodes):
        found.setdefault((node.band, depth[i]), []).append(i)
    return [found[key] for key in sorted(found)]


def _broken(row: list[int], most: int) -> list[list[int]]:
    """Break a row into as few as can hold it, of nearly the same length."""
    n = -(-len(row) // most)
    size = -(-len(row) // n)
    return [row[i : i + size] for i in range(0, len(row), size)]


def _swept(chart: ChainMap, rows: list[list[int]]) -> list[list[int]]:
    """Order the boxes of each row by the mean place of what they are joined to, sweeping up and down."""
    joined: dict[int, list[int]] = {i: [] for i in range(len(chart.nodes))}
    for link in chart.links:
        joined[link.lower].append(link.upper)
        joined[link.upper].append(link.lower)
    best, fewest = rows, _crossings(chart, rows)
    for sweep in range(SWEEPS):
        place = {node: (i + 0.5) / len(row) for row in rows for i, node in enumerate(row)}
        made = []
        for row in rows if sweep % 2 == 0 else reversed(rows):
            middle = {n: sum(place[m] for m in joined[n]) / len(joined[n]) if joined[n] else place[n] for n in row}
            order = sorted(row, key=lambda n: (middle[n], place[n]))
            place |= {node: (i + 0.5) / len(order) for i, node in enumerate(order)}
            made.append(order)
        rows = made if sweep % 2 == 0 else made[::-1]
        found = _crossings(chart, rows)
        if found < fewest:
            best, fewest = rows, found
    return best


def _crossings(chart: ChainMap, rows: Sequence[Sequence[int]]) -> int:
    """Count pairs of lines between the same two rows that cross."""
    at = {node: (r, (i + 0.5) / len(row)) for r, row in enumerate(rows) for i, node in enumerate(row)}
    lines = [(at[k.lower], at[k.upper]) for k in chart.links]
    return sum(
        (a[0][1] - b[0][1]) * (a[1][1] - b[1][1]) < 0
        for i, a in enumerate(lines)
        for b in lines[i + 1 :]
        if (a[0][0], a[1][0]) == (b[0][0], b[1][0])
    )


def _bands(chart: ChainMap, sheet: Sheet, plan: Layout) -> list[tuple[float, int]]:
    """Shade the bands that have boxes; return their tops from above, with their numbers."""
    tops = sorted((top, band) for band, top in enumerate(plan.band_tops) if top >= 0)
    for (top, band), (below, _) in pairwise([*tops, (plan.height, -1)]):
        sheet.bar(0, top, sheet.width, below, _ground(band))
    return tops


def _ground(band: int) -> str:
    return mix(PAPER, GRID, 0.45 if band % 2 else 0.15)


def _band_name(chart: ChainMap, sheet: Sheet, top: float, band: int, lang: str) -> None:
    """Write a band's name in the gutter, or above its first row over the lines, so that it stays readable."""
    title = say(chart.bands[band], lang)
    if sheet.width >= WITH_GUTTER:
        middle = top + HEAD_BESIDE + NODE_HEIGHT / 2
        sheet.texts(10, middle, wrap(title, GUTTER - 16), MUTED, font_weight="bold")
        return
    sheet.bar(4, top + 3, 12 + text_width(title) * 1.1, top + 19, _ground(band), rx=3)
    sheet.text(8, top + 15, title, MUTED, font_weight="bold")


def _link(link: ChainLink, sheet: Sheet, points: Sequence[tuple[float, float]]) -> None:
    look: dict[str, str | float] = {"fill": "none", "stroke": BASE if link.faint else mix(BASE, ACCENT, 0.6)}
    look |= {"stroke_width": 1.2 + 3.8 * min(max(link.weight, 0.0), 1.0), "stroke_opacity": 0.75}
    if link.faint:
        look["stroke_dasharray"] = "5 4"
    path = f"M{points[0][0]:.1f} {points[0][1]:.1f}"
    for (x1, y1), (x2, y2) in pairwise(points):
        bend = (y1 + y2) / 2  # upright at both ends, so that the pieces join without a corner
        path += f"C{x1:.1f} {bend:.1f} {x2:.1f} {bend:.1f} {x2:.1f} {y2:.1f}"
    sheet.add("path", d=path, **look)


def _box(node: ChainNode, sheet: Sheet, place: tuple[float, float], width: float, lang: str, *, top: bool) -> None:
    left, y = place
    look: dict[str, str | float] = {"rx": 6.0, "stroke": MUTED if node.faint else ACCENT, "stroke_width": 1.2}
    if node.faint:
        look["stroke_dasharray"] = "4 3"
    tint = _TINTS[min(node.band, len(_TINTS) - 1)]
    sheet.bar(left, y, left + width, y + NODE_HEIGHT, mix(PAPER, ACCENT, tint), **look)
    note = say(node.note, lang)
    lines = wrap(say(node.name, lang), width - 12, tail=f" {note}" if note else "")
    middle = y + NODE_HEIGHT / 2
    weight: dict[str, str | float] = {"font_weight": "bold"} if top else {}
    sheet.texts(left + width / 2, middle, lines, INK, text_anchor="middle", **weight)
