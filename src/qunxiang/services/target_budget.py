"""Response curves of segments and the budget split over them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Literal

from pydantic import ValidationError

from qunxiang.errors import NothingYetError, SettingError
from qunxiang.model import Actor, Definition, Frozen, NewDefinition, Segmentation
from qunxiang.services.access import EVERYONE, MAKERS, use_case
from qunxiang.services.changing import change
from qunxiang.services.definitions_read import segmentation_named
from qunxiang.services.house import House
from qunxiang.services.reading import reading
from qunxiang.services.segment_define import unknown_segment
from qunxiang.services.targets import ranked
from qunxiang.targeting import Allocation, Limits, NoCurve, Observation, ResponseCurve, allocate, fit_curve
from qunxiang.targeting.past_spend import past_spend_query

CURVES = "curves"
"""Kind of the documents that hold the response curves of a segmentation."""

_TABLES = ("campaign_costs", "campaign_contacts", "responses", "identities")


class BudgetView(Frozen):
    """Curves of a segmentation and the split of a budget over them.

    `left_out` names segments with a curve that fail a knock-out: nothing is spent on them. `lacking` names the other
    segments without a curve. `allocation` is None when no total was asked for, or no curve is left.
    """

    segmentation: Segmentation
    curves: tuple[ResponseCurve, ...]
    left_out: tuple[str, ...]
    lacking: tuple[str, ...]
    limits: dict[str, Limits]
    allocation: Allocation | None


@use_case("target.curve", roles=MAKERS, touches="change")
def set_curve(
    house: House,
    actor: Actor,
    name: str,
    *,
    segment: str,
    ceiling: Decimal,
    scale: Decimal,
    why: str,
    shape: Literal["saturating", "s_curve"] = "saturating",
    steepness: float = 2.0,
    ceiling_low: Decimal | None = None,
    ceiling_high: Decimal | None = None,
) -> ResponseCurve:
    """Enter a segment's response curve by hand, with the reason; it replaces the one that is there.

    Parameters
    ----------
    ceiling
        Margin that no spend goes beyond, workspace currency per period.
    scale
        For ``saturating`` the spend that brings 63 % of the ceiling, for ``s_curve`` half of it.
    steepness
        Of an ``s_curve``, above 1.
    ceiling_low, ceiling_high
        Between which the ceiling lies with 95 % confidence.

    Raises
    ------
    UnknownNameError
        When there is no such segmentation or segment.
    SettingError
        When a number is not above zero, the interval does not hold the ceiling, or no reason is given.
    """
    _segment(house, name, segment)
    if not why.strip():
        raise SettingError("error.targets.why_missing")
    try:
        made = ResponseCurve(
            segment=segment,
            shape=shape,
            ceiling=ceiling,
            scale=scale,
            steepness=steepness,
            ceiling_low=ceiling_low,
            ceiling_high=ceiling_high,
            origin="entered",
            by=actor.name,
            at=house.clock.now(),
            why=why.strip(),
        )
    except ValidationError as error:
        reason = error.errors()[0]
        where = ".".join(str(p) for p in reason["loc"])
        raise SettingError("error.targets.curve", reason=f"{where} {reason['msg']}".strip()) from error
    _store(house, actor, name, made, made.why)
    return made


@use_case("target.fit_curve", roles=MAKERS, touches="change")
def fit(
    house: House,
    actor: Actor,
    name: str,
    *,
    segment: str,
    observations: Sequence[Observation] | None = None,
    margin_rate: Decimal | None = None,
) -> ResponseCurve | NoCurve:
    """Fit a segment's response curve to past spend and result, and keep it if the data support one.

    Parameters
    ----------
    observations
        Spend and margin per past period or campaign. None reads them from the tables: of every campaign the segment's
        share of its contacts in its costs, and the value of the responses of the segment's customers times
        `margin_rate`. Whoever got a campaign was not chosen at random, so such a curve holds what would have been
        bought anyway.
    margin_rate
        Margin in one unit of response value, above 0 and at most 1; needed with tables.

    Returns
    -------
    ResponseCurve or NoCurve
        NoCurve with the reason when the data cannot support a curve; what was stored before stays.

    Raises
    ------
    UnknownNameError
        When there is no such segmentation or segment.
    NothingYetError
        When tables are needed that were not loaded.
    SettingError
        When the margin rate is missing or out of range.
    """
    _segment(house, name, segment)
    seen = observations if observations is not None else _from_tables(house, name, segment, margin_rate)
    found = fit_curve(segment, seen)
    if isinstance(found, NoCurve):
        return found
    made = found.model_copy(update={"by": actor.name, "at": house.clock.now()})
    _store(house, actor, name, made, "")
    return made


@use_case("target.drop_curve", roles=MAKERS, touches="change")
def drop_curve(house: House, actor: Actor, name: str, *, segment: str) -> None:
    """Take a segment's response curve away; its history stays.

    Raises
    ------
    UnknownNameError
        When there is no such segmentation or segment.
    """
    _segment(house, name, segment)

    def without(document: Definition | None) -> NewDefinition:
        kept = [c for c in _of(document) if c.segment != segment]
        return _document(name, kept, "")

    change(house, actor, CURVES, name, without)


@use_case("target.budget", roles=EVERYONE)
def budget(
    house: House,
    actor: Actor,
    name: str,
    *,
    total: Decimal | None = None,
    limits: Mapping[str, Limits] | None = None,
    spend_all: bool = False,
    seed: int = 0,
) -> BudgetView:
    """Split a budget over the segments that have a response curve, so that margin less spend is largest.

    Segments that fail a knock-out get nothing. Nothing is stored.

    Parameters
    ----------
    total
        Most to be spent in the period of the curves, workspace currency; None shows the curves only.
    limits
        Least and most per segment.
    spend_all
        Whether all of it must be spent, even where it brings back less than itself.

    Raises
    ------
    UnknownNameError
        When there is no such segmentation, or a limit names a segment that does not exist.
    SettingError
        When there is no curve, the total is not above zero, or the limits cannot be kept.
    """
    return budgeted(house, name, total=total, limits=limits, spend_all=spend_all, seed=seed)


def budgeted(
    house: House,
    name: str,
    *,
    total: Decimal | None,
    limits: Mapping[str, Limits] | None = None,
    spend_all: bool = False,
    seed: int = 0,
) -> BudgetView:
    """Return the budget; other use cases read it too."""
    segmentation = segmentation_named(house, name)
    for segment in limits or {}:
        if segmentation.segment(segment) is None:
            raise unknown_segment(segmentation, segment)
    view = ranked(house, name)
    out = {a.segment for a in view.ranking.knocked_out}
    there = [s.id for s in view.segmentation.segments]
    curves = {c.segment: c for c in curves_of(house, name) if c.segment in there}
    used = [curves[s] for s in there if s in curves and s not in out]
    given = {s: found for s, found in (limits or {}).items() if s in curves and s not in out}
    made = None
    if total is not None:
        made = allocate(used, total, limits=given, spend_all=spend_all, seed=seed)
    return BudgetView(
        segmentation=view.segmentation,
        curves=tuple(curves[s] for s in there if s in curves),
        left_out=tuple(s for s in there if s in curves and s in out),
        lacking=tuple(s for s in there if s not in curves and s not in out),
        limits=given,
        allocation=made,
    )


def curves_of(house: House, name: str) -> list[ResponseCurve]:
    """Return the stored curves of a segmentation."""
    return _of(house.state.definition(CURVES, name))


def _of(document: Definition | None) -> list[ResponseCurve]:
    return [ResponseCurve.model_validate(c) for c in document.body["curves"]] if document is not None else []


def _document(name: str, curves: Sequence[ResponseCurve], why: str) -> NewDefinition:
    body = {"curves": [c.model_dump(mode="json") for c in sorted(curves, key=lambda c: c.segment)]}
    return NewDefinition(kind=CURVES, id=name, body=body, why=why)


def _store(house: House, actor: Actor, name: str, made: ResponseCurve, why: str) -> None:
    def added(document: Definition | None) -> NewDefinition:
        kept = [c for c in _of(document) if c.segment != made.segment]
        return _document(name, [*kept, made], why)

    change(house, actor, CURVES, name, added)


def _segment(house: House, name: str, segment: str) -> None:
    segmentation = segmentation_named(house, name)
    if segmentation.segment(segment) is None:
        raise unknown_segment(segmentation, segment)


def _from_tables(house: House, name: str, segment: str, margin_rate: Decimal | None) -> list[Observation]:
    if margin_rate is None or not 0 < margin_rate <= 1:
        raise SettingError("error.targets.margin_rate", value=margin_rate)
    with reading(house) as reader:
        if lacking := [t for t in _TABLES if not reader.has(t)]:
            raise NothingYetError("error.targets.no_past", tables=lacking)
        tables = {t: reader.relation(t) for t in _TABLES} | {"memberships": reader.members(name)}
        query = past_spend_query(tables, name, segment)
        rows = reader.cached(query).to_pylist()
    return [
        Observation(spend=row["spend"], margin=(row["result"] * margin_rate).quantize(Decimal("0.01"))) for row in rows
    ]
