"""What the columns of a wide survey are, and the order of answers."""

from __future__ import annotations

import pytest

from panel import LEVELS, panel
from qunxiang.surveys import in_order, lay_out, says_nothing


@pytest.mark.parametrize(
    ("shuffled", "ordered"),
    [
        (
            ("Often", "Never, but open to it", "Rarely", "Never, and not open to it", "Sometimes"),
            ("Never, and not open to it", "Never, but open to it", "Rarely", "Sometimes", "Often"),
        ),
        (("Yes, very rude", "No, not rude at all", "Yes, somewhat rude"), None),
        (("> 60", "18-29", "45-60", "30-44"), ("18-29", "30-44", "45-60", "> 60")),
        (("$100,000 - $149,999", "$0 - $24,999", "$25,000 - $49,999"), None),
        (("经常", "从不", "有时", "很少"), ("从不", "很少", "有时", "经常")),
        (("非常同意", "不同意", "非常不同意", "一般", "同意"), ("非常不同意", "不同意", "一般", "同意", "非常同意")),
        (("Yes", "No"), ("No", "Yes")),
        (("5", "1", "3"), ("1", "3", "5")),
        (LEVELS[::-1], LEVELS),
    ],
)
def test_known_orders(shuffled: tuple[str, ...], ordered: tuple[str, ...] | None) -> None:
    found = in_order(shuffled)
    if ordered is None:  # the order in which they stand, turned round where needed, is checked below
        assert found is not None
        assert sorted(found) == sorted(shuffled)
    else:
        assert found == ordered


def test_rude_and_income_run_upwards() -> None:
    rude = in_order(("Yes, very rude", "No, not rude at all", "Yes, somewhat rude"))
    assert rude == ("No, not rude at all", "Yes, somewhat rude", "Yes, very rude")
    income = in_order(("$100,000 - $149,999", "$0 - $24,999", "$25,000 - $49,999"))
    assert income == ("$0 - $24,999", "$25,000 - $49,999", "$100,000 - $149,999")


@pytest.mark.parametrize("answers", [("Red", "Green"), ("Never", "Green"), ("one",), ("Often", "Usually")])
def test_no_order_is_made_up(answers: tuple[str, ...]) -> None:
    assert in_order(answers) is None


def test_answers_that_say_nothing() -> None:
    assert says_nothing("No answer")
    assert says_nothing("拒答")
    assert not says_nothing("No")


def _columns(table) -> dict[str, list[str | None]]:
    return {name: [None if v is None else str(v) for v in table[name].to_pylist()] for name in table.column_names}


def test_a_panel_is_recognised() -> None:
    found = lay_out(_columns(panel()))
    assert (found.respondent, found.weight) == ("respondent_id", "weight")
    kinds = {question.id: question.kind for question in found.questions}
    assert kinds["city"] == "single"
    assert kinds["spend"] == "number"
    assert {kinds[f"said_{j}"] for j in range(1, 7)} == {"ordered"}
    assert found.questions[-1].levels == LEVELS
    assert found.questions[-1].group == "said"
    assert found.unknown == ("No answer",)


def test_options_to_tick_long_headers_and_words_of_a_code_book() -> None:
    columns = {
        "id": ["1", "2", "3", "4"],
        "Q5_1": ["Not selected", "TV", "TV", "Not selected"],
        "Q5_2": ["Radio", "Not selected", "Not selected", "Not selected"],
        "Q6_1": ["Tea", None, None, "Tea"],
        "Q6_2": [None, "Coffee", None, None],
        "How often do you travel by plane, roughly?": ["Never", "Rarely", "Often", "Rarely"],
        "StartDate": ["a", "b", "c", "d"],
        "nothing": [None, None, None, None],
    }
    found = lay_out(columns, texts={"Q5_1": "Watches television"})
    by_id = {question.id: question for question in found.questions}
    assert by_id["Q5_1"].text == "Watches television"
    assert (by_id["Q5_2"].kind, by_id["Q5_2"].text, by_id["Q5_2"].absent) == ("multi", "Radio", "Not selected")
    assert (by_id["Q6_1"].kind, by_id["Q6_1"].absent, by_id["Q6_1"].group) == ("multi", "", "Q6")
    assert by_id["q05"].text == "How often do you travel by plane, roughly?"
    assert found.left_out == ("StartDate", "nothing")
    assert found.respondent == "id"
    assert found.weight is None
