"""Why a profile is in a segment: reasons computed from the snapshot, never stored."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import date, datetime, timedelta
from typing import Any

from qunxiang.errors import NothingYetError, UnknownNameError
from qunxiang.i18n import Label, Message
from qunxiang.model import Actor, Behaviour, Metric, Segmentation, Snapshot, TraitSet
from qunxiang.segmentation.assign import rules_of
from qunxiang.segmentation.why import ByHand, Reason, Seen, Why, why_segment
from qunxiang.services.access import FRONT, use_case
from qunxiang.services.definitions_read import by_hand_in, segmentation_in, segmentation_named, traits_in, types_in
from qunxiang.services.house import House
from qunxiang.services.reading import SnapshotReader
from qunxiang.services.rule_values import RuleValues, members_asked
from qunxiang.services.segment_read import reading_of
from qunxiang.sql import Query, Relation, Rule, select
from qunxiang.sql.behaviour_text import behaviour_text
from qunxiang.sql.moment import Moment
from qunxiang.sql.rule_forms import stored_as
from qunxiang.tables import TRAITS_KEY


@use_case("segment.why", roles=FRONT, touches="single")
def why(house: House, actor: Actor, name: str, *, profile_id: str, as_of: date | None = None) -> Why:
    """Say where a profile belongs and why, from the snapshot's traits and the definitions it was computed with.

    Of behaviour it says how many rows count and when the last was.

    Raises
    ------
    UnknownNameError
        When there is no such segmentation or profile.
    NothingYetError
        When no date that early was computed.
    """
    segmentation_named(house, name)
    with reading_of(house, as_of) as reader:
        snapshot = reader.snapshot
        segmentation = segmentation_in(house, snapshot, name).segmentation
        types = types_in(house, snapshot)
        rules = list(rules_of(segmentation, types).values())
        values, seen = _values(house, reader, rules, profile_id)
    hand = _by_hand(house, snapshot, name, profile_id)
    found = why_segment(segmentation, values, types, by_hand=hand, seen=seen)
    return _named(found, segmentation, traits_in(house, snapshot))


def _by_hand(house: House, snapshot: Snapshot, name: str, profile_id: str) -> ByHand | None:
    given = by_hand_in(house, snapshot, name).get(profile_id)
    if given is None:
        return None
    when = datetime.fromisoformat(given["at"]).date()
    return ByHand(segment=given["segment"], who=given["by"], when=when, why=given["why"])


def _values(
    house: House, reader: SnapshotReader, rules: list[Rule], profile_id: str
) -> tuple[dict[str, Any], dict[str, Seen]]:
    """Return the values of one profile by trait and form, and what was seen of its behaviour."""
    traits, as_of = reader.relation(TRAITS_KEY.name), reader.snapshot.as_of
    if as_of is None:
        raise NothingYetError("error.nothing.traits")
    forms = {name: form for rule in rules for name, form in rule.forms.items() if form.role != "day"}
    behaviours = {name: f.behaviour for name, f in forms.items() if f.behaviour is not None}
    beside = {name: _companions(b) for name, b in behaviours.items()}
    more = {behaviour_text(b): b for pair in beside.values() for b in pair.values()}
    only = None
    if forms:
        one = select("SELECT t.profile_id FROM traits__ AS t WHERE t.profile_id = :id", traits=traits, id=profile_id)
        reader.session.materialise("asked_profile", one)
        only = Relation("asked_profile", ("profile_id",))
    values = RuleValues(house, reader, Moment(as_of, house.settings.time_zone))
    asked = values.beside(traits, rules, members=members_asked(reader, rules), only=only, more=more)
    row = _row(reader, asked, profile_id)
    found = {**row, **{name: row[stored_as(name)] for name in forms}}
    seen = {}
    for name, pair in beside.items():
        said = {what: row[stored_as(behaviour_text(b))] for what, b in pair.items()}
        if said:
            days = said.get("days")
            seen[name] = Seen(int(said["n"] or 0), as_of - timedelta(days=int(days)) if days is not None else None)
    return found, seen


def _row(reader: SnapshotReader, traits: Relation, profile_id: str) -> dict[str, Any]:
    query: Query = select("SELECT * FROM traits__ AS t WHERE t.profile_id = :id", traits=traits, id=profile_id)
    rows = reader.fetch(query).to_pylist()
    if not rows:
        raise UnknownNameError("error.profile.unknown", profile=profile_id[:80])
    found: dict[str, Any] = rows[0]
    return found


def _companions(behaviour: Behaviour) -> dict[str, Behaviour]:
    """Return what is told beside a measure: how many rows count and how long ago the last was."""
    measure = behaviour.measure
    if measure is None:
        return {}
    plain = measure.model_copy(update={"column": None, "quantile": None, "trend": None})
    counted = plain.model_copy(update={"metric": Metric.COUNT})
    last = plain.model_copy(update={"metric": Metric.DAYS_SINCE_LAST})
    update = {"exists": False}
    return {
        "n": behaviour.model_copy(update={**update, "measure": counted}),
        "days": behaviour.model_copy(update={**update, "measure": last}),
    }


def _named(found: Why, segmentation: Segmentation, traits: TraitSet | None) -> Why:
    """Put the names for people beside the ids of segments and traits."""
    of_traits = {t.id: t.label for t in traits.traits} if traits is not None else {}
    met = dict.fromkeys(t for reason in found.reasons for t in reason.traits)
    labels = {s.id: s.label for s in segmentation.segments if s.id in (found.segment, found.computed)}
    labels |= {t: of_traits[t] for t in met if t in of_traits}
    return replace(found, reasons=tuple(_with_labels(r, of_traits) for r in found.reasons), labels=labels)


def _with_labels(reason: Reason, labels: Mapping[str, Label]) -> Reason:
    """Name the trait of a reason as people do, its id behind it."""
    trait = reason.message.params.get("trait")
    if not isinstance(trait, str) or trait not in labels:
        return reason
    named = Label(f"{labels[trait].zh}（{trait}）", f"{labels[trait].en} ({trait})")
    return replace(reason, message=Message(reason.message.code, {**reason.message.params, "trait": named}))
