"""Benefit ladders: what may be linked to what, and what a ladder still lacks."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Literal

from qunxiang.errors import SettingError
from qunxiang.i18n import Message
from qunxiang.model import Frozen
from qunxiang.model.ladder import LADDER_LEVELS, MOST_ITEMS, MOST_LINKS, Ladder, LadderItem, LadderLink

FindingKind = Literal["no_attribute", "leads_nowhere", "rests_on_nothing", "dead_end", "skips", "no_ground", "proposed"]

MOST_CHAINS = 200


class LadderFinding(Frozen):
    """What a ladder lacks. `fault` says that the ladder does not stand as it is; otherwise it is a remark.

    - ``no_attribute``: an emotional benefit with no path from an attribute
    - ``rests_on_nothing``: a functional benefit with none
    - ``leads_nowhere``: an attribute that leads to nothing
    - ``dead_end``: a functional benefit that leads to no emotional one
    - ``skips``: an attribute linked to an emotional benefit without a functional one between
    - ``no_ground``: an item or link that says on nothing it rests
    - ``proposed``: items or links that nobody confirmed yet
    """

    kind: FindingKind
    fault: bool
    items: tuple[str, ...]
    text: Message


def checked_ladder(ladder: Ladder) -> Ladder:
    """Return a ladder whose links are sound.

    Raises
    ------
    SettingError
        When two items share an id or have no text, a link names an item that is not there, stands twice, goes down a
        level, or closes a circle, or when there are more items or links than a ladder may have.
    """
    if len(ladder.items) > MOST_ITEMS or len(ladder.links) > MOST_LINKS:
        n, m = len(ladder.items), len(ladder.links)
        raise SettingError("error.ladder.many_items", items=n, links=m, most_items=MOST_ITEMS, most_links=MOST_LINKS)
    ids = [item.id for item in ladder.items]
    if twice := sorted({id for id in ids if ids.count(id) > 1}):
        raise SettingError("error.ladder.item_twice", items=twice)
    if bare := [i.id for i in ladder.items if not i.text.zh.strip() or not i.text.en.strip()]:
        raise SettingError("error.ladder.no_text", items=bare)
    there = {item.id: item for item in ladder.items}
    pairs: set[tuple[str, str]] = set()
    for link in ladder.links:
        if lacking := [id for id in (link.lower, link.upper) if id not in there]:
            raise SettingError("error.ladder.no_item", items=lacking, known=ids)
        lower, upper = there[link.lower], there[link.upper]
        if _height(lower) > _height(upper):
            raise SettingError("error.ladder.downward", lower=lower.text, upper=upper.text)
        if (link.lower, link.upper) in pairs:
            raise SettingError("error.ladder.link_twice", lower=lower.text, upper=upper.text)
        pairs.add((link.lower, link.upper))
    if circle := circle_in(pairs):
        raise SettingError("error.ladder.circle", items=[there[id].text for id in circle])
    return ladder


def check_ladder(ladder: Ladder) -> tuple[LadderFinding, ...]:
    """Say what a ladder lacks, faults first."""
    up, down = neighbours(ladder.links), neighbours(ladder.links, down=True)
    attributes = {i.id for i in ladder.of("attribute")}
    emotions = {i.id for i in ladder.of("emotional")}
    rest, lead = reached(attributes, up), reached(emotions, down)
    found: list[LadderFinding] = []

    def say(kind: FindingKind, items: Iterable[LadderItem], *, fault: bool) -> None:
        for item in items:
            text = Message(f"ladder.finding.{kind}", {"item": item.text})
            found.append(LadderFinding(kind=kind, fault=fault, items=(item.id,), text=text))

    say("no_attribute", (i for i in ladder.of("emotional") if i.id not in rest), fault=True)
    say("leads_nowhere", (i for i in ladder.of("attribute") if not up.get(i.id)), fault=True)
    say("rests_on_nothing", (i for i in ladder.of("functional") if i.id not in rest), fault=True)
    say("dead_end", (i for i in ladder.of("functional") if i.id not in lead), fault=False)
    say("no_ground", (i for i in ladder.items if not i.grounds), fault=False)
    for link in ladder.links:
        lower, upper = ladder.item(link.lower), ladder.item(link.upper)
        if lower is None or upper is None:
            continue
        params = {"lower": lower.text, "upper": upper.text}
        if lower.level == "attribute" and upper.level == "emotional":
            found.append(_of_link("skips", link, params))
        if not link.grounds:
            found.append(_of_link("no_ground", link, params))
    proposed = [i.id for i in ladder.items if i.proposed]
    n_links = sum(link.proposed for link in ladder.links)
    if proposed or n_links:
        text = Message("ladder.finding.proposed", {"items": len(proposed), "links": n_links})
        found.append(LadderFinding(kind="proposed", fault=False, items=tuple(proposed), text=text))
    return tuple(sorted(found, key=lambda f: not f.fault))


def chains(ladder: Ladder) -> tuple[tuple[str, ...], ...]:
    """Return the chains of item ids from an attribute up to an emotional benefit, at most ``MOST_CHAINS``."""
    up, down = neighbours(ladder.links), neighbours(ladder.links, down=True)
    order = {item.id: n for n, item in enumerate(ladder.items)}
    emotions = {i.id for i in ladder.of("emotional")}
    lead = reached(emotions, down)  # the way to anything else may fork again and again
    found: list[tuple[str, ...]] = []
    waiting: list[tuple[str, ...]] = [(i.id,) for i in reversed(ladder.of("attribute")) if i.id in lead]
    while waiting and len(found) < MOST_CHAINS:
        chain = waiting.pop()
        if chain[-1] in emotions:
            found.append(chain)
        above = sorted(up.get(chain[-1], set()) & lead, key=lambda id: order[id], reverse=True)
        waiting += [(*chain, id) for id in above]
    return tuple(found)


def confirmed(ladder: Ladder, ids: Iterable[str] | None = None) -> Ladder:
    """Return the ladder with proposed items confirmed: those of `ids`, or all; links follow once both ends stand.

    Raises
    ------
    SettingError
        When an id is none of the items.
    """
    there = [item.id for item in ladder.items]
    wanted = set(there) if ids is None else set(ids)
    if lacking := sorted(wanted - set(there)):
        raise SettingError("error.ladder.no_item", items=lacking, known=there)
    items = tuple(i.model_copy(update={"proposed": i.proposed and i.id not in wanted}) for i in ladder.items)
    open_ = {i.id for i in items if i.proposed}
    links = tuple(
        link.model_copy(update={"proposed": link.proposed and bool({link.lower, link.upper} & open_)})
        for link in ladder.links
    )
    return ladder.model_copy(update={"items": items, "links": links})


def circle_in(pairs: Iterable[tuple[str, str]]) -> list[str]:
    """Return nodes that lead round to themselves; empty when there is no circle."""
    up: dict[str, set[str]] = {}
    for lower, upper in pairs:
        up.setdefault(lower, set()).add(upper)
    left = set(up) | {u for above in up.values() for u in above}
    while left:  # take away what leads to nothing that is left
        tops = {node for node in left if not up.get(node, set()) & left}
        if not tops:
            break
        left -= tops
    if not left:
        return []
    path = [min(left)]
    while (above := min(up[path[-1]] & left)) not in path:
        path.append(above)
    return path[path.index(above) :]


def reached(start: Iterable[str], to: Mapping[str, set[str]]) -> set[str]:
    """Return everything that `start` leads to, itself included."""
    found, waiting = set(start), list(start)
    while waiting:
        new = to.get(waiting.pop(), set()) - found
        found |= new
        waiting += new
    return found


def _height(item: LadderItem) -> int:
    return LADDER_LEVELS.index(item.level)


def neighbours(links: Iterable[LadderLink], *, down: bool = False) -> dict[str, set[str]]:
    """Return what every item leads straight to; with `down`, what it rests straight on."""
    found: dict[str, set[str]] = {}
    for link in links:
        here, there = (link.upper, link.lower) if down else (link.lower, link.upper)
        found.setdefault(here, set()).add(there)
    return found


def _of_link(kind: FindingKind, link: LadderLink, params: Mapping[str, object]) -> LadderFinding:
    text = Message(f"ladder.finding.{kind}_link" if kind == "no_ground" else f"ladder.finding.{kind}", params)
    return LadderFinding(kind=kind, fault=False, items=(link.lower, link.upper), text=text)
