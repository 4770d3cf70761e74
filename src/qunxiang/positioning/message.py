"""Message houses: whether the shares of channels add up, and what a house still lacks."""

from __future__ import annotations

import math
import unicodedata
from collections.abc import Iterator, Mapping
from datetime import date
from typing import Literal

from qunxiang.errors import SettingError
from qunxiang.i18n import Label, Message
from qunxiang.model import Frozen
from qunxiang.model.message_house import MessageHouse
from qunxiang.positioning.grounds import STALE, Standing
from qunxiang.positioning.statement import said

MessageFindingKind = Literal[
    "no_promise",
    "promise_unproved",
    "reason_unproved",
    "avoided_word",
    "stale_proof",
    "no_channels",
    "no_owner",
    "no_review",
    "review_due",
]

ProofKey = tuple[int, int]
"""Number of a reason and of a proof in it, from 0."""


class MessageFinding(Frozen):
    """What a message house lacks. `fault` says that it should not be used so; otherwise it is a remark.

    `reason` and `proof` say where, counted from 0; both None means the house as a whole, or its promise.
    """

    kind: MessageFindingKind
    fault: bool
    text: Message
    reason: int | None = None
    proof: int | None = None


def checked_message(message: MessageHouse) -> MessageHouse:
    """Return a message house whose parts fit together.

    Raises
    ------
    SettingError
        When the shares of channels do not add up to 100, a channel or word stands twice, a word is both to be used and
        avoided, or a reason or proof has no text.
    """
    channels = [plain(c.channel) for c in message.channels]
    if twice := sorted({c for c in channels if channels.count(c) > 1}):
        raise SettingError("error.message.channel_twice", channels=twice)
    total = math.fsum(c.share for c in message.channels)
    if message.channels and abs(total - 100) > 0.05:
        raise SettingError("error.message.channels_sum", total=total)
    if both := [w for w in message.use if plain(w) in {plain(a) for a in message.avoid}]:
        raise SettingError("error.message.use_and_avoid", words=both)
    for n, reason in enumerate(message.reasons, start=1):
        if not said(reason.text) or not all(said(p.text) for p in reason.proofs):
            raise SettingError("error.message.no_text", reason=n)
    return message


def check_message(
    message: MessageHouse, *, today: date, standings: Mapping[ProofKey, Standing]
) -> tuple[MessageFinding, ...]:
    """Say what a message house lacks, faults first.

    Parameters
    ----------
    today
        Day on which the review date is judged.
    standings
        How the ground of every proof stands today.
    """
    found: list[MessageFinding] = []

    def say(
        kind: MessageFindingKind,
        *,
        fault: bool = True,
        where: tuple[int | None, int | None] = (None, None),
        **p: object,
    ) -> None:
        text = Message(f"message.finding.{kind}", p)
        found.append(MessageFinding(kind=kind, fault=fault, text=text, reason=where[0], proof=where[1]))

    if not said(message.promise):
        say("no_promise")
    elif not any(reason.proofs for reason in message.reasons):
        say("promise_unproved")
    for where, text in _texts(message):
        for word in message.avoid:
            holding = [said for said in dict.fromkeys((text.zh, text.en)) if holds_word(said, word)]
            if holding:
                say("avoided_word", where=where, word=word, text=text if len(holding) > 1 else holding[0])
    for r, reason in enumerate(message.reasons):
        if not reason.proofs:
            say("reason_unproved", where=(r, None), reason=reason.text)
        for p, proof in enumerate(reason.proofs):
            standing = standings.get((r, p), "uncounted")
            if standing in STALE:
                how = Message(f"brand.standing.{standing}")
                say("stale_proof", where=(r, p), proof=proof.text, standing=how)
    if not message.channels:
        say("no_channels", fault=False)
    if not message.owner.strip():
        say("no_owner", fault=False)
    if message.review_on is None:
        say("no_review", fault=False)
    elif message.review_on <= today:
        say("review_due", day=message.review_on)
    return tuple(sorted(found, key=lambda f: not f.fault))


def holds_word(text: str, word: str) -> bool:
    """Say whether `text` holds a word or phrase, whatever its case, width and spaces.

    Words of alphabets must stand on their own (``cheap`` is not in ``cheaper``); Chinese ones may stand anywhere.
    """
    inside, wanted = plain(text), plain(word)
    at = inside.find(wanted) if wanted else -1
    while at >= 0:
        end = at + len(wanted)
        if not _joined(inside[at - 1 : at], wanted[0]) and not _joined(wanted[-1], inside[end : end + 1]):
            return True
        at = inside.find(wanted, at + 1)
    return False


def plain(text: str) -> str:
    """Return a text as it is compared: one width, one case, single spaces."""
    return " ".join(unicodedata.normalize("NFKC", text).casefold().split())


def _joined(left: str, right: str) -> bool:
    """Say whether two neighbouring characters belong to one word of an alphabet."""
    return all(c and c.isalnum() and unicodedata.east_asian_width(c) not in "WF" for c in (left, right))


def _texts(message: MessageHouse) -> Iterator[tuple[tuple[int | None, int | None], Label]]:
    yield (None, None), message.promise
    for r, reason in enumerate(message.reasons):
        yield (r, None), reason.text
        for p, proof in enumerate(reason.proofs):
            yield (r, p), proof.text
