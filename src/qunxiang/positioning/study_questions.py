"""Which questions of a survey ask about which brand, told by their wording."""

from __future__ import annotations

import re
from collections.abc import Sequence

from qunxiang.model import SurveyQuestion
from qunxiang.model.brand_study import BrandRole, StudyQuestion

_SEPARATORS = (r"\s*[:：]\s*", r"\s*[|｜]\s*", r"\s+[-–—]\s+", r"\s*·\s*", r"\s*/\s*", r"__+")
_IDEAL = re.compile(r"ideal( brand)?|importance|important|理想(品牌)?|重要(性|程度)?", re.IGNORECASE)
_ROLES: tuple[tuple[BrandRole, str], ...] = (
    ("appeal", r"appeal(ing)?|attract(ion|ive(ness)?)|吸引力|有吸引力"),
    ("difference", r"differen(t|ce|tiation)|distinct(ive|iveness)?|差异性?|与众不同|独特性?"),
    ("feasibility", r"feasib(le|ility)|deliver(s|y|able)?|可实施性?|可行性?|做得到"),
    ("sustainability", r"sustainab(le|ility)|last(s|ing)|可持续性?|持久性?|长期坚持"),
    ("awareness", r"aware(ness)?|know[ns]?|heard of|知道|听说过|知名度|认知(度)?"),
    ("consideration", r"consider(ed|ation|s)?|would (buy|consider)|考虑(度|购买)?|会考虑"),
    ("trust", r"trust(s|ed)?|信任(度)?|信赖(度)?"),
)


def propose_questions(
    questions: Sequence[SurveyQuestion], own: str, brands: Sequence[str] | None = None
) -> tuple[tuple[str, ...], tuple[StudyQuestion, ...]]:
    """Tell what questions such as ``Alpha: reliable``, ``Beta - trust`` or ``理想：可靠`` say.

    Parameters
    ----------
    own
        The own brand as the questions write it; it tells on which side of the separator brands stand.
    brands
        All brands; left out, those that are asked one of the things that the own brand is asked.

    Returns
    -------
    brands : tuple of str
        The own one first. It stands alone when no question speaks of it and another brand alike.
    questions : tuple of StudyQuestion
        What stands beside a brand is one of the four dimensions, one of the three stages, or else an attribute.
    """
    best: tuple[tuple[str, ...], tuple[StudyQuestion, ...]] = ((own, *(b for b in brands or () if b != own)), ())
    for separator in _SEPARATORS:
        for side in (0, 1):
            found = _read(questions, separator, side, own, brands)
            if len(found[1]) > len(best[1]):
                best = found
    return best


def _read(
    questions: Sequence[SurveyQuestion], separator: str, side: int, own: str, brands: Sequence[str] | None
) -> tuple[tuple[str, ...], tuple[StudyQuestion, ...]]:
    """Read questions with one separator and brands on one side of it."""
    split = [(q, *parts) for q in questions if (parts := _parts(q, separator, side)) is not None]
    mine = {what.casefold() for _, who, what in split if who.casefold() == own.casefold()}
    if brands is None:
        alike = [who for _, who, what in split if what.casefold() in mine and not _IDEAL.fullmatch(who)]
        names = {who.casefold(): who for who in reversed(alike)}
        order = list(dict.fromkeys(who.casefold() for who in alike))
    else:
        names = {b.casefold(): b for b in brands}
        order = list(names)
    names[own.casefold()] = own
    order = [own.casefold(), *(b for b in order if b != own.casefold())]
    attributes: dict[str, str] = {}
    out: dict[tuple[str, str, str], StudyQuestion] = {}
    for question, who, what in split:
        ideal = who.casefold() not in names and _IDEAL.fullmatch(who) is not None
        if who.casefold() not in names and not ideal:
            continue
        role: BrandRole = "ideal" if ideal else _role(what)
        brand = "" if ideal else names[who.casefold()]
        attribute = attributes.setdefault(what.casefold(), what[:120]) if role in ("association", "ideal") else ""
        key = (role, brand, attribute if attribute else question.id)
        out.setdefault(key, StudyQuestion(question=question.id, role=role, brand=brand, attribute=attribute))
    told = {q.attribute for q in out.values() if q.role == "association"}
    kept = tuple(q for q in _single(tuple(out.values())) if q.role != "ideal" or q.attribute in told)
    return tuple(names[b] for b in order), kept


def _single(questions: tuple[StudyQuestion, ...]) -> tuple[StudyQuestion, ...]:
    """Keep one question of each stage and brand; dimensions of strength may have several."""
    seen: set[tuple[str, str]] = set()
    kept = []
    for question in questions:
        key = (question.role, question.brand)
        if question.role in ("awareness", "consideration", "trust") and key in seen:
            continue
        seen.add(key)
        kept.append(question)
    return tuple(kept)


def _parts(question: SurveyQuestion, separator: str, side: int) -> tuple[str, str] | None:
    for text in (question.text, question.source, question.id):
        parts = [part.strip() for part in re.split(separator, text.strip(), maxsplit=1)]
        if len(parts) == 2 and all(parts):
            return parts[side], parts[1 - side]
    return None


def _role(what: str) -> BrandRole:
    bare = re.sub(r"\s*[#(（]?\d+[)）]?$", "", what).strip()
    return next((role for role, words in _ROLES if re.fullmatch(words, bare, re.IGNORECASE)), "association")
