"""Benefit ladders of segments: shown with what they lack, set, confirmed, and handed out as documents."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import datetime
from typing import Literal

import yaml

from qunxiang.errors import NothingYetError, SettingError
from qunxiang.model import Actor, Definition, Frozen, NewDefinition
from qunxiang.model.ground import Ground
from qunxiang.model.ladder import Ladder
from qunxiang.positioning.ladder import LadderFinding, chains, check_ladder, checked_ladder, confirmed
from qunxiang.services.access import EVERYONE, MAKERS, use_case
from qunxiang.services.brand_grounds import Evidence, GroundView, bound
from qunxiang.services.brand_read import LADDER, BrandPlace, place_of, places_of, stored
from qunxiang.services.changing import change
from qunxiang.services.house import House

DocumentFormat = Literal["yaml", "json"]


class Revision(Frozen):
    """One version of a document: who stored it, when and why."""

    version: int
    author: str
    at: datetime
    why: str


class LadderEntry(Frozen):
    """A place with the state of its ladder; `version` 0 when there is none yet."""

    place: BrandPlace
    version: int
    items: int
    links: int
    proposed: int
    faults: int
    latest: Revision | None


class LadderView(Frozen):
    """The ladder of a place, what it lacks, and how its grounds stand.

    `item_grounds` are by item id, `link_grounds` by ``lower>upper``. `chains` lead from an attribute to an emotional
    benefit. `version` is 0 before the first; handed back as `seen_version` it keeps a change from undoing another.
    """

    place: BrandPlace
    ladder: Ladder
    version: int
    findings: tuple[LadderFinding, ...]
    chains: tuple[tuple[str, ...], ...]
    item_grounds: dict[str, tuple[GroundView, ...]]
    link_grounds: dict[str, tuple[GroundView, ...]]
    history: tuple[Revision, ...]


@use_case("brand.ladder.list", roles=EVERYONE)
def ladders(house: House, actor: Actor) -> list[LadderEntry]:
    """Return the whole market and every segment with the state of its ladder."""
    documents = {d.id: d for d in house.state.definitions(LADDER)}
    return [_entry(place, documents.get(place.id)) for place in places_of(house)]


@use_case("brand.ladder.show", roles=EVERYONE)
def show(house: House, actor: Actor, name: str | None = None, *, segment: str | None = None) -> LadderView:
    """Return the benefit ladder of a segment, or of the whole market without names; empty before somebody made one.

    Raises
    ------
    UnknownNameError
        When there is no such segmentation or segment.
    SettingError
        When only one of the two is named.
    """
    return view_of(house, place_of(house, name, segment))


@use_case("brand.ladder.set", roles=MAKERS, touches="change")
def set_ladder(
    house: House,
    actor: Actor,
    name: str | None = None,
    *,
    segment: str | None = None,
    ladder: Ladder,
    rebind: bool = False,
    why: str = "",
    seen_version: int | None = None,
) -> LadderView:
    """Store the benefit ladder of a segment, or of the whole market without names.

    Parameters
    ----------
    ladder
        Items and links. Their grounds are bound to what the data say now; those that stood there before keep their
        author and their figure.
    rebind
        Take the figures of today for those too.
    seen_version
        Version of the ladder that this one replaces (0: none); None replaces whatever is there.

    Raises
    ------
    UnknownNameError
        When there is no such segmentation or segment.
    SettingError
        When the ladder is about another place, a link makes no sense, or a new ground names what is not there.
    ConflictError
        When somebody stored another version since `seen_version`.
    """
    place = place_of(house, name, segment)
    if ladder.segmentation is not None and ladder.id != place.id:
        raise SettingError("error.brand.other_place", given=ladder.id, place=place.id)
    wanted = checked_ladder(ladder.model_copy(update={"segmentation": name, "segment": segment}))
    evidence = Evidence(house)

    def made(old: Definition | None) -> NewDefinition:
        return document_of(bound_ladder(evidence, actor, wanted, _ladder(old), rebind=rebind), why)

    change(house, actor, LADDER, place.id, made, seen_version=seen_version)
    return view_of(house, place)


@use_case("brand.ladder.confirm", roles=MAKERS, touches="change")
def confirm(
    house: House,
    actor: Actor,
    name: str | None = None,
    *,
    segment: str | None = None,
    items: Sequence[str] | None = None,
    why: str = "",
) -> LadderView:
    """Confirm proposed items, or all of them; a proposed link is confirmed once both its ends are.

    Raises
    ------
    UnknownNameError
        When there is no such segmentation or segment.
    SettingError
        When an item does not exist.
    NothingYetError
        Before there is a ladder.
    """
    place = place_of(house, name, segment)

    def made(old: Definition | None) -> NewDefinition:
        ladder = _ladder(old)
        if ladder is None:
            raise NothingYetError("error.ladder.none")
        return document_of(confirmed(ladder, items), why)

    change(house, actor, LADDER, place.id, made)
    return view_of(house, place)


@use_case("brand.ladder.export", roles=EVERYONE)
def export(
    house: House, actor: Actor, name: str | None = None, *, segment: str | None = None, format: str = "yaml"
) -> bytes:
    """Return the ladder of a place as a YAML or JSON document, which :func:`set_ladder` takes again.

    Raises
    ------
    UnknownNameError
        When there is no such segmentation or segment.
    SettingError
        When the format is neither ``yaml`` nor ``json``.
    """
    return written(view_of(house, place_of(house, name, segment)).ladder, format)


def written(record: Frozen, format: str) -> bytes:
    """Return a record as a document.

    Raises
    ------
    SettingError
        When the format is neither ``yaml`` nor ``json``.
    """
    body = record.model_dump(mode="json", exclude_defaults=True)
    if format == "json":
        return json.dumps(body, ensure_ascii=False, indent=2).encode() + b"\n"
    if format == "yaml":
        return yaml.safe_dump(body, allow_unicode=True, sort_keys=False).encode()
    raise SettingError("error.brand.format", format=format[:20])


def revisions(house: House, kind: str, id: str) -> tuple[Revision, ...]:
    """Return the versions of a document, newest first."""
    found = sorted(house.state.history(kind, id), key=lambda d: d.version, reverse=True)
    return tuple(Revision(version=d.version, author=d.author, at=d.at, why=d.why) for d in found)


def document_of(ladder: Ladder, why: str) -> NewDefinition:
    """Return a ladder as a document."""
    return NewDefinition(kind=LADDER, id=ladder.id, body=ladder.model_dump(mode="json"), why=why)


def bound_ladder(
    evidence: Evidence,
    actor: Actor,
    ladder: Ladder,
    before: Ladder | None,
    *,
    rebind: bool = False,
    may_lack: bool = False,
) -> Ladder:
    """Return a ladder with its grounds bound; see :func:`qunxiang.services.brand_grounds.bound`."""
    of_item = {} if before is None else {i.id: i.grounds for i in before.items}
    of_link = {} if before is None else {(k.lower, k.upper): k.grounds for k in before.links}

    def tied(given: tuple[Ground, ...], old: tuple[Ground, ...]) -> tuple[Ground, ...]:
        return bound(evidence, actor, given, old, rebind=rebind, may_lack=may_lack)

    items = tuple(i.model_copy(update={"grounds": tied(i.grounds, of_item.get(i.id, ()))}) for i in ladder.items)
    links = tuple(
        k.model_copy(update={"grounds": tied(k.grounds, of_link.get((k.lower, k.upper), ()))}) for k in ladder.links
    )
    return ladder.model_copy(update={"items": items, "links": links})


def _empty(place: BrandPlace) -> Ladder:
    return Ladder(segmentation=place.segmentation, segment=place.segment)


def _ladder(document: Definition | None) -> Ladder | None:
    return None if document is None or document.archived else Ladder.model_validate(document.body)


def view_of(house: House, place: BrandPlace) -> LadderView:
    """Return the ladder of a place with what it lacks; other use cases read it too."""
    document = stored(house, LADDER, place.id)
    ladder = _ladder(document) or _empty(place)
    evidence = Evidence(house)
    return LadderView(
        place=place,
        ladder=ladder,
        version=0 if document is None else document.version,
        findings=check_ladder(ladder),
        chains=chains(ladder),
        item_grounds={i.id: evidence.views(i.grounds) for i in ladder.items},
        link_grounds={f"{k.lower}>{k.upper}": evidence.views(k.grounds) for k in ladder.links},
        history=revisions(house, LADDER, place.id),
    )


def _entry(place: BrandPlace, document: Definition | None) -> LadderEntry:
    ladder = _ladder(document) or _empty(place)
    latest = None
    if document is not None:
        latest = Revision(version=document.version, author=document.author, at=document.at, why=document.why)
    return LadderEntry(
        place=place,
        version=0 if document is None else document.version,
        items=len(ladder.items),
        links=len(ladder.links),
        proposed=sum(i.proposed for i in ladder.items),
        faults=sum(f.fault for f in check_ladder(ladder)),
        latest=latest,
    )
