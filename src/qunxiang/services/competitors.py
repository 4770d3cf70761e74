"""The register of competitors (竞争对手): who they are and what is known of them, each fact with source and date."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta
from difflib import get_close_matches
from typing import Any

from pydantic import ValidationError

from qunxiang.errors import SettingError, UnknownNameError
from qunxiang.i18n import Label
from qunxiang.model import Actor, Definition, Frozen, NewDefinition
from qunxiang.model.naming import is_plain_name
from qunxiang.positioning.competitors import (
    OWN,
    TOPICS,
    Competitor,
    CompetitorFacts,
    EnteredFact,
    Fact,
    MatrixRow,
    Topic,
    freshness,
    matrix,
    named,
    plain_name,
    topic_of,
)
from qunxiang.services.access import EVERYONE, FRONT, MAKERS, use_case
from qunxiang.services.changing import change
from qunxiang.services.house import House
from qunxiang.services.reading import reading
from qunxiang.sql import select

KIND = "competitor"
"""Kind of the documents that hold competitors."""
FACTS_KIND = "competitor_facts"
"""Kind of the documents that hold what people entered about a competitor."""
RESERVED = frozenset({"wins", "strength", "map", "new", "facts", "matrix"})
"""Words that mean something else in addresses."""
MOST_FACTS = 2_000
_FACTS_TABLE = "competitor_facts"


class CompetitorState(Frozen):
    """A competitor with its version (0: the own company before anybody described it), its author and its facts."""

    competitor: Competitor
    version: int
    by: str | None
    facts: tuple[Fact, ...]

    @property
    def expired(self) -> int:
        """Facts that no longer hold."""
        return sum(f.freshness == "expired" for f in self.facts)

    @property
    def soon(self) -> int:
        """Facts that expire within 30 days."""
        return sum(f.freshness == "soon" for f in self.facts)


class Register(Frozen):
    """Every competitor, the own company first, with facts by topic.

    `unknown_names` are competitors that loaded facts are about and that nobody registered, with the number of facts.
    """

    today: date
    topics: tuple[Topic, ...]
    competitors: tuple[CompetitorState, ...]
    matrix: tuple[MatrixRow, ...]
    unknown_names: dict[str, int]


@use_case("competitor.add", roles=MAKERS, touches="change")
def add(
    house: House,
    actor: Actor,
    name: str,
    *,
    label: Label | None = None,
    positioning: Label | None = None,
    note: str | None = None,
    aliases: Sequence[str] | None = None,
    why: str = "",
    seen_version: int | None = None,
) -> CompetitorState:
    """Register a competitor, or change what stands there; what is None stays.

    Parameters
    ----------
    name
        Id, as segmentations have; ``own`` is the own company.
    positioning
        How it presents itself, in a sentence.
    aliases
        Further names by which loaded deals and facts call it.

    Raises
    ------
    SettingError
        When the id is not allowed, or a name belongs to another competitor.
    ConflictError
        When the newest version is not the one seen.
    """
    if not is_plain_name(name) or name in RESERVED:
        raise SettingError("error.competitor.name", name=name[:80], reserved=sorted(RESERVED))
    others = [c for c in register_of(house) if c.id != name]

    def made(old: Definition | None) -> NewDefinition:
        before = None if old is None or old.archived else Competitor.model_validate(old.body)
        plain = Label.same(house.settings.name if name == OWN else name)
        start = before or Competitor(id=name, label=plain)
        given: dict[str, Any] = {"label": label, "positioning": positioning, "note": note}
        if aliases is not None:
            given["aliases"] = tuple(dict.fromkeys(a.strip() for a in aliases if a.strip()))
        given = {key: value for key, value in given.items() if value is not None}
        competitor = checked_competitor({**start.model_dump(), **given}, others)
        return NewDefinition(kind=KIND, id=name, body=competitor.model_dump(mode="json"), why=why)

    return _state_of(house, change(house, actor, KIND, name, made, seen_version=seen_version))


def checked_competitor(body: dict[str, Any], others: Sequence[Competitor]) -> Competitor:
    """Return a competitor from its plain values.

    Raises
    ------
    SettingError
        When a part is not allowed, or one of its names is another competitor's.
    """
    try:
        competitor = Competitor.model_validate(body)
    except ValidationError as error:
        raise _refused(error) from error
    taken = named(others)
    for own in sorted(competitor.names):
        if own in taken:
            raise SettingError("error.competitor.name_taken", name=own[:80], other=taken[own])
    return competitor


@use_case("competitor.remove", roles=MAKERS, touches="change")
def remove(house: House, actor: Actor, name: str, *, why: str = "") -> None:
    """Take a competitor out of the register; its history stays, and so do loaded facts.

    Raises
    ------
    UnknownNameError
        When there is none of that name.
    """
    found = competitor_named(house, name)

    def made(old: Definition | None) -> NewDefinition:
        body = found.model_dump(mode="json") if old is None else old.body
        return NewDefinition(kind=KIND, id=name, body=body, why=why, archived=True)

    change(house, actor, KIND, name, made)


@use_case("competitor.list", roles=EVERYONE)
def register(house: House, actor: Actor) -> Register:
    """Return every competitor, and the matrix of facts by topic with the own company as its first row."""
    today = house.today()
    found = register_of(house)
    facts, unknown = _facts(house, found, today)
    rows = matrix(found, facts)
    return Register(
        today=today,
        topics=TOPICS,
        competitors=tuple(_with_facts(house, row.competitor, facts) for row in rows),
        matrix=rows,
        unknown_names=unknown,
    )


@use_case("competitor.show", roles=EVERYONE)
def show(house: House, actor: Actor, name: str) -> CompetitorState:
    """Return a competitor with all its facts, newest first.

    Raises
    ------
    UnknownNameError
        When there is none of that name.
    """
    found = competitor_named(house, name)
    facts, _ = _facts(house, register_of(house), house.today())
    return _with_facts(house, found, facts)


@use_case("competitor.fact", roles=FRONT, touches="change")
def fact(
    house: House,
    actor: Actor,
    name: str,
    *,
    topic: str,
    text: str,
    source: str,
    stated_on: date | None = None,
    expires_on: date | None = None,
    url: str = "",
    segment: str = "",
) -> Fact:
    """Enter a fact about a competitor or the own company.

    Parameters
    ----------
    topic
        ``product``, ``service``, ``price``, ``channel``, ``marketing`` or ``other``.
    source
        Where it is known from; every fact has one.
    stated_on
        Day that the source is of; today when None.
    expires_on
        Last day on which it is taken to hold; None when nothing says.
    segment
        Part of the market that it concerns, in words.

    Raises
    ------
    UnknownNameError
        When there is no such competitor.
    SettingError
        When topic, text, source or a day is not allowed.
    """
    competitor_named(house, name)
    if topic not in TOPICS:
        raise SettingError("error.competitor.topic", topic=topic[:40], known=list(TOPICS))
    if not text.strip() or not source.strip():
        raise SettingError("error.competitor.fact_bare")
    today = house.today()
    if (stated_on or today) > today + timedelta(days=1):
        raise SettingError("error.competitor.stated_later", day=stated_on, today=today)
    plain: dict[str, Any] = {
        "topic": topic,
        "text": text.strip(),
        "source": source.strip(),
        "stated_on": stated_on or today,
        "expires_on": expires_on,
        "url": checked_url(url),
        "segment": segment.strip(),
        "by": actor.name,
        "at": house.clock.now(),
    }
    entered: list[EnteredFact] = []

    def made(old: Definition | None) -> NewDefinition:
        before = _entered(old)
        last = max(before.last, old.version if old else 0, *(int(f.id[1:]) for f in before.facts)) + 1
        if len(before.facts) >= MOST_FACTS:
            raise SettingError("error.competitor.facts_many", most=MOST_FACTS)
        try:
            entered[:] = [EnteredFact(id=f"f{last}", **plain)]
        except ValidationError as error:
            raise _refused(error) from error
        facts = CompetitorFacts(facts=(*before.facts, *entered), last=last)
        return NewDefinition(kind=FACTS_KIND, id=name, body=facts.model_dump(mode="json"))

    change(house, actor, FACTS_KIND, name, made)
    return _shown(name, entered[0], today)


@use_case("competitor.drop_fact", roles=MAKERS, touches="change")
def drop_fact(house: House, actor: Actor, name: str, *, fact: str, why: str = "") -> None:
    """Take back a fact that was entered; the history keeps it.

    Raises
    ------
    UnknownNameError
        When there is no such competitor, or nobody entered such a fact about it.
    """
    competitor_named(house, name)

    def made(old: Definition | None) -> NewDefinition:
        before = _entered(old)
        if fact not in [f.id for f in before.facts]:
            raise UnknownNameError("error.competitor.fact_unknown", fact=fact[:40], known=[f.id for f in before.facts])
        kept = before.model_copy(update={"facts": tuple(f for f in before.facts if f.id != fact)})
        return NewDefinition(kind=FACTS_KIND, id=name, body=kept.model_dump(mode="json"), why=why)

    change(house, actor, FACTS_KIND, name, made)


def register_of(house: House) -> list[Competitor]:
    """Return the own company and every competitor by id; other use cases read them too."""
    found = [Competitor.model_validate(d.body) for d in house.state.definitions(KIND)]
    if all(c.id != OWN for c in found):
        found.append(Competitor(id=OWN, label=Label.same(house.settings.name)))
    return sorted(found, key=lambda c: (c.id != OWN, c.id))


def competitor_named(house: House, name: str) -> Competitor:
    """Return a competitor by its id.

    Raises
    ------
    UnknownNameError
        When there is none; says which there are and which is near.
    """
    found = {c.id: c for c in register_of(house)}
    if name not in found:
        near = get_close_matches(name, list(found), n=1)
        code = "error.competitor.unknown_near" if near else "error.competitor.unknown"
        raise UnknownNameError(code, name=name[:80], known=list(found), near=near[0] if near else "")
    return found[name]


def checked_url(url: str) -> str:
    """Return a link, empty or beginning with http:// or https://.

    Raises
    ------
    SettingError
        When it is another one: a page would make it a link.
    """
    wanted = url.strip()
    if wanted and not wanted.lower().startswith(("https://", "http://")):
        raise SettingError("error.competitor.url", url=wanted[:200])
    return wanted


def _facts(house: House, register: Sequence[Competitor], today: date) -> tuple[list[Fact], dict[str, int]]:
    """Return entered and loaded facts, newest first, and how many loaded ones are about whom nobody registered."""
    found = [
        _shown(d.id, fact, today)
        for d in house.state.definitions(FACTS_KIND)
        for fact in CompetitorFacts.model_validate(d.body).facts
    ]
    ids = named(register)
    unknown: dict[str, int] = {}
    for row in _loaded_rows(house):
        competitor = ids.get(plain_name(row["competitor"]))
        if competitor is None:
            unknown[row["competitor"]] = unknown.get(row["competitor"], 0) + 1
            continue
        found.append(_loaded(competitor, row, today))
    found.sort(key=lambda f: (f.stated_on or date.min, f.id), reverse=True)
    return found, unknown


def _loaded_rows(house: House) -> list[dict[str, Any]]:
    head = house.head()
    if head is None or _FACTS_TABLE not in head.tables:
        return []
    with reading(house) as reader:
        query = select("SELECT * FROM facts__ AS f ORDER BY f.fact_id", facts=reader.relation(_FACTS_TABLE))
        rows: list[dict[str, Any]] = reader.cached(query).to_pylist()
    return rows


def _loaded(competitor: str, row: dict[str, Any], today: date) -> Fact:
    url = row.get("url") or ""
    return Fact(
        id=str(row["fact_id"]),
        competitor=competitor,
        origin="loaded",
        topic=topic_of(row.get("subject")),
        subject=row.get("subject") or "",
        text=row["fact"],
        value=None if row.get("value") is None else float(row["value"]),
        unit=row.get("unit") or "",
        segment=row.get("market") or "",
        source=row.get("source") or "",
        # a link that a page may not follow is shown as text with the source
        url=url if url.lower().startswith(("https://", "http://")) else "",
        stated_on=row.get("stated_on"),
        expires_on=row.get("expires_on"),
        freshness=freshness(row.get("expires_on"), today),
        by=None,
        at=None,
    )


def _shown(competitor: str, fact: EnteredFact, today: date) -> Fact:
    return Fact(
        competitor=competitor,
        origin="entered",
        subject="",
        value=None,
        unit="",
        freshness=freshness(fact.expires_on, today),
        **fact.model_dump(),
    )


def _entered(document: Definition | None) -> CompetitorFacts:
    if document is None or document.archived:
        return CompetitorFacts()
    return CompetitorFacts.model_validate(document.body)


def _with_facts(house: House, competitor: Competitor, facts: Sequence[Fact]) -> CompetitorState:
    document = house.state.definition(KIND, competitor.id)
    return CompetitorState(
        competitor=competitor,
        version=0 if document is None else document.version,
        by=None if document is None or document.archived else document.author,
        facts=tuple(f for f in facts if f.competitor == competitor.id),
    )


def _state_of(house: House, document: Definition) -> CompetitorState:
    competitor = Competitor.model_validate(document.body)
    facts, _ = _facts(house, register_of(house), house.today())
    return _with_facts(house, competitor, facts)


def _refused(error: ValidationError) -> SettingError:
    first = error.errors()[0]
    place = ".".join(str(part) for part in first["loc"]) or "?"
    return SettingError("error.competitor.malformed", place=place[:80], reason=first["msg"][:200])
