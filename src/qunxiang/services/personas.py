"""Personas: built from counts for the chosen targets, shown with their evidence, printed as posters."""

from __future__ import annotations

from collections.abc import Sequence

from sqlglot import exp

from qunxiang.errors import NothingYetError, SettingError, UnknownNameError
from qunxiang.i18n import Label, Message
from qunxiang.model import Actor, Definition, Frozen, NewDefinition, TraitDefinition
from qunxiang.personas import (
    Assumption,
    Candidate,
    Claim,
    Counts,
    Floor,
    KeyNumber,
    Persona,
    claims_of,
    compose,
    count_query,
    counts_of,
    numeric_candidates,
    text_candidates,
    thresholds_query,
)
from qunxiang.personas.compose import key_format
from qunxiang.services.access import EVERYONE, MAKERS, use_case
from qunxiang.services.changing import change
from qunxiang.services.definitions_read import current_traits, segmentation_named, types_in
from qunxiang.services.house import House, Progress, silent
from qunxiang.services.poster_content import poster_of
from qunxiang.services.reading import SnapshotReader, reading
from qunxiang.services.segment_define import unknown_segment
from qunxiang.services.segment_describe import SegmentationDescription, defining_traits, description
from qunxiang.sql import Query, column, literal, select
from qunxiang.sql.macros import quantile
from qunxiang.sql.rules import parse_rule
from qunxiang.tables import TRAITS_KEY
from qunxiang.traits import level_label, levels_query

SPEND = "monetary_365d"
"""Trait in which members with a known answer are compared with those without."""

KEY_TRAITS = ("monetary_365d", "orders_365d", "basket_value", "interpurchase_days", "recency_days", "discount_share")
"""Traits whose medians stand at the head of a persona."""

_PER_QUERY = 200  # candidates counted in one pass


class EvidenceView(Frozen):
    """A claim with its rule counted anew in the snapshot it was made from, without any stored figure."""

    claim: Claim
    recounted_true: int
    recounted_known: int
    recounted_members: int
    run: int

    @property
    def agrees(self) -> bool:
        """Whether the claim's figures equal the new count."""
        e = self.claim.evidence
        return (e.n_true, e.n_known, e.n_segment) == (
            self.recounted_true,
            self.recounted_known,
            self.recounted_members,
        )


@use_case("persona.build", roles=MAKERS, touches="change")
def build(
    house: House, actor: Actor, name: str, *, segments: Sequence[str] | None = None, progress: Progress = silent
) -> list[Persona]:
    """Build a persona for each chosen target of a segmentation (or for `segments`) from the current snapshot.

    Raises
    ------
    NothingYetError
        When no targets are chosen and no segments are named.
    UnknownNameError
        When there is no such segmentation or segment.
    """
    segmentation_named(house, name)
    wanted = list(segments) if segments else _targets(house, name)
    found = description(house, name)
    segmentation = found.segmentation
    for segment in wanted:
        if segmentation.segment(segment) is None:
            raise unknown_segment(segmentation, segment)
    definitions = current_traits(house).traits
    with reading(house) as reader:
        progress(0.05, Message("progress.persona.count", {"segment": segmentation.label}))
        counts = _counts(house, reader, name, definitions)
        medians = _medians(reader, name, definitions)
    names = list(zip(house.portraits.names("zh"), house.portraits.names("en"), strict=False))
    taken = {p.name.en for p in personas_of(house, name) if p.segment not in wanted}
    made = []
    for i, segment in enumerate(wanted):
        progress(0.6 + 0.35 * i / len(wanted), Message("progress.persona.count", {"segment": segment}))
        persona = _persona(found, segment, definitions, counts, medians)
        complete = _composed(house, actor, persona, names, frozenset(taken))
        taken.add(complete.name.en)
        made.append(complete)
    return made


@use_case("persona.list", roles=EVERYONE)
def personas(house: House, actor: Actor, name: str | None = None) -> list[Persona]:
    """Return the personas of a segmentation, or of all."""
    return personas_of(house, name)


@use_case("persona.show", roles=EVERYONE)
def persona(house: House, actor: Actor, name: str, *, segment: str) -> Persona:
    """Return the persona of a segment.

    Raises
    ------
    UnknownNameError
        When there is no such segmentation or segment.
    NothingYetError
        When the segment has no persona yet.
    """
    return persona_of(house, name, segment)


@use_case("persona.evidence", roles=EVERYONE)
def evidence(house: House, actor: Actor, name: str, *, segment: str, claim_id: str) -> EvidenceView:
    """Return a claim and count its rule anew, member by member, in the snapshot it was made from.

    Raises
    ------
    UnknownNameError
        When there is no such segmentation, segment or claim.
    NothingYetError
        When the segment has no persona yet.
    """
    found = persona_of(house, name, segment)
    claim = found.claim(claim_id)
    if claim is None:
        raise UnknownNameError("error.persona.claim", claim=claim_id[:80], known=[c.id for c in found.claims])
    with reading(house, found.run) as reader:
        rule = parse_rule(claim.evidence.rule, types_in(house, reader.snapshot))
        holds = select(
            "SELECT COUNT(*) AS members, COUNT(:trait) AS known, SUM(CASE WHEN :holds THEN 1 ELSE 0 END) AS n"
            " FROM members__ AS m JOIN traits__ AS t ON t.profile_id = m.profile_id"
            " WHERE m.segmentation = :name AND m.segment = :segment",
            trait=column(claim.evidence.trait, "t"),
            holds=rule.predicate("t"),
            members=reader.members(name),
            traits=reader.relation(TRAITS_KEY.name),
            name=name,
            segment=segment,
        )
        row = reader.fetch(holds).to_pylist()[0]
    return EvidenceView(
        claim=claim,
        recounted_true=int(row["n"] or 0),
        recounted_known=int(row["known"]),
        recounted_members=int(row["members"]),
        run=found.run,
    )


@use_case("persona.assume", roles=MAKERS, touches="change")
def assume(house: House, actor: Actor, name: str, *, segment: str, text: Label, why: str = "") -> Persona:
    """Add a statement that no data prove; it stays marked as assumed, with its author.

    Raises
    ------
    UnknownNameError
        When there is no such segmentation or segment.
    NothingYetError
        When the segment has no persona yet.
    """
    added = Assumption(text=text, by=actor.name)

    def made(_: Definition | None) -> NewDefinition:
        found = persona_of(house, name, segment)
        return _document(found.model_copy(update={"assumptions": (*found.assumptions, added)}), why)

    return Persona.model_validate(change(house, actor, "persona", f"{name}/{segment}", made).body)


@use_case("persona.poster", roles=EVERYONE, touches="single")
def poster(house: House, actor: Actor, name: str, *, segment: str, format: str, lang: str) -> bytes:
    """Return the A4 poster of a persona as ``pdf``, ``png`` or ``html``.

    Raises
    ------
    SettingError
        When the format is none of these.
    NothingYetError
        When the segment has no persona yet.
    """
    if format not in ("pdf", "png", "html"):
        raise SettingError("error.persona.poster_format", format=format[:20])
    found = persona_of(house, name, segment)
    return house.documents.poster(poster_of(house, found), format=format, lang=lang)  # type: ignore[arg-type]


def persona_of(house: House, name: str, segment: str) -> Persona:
    """Return the stored persona of a segment; other use cases read it too."""
    segmentation = segmentation_named(house, name)
    if segmentation.segment(segment) is None:
        raise unknown_segment(segmentation, segment)
    document = house.state.definition("persona", f"{name}/{segment}")
    if document is None or document.archived:
        raise NothingYetError("error.nothing.persona", name=name, segment=segment)
    return Persona.model_validate(document.body)


def personas_of(house: House, name: str | None) -> list[Persona]:
    """Return personas in the order in which their targets were chosen, segmentation by segmentation.

    Other use cases read them too.
    """
    found = [Persona.model_validate(d.body) for d in house.state.definitions("persona")]
    wanted = [p for p in found if name is None or p.segmentation == name]

    def place(p: Persona) -> tuple[str, int, str]:
        chosen = _chosen(house, p.segmentation)
        return (p.segmentation, chosen.index(p.segment) if p.segment in chosen else len(chosen), p.segment)

    return sorted(wanted, key=place)


def _chosen(house: House, name: str) -> list[str]:
    document = house.state.definition("targets", name)
    return list(document.body["segments"]) if document is not None else []


def _targets(house: House, name: str) -> list[str]:
    chosen = _chosen(house, name)
    if not chosen:
        raise NothingYetError("error.nothing.targets", name=name)
    return chosen


def _composed(
    house: House, actor: Actor, persona: Persona, names: Sequence[tuple[str, str]], taken: frozenset[str]
) -> Persona:
    """Complete and store a persona, with all that people added to it up to this moment."""

    def made(old: Definition | None) -> NewDefinition:
        return _document(compose(persona, names=names, taken=taken, added=_added(old)), "")

    stored = change(house, actor, "persona", f"{persona.segmentation}/{persona.segment}", made)
    return Persona.model_validate(stored.body)


def _added(document: Definition | None) -> list[Assumption]:
    """Return what people added to an earlier version; statements derived from claims are derived anew."""
    if document is None:
        return []
    return [a for a in Persona.model_validate(document.body).assumptions if a.by is not None]


def _document(made: Persona, why: str) -> NewDefinition:
    id = f"{made.segmentation}/{made.segment}"
    return NewDefinition(kind="persona", id=id, body=made.model_dump(mode="json"), why=why)


_CountsBySegment = dict[Candidate, dict[str | None, Counts]]


def _counts(
    house: House, reader: SnapshotReader, name: str, definitions: Sequence[TraitDefinition]
) -> _CountsBySegment:
    """Count every candidate in every segment; None stands for profiles in no segment."""
    traits, members = reader.relation(TRAITS_KEY.name), reader.members(name)
    quartiles = reader.fetch(thresholds_query(traits, definitions)).to_pylist()[0]
    levels: dict[str, list[str]] = {}
    query = levels_query(traits, current_traits(house))
    for row in reader.fetch(query).to_pylist() if query is not None else ():
        levels.setdefault(row["trait"], []).append(row["level"])
    stated = [t for t in definitions if t.id != "margin_proxy" or "products" in t.source]  # without costs it is spend
    candidates = [*numeric_candidates(stated, quartiles), *text_candidates(stated, levels)]
    spend = SPEND if any(t.id == SPEND for t in definitions) else "monetary"
    out: _CountsBySegment = {}
    for start in range(0, len(candidates), _PER_QUERY):
        chunk = candidates[start : start + _PER_QUERY]
        for row in reader.fetch(count_query(traits, members, name, chunk, spend=spend)).to_pylist():
            for candidate, fields in zip(chunk, counts_of(row, chunk), strict=True):
                out.setdefault(candidate, {})[row["segment"]] = Counts.model_validate(fields)
    return out


def _medians(
    reader: SnapshotReader, name: str, definitions: Sequence[TraitDefinition]
) -> dict[str, dict[str | None, tuple[float | None, int]]]:
    """Median and known members of the key traits by trait and segment; the key "" holds all profiles."""
    traits = [t.id for t in definitions if t.id in KEY_TRAITS]
    if not traits:
        return {}
    values = [
        part
        for t in traits
        for part in (
            exp.alias_(quantile(column(t, "t"), 0.5), f"median__{t}", quoted=True),
            exp.alias_(exp.Count(this=column(t, "t")), f"n__{t}", quoted=True),
        )
    ]
    everyone = exp.select(exp.alias_(literal(""), "segment"), *values).from_(
        reader.relation(TRAITS_KEY.name).table("t")
    )
    by_segment = (
        exp.select(column("segment", "m"), *[v.copy() for v in values])
        .from_(reader.relation(TRAITS_KEY.name).table("t"))
        .join(reader.members(name).table("m"), on="t.profile_id = m.profile_id")
        .where(exp.EQ(this=column("segmentation", "m"), expression=literal(name)))
        .group_by(column("segment", "m"))
    )
    out: dict[str, dict[str | None, tuple[float | None, int]]] = {t: {} for t in traits}
    for tree in (everyone, by_segment):
        for row in reader.fetch(Query(tree)).to_pylist():
            for t in traits:
                out[t][row["segment"]] = (row[f"median__{t}"], row[f"n__{t}"])
    return out


def _persona(
    found: SegmentationDescription,
    segment: str,
    definitions: Sequence[TraitDefinition],
    counts: _CountsBySegment,
    medians: dict[str, dict[str | None, tuple[float | None, int]]],
) -> Persona:
    by_id = {t.id: t for t in definitions}
    floor = Floor()
    pairs = {c: (by[segment], _sum(list(by.values()))) for c, by in counts.items() if segment in by}
    defining = frozenset(defining_traits(found.segmentation, list(by_id)))
    claims, refused = claims_of(pairs, by_id, floor=floor, defining=defining, level_label=level_label)
    view = next(v for v in found.segments if v.id == segment)
    key_numbers = tuple(
        KeyNumber(
            trait=t,
            label=by_id[t].label,
            unit=by_id[t].unit,
            format=key_format(by_id[t]),
            value=medians[t].get(segment, (None, 0))[0],
            base=medians[t].get("", (None, 0))[0],
            n=medians[t].get(segment, (None, 0))[1],
        )
        for t in KEY_TRAITS
        if t in medians
    )
    return Persona(
        segmentation=found.segmentation.id,
        segment=segment,
        segment_label=view.label,
        colour=view.colour,
        name=Label.same(""),
        portrait_seed=f"{found.segmentation.id}/{segment}",
        n_members=view.profiles,
        n_profiles=found.profiles,
        revenue_share=view.revenue_share,
        key_numbers=key_numbers,
        claims=claims,
        assumptions=(),
        n_tried=len(pairs),
        n_refused=len(refused),
        floor=floor,
        as_of=found.as_of,
        run=found.run,
    )


def _sum(parts: Sequence[Counts]) -> Counts:
    return Counts.model_validate({k: sum(getattr(p, k) for p in parts) for k in Counts.model_fields})
