"""What a workbook's package says before its cells are read: that it is of a sane size, its day count, its error cells.

A sheet of two cells a million rows apart takes as much memory as a full one, and a package of a few megabytes may
unpack to gigabytes; both are found by passing over the package once, unpacking piece by piece. The reader of cells
gives error cells as empty, so their words are found here too.
"""

from __future__ import annotations

import re
import zipfile
import zlib
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from qunxiang.errors import SourceError

MOST_CELLS = 30_000_000
MOST_MEGABYTES = 2_000
_PIECE = 1024 * 1024
_OVERLAP = 4_096
_PLACE = re.compile(rb'<(?:\w+:)?c r="([A-Z]{1,3})(\d{1,7})"')
_ERROR = re.compile(
    rb'<(?:\w+:)?c r="([A-Z]{1,3})(\d{1,7})"[^>]{0,80}\st="e"[^>]{0,80}>'
    rb"(?:<(?:\w+:)?f[^>]{0,200}/>|<(?:\w+:)?f[^>]{0,200}>[^<]{0,3000}</(?:\w+:)?f>)?<(?:\w+:)?v>(#[^<]{1,30})<"
)
_1904 = re.compile(rb'date1904="(?:1|true)"')


@dataclass
class PackageFacts:
    """The year days are counted from, and the words of error cells by sheet file, row and column (from 0)."""

    date_system: int = 1900
    errors: dict[str, dict[tuple[int, int], str]] = field(default_factory=dict)


def package_facts(path: Path) -> PackageFacts:
    """Pass over a workbook's package; a file that is none (the older format) is judged by its size alone.

    Raises
    ------
    SourceError
        When it unpacks to more than :data:`MOST_MEGABYTES`, a sheet spans more than :data:`MOST_CELLS`, or it is
        damaged.
    """
    facts = PackageFacts()
    if not zipfile.is_zipfile(path):
        return facts
    unpacked = 0
    try:
        with zipfile.ZipFile(path) as package:
            for item in package.infolist():
                sheet = item.filename.startswith("xl/worksheets/") and item.filename.endswith(".xml")
                rows = columns = 0
                for piece in _pieces(package, item):
                    unpacked += len(piece) - min(_OVERLAP, len(piece))
                    if unpacked > MOST_MEGABYTES * 1024 * 1024:
                        raise SourceError("error.source.unpacks_too_large", path=str(path), megabytes=MOST_MEGABYTES)
                    if sheet:
                        for column, row in _PLACE.findall(piece):
                            rows, columns = max(rows, int(row)), max(columns, _number(column))
                        for column, row, word in _ERROR.findall(piece):
                            place = (int(row) - 1, _number(column) - 1)
                            facts.errors.setdefault(item.filename, {})[place] = word.decode("ascii", "replace")
                    elif item.filename == "xl/workbook.xml" and _1904.search(piece):
                        facts.date_system = 1904
                if rows * columns > MOST_CELLS:
                    raise SourceError("error.source.sheet_too_large", path=str(path), cells=MOST_CELLS)
    except (zipfile.BadZipFile, zlib.error, EOFError, OSError, NotImplementedError, RuntimeError) as error:
        why = str(error)[:200] or type(error).__name__
        raise SourceError("error.source.damaged", path=str(path), format="Excel", why=why) from error
    return facts


def _pieces(package: zipfile.ZipFile, item: zipfile.ZipInfo) -> Iterator[bytes]:
    """Give a member piece by piece, each with the end of the one before; to its true end, whatever size it claims."""
    item.file_size = 1 << 62
    tail = b""
    with package.open(item) as file:
        while piece := file.read(_PIECE):
            yield tail + piece
            tail = piece[-_OVERLAP:]


def _number(letters: bytes) -> int:
    number = 0
    for letter in letters:
        number = number * 26 + letter - 64
    return number
