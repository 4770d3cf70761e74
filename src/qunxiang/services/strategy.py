"""The strategy of a segmentation: market, segments, targets, position and message as one chain with its state."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime

from qunxiang.errors import SettingError
from qunxiang.i18n import Label
from qunxiang.model import Actor, Definition, Frozen, NewDefinition
from qunxiang.model.strategy import LINKS, LinkName, StrategyPlan
from qunxiang.services.access import EVERYONE, MAKERS, use_case
from qunxiang.services.brand_grounds import Evidence
from qunxiang.services.brand_read import stored
from qunxiang.services.changing import change
from qunxiang.services.definitions_read import segmentation_named
from qunxiang.services.house import House
from qunxiang.services.market import market_of
from qunxiang.services.strategy_links import PLAN, ChainLink, chain, plan_of
from qunxiang.services.strategy_position import DocumentVersion, LinkStatus, versions_of


class StrategyEntry(Frozen):
    """A segmentation with the state of every link of its chain; `next` is the first that is not decided."""

    segmentation: str
    label: Label
    links: dict[LinkName, LinkStatus]
    next: LinkName | None
    at: datetime | None


class StrategyView(Frozen):
    """A chain from market to message: every link with status, owner, date, what is missing, and its history.

    `next` is the first link that is not decided, None when all are. `review_due` says that the day to look at the whole
    has come. `markets` are those that may be named. `version` is that of the plan, 0 before the first.
    """

    segmentation: str
    label: Label
    plan: StrategyPlan
    version: int
    links: tuple[ChainLink, ...]
    next: LinkName | None
    review_due: bool
    markets: dict[str, Label]
    history: tuple[DocumentVersion, ...]


@use_case("strategy.list", roles=EVERYONE)
def strategies(house: House, actor: Actor) -> list[StrategyEntry]:
    """Return every segmentation with the state of its chain."""
    return [_entry(_view(house, d.id)) for d in house.state.definitions("segmentation")]


@use_case("strategy.show", roles=EVERYONE)
def show(house: House, actor: Actor, name: str) -> StrategyView:
    """Return the chain of a segmentation from market to message.

    Raises
    ------
    UnknownNameError
        When there is no such segmentation.
    """
    return _view(house, name)


@use_case("strategy.set", roles=MAKERS, touches="change")
def set_plan(
    house: House,
    actor: Actor,
    name: str,
    *,
    market: str | None = None,
    owners: Mapping[str, str] | None = None,
    review_on: date | None = None,
    no_review: bool = False,
    why: str = "",
    seen_version: int | None = None,
) -> StrategyView:
    """Say which market a segmentation divides, who owns the links, and when to look at the chain again.

    Parameters
    ----------
    market
        Name of the market; an empty text takes it away, None leaves it.
    owners
        Person by link (``market``, ``segments``, ``targets``, ``position``, ``message``); an empty text takes one
        away, links that are not named stay.
    review_on, no_review
        Day after today on which to look at the chain again, or none any more.
    seen_version
        Version that this one replaces (0: none); None replaces whatever is there.

    Raises
    ------
    UnknownNameError
        When there is no such segmentation or market.
    SettingError
        When a link is unknown, a name is too long, or the review lies in the past.
    ConflictError
        When somebody stored another version since `seen_version`.
    """
    segmentation_named(house, name)
    if market:
        market_of(house, market)
    given = {link: owner.strip() for link, owner in (owners or {}).items()}
    if unknown := [link for link in given if link not in LINKS]:
        raise SettingError("error.strategy.link", links=unknown, known=list(LINKS))
    if long := [link for link, owner in given.items() if len(owner) > 200]:
        raise SettingError("error.strategy.owner_long", links=long)
    today = house.today()
    if review_on is not None and review_on <= today:
        raise SettingError("error.targets.review_past", day=review_on, today=today)

    def made(old: Definition | None) -> NewDefinition:
        before = StrategyPlan(segmentation=name)
        if old is not None and not old.archived:
            before = StrategyPlan.model_validate(old.body)
        owners = {str(link): owner for link, owner in before.owners.items()} | given
        plan = StrategyPlan(
            segmentation=name,
            market=before.market if market is None else market or None,
            owners={link: owner for link in LINKS if (owner := owners.get(link))},
            review_on=None if no_review else review_on or before.review_on,
        )
        return NewDefinition(kind=PLAN, id=name, body=plan.model_dump(mode="json"), why=why.strip())

    change(house, actor, PLAN, name, made, seen_version=seen_version)
    return _view(house, name)


def _view(house: House, name: str) -> StrategyView:
    segmentation = segmentation_named(house, name)
    document = stored(house, PLAN, name)
    plan = plan_of(house, name)
    links = chain(house, segmentation, plan, Evidence(house))
    return StrategyView(
        segmentation=name,
        label=segmentation.label,
        plan=plan,
        version=0 if document is None else document.version,
        links=links,
        next=next((link.name for link in links if link.status != "decided"), None),
        review_due=plan.review_on is not None and plan.review_on <= house.today(),
        markets={d.id: Label(**d.body["label"]) for d in house.state.definitions("market")},
        history=versions_of(house, PLAN, name),
    )


def _entry(view: StrategyView) -> StrategyEntry:
    return StrategyEntry(
        segmentation=view.segmentation,
        label=view.label,
        links={link.name: link.status for link in view.links},
        next=view.next,
        at=max((link.at for link in view.links if link.at is not None), default=None),
    )
