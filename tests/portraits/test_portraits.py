"""Portraits: only reviewed parts, the same every time, plain SVG; names from reviewed lists."""

from __future__ import annotations

import re
from xml.etree import ElementTree

import pytest
from dicebear import Avatar

from qunxiang.adapters.portraits import ALLOWED_PARTS, DicebearPortraits
from qunxiang.adapters.portraits import dicebear_portraits as room
from qunxiang.errors import SettingError
from qunxiang.ports.portraits import Portraits

PORTRAITS: Portraits = DicebearPortraits()
SEEDS = [f"persona-{number}" for number in range(150)]
REVIEWED = {
    "mouth": "03 17 22 23",
    "eyebrows": "04 05 07 12",
    "glasses": "03 08 11",
    "hair": "05 07 15 32 54 55 02 23 41 58 36 45 47 48 01 20 31 42",
    "clothes": "16 19 20 13 14 21 01 07 23",
}


def tags(svg: str) -> set[str]:
    return {str(element.tag).rpartition("}")[2] for element in ElementTree.fromstring(svg).iter()}


def test_parts_are_those_reviewed() -> None:
    for part, numbers in REVIEWED.items():
        assert set(ALLOWED_PARTS[part]) == {f"variant{number}" for number in numbers.split()}


def test_only_allowed_parts_are_drawn(monkeypatch: pytest.MonkeyPatch) -> None:
    drawn: list[dict[str, object]] = []

    class Watched(Avatar):
        def __init__(self, style: object, options: dict[str, object]) -> None:
            super().__init__(style, options)
            drawn.append(self.to_json()["options"])

    monkeypatch.setattr(room, "Avatar", Watched)
    for seed in SEEDS:
        PORTRAITS.draw(seed)
    assert len(drawn) == len(SEEDS)
    for part, variants in ALLOWED_PARTS.items():
        used = {options.get(f"{part}Variant") for options in drawn} - {None}
        assert used <= set(variants)
        assert len(used) > 1  # the seed really chooses
    for part in ("beard", "gesture", "clothesGraphic"):
        assert {options.get(f"{part}Variant") for options in drawn} == {None}
    with_glasses = sum(options.get("glassesVariant") is not None for options in drawn)
    assert 0 < with_glasses < len(SEEDS)


def test_same_seed_same_drawing_and_other_seeds_differ() -> None:
    assert DicebearPortraits().draw("a") == DicebearPortraits().draw("a")
    assert len({PORTRAITS.draw(seed) for seed in SEEDS}) == len(SEEDS)


def test_drawing_is_a_plain_svg() -> None:
    svg = PORTRAITS.draw("沈亦舟", background="#FFEECC")
    root = ElementTree.fromstring(svg)
    assert root.get("viewBox") == "0 0 1744 1744"
    assert "#ffeecc" in svg.lower()
    assert not tags(svg) & {"script", "image", "foreignObject", "metadata", "a", "style"}
    assert "<!--" not in svg
    assert "http" not in svg.replace("http://www.w3.org/2000/svg", "")
    assert all(target.startswith("#") for target in re.findall(r'href="([^"]*)"', svg))


def test_ids_of_two_drawings_do_not_meet() -> None:
    first, second = (set(re.findall(r'\bid="([^"]+)"', PORTRAITS.draw(seed))) for seed in ("a", "b"))
    assert first
    assert not first & second
    svg = PORTRAITS.draw("a")
    used = set(re.findall(r'(?:url\(|href=")#([^)"]+)', svg))
    assert used <= first


@pytest.mark.parametrize("background", ["red", "#fff", '#ffffff"/><script>', ""])
def test_background_is_a_colour(background: str) -> None:
    with pytest.raises(SettingError):
        PORTRAITS.draw("a", background=background)


def test_hostile_seed_leaves_no_trace() -> None:
    svg = PORTRAITS.draw('"><script>alert(1)</script>')
    assert "script" not in tags(svg)
    assert "alert" not in svg


@pytest.mark.parametrize(("lang", "pattern"), [("zh", r"[\u4e00-\u9fff]{3}"), ("en", r"[A-Z][a-z]+ [A-Z][a-z]+")])
def test_names_are_many_distinct_and_in_their_language(lang: str, pattern: str) -> None:
    names = PORTRAITS.names(lang)
    assert len(names) >= 55
    assert len(set(names)) == len(names)
    assert all(re.fullmatch(pattern, name) for name in names)
    if lang == "zh":  # no two personas of one family by accident
        assert len({name[0] for name in names}) == len(names)


def test_unknown_language_is_said() -> None:
    with pytest.raises(SettingError) as caught:
        PORTRAITS.names("fr")
    assert "zh" in caught.value.render("en")
