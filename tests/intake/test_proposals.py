"""Columns and tables of real systems' exports are recognised; what is unsure is proposed and not mapped."""

from collections import Counter

import pytest
from exports import EXPORTS, Export

from qunxiang.intake import recognise
from qunxiang.intake.looks import Look, is_credit_code, is_id_number, look_of, looks
from qunxiang.intake.recognition import THRESHOLD, guess_table, propose
from qunxiang.tables import LOADED


def _mapped(export: Export) -> dict[str, str]:
    """Source column to contract column, as a load would map it."""
    found = recognise(LOADED[export.table], export.truth, values=lambda: export.values)
    assert not found.ambiguous, (export.system, found.ambiguous)
    return {source: target for target, source in found.mapping.items()}


@pytest.mark.parametrize("export", EXPORTS, ids=lambda e: e.system)
def test_nothing_is_mapped_wrongly(export: Export) -> None:
    wrong = {s: (t, export.truth[s]) for s, t in _mapped(export).items() if export.truth[s] != t}
    assert wrong == {}


def test_precision_and_recall(capsys: pytest.CaptureFixture[str]) -> None:
    count: Counter[str] = Counter()
    missed = []
    for export in EXPORTS:
        mapped = _mapped(export)
        for source, target in export.truth.items():
            count["there"] += target is not None
            count["mapped"] += source in mapped
            count["right"] += target is not None and mapped.get(source) == target
            if target is not None and mapped.get(source) != target:
                missed.append(f"{export.system}: {source}")
    precision, recall = count["right"] / count["mapped"], count["right"] / count["there"]
    with capsys.disabled():
        print(f"\n{len(EXPORTS)} exports, {count['there']} columns: precision {precision:.3f}, recall {recall:.3f}")  # noqa: T201
        print("not mapped:", "; ".join(missed) or "none")  # noqa: T201
    assert precision == 1
    assert recall >= 0.95


def test_the_table_is_guessed() -> None:
    wrong = {
        e.system: guess_table(e.truth, e.values)[:3] for e in EXPORTS if guess_table(e.truth, e.values)[0][0] != e.table
    }
    assert wrong == {}


def test_a_name_that_the_values_contradict_is_not_mapped() -> None:
    values = {"amount": ["1"] * 6, "联系方式": ["a@b.com", "c@d.org", "e@f.cn", "g@h.io", "i@j.com"], "name": ["x"] * 6}
    found = {p.source: p for p in propose(LOADED["persons"], values, values)}
    assert found["联系方式"].target == "email"
    assert ("phone", 0.47) in [(t, round(c, 2)) for t, c in found["联系方式"].alternatives]
    assert "联系方式" in recognise(LOADED["persons"], values, values=lambda: values).unmapped


def test_somebody_elses_phone_is_proposed_and_not_mapped() -> None:
    values = {"推荐人手机": [f"138000{i:05d}" for i in range(6)], "业务员邮箱": [f"a{i}@b.cn" for i in range(6)]}
    assert recognise(LOADED["persons"], values, values=lambda: values).mapping == {}
    assert [p.target for p in propose(LOADED["persons"], values, values)] == ["phone", "email"]


def test_a_column_without_a_real_name_is_known_by_its_values() -> None:
    values = {"F2": [f"138000{i:05d}" for i in range(6)], "姓名": ["王"] * 6}
    assert recognise(LOADED["persons"], values, values=lambda: values).mapping["phone"] == "F2"


def test_two_columns_that_look_alike_are_left_to_people() -> None:
    values = {
        "甲": [f"138000{i:05d}" for i in range(6)],
        "乙": [f"139000{i:05d}" for i in range(6)],
        "姓名": ["王"] * 6,
    }
    assert recognise(LOADED["persons"], values, values=lambda: values).mapping == {"name": "姓名"}
    assert {p.target for p in propose(LOADED["persons"], values, values)} == {"phone", "name"}


def test_few_values_prove_nothing() -> None:
    values = {"甲": ["13800000000"], "姓名": ["王"]}
    assert recognise(LOADED["persons"], values, values=lambda: values).mapping == {"name": "姓名"}
    assert propose(LOADED["persons"], values, values)[0].confidence < THRESHOLD


@pytest.mark.parametrize(
    ("code", "right"),
    [
        ("91330100799655058B", True),
        ("91440300708461136T", True),
        ("91330100799655059B", False),
        ("9133010079965505", False),
        ("91330100I99655058B", False),
    ],
)
def test_credit_codes_have_a_check_digit(code: str, right: bool) -> None:
    assert is_credit_code(code) is right


def test_id_numbers_have_a_check_digit() -> None:
    assert is_id_number("11010519491231002X")  # the example of GB 11643-1999
    assert not is_id_number("110105194912310021")


@pytest.mark.parametrize(
    ("text", "look"),
    [
        ("+86 138-0013-8000", Look.PHONE),
        ("１３８００１３８０００", Look.PHONE),
        ("010-62345678", Look.PHONE),
        ("a@b.co", Look.EMAIL),
        ("2024年3月5日", Look.DATE),
        ("5/3/24", Look.DATE),
        ("¥1,234.50", Look.MONEY),
        ("1.2万", Look.MONEY),
        ("12.5%", Look.PERCENT),
        ("否", Look.TRUTH),
        ("内蒙古自治区", Look.PROVINCE),
        ("杭州市", Look.CITY),
        ("https://example.com/a", Look.URL),
        ("1,234", Look.NUMBER),
        ("随便", None),
    ],
)
def test_looks(text: str, look: Look | None) -> None:
    assert look_of(text) is look


def test_a_column_looks_like_most_of_its_values() -> None:
    assert looks(["a@b.com", "", "c@d.com", "无"]) == (Look.EMAIL, 2 / 3)
    assert looks(["", " "]) == (None, 0.0)
