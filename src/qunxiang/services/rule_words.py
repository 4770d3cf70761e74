"""A rule in words: the names of traits instead of their ids."""

from __future__ import annotations

import re

from qunxiang.i18n import Label
from qunxiang.model import TraitSet

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
    r"""(?P<text>'(?:[^']|'')*')|(?P<quoted>"(?:[^"]|"")*")|(?P<word>[^\W\d]\w*)|(?P<sign>>=|<=|!=|<>)"""
)


def rule_words(rule: str, traits: TraitSet) -> Label:
    """Write a rule with the names of its traits instead of their ids, in both languages."""
    between = [False]

    def written(lang: str) -> str:
        def one(match: re.Match[str]) -> str:
            whole = match.group(0)
            if match.group("text"):
                return whole
            if match.group("sign"):
                return _SIGNS[whole]
            name = whole[1:-1].replace('""', '"') if match.group("quoted") else whole
            trait = traits.get(name)
            if trait is not None:
                return trait.label(lang)
            if between[0] and name.lower() == "and":  # the "and" of "between 1 and 3" joins no conditions
                between[0] = False
                return "至" if lang == "zh" else "and"
            between[0] = between[0] or name.lower() == "between"
            return _WORDS[name.lower()][0 if lang == "zh" else 1] if name.lower() in _WORDS else whole

        between[0] = False
        return _PART.sub(one, rule)

    return Label(written("zh"), written("en"))
