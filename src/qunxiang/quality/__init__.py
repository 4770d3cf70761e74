"""Data quality: how fresh, whole, valid, unique, connected and plausible the loaded tables are."""

from __future__ import annotations

from qunxiang.quality.conditions import Condition, conditions, fences
from qunxiang.quality.drift import drift_of, numeric_drift_query, share_query
from qunxiang.quality.findings import (
    DIMENSIONS,
    ColumnState,
    Dimension,
    Finding,
    SourceState,
    TableCheck,
)
from qunxiang.quality.gates import DEFAULT_GATES, Gate, GateResult, Gates, judge
from qunxiang.quality.measures import (
    FACT_DATES,
    Read,
    count_query,
    far_conditions,
    findings_of,
    quartile_query,
    read_counts,
    read_quartiles,
)
from qunxiang.quality.near import NearValue, near_values
from qunxiang.quality.relations import LOOSE, RELATIONS, Relationship, orphan_query, unrelated
from qunxiang.quality.repeats import repeat_queries
from qunxiang.quality.vocabulary import VOCABULARY

__all__ = [
    "DEFAULT_GATES",
    "DIMENSIONS",
    "FACT_DATES",
    "LOOSE",
    "RELATIONS",
    "VOCABULARY",
    "ColumnState",
    "Condition",
    "Dimension",
    "Finding",
    "Gate",
    "GateResult",
    "Gates",
    "NearValue",
    "Read",
    "Relationship",
    "SourceState",
    "TableCheck",
    "conditions",
    "count_query",
    "drift_of",
    "far_conditions",
    "fences",
    "findings_of",
    "judge",
    "near_values",
    "numeric_drift_query",
    "orphan_query",
    "quartile_query",
    "read_counts",
    "read_quartiles",
    "repeat_queries",
    "share_query",
    "unrelated",
]
