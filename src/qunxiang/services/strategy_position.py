"""Positioning statements of segments: shown with what they lack, set as drafts, and decided."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Literal

from qunxiang.errors import SettingError
from qunxiang.i18n import Label, Message
from qunxiang.model import Actor, Definition, Frozen, NewDefinition, Segmentation
from qunxiang.model.message_house import Proof
from qunxiang.model.strategy import PositioningStatement
from qunxiang.positioning.competitors import OWN
from qunxiang.positioning.statement import StatementFinding, check_statement, checked_statement, sentence
from qunxiang.services.access import EVERYONE, MAKERS, use_case
from qunxiang.services.brand_grounds import Evidence, GroundView, bound
from qunxiang.services.brand_read import BrandPlace, place_of, stored
from qunxiang.services.changing import change
from qunxiang.services.competitors import KIND as COMPETITOR
from qunxiang.services.definitions_read import divides
from qunxiang.services.house import House

POSITIONING = "positioning"
"""Kind of the documents that hold positioning statements."""

LinkStatus = Literal["missing", "draft", "decided", "stale"]
"""How a link stands: nothing there, not finished, decided, or decided and resting on what changed since."""


class DocumentVersion(Frozen):
    """One version of a document that a link rests on: who stored it, when and why."""

    kind: str
    id: str
    version: int
    author: str
    at: datetime
    why: str


class Cause(Frozen):
    """Why a link is not decided, or is stale, with the use case that mends it."""

    text: Message
    mend: str


class PositionView(Frozen):
    """The positioning statement of a segment, what it lacks, and how its reasons stand.

    `sentence` is the statement in words; `competitors` are the names in the register by id. `causes` say why it is no
    draft or not in force any more. `version` is 0 before the first; handed back as `seen_version` it keeps a change
    from undoing another.
    """

    place: BrandPlace
    statement: PositioningStatement
    version: int
    status: LinkStatus
    sentence: Message
    findings: tuple[StatementFinding, ...]
    causes: tuple[Cause, ...]
    reasons: tuple[GroundView, ...]
    competitors: dict[str, Label]
    history: tuple[DocumentVersion, ...]


@use_case("strategy.position", roles=EVERYONE)
def position(house: House, actor: Actor, name: str, *, segment: str) -> PositionView:
    """Return the positioning statement of a segment; empty before somebody wrote one.

    Raises
    ------
    UnknownNameError
        When there is no such segmentation or segment.
    """
    return position_of(house, Evidence(house), place_of(house, name, segment))


@use_case("strategy.set_position", roles=MAKERS, touches="change")
def set_position(
    house: House,
    actor: Actor,
    name: str,
    *,
    segment: str,
    statement: PositioningStatement,
    rebind: bool = False,
    why: str = "",
    seen_version: int | None = None,
) -> PositionView:
    """Store the positioning statement of a segment, as a draft or decided.

    Parameters
    ----------
    statement
        For whom, in which category, with which difference, against whom, and why to believe it. Its reasons are bound
        to what the data say now; those that stood there before keep their author and their figure.
    rebind
        Take the figures of today for those too.
    why
        The reason; a decision needs one.
    seen_version
        Version of the statement that this one replaces (0: none); None replaces whatever is there.

    Raises
    ------
    UnknownNameError
        When there is no such segmentation or segment.
    SettingError
        When the statement is about another segment, a reason has no text or names evidence that is not there, or it is
        to be decided while parts or the reason for it are missing.
    ConflictError
        When somebody stored another version since `seen_version`.
    """
    place = place_of(house, name, segment)
    if statement.id != place.id:
        raise SettingError("error.brand.other_place", given=statement.id, place=place.id)
    wanted = checked_statement(statement)
    evidence = Evidence(house)

    def made(old: Definition | None) -> NewDefinition:
        before = None if old is None or old.archived else PositioningStatement.model_validate(old.body)
        tied = bound_statement(evidence, actor, wanted, before, rebind=rebind)
        if tied.decided:
            if not why.strip():
                raise SettingError("error.targets.why_missing")
            check_whole(house, evidence, tied)
        return NewDefinition(kind=POSITIONING, id=place.id, body=tied.model_dump(mode="json"), why=why.strip())

    change(house, actor, POSITIONING, place.id, made, seen_version=seen_version)
    return position_of(house, evidence, place)


def check_whole(house: House, evidence: Evidence, statement: PositioningStatement) -> None:
    """Raise a SettingError that names the parts that a decided statement lacks."""
    lacking = [f.text for f in _findings(house, evidence, statement) if f.weight == "fault"]
    if lacking:
        raise SettingError("error.positioning.not_ready", lacking=lacking)


def bound_statement(
    evidence: Evidence,
    actor: Actor,
    statement: PositioningStatement,
    before: PositioningStatement | None,
    *,
    rebind: bool = False,
    may_lack: bool = False,
) -> PositioningStatement:
    """Return a statement with its reasons bound; see :func:`qunxiang.services.brand_grounds.bound`."""
    old = [] if before is None else [r.ground for r in before.reasons]
    grounds = bound(evidence, actor, [r.ground for r in statement.reasons], old, rebind=rebind, may_lack=may_lack)
    reasons = (Proof(text=r.text, ground=g) for r, g in zip(statement.reasons, grounds, strict=True))
    return statement.model_copy(update={"reasons": tuple(reasons)})


def position_of(house: House, evidence: Evidence, place: BrandPlace) -> PositionView:
    """Return the statement of a segment with its state; other use cases read it too."""
    assert place.segmentation is not None
    assert place.segment is not None
    document = stored(house, POSITIONING, place.id)
    statement = PositioningStatement(segmentation=place.segmentation, segment=place.segment)
    if document is not None:
        statement = PositioningStatement.model_validate(document.body)
    registered = competitors_of(house)
    findings = _findings(house, evidence, statement)
    causes = () if document is None else _causes(house, statement, document, findings)
    return PositionView(
        place=place,
        statement=statement,
        version=0 if document is None else document.version,
        status=_status(document, statement, causes),
        sentence=sentence(statement, registered),
        findings=findings,
        causes=causes,
        reasons=evidence.views([r.ground for r in statement.reasons]),
        competitors=registered,
        history=versions_of(house, POSITIONING, place.id),
    )


def _status(document: Definition | None, statement: PositioningStatement, causes: Sequence[Cause]) -> LinkStatus:
    if document is None:
        return "missing"
    if not statement.decided:
        return "draft"
    return "stale" if causes else "decided"


def _findings(house: House, evidence: Evidence, statement: PositioningStatement) -> tuple[StatementFinding, ...]:
    standings = [view.standing for view in evidence.views([r.ground for r in statement.reasons])]
    return check_statement(statement, today=house.today(), standings=standings, registered=competitors_of(house))


def _causes(
    house: House, statement: PositioningStatement, document: Definition, findings: Sequence[StatementFinding]
) -> tuple[Cause, ...]:
    """Say why a stored statement is a draft, or what changed since it was decided."""
    mend = "strategy.set_position"
    if not statement.decided:
        lacking = [f.text for f in findings if f.weight == "fault"]
        return tuple(Cause(text=text, mend=mend) for text in lacking or [Message("strategy.cause.not_decided")])
    found = [f.text for f in findings if f.weight == "stale"]
    later = divided_since(house, statement.segmentation, document.at)
    if later is not None:
        found.append(Message("strategy.cause.segments_changed", {"at": later.at, "by": later.author}))
    for name in statement.against:
        rival = house.state.definition(COMPETITOR, name)
        if rival is not None and rival.at > document.at:
            label = competitors_of(house).get(name, Label.same(name))
            code = "strategy.cause.competitor_gone" if rival.archived else "strategy.cause.competitor_changed"
            found.append(Message(code, {"competitor": label, "at": rival.at, "by": rival.author}))
    return tuple(Cause(text=text, mend=mend) for text in found)


def competitors_of(house: House) -> dict[str, Label]:
    """Return the names in the register of competitors by id."""
    return {d.id: Label(**d.body["label"]) for d in house.state.definitions(COMPETITOR) if d.id != OWN}


def divided_since(house: House, name: str, moment: datetime) -> Definition | None:
    """Return the first version of a segmentation after `moment` from which customers are divided otherwise."""
    history = sorted(house.state.history("segmentation", name), key=lambda d: d.version)
    then = [d for d in history if d.at <= moment]
    if not then:
        return None
    return changed_between(then[-1], history)


def changed_between(then: Definition, history: Sequence[Definition]) -> Definition | None:
    """Return the version that made the newest one of `history` divide customers otherwise than `then`; None if none."""
    parted = divides(Segmentation.model_validate(then.body))
    later = [d for d in history if d.version > then.version]
    if not later or divides(Segmentation.model_validate(later[-1].body)) == parted:
        return None
    return next(d for d in later if divides(Segmentation.model_validate(d.body)) != parted)


def changed_since(
    history: Sequence[Definition], moment: datetime, said: Callable[[Definition], object]
) -> Definition | None:
    """Return the newest version when it says something else than the one of `moment`, or when there was none then."""
    versions = sorted(history, key=lambda d: d.version)
    earlier = [d for d in versions if d.at <= moment]
    if not versions or len(earlier) == len(versions):
        return None
    return None if earlier and said(earlier[-1]) == said(versions[-1]) else versions[-1]


def versions_of(house: House, kind: str, id: str) -> tuple[DocumentVersion, ...]:
    """Return who stored which version of a document, when and why, newest first."""
    found = house.state.history(kind, id)
    return tuple(DocumentVersion(**d.model_dump(include=set(DocumentVersion.model_fields))) for d in found)
