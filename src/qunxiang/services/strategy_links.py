"""The links of a chain from market to message: how each stands, why, and who decided what it rests on."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from qunxiang.i18n import Label, Message
from qunxiang.model import Definition, Frozen, Segmentation
from qunxiang.model.market import Market
from qunxiang.model.message_house import MessageHouse
from qunxiang.model.strategy import LinkName, PositioningStatement, StrategyPlan
from qunxiang.positioning.message import check_message
from qunxiang.services.brand_grounds import Evidence
from qunxiang.services.brand_read import MESSAGE, BrandPlace, place_of, stored
from qunxiang.services.definitions_read import document_in
from qunxiang.services.house import House
from qunxiang.services.market_placing import PLACED
from qunxiang.services.strategy_position import (
    POSITIONING,
    Cause,
    DocumentVersion,
    LinkStatus,
    changed_between,
    changed_since,
    divided_since,
    position_of,
    versions_of,
)
from qunxiang.services.targets import TargetSelection
from qunxiang.targeting import CriteriaSet

PLAN = "strategy"
"""Kind of the documents that hold what people say of a chain as a whole."""


class ChainPart(Frozen):
    """A link's state for one target segment; `by` and `at` tell of the newest version."""

    place: BrandPlace
    status: LinkStatus
    says: Message | Label | None
    causes: tuple[Cause, ...]
    owner: str
    review_on: date | None
    version: int
    by: str | None
    at: datetime | None


class ChainLink(Frozen):
    """One link of a chain.

    `says` is what stands there in a sentence. `causes` say what is missing or changed, with the use case that mends it.
    `parts` tell the state of position and message by target segment. `by`, `at` and `why` are those of the newest
    decision. `history` holds the versions of everything the link is made of, newest first.
    """

    name: LinkName
    status: LinkStatus
    says: Message | None
    causes: tuple[Cause, ...]
    owner: str | None
    by: str | None
    at: datetime | None
    why: str
    review_on: date | None
    places: tuple[BrandPlace, ...]
    parts: tuple[ChainPart, ...]
    history: tuple[DocumentVersion, ...]


@dataclass(frozen=True)
class _Known:
    """What all links are told from."""

    house: House
    segmentation: Segmentation
    plan: StrategyPlan
    evidence: Evidence
    today: date

    @property
    def name(self) -> str:
        return self.segmentation.id

    def link(
        self,
        name: LinkName,
        status: LinkStatus,
        *,
        says: Message | None = None,
        causes: Sequence[Cause] = (),
        newest: Definition | None = None,
        review_on: date | None = None,
        places: Sequence[BrandPlace] = (),
        parts: Sequence[ChainPart] = (),
        documents: Sequence[tuple[str, str]] = (),
    ) -> ChainLink:
        history = [v for kind, id in documents for v in versions_of(self.house, kind, id)]
        history.sort(key=lambda v: (v.at, v.version), reverse=True)
        return ChainLink(
            name=name,
            status=status,
            says=says,
            causes=tuple(causes),
            owner=self.plan.owners.get(name),
            by=None if newest is None else newest.author,
            at=None if newest is None else newest.at,
            why="" if newest is None else newest.why,
            review_on=review_on,
            places=tuple(places),
            parts=tuple(parts),
            history=tuple(history),
        )


def plan_of(house: House, name: str) -> StrategyPlan:
    """Return what people said of a chain as a whole; empty before anybody did."""
    document = stored(house, PLAN, name)
    return StrategyPlan(segmentation=name) if document is None else StrategyPlan.model_validate(document.body)


def chain(house: House, segmentation: Segmentation, plan: StrategyPlan, evidence: Evidence) -> tuple[ChainLink, ...]:
    """Return the links of a segmentation's chain, from the market to the message."""
    known = _Known(house, segmentation, plan, evidence, house.today())
    document = stored(house, "targets", segmentation.id)
    targets = None if document is None else TargetSelection.model_validate(document.body)
    places = [
        place_of(house, segmentation.id, segment)
        for segment in (targets.segments if targets is not None else ())
        if segmentation.segment(segment) is not None
    ]
    return (
        _market(known),
        _segments(known),
        _targets(known, document, targets, places),
        _by_target(known, "position", places),
        _by_target(known, "message", places),
    )


def _market(known: _Known) -> ChainLink:
    house = known.house
    name = market_named(known.segmentation, known.plan)
    if name is None:
        there = [d.id for d in house.state.definitions("market")]
        code, mend = ("not_named", "strategy.set") if there else ("no_market", "market.define")
        return known.link("market", "missing", causes=[Cause(text=_cause(code, markets=there), mend=mend)])
    document = stored(house, "market", name)
    if document is None:
        gone = Cause(text=_cause("market_gone", market=name), mend="strategy.set")
        return known.link("market", "missing", causes=[gone], documents=[("market", name)])
    market = Market.model_validate(document.body)
    survey = house.state.definition("survey", market.survey)
    causes = []
    if survey is None or survey.archived:
        causes.append(Cause(text=_cause("survey_gone", survey=market.survey), mend="market.define"))
    elif survey.at > document.at:
        params = {"survey": Label(**survey.body["label"]), "at": survey.at, "by": survey.author}
        causes.append(Cause(text=_cause("survey_changed", **params), mend="market.define"))
    says = Message(
        "strategy.says.market",
        {"market": market.label, "population": market.population, "segments": len(market.segments)},
    )
    status: LinkStatus = "stale" if causes else "decided"
    return known.link("market", status, says=says, causes=causes, newest=document, documents=[("market", name)])


def market_named(segmentation: Segmentation, plan: StrategyPlan) -> str | None:
    """Return the market that a segmentation divides: the one named, or the one whose typing tool made it."""
    placed = segmentation.parameters.get("market") if segmentation.scheme == PLACED else None
    return plan.market or placed


def _segments(known: _Known) -> ChainLink:
    house, segmentation = known.house, known.segmentation
    document = house.state.definition("segmentation", known.name)
    assert document is not None
    snapshot = house.head()
    assigned = snapshot is not None and f"segmentation/{known.name}" in snapshot.definitions
    causes = []
    if assigned and snapshot is not None and document_in(house, snapshot, document).changed_since:
        params = {"at": document.at, "by": document.author}
        causes.append(Cause(text=_cause("not_refreshed", **params), mend="refresh"))
    if segmentation.scheme == PLACED and (name := market_named(segmentation, known.plan)):
        market = stored(house, "market", name)
        if market is not None and market.at > document.at:
            params = {"at": market.at, "by": market.author}
            causes.append(Cause(text=_cause("market_changed", **params), mend="market.publish"))
    status: LinkStatus = "stale" if causes else "decided"
    if not assigned:
        status, causes = "draft", [Cause(text=_cause("not_assigned"), mend="refresh")]
    verdict = segmentation.evidence.get("verdict")
    says = Message(
        "strategy.says.segments",
        {
            "segments": len(segmentation.segments),
            "method": Message(f"room.method.{segmentation.method}"),
            "verdict": Message("strategy.says.verdict", {"verdict": Message(f"room.verdict.{verdict}")})
            if verdict
            else "",
        },
    )
    places = [place_of(house, known.name, s.id) for s in segmentation.segments]
    return known.link(
        "segments",
        status,
        says=says,
        causes=causes,
        newest=document,
        places=places,
        documents=[("segmentation", known.name)],
    )


def _targets(
    known: _Known, document: Definition | None, targets: TargetSelection | None, places: Sequence[BrandPlace]
) -> ChainLink:
    documents = [("targets", known.name), ("criteria", known.name), ("judgements", known.name)]
    if document is None or targets is None:
        causes = [Cause(text=_cause("not_chosen"), mend="target.choose")]
        return known.link("targets", "missing", causes=causes, documents=documents)
    found = []
    if gone := [s for s in targets.segments if known.segmentation.segment(s) is None]:
        found.append(_cause("target_gone", segments=gone))
    if (later := _divided_since_choice(known, targets)) is not None:
        found.append(_cause("segments_changed", at=later.at, by=later.author))
    if (later := _criteria_since(known, targets.at)) is not None:
        found.append(_cause("criteria_changed", at=later.at, by=later.author))
    judged = known.house.state.definition("judgements", known.name)
    if judged is not None and judged.at > targets.at:
        found.append(_cause("judged_since", at=judged.at, by=judged.author))
    if targets.review_on is not None and targets.review_on <= known.today:
        found.append(_cause("review_due", day=targets.review_on))
    status: LinkStatus = "stale" if found else "decided"
    return known.link(
        "targets",
        status,
        says=Message("strategy.says.targets", {"targets": len(targets.segments), "why": targets.why}),
        causes=[Cause(text=text, mend="target.choose") for text in found],
        newest=document,
        review_on=targets.review_on,
        places=places,
        documents=documents,
    )


def _divided_since_choice(known: _Known, targets: TargetSelection) -> Definition | None:
    """Return the version since which customers are divided otherwise than in the snapshot that the choice read."""
    house = known.house
    snapshot = house.state.snapshot(targets.run)
    version = None if snapshot is None else snapshot.definitions.get(f"segmentation/{known.name}")
    then = None if version is None else house.state.definition("segmentation", known.name, version)
    if then is None:
        return divided_since(house, known.name, targets.at)
    return changed_between(then, sorted(house.state.history("segmentation", known.name), key=lambda d: d.version))


def _criteria_since(known: _Known, moment: datetime) -> Definition | None:
    """Return the newest criteria when they would rank otherwise than those of `moment`."""
    return changed_since(known.house.state.history("criteria", known.name), moment, _ranking)


def _ranking(document: Definition) -> object:
    """Return what ranks: names, notes and owners do not."""
    named = {"label", "note", "owner", "source"}
    criteria = CriteriaSet.model_validate(document.body)
    return [[g.model_dump(exclude=named) for g in grounds] for grounds in (criteria.criteria, criteria.knockouts)]


def _saying(document: Definition) -> object:
    """Return what a positioning statement says: who owns it and when it is looked at again does not."""
    return PositioningStatement.model_validate(document.body).model_dump(exclude={"owner", "review_on", "decided"})


def _by_target(known: _Known, name: LinkName, places: Sequence[BrandPlace]) -> ChainLink:
    """Return the link of position or message, made of its state for every target."""
    if not places:
        causes = [Cause(text=_cause("no_targets"), mend="target.choose")]
        return known.link(name, "missing", causes=causes)
    parts = [_position(known, place) if name == "position" else _message(known, place) for place in places]
    kind = POSITIONING if name == "position" else MESSAGE
    documents = [(kind, place.id) for place in places]
    stored_ones = [d for kind, id in documents if (d := stored(known.house, kind, id)) is not None]
    done = sum(part.status == "decided" for part in parts)
    return known.link(
        name,
        _together([part.status for part in parts]),
        says=Message(f"strategy.says.{name}", {"done": done, "targets": len(parts)}),
        newest=max(stored_ones, key=lambda d: d.at, default=None),
        review_on=min((p.review_on for p in parts if p.review_on is not None), default=None),
        parts=parts,
        documents=documents,
    )


def _together(states: Sequence[LinkStatus]) -> LinkStatus:
    """Return the state of a link from those of its targets: one that is stale says more than one that is missing."""
    if len(set(states)) == 1:
        return states[0]
    return "stale" if "stale" in states else "draft"


def _position(known: _Known, place: BrandPlace) -> ChainPart:
    view = position_of(known.house, known.evidence, place)
    newest = view.history[0] if view.version else None
    missing = (Cause(text=_cause("no_statement"), mend="strategy.set_position"),)
    return ChainPart(
        place=place,
        status=view.status,
        says=view.sentence if view.version else None,
        causes=view.causes if view.version else missing,
        owner=view.statement.owner,
        review_on=view.statement.review_on,
        version=view.version,
        by=None if newest is None else newest.author,
        at=None if newest is None else newest.at,
    )


def _message(known: _Known, place: BrandPlace) -> ChainPart:
    mend = "brand.message.set"
    document = stored(known.house, MESSAGE, place.id)
    if document is None:
        causes: tuple[Cause, ...] = (Cause(text=_cause("no_message"), mend=mend),)
        return ChainPart(
            place=place,
            status="missing",
            says=None,
            causes=causes,
            owner="",
            review_on=None,
            version=0,
            by=None,
            at=None,
        )
    message = MessageHouse.model_validate(document.body)
    standings = {
        (r, p): view.standing
        for r, reason in enumerate(message.reasons)
        for p, view in enumerate(known.evidence.views([proof.ground for proof in reason.proofs]))
    }
    faults = [f for f in check_message(message, today=known.today, standings=standings) if f.fault]
    lacking = [f.text for f in faults if f.kind not in ("stale_proof", "review_due")]
    old = [f.text for f in faults if f.kind in ("stale_proof", "review_due")]
    position = changed_since(known.house.state.history(POSITIONING, place.id), document.at, _saying)
    if position is not None:
        old.append(_cause("position_changed", at=position.at, by=position.author))
    if (later := divided_since(known.house, known.name, document.at)) is not None:
        old.append(_cause("segments_changed", at=later.at, by=later.author))
    status: LinkStatus = "draft" if lacking else "stale" if old else "decided"
    return ChainPart(
        place=place,
        status=status,
        says=message.promise,
        causes=tuple(Cause(text=text, mend=mend) for text in (*lacking, *old)),
        owner=message.owner,
        review_on=message.review_on,
        version=document.version,
        by=document.author,
        at=document.at,
    )


def _cause(code: str, **params: object) -> Message:
    return Message(f"strategy.cause.{code}", params)
