"""Values that are nearly another: a slip of the keys beside a reference, a frequent value, or a known word.

Two values are near when

- they differ only in case, width, spaces and punctuation, or
- they are one keystroke apart (a letter put in, left out, replaced, or two swapped), begin with the same letter, and
  the shorter has at least six letters; digits must be equal, because ``A100`` and ``A110`` are two products.

``GTX Basic`` and ``GTX Plus Basic`` are thus two products, ``GTXPro`` is ``GTX Pro``, and ``technolgy`` is
``technology``. Chinese texts are near by the first rule alone: one character more makes another word.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Mapping
from functools import lru_cache
from typing import Literal

from rapidfuzz.distance import OSA

from qunxiang.model import Frozen

RARE = 0.1
"""A value is rare beside one that is at least ten times as frequent."""

LEAST_LETTERS = 6
_HAN = re.compile(r"[\u3400-\u9fff]")

Against = Literal["reference", "frequent", "vocabulary"]
Rule = Literal["form", "keystroke"]


class NearValue(Frozen):
    """A value that is nearly another one.

    `rows` hold it; `like` is what it is nearly, held by `like_rows`. `others` are further values that are as near: then
    nobody can say which is meant, and `like` is only one of them.
    """

    table: str
    column: str
    value: str
    rows: int
    like: str
    like_rows: int
    against: Against
    source: str
    rule: Rule
    others: tuple[str, ...] = ()


def near_values(
    table: str,
    column: str,
    counts: Mapping[str, int],
    *,
    reference: Mapping[str, str] | None = None,
    reference_name: str = "",
    vocabulary: frozenset[str] = frozenset(),
) -> list[NearValue]:
    """Return the values of a column that are nearly another.

    Parameters
    ----------
    counts
        Rows by value.
    reference
        Values of the table that the column refers to, with what they stand for (the same value, or the id of a name).
        Only values that are not in it are looked at.
    vocabulary
        Known words in lower case; a value among them is right.
    """
    made = []
    for value, rows in sorted(counts.items(), key=lambda item: (-item[1], item[0])):
        if reference is not None:
            if value in reference:
                continue
            found = _closest(value, reference)
            kind: Against = "reference"
        else:
            kind, found = "frequent", _closest(value, {v: v for v in _more_frequent(value, rows, counts)})
            if found is None and value.casefold() not in vocabulary:
                near_word = _closest(value, {w: w for w in vocabulary})
                if near_word is not None:
                    kind, found = "vocabulary", near_word
        if found is None:
            continue
        rule, likes = found
        best = max(likes, key=lambda v: (counts.get(v, 0), v))
        like = _cased(best, value) if kind == "vocabulary" else best
        made.append(
            NearValue(
                table=table,
                column=column,
                value=value,
                rows=rows,
                like=like,
                like_rows=counts.get(like, 0),
                against=kind,
                source=reference_name if kind == "reference" else "",
                rule=rule,
                others=tuple(sorted(set(likes) - {best})),
            )
        )
    return made


@lru_cache(maxsize=16_384)
def folded(text: str) -> str:
    """Return a text without case, width, spaces and punctuation."""
    plain = unicodedata.normalize("NFKC", text).casefold()
    return re.sub(r"[\W_]+", "", plain)


def one_keystroke(first: str, second: str) -> bool:
    """Say whether two texts are one keystroke apart by the rule of this module."""
    a, b = folded(first), folded(second)
    if _HAN.search(a + b) or min(len(a), len(b)) < LEAST_LETTERS or a[0] != b[0]:
        return False
    if re.sub(r"\D", "", a) != re.sub(r"\D", "", b):
        return False
    words = abs(len(re.findall(r"\w+", first)) - len(re.findall(r"\w+", second)))
    return words <= 1 and OSA.distance(a, b, score_cutoff=1) == 1


def _closest(value: str, candidates: Mapping[str, str]) -> tuple[Rule, list[str]] | None:
    own = folded(value)
    if not own:
        return None
    same = {meant for text, meant in candidates.items() if text != value and folded(text) == own}
    if same:
        return "form", sorted(same)
    near = {meant for text, meant in candidates.items() if text != value and one_keystroke(value, text)}
    return ("keystroke", sorted(near)) if near else None


def _more_frequent(value: str, rows: int, counts: Mapping[str, int]) -> Iterable[str]:
    own = folded(value)
    for other, n in counts.items():
        if other == value:
            continue
        if folded(other) == own:
            if (n, other) > (rows, value):
                yield other
        elif rows <= RARE * n:
            yield other


def _cased(word: str, like: str) -> str:
    return word.upper() if like.isupper() else word.title() if like[:1].isupper() else word
