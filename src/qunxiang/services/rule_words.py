"""A rule in words: the names of traits, tables and columns instead of their ids, behaviour as a phrase."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping

from qunxiang.errors import RuleError
from qunxiang.i18n import Label
from qunxiang.model import TraitSet
from qunxiang.services.behaviour_words import behaviour_words
from qunxiang.sql.rule_forms import Form
from qunxiang.sql.rule_lifting import read_rule
from qunxiang.sql.rule_types import IN_SEGMENT, Rows, TraitTypes
from qunxiang.traits.behaviours import rows_tables
from qunxiang.traits.readable import readable_tables

_WORDS = {
    "and": ("且", "and"),
    "or": ("或", "or"),
    "not": ("非", "not"),
    "is": ("为", "is"),
    "null": ("未知", "unknown"),
    "true": ("是", "yes"),
    "false": ("否", "no"),
    "in": ("属于", "in"),
    "between": ("介于", "between"),
    "like": ("形如", "like"),
    "everyone": ("所有客户", "everyone"),
}
_SIGNS = {">=": "≥", "<=": "≤", "!=": "≠", "<>": "≠"}
_PART = re.compile(
    r"""(?P<text>'(?:[^']|'')*')|(?P<quoted>"(?:[^"]|"")*")|(?P<form>\ue000\d+\ue000)|(?P<word>[^\W\d]\w*)"""
    r"""|(?P<sign>>=|<=|!=|<>)"""
)
_SEGMENT = re.compile(IN_SEGMENT + r"\(\s*\"?([^\".)]+)\"?(?:\.\"?([^\".)]+)\"?)?\s*\)")
_UNITS = {"day": ("天", "day"), "week": ("周", "week"), "month": ("个月", "month"), "year": ("年", "year")}

LabelOf = Callable[[str], Label | None]


def rule_words(
    rule: str,
    traits: TraitSet,
    *,
    tables: Mapping[str, Rows] | None = None,
    segments: Mapping[str, Label] | None = None,
) -> Label:
    """Write a rule in words, in both languages.

    Parameters
    ----------
    tables
        Tables of the workspace with its own columns; those of the product when None.
    segments
        Names of segmentations by id, and of segments by ``segmentation.segment``.
    """
    named: dict[str, list[str]] = {}
    for name, segment in _SEGMENT.findall(rule):
        named.setdefault(name, []).append(segment or name)
    types = TraitTypes(traits.traits, tables if tables is not None else rows_tables(readable_tables()), named)
    return rule_words_of(rule, {t.id: t.label for t in traits.traits}, types, segments=segments)


def rule_words_of(
    rule: str, labels: Mapping[str, Label], types: TraitTypes, *, segments: Mapping[str, Label] | None = None
) -> Label:
    """Write a rule in words, with the names of traits in `labels` and what else it may ask in `types`."""
    text, forms = _forms(rule, types)
    said = [_form_words(form, segments or {}, absent=absent) for form, absent in forms]
    return _said(text, labels.get, said)


def _forms(rule: str, types: TraitTypes) -> tuple[str, list[tuple[Form, bool]]]:
    """Return the rule with a mark in the place of each form, and the forms with whether they are denied."""
    try:
        _, found = read_rule(rule, types)
    except RuleError:  # a rule as people typed it, or over traits that are gone: only names are replaced
        return rule, []
    text = rule
    forms: list[tuple[Form, bool]] = []
    for form in sorted(found.values(), key=lambda f: -len(f.name)):
        denied = form.behaviour is not None and form.behaviour.exists
        for absent in (True, False) if denied else (False,):
            text = text.replace("not " * absent + form.name, f"\ue000{len(forms)}\ue000")
            forms.append((form, absent))
    return text, forms


def _form_words(form: Form, segments: Mapping[str, Label], *, absent: bool) -> Label:
    if form.behaviour is not None:
        return behaviour_words(form.behaviour, form.tables, _condition_words, absent=absent)
    if form.segment is not None:
        name, segment = form.segment
        key = f"{name}.{segment}" if segment is not None else name
        label = segments.get(key, Label.same(key))
        return Label(f"属于细分“{label.zh}”", f'in segment "{label.en}"')
    _, *moved = form.name.split()
    if not moved:
        return Label("截止日期", "the date")
    sign, n, unit = moved
    zh, en = _UNITS[unit.removesuffix("s")]
    en = en if n == "1" else en + "s"
    early = sign == "-"
    return Label(f"截止日期{'前' if early else '后'} {n} {zh}", f"{n} {en} {'before' if early else 'after'} the date")


def _condition_words(text: str, rows: Rows) -> Label:
    return _said(text, rows.labels.get, [])


def _said(text: str, label_of: LabelOf, forms: list[Label]) -> Label:
    between = [False]

    def written(lang: str) -> str:
        def one(match: re.Match[str]) -> str:
            whole = match.group(0)
            if match.group("text"):
                return whole
            if match.group("form"):
                return forms[int(whole.strip("\ue000"))](lang)
            if match.group("sign"):
                return _SIGNS[whole]
            name = whole[1:-1].replace('""', '"') if match.group("quoted") else whole
            label = label_of(name)
            if label is not None:
                return label(lang)
            if between[0] and name.lower() == "and":  # the "and" of "between 1 and 3" joins no conditions
                between[0] = False
                return "至" if lang == "zh" else "and"
            between[0] = between[0] or name.lower() == "between"
            return _WORDS[name.lower()][0 if lang == "zh" else 1] if name.lower() in _WORDS else whole

        between[0] = False
        return _PART.sub(one, text)

    return Label(written("zh"), written("en"))
