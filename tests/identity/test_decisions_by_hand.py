"""What people decide in the review wins over identifiers that differ, and mended rows come back as data."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from qunxiang.identity.clusters import clusters
from qunxiang.services.review import _pair, likelihood_words
from qunxiang.services.source_records import SourceRecord
from qunxiang.workspace import Workspace

UNIONID = ("unionid", np.array([0, 1, 0, 2, -1]))


def made(links: list[tuple[int, int, bool]], apart: tuple[tuple[int, int], ...] = ()) -> list[int]:
    left, right, hand = (np.array(part) for part in zip(*links, strict=True))
    weight = np.where(hand, 1_000_000.0, 10.0)
    found = clusters(5, left, right, weight, conflicts=[UNIONID], apart=apart, by_hand=hand.astype(bool))
    return [int(label) for label in found.labels]


def test_records_with_two_ids_are_one_only_when_somebody_says_so() -> None:
    assert made([(0, 1, False)]) == [0, 1, 2, 3, 4]
    assert made([(0, 1, True)]) == [0, 0, 2, 3, 4]


def test_a_cluster_joined_by_hand_takes_records_with_one_of_its_ids_but_not_with_a_third() -> None:
    assert made([(0, 1, True), (1, 2, False), (1, 4, False)]) == [0, 0, 0, 3, 0]
    assert made([(0, 1, True), (1, 3, False)]) == [0, 0, 2, 3, 4]


def test_two_that_were_put_apart_stay_apart_through_a_third_decision() -> None:
    assert made([(0, 1, True), (1, 2, True)], apart=((0, 2),)) == [0, 0, 2, 3, 4]


def test_a_pair_decided_the_same_in_the_review_is_one_profile_at_the_next_resolve(tmp_path: Path) -> None:
    with Workspace.create(tmp_path / "ws", lang="zh") as ws:
        same = {"name": "王芳", "phone": "13912340001", "city": "杭州"}
        ids = [{**same, "person_id": "t1", "unionid": "o6_aaaaaaaa"}, {**same, "person_id": "t2", "unionid": "o6_b"}]
        ws.load("persons", ids)
        assert ws.resolve().profiles == 2
        (pair,) = ws.review.list().pairs
        ws.review.decide(pair.left.record_id, pair.right.record_id, "same")
        found = ws.resolve()
        assert (found.profiles, found.to_review) == (1, 0)
        view = ws.who("Pt2")
        ws.split(view.profile_id, ["Pt2"], why="两个人")
        assert ws.resolve().profiles == 2


def test_a_file_of_rejected_rows_is_mapped_without_the_columns_of_the_quarantine(tmp_path: Path) -> None:
    with Workspace.create(tmp_path / "ws", lang="zh") as ws:
        source = tmp_path / "订单.csv"
        source.write_text("订单号,会员号,下单时间,实收,渠道\nS1,K1,2025-02-30,10,门店\n", encoding="utf-8")
        assert ws.load("orders", source, columns={"amount": "实收"}).rejected == 1
        out = tmp_path / "rejects.csv"
        ws.data.rejects("orders", out=out)
        found = ws.preview(out, "orders")
        assert not [c for c in found.columns if c.startswith("quarantine")]


NAMED = [("given", 7.6), ("family", 5.6)]


@pytest.mark.parametrize(
    ("kind", "reason", "weight", "evidence", "words"),
    [
        (
            "person",
            "names",
            21.3,
            [("given", -3.0), ("phone", 14.0), ("birth", 10.0)],
            "Possibly one customer: the names differ",
        ),
        ("person", "names", 4.2, NAMED, "Possibly one customer: nothing of the customer's own is the same"),
        ("person", "doubt", 3.99, NAMED, "Possibly one customer: nothing of the customer's own is the same"),
        ("person", "doubt", 3.99, [*NAMED, ("email", 4.0)], "Likely one customer"),
        ("person", "doubt", 1.0, [*NAMED, ("email", 4.0)], "Possibly one customer"),
        ("person", "doubt", -0.5, NAMED, "Unlikely to be one customer"),
        ("person", "unionid", 21.3, NAMED, "Likely one customer"),
        ("account", "names", 6.0, [("name", 9.0), ("city", -2.0)], "Possibly one customer: they name different cities"),
    ],
)
def test_a_pair_less_likely_than_its_weight_says_why(
    kind: Any, reason: str, weight: float, evidence: list[tuple[str, float]], words: str
) -> None:
    told = json.dumps([{"name": n, "level": "equal", "weight": w} for n, w in evidence])
    row = {"left_id": "1", "right_id": "2", "left_profile": "1", "right_profile": "2", "joined_by": "resembles"}
    row |= {
        "kind": kind,
        "reason": reason,
        "weight": weight,
        "evidence": told,
        "since": datetime(2024, 1, 1, tzinfo=UTC),
    }
    known = {i: SourceRecord(record_id=i, system=None, created_at=None, values={}) for i in ("1", "2")}
    assert likelihood_words(_pair(row, known, later=False))("en") == words
