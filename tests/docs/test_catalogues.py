"""The catalogues of texts: no code stands twice in one file, where the second would silently win."""

from __future__ import annotations

import re
from collections import Counter
from importlib.resources import files

import pytest

CODE = re.compile(r"^([a-z][\w.-]*):", re.MULTILINE)
CATALOGUES = sorted(p.name for p in files("qunxiang.i18n").joinpath("texts").iterdir() if p.name.endswith(".yaml"))


@pytest.mark.parametrize("name", CATALOGUES)
def test_no_code_stands_twice(name: str) -> None:
    text = files("qunxiang.i18n").joinpath("texts", name).read_text("utf-8")
    assert [code for code, n in Counter(CODE.findall(text)).items() if n > 1] == []
