"""Message houses of segments and their personas: shown with what they lack, set, and handed out as documents."""

from __future__ import annotations

from qunxiang.errors import SettingError
from qunxiang.i18n import Label
from qunxiang.model import Actor, Definition, Frozen, NewDefinition
from qunxiang.model.message_house import MessageHouse, Proof
from qunxiang.positioning.grounds import STALE
from qunxiang.positioning.message import MessageFinding, check_message, checked_message
from qunxiang.services.access import EVERYONE, MAKERS, use_case
from qunxiang.services.brand_grounds import Evidence, GroundView, bound
from qunxiang.services.brand_ladder import Revision, revisions, written
from qunxiang.services.brand_read import MESSAGE, BrandPlace, ladder_of, place_of, places_of, stored
from qunxiang.services.changing import change
from qunxiang.services.house import House


class MessageEntry(Frozen):
    """A place with the state of its message house; `version` 0 when there is none yet."""

    place: BrandPlace
    version: int
    promise: Label
    reasons: int
    proofs: int
    stale: int
    faults: int
    latest: Revision | None


class MessageView(Frozen):
    """The message house of a place, what it lacks, and how its proofs stand.

    `proofs` has for each reason the grounds of its proofs, in their order. `rungs` are the names of the ladder's items
    that reasons may speak for. `version` is 0 before the first.
    """

    place: BrandPlace
    message: MessageHouse
    version: int
    findings: tuple[MessageFinding, ...]
    proofs: tuple[tuple[GroundView, ...], ...]
    rungs: dict[str, Label]
    history: tuple[Revision, ...]


@use_case("brand.message.list", roles=EVERYONE)
def messages(house: House, actor: Actor) -> list[MessageEntry]:
    """Return the whole market and every segment with the state of its message house."""
    there = {d.id for d in house.state.definitions(MESSAGE)}
    return [_entry(_view(house, p)) if p.id in there else _none_yet(p) for p in places_of(house)]


@use_case("brand.message.show", roles=EVERYONE)
def show(house: House, actor: Actor, name: str | None = None, *, segment: str | None = None) -> MessageView:
    """Return the message house of a segment and its persona, or of the whole market; empty before somebody made one.

    Raises
    ------
    UnknownNameError
        When there is no such segmentation or segment.
    SettingError
        When only one of the two is named.
    """
    return _view(house, place_of(house, name, segment))


@use_case("brand.message.set", roles=MAKERS, touches="change")
def set_message(
    house: House,
    actor: Actor,
    name: str | None = None,
    *,
    segment: str | None = None,
    message: MessageHouse,
    rebind: bool = False,
    why: str = "",
    seen_version: int | None = None,
) -> MessageView:
    """Store the message house of a segment, or of the whole market without names.

    Parameters
    ----------
    message
        Promise, reasons with proofs, tone, words, channels, owner and review date. Proofs are bound to what the data
        say now; those that stood there before keep their author and their figure.
    rebind
        Take the figures of today for those too.
    seen_version
        Version of the house that this one replaces (0: none); None replaces whatever is there.

    Raises
    ------
    UnknownNameError
        When there is no such segmentation or segment.
    SettingError
        When the house is about another place, channels do not add up to 100, a word is both used and avoided, a reason
        names a rung that the ladder lacks, or a new proof names what is not there.
    ConflictError
        When somebody stored another version since `seen_version`.
    """
    place = place_of(house, name, segment)
    if message.segmentation is not None and message.id != place.id:
        raise SettingError("error.brand.other_place", given=message.id, place=place.id)
    wanted = checked_message(message.model_copy(update={"segmentation": name, "segment": segment}))
    evidence = Evidence(house)

    def made(old: Definition | None) -> NewDefinition:
        before = None if old is None or old.archived else MessageHouse.model_validate(old.body)
        _check_rungs(house, wanted, before)
        body = bound_message(evidence, actor, wanted, before, rebind=rebind).model_dump(mode="json")
        return NewDefinition(kind=MESSAGE, id=place.id, body=body, why=why)

    change(house, actor, MESSAGE, place.id, made, seen_version=seen_version)
    return _view(house, place)


@use_case("brand.message.export", roles=EVERYONE)
def export(
    house: House, actor: Actor, name: str | None = None, *, segment: str | None = None, format: str = "yaml"
) -> bytes:
    """Return the message house of a place as a YAML or JSON document, which :func:`set_message` takes again.

    Raises
    ------
    UnknownNameError
        When there is no such segmentation or segment.
    SettingError
        When the format is neither ``yaml`` nor ``json``.
    """
    return written(_view(house, place_of(house, name, segment)).message, format)


def bound_message(
    evidence: Evidence,
    actor: Actor,
    message: MessageHouse,
    before: MessageHouse | None,
    *,
    rebind: bool = False,
    may_lack: bool = False,
) -> MessageHouse:
    """Return a message house with its proofs bound; see :func:`qunxiang.services.brand_grounds.bound`."""
    old = [] if before is None else [p.ground for r in before.reasons for p in r.proofs]

    def tied(proof: Proof) -> Proof:
        ground = bound(evidence, actor, [proof.ground], old, rebind=rebind, may_lack=may_lack)[0]
        return proof.model_copy(update={"ground": ground})

    reasons = tuple(r.model_copy(update={"proofs": tuple(map(tied, r.proofs))}) for r in message.reasons)
    return message.model_copy(update={"reasons": reasons})


def _check_rungs(house: House, wanted: MessageHouse, before: MessageHouse | None) -> None:
    """Refuse reasons that newly name a rung which the ladder of the place, or of the whole market, does not have."""
    known = _rungs(house, wanted.segmentation, wanted.segment)
    kept = {r.rung for r in before.reasons} if before is not None else set()
    lacking = [r.rung for r in wanted.reasons if r.rung is not None and r.rung not in known and r.rung not in kept]
    if lacking:
        raise SettingError("error.ladder.no_item", items=lacking, known=list(known))


def _rungs(house: House, segmentation: str | None, segment: str | None) -> dict[str, Label]:
    ladder = ladder_of(house, segmentation, segment) or ladder_of(house)
    return {} if ladder is None else {i.id: i.text for i in ladder.items}


def _view(house: House, place: BrandPlace) -> MessageView:
    document = stored(house, MESSAGE, place.id)
    message = MessageHouse(segmentation=place.segmentation, segment=place.segment)
    if document is not None:
        message = MessageHouse.model_validate(document.body)
    evidence = Evidence(house)
    proofs = tuple(evidence.views([p.ground for p in reason.proofs]) for reason in message.reasons)
    standings = {(r, p): view.standing for r, views in enumerate(proofs) for p, view in enumerate(views)}
    today = house.today()
    return MessageView(
        place=place,
        message=message,
        version=0 if document is None else document.version,
        findings=check_message(message, today=today, standings=standings),
        proofs=proofs,
        rungs=_rungs(house, place.segmentation, place.segment),
        history=revisions(house, MESSAGE, place.id),
    )


def _none_yet(place: BrandPlace) -> MessageEntry:
    blank = Label("", "")
    return MessageEntry(place=place, version=0, promise=blank, reasons=0, proofs=0, stale=0, faults=0, latest=None)


def _entry(view: MessageView) -> MessageEntry:
    views = [v for found in view.proofs for v in found]
    return MessageEntry(
        place=view.place,
        version=view.version,
        promise=view.message.promise,
        reasons=len(view.message.reasons),
        proofs=len(views),
        stale=sum(v.standing in STALE for v in views),
        faults=sum(f.fault for f in view.findings),
        latest=view.history[0],
    )
