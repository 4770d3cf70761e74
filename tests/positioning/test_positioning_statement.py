"""Positioning statements: what they lack, what made them stale, and the sentence they come to."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from qunxiang.errors import SettingError
from qunxiang.i18n import Label
from qunxiang.model.ground import Ground
from qunxiang.model.message_house import Proof
from qunxiang.model.strategy import PositioningStatement
from qunxiang.positioning.statement import check_statement, checked_statement, sentence

TODAY = date(2027, 3, 1)
REASON = Proof(text=Label("仓库在本地", "a local warehouse"), ground=Ground(kind="judgement", text="walk", by="li"))
WHOLE = PositioningStatement(
    segmentation="kinds",
    segment="s1",
    brand=Label.same("Qing"),
    audience=Label("小店店主", "owners of small shops"),
    need=Label("一单配齐", "everything in one order"),
    category=Label("网上批发商", "an online wholesaler"),
    difference=Label("次日送达", "delivery next day"),
    reasons=(REASON,),
    against=("rival",),
    owner="li",
    review_on=date(2027, 9, 1),
)
KNOWN = {"rival": Label("对手", "Rival Ltd")}


def kinds(statement: PositioningStatement, standing: Any = "holds", known: dict[str, Label] = KNOWN) -> list[str]:
    standings = [standing] * len(statement.reasons)
    found = check_statement(statement, today=TODAY, standings=standings, registered=known)
    return [f"{f.weight} {f.kind}" for f in found]


def test_a_whole_statement_lacks_nothing() -> None:
    assert kinds(checked_statement(WHOLE)) == []


def test_an_empty_statement_lacks_everything_but_the_need() -> None:
    empty = PositioningStatement(segmentation="kinds", segment="s1")
    parts = ("brand", "audience", "category", "difference", "reasons", "competitors")
    assert kinds(empty) == [*(f"fault no_{part}" for part in parts), "remark no_owner", "remark no_review"]


def test_a_text_in_one_language_is_not_said() -> None:
    assert kinds(WHOLE.model_copy(update={"difference": Label("次日送达", " ")})) == ["fault no_difference"]


@pytest.mark.parametrize(("standing", "stale"), [("holds", False), ("moved", False), ("changed", True), ("gone", True)])
def test_a_reason_whose_evidence_changed_makes_it_stale(standing: str, stale: bool) -> None:
    assert kinds(WHOLE, standing) == (["stale stale_reason"] if stale else [])


def test_a_review_that_is_due_makes_it_stale_on_the_day() -> None:
    assert kinds(WHOLE.model_copy(update={"review_on": TODAY})) == ["stale review_due"]


def test_a_competitor_outside_the_register_is_remarked() -> None:
    assert kinds(WHOLE, known={}) == ["remark not_registered"]


def test_the_sentence_names_all_parts_in_both_languages() -> None:
    said = sentence(WHOLE, KNOWN)
    assert said("en") == (
        "For owners of small shops who need everything in one order, Qing is an online wholesaler: delivery next day,"
        " unlike Rival Ltd. Reasons to believe: a local warehouse."
    )
    assert (
        said("zh") == "对于小店店主（需要一单配齐），Qing是网上批发商：次日送达。区别于对手。可信的理由：仓库在本地。"
    )


def test_gaps_show_in_the_sentence_and_texts_are_no_templates() -> None:
    odd = WHOLE.model_copy(update={"category": Label("", ""), "difference": Label.same("{brand} & <b>")})
    assert "Qing is …: {brand} & <b>" in sentence(odd, {})("en")


def test_reasons_without_text_and_repeated_competitors_are_refused() -> None:
    blank = REASON.model_copy(update={"text": Label("", "")})
    for wrong, code in (
        ({"reasons": (REASON, blank)}, "error.positioning.no_text"),
        ({"against": ("rival", "rival")}, "error.positioning.against_twice"),
    ):
        with pytest.raises(SettingError) as caught:
            checked_statement(WHOLE.model_copy(update=wrong))
        assert caught.value.code == code
