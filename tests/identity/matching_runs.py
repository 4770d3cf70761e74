"""Running matching on records, and scoring it against the truth."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import Any, Literal, NamedTuple

import pyarrow as pa

from qunxiang.adapters.identity import SplinkIdentity
from qunxiang.identity.exact import IDENTIFIERS, exact_links
from qunxiang.identity.features import account_features, person_features
from qunxiang.identity.matching import Matched, match
from qunxiang.identity.verdicts import REVIEW_WEIGHT


class Score(NamedTuple):
    """How well clusters fit the truth, counted in pairs of records."""

    precision: float
    recall: float

    @property
    def f1(self) -> float:
        return 2 * self.precision * self.recall / (self.precision + self.recall)


def matched(kind: Literal["person", "account"], records: pa.Table, *, seed: int = 0) -> Matched:
    features = (person_features if kind == "person" else account_features)(records)
    scored = SplinkIdentity().score(features, least_weight=REVIEW_WEIGHT, seed=seed)
    exact = exact_links(kind, records)
    names = [i.name for i in IDENTIFIERS[kind]]
    return match(kind, features, exact, scored.pairs, n_records=records.num_rows, identifiers=names)


def score(labels: Sequence[Any], truth: Sequence[Any]) -> Score:
    """Compare two partitions pair by pair, by counting pairs within their cells."""

    def pairs(cells: Counter[Any]) -> int:
        return sum(n * (n - 1) // 2 for n in cells.values())

    both = pairs(Counter(zip(labels, truth, strict=True)))
    return Score(both / pairs(Counter(labels)), both / pairs(Counter(truth)))
