"""Chains in bands: boxes apart, links upwards and between boxes, texts escaped."""

from __future__ import annotations

import xml.etree.ElementTree as ET

import pytest
from chart_samples import HOSTILE
from hypothesis import given, settings
from hypothesis import strategies as st

from qunxiang.charts.chains import NODE_HEIGHT, ChainLink, ChainMap, ChainNode, Layout, chains_svg, lay_out_chains

BANDS = ("属性", "Functional", "Emotional")


def chain_map(bands: list[int], pairs: list[tuple[int, int]]) -> ChainMap:
    nodes = tuple(ChainNode(f"n{i} 很长的名字 name", band) for i, band in enumerate(bands))
    return ChainMap("title", BANDS, nodes, tuple(ChainLink(a, b) for a, b in pairs))


def touching(plan: Layout) -> list[tuple[int, int]]:
    """Return pairs of boxes that cover one another."""
    boxes = [(x, y, x + plan.width, y + NODE_HEIGHT) for x, y in plan.places]
    return [
        (i, j)
        for i, a in enumerate(boxes)
        for j, b in enumerate(boxes[:i])
        if a[0] < b[2] and b[0] < a[2] and a[1] < b[3] and b[1] < a[3]
    ]


@settings(max_examples=60, deadline=None)
@given(
    st.lists(st.integers(0, 2), min_size=1, max_size=24),
    st.sets(st.tuples(st.integers(0, 23), st.integers(0, 23)), max_size=40),
    st.sampled_from([340.0, 920.0]),
)
def test_boxes_stand_apart_and_links_run_upwards_between_them(
    bands: list[int], pairs: set[tuple[int, int]], width: float
) -> None:
    n = len(bands)
    upward = sorted((a, b) for a, b in pairs if a < n and b < n and (bands[a], a) < (bands[b], b))
    plan = lay_out_chains(chain_map(bands, upward), width)
    assert touching(plan) == []
    assert all(x >= 0 and x + plan.width <= width + 0.01 for x, _ in plan.places)
    assert all(y >= 0 and y + NODE_HEIGHT <= plan.height for _, y in plan.places)
    for (lower, upper), route in zip(upward, plan.routes, strict=True):
        heights = [y for _, y in route]
        assert heights == sorted(heights, reverse=True)
        assert route[0] == (plan.places[lower][0] + plan.width / 2, plan.places[lower][1])
        assert route[-1] == (plan.places[upper][0] + plan.width / 2, plan.places[upper][1] + NODE_HEIGHT)
        for (x1, y1), (x2, y2) in zip(route[1:-1:2], route[2:-1:2], strict=True):
            assert (x1, y1) == (x2, y2 + NODE_HEIGHT)  # upright beside the boxes of the row
            passed = [x for x, y in plan.places if y == y2]
            assert passed
            assert not any(x <= x1 <= x + plan.width for x in passed)


def test_bands_stand_above_one_another_in_their_order() -> None:
    plan = lay_out_chains(chain_map([0, 1, 2, 0], [(0, 1), (1, 2)]), 920)
    assert plan.band_tops[2] < plan.places[2][1] < plan.band_tops[1] < plan.places[1][1] < plan.places[0][1]


def test_a_chain_within_a_band_rises() -> None:
    plan = lay_out_chains(chain_map([1, 1, 1], [(0, 1), (1, 2)]), 920)
    assert plan.places[0][1] > plan.places[1][1] > plan.places[2][1]


@pytest.mark.parametrize("width", [340, 920])
def test_the_drawing_is_sound_and_hostile_names_stay_text(width: float) -> None:
    nodes = (ChainNode(HOSTILE, 0, note=HOSTILE), ChainNode(HOSTILE, 1, faint=True))
    svg = chains_svg(ChainMap(HOSTILE, (HOSTILE, "b", "c"), nodes, (ChainLink(0, 1, faint=True),)), "en", width)
    root = ET.fromstring(svg)
    tags = {element.tag.rpartition("}")[2] for element in root.iter()}
    assert tags <= {"svg", "title", "rect", "path", "text"}
    assert "style" not in {name for element in root.iter() for name in element.attrib}
    assert float(root.attrib["width"]) == width


def test_nothing_to_draw_is_an_empty_sheet() -> None:
    assert chains_svg(ChainMap("t", BANDS, (), ()), "zh").startswith("<svg")
