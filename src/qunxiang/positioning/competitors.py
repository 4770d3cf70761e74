"""Competitors: who they are, what is known of them with its source and date, and the matrix that compares them."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime, timedelta
from typing import Literal, Self, get_args

from pydantic import Field, model_validator

from qunxiang.i18n import Label
from qunxiang.model import Frozen
from qunxiang.statistics.judgements import disagreement

Topic = Literal["product", "service", "price", "channel", "marketing", "other"]
TOPICS: tuple[Topic, ...] = get_args(Topic)
"""What facts are about; ``marketing`` is the marketing strategy."""

Freshness = Literal["valid", "soon", "expired", "undated"]
"""Whether a fact still holds: ``soon`` expires within :data:`SOON_DAYS`, ``undated`` says no day of expiry."""

OWN = "own"
"""Id of the own company, which stands in the register beside its competitors."""

SOON_DAYS = 30
SCALE = 10.0
_TOPIC_WORDS: dict[Topic, tuple[str, ...]] = {
    "service": ("service", "support", "delivery", "服务", "售后", "交付", "支持"),
    "price": ("price", "pricing", "discount", "价格", "定价", "报价", "折扣", "收费"),
    "channel": ("channel", "distribution", "reseller", "dealer", "渠道", "分销", "经销", "代理"),
    "marketing": (
        *("marketing", "promotion", "advertis", "campaign", "brand", "strategy"),
        *("营销", "市场策略", "推广", "广告", "促销", "品牌", "传播", "战略"),
    ),
    "product": ("product", "feature", "technology", "quality", "产品", "功能", "技术", "质量", "性能"),
}


class Competitor(Frozen):
    """A competitor, or the own company under the id :data:`OWN`.

    `aliases` are further names by which loaded tables call it: deals and facts under any of its names are its own.
    """

    id: str
    label: Label
    positioning: Label = Label("", "")
    note: str = Field(default="", max_length=4000)
    aliases: tuple[str, ...] = Field(default=(), max_length=50)

    @property
    def names(self) -> frozenset[str]:
        """Every name by which it may be called, as :func:`plain_name` writes them."""
        return frozenset(plain_name(n) for n in (self.id, self.label.zh, self.label.en, *self.aliases)) - {""}


class EnteredFact(Frozen):
    """What a person entered about a competitor. `segment` says in words which part of the market it concerns."""

    id: str
    topic: Topic
    text: str = Field(min_length=1, max_length=4000)
    source: str = Field(min_length=1, max_length=500)
    stated_on: date
    expires_on: date | None = None
    url: str = Field(default="", max_length=2000)
    segment: str = Field(default="", max_length=200)
    by: str
    at: datetime

    @model_validator(mode="after")
    def _expires_later(self) -> Self:
        if self.expires_on is not None and self.expires_on < self.stated_on:
            raise ValueError("a fact cannot expire before the day it was stated")
        return self


class CompetitorFacts(Frozen):
    """The entered facts of one competitor. `last` is the highest number that one had, so that none gets it again."""

    facts: tuple[EnteredFact, ...] = ()
    last: int = Field(default=0, ge=0, lt=1_000_000_000)

    @model_validator(mode="after")
    def _once(self) -> Self:
        if len({f.id for f in self.facts}) < len(self.facts):
            raise ValueError("two facts share an id")
        return self


class StrengthJudgement(Frozen):
    """How strong a named person judges a competitor in a segment, from 0 (weakest) to 10 (strongest)."""

    competitor: str
    segment: str
    value: float = Field(ge=0, le=SCALE, allow_inf_nan=False)
    by: str
    at: datetime
    why: str


class Fact(Frozen):
    """A fact as it is shown. `origin` says whether a person entered it (then `by` is who) or it was loaded.

    `subject` is what a loaded fact says it is about; `topic` what that is taken for.
    """

    id: str
    competitor: str
    origin: Literal["entered", "loaded"]
    topic: Topic
    subject: str
    text: str
    value: float | None
    unit: str
    segment: str
    source: str
    url: str
    stated_on: date | None
    expires_on: date | None
    freshness: Freshness
    by: str | None
    at: datetime | None


class StrengthCell(Frozen):
    """What people judge of one competitor in one segment, 0 to 10.

    `value` is the mean of the latest judgement of each person, with the lowest and highest; `judged_by` and
    `judged_values` belong together. `disputed` says that they lie 4 points or more apart.
    """

    value: float | None
    low: float | None = None
    high: float | None = None
    judged_by: tuple[str, ...] = ()
    judged_values: tuple[float, ...] = ()
    disagreement: float | None = None
    disputed: bool = False


class MatrixRow(Frozen):
    """One competitor with its facts by topic, newest first."""

    competitor: Competitor
    own: bool
    cells: dict[Topic, tuple[Fact, ...]]


def plain_name(text: str) -> str:
    """Write a name without what differs between two spellings of it: case, width, spaces, dots and hyphens."""
    folded = unicodedata.normalize("NFKC", text).casefold()
    return "".join(c for c in folded if c not in " \t\u00a0.,·-_'’")


def topic_of(subject: str | None) -> Topic:
    """Return what a loaded fact is about, from the words of its subject; ``other`` where they tell nothing."""
    said = unicodedata.normalize("NFKC", subject or "").casefold()
    for topic, words in _TOPIC_WORDS.items():
        if any(word in said for word in words):
            return topic
    return "other"


def freshness(expires_on: date | None, today: date) -> Freshness:
    """Say whether a fact still holds; on its last day it does."""
    if expires_on is None:
        return "undated"
    if expires_on < today:
        return "expired"
    return "soon" if expires_on <= today + timedelta(days=SOON_DAYS) else "valid"


def matrix(register: Sequence[Competitor], facts: Iterable[Fact]) -> tuple[MatrixRow, ...]:
    """Put the facts of every competitor side by side, by topic; the own company is the first row."""
    cells: dict[str, dict[Topic, list[Fact]]] = {c.id: {t: [] for t in TOPICS} for c in register}
    for fact in facts:
        if fact.competitor in cells:
            cells[fact.competitor][fact.topic].append(fact)

    def newest(found: list[Fact]) -> tuple[Fact, ...]:
        return tuple(sorted(found, key=lambda f: (f.stated_on or date.min, f.id), reverse=True))

    ordered = sorted(register, key=lambda c: c.id != OWN)
    return tuple(
        MatrixRow(competitor=c, own=c.id == OWN, cells={t: newest(cells[c.id][t]) for t in TOPICS}) for c in ordered
    )


def named(register: Sequence[Competitor]) -> Mapping[str, str]:
    """Return the id of a competitor by every plain name it is known under; the first one keeps a name that two have."""
    found: dict[str, str] = {}
    for competitor in register:
        for name in sorted(competitor.names):
            found.setdefault(name, competitor.id)
    return found


def judged(judgements: Iterable[StrengthJudgement], competitor: str, segment: str) -> StrengthCell:
    """Return what people judge of a competitor in a segment: each person's latest word counts, and is shown."""
    said = sorted((j for j in judgements if (j.competitor, j.segment) == (competitor, segment)), key=lambda j: j.at)
    latest = {j.by: j.value for j in said}
    if not latest:
        return StrengthCell(value=None)
    names = tuple(sorted(latest))
    values = tuple(latest[name] for name in names)
    apart, disputed = disagreement(values)
    return StrengthCell(
        value=sum(values) / len(values),
        low=min(values),
        high=max(values),
        judged_by=names,
        judged_values=values,
        disagreement=apart,
        disputed=disputed,
    )
