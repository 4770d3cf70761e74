"""Opening a file or frame as a source, by what it is."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from qunxiang.adapters.sources.csv_source import CsvSource
from qunxiang.adapters.sources.excel_source import ExcelSource
from qunxiang.adapters.sources.frame_source import FrameSource, is_frame
from qunxiang.adapters.sources.jsonl_source import JsonLinesSource
from qunxiang.adapters.sources.parquet_source import ParquetSource
from qunxiang.errors import SourceError
from qunxiang.ports.source import Source

_TEXT = frozenset({".csv", ".tsv", ".txt", ".tab", ".psv"})
_EXCEL = frozenset({".xlsx", ".xlsm", ".xlsb", ".xls", ".ods"})
_JSON = frozenset({".jsonl", ".ndjson", ".json"})
_PARQUET = frozenset({".parquet", ".pq"})
KNOWN = _TEXT | _EXCEL | _JSON | _PARQUET
_NEIGHBOURS = 8


def open_source(
    path_or_frame: Any, *, encoding: str | None = None, sheet: str | None = None, scratch: Path | None = None
) -> Source:
    """Open a file or an in-memory frame.

    Parameters
    ----------
    path_or_frame
        Path of a CSV, Parquet, Excel or JSON Lines file; or an Arrow table, a pandas or other Arrow-speaking data
        frame, or a list of dicts.
    encoding
        Encoding of a text file, such as ``gbk``; None finds it.
    sheet
        Sheet of a workbook; None takes the first visible one that has rows.
    scratch
        Folder for a copy of a large text file in another encoding than UTF-8; it is gone with the source.

    Raises
    ------
    SourceError
        When the source is missing, empty, damaged, of an unknown format, or in another encoding.
    UnknownNameError
        When the workbook has no such sheet.
    """
    if is_frame(path_or_frame):
        return FrameSource(path_or_frame)
    if not isinstance(path_or_frame, str | Path):
        raise SourceError("error.source.kind", kind=type(path_or_frame).__name__)
    path = Path(path_or_frame).expanduser()
    _look(path)
    suffix = path.suffix.lower()
    if suffix in _PARQUET:
        return ParquetSource(path)
    if suffix in _EXCEL:
        return ExcelSource(path, sheet=sheet)
    if suffix in _JSON:
        return JsonLinesSource(path, encoding=encoding)
    if suffix in _TEXT:
        return CsvSource(path, encoding=encoding, scratch=scratch)
    raise SourceError("error.source.format", path=str(path), suffix=suffix or "—", known=sorted(KNOWN))


def _look(path: Path) -> None:
    try:
        if path.is_dir():
            inside = sorted(p.name for p in path.iterdir() if p.suffix.lower() in KNOWN)[:_NEIGHBOURS]
            raise SourceError("error.source.directory", path=str(path), has=inside or ["—"])
        if not path.exists():
            folder = path.parent
            near = folder.iterdir() if folder.is_dir() else iter(())
            names = sorted(p.name for p in near if p.suffix.lower() in KNOWN)[:_NEIGHBOURS]
            raise SourceError("error.source.missing", path=str(path), has=names or ["—"])
        if path.stat().st_size == 0:
            raise SourceError("error.source.empty", path=str(path))
        with path.open("rb"):
            pass
    except OSError as error:
        raise SourceError("error.source.unreadable", path=str(path), why=error.strerror or str(error)) from error
