"""Colours are told apart by every reader: contrast after WCAG, distance in CIELAB under simulated colour vision."""

from __future__ import annotations

import re
from itertools import combinations
from pathlib import Path

import numpy as np
import pytest

from qunxiang.charts import palette

# Machado, Oliveira & Fernandes (2009), table 1, severity 1.0.
VISION = {
    "normal": np.eye(3),
    "protan": np.array(
        [[0.152286, 1.052583, -0.204868], [0.114503, 0.786281, 0.099216], [-0.003882, -0.048116, 1.051998]]
    ),
    "deutan": np.array(
        [[0.367322, 0.860646, -0.227968], [0.280085, 0.672501, 0.047413], [-0.011820, 0.042940, 0.968881]]
    ),
}
TO_XYZ = np.array(
    [[0.4124564, 0.3575761, 0.1804375], [0.2126729, 0.7151522, 0.0721750], [0.0193339, 0.1191920, 0.9503041]]
)


def linear(colour: str) -> np.ndarray:
    parts = np.array([int(colour[i : i + 2], 16) for i in (1, 3, 5)]) / 255
    return np.where(parts <= 0.04045, parts / 12.92, ((parts + 0.055) / 1.055) ** 2.4)


def lab(rgb: np.ndarray) -> np.ndarray:
    share = TO_XYZ @ np.clip(rgb, 0, 1) / np.array([0.95047, 1.0, 1.08883])
    f = np.where(share > 0.008856, np.cbrt(share), 7.787 * share + 16 / 116)
    return np.array([116 * f[1] - 16, 500 * (f[0] - f[1]), 200 * (f[1] - f[2])])


def test_contrast_agrees_with_the_published_pair() -> None:
    # WCAG 2: black on white is 21:1; #767676 on white is the well-known 4.54:1.
    assert palette.contrast("#000000", "#FFFFFF") == pytest.approx(21)
    assert palette.contrast("#767676", "#FFFFFF") == pytest.approx(4.54, abs=0.005)


def test_every_mark_stands_out_from_white() -> None:
    for colour in (*palette.SEGMENT_COLOURS, palette.ACCENT, palette.BASE):
        assert palette.contrast(colour, palette.PAPER) >= 3, colour


def test_texts_read_on_white() -> None:
    for colour in (palette.INK, palette.MUTED, palette.ACCENT):
        assert palette.contrast(colour, palette.PAPER) >= 4.5


@pytest.mark.parametrize("vision", list(VISION))
def test_segment_colours_differ_for_every_vision(vision: str) -> None:
    seen = [lab(VISION[vision] @ linear(colour)) for colour in palette.SEGMENT_COLOURS]
    assert min(float(np.linalg.norm(a - b)) for a, b in combinations(seen, 2)) >= 15


def test_the_style_sheet_has_the_same_colours() -> None:
    sheet = Path(palette.__file__).parents[1] / "web" / "static" / "app.css"
    found = dict(re.findall(r"--seg-(\d): (#[0-9a-f]{6})", sheet.read_text("utf-8")))
    assert [found[str(i)].upper() for i in range(10)] == list(palette.SEGMENT_COLOURS)


@pytest.mark.parametrize("diverging", [False, True])
def test_text_on_every_cell_of_a_ramp_reads(diverging: bool) -> None:
    for step in range(101):
        colour = palette.ramp(step / 100, diverging=diverging)
        assert palette.contrast(colour, palette.ink_on(colour)) >= 3.9


def test_colours_repeat_after_the_last_and_none_is_the_accent() -> None:
    assert palette.segment_colour(10) == palette.segment_colour(0)
    assert palette.segment_colour(None) == palette.ACCENT
