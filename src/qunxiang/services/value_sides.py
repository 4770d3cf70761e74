"""Profitability, loyalty, satisfaction and expected value side by side, of segments and of one customer."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from typing import Any

import numpy as np
from pydantic import ValidationError

from qunxiang.errors import NothingYetError, SettingError, UnknownNameError
from qunxiang.model import Actor, Definition, Frozen, NewDefinition
from qunxiang.model.value import GroupWorth
from qunxiang.model.value_basis import (
    TOP_OF,
    CostOrigin,
    CustomerSides,
    Driver,
    Loyalty,
    Measured,
    Profitability,
    Rate,
    Satisfaction,
    SurveyScore,
    ValueBasis,
    ValueGroup,
    ValueSides,
    WhaleCurve,
    WhaleOf,
)
from qunxiang.services.access import ANALYSTS, EVERYONE, FRONT, use_case
from qunxiang.services.changing import change
from qunxiang.services.definitions_read import segmentation_named
from qunxiang.services.house import House
from qunxiang.services.reading import SnapshotReader, reading, remembered
from qunxiang.services.value import value_of
from qunxiang.services.value_groups import GroupNames, group_names, parts_of
from qunxiang.services.value_maps import value_maps
from qunxiang.sql import Relation, select
from qunxiang.sql.moment import Moment
from qunxiang.statistics.intervals import Interval, mean_interval, normal_quantile, share_interval
from qunxiang.tables import IDENTITIES, MEMBERSHIPS, ORDER_FACTS, PROFILES, TRAITS_KEY
from qunxiang.valuation.histories import purchase_days
from qunxiang.valuation.profit import (
    answers_by_group,
    dated_rows,
    line_money,
    longest_tenure,
    loyalty_of,
    newest_scores,
    order_money,
    side_totals,
    sides,
    whale_parts,
)

KIND = "value_basis"
"""Kind of the document that holds stated costs and questions of satisfaction."""
CURRENT = "current"
_SIDES = "sides_of_customers"


class BasisState(Frozen):
    """What people stated, with its version; version 0 before anybody did."""

    basis: ValueBasis
    version: int


def stated_basis(body: Mapping[str, Any]) -> ValueBasis:
    """Read what people state from plain values.

    Raises
    ------
    SettingError
        When a part is not allowed; says which and why.
    """
    try:
        return ValueBasis.model_validate(dict(body))
    except ValidationError as error:
        first = error.errors()[0]
        place = ".".join(str(part) for part in first["loc"]) or "?"
        raise SettingError("error.value.basis", place=place[:80], reason=first["msg"][:200]) from error


@use_case("value.basis", roles=EVERYONE)
def basis(house: House, actor: Actor) -> BasisState:
    """Return the stated costs, margin rate, window and questions of satisfaction."""
    return _basis(house)


@use_case("value.set_basis", roles=ANALYSTS, touches="change")
def set_basis(
    house: House, actor: Actor, *, basis: ValueBasis, why: str = "", seen_version: int | None = None
) -> BasisState:
    """State costs to serve, a margin rate, the window, and where satisfaction is asked.

    Raises
    ------
    ConflictError
        When the newest version is not the one seen.
    """

    def made(old: Definition | None) -> NewDefinition:
        return NewDefinition(kind=KIND, id=CURRENT, body=basis.model_dump(mode="json"), why=why)

    return _state(change(house, actor, KIND, CURRENT, made, seen_version=seen_version))


@use_case("value.compare", roles=EVERYONE)
def compare(house: House, actor: Actor, name: str | None = None) -> ValueSides:
    """Put profitability, loyalty, satisfaction and expected value of all customers and of segments side by side.

    Parameters
    ----------
    name
        Segmentation whose segments are compared; those of every segmentation when None.

    Raises
    ------
    UnknownNameError
        When there is no such segmentation.
    NothingYetError
        Before a refresh.
    """
    if name is not None:
        segmentation_named(house, name)
    stated = _basis(house)
    with reading(house) as reader:
        day, moment = _moment(house, reader)
        drivers = stated.basis.drivers
        names = group_names(house, reader, day)

        def counted() -> tuple[list[dict[str, Any]], float, _Scores, WhaleCurve]:
            of_customers = _sides(reader, moment, stated.basis)
            members = names.members
            if members is not None and name is not None:
                own = select("SELECT * FROM m__ AS m WHERE m.segmentation = :name", m=members, name=name)
                reader.session.materialise("members_of_one", own)
                members = Relation("members_of_one", MEMBERSHIPS.names)
            groups = Relation("groups_of_sides")
            reader.session.materialise(groups.name, parts_of(of_customers, members))
            totals = reader.fetch(side_totals(of_customers, groups, drivers)).to_pylist()
            scores = _scores(reader, groups, stated.basis.satisfaction)
            longest = float(reader.fetch(longest_tenure(of_customers))["longest"][0].as_py() or 0)
            return totals, longest, scores, _whales(reader, of_customers, totals[0] if totals else {})

        maps = json.dumps(value_maps(house), sort_keys=True)
        key = ("value.compare", name, reader.snapshot.run, stated.basis.model_dump_json(), maps)
        totals, longest, scores, whales = remembered(house, key, counted)
        rows = [r for r in totals if names.knows(r["scheme"], r["part"])]
    fitted = value_of(house)
    worth = {} if fitted is None else {(g.scheme, g.part): g for g in fitted.evidence.worth}
    return ValueSides(
        as_of=day,
        first_day=moment.first_day(stated.basis.window_days),
        basis=stated.basis,
        basis_version=stated.version,
        currency=house.settings.currency,
        groups=tuple(_group(r, names, drivers, scores, longest, worth.get((r["scheme"], r["part"]))) for r in rows),
        whales=whales,
    )


@use_case("value.customer", roles=FRONT, touches="single")
def customer(house: House, actor: Actor, profile_id: str) -> CustomerSides:
    """Put the four sides of one customer side by side; what is not known is None.

    Raises
    ------
    UnknownNameError
        When there is no such customer in the snapshot.
    NothingYetError
        Before a refresh.
    """
    stated = _basis(house)
    with reading(house) as reader:
        day, moment = _moment(house, reader)
        of_customers = _sides(reader, moment, stated.basis, profile_id)
        query = select("SELECT * FROM s__ AS s WHERE s.profile_id = :id", s=of_customers, id=profile_id)
        found = reader.fetch(query).to_pylist()
        if not found:
            raise UnknownNameError("error.profile.unknown", profile=profile_id[:80])
        row = found[0]
        answers: dict[Measured, float] = {}
        for measure, asked in stated.basis.satisfaction.items():
            if reader.has("survey_answers"):
                newest = newest_scores(
                    reader.relation("survey_answers"), reader.relation(IDENTITIES.name), asked.survey, asked.question
                )
                own = select("SELECT n.score FROM n__ AS n WHERE n.profile_id = :id", n=newest, id=profile_id)
                said = reader.fetch(own)["score"].to_pylist()
                if said:
                    answers[measure] = said[0]
        traits = reader.relation(TRAITS_KEY.name)
        query = select("SELECT * FROM t__ AS t WHERE t.profile_id = :id", t=traits, id=profile_id)
        of_traits = (reader.fetch(query).to_pylist() or [{}])[0]
    return CustomerSides(
        profile_id=profile_id,
        as_of=day,
        orders=row["n_orders"],
        sales=_cents(row["sales"]) or Decimal(0),
        returns=_cents(row["returns"]) or Decimal(0),
        revenue=_cents(row["revenue"]) or Decimal(0),
        discounts=_cents(row["discounts"]),
        product_cost=_cents(row["product_cost"]),
        cost_to_serve=_cents(row["cost_to_serve"]),
        margin=_cents(row["margin"]),
        margin_rate=_ratio(row["margin"], row["revenue"]),
        contribution=_cents(row["contribution"]),
        purchases=row["n_days"] or 0,
        tenure_days=row["tenure_days"],
        came_back=None if row["n_days"] is None else row["n_days"] > 1,
        answers=answers,
        probability_alive=of_traits.get("probability_alive"),
        expected_value=of_traits.get("expected_value"),
        expected_low=of_traits.get("expected_value_low"),
        expected_high=of_traits.get("expected_value_high"),
        currency=house.settings.currency,
    )


def _basis(house: House) -> BasisState:
    found = house.state.definition(KIND, CURRENT)
    return BasisState(basis=ValueBasis(), version=0) if found is None or found.archived else _state(found)


def _state(found: Definition) -> BasisState:
    return BasisState(basis=ValueBasis.model_validate(found.body), version=found.version)


def _moment(house: House, reader: SnapshotReader) -> tuple[date, Moment]:
    if reader.snapshot.as_of is None:
        raise NothingYetError("error.nothing.traits")
    return reader.snapshot.as_of, Moment(reader.snapshot.as_of, house.settings.time_zone)


def _sides(reader: SnapshotReader, moment: Moment, stated: ValueBasis, profile_id: str | None = None) -> Relation:
    """Compute what is known in the window of every customer, or of the one with `profile_id`, once."""
    window = stated.window_days
    parts: dict[str, Relation | None] = {}

    def of_one(table: str) -> Relation:
        relation = reader.relation(table)
        if profile_id is None:
            return relation
        own = select("SELECT * FROM t__ AS t WHERE t.profile_id = :id", t=relation, id=profile_id)
        reader.session.materialise(f"{table}_of_one", own)
        return Relation(f"{table}_of_one", relation.columns)

    ids = of_one(IDENTITIES.name)

    def keep(name: str, query: Any) -> None:
        reader.session.materialise(f"{name}_of_window", query)
        parts[name] = Relation(f"{name}_of_window")

    if reader.has(ORDER_FACTS.name):
        facts = of_one(ORDER_FACTS.name)
        keep("orders", order_money(facts, moment, window))
        reader.session.materialise("days_of_sides", purchase_days(facts, moment))
        keep("loyalty", loyalty_of(Relation("days_of_sides"), moment, window))
        if reader.has("order_lines"):
            products = reader.relation("products") if reader.has("products") else None
            keep("lines", line_money(facts, reader.relation("order_lines"), products, moment, window))
    for name, table, dated in (("contacts", "campaign_contacts", "contacted_at"), ("events", "events", "occurred_at")):
        if reader.has(table):
            keep(name, dated_rows(reader.relation(table), ids, dated, moment, window))
    query = sides(of_one(PROFILES.name), parts, stated.drivers, stated.margin_rate)
    reader.session.materialise(_SIDES, query)
    return Relation(_SIDES)


_Scores = Mapping[Measured, Mapping[tuple[str, str], list[tuple[float, int]]]]


def _scores(reader: SnapshotReader, groups: Relation, asked: Mapping[Measured, SurveyScore]) -> _Scores:
    out: dict[Measured, dict[tuple[str, str], list[tuple[float, int]]]] = {}
    for measure, where in asked.items():
        out[measure] = {}
        if not reader.has("survey_answers"):
            continue
        answers = reader.relation("survey_answers")
        query = answers_by_group(answers, reader.relation(IDENTITIES.name), groups, where.survey, where.question)
        for row in reader.fetch(query).to_pylist():
            out[measure].setdefault((row["scheme"], row["part"]), []).append((row["score"], row["n"]))
    return out


def _group(
    row: Mapping[str, Any],
    names: GroupNames,
    drivers: Mapping[Driver, Decimal],
    scores: _Scores,
    longest: float,
    worth: GroupWorth | None,
) -> ValueGroup:
    key = (row["scheme"], row["part"])
    return ValueGroup(
        **names.part(*key),
        customers=row["customers"],
        profit=profitability(row, drivers),
        loyalty=loyalty(row, longest),
        satisfaction=tuple(satisfaction(m, found.get(key, [])) for m, found in scores.items()),
        expected_value=None if worth is None else worth.value,
        expected_low=None if worth is None else worth.value_low,
        expected_high=None if worth is None else worth.value_high,
    )


def profitability(row: Mapping[str, Any], drivers: Mapping[Driver, Decimal]) -> Profitability:
    """Shape the sums of a group; a sum in which one customer's cost is unknown is unknown."""
    known = row["uncosted"] == 0
    cost = row["product_cost"] if known else None
    serve = row["cost_to_serve"] if drivers else None
    revenue = row["revenue"]
    margin = None if cost is None else float(revenue) - cost
    origin: CostOrigin = (
        "unknown" if cost is None or not row["buyers"] else "measured" if row["measured"] >= row["buyers"] else "stated"
    )
    return Profitability(
        buyers=row["buyers"],
        orders=row["orders"],
        sales=row["sales"],
        returns=row["returns"],
        revenue=revenue,
        discounts=row["discounts"],
        costed_share=_ratio(row["costed_sales"], row["line_sales"]),
        product_cost=_cents(cost),
        cost_to_serve=_cents(serve),
        by_driver={d: _cents(row[f"serve_{d}"]) or Decimal(0) for d in drivers},
        margin=_cents(margin),
        margin_rate=_ratio(margin, revenue),
        contribution=None if margin is None or serve is None else _cents(margin - serve),
        cost_origin=origin,
    )


def loyalty(row: Mapping[str, Any], longest: float) -> Loyalty:
    """Shape the counts of a group into shares with intervals, and an index whose parts stand beside it.

    `longest` is the longest tenure of any customer in days, the same whatever groups are compared.
    """
    repeat, kept = _rate(row["repeaters"], row["ever"]), _rate(row["kept"] or 0, row["early"] or 0)
    tenure = row["tenure_days"]
    share = None if tenure is None or not longest else tenure / longest
    parts = [repeat.estimate, kept.estimate, share]
    index = None if any(p is None for p in parts) else 100 * sum(p for p in parts if p is not None) / len(parts)
    return Loyalty(repeat=repeat, retention=kept, tenure_days=tenure, tenure_share=share, index=index)


def _rate(part: int, whole: int) -> Rate:
    found = share_interval(part, whole) if whole else None
    if not isinstance(found, Interval):
        return Rate(estimate=None, low=None, high=None, n=whole)
    return Rate(estimate=found.estimate, low=found.low, high=found.high, n=whole)


def satisfaction(measure: Measured, counts: list[tuple[float, int]]) -> Satisfaction:
    """Compute NPS, CSAT or CES with its 95 % interval from scores and how often each was given.

    Scores outside the measure's scale do not count. NPS is 100 times the share of 9 and 10 less that of 0 to 6, with
    the variance of a difference of shares of one sample; CSAT the share of 4 and 5 (Wilson); CES the mean (Student).

    References
    ----------
    Reichheld, F. F. (2003). The one number you need to grow. Harvard Business Review 81(12).
    Rocks, B. (2016). Interval estimation for the net promoter score. The American Statistician 70(4).
    """
    low, high = TOP_OF[measure]
    inside = [(s, n) for s, n in counts if low <= s <= high]
    total = sum(n for _, n in inside)
    nothing = Satisfaction(measure=measure, estimate=None, low=None, high=None, n=total)
    if total < 2:
        return nothing
    if measure == "nps":
        up = sum(n for s, n in inside if s >= 9) / total
        down = sum(n for s, n in inside if s <= 6) / total
        middle = up - down
        half = normal_quantile(0.95) * float(np.sqrt(max(up + down - middle**2, 0.0) / total))
        ends = (max(middle - half, -1.0), min(middle + half, 1.0))
        return Satisfaction(measure=measure, estimate=100 * middle, low=100 * ends[0], high=100 * ends[1], n=total)
    if measure == "csat":
        found = share_interval(sum(n for s, n in inside if s >= 4), total)
    else:
        found = mean_interval(np.repeat([s for s, _ in inside], [n for _, n in inside]))
    if not isinstance(found, Interval):
        return nothing
    return Satisfaction(measure=measure, estimate=found.estimate, low=found.low, high=found.high, n=total)


def _whales(reader: SnapshotReader, of_customers: Relation, whole: Mapping[str, Any]) -> WhaleCurve:
    known = whole.get("uncosted") == 0
    of: WhaleOf = (
        "contribution" if known and whole.get("cost_to_serve") is not None else "margin" if known else "revenue"
    )
    rows = reader.fetch(whale_parts(of_customers, of)).to_pylist()
    n = sum(r["customers"] for r in rows)
    total = sum(r["total"] or 0.0 for r in rows)
    people = np.cumsum([r["customers"] for r in rows]) / n if n else np.array([])
    money = np.cumsum([r["total"] or 0.0 for r in rows]) / total if total > 0 else None
    return WhaleCurve(
        of=of,
        customers=tuple(float(p) for p in people),
        shares=None if money is None else tuple(float(m) for m in money),
        n=n,
    )


def _ratio(part: Any, whole: Any) -> float | None:
    return None if part is None or whole is None or not float(whole) else float(part) / float(whole)


def _cents(value: Any) -> Decimal | None:
    return None if value is None else Decimal(f"{value:.2f}")
