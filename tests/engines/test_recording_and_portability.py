"""The recording engine, and the lint of forms that answer differently elsewhere."""

from __future__ import annotations

import pytest
from sqlglot import exp

from qunxiang.adapters.engines import DuckDBEngine, RecordingEngine, compiles_for_spark, portability_faults
from qunxiang.adapters.lake import DeltaLake
from qunxiang.ports.engine import Engine
from qunxiang.sql import Query, contract_of, select
from qunxiang.tables import ColumnType


def _ask(engine: Engine, lake: DeltaLake) -> list[int]:
    with engine.session() as session:
        session.materialise("t", select("SELECT 1 AS a"))
        session.write(select("SELECT a FROM t"), lake.folder("t"), contract_of("t", {"a": ColumnType.INTEGER}))
        return session.fetch(select("SELECT a FROM t"))["a"].to_pylist()  # type: ignore[no-any-return]


def test_every_query_is_kept_with_its_caller(engine: DuckDBEngine, lake: DeltaLake) -> None:
    recording = RecordingEngine(engine)
    assert _ask(recording, lake) == [1]
    assert (recording.dialect, recording.capabilities) == (engine.dialect, engine.capabilities)
    assert {r.caller for r in recording.recorded} == {f"{__name__}._ask"}
    assert [r.query.sql() for r in recording.recorded] == [
        "SELECT 1 AS a",
        'SELECT CAST("shaped"."a" AS BIGINT) AS "a" FROM (SELECT a FROM t) AS shaped'.replace('"shaped"', "shaped"),
        "SELECT a FROM t",
    ]
    for recorded in recording.recorded:
        assert compiles_for_spark(recorded.query)
        assert portability_faults(recorded.query) == []


_PAIRS = [
    # (what differs, the safe form), row by row from the table of tried forms
    ("date_diff('day', a, b)", "date_diff('day', CAST(a AS DATE), CAST(b AS DATE))"),
    ("date_diff('month', CAST(a AS DATE), CAST(b AS DATE))", "(year(b) - year(a)) * 12 + month(b) - month(a)"),
    ("a + INTERVAL 3 DAY", "CAST(a + INTERVAL 3 DAY AS DATE)"),
    ("date_trunc('month', a)", "CAST(date_trunc('month', a) AS DATE)"),
    ("CAST(a AS DATE) - CAST(b AS DATE)", "a - b"),
    ("extract(dow FROM a)", "extract(hour FROM a)"),
    ("isodow(a)", "date_diff('day', CAST('2024-01-01' AS DATE), CAST(a AS DATE)) % 7 + 1"),
    ("CAST(a AS DOUBLE) / b", "CAST(a AS DOUBLE) / nullif(CAST(b AS DOUBLE), 0)"),
    ("a % b", "a % 7"),
    ("a // 0", "a // nullif(b, 0)"),
    ("a / nullif(b, 0)", "CAST(a AS DOUBLE) / nullif(b, 0)"),
    ("a / 0.9", "CAST(a AS DOUBLE) / 0.9"),
    ("avg(a)", "avg(CAST(a AS DOUBLE))"),
    ("CAST(CAST(a AS DOUBLE) * 2 AS INT)", "CAST(floor(CAST(a AS DOUBLE) * 2) AS INT)"),
    ("CAST(1.7 AS INT)", "CAST(floor(1.7) AS INT)"),
    ("CAST(round(a, 1) AS BIGINT)", "CAST(a > 1 AS BIGINT)"),
    ("TRY_CAST(a AS INT)", "CAST(floor(TRY_CAST(a AS DOUBLE)) AS INT)"),
    ("quantile_cont(a, 0.5)", "median(a)"),
    ("percentile_cont(0.5) WITHIN GROUP (ORDER BY a)", "median(CAST(a AS DOUBLE))"),
    ("approx_quantile(a, 0.5)", "count(a)"),
    ("approx_count_distinct(a)", "count(DISTINCT a)"),
    ("array_agg(a ORDER BY b)", "array_agg(a) FILTER (WHERE a IS NOT NULL)"),
    ("list(DISTINCT a)", "list_sort(list(DISTINCT a) FILTER (WHERE a IS NOT NULL))"),
    ("len(split(a, ','))", "array_length(split(a, ','))"),
    ("list_contains(a, 1)", "coalesce(list_contains(a, 1), FALSE)"),
    ("a[3]", "CASE WHEN array_length(a) >= 3 THEN a[3] END"),
    ("MAP {'k': 1}", "map(k, v)['a']"),
    ("CAST(a AS JSON) ->> '$.b'", "json_extract_string(a, '$.b')"),
    ("regexp_matches(a, '\\p{Han}')", "regexp_matches(a, '[一-龥]')"),
    ("a LIKE 'a\\b'", "a LIKE 'a!%b' ESCAPE '!'"),
    ("regexp_replace(a, 'x', 'y')", "regexp_replace(a, 'x', 'y', 'g')"),
    ("substr(a, 0, 2)", "substr(a, 1, 2)"),
    ("trim(a)", "trim(replace(a, '\u3000', ' '))"),
    ("ln(a)", "CASE WHEN a > 0 THEN ln(a) END"),
    ("log(a)", "CASE WHEN a > 0 THEN ln(a) END"),
    ("arg_max(a, b)", "arg_max(a, (b, c)) FILTER (WHERE a IS NOT NULL)"),
    ("first(a ORDER BY b)", "arg_min(a, b) FILTER (WHERE a IS NOT NULL)"),
    ("any_value(a)", "min(a)"),
    ("CAST(CAST(a AS DOUBLE) AS TEXT)", "CAST(CAST(a AS DECIMAL(18, 2)) AS TEXT)"),
    ("skewness(a)", "stddev_samp(a)"),
    ("TRY_CAST(a AS DATE)", "CASE WHEN regexp_matches(a, '^[0-9-]{10}$') THEN TRY_CAST(a AS DATE) END"),
    ("hash(a)", "md5(a)"),
    ("epoch_ms(a)", "CAST(a AS TIMESTAMPTZ)"),
    ("time_bucket(INTERVAL 1 DAY, a)", "CAST(a AT TIME ZONE 'Asia/Shanghai' AS DATE)"),
    ("list_sum(a)", "sum(a)"),
    ("string_agg(a, ',')", "string_agg(a, ',' ORDER BY id)"),
    ("CAST(unnest(generate_series(a, b)) AS DATE)", "unnest(generate_series(a, b))"),
    ("CAST(a AS HUGEINT)", "CAST(a AS BIGINT)"),
    ("CAST(a AS UUID)", "CAST(a AS TEXT)"),
    ("CAST(a AS TIMESTAMP)", "CAST(a AS TIMESTAMPTZ)"),
    ("ntile(5) OVER (ORDER BY a)", "ntile(5) OVER (ORDER BY a NULLS LAST, b NULLS LAST)"),
    (
        "row_number() OVER (PARTITION BY p ORDER BY ts DESC)",
        "row_number() OVER (PARTITION BY p ORDER BY ts DESC, id DESC)",
    ),
    ("lag(a) OVER (ORDER BY ts)", "rank() OVER (ORDER BY a)"),
    ("now()", "CAST('2024-06-01 00:00:00+00' AS TIMESTAMPTZ)"),
    ("current_date", "CAST('2024-06-01' AS DATE)"),
    ("random()", "md5(CAST(id AS TEXT))"),
]


@pytest.mark.parametrize(("differs", "safe"), _PAIRS)
def test_what_differs_is_found_and_its_safe_form_is_not(differs: str, safe: str) -> None:
    assert portability_faults(select(f"SELECT {differs} AS x FROM t"))
    assert portability_faults(select(f"SELECT {safe} AS x FROM t")) == []


@pytest.mark.parametrize(
    ("differs", "safe"),
    [
        ("SELECT a FROM t LIMIT 5", "SELECT a FROM t ORDER BY a LIMIT 5"),
        ("SELECT a FROM t UNION BY NAME SELECT a FROM u", "SELECT a FROM t UNION ALL SELECT a FROM u"),
        ("SELECT t.a FROM t ASOF JOIN u ON t.a >= u.a", "SELECT t.a FROM t JOIN u ON t.a >= u.a"),
        ("SELECT a FROM t USING SAMPLE 10", "SELECT count(*) AS n FROM t LIMIT 1"),
    ],
)
def test_whole_queries(differs: str, safe: str) -> None:
    assert portability_faults(select(differs))
    assert portability_faults(select(safe)) == []


def test_the_exact_quantile_node_is_exact_in_spark() -> None:
    exact = exp.Quantile(this=exp.cast(exp.column("a"), "DOUBLE"), quantile=exp.Literal.number("0.5"))
    query = Query(exp.select(exp.alias_(exact, "x")).from_("t"))
    assert portability_faults(query) == []
    assert "PERCENTILE(" in compiles_for_spark(query)
