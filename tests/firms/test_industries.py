"""Industries by GB/T 4754-2017 from codes and free text; what fits no single one stays unknown."""

from __future__ import annotations

from collections import Counter

import pytest

from qunxiang.adapters.packs.industries import shipped_industries
from qunxiang.i18n import Label
from qunxiang.traits import level_label

DIVISIONS_PER_SECTION = {
    "A": 5, "B": 7, "C": 31, "D": 3, "E": 4, "F": 2, "G": 8, "H": 2, "I": 3, "J": 4,
    "K": 1, "L": 2, "M": 3, "N": 4, "O": 3, "P": 1, "Q": 2, "R": 5, "S": 6, "T": 1,
}  # fmt: skip
"""Of the standard's table of contents."""


def test_the_table_is_the_standard_s() -> None:
    rows = shipped_industries().industries
    assert [i.code for i in rows if i.is_section] == list(DIVISIONS_PER_SECTION)
    assert Counter(i.section for i in rows if not i.is_section) == DIVISIONS_PER_SECTION
    assert [i.code for i in rows if not i.is_section] == [f"{n:02}" for n in range(1, 98)]


@pytest.mark.parametrize(
    ("text", "section", "division"),
    [
        ("C36", "C", "36"),
        ("Ｃ３６", "C", "36"),
        ("c 36", "C", "36"),
        ("36", "C", "36"),
        ("3610", "C", "36"),
        ("3610 汽车整车制造", "C", "36"),
        ("I65 软件和信息技术服务业", "I", "65"),
        ("C", "C", None),
        ("C 制造业", "C", None),
        ("制造业", "C", None),
        ("汽车行业", "C", "36"),
        ("汽车零部件制造", "C", "36"),
        ("农、林、牧、渔业", "A", None),
        ("农业", "A", "01"),
        ("金融业-银行", "J", "66"),
        ("医疗器械", "C", "35"),
        ("Software", "I", "65"),
        ("retail", "F", "52"),
        ("Telecommunications", "I", "63"),
        ("finance", "J", None),
        ("marketing", "L", "72"),
    ],
)
def test_what_is_read(text: str, section: str, division: str | None) -> None:
    assert shipped_industries().read(text) == (section, division)


@pytest.mark.parametrize(
    "text",
    [None, "", "  ", "其他", "services", "medical", "technology", "F36", "99", "00", "互联网+教育", "电子商务",
     "A 类客户", "50强", "100人", "36 xyz", "I am", "bitten", "20240101"],
)  # fmt: skip
def test_what_stays_unknown(text: str | None) -> None:
    assert shipped_industries().read(text) == (None, None)


def test_every_name_is_read_as_itself_and_shown_with_its_code() -> None:
    table = shipped_industries()
    for industry in table.industries:
        section, division = table.read(industry.label.zh)
        assert section == industry.section, industry
        if not industry.is_section:
            assert division == industry.code, industry
        trait = "industry_section" if industry.is_section else "industry_division"
        shown = Label(f"{industry.code} {industry.label.zh}", f"{industry.code} {industry.label.en}")
        assert level_label(trait, industry.code) == shown
