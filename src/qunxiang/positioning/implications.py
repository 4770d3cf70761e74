"""Implication matrices of laddering interviews, the cutoff, the hierarchical value map, and a ladder proposed from it.

References
----------
Reynolds, T. J. & Gutman, J. (1988). Laddering theory, method, analysis, and interpretation. Journal of Advertising
Research 28(1). Pieters, R., Baumgartner, H. & Allen, D. (1995). A means-end chain approach to consumer goal structures.
International Journal of Research in Marketing 12(3).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Literal, get_args

import numpy as np
from numpy.typing import NDArray

from qunxiang.errors import ContractError, NothingYetError, SettingError
from qunxiang.i18n import Label
from qunxiang.model import Frozen
from qunxiang.model.ground import Ground, SeenFigure
from qunxiang.model.ladder import LADDER_LEVELS, Ladder, LadderingRow, LadderItem, LadderLevel, LadderLink
from qunxiang.positioning.ladder import neighbours, reached
from qunxiang.statistics.intervals import TooFewRows, share_interval

Counting = Literal["respondent", "ladder"]
COUNTINGS: tuple[Counting, ...] = get_args(Counting)
Linking = Literal["all", "direct"]
LINKINGS: tuple[Linking, ...] = get_args(Linking)

MOST_CONCEPTS = 300
"""Concepts of a study; interviews are coded into 30 to 50, more than this are answers that nobody has coded yet."""
SHARE_KEPT = 2 / 3
"""Share of all links that a map should keep (Reynolds & Gutman 1988)."""

Ints = NDArray[np.int64]


@dataclass(frozen=True)
class Implications:
    """An implication matrix.

    `direct[i, j]` units lead from concept i straight to concept j, `indirect[i, j]` only by way of others; the two
    never count the same unit. A unit is a respondent or a ladder, as `counting` says, so that a link counts once for
    each however often it is said. Concepts stand by level, then by the number of respondents who said them.

    Attributes
    ----------
    mentions : ndarray of shape (n_concepts,)
        Respondents who said a concept.
    between : ndarray of shape (n_concepts, n_concepts)
        Respondents who lead from one to another, straight or not, whatever the unit is.
    """

    concepts: tuple[str, ...]
    levels: tuple[LadderLevel, ...]
    direct: Ints
    indirect: Ints
    counting: Counting
    n_respondents: int
    n_ladders: int
    mentions: Ints
    between: Ints

    def links(self, linking: Linking = "all") -> Ints:
        """Return the links that count: direct and indirect ones together, or the direct ones alone."""
        return self.direct if linking == "direct" else self.direct + self.indirect


def implication_matrix(
    rows: Sequence[LadderingRow], *, counting: Counting = "respondent", group: str | None = None
) -> Implications:
    """Count direct and indirect links between the concepts of ladders.

    Parameters
    ----------
    rows
        One row per rung of a ladder; positions rise from its bottom.
    counting
        ``respondent``: a link counts once for each respondent, as direct when one of the ladders has it so, else as
        indirect. ``ladder``: once for each ladder.
    group
        Respondents of this group alone; None takes all.

    Raises
    ------
    ContractError
        When a concept stands on two levels, or there are more than 300 of them.
    NothingYetError
        When no ladder is left.
    """
    taken = [r for r in rows if group is None or r.group == group]
    if not taken:
        known = sorted({r.group for r in rows if r.group is not None})
        raise NothingYetError("error.ladder.no_rows", group=group or "", known=known)
    concepts, levels, mentions = _concepts(taken)
    place = {concept: i for i, concept in enumerate(concepts)}
    ladders: dict[tuple[str, int], list[LadderingRow]] = {}
    for row in taken:
        ladders.setdefault((row.respondent, row.ladder), []).append(row)
    of_respondent: dict[str, tuple[set[tuple[int, int]], set[tuple[int, int]]]] = {}
    by_ladder = []
    for (who, _), rungs in ladders.items():
        chain = [place[r.concept] for r in sorted(rungs, key=lambda r: r.position)]
        straight = {(a, b) for a, b in pairwise(chain) if a != b}
        far = {(a, b) for i, a in enumerate(chain) for b in chain[i + 2 :] if a != b} - straight
        by_ladder.append((straight, far))
        whole = of_respondent.setdefault(who, (set(), set()))
        whole[0].update(straight)
        whole[1].update(far)
    by_respondent = [(straight, far - straight) for straight, far in of_respondent.values()]
    direct, indirect = _counted(by_ladder if counting == "ladder" else by_respondent, len(concepts))
    once = _counted(by_respondent, len(concepts))
    return Implications(
        concepts=concepts,
        levels=levels,
        direct=direct,
        indirect=indirect,
        counting=counting,
        n_respondents=len(of_respondent),
        n_ladders=len(ladders),
        mentions=mentions,
        between=once[0] + once[1],
    )


def _concepts(rows: Sequence[LadderingRow]) -> tuple[tuple[str, ...], tuple[LadderLevel, ...], Ints]:
    levels: dict[str, set[LadderLevel]] = {}
    said: dict[str, set[str]] = {}
    for row in rows:
        levels.setdefault(row.concept, set()).add(row.level)
        said.setdefault(row.concept, set()).add(row.respondent)
    if torn := sorted(concept for concept, found in levels.items() if len(found) > 1):
        raise ContractError("error.ladder.two_levels", concepts=torn[:20])
    if len(levels) > MOST_CONCEPTS:
        raise ContractError("error.ladder.many_concepts", n=len(levels), most=MOST_CONCEPTS)
    level = {concept: next(iter(found)) for concept, found in levels.items()}
    order = sorted(levels, key=lambda c: (LADDER_LEVELS.index(level[c]), -len(said[c]), c))
    return tuple(order), tuple(level[c] for c in order), np.array([len(said[c]) for c in order], dtype=np.int64)


def _counted(units: Sequence[tuple[set[tuple[int, int]], set[tuple[int, int]]]], n: int) -> tuple[Ints, Ints]:
    direct, indirect = np.zeros((n, n), dtype=np.int64), np.zeros((n, n), dtype=np.int64)
    for straight, far in units:
        for a, b in straight:
            direct[a, b] += 1
        for a, b in far:
            indirect[a, b] += 1
    return direct, indirect


@dataclass(frozen=True)
class ConceptMeasure:
    """How a concept stands among the others; None where nothing links it.

    With `out` links leading from it, `into` links leading to it and all links S: abstractness = into / (into + out),
    centrality = (into + out) / S, prestige = into / S.
    """

    concept: str
    level: LadderLevel
    mentions: int
    out: int
    into: int
    abstractness: float | None
    centrality: float | None
    prestige: float | None


def concept_measures(found: Implications, linking: Linking = "all") -> tuple[ConceptMeasure, ...]:
    """Return abstractness, centrality and prestige of every concept, in the order of the matrix."""
    links = found.links(linking)
    total = int(links.sum())
    made = []
    for i, (concept, level) in enumerate(zip(found.concepts, found.levels, strict=True)):
        out, into = int(links[i].sum()), int(links[:, i].sum())
        made.append(
            ConceptMeasure(
                concept,
                level,
                int(found.mentions[i]),
                out,
                into,
                into / (into + out) if into + out else None,
                (into + out) / total if total else None,
                into / total if total else None,
            )
        )
    return tuple(made)


@dataclass(frozen=True)
class CutoffRow:
    """What is left when pairs of concepts need at least `cutoff` links."""

    cutoff: int
    pairs: int
    share_of_pairs: float
    links: int
    share_of_links: float
    concepts: int


def cutoff_table(found: Implications, linking: Linking = "all") -> tuple[CutoffRow, ...]:
    """Return what every cutoff keeps, from 1 to the strongest pair; empty when there is no link at all."""
    links = found.links(linking)
    n_pairs, n_links = int((links > 0).sum()), int(links.sum())
    made = []
    for cutoff in range(1, int(links.max(initial=0)) + 1):
        kept = links >= cutoff
        joined = kept.any(axis=0) | kept.any(axis=1)
        n = int(links[kept].sum())
        made.append(CutoffRow(cutoff, int(kept.sum()), kept.sum() / n_pairs, n, n / n_links, int(joined.sum())))
    return tuple(made)


def recommended_cutoff(table: Sequence[CutoffRow]) -> int:
    """Return the largest cutoff that keeps two thirds of all links; 1 when there are none."""
    return max((row.cutoff for row in table if row.share_of_links >= SHARE_KEPT - 1e-12), default=1)


@dataclass(frozen=True)
class MapLink:
    """A link of the map, by places in the matrix, with its direct and indirect count."""

    lower: int
    upper: int
    direct: int
    indirect: int


@dataclass(frozen=True)
class ValueMap:
    """A hierarchical value map.

    `links` are drawn. `implied` ones reach the cutoff too, but a path of drawn links says the same. `set_aside` ones
    would close a circle with stronger links. `concepts` are the places of those that a drawn link joins.
    """

    cutoff: int
    concepts: tuple[int, ...]
    links: tuple[MapLink, ...]
    implied: tuple[MapLink, ...]
    set_aside: tuple[MapLink, ...]


def value_map(found: Implications, cutoff: int, linking: Linking = "all") -> ValueMap:
    """Draw up the hierarchical value map at a cutoff.

    Pairs are taken by falling count; one that would close a circle is set aside. What is left has no circle, so the
    links that a longer path implies are the same whatever the order, and are not drawn.

    Raises
    ------
    SettingError
        When the cutoff is below 1.
    """
    if cutoff < 1:
        raise SettingError("error.ladder.cutoff", cutoff=cutoff)
    links = found.links(linking)
    pairs = [(int(i), int(j)) for i, j in np.argwhere(links >= cutoff)]
    pairs.sort(key=lambda p: (-links[p], -found.direct[p], found.concepts[p[0]], found.concepts[p[1]]))
    lead = [1 << i for i in range(len(found.concepts))]  # bit j of lead[i]: i leads to j, straight or not, or is j
    up: dict[int, set[int]] = {}
    kept, aside = [], []
    for i, j in pairs:
        if lead[j] >> i & 1:
            aside.append((i, j))
            continue
        up.setdefault(i, set()).add(j)
        kept.append((i, j))
        if not lead[i] >> j & 1:
            lead = [to | lead[j] if to >> i & 1 else to for to in lead]
    implied = [(i, j) for i, j in kept if any(lead[b] >> j & 1 for b in up[i] - {j})]
    said = set(implied)
    drawn = [pair for pair in kept if pair not in said]

    def made(chosen: list[tuple[int, int]]) -> tuple[MapLink, ...]:
        return tuple(MapLink(i, j, int(found.direct[i, j]), int(found.indirect[i, j])) for i, j in chosen)

    return ValueMap(cutoff, tuple(sorted({i for pair in drawn for i in pair})), made(drawn), made(implied), made(aside))


class Proposal(Frozen):
    """A ladder with what interviews propose added to it: numbers of new items and links."""

    ladder: Ladder
    new_items: int
    new_links: int


def proposed(ladder: Ladder, found: Implications, drawn: ValueMap, *, study: str, group: str | None = None) -> Proposal:
    """Add the concepts and links of a map to a ladder, marked as proposed; what stands there already is kept.

    A concept that is an item of its level by name in either language is that item.
    """
    by_text = {(i.level, name): i.id for i in ladder.items for name in (i.text.zh, i.text.en)}
    taken = {i.id for i in ladder.items}
    ids: dict[int, str] = {}
    items = list(ladder.items)
    for at in drawn.concepts:
        concept, level = found.concepts[at], found.levels[at]
        there = by_text.get((level, concept))
        if there is None:
            there = free_id(level, taken)
            taken.add(there)
            ground = _ground(study, group, (concept,), int(found.mentions[at]), found.n_respondents)
            items.append(LadderItem(id=there, level=level, text=Label.same(concept), grounds=(ground,), proposed=True))
        ids[at] = there
    pairs = {(link.lower, link.upper) for link in ladder.links}
    links = list(ladder.links)
    for link in drawn.links:
        pair = (ids[link.lower], ids[link.upper])
        closes = pair[0] in reached([pair[1]], neighbours(links))
        if pair in pairs or closes:
            continue
        pairs.add(pair)  # two concepts may be one item
        names = (found.concepts[link.lower], found.concepts[link.upper])
        n = int(found.between[link.lower, link.upper])
        ground = _ground(study, group, names, n, found.n_respondents)
        links.append(LadderLink(lower=pair[0], upper=pair[1], grounds=(ground,), proposed=True))
    made = ladder.model_copy(update={"items": tuple(items), "links": tuple(links)})
    return Proposal(ladder=made, new_items=len(items) - len(ladder.items), new_links=len(links) - len(ladder.links))


def free_id(level: LadderLevel, taken: set[str]) -> str:
    """Return an id that no item has yet, such as ``a3``."""
    n = 1
    while f"{level[0]}{n}" in taken:
        n += 1
    return f"{level[0]}{n}"


def interview_figure(n: int, of: int) -> SeenFigure:
    """Return the share of respondents with its Wilson interval."""
    share = share_interval(n, of)
    if isinstance(share, TooFewRows):
        return SeenFigure(n=of)
    return SeenFigure(value=share.estimate, low=share.low, high=share.high, n=of)


def _ground(study: str, group: str | None, concepts: tuple[str, ...], n: int, of: int) -> Ground:
    return Ground(kind="interviews", study=study, group=group, concepts=concepts, seen=interview_figure(n, of))
