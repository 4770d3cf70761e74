"""English words agree with the number beside them: 1 row, 2 rows; and no text forgets to let them."""

from __future__ import annotations

import re
from decimal import Decimal
from typing import Any

import pytest
from babel import Locale

from qunxiang.i18n import Label, Message, codes, render, template, unit_beside, with_unit
from qunxiang.i18n import messages as i18n_messages
from qunxiang.i18n.templates import PLURALS, parts, without_forms

HELP = re.compile(r"cli\.(opt|arg|help)\.")
"""Texts of help are shown as they stand, braces and all."""
PLACEHOLDER = r"\{(\w+)(?::(count|number))?\}"
NOT_PLURAL = frozenset({"as", "is", "was", "has", "does", "its", "this", "less", "s"})
MULTIPLE = frozenset({"times"})
"""Of a factor: 1 times the smallest."""
IRREGULAR = frozenset({"people", "criteria", "strata"})
VERBS = frozenset({"are", "were", "have", "do"})
BETWEEN = frozenset({"in", "for", "per", "of", "from", "to", "make", "made"})
"""Words before a noun that does not belong to the number: 3 per traits."""


def _shown(code: str) -> list[str]:
    return [] if HELP.match(code) else [template(code, "en")]


def _forms() -> re.Pattern[str]:
    return re.compile(r"\{(\w+):plural\|[^}]*\}")


def _numbers() -> frozenset[str]:
    """Return the names of placeholders that hold a number in some text, but for those that also hold names."""
    texts = [text for code in codes() for text in _shown(code)]
    found = {m[1] for text in texts for m in re.finditer(r"\{(\w+):(?:count|number|plural)", text)}
    return frozenset(found - {"value", "of", "model", "before", "after", "low", "high", "first"})


def _nouns() -> frozenset[str]:
    texts = [text for code in codes() for text in _shown(code)]
    many = {m[1] for text in texts for m in re.finditer(r"\{\w+:plural\|[^|}]*\|([^|}]*)\}", text)}
    return frozenset(w for words in many for w in words.split() if w.endswith("s") or w in IRREGULAR) - NOT_PLURAL


def disagreeing(text: str, numbers: frozenset[str], nouns: frozenset[str]) -> list[str]:
    """Return the places of an English text where a number stands before a word for many, whatever the number."""
    text = _forms().sub("#", text)
    found = []
    for m in re.finditer(PLACEHOLDER + r" (?:of \{\w+(?::count)?\} )?(?:more )?([a-z]+)\b(?: ([a-z]+)\b)?(?!/)", text):
        name, form, word, next_ = m.groups()
        if form is None and name not in numbers:
            continue
        many = (word.endswith("s") and word not in NOT_PLURAL | MULTIPLE) or word in IRREGULAR
        behind = next_ in nouns and word not in BETWEEN | VERBS
        if many or behind or (form and word in VERBS):
            found.append(m[0])
    return found


def test_no_text_forgets_the_form_for_one() -> None:
    numbers, nouns = _numbers(), _nouns()
    assert {"rows", "customers", "people"} <= nouns
    wrong = {c: d for c in sorted(codes()) for text in _shown(c) if (d := disagreeing(text, numbers, nouns))}
    assert wrong == {}


@pytest.mark.parametrize(
    "text",
    [
        "{rows:count} rows read",
        "{n:count} known members",
        "only {n:count} are listed",
        "{n} people",
        "{n:count} more are",
    ],
)
def test_a_text_that_forgets_is_found(text: str) -> None:
    assert disagreeing(text, frozenset({"n"}), frozenset({"rows", "members"}))


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_every_text_is_read(lang: str) -> None:
    for code in codes():
        if not HELP.match(code):
            parts(template(code, lang), lang)


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_rules_are_those_of_unicode(lang: str) -> None:
    rule = Locale.parse(lang).plural_form
    for number in ("0", "1", "2", "1.0", "1.5", "-1", "1000"):
        assert PLURALS[lang](Decimal(number)) == rule(Decimal(number))


def _say(monkeypatch: pytest.MonkeyPatch, text: str, lang: str = "en", **params: Any) -> str:
    monkeypatch.setattr(i18n_messages, "template", lambda code, lang: text)
    return render(Message("test", params), lang)


@pytest.mark.parametrize(
    ("n", "said"),
    [
        (0, "0 rows are"), (1, "1 row is"), (2, "2 rows are"), (1000, "1,000 rows are"), (1.2, "1 row is"),
        (Decimal(1), "1 row is"), ("1", "1 row is"), (None, "unknown rows are"), (float("nan"), "unknown rows are"),
    ],
)  # fmt: skip
def test_words_agree_with_the_number_as_shown(monkeypatch: pytest.MonkeyPatch, n: Any, said: str) -> None:
    assert _say(monkeypatch, "{n:count} {n:plural|row|rows} {n:plural|is|are}", n=n) == said


def test_a_number_with_digits_behind_the_point_is_many(monkeypatch: pytest.MonkeyPatch) -> None:
    text = "{n:number} {n:plural|year|years}"
    assert _say(monkeypatch, text, n=1.0) == "1 year"
    assert _say(monkeypatch, text, n=1.2) == "1.2 years"
    assert _say(monkeypatch, text, n=0.9) == "0.9 years"


def test_units_agree_with_the_number_as_shown(monkeypatch: pytest.MonkeyPatch) -> None:
    text, days = "{n:number} {unit:after n}", Label("天", "days")
    assert _say(monkeypatch, text, n=1, unit=days) == "1 day"
    assert _say(monkeypatch, text, n=1.5, unit=days) == "1.5 days"
    assert _say(monkeypatch, text, lang="zh", n=1, unit=days) == "1 天"
    assert _say(monkeypatch, text, n=1, unit=Label.same("bottles")) == "1 bottles", "a word of a user stays"
    assert with_unit(1, "number", days, "en") == "1 day"
    assert with_unit(12, "number", days, "zh") == "12 天"
    assert with_unit(0.3, "percent", "", "en") == "30.0%"
    assert unit_beside(1, "number", days, "en") == "day"


def test_values_are_never_read_as_placeholders(monkeypatch: pytest.MonkeyPatch) -> None:
    hostile = "{n:plural|a|b} {0.__class__} {{ }} %s |"
    assert _say(monkeypatch, "{name}: {n:count} {n:plural|row|rows}", name=hostile, n=1) == f"{hostile}: 1 row"
    assert _say(monkeypatch, "{n:count} {n:plural|row|rows}", n=hostile) == f"{hostile} rows"
    assert _say(monkeypatch, "{n:number} {unit:after n}", n=1, unit=hostile) == f"1 {hostile}"


@pytest.mark.parametrize(
    "text",
    [
        "{n:plural|row}", "{n:plural|row|rows|rowses}", "{n:plural|row|}", "{n:plural}", "{n:plural|{x}|rows}",
        "{n:counted}", "{n.__class__}", "{n[0]}", "{n!r}", "{}", "{unit:after n}", "{n:count|row|rows}",
    ],
)  # fmt: skip
def test_anything_else_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="no placeholder"):
        parts(text, "en")


def test_chinese_takes_no_forms() -> None:
    with pytest.raises(ValueError, match="no placeholder"):
        parts("{n:plural|row|rows}", "zh")


def test_the_reference_shows_the_word_for_many() -> None:
    text = "{rows:count} {rows:plural|row|rows}, {{one}} {x} {n:number} {unit:after n}"
    assert without_forms(text) == "{rows:count} rows, {one} {x} {n:number} {unit}"


@pytest.mark.parametrize(
    ("code", "params", "said"),
    [
        ("load.note.lines_alone", {"rows": 1}, "1 row names no customer and neither does its order: kept, but it"),
        ("load.repair.zeros", {"column": "id", "rows": 1}, "id: 1 row had lost its leading zeros: put back"),
        ("cli.frame.written", {"rows": 1, "file": "a.csv"}, "Wrote 1 row to a.csv"),
        ("page.data.fact.profiles", {"n": 1}, "1 customer"),
        ("page.quality.days", {"n": 1}, "1 day"),
        ("page.quality.failed", {"n": 1, "notes": 1}, "1 finding is over its gate, 1 more is worth a look."),
        ("cli.review.total", {"total": 1, "shown": 1}, "1 pair waits, 1 is shown."),
        ("poster.figure.number", {"value": 1, "unit": Label("单", "orders")}, "1 order"),
        ("room.rule.size", {"n": 1, "share": 0.5}, "customer, 50.0%"),
        ("segment.check.exhaustive.no", {"found": 1, "profiles": 1}, "1 of 1 profile has no segment"),
    ],
)  # fmt: skip
def test_one_of_each(code: str, params: dict[str, Any], said: str) -> None:
    assert render(Message(code, params), "en").startswith(said)
