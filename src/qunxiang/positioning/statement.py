"""Positioning statements: whether one is complete, what it says in a sentence, and what made it stale."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Literal

from qunxiang.errors import SettingError
from qunxiang.i18n import Label, Message
from qunxiang.model import Frozen
from qunxiang.model.strategy import PositioningStatement
from qunxiang.positioning.grounds import STALE, Standing

StatementFindingKind = Literal[
    "no_brand",
    "no_audience",
    "no_category",
    "no_difference",
    "no_reasons",
    "no_competitors",
    "stale_reason",
    "review_due",
    "not_registered",
    "no_owner",
    "no_review",
]
Weight = Literal["fault", "stale", "remark"]
"""``fault``: it cannot be decided so; ``stale``: what it rests on changed; ``remark``: it would be better otherwise."""

_WEIGHTS: dict[StatementFindingKind, Weight] = {
    "stale_reason": "stale",
    "review_due": "stale",
    "not_registered": "remark",
    "no_owner": "remark",
    "no_review": "remark",
}
_ORDER: tuple[Weight, ...] = ("fault", "stale", "remark")


class StatementFinding(Frozen):
    """What a statement lacks, or what made it stale. `reason` is the place of a reason to believe, counted from 0."""

    kind: StatementFindingKind
    weight: Weight
    text: Message
    reason: int | None = None


def checked_statement(statement: PositioningStatement) -> PositioningStatement:
    """Return a statement whose parts fit together.

    Raises
    ------
    SettingError
        When a reason to believe has no text, or a competitor stands twice.
    """
    for n, reason in enumerate(statement.reasons, start=1):
        if not said(reason.text):
            raise SettingError("error.positioning.no_text", reason=n)
    if twice := sorted({c for c in statement.against if statement.against.count(c) > 1}):
        raise SettingError("error.positioning.against_twice", competitors=twice)
    return statement


def check_statement(
    statement: PositioningStatement,
    *,
    today: date,
    standings: Sequence[Standing],
    registered: Mapping[str, Label],
) -> tuple[StatementFinding, ...]:
    """Say what a statement lacks: faults first, then what made it stale, then remarks.

    Parameters
    ----------
    today
        Day on which the review date is judged.
    standings
        How the ground of every reason to believe stands today, in their order.
    registered
        Competitors of the register by id.
    """
    found: list[StatementFinding] = []

    def say(kind: StatementFindingKind, reason: int | None = None, **params: object) -> None:
        text = Message(f"positioning.finding.{kind}", params)
        found.append(StatementFinding(kind=kind, weight=_WEIGHTS.get(kind, "fault"), text=text, reason=reason))

    if not said(statement.brand):
        say("no_brand")
    if not said(statement.audience):
        say("no_audience")
    if not said(statement.category):
        say("no_category")
    if not said(statement.difference):
        say("no_difference")
    if not statement.reasons:
        say("no_reasons")
    if not statement.against:
        say("no_competitors")
    for place, (reason, standing) in enumerate(zip(statement.reasons, standings, strict=True)):
        if standing in STALE:
            say("stale_reason", place, text=reason.text, standing=Message(f"brand.standing.{standing}"))
    if unknown := [c for c in statement.against if c not in registered]:
        say("not_registered", competitors=unknown)
    if not statement.owner.strip():
        say("no_owner")
    if statement.review_on is None:
        say("no_review")
    elif statement.review_on <= today:
        say("review_due", day=statement.review_on)
    return tuple(sorted(found, key=lambda f: _ORDER.index(f.weight)))


def sentence(statement: PositioningStatement, registered: Mapping[str, Label]) -> Message:
    """Return the statement as a sentence; what is not said yet stands as a gap."""
    gap = Message("positioning.gap")
    parts: dict[str, object] = {
        name: text if said(text) else gap
        for name, text in (
            ("brand", statement.brand),
            ("audience", statement.audience),
            ("category", statement.category),
            ("difference", statement.difference),
        )
    }
    parts["need"] = Message("positioning.part.need", {"need": statement.need}) if said(statement.need) else ""
    rivals = [registered.get(c, Label.same(c)) for c in statement.against]
    parts["against"] = Message("positioning.part.against", {"against": rivals}) if rivals else ""
    reasons = [r.text for r in statement.reasons]
    parts["reasons"] = Message("positioning.part.reasons", {"reasons": reasons}) if reasons else ""
    return Message("positioning.sentence", parts)


def said(text: Label) -> bool:
    """Say whether a text is there in both languages."""
    return bool(text.zh.strip()) and bool(text.en.strip())
