"""Every icon that a template names stands in the sprite; one that does not is an empty space."""

from __future__ import annotations

import re

from qunxiang.web.shell import STATIC, TEMPLATES

NAMED = re.compile(r'\bicon_name="([\w-]+)"|\bicon\("([\w-]+)"')


def test_every_named_icon_is_in_the_sprite() -> None:
    there = set(re.findall(r'id="([\w-]+)"', (STATIC / "vendor" / "icons.svg").read_text("utf-8")))
    named = {
        (path.name, m[1] or m[2]) for path in TEMPLATES.rglob("*.html") for m in NAMED.finditer(path.read_text("utf-8"))
    }
    assert len(named) > 50
    assert {(name, icon) for name, icon in named if icon not in there} == set()
