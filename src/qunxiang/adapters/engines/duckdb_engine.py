"""DuckDB in process.

One database in memory serves all sessions, each through a cursor of its own: a cursor opens in well under a
millisecond, threads may work side by side, and temporary views and tables belong to one cursor alone.

Two walls stand before files. A query may read only names bound in its session, so a name that happens to be a path,
or a function that reads files, is refused before it is run. And DuckDB itself may touch only the workspace; it loads
no extension, sees no Python variable, and its configuration is locked. Source files outside the workspace are opened
by pyarrow and streamed in, so the wall need not be opened for them. A large text file of one line per row is read by
a database of its own instead, whose wall has a gap for that one file.
"""

from __future__ import annotations

import shutil
import threading
import uuid
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import replace
from pathlib import Path
from types import TracebackType
from typing import Any

import duckdb
import pyarrow as pa
import pyarrow.dataset as ds
import pyarrow.parquet as pq
from sqlglot import exp

from qunxiang.adapters.engines.faults import told
from qunxiang.errors import SourceError, StorageError
from qunxiang.ports.engine import WrittenFile
from qunxiang.ports.lake import TableVersion
from qunxiang.ports.source import TextRows
from qunxiang.sql import Query, cast_to_contract, identifier
from qunxiang.tables import Contract, arrow_schema

_ROW_GROUP = 122_880
_SHARE_OF_MEMORY = "25%"  # of this machine's or container's, as DuckDB finds it
_LEAST_MEMORY_MB = 1_500
_FILE_BYTES = 256_000_000
_MOST_WORDS = 8_192  # distinct values of a row group up to which a dictionary is tried; more are seldom worth it
_TABLE_FUNCTIONS = (exp.Unnest, exp.GenerateSeries, exp.GenerateDateArray, exp.GenerateTimestampArray)
# No other engine keeps these, and Parquet or Arrow would turn some of them into bytes without a word.
_REFUSED_TYPES = frozenset({"uuid", "interval", "time", "time with time zone", "time_ns", "bit", "union", "variant"})


def _memory_mb(database: duckdb.DuckDBPyConnection) -> int:
    """Return the memory that a database may take, in megabytes."""
    row = database.execute("SELECT parse_formatted_bytes(current_setting('memory_limit'))").fetchone()
    assert row is not None
    return int(row[0]) // 1_000_000


class DuckDBEngine:
    """DuckDB behind :class:`qunxiang.ports.engine.Engine`.

    Parameters
    ----------
    workspace_root
        The only folder DuckDB may read and write.
    memory_mb
        Megabytes of memory of all sessions together; what does not fit goes to `temp_dir`. None takes a quarter of the
        machine's, at least 1500.
    threads
        Threads of all sessions together; None takes one per core.
    temp_dir
        Folder for what does not fit in memory; None takes ``.tmp`` in the workspace.
    """

    dialect = "duckdb"
    capabilities = frozenset({"arrow_stream", "interrupt", "local_files", "text_files"})

    def __init__(
        self,
        workspace_root: Path,
        memory_mb: int | None = None,
        threads: int | None = None,
        temp_dir: Path | None = None,
    ) -> None:
        self._root = workspace_root.absolute()
        self._memory_mb = memory_mb or 0  # the first database tells what it is without one
        self._temp_dir = (temp_dir or workspace_root / ".tmp").absolute()
        self._threads = threads
        self._lock = threading.RLock()
        self._database: duckdb.DuckDBPyConnection | None = None
        self._closed = False

    def _opened(self) -> duckdb.DuckDBPyConnection:
        """Return the database, opened when it is first needed: many commands and pages ask the state alone."""
        with self._lock:
            if self._database is None:
                self._database = self._connect()
                if self._closed:
                    self._database.close()
            return self._database

    @property
    def memory_mb(self) -> int:
        """Megabytes of memory of all sessions together."""
        if not self._memory_mb:
            self._opened()
        return self._memory_mb

    @property
    def _memory_limit(self) -> str:
        return f"{self.memory_mb}MB"

    def _connect(self, *files: Path) -> duckdb.DuckDBPyConnection:
        """Open a database that may touch the workspace and `files`."""
        threads = self._threads
        limit = f"{self._memory_mb}MB" if self._memory_mb else _SHARE_OF_MEMORY
        config: dict[str, Any] = {"memory_limit": limit} | ({"threads": threads} if threads else {})
        database = duckdb.connect(":memory:", config=config)
        if not self._memory_mb:
            self._memory_mb = max(_memory_mb(database), _LEAST_MEMORY_MB)
            database.execute(f"SET memory_limit = {_text(self._memory_limit)}")
        folders = sorted({str(p) for d in (self._root, self._temp_dir) for p in (d, d.resolve())})
        for setting in (
            "enable_progress_bar = false",  # it would write to the standard output
            "GLOBAL TimeZone = 'UTC'",  # global: cursors do not inherit a session's setting
            "GLOBAL python_enable_replacements = false",
            "GLOBAL preserve_insertion_order = false",  # saves memory; ORDER BY still holds
            "GLOBAL autoinstall_known_extensions = false",
            "GLOBAL autoload_known_extensions = false",
            "GLOBAL allow_community_extensions = false",
            # of a text file every row is read, and a cell's cast that a filter asks for is to be made once
            *(["GLOBAL disabled_optimizers = 'filter_pushdown'"] if files else []),
            f"GLOBAL temp_directory = {_text(str(self._temp_dir))}",
            f"GLOBAL allowed_directories = [{', '.join(map(_text, folders))}]",
            f"GLOBAL allowed_paths = [{', '.join(_text(str(f)) for f in files)}]",
            "GLOBAL enable_external_access = false",
            "GLOBAL lock_configuration = true",  # last: it locks all of the above
        ):
            database.execute(f"SET {setting}")
        return database

    @contextmanager
    def session(self) -> Iterator[DuckDBSession]:
        """Open a session; what was bound or materialised in it is gone afterwards."""
        with self._lock:
            cursor = self._opened().cursor()
        try:
            yield DuckDBSession(cursor, root=self._root, temp_dir=self._temp_dir, memory_limit=self._memory_limit)
        finally:
            cursor.close()

    @contextmanager
    def text_session(self, name: str, rows: TextRows) -> Iterator[DuckDBSession]:
        """Open a session on one text file; see :meth:`qunxiang.ports.engine.Engine.text_session`."""
        file = rows.path.resolve()
        with told(self._temp_dir, self._memory_limit):
            database = self._connect(file)
        try:
            limit = {"root": self._root, "temp_dir": self._temp_dir}
            session = DuckDBSession(database, **limit, memory_limit=self._memory_limit)
            session.text(name, replace(rows, path=file))
            yield session
        finally:
            database.close()

    def close(self) -> None:
        """Free the memory of the database; no session works afterwards."""
        with self._lock:
            self._closed = True
            if self._database is not None:
                self._database.close()

    def __enter__(self) -> DuckDBEngine:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


class DuckDBSession:
    """One cursor; see :class:`qunxiang.ports.engine.Session`. Use it in one thread, except :meth:`interrupt`."""

    def __init__(self, cursor: duckdb.DuckDBPyConnection, *, root: Path, temp_dir: Path, memory_limit: str) -> None:
        self._cursor = cursor
        self._root = root
        self._temp_dir = temp_dir
        self._memory_limit = memory_limit
        self._kinds: dict[str, str] = {}  # name in lower case -> VIEW or TABLE; registered frames are views
        self._streams: dict[str, tuple[str, pa.Schema, Callable[[], Iterator[pa.RecordBatch]]]] = {}
        self._stream_failure: BaseException | None = None

    def bind(self, name: str, table: TableVersion) -> None:
        """Make a version of a lake table readable under `name`."""
        if not table.files:
            raise StorageError("error.storage.no_files", table=table.table, version=table.version)
        self._view_of(name, table.files)

    def register(self, name: str, frame: pa.Table | pa.RecordBatchReader) -> None:
        """Make an Arrow table (or, once, a stream) readable under `name`."""
        self._drop(name)
        self._streams.pop(name.lower(), None)
        with self._told():
            self._cursor.register(name, frame)
        self._kinds[name.lower()] = "VIEW"

    def stream(self, name: str, schema: pa.Schema, batches: Callable[[], Iterator[pa.RecordBatch]]) -> None:
        """Make rows readable under `name` that are asked for anew whenever a query reads them."""
        self._streams[name.lower()] = (name, schema, batches)
        self._open_stream(name.lower())

    def _open_stream(self, key: str) -> None:
        name, schema, batches = self._streams[key]

        def passing() -> Iterator[pa.RecordBatch]:
            try:
                yield from batches()
            except Exception as failure:
                self._stream_failure = failure  # the engine would tell it in words of its own
                raise

        self.register(name, pa.RecordBatchReader.from_batches(schema, passing()))
        self._streams[key] = (name, schema, batches)

    def text(self, name: str, rows: TextRows) -> None:
        """Make the rows of a text file readable under `name`; only for the database that was opened for it."""
        self._drop(name)
        columns = ", ".join(f"'c{i}': 'VARCHAR'" for i in range(rows.columns))
        newline = "\\r\\n" if rows.newline == "\r\n" else "\\n"
        reader = (
            f"read_csv({_text(str(rows.path))}, auto_detect = false, header = false, skip = {rows.skip}, "
            f"delim = {_text(rows.delimiter)}, quote = '', escape = '', new_line = '{newline}', "
            f"ignore_errors = true, compression = 'none', columns = {{{columns}}})"
        )
        self._execute(f"CREATE TEMP VIEW {_name(name)} AS SELECT * FROM {reader}")  # noqa: S608 - escaped above
        self._kinds[name.lower()] = "VIEW"

    def read_files(self, name: str, paths: Iterable[Path]) -> None:
        """Make Parquet files of one schema readable under `name`; files outside the workspace are streamed in.

        Raises
        ------
        SourceError
            When a file is missing, is no Parquet file, or the files differ in their columns.
        """
        files = tuple(path.absolute() for path in paths)
        schemas = {path: _parquet_schema(path) for path in files}
        if not files:
            raise SourceError("error.storage.no_parquet")
        for path in files:
            if not schemas[path].equals(schemas[files[0]]):
                raise SourceError("error.storage.parquet_differs", file=path.name, first=files[0].name)
        if all(".." not in path.parts and path.is_relative_to(self._root) for path in files):
            self._view_of(name, map(str, files))
        else:
            self.register(name, ds.dataset([str(p) for p in files], schema=schemas[files[0]], format="parquet"))

    def materialise(self, name: str, query: Query) -> int:
        """Compute `query` once and keep the result under `name`; return its rows. The query may read the old `name`."""
        fresh = f"made_{uuid.uuid4().hex}"
        counted = self._execute(f"CREATE TEMP TABLE {_name(fresh)} AS {self._compile(query)}")
        self._drop(name)
        self._execute(f"ALTER TABLE {_name(fresh)} RENAME TO {_name(name)}")
        self._kinds[name.lower()] = "TABLE"
        return int(counted[0][0])

    def view(self, name: str, query: Query) -> None:
        """Make the answer of `query` readable under `name` without computing it now."""
        self._drop(name)
        self._execute(f"CREATE TEMP VIEW {_name(name)} AS {self._compile(query)}")
        self._kinds[name.lower()] = "VIEW"

    def fetch(self, query: Query) -> pa.Table:
        """Run `query` and return its whole result.

        Text comes as Arrow strings, timestamps in UTC. A sum of integers that is not cast is decimal128(38, 0).

        Raises
        ------
        ContractError
            When a value cannot be cast to the type the query asks for.
        StorageError
            When memory, disk or the sandbox refuse, the query was interrupted, or a column has a type that only
            DuckDB knows.
        """
        sql = self._compile(query)
        with self._told():
            relation = self._cursor.sql(sql)
            for column, kind in zip(relation.columns, relation.types, strict=True):
                if str(kind.id).lower() in _REFUSED_TYPES:
                    raise StorageError("error.storage.type", column=column, type=str(kind))
            return _plain(relation.to_arrow_table())

    def write(self, query: Query, folder: Path, contract: Contract) -> tuple[WrittenFile, ...]:
        """Run `query`, cast its columns to `contract`, and write zstd Parquet files into `folder`.

        A result of no rows is one file of no rows. Files are not flushed to the disk; the lake does so on commit.

        Raises
        ------
        ContractError
            When a value does not fit its column's type.
        StorageError
            When the disk is full or refuses, the folder is in use, or a file came out with another schema.
        """
        if folder.exists() and any(folder.iterdir()):
            raise StorageError("error.storage.folder_in_use", folder=str(folder))
        sql = _nullable(self._compile(cast_to_contract(query, contract)), contract)
        try:
            with self._told(folder):
                folder.parent.mkdir(parents=True, exist_ok=True)
                self._execute(
                    f"COPY ({sql}) TO {_text(str(folder))} (FORMAT parquet, COMPRESSION zstd, "
                    f"ROW_GROUP_SIZE {_ROW_GROUP}, FILE_SIZE_BYTES {_FILE_BYTES}, DICTIONARY_SIZE_LIMIT {_MOST_WORDS})",
                    folder,
                )
                return tuple(_written(path, contract) for path in sorted(folder.iterdir()))
        except BaseException:
            shutil.rmtree(folder, ignore_errors=True)
            raise

    def interrupt(self) -> None:
        """Stop the running query, which then raises ``error.storage.interrupted``; may be called from any thread.

        Does nothing between queries or after the session.
        """
        with suppress(duckdb.ConnectionException):  # closed meanwhile
            self._cursor.interrupt()

    def _view_of(self, name: str, files: Iterable[str]) -> None:
        self._drop(name)
        listed = ", ".join(map(_text, files))
        # no Hive partitions: a workspace in a folder named `x=1` would grow a column x
        reader = f"read_parquet([{listed}], hive_partitioning = false, union_by_name = false)"
        self._execute(f"CREATE TEMP VIEW {_name(name)} AS SELECT * FROM {reader}")  # noqa: S608 - escaped above
        self._kinds[name.lower()] = "VIEW"

    def _drop(self, name: str) -> None:
        if kind := self._kinds.pop(name.lower(), None):
            self._execute(f"DROP {kind} {_name(name)}")

    def _execute(self, sql: str, folder: Path | None = None) -> list[tuple[Any, ...]]:
        with self._told(folder):
            # fetched to the end, because an unfinished result locks the cursor
            return self._cursor.execute(sql).fetchall()

    @contextmanager
    def _told(self, folder: Path | None = None) -> Iterator[None]:
        try:
            with told(folder or self._temp_dir, self._memory_limit):
                yield
        except Exception as error:
            failure, self._stream_failure = self._stream_failure, None
            if failure is not None:
                raise failure from error
            raise

    def _compile(self, query: Query) -> str:
        for key in tuple(self._streams):
            readers = sum(table.name.lower() == key for table in query.tree.find_all(exp.Table))
            if readers > 1:
                raise StorageError("error.storage.read_twice", name=key)
            if readers:
                self._open_stream(key)
        made_here = {cte.alias.lower() for cte in query.tree.find_all(exp.CTE)}
        for table in query.tree.find_all(exp.Table):
            source = table.this
            if isinstance(source, _TABLE_FUNCTIONS):
                continue
            known = isinstance(source, exp.Identifier) and not table.db and not table.catalog
            if not known or ((name := table.name.lower()) not in self._kinds and name not in made_here):
                raise StorageError("error.storage.unbound", name=table.name or source.key, bound=sorted(self._kinds))
        return query.sql("duckdb")


def _name(name: str) -> str:
    return identifier(name).sql("duckdb")


def _nullable(sql: str, contract: Contract) -> str:
    """Keep every column optional in the file; DuckDB writes constants as required, so schemas would vary."""
    columns = (f"CASE WHEN {c} IS NOT NULL THEN {c} END AS {c}" for c in map(_name, contract.names))
    return f"SELECT {', '.join(columns)} FROM ({sql})"  # noqa: S608 - made of escaped names and a compiled tree


def _text(value: str) -> str:
    return exp.Literal.string(value).sql("duckdb")


def _parquet_schema(path: Path) -> pa.Schema:
    try:
        return pq.read_schema(path).remove_metadata()
    except FileNotFoundError:
        raise SourceError("error.storage.parquet_missing", file=path.name) from None
    except (pa.ArrowInvalid, OSError) as error:
        raise SourceError("error.storage.not_parquet", file=path.name) from error


def _written(path: Path, contract: Contract) -> WrittenFile:
    with pq.ParquetFile(path) as parquet:
        rows, found = parquet.metadata.num_rows, parquet.schema_arrow.remove_metadata()
    if not found.equals(arrow_schema(contract)):
        raise StorageError("error.storage.schema", table=contract.name, file=path.name)
    return WrittenFile(path=path, rows=rows, size_bytes=path.stat().st_size)


def _plain(table: pa.Table) -> pa.Table:
    """Give text and coded columns the one Arrow type that every engine returns."""
    schema = pa.schema([pa.field(f.name, _plain_type(f.type)) for f in table.schema])
    return table if schema.equals(table.schema, check_metadata=True) else table.cast(schema)


def _plain_type(kind: pa.DataType) -> pa.DataType:
    if isinstance(kind, pa.BaseExtensionType):
        return _plain_type(kind.storage_type)
    if pa.types.is_dictionary(kind):
        return _plain_type(kind.value_type)
    if pa.types.is_large_string(kind) or pa.types.is_string_view(kind):
        return pa.string()
    return kind
