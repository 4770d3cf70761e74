"""Coded laddering interviews: from the cells of a file to ladders, and which ladders cannot be used."""

from __future__ import annotations

import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Literal

from qunxiang.errors import ContractError, UnknownNameError
from qunxiang.model import Frozen
from qunxiang.model.ladder import LADDER_LEVELS, LadderingRow, LadderLevel

Refusal = Literal["incomplete", "level", "position", "position_twice", "downward", "two_groups"]

COLUMNS: dict[str, tuple[str, ...]] = {
    "respondent": (
        "respondent",
        "respondent_id",
        "interviewee",
        "participant",
        "subject",
        "受访者",
        "受访人",
        "被访者",
        "受访者编号",
    ),
    "ladder": ("ladder", "ladder_no", "ladder_id", "chain", "阶梯", "阶梯号", "阶梯编号", "链", "链号"),
    "position": ("position", "step", "rung", "order", "no", "位置", "序号", "次序", "梯级"),
    "concept": ("concept", "code", "content", "element", "construct", "概念", "内容", "编码", "要素"),
    "level": ("level", "type", "kind", "层级", "层次", "类型", "类别"),
    "group": ("group", "segment", "组", "组别", "细分", "分组"),
}
"""Names under which the columns of a file are recognised, besides those that people map by hand."""

_NEEDED = ("respondent", "position", "concept", "level")
_LEVELS: dict[str, LadderLevel] = {
    **dict.fromkeys(("a", "attribute", "attributes", "concrete attribute", "abstract attribute"), "attribute"),
    **dict.fromkeys(("属性", "产品属性", "具体属性", "抽象属性", "特性"), "attribute"),
    **dict.fromkeys(("c", "f", "consequence", "consequences", "functional", "functional benefit"), "functional"),
    **dict.fromkeys(("functional consequence", "功能", "功能利益", "结果", "后果", "功能结果", "利益"), "functional"),
    **dict.fromkeys(("v", "e", "p", "value", "values", "emotional", "emotional benefit", "psychosocial"), "emotional"),
    **dict.fromkeys(("psychosocial consequence", "terminal value", "instrumental value"), "emotional"),
    **dict.fromkeys(("价值", "价值观", "情感", "情感利益", "心理", "心理结果", "社会心理结果"), "emotional"),
}  # fmt: skip


class RefusedLadder(Frozen):
    """A ladder that is left out, and why.

    - ``incomplete``: a rung lacks its position, concept or level
    - ``level``: a level has a name that is not known
    - ``position``: a position, or the number of the ladder, is no whole number from 1 of at most nine digits
    - ``position_twice``: two rungs have the same position
    - ``downward``: the ladder goes down a level, such as from a value to an attribute
    - ``two_groups``: the respondent stands in two groups
    """

    respondent: str
    ladder: str
    why: Refusal
    found: str


@dataclass(frozen=True)
class LadderingRead:
    """What a file came to: the rungs of the usable ladders with respondents numbered, and the ladders left out.

    `n_without` rows name no respondent and belong to no ladder.
    """

    rows: tuple[LadderingRow, ...]
    refused: tuple[RefusedLadder, ...]
    n_without: int


def read_laddering(
    cells: Mapping[str, Sequence[str | None]], columns: Mapping[str, str] | None = None
) -> LadderingRead:
    """Read coded ladders.

    Parameters
    ----------
    cells
        Cells of every column of the file, one row per rung: respondent, number of the ladder (1 where the column is
        missing), position from the bottom (1, 2, …), concept, level, and the respondent's group where one is told.
    columns
        Columns by what they hold, where their names do not say it.

    Raises
    ------
    UnknownNameError
        When the file lacks a column that was named, or something else than those six was mapped.
    ContractError
        When a needed column is not found.
    """
    named = _named(cells, columns or {})
    n = len(next(iter(cells.values()), ()))
    blank: list[str | None] = [None] * n
    parts = {what: cells[named[what]] if what in named else blank for what in COLUMNS}
    ladders: dict[tuple[str, str], list[int]] = {}
    groups: dict[str, set[str]] = {}
    without = 0
    for row in range(n):
        who = parts["respondent"][row]
        if who is None:
            without += any(column[row] is not None for column in parts.values())
            continue
        ladders.setdefault((who, (parts["ladder"][row] or "1") if "ladder" in named else "1"), []).append(row)
        if parts["group"][row] is not None:
            groups.setdefault(who, set()).add(str(parts["group"][row])[:200])
    kept: list[tuple[str, int, list[tuple[int, str, LadderLevel]]]] = []
    refused: list[RefusedLadder] = []
    for (who, ladder), rows in ladders.items():
        found = (
            _ladder(parts, rows, ladder)
            if len(groups.get(who, ())) < 2
            else ("two_groups", ", ".join(sorted(groups[who])))
        )
        if isinstance(found, tuple):
            refused.append(RefusedLadder(respondent=who, ladder=ladder, why=found[0], found=found[1][:80]))
        else:
            kept.append((who, int(ladder), found))
    numbers = {who: str(i) for i, who in enumerate(dict.fromkeys(who for who, _, _ in kept), start=1)}
    made = tuple(
        LadderingRow(
            respondent=numbers[who],
            ladder=ladder,
            position=position,
            concept=concept,
            level=level,
            group=next(iter(groups.get(who, ())), None),
        )
        for who, ladder, rungs in kept
        for position, concept, level in rungs
    )
    return LadderingRead(made, tuple(refused), without)


def level_of(word: str) -> LadderLevel | None:
    """Return the level that a word of a file names; None when it names none."""
    return _LEVELS.get(_plain(word))


def _named(cells: Mapping[str, object], columns: Mapping[str, str]) -> dict[str, str]:
    if unknown := [what for what in columns if what not in COLUMNS]:
        raise UnknownNameError("error.ladder.mapped", lacking=unknown, known=list(COLUMNS))
    if lacking := [column for column in columns.values() if column not in cells]:
        raise UnknownNameError("error.survey.columns", lacking=lacking, has=list(cells)[:200])
    by_name = {_plain(name): name for name in cells}
    found, taken = dict(columns), {"", *columns.values()}
    for what, names in COLUMNS.items():
        known = next((by_name[n] for n in map(_plain, names) if by_name.get(n, "") not in taken), None)
        if what not in found and known is not None:
            found[what] = known
    if missing := [what for what in _NEEDED if what not in found]:
        raise ContractError("error.ladder.columns", lacking=missing, has=list(cells)[:50], first=missing[0])
    return found


def _plain(name: str) -> str:
    return " ".join(unicodedata.normalize("NFKC", name).casefold().replace("_", " ").split())


def _is_number(text: str) -> bool:
    """Say whether a text is a whole number from 1; one of ten digits counts nothing in an interview."""
    return text.isdecimal() and len(text) < 10 and int(text) >= 1


def _ladder(
    parts: Mapping[str, Sequence[str | None]], rows: Sequence[int], number: str
) -> list[tuple[int, str, LadderLevel]] | tuple[Refusal, str]:
    """Return the rungs of a ladder from its bottom, equal neighbours as one; or why it cannot be used."""
    if not _is_number(number):
        return "position", number
    rungs: list[tuple[int, str, LadderLevel]] = []
    for row in rows:
        position, concept, word = (parts[what][row] for what in ("position", "concept", "level"))
        if position is None or concept is None or word is None:
            return "incomplete", " / ".join(v or "–" for v in (position, concept, word))
        if not _is_number(position):
            return "position", position
        level = level_of(word)
        if level is None:
            return "level", word
        rungs.append((int(position), " ".join(concept.split())[:200], level))
    rungs.sort(key=lambda rung: rung[0])
    for lower, upper in pairwise(rungs):
        if lower[0] == upper[0]:
            return "position_twice", str(lower[0])
        if LADDER_LEVELS.index(lower[2]) > LADDER_LEVELS.index(upper[2]):
            return "downward", f"{lower[1]} → {upper[1]}"
    return [rung for i, rung in enumerate(rungs) if i == 0 or rung[1] != rungs[i - 1][1]]
