"""Message houses: shares of channels, words to avoid, promises without proof, proofs that went stale."""

from __future__ import annotations

from datetime import date

import pytest

from qunxiang.errors import SettingError
from qunxiang.i18n import Label
from qunxiang.model.ground import Ground
from qunxiang.model.message_house import ChannelShare, MessageHouse, Proof, Reason
from qunxiang.positioning.message import check_message, checked_message, holds_word

TODAY = date(2027, 3, 1)
WHY = Ground(kind="judgement", text="workshop", by="li")
PROVED = Reason(text=Label("次日送达", "Next-day delivery"), proofs=(Proof(text=Label.same("98 %"), ground=WHY),))
WHOLE = MessageHouse(
    promise=Label("今天下单，明天到家", "Order today, home tomorrow"),
    reasons=(PROVED,),
    channels=(ChannelShare(channel="WeCom", share=60), ChannelShare(channel="SMS", share=40)),
    owner="li",
    review_on=date(2027, 9, 1),
    avoid=("便宜", "cheap"),
)


def kinds(message: MessageHouse, **standings: str) -> list[str]:
    given = {(0, 0): standings["first"]} if standings else {}
    return [f.kind for f in check_message(message, today=TODAY, standings=given)]  # type: ignore[arg-type]


def test_a_whole_house_lacks_nothing() -> None:
    assert kinds(checked_message(WHOLE)) == []


def test_a_promise_or_reason_without_proof_is_flagged() -> None:
    bare = WHOLE.model_copy(update={"reasons": (Reason(text=Label.same("fast")),)})
    assert kinds(bare) == ["promise_unproved", "reason_unproved"]
    assert kinds(WHOLE.model_copy(update={"promise": Label("", "")})) == ["no_promise"]


@pytest.mark.parametrize(
    ("standing", "flagged"), [("holds", False), ("moved", False), ("changed", True), ("gone", True)]
)
def test_a_proof_whose_evidence_changed_or_vanished_is_stale(standing: str, flagged: bool) -> None:
    found = check_message(WHOLE, today=TODAY, standings={(0, 0): standing})  # type: ignore[dict-item]
    assert [(f.kind, f.reason, f.proof) for f in found] == ([("stale_proof", 0, 0)] if flagged else [])


def test_words_to_avoid_are_found_in_promise_and_reasons() -> None:
    said = WHOLE.model_copy(update={"promise": Label("更便宜的选择", "A CHEAP choice")})
    found = [f for f in check_message(said, today=TODAY, standings={}) if f.kind == "avoided_word"]
    assert [(f.reason, f.fault) for f in found] == [(None, True), (None, True)]
    reason = Reason(text=Label("很便宜", "Fair"), proofs=PROVED.proofs)
    assert kinds(WHOLE.model_copy(update={"reasons": (reason,)})) == ["avoided_word"]


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_a_word_to_avoid_is_quoted_in_the_language_in_which_it_stands(lang: str) -> None:
    said = WHOLE.model_copy(
        update={"promise": Label("今天下单，明天到", "Cheap, and home tomorrow"), "avoid": ("cheap",)}
    )
    (found,) = (f for f in check_message(said, today=TODAY, standings={}) if f.kind == "avoided_word")
    assert "Cheap, and home tomorrow" in found.text(lang)


@pytest.mark.parametrize(
    ("text", "word", "found"),
    [
        ("Cheaper than ever", "cheap", False),
        ("so CHEAP!", "cheap", True),
        ("ｃｈｅａｐ", "cheap", True),
        ("价格cheap了", "cheap", True),
        ("最便宜的", "便宜", True),
        ("low   price", "Low price", True),
        ("slow price", "low price", False),
        ("cheaper, yet cheap", "cheap", True),
        ("anything", " ", False),
    ],
)
def test_words_are_found_as_people_read_them(text: str, word: str, found: bool) -> None:
    assert holds_word(text, word) is found


def test_the_review_date_is_judged_by_the_day_given() -> None:
    assert kinds(WHOLE.model_copy(update={"review_on": TODAY})) == ["review_due"]
    assert kinds(WHOLE.model_copy(update={"review_on": None, "owner": " ", "channels": ()})) == [
        "no_channels",
        "no_owner",
        "no_review",
    ]


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"channels": (ChannelShare(channel="a", share=60), ChannelShare(channel="b", share=39))}, "channels_sum"),
        ({"channels": (ChannelShare(channel="SMS", share=50), ChannelShare(channel="sms", share=50))}, "channel_twice"),
        ({"use": ("Cheap",)}, "use_and_avoid"),
        ({"reasons": (Reason(text=Label("", "")),)}, "no_text"),
    ],
)
def test_parts_that_do_not_fit_are_refused(changes: dict[str, object], code: str) -> None:
    with pytest.raises(SettingError) as caught:
        checked_message(WHOLE.model_copy(update=changes))
    assert caught.value.code == f"error.message.{code}"


def test_three_equal_channels_may_be_rounded() -> None:
    thirds = tuple(ChannelShare(channel=c, share=33.33) for c in "abc")
    assert checked_message(WHOLE.model_copy(update={"channels": thirds})).channels == thirds
