"""Pages of benefit ladders: the ladder of a place, drawn and changed rung by rung."""

from __future__ import annotations

from typing import Annotated, Any
from urllib.parse import quote

from fastapi import APIRouter, Query
from markupsafe import Markup
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response

from qunxiang.charts.chains import ChainLink, ChainMap, ChainNode, chains_svg
from qunxiang.errors import SettingError, UnknownNameError
from qunxiang.i18n import Label, Message
from qunxiang.model.ladder import LADDER_LEVELS, Ladder, LadderItem, LadderLevel, LadderLink
from qunxiang.positioning.implications import free_id
from qunxiang.services.brand_ladder import LadderView
from qunxiang.web.api.answers import content_answer, required
from qunxiang.web.auth import PageWorkspace
from qunxiang.web.pages.answers import Fields, gone_to, label_of, seen_of, text_of
from qunxiang.web.pages.brand_places import evidence_choices, ground_from, place_groups, place_names, place_query
from qunxiang.web.rendering import language, show

router = APIRouter()
Place = Annotated[str, Query(max_length=200)]
WIDE, NARROW = 920.0, 340.0
"""Widths in px at which a drawing is made for wide and narrow screens."""
KEEP_OPEN = ("name", "link", "ground")
"""Changes after which the forms of the item stay open."""


@router.get("/brand/ladder")
def ladder(
    request: Request,
    workspace: PageWorkspace,
    place: Place = "",
    survey: Annotated[str, Query(max_length=100)] = "",
    item: Annotated[str, Query(max_length=100)] = "",
    name: Place = "",
    segment: Place = "",
) -> HTMLResponse:
    """Show the ladder of a place, with the forms of one `item` open."""
    of, part = place_names(place, name, segment)
    view = workspace.brand.ladder.show(of, part)
    entries = workspace.brand.ladder.list()
    names = {i.id: i.text for i in view.ladder.items}
    return show(
        request,
        workspace,
        "pages/brand_ladder.html",
        active="brand",
        page_title=Message("page.brand.ladder_of", {"place": view.place.label}),
        view=view,
        place=view.place,
        here=place_query(view.place),
        groups=place_groups(entries),
        entries=entries,
        open_item=item,
        levels=[(level, view.ladder.of(level)) for level in reversed(LADDER_LEVELS)],
        names=names,
        above={i.id: [k for k in view.ladder.links if k.lower == i.id] for i in view.ladder.items},
        joinable={i.id: _joinable(view.ladder, i) for i in view.ladder.items},
        drawings=drawings(ladder_map(view), language(request)) if view.ladder.items else None,
        choices=evidence_choices(workspace, view.place, survey),
        survey=survey,
        surveys=[(s.survey.id, s.survey.label) for s in workspace.surveys.list()],
        n_proposed=sum(i.proposed for i in view.ladder.items) + sum(k.proposed for k in view.ladder.links),
    )


def ladder_map(view: LadderView) -> ChainMap:
    """Return a ladder as a drawing; what is proposed has dashed lines."""
    places = {item.id: n for n, item in enumerate(view.ladder.items)}
    return ChainMap(
        title=Message("page.brand.ladder_of", {"place": view.place.label}),
        bands=tuple(Message(f"brand.level.{level}") for level in LADDER_LEVELS),
        nodes=tuple(ChainNode(i.text, LADDER_LEVELS.index(i.level), faint=i.proposed) for i in view.ladder.items),
        links=tuple(ChainLink(places[k.lower], places[k.upper], faint=k.proposed) for k in view.ladder.links),
    )


def drawings(chart: ChainMap, lang: str) -> dict[str, Markup]:
    """Return the drawing of a chain map for wide and for narrow screens; every text in it is escaped."""
    sizes = (("wide", WIDE), ("narrow", NARROW))
    return {size: Markup(chains_svg(chart, lang, width)) for size, width in sizes}  # noqa: S704 - the sheet escapes


def _joinable(ladder: Ladder, item: LadderItem) -> list[LadderItem]:
    """Return the items that an item may still lead to, those of the next level first."""
    there = {k.upper for k in ladder.links if k.lower == item.id}
    height = LADDER_LEVELS.index(item.level)
    return [
        other
        for level in (*LADDER_LEVELS[height + 1 :], LADDER_LEVELS[height])
        for other in ladder.of(level)
        if other.id != item.id and other.id not in there
    ]


@router.get("/brand/ladder/document")
def document(
    workspace: PageWorkspace, place: Place = "", format: Annotated[str, Query(max_length=10)] = "yaml"
) -> Response:
    """Hand out the ladder as a YAML or JSON document."""
    name, segment = place_names(place)
    content = workspace.brand.ladder.document(name, segment, format=format)
    return content_answer(content, f"ladder-{segment or 'market'}.{format}")


@router.post("/brand/ladder/confirm")
def confirm(request: Request, workspace: PageWorkspace, fields: Fields) -> Response:
    """Confirm one proposed item, or all."""
    name, segment = place_names(text_of(fields, "place"))
    item = text_of(fields, "item", most=100)
    view = workspace.brand.ladder.confirm(name, segment, items=[item] if item else None, why=text_of(fields, "why"))
    return gone_to(request, "brand", "ladder", query=place_query(view.place), anchor=f"item-{item}" if item else "")


@router.post("/brand/ladder")
def change(request: Request, workspace: PageWorkspace, fields: Fields) -> Response:
    """Change one thing of the ladder: add, name, move or remove an item, link or unlink it, ground it."""
    required(workspace, "brand.ladder.set", text_of(fields, "place", most=200))
    name, segment = place_names(text_of(fields, "place"))
    action = text_of(fields, "action", most=20)
    if action not in _CHANGES:
        raise UnknownNameError("page.brand.error.action", action=action, known=list(_CHANGES))
    stored = workspace.brand.ladder.show(name, segment)
    changed, at = _CHANGES[action](stored.ladder, fields)
    seen = seen_of(fields)
    view = workspace.brand.ladder.set(
        name, segment, ladder=changed, rebind=action == "rebind", why=text_of(fields, "why"), seen_version=seen
    )
    query = place_query(view.place) + (f"&item={quote(at, safe='')}" if action in KEEP_OPEN else "")
    return gone_to(request, "brand", "ladder", query=query, anchor=f"item-{at}" if at else "")


Changed = tuple[Ladder, str]


def _item(ladder: Ladder, fields: Fields, field: str = "item") -> LadderItem:
    wanted = text_of(fields, field, most=100)
    found = ladder.item(wanted)
    if found is None:
        raise SettingError("error.ladder.no_item", items=[wanted], known=[i.id for i in ladder.items])
    return found


def _text(fields: Fields) -> Label:
    label = label_of(fields)
    if label is None:
        raise SettingError("room.error.label_missing")
    return label


def _with_items(ladder: Ladder, items: list[LadderItem]) -> Ladder:
    return ladder.model_copy(update={"items": tuple(items)})


def _put(ladder: Ladder, item: LadderItem) -> Ladder:
    return _with_items(ladder, [item if i.id == item.id else i for i in ladder.items])


def _add(ladder: Ladder, fields: Fields) -> Changed:
    wanted = text_of(fields, "level", most=20)
    level: LadderLevel | None = next((each for each in LADDER_LEVELS if each == wanted), None)
    if level is None:
        raise SettingError("page.brand.error.level", level=wanted, known=list(LADDER_LEVELS))
    ground = ground_from(fields)
    new = LadderItem(
        id=free_id(level, {i.id for i in ladder.items}),
        level=level,
        text=_text(fields),
        grounds=() if ground is None else (ground,),
    )
    made = _with_items(ladder, [*ladder.items, new])
    under = [i.id for i in ladder.items if i.id in fields.getlist("from")]
    links = [LadderLink(lower=id, upper=new.id) for id in under]
    return made.model_copy(update={"links": (*made.links, *links)}), new.id


def _name(ladder: Ladder, fields: Fields) -> Changed:
    item = _item(ladder, fields)
    return _put(ladder, item.model_copy(update={"text": _text(fields), "proposed": False})), item.id


def _remove(ladder: Ladder, fields: Fields) -> Changed:
    item = _item(ladder, fields)
    links = tuple(k for k in ladder.links if item.id not in (k.lower, k.upper))
    kept = _with_items(ladder, [i for i in ladder.items if i.id != item.id])
    return kept.model_copy(update={"links": links}), ""


def _moved(ladder: Ladder, fields: Fields, step: int) -> Changed:
    """Let an item and the one before or after it of the same level change places."""
    item = _item(ladder, fields)
    places = [n for n, other in enumerate(ladder.items) if other.level == item.level]
    at = next(n for n, place in enumerate(places) if ladder.items[place].id == item.id)
    items = list(ladder.items)
    if 0 <= at + step < len(places):
        a, b = places[at], places[at + step]
        items[a], items[b] = items[b], items[a]
    return _with_items(ladder, items), item.id


def _link(ladder: Ladder, fields: Fields) -> Changed:
    item, upper = _item(ladder, fields), _item(ladder, fields, "upper")
    ground = ground_from(fields)
    link = LadderLink(lower=item.id, upper=upper.id, grounds=() if ground is None else (ground,))
    return ladder.model_copy(update={"links": (*ladder.links, link)}), item.id


def _unlink(ladder: Ladder, fields: Fields) -> Changed:
    item, upper = _item(ladder, fields), _item(ladder, fields, "upper")
    kept = tuple(k for k in ladder.links if (k.lower, k.upper) != (item.id, upper.id))
    return ladder.model_copy(update={"links": kept}), item.id


def _ground(ladder: Ladder, fields: Fields) -> Changed:
    """Add a ground to an item, or to its link to `upper`."""
    item, ground = _item(ladder, fields), ground_from(fields)
    if ground is None:
        raise SettingError("page.brand.error.evidence")
    upper = text_of(fields, "upper", most=100)
    if not upper:
        return _put(ladder, item.model_copy(update={"grounds": (*item.grounds, ground)})), item.id
    links = tuple(
        k.model_copy(update={"grounds": (*k.grounds, ground)}) if (k.lower, k.upper) == (item.id, upper) else k
        for k in ladder.links
    )
    return ladder.model_copy(update={"links": links}), item.id


def _unground(ladder: Ladder, fields: Fields) -> Changed:
    item, number = _item(ladder, fields), text_of(fields, "ground", most=4)
    kept = tuple(g for n, g in enumerate(item.grounds) if str(n) != number)
    return _put(ladder, item.model_copy(update={"grounds": kept})), item.id


_CHANGES: dict[str, Any] = {
    "add": _add,
    "name": _name,
    "remove": _remove,
    "up": lambda ladder, fields: _moved(ladder, fields, -1),
    "down": lambda ladder, fields: _moved(ladder, fields, 1),
    "link": _link,
    "unlink": _unlink,
    "ground": _ground,
    "unground": _unground,
    "rebind": lambda ladder, _: (ladder, ""),
}
