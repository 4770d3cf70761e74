"""Reasons of membership."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from qunxiang.i18n import Label
from qunxiang.model import CentreModel, Segment, Segmentation
from qunxiang.segmentation.why import ByHand, sentence, why, why_segment
from qunxiang.sql import TraitType, parse_rule

TYPES: dict[str, TraitType] = {"orders_365d": "integer", "recency_days": "integer", "city": "text", "share": "share"}


def test_each_condition_is_a_reason_with_its_value() -> None:
    rule = parse_rule("orders_365d >= 3 and (recency_days <= 90 or city = 'a') and share is null", TYPES)
    values = {"orders_365d": 7, "recency_days": 120, "city": None, "share": float("nan")}
    reasons = why(rule, values)
    assert [(r.condition, r.holds) for r in reasons] == [
        ("orders_365d >= 3", True),
        ("recency_days <= 90", False),
        ("city = 'a'", None),
        ("share is null", True),
    ]
    assert reasons[0].message("en") == "orders_365d 7 ≥ 3: holds"
    assert "未知" in reasons[2].message("zh")


@pytest.mark.parametrize(
    ("typed", "values", "told"),
    [
        (
            "orders_365d >= 3 and recency_days <= 90",
            {"orders_365d": 7, "recency_days": 12},
            "orders_365d 7 ≥ 3 and recency_days 12 ≤ 90",
        ),
        ("orders_365d >= 3 and recency_days <= 90", {"orders_365d": 7, "recency_days": 99}, "recency_days 99 ≤ 90"),
        ("orders_365d >= 3 or recency_days <= 90", {"orders_365d": 7, "recency_days": 99}, "orders_365d 7 ≥ 3"),
        (
            "orders_365d = 1 and (recency_days < 5 or share > 0.5)",
            {"orders_365d": 2, "recency_days": 9, "share": 0.25},
            "orders_365d 2 = 1 and (recency_days 9 < 5 or share 0.25 > 0.5)",
        ),
        ("city in ('a', 'b')", {"city": "b"}, "city in ('a', 'b') [city b]"),
        ("orders_365d > 1", {}, "orders_365d ? > 1"),
        (
            "orders_365d > recency_days",
            {"orders_365d": 3, "recency_days": 2},
            "orders_365d 3 > recency_days [recency_days 2]",
        ),
    ],
)
def test_the_sentence_names_what_decides(typed: str, values: dict[str, Any], told: str) -> None:
    assert sentence(parse_rule(typed, TYPES), values) == told


def _scheme(**rest: Any) -> Segmentation:
    segments = (
        Segment(id="big", label=Label("大", "Big"), rule="orders_365d > 4"),
        Segment(id="late", label=Label("晚", "Late"), rule="recency_days > 90"),
        Segment(id="strategic", label=Label("战略", "Strategic"), by_hand=True),
        Segment(id="rest", label=Label("其他", "Rest")),
    )
    return Segmentation(id="s", label=Label.same("s"), method="rule", segments=segments, rest="rest", **rest)


def test_rules_tried_before_are_reasons_too() -> None:
    found = why_segment(_scheme(), {"orders_365d": 2, "recency_days": 100}, TYPES)
    assert found.segment == found.computed == "late"
    assert [r.holds for r in found.reasons] == [True, False]
    assert found.reasons[1].message("en") == 'Not in "Big": orders_365d 2 > 4'


def test_the_rest_and_no_segment() -> None:
    values = {"orders_365d": 2, "recency_days": None}
    assert why_segment(_scheme(), values, TYPES).segment == "rest"
    without = _scheme().model_copy(update={"rest": None})
    assert why_segment(without, values, TYPES).segment is None


def test_by_hand_says_who_when_and_why_and_keeps_the_computed_segment() -> None:
    record = ByHand("strategic", "李雷", date(2018, 1, 1), "年度框架协议")
    found = why_segment(_scheme(), {"orders_365d": 9, "recency_days": 1}, TYPES, by_hand=record)
    assert (found.segment, found.computed) == ("strategic", "big")
    assert found.reasons[0].message("zh") == "由 李雷 于 2018年1月1日 人工指定：年度框架协议"


def test_a_model_tells_distances_and_the_traits_that_decide() -> None:
    model = CentreModel(
        traits=("orders_365d", "recency_days"),
        log1p=(False, False),
        low=(0.0, 0.0),
        high=(100.0, 100.0),
        mean=(0.0, 0.0),
        scale=(1.0, 10.0),
        centres=((0.0, 0.0), (4.0, 3.0)),
        seed=0,
        n_restarts=1,
    )
    segments = (Segment(id="k0", label=Label("零", "Zero")), Segment(id="k1", label=Label("壹", "One")))
    scheme = Segmentation(id="k", label=Label.same("k"), method="kmeans", segments=segments, model=model)
    found = why_segment(scheme, {"orders_365d": 0, "recency_days": 0}, TYPES)
    assert found.segment == "k0"
    assert found.reasons[0].message.params["distance"] == 0
    assert found.reasons[1].message.params["distance"] == 5
    parts = [r.message.params["part"] for r in found.reasons[2:]]
    assert parts == [16 / 25, 9 / 25]
    assert [r.traits for r in found.reasons[2:]] == [("orders_365d",), ("recency_days",)]
    assert "64.0%" in found.reasons[2].message("en")
    unknown = why_segment(scheme, {"orders_365d": 0, "recency_days": None}, TYPES)
    assert unknown.segment is None
    assert unknown.reasons[0].traits == ("recency_days",)
