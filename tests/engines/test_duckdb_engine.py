"""What the DuckDB engine reads, writes, keeps apart and stops."""

from __future__ import annotations

import re
import subprocess
import sys
import threading
import time
from datetime import UTC, date, datetime
from decimal import Decimal
from importlib import resources
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import yaml

from qunxiang.adapters.engines import DuckDBEngine
from qunxiang.adapters.lake import DeltaLake
from qunxiang.errors import ContractError, SourceError, StorageError
from qunxiang.sql import contract_of, select
from qunxiang.tables import ColumnType, arrow_schema

ALL_TYPES = contract_of("traits", {t.value: t for t in ColumnType})
ROWS = [
    {
        "text": "李雷 🧧 it's",
        "integer": 2**63 - 1,
        "money": Decimal("-1234567890123456.78"),
        "number": 0.1,
        "boolean": True,
        "date": date(1912, 2, 29),
        "timestamp": datetime(2027, 1, 31, 16, 0, 0, 123456, tzinfo=UTC),
    },
    {
        "text": "",
        "integer": -(2**63),
        "money": Decimal("0.01"),
        "number": -1e300,
        "boolean": False,
        "date": date(9999, 12, 31),
        "timestamp": datetime(1970, 1, 1, tzinfo=UTC),
    },
    dict.fromkeys((t.value for t in ColumnType), None),
]


def _rows(table: pa.Table) -> list[dict[str, object]]:
    return sorted(table.to_pylist(), key=str)


def test_every_type_comes_back_as_it_went(engine: DuckDBEngine, lake: DeltaLake) -> None:
    frame = pa.Table.from_pylist(ROWS, schema=arrow_schema(ALL_TYPES))
    with engine.session() as session:
        session.register("given", frame)
        files = session.write(select("SELECT * FROM given"), lake.folder("traits"), ALL_TYPES)
        version = lake.commit(ALL_TYPES, files, mode="replace", base=None)
        session.bind("traits", lake.at("traits", version))
        back = session.fetch(select("SELECT * FROM traits"))
    assert back.schema == arrow_schema(ALL_TYPES)
    assert _rows(back) == _rows(frame)
    assert pq.read_table(files[0].path).schema.remove_metadata() == arrow_schema(ALL_TYPES)


@pytest.mark.parametrize(
    "source",
    [
        # constants, nulls without a type, sums and whole numbers where others are declared
        "SELECT 'x' AS text, 1 AS integer, 2 AS money, 3 AS number, NULL AS boolean, DATE '2020-01-01' AS date,"
        " TIMESTAMPTZ '2020-01-01 00:00:00+08' AS timestamp",
        "SELECT NULL AS text, SUM(u) AS integer, SUM(u) AS money, AVG(u) AS number, TRUE AS boolean, NULL AS date,"
        " NULL AS timestamp FROM GENERATE_SERIES(1, 10) AS t(u)",
        "SELECT NULL AS text, NULL AS integer, NULL AS money, NULL AS number, NULL AS boolean, NULL AS date,"
        " NULL AS timestamp LIMIT 0",
    ],
)
def test_files_have_the_contract_whatever_the_query_gave(engine: DuckDBEngine, lake: DeltaLake, source: str) -> None:
    with engine.session() as session:
        files = session.write(select(source), lake.folder("traits"), ALL_TYPES)
    assert len(files) == 1
    for file in files:
        assert pq.read_schema(file.path).remove_metadata() == arrow_schema(ALL_TYPES)
        assert pq.read_metadata(file.path).num_rows == file.rows
        assert (
            pq.read_metadata(file.path).num_rows == 0
            or pq.read_metadata(file.path).row_group(0).column(0).compression == "ZSTD"
        )
        assert file.path.stat().st_size == file.size_bytes
    lake.commit(ALL_TYPES, files, mode="replace", base=None)


def test_a_sum_of_integers_is_stored_whole(engine: DuckDBEngine, lake: DeltaLake) -> None:
    contract = contract_of("sums", {"total": ColumnType.INTEGER})
    query = select(
        "SELECT SUM(u) AS total FROM (SELECT 4611686018427387903 AS u UNION ALL SELECT 4611686018427387902) AS t"
    )
    with engine.session() as session:
        session.bind("sums", _committed(session, lake, query, contract))
        assert session.fetch(select("SELECT total FROM sums")).to_pylist() == [{"total": 9223372036854775805}]


def _committed(session, lake, query, contract):  # type: ignore[no-untyped-def]
    files = session.write(query, lake.folder(contract.name), contract)
    return lake.at(contract.name, lake.commit(contract, files, mode="replace", base=None))


def test_large_results_are_split_and_none_is_lost(
    engine: DuckDBEngine, lake: DeltaLake, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("qunxiang.adapters.engines.duckdb_engine._FILE_BYTES", 1_000_000)
    contract = contract_of("many", {"id": ColumnType.INTEGER, "code": ColumnType.TEXT})
    query = select("SELECT u AS id, MD5(CAST(u AS TEXT)) AS code FROM GENERATE_SERIES(1, 600000) AS t(u)")
    with engine.session() as session:
        table = _committed(session, lake, query, contract)
        session.bind("many", table)
        found = session.fetch(select("SELECT COUNT(DISTINCT id) AS n, COUNT(*) AS rows FROM many")).to_pylist()
    assert len(table.files) > 1
    assert (table.rows, found) == (600_000, [{"n": 600_000, "rows": 600_000}])


def test_names_are_private_and_leave_with_the_session(engine: DuckDBEngine) -> None:
    one, two = select("SELECT 1 AS a"), select("SELECT 2 AS a")
    with engine.session() as first, engine.session() as second:
        first.materialise("t", one)
        second.materialise("T", two)
        first.register("frame", pa.table({"a": [9]}))
        assert first.fetch(select("SELECT a FROM t")).to_pylist() == [{"a": 1}]
        assert second.fetch(select("SELECT a FROM t")).to_pylist() == [{"a": 2}]
        with pytest.raises(StorageError) as caught:
            second.fetch(select("SELECT a FROM frame"))
        assert caught.value.params == {"name": "frame", "bound": ["t"]}
    with engine.session() as third, pytest.raises(StorageError):
        third.fetch(select("SELECT a FROM t"))


def test_a_name_can_be_given_anew_in_every_way(engine: DuckDBEngine, workspace: Path) -> None:
    path = workspace / "p.parquet"
    pq.write_table(pa.table({"a": [4]}), path)
    read = select("SELECT a FROM t")
    with engine.session() as session:
        session.materialise("t", select("SELECT 1 AS a"))
        assert session.materialise("t", select("SELECT a + 1 AS a FROM t UNION ALL SELECT 2 AS a")) == 2
        assert session.fetch(read)["a"].to_pylist() == [2, 2]
        session.register("t", pa.table({"a": [3]}))
        assert session.fetch(read)["a"].to_pylist() == [3]
        session.read_files("t", [path])
        assert session.fetch(read)["a"].to_pylist() == [4]
        session.register("t", pa.table({"a": [5]}).to_reader())
        assert session.materialise("t", read) == 1
        assert session.fetch(read)["a"].to_pylist() == [5]
        assert session.fetch(select("WITH c AS (SELECT a FROM t) SELECT c.a FROM c JOIN t USING (a)")).num_rows == 1


def test_sessions_are_in_utc(engine: DuckDBEngine) -> None:
    query = select(
        "SELECT CAST(TIMESTAMPTZ '2027-01-01 07:00:00+08' AS DATE) AS d, TIMESTAMPTZ '2027-01-01 00:00:00+00' AS t"
    )
    with engine.session() as session:
        table = session.fetch(query)
    assert table["d"].to_pylist() == [date(2026, 12, 31)]
    assert table.schema.field("t").type == pa.timestamp("us", tz="UTC")


def test_thirty_threads_at_once(engine: DuckDBEngine, lake: DeltaLake) -> None:
    contract = contract_of("rows", {"id": ColumnType.INTEGER})
    with engine.session() as session:
        table = _committed(session, lake, select("SELECT u AS id FROM GENERATE_SERIES(1, 2500) AS t(u)"), contract)
    answers: dict[int, int] = {}

    def ask(i: int) -> None:
        with engine.session() as session:
            session.bind("t", table)
            session.materialise("mine", select("SELECT id + :i AS id FROM t", i=i))
            answers[i] = session.fetch(select("SELECT MAX(id) AS top FROM mine"))["top"][0].as_py()

    threads = [threading.Thread(target=ask, args=(i,)) for i in range(30)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(120)
    assert answers == {i: 2500 + i for i in range(30)}


def test_a_running_query_can_be_stopped(engine: DuckDBEngine) -> None:
    endless = select(
        "SELECT SUM(a.u * b.u) AS s FROM GENERATE_SERIES(1, 1000000) AS a(u), GENERATE_SERIES(1, 1000000) AS b(u)"
    )
    with engine.session() as session:
        timer = threading.Timer(0.3, session.interrupt)
        timer.start()
        started = time.process_time()
        with pytest.raises(StorageError) as caught:
            session.fetch(endless)
        assert time.process_time() - started < 10
        assert caught.value.code == "error.storage.interrupted"
        assert session.fetch(select("SELECT 1 AS a")).num_rows == 1, "the session works on"
        timer.join()


def test_values_never_stand_in_an_error(engine: DuckDBEngine, lake: DeltaLake) -> None:
    contract = contract_of("t", {"phone": ColumnType.INTEGER})
    folder = lake.folder("t")
    with engine.session() as session:
        for query in ("SELECT CAST('李雷13800138000' AS BIGINT) AS phone", "SELECT 9223372036854775807 + 1 AS phone"):
            with pytest.raises(ContractError) as caught:
                session.fetch(select(query))
            assert "138" not in repr(caught.value) + caught.value.render("zh")
            assert caught.value.__cause__ is None
        with pytest.raises(ContractError):
            session.write(select("SELECT '李雷' AS phone"), folder, contract)
        assert not folder.exists()
        with pytest.raises(StorageError) as unknown:
            session.fetch(select("SELECT nope AS a"))
        assert unknown.value.code == "error.storage.query"


@pytest.mark.parametrize("kind", ["UUID", "INTERVAL", "TIME"])
def test_types_of_one_engine_alone_are_refused(engine: DuckDBEngine, kind: str) -> None:
    with engine.session() as session, pytest.raises(StorageError) as caught:
        session.fetch(select(f"SELECT CAST(NULL AS {kind}) AS a"))
    assert caught.value.params["column"] == "a"


def test_a_folder_in_use_is_left_alone(engine: DuckDBEngine, workspace: Path) -> None:
    folder = workspace / "mine"
    folder.mkdir()
    (folder / "keep.txt").write_text("x")
    with engine.session() as session, pytest.raises(StorageError) as caught:
        session.write(select("SELECT 1 AS a"), folder, contract_of("t", {"a": ColumnType.INTEGER}))
    assert caught.value.code == "error.storage.folder_in_use"
    assert (folder / "keep.txt").exists()


def test_source_files_are_read_from_anywhere_but_only_through_read_files(
    engine: DuckDBEngine, workspace: Path, tmp_path: Path
) -> None:
    frame = pa.table({"编号": ["a", None, "c"], "when": pa.array([0, 1, 2], pa.timestamp("ns"))})
    count = select('SELECT COUNT(*) AS n, COUNT("编号") AS known FROM t WHERE "编号" IS NULL OR "编号" <> \'c\'')
    for folder in (workspace, tmp_path):
        paths = [folder / f"源 {i}%.parquet" for i in range(2)]
        for path in paths:
            pq.write_table(frame, path)
        with engine.session() as session:
            session.read_files("t", paths)
            assert session.fetch(count).to_pylist() == [{"n": 4, "known": 2}]


def test_bad_source_files_are_told_apart(engine: DuckDBEngine, tmp_path: Path) -> None:
    good, other, empty, torn = (tmp_path / f"{n}.parquet" for n in ("good", "other", "empty", "torn"))
    pq.write_table(pa.table({"a": [1]}), good)
    pq.write_table(pa.table({"a": ["x"]}), other)
    empty.write_bytes(b"")
    torn.write_bytes(good.read_bytes()[:-9])
    cases = [
        ([empty], "error.storage.not_parquet"),
        ([torn], "error.storage.not_parquet"),
        ([tmp_path / "none.parquet"], "error.storage.parquet_missing"),
        ([good, other], "error.storage.parquet_differs"),
        ([], "error.storage.no_parquet"),
    ]
    with engine.session() as session:
        for paths, code in cases:
            with pytest.raises(SourceError) as caught:
                session.read_files("t", paths)
            assert caught.value.code == code
            assert all(caught.value.render(lang) for lang in ("zh", "en"))


_LIMITED = """
import resource, signal, sys
from pathlib import Path
from qunxiang.adapters.engines import DuckDBEngine
from qunxiang.errors import StorageError
from qunxiang.sql import contract_of, select
from qunxiang.tables import ColumnType
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
root = Path(sys.argv[1])
engine = DuckDBEngine(root)
resource.setrlimit(resource.RLIMIT_FSIZE, (100_000, 100_000))
query = select("SELECT MD5(CAST(u AS TEXT)) AS a FROM GENERATE_SERIES(1, 300000) AS t(u)")
with engine.session() as session:
    try:
        session.write(query, root / "out", contract_of("t", {"a": ColumnType.TEXT}))
    except StorageError as error:
        print(error.code, (root / "out").exists())
"""


def test_a_disk_that_takes_no_more_leaves_nothing(workspace: Path) -> None:
    ran = subprocess.run(
        [sys.executable, "-c", _LIMITED, str(workspace)], check=True, capture_output=True, text=True, timeout=300
    )
    assert ran.stdout.split() == ["error.storage.full", "False"]


def test_opening_and_reading_a_small_table_is_quick(engine: DuckDBEngine, lake: DeltaLake) -> None:
    """A page asks many small things. Counted in the processor's time: tests share their machine."""
    contract = contract_of("rows", {"id": ColumnType.INTEGER, "name": ColumnType.TEXT})
    query = select("SELECT u AS id, CAST(u AS TEXT) AS name FROM GENERATE_SERIES(1, 2500) AS t(u)")
    with engine.session() as session:
        version = _committed(session, lake, query, contract).version
    times = []
    for _ in range(50):
        started = time.process_time()
        with engine.session() as session:
            session.bind("rows", lake.at("rows", version))
            session.fetch(select("SELECT id, name FROM rows WHERE id < 20"))
        times.append(time.process_time() - started)
    assert sorted(times)[25] < 0.03


def test_stopping_a_closed_session_does_nothing(engine: DuckDBEngine) -> None:
    with engine.session() as session:
        pass
    session.interrupt()


def test_every_message_is_filled_in_both_languages() -> None:
    """Each code the rooms raise stands in the catalogue, and the catalogue has none that nobody raises."""
    root = Path(__file__).parents[2] / "src" / "qunxiang" / "adapters"
    code = re.compile(r'"(error\.(?:storage|lake)\.[a-z_]+)"')
    raised = {
        c for room in ("lake", "engines") for p in (root / room).glob("*.py") for c in code.findall(p.read_text())
    }
    assert raised == set(
        yaml.safe_load(resources.files("qunxiang.i18n").joinpath("texts", "storage.yaml").read_text("utf-8"))
    )
