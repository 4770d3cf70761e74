"""Port of probabilistic matching."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Protocol

import pyarrow as pa

from qunxiang.tables.features import Features


@dataclass(frozen=True)
class Scored:
    """Pairs of records with the weight of the evidence that both are one.

    `pairs` has one row per pair: `left` < `right` (row numbers of the features), `weight` (log2 odds that both are
    one), and per compared thing `level_<name>` (name of the level of agreement, None when unknown) and `weight_<name>`.
    `model` says what was compared and how it was learned: names, levels with their two probabilities, the prior.
    """

    pairs: pa.Table
    model: dict[str, Any]


class Identity(Protocol):
    """Scores pairs of records that may be one person or company."""

    def score(self, features: Features, *, least_weight: float, seed: int) -> Scored:
        """Return every pair found under a blocking key whose weight is at least `least_weight`.

        The same features and seed give the same answer.
        """
        ...
