"""Matching by splink: the Fellegi-Sunter model with term frequencies, learned by expectation maximisation."""

from __future__ import annotations

import contextlib
import io
import logging
import math
import warnings
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import duckdb
import pyarrow as pa

from qunxiang.adapters.identity.settings import (
    CERTAIN,
    COMPARISONS,
    EM_PAIRS,
    EXPECTED_RECALL,
    LEARNED_ON,
    PRIOR_PAIRS,
    RANDOM_PAIRS,
    Comparison,
    Level,
)
from qunxiang.ports.identity import Scored
from qunxiang.tables.features import Features

if TYPE_CHECKING:
    from splink.internals.linker import Linker

_LEAST_KNOWN = 0.01
"""A column filled in fewer records than this share is not compared."""

_FEWEST_PAIRS = 30
"""True pairs below which nothing is learned: what is believed stands."""


class SplinkIdentity:
    """Splink over DuckDB in memory, behind :class:`qunxiang.ports.identity.Identity`.

    Parameters
    ----------
    memory_limit
        Memory DuckDB may take, such as ``400MB``; what does not fit goes to `temp_dir`.
    temp_dir
        Folder for what does not fit; None keeps all in memory.
    """

    def __init__(self, memory_limit: str = "400MB", temp_dir: Path | None = None) -> None:
        self._memory_limit = memory_limit
        self._temp_dir = temp_dir

    def score(self, features: Features, *, least_weight: float, seed: int) -> Scored:
        """Return every pair found under a blocking key whose weight is at least `least_weight`."""
        comparisons = _compared(features)
        if features.table.num_rows < 2 or not comparisons:
            return Scored(_no_pairs(comparisons), {"compared": []})
        with _quiet(), self._connection() as connection:
            learned = _learn(connection, features, comparisons, seed)
            return _scored(connection, features, comparisons, learned, least_weight)

    @contextlib.contextmanager
    def _connection(self) -> Iterator[duckdb.DuckDBPyConnection]:
        connection = duckdb.connect(":memory:", config={"memory_limit": self._memory_limit})
        try:
            connection.execute("SET autoinstall_known_extensions = false")
            connection.execute("SET autoload_known_extensions = false")
            if self._temp_dir is not None:
                folder = str(self._temp_dir).replace("'", "''")
                connection.execute(f"SET temp_directory = '{folder}'")
            yield connection
        finally:
            connection.close()


def _compared(features: Features) -> list[Comparison]:
    """Return the comparisons whose column is filled in enough records."""
    rows = max(features.table.num_rows, 1)
    found = []
    for comparison in COMPARISONS[features.kind]:
        column = comparison.unknown.split("_l IS NULL")[0]
        known = rows - features.table[column].null_count
        if known >= 2 and known / rows >= _LEAST_KNOWN:
            found.append(comparison)
    return found


def _learn(
    connection: duckdb.DuckDBPyConnection, features: Features, comparisons: list[Comparison], seed: int
) -> dict[str, Any]:
    """Return the settings with what was learned: the prior, and m and u of every level."""
    connection.register("features", features.table)
    connection.execute("CREATE TABLE records AS SELECT * FROM features ORDER BY unique_id")
    rows = features.table.num_rows
    certain = _certain_pairs(connection, features.kind)
    every = rows * (rows - 1) / 2
    expected = max(certain / EXPECTED_RECALL, 0.005 * rows, 1.0)
    settings = _settings(features, comparisons, min(expected / every, 0.5))
    if certain < _FEWEST_PAIRS:
        return settings
    linker = _linker(connection, settings)
    linker.training.estimate_u_using_random_sampling(
        max_pairs=RANDOM_PAIRS, seed=seed, min_count_per_level=None, num_chunks=1
    )
    for columns in LEARNED_ON[features.kind]:
        if any(features.table[c].null_count > 0.9 * rows for c in columns):
            continue
        rule = " AND ".join(f"l.{c} = r.{c}" for c in columns)
        for iterations in (15, 4):
            if _session(linker, rule, iterations):
                break
    trained = linker._settings_obj.as_dict()  # type: ignore[no-untyped-call]
    return _blended(settings, trained, certain)


def _linker(connection: duckdb.DuckDBPyConnection, settings: dict[str, Any]) -> Linker:
    # late: importing splink takes a second, and most commands match nothing
    from splink.internals.duckdb.database_api import DuckDBAPI
    from splink.internals.linker import Linker

    records = DuckDBAPI(connection).register("records")
    return Linker(records, settings, log_level=None, validate_settings=False)


def _session(linker: Linker, rule: str, iterations: int) -> bool:
    """Learn m on the pairs of one rule; a session that fails (no pairs, a share that vanishes) leaves no trace."""
    before = linker._settings_obj.core_model_settings.copy()  # type: ignore[no-untyped-call]
    linker._settings_obj.training_settings = replace(linker._settings_obj.training_settings, max_iterations=iterations)
    try:
        linker.training.estimate_parameters_using_expectation_maximisation(
            rule, estimate_without_term_frequencies=True, max_pairs=EM_PAIRS, record_sample_proportion=1.0
        )
    except Exception:
        linker._settings_obj.core_model_settings = before
        return False
    return True


def _certain_pairs(connection: duckdb.DuckDBPyConnection, kind: str) -> int:
    """Count the pairs that agree in one of the certain rules."""
    both = "FROM records l JOIN records r ON l.unique_id < r.unique_id"
    rules = [
        f"SELECT l.unique_id AS a, r.unique_id AS b {both} AND " + " AND ".join(f"l.{c} = r.{c}" for c in columns)
        for columns in CERTAIN[kind]
    ]
    # all rows are fetched: an unfinished result would lock the connection
    found = connection.execute(f"SELECT COUNT(*) FROM ({' UNION '.join(rules)})").fetchall()  # noqa: S608 - constants
    return int(found[0][0])


def _settings(features: Features, comparisons: list[Comparison], prior: float) -> dict[str, Any]:
    return {
        "link_type": "dedupe_only",
        "unique_id_column_name": "unique_id",
        "probability_two_random_records_match": prior,
        "retain_matching_columns": True,
        "retain_intermediate_calculation_columns": True,
        "em_convergence": 0.001,
        "max_iterations": 15,
        "comparisons": [_comparison(c) for c in comparisons],
        "blocking_rules_to_generate_predictions": [
            {"blocking_rule": f"l.{b} = r.{b}"}
            for b in features.blocks
            if features.table[b].null_count < features.table.num_rows
        ],
        "linker_uid": "qunxiang",
    }


def _comparison(comparison: Comparison) -> dict[str, Any]:
    unknown = {"sql_condition": comparison.unknown, "label_for_charts": "unknown", "is_null_level": True}
    return {
        "output_column_name": comparison.name,
        "comparison_levels": [unknown, *(_level(level) for level in comparison.levels)],
    }


def _level(level: Level) -> dict[str, Any]:
    made: dict[str, Any] = {
        "sql_condition": level.when,
        "label_for_charts": level.name,
        "m_probability": level.m,
        "u_probability": level.u,
    }
    if level.frequent_in is not None:
        made |= {"tf_adjustment_column": level.frequent_in, "tf_adjustment_weight": 1.0, "tf_minimum_u_value": 0.00001}
    return made


def _blended(settings: dict[str, Any], trained: dict[str, Any], certain: int) -> dict[str, Any]:
    """Put what was learned into the settings, weighed against what is believed; more agreement never weighs less."""
    by_name = {c["output_column_name"]: c for c in trained["comparisons"]}
    weight = certain / (certain + PRIOR_PAIRS)
    for comparison in settings["comparisons"]:
        learned = {lv["label_for_charts"]: lv for lv in by_name[comparison["output_column_name"]]["comparison_levels"]}
        levels = comparison["comparison_levels"][1:]
        for level in levels:
            found = learned.get(level["label_for_charts"], {})
            for key, share in (("m_probability", weight), ("u_probability", RANDOM_PAIRS / (RANDOM_PAIRS + 1000.0))):
                value = found.get(key)
                if isinstance(value, int | float) and math.isfinite(value):
                    level[key] = share * value + (1 - share) * level[key]
        for key in ("m_probability", "u_probability"):
            total = sum(level[key] for level in levels)
            for level in levels:
                level[key] = max(level[key] / total, 1e-7)
    return settings


def _scored(
    connection: duckdb.DuckDBPyConnection,
    features: Features,
    comparisons: list[Comparison],
    settings: dict[str, Any],
    least_weight: float,
) -> Scored:
    model = {
        "prior": settings["probability_two_random_records_match"],
        "compared": [
            {
                "name": c["output_column_name"],
                "levels": [
                    {"name": lv["label_for_charts"], "m": lv["m_probability"], "u": lv["u_probability"]}
                    for lv in c["comparison_levels"][1:]
                ],
            }
            for c in settings["comparisons"]
        ],
    }
    if not settings["blocking_rules_to_generate_predictions"]:
        return Scored(_no_pairs(comparisons), model)
    linker = _linker(connection, settings)
    predicted = linker.inference.predict(threshold_match_weight=least_weight, warning_mode="never").physical_name
    have = {r[0] for r in connection.execute(f"DESCRIBE {predicted}").fetchall()}
    parts = []
    for c in comparisons:
        n = len(c.levels)
        names = " ".join(f"WHEN {n - 1 - i} THEN '{level.name}'" for i, level in enumerate(c.levels))
        weights = " + ".join(
            f"coalesce({col}, 0)" for col in (f"mw_{c.name}", f"mw_tf_adj_{c.name}", f"mw_tf_{c.name}") if col in have
        )
        parts.append(
            f"CASE gamma_{c.name} {names} END AS level_{c.name}, CAST({weights or '0'} AS DOUBLE) AS weight_{c.name}"
        )
    both = 'least(unique_id_l, unique_id_r) AS "left", greatest(unique_id_l, unique_id_r) AS "right"'
    query = (  # names of levels and columns are constants
        f"SELECT {both},"  # noqa: S608
        f" CAST(match_weight AS DOUBLE) AS weight, {', '.join(parts)} FROM {predicted} ORDER BY 1, 2"
    )
    return Scored(connection.sql(query).to_arrow_table(), model)


def _no_pairs(comparisons: list[Comparison]) -> pa.Table:
    columns = {"left": pa.int64(), "right": pa.int64(), "weight": pa.float64()}
    for c in comparisons:
        columns |= {f"level_{c.name}": pa.string(), f"weight_{c.name}": pa.float64()}
    return pa.table({n: pa.array([], t) for n, t in columns.items()})


@contextlib.contextmanager
def _quiet() -> Iterator[None]:
    """Keep splink's remarks, progress bars and warnings from the user."""
    logger = logging.getLogger("splink")
    level = logger.level
    logger.setLevel(logging.CRITICAL)
    try:
        with (
            warnings.catch_warnings(),
            contextlib.redirect_stdout(io.StringIO()),
            contextlib.redirect_stderr(io.StringIO()),
        ):
            warnings.simplefilter("ignore")
            yield
    finally:
        logger.setLevel(level)
