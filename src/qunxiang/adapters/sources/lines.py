"""Whether every line of a text file is one row whoever splits it, and which telling characters it has at all."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

import numpy as np

from qunxiang.errors import SourceError
from qunxiang.ports.source import MARKS, WIDE_MARK

CHUNK: Final = 512 * 1024  # is in the processor's cache for all who look at it in turn
_LONGEST: Final = 64 * 1024 * 1024
_LINE_END: Final = ord("\n")
_QUOTES: Final = ('"', "'")
_REFUSED: Final = ("\0", "\ufeff", "\ufffd")
_LEADS: Final = {"\u00a0": b"\xc2", "\u3000": b"\xe3", "\ufeff": b"\xef", "\ufffd": b"\xef"}
_FROM_F000: Final = b"\xef"


@dataclass
class Census:
    """Line ends and telling characters of UTF-8 text, given in pieces that end with a line each but the last."""

    lines: int = 0
    returns: int = 0
    paired: int = 0
    found: set[str] = field(default_factory=set)
    _open: bool = False  # the last line has no end

    def add(self, piece: bytes, *, first: bool = False) -> None:
        """Count a piece; a byte order mark at the beginning of the `first` is none of the text."""
        if first:
            piece = piece.removeprefix(b"\xef\xbb\xbf")
        if not piece:
            return
        self.lines += int(np.count_nonzero(np.frombuffer(piece, np.uint8) == _LINE_END))
        self._open = not piece.endswith(b"\n")
        if b"\r" in piece:
            self.returns += piece.count(b"\r")
            self.paired += piece.count(b"\r\n")
        for char in (*_QUOTES, *_REFUSED, *MARKS):
            if char not in self.found and _has(piece, char):
                self.found.add(char)

    def rows(self, quote: str) -> tuple[str, int] | None:
        """Return the line end and the number of lines; None where a line may be other than one row."""
        if quote in self.found or self.found.intersection(_REFUSED):
            return None
        if self.returns and not self.returns == self.paired == self.lines:
            return None
        return ("\r\n" if self.returns else "\n"), self.lines + self._open

    @property
    def marks(self) -> frozenset[str]:
        """Those of ``MARKS`` that occur."""
        return frozenset(self.found.intersection(MARKS))


def pieces(path: Path) -> Iterator[bytes]:
    """Give a file's bytes in pieces that end with a line, all but the last; very long lines are cut."""
    rest: list[bytes] = []
    for chunk in chunks(path):
        cut = chunk.rfind(b"\n") + 1
        if not cut and sum(map(len, rest)) + len(chunk) > _LONGEST:
            cut = len(chunk)
        if cut:
            yield b"".join((*rest, chunk[:cut]))
            rest.clear()
        if cut < len(chunk):
            rest.append(chunk[cut:])
    if rest:
        yield b"".join(rest)


def chunks(path: Path) -> Iterator[bytes]:
    """Give a file's bytes.

    Raises
    ------
    SourceError
        When the file cannot be read.
    """
    try:
        with path.open("rb") as file:
            while chunk := file.read(CHUNK):
                yield chunk
    except OSError as error:
        raise SourceError("error.source.unreadable", path=str(path), why=error.strerror or str(error)) from error


def _has(piece: bytes, char: str) -> bool:
    if char == WIDE_MARK:
        return _FROM_F000 in piece
    lead = _LEADS.get(char)  # one byte is found ten times as fast as three
    return (lead is None or lead in piece) and char.encode() in piece
