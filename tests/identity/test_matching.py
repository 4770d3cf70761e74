"""What joins records and what does not, case by case."""

from __future__ import annotations

from typing import Any

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st
from matching_runs import matched

from qunxiang.identity import normal
from qunxiang.identity.clusters import clusters
from qunxiang.identity.decisions import IdentityDecision, decided
from qunxiang.identity.exact import exact_links
from qunxiang.identity.matching import match
from qunxiang.identity.naming import named_by


def exact_labels(kind: Any, *rows: dict[str, str]) -> list[int]:
    names = sorted({k for r in rows for k in r})
    records = pa.table({n: pa.array([r.get(n) for r in rows], pa.string()) for n in names})
    found = exact_links(kind, records)
    made = match(kind, None, found, None, n_records=len(rows), identifiers=["x"] * 8)
    labels: list[int] = made.labels.tolist()
    return labels


@pytest.mark.parametrize(
    ("written", "read"),
    [
        ("+86 138 1234 5679", "13812345679"),
        ("0086-13812345679", "13812345679"),
        ("８６13812345679", "13812345679"),
        ("13800000000", None),
        ("11111111111", None),
        ("010-8888 1234 转 8", "01088881234"),
        ("12", None),
    ],
)
def test_phone(written: str, read: str | None) -> None:
    assert normal.phone(written) == read


@pytest.mark.parametrize(
    ("written", "read"),
    [
        ("Li.Na+news@Gmail.com", "lina@gmail.com"),
        (" LI@QQ.com ", "li@qq.com"),
        ("test@test.com", None),
        ("not an address", None),
    ],
)
def test_email(written: str, read: str | None) -> None:
    assert normal.email(written) == read


@given(st.text("0123456789ABCDEFGHJKLMNPQRTUWXY", min_size=17, max_size=17))
def test_credit_code_has_one_check_sign(body: str) -> None:
    weights = [1, 3, 9, 27, 19, 26, 16, 17, 20, 29, 25, 13, 8, 24, 10, 30, 28]  # GB 32100-2015
    signs = "0123456789ABCDEFGHJKLMNPQRTUWXY"
    check = (31 - sum(signs.index(c) * w for c, w in zip(body, weights, strict=True)) % 31) % 31
    assert [s for s in signs if normal.credit_code(body + s)] == [signs[check]]


def test_a_family_phone_joins_nobody() -> None:
    phone = "13912340001"
    rows = [{"name": "王小明", "phone": phone}, {"name": "李丽", "phone": phone}, {"phone": phone}]
    assert exact_labels("person", *rows) == [0, 1, 2]


def test_a_phone_of_one_name_joins_however_it_is_written() -> None:
    rows = [
        {"name": "歐陽娜", "phone": "+86 139 1234 0001"},
        {"name": "欧阳 娜", "phone": "13912340001"},
        {"phone": "13912340001"},
    ]
    assert exact_labels("person", *rows) == [0, 0, 0]


def test_a_placeholder_joins_nobody() -> None:
    rows = [{"name": "王芳", "phone": "13800000000"}, {"name": "王芳", "phone": "13800000000"}]
    assert exact_labels("person", *rows) == [0, 1]


def test_a_strong_identifier_of_many_names_is_weak() -> None:
    rows = [{"name": n, "unionid": "o6_bmjrPTlm6"} for n in ("王芳", "李丽", "赵强", "钱进", "王芳")]
    assert exact_labels("person", *rows) == [0, 1, 2, 3, 0]
    assert exact_labels("person", *rows[:2]) == [0, 0]


def test_conflicting_identifiers_go_to_review() -> None:
    rows = [
        {"name": "王芳", "unionid": "aaaaaa", "phone": "13912340001"},
        {"name": "王芳", "unionid": "bbbbbb", "phone": "13912340001"},
        {"name": "王芳", "phone": "13912340001"},
    ]
    records = pa.table({c: [r.get(c) for r in rows] for c in ("name", "unionid", "phone")})
    found = exact_links("person", records)
    names = [f"i{n}" for n in range(8)]
    made = match("person", None, found, None, n_records=3, identifiers=names)
    assert made.labels[0] != made.labels[1]
    assert made.looks.select(["left", "right", "reason"]).to_pylist() == [{"left": 0, "right": 1, "reason": "unionid"}]


def test_two_crm_ids_conflict_within_one_system_only() -> None:
    one = {"name": "王芳", "phone": "13912340001", "crm_id": "C-000001", "system": "crm"}
    assert exact_labels("person", one, one | {"crm_id": "C-000002"}) == [0, 1]
    assert exact_labels("person", one, one | {"crm_id": "C-000002", "system": "erp"}) == [0, 0]


def test_registered_names_join_whatever_their_form() -> None:
    names = [
        "北京市华星科技有限责任公司",
        "华星科技（北京）有限公司",
        "北京华星科技集团有限公司",
        "上海华星科技有限公司",
    ]
    assert exact_labels("account", *({"name": n} for n in names)) == [0, 0, 2, 3]


def links(*pairs: tuple[int, int, float]) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    left, right, weight = zip(*pairs, strict=True)
    return np.array(left), np.array(right), np.array(weight, dtype=float)


def test_a_chain_breaks_at_its_weakest_link() -> None:
    left, right, weight = links((0, 1, 9.0), (1, 2, 4.5), (2, 3, 8.0))
    codes = np.array([7, -1, -1, 8])
    made = clusters(4, left, right, weight, conflicts=[("credit_code", codes)])
    assert made.labels.tolist() == [0, 0, 2, 2]
    assert made.refused.tolist() == [1]
    assert made.reasons == ("credit_code",)


def test_a_cluster_of_unlikely_size_is_not_made() -> None:
    n = 12
    left, right, weight = links(*((i, i + 1, 20.0 - i) for i in range(n - 1)))
    made = clusters(n, left, right, weight, most=5)
    assert max(np.bincount(made.labels)) <= 5
    assert set(made.reasons) == {"size"}


@given(st.lists(st.tuples(st.integers(0, 9), st.integers(0, 9), st.floats(0, 9)), max_size=20))
def test_clusters_without_conflicts_are_the_connected_components(edges: list[tuple[int, int, float]]) -> None:
    parent = list(range(10))

    def root(i: int) -> int:
        while parent[i] != i:
            i = parent[i]
        return i

    for a, b, _ in edges:
        x, y = sorted((root(a), root(b)))
        parent[y] = x
    expected = [root(i) for i in range(10)]
    arrays = links(*edges) if edges else (np.array([], dtype=np.int64),) * 2 + (np.array([]),)
    # with an idle conflict the careful way must agree with the quick one
    assert clusters(10, *arrays).labels.tolist() == expected
    assert clusters(10, *arrays, apart=[]).labels.tolist() == expected
    assert clusters(10, *arrays, most=10).labels.tolist() == expected


def test_the_oldest_profile_gives_the_name() -> None:
    labels = np.array([0, 1, 0, 1, 4])
    was = np.array([False, False, True, False, False])
    assert named_by(labels, was).tolist() == [2, 1, 2, 1, 4]


def test_the_newest_decision_on_a_pair_counts() -> None:
    def said(decision: Any, left: str, right: str, at: str) -> IdentityDecision:
        return IdentityDecision(decision=decision, left=(left,), right=(right,), by="a", at=at)

    found = decided(
        [
            said("same", "P2", "P1", "2024-01-02"),
            said("different", "P1", "P2", "2024-01-01"),
            said("later", "P3", "P1", "2024-01-01"),
        ]
    )
    assert found.same == {("P1", "P2")}
    assert found.different == frozenset()
    assert found.later == {("P1", "P3")}


ENGLISH = [
    {"name": "Robert Waller", "birth_date": "1971-03-04", "address": "6 Tullaroop St, Willaroo", "city": "St James"},
    {"name": "Bob Waler", "birth_date": "1971-04-03", "address": "6 tullaroop street willaroo", "city": "St James"},
    {"name": "Waller, Robert", "birth_date": "1971-03-04", "address": None, "city": "St James"},
    {"name": "Mary Waller", "birth_date": "1974-08-01", "address": "6 Tullaroop St, Willaroo", "city": "St James"},
]


def test_nicknames_typos_swapped_names_and_dates() -> None:
    records = pa.table({c: [r[c] for r in ENGLISH] for c in ENGLISH[0]})
    labels = matched("person", records).labels.tolist()
    assert labels[:3] == [0, 0, 0]
    assert labels[3] == 3
