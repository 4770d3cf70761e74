"""Reading a file once through: its fingerprint, and the encoding its text is in.

Encodings are found by strict attempts over the whole file in a stated order, not by guessing from a part: a byte order
mark; NUL bytes in every second place (UTF-16 without a mark); UTF-8; then GB18030 and Big5, which hold one another's
bytes, so that the one whose text is made of common characters is taken. When no encoding holds for every byte, the one
that most lines are in is taken, and the bytes that are not in it arrive as U+FFFD in their cells.
"""

from __future__ import annotations

import codecs
import hashlib
import io
import time
import uuid
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import ExitStack, suppress
from dataclasses import dataclass
from functools import lru_cache
from itertools import chain, repeat
from pathlib import Path
from typing import Any, Final

import numpy as np
import pyarrow as pa

from qunxiang.adapters.sources.lines import CHUNK, Census, chunks, pieces
from qunxiang.errors import SourceError

LOST: Final = "\ufffd"
_SAMPLE = 256 * 1024
_AHEAD = 4  # pieces that may wait for another thread
_LEAST_COPY = 4 * 1024 * 1024
_LEFT_SECONDS = 24 * 3600
_UTF8 = frozenset({"utf-8", "utf-8-sig"})
_MARKS = ((codecs.BOM_UTF8, "utf-8-sig"), (codecs.BOM_UTF16_LE, "utf-16"), (codecs.BOM_UTF16_BE, "utf-16"))
_NO_CHARACTER_SETS = ("idna", "punycode", "raw-unicode-escape", "undefined", "unicode-escape")
_LEGACY = ("gb18030", "big5hkscs")
_PLAUSIBLE = 0.5  # of the non-ASCII characters are common ones, else the encoding is not believed
_ONE_SIDED = 0.02  # of the bytes on one side are NUL in UTF-16, if only for its delimiters and line ends


@dataclass(frozen=True)
class TextForm:
    """A text file's fingerprint and codec; `whole` is false when some bytes are not in that codec.

    `census` is what its lines are like where it is UTF-8, or was written again as UTF-8 into `copy`.
    """

    fingerprint: str
    codec: str
    whole: bool = True
    census: Census | None = None
    copy: Path | None = None


def fingerprint(path: Path) -> str:
    """Return the SHA-256 of a file's bytes."""
    digest = hashlib.sha256()
    for chunk in chunks(path):
        digest.update(chunk)
    return digest.hexdigest()


def text_form(path: Path, encoding: str | None, scratch: Path | None = None) -> TextForm:
    """Return a text file's fingerprint and codec, having decoded it once through.

    Parameters
    ----------
    scratch
        Where a large file in GB18030 or Big5 is written as UTF-8 while it is decoded, so that this is done once; who
        asked deletes the copy.

    Raises
    ------
    SourceError
        When the encoding is unknown, the file is not in the one said, or none can be told; says the first byte at
        fault.
    """
    codec = _codec(path, encoding)
    if codec in _UTF8:
        form = _utf8_form(path, codec)
        if form is not None:
            return form
    if codec in _LEGACY:
        form = _legacy_form(path, codec, scratch)
        if form is not None:
            return form
    if encoding is not None or codec not in _UTF8:
        digest = hashlib.sha256()
        position = _first_fault(path, codec, digest)
        if position is None:
            return TextForm(digest.hexdigest(), codec)
        if encoding is not None:
            raise _wrong(path, codec, encoding, position)
        return TextForm(digest.hexdigest(), codec, whole=False)
    position = _first_fault(path, codec, None) or 0
    sample = _sample(path, position)
    if _lines_in(sample, "utf-8") >= 0.5:
        return TextForm(fingerprint(path), codec, whole=False)
    scores = {c: plausibility(sample, c) for c in _LEGACY}
    likely = sorted(scores, key=lambda c: scores[c], reverse=True)
    for legacy in likely:
        if scores[legacy] < _PLAUSIBLE:
            break
        form = _legacy_form(path, legacy, scratch)
        if form is not None:
            return form
    if scores[likely[0]] < _PLAUSIBLE or _whole_elsewhere(path, likely, scores):
        raise SourceError("error.source.encoding", path=str(path), position=position, hint="gbk")
    return TextForm(fingerprint(path), likely[0], whole=False)


def _whole_elsewhere(path: Path, codecs_: list[str], scores: dict[str, float]) -> bool:
    """Say whether a codec in whose characters a file makes no sense holds for every byte of it all the same."""
    return any(scores[c] < _PLAUSIBLE and _first_fault(path, c, None) is None for c in codecs_)


def _legacy_form(path: Path, codec: str, scratch: Path | None) -> TextForm | None:
    """Return the form of a file that is in `codec` from end to end, None of another."""
    copy = _copy_of(path, scratch)
    digest, census = hashlib.sha256(), Census()
    try:
        with ExitStack() as stack:
            file = None if copy is None else stack.enter_context(copy.open("wb"))
            # no character of these codecs holds a line end, so each piece can be decoded by itself
            texts = (piece.decode(codec).encode() for piece in _beside(digest.update, pieces(path)))
            for text in _beside(census.add, texts):
                if file is not None:
                    file.write(text)
    except UnicodeDecodeError:
        remove(copy)
        return None
    except OSError:  # the disk has no place for a copy; the file itself is read each time then
        remove(copy)
        return _legacy_form(path, codec, None) if copy is not None else None
    except BaseException:
        remove(copy)
        raise
    return TextForm(digest.hexdigest(), codec, census=None if copy is None else census, copy=copy)


def _copy_of(path: Path, scratch: Path | None) -> Path | None:
    """Return where a copy is to be written; copies that were left by a killed process are deleted."""
    if scratch is None or path.stat().st_size < _LEAST_COPY:
        return None
    try:
        scratch.mkdir(parents=True, exist_ok=True)
        for left in scratch.glob("utf8-*"):
            if left.stat().st_mtime < time.time() - _LEFT_SECONDS:
                remove(left)
    except OSError:
        return None
    return scratch / f"utf8-{uuid.uuid4().hex}.csv"


def remove(copy: Path | None) -> None:
    """Delete a copy if there is one."""
    if copy is not None:
        with suppress(OSError):
            copy.unlink(missing_ok=True)


def _utf8_form(path: Path, codec: str) -> TextForm | None:
    """Return the form of a file that is UTF-8 from end to end, None of another; its digest is made beside."""
    digest, census = hashlib.sha256(), Census()
    first = chain([True], repeat(False))
    read = _beside(digest.update, pieces(path))
    for piece in _beside(lambda p: census.add(p, first=next(first)), read):
        if not _is_utf8(piece):
            return None
    return TextForm(digest.hexdigest(), codec, census=census)


def _beside(work: Callable[[bytes], None], given: Iterable[bytes]) -> Iterator[bytes]:
    """Give pieces on while another thread works on each, in order; all work is done at the end."""
    with ThreadPoolExecutor(1, thread_name_prefix="beside") as pool:
        waiting: deque[Future[None]] = deque()
        for piece in given:
            waiting.append(pool.submit(work, piece))
            yield piece
            if len(waiting) > _AHEAD:
                waiting.popleft().result()
        for future in waiting:
            future.result()


def _is_utf8(data: bytes) -> bool:
    """Say whether bytes are UTF-8, at four times the speed of decoding them."""
    ends = np.array([0, len(data)], dtype=np.int64)
    text = pa.LargeStringArray.from_buffers(1, pa.py_buffer(ends), pa.py_buffer(data))
    try:
        text.validate(full=True)
    except pa.ArrowInvalid:
        return False
    return True


def utf8_stream(path: Path, form: TextForm, skip: int = 0) -> io.RawIOBase:
    """Open a text file as UTF-8 bytes, the first `skip` characters (and a byte order mark) left out."""
    return _Utf8(path, form.codec, "strict" if form.whole else "replace", skip)


class _Utf8(io.RawIOBase):
    """Text of a file, decoded chunk by chunk and given as UTF-8."""

    def __init__(self, path: Path, codec: str, errors: str, skip: int) -> None:
        self._file = path.open("rb")
        self._decoder = codecs.getincrementaldecoder(codec)(errors)
        self._skip = skip
        self._ready = memoryview(b"")
        self._done = False

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        while not self._ready and not self._done:
            chunk = self._file.read(CHUNK)
            self._done = not chunk
            text = self._decoder.decode(chunk, final=self._done)
            skipped = min(self._skip, len(text))
            self._skip -= skipped
            self._ready = memoryview(text[skipped:].encode("utf-8", "replace"))
        given = min(len(buffer), len(self._ready))
        buffer[:given] = self._ready[:given]
        self._ready = self._ready[given:]
        return given

    def close(self) -> None:
        self._file.close()
        super().close()


def plausibility(data: bytes, codec: str) -> float:
    """Return the share of common Chinese characters and punctuation among the characters that are not ASCII."""
    strange = [c for c in data.decode(codec, "replace") if c > "\x7f"]
    return sum(c in _common(codec) for c in strange) / len(strange) if strange else 1.0


@lru_cache(maxsize=2)
def _common(codec: str) -> frozenset[str]:
    """Characters of a codec's first plane: those in frequent use, and its punctuation."""
    gb = codec == "gb18030"
    leads = (*range(0xA1, 0xA4), *(range(0xB0, 0xD8) if gb else range(0xA4, 0xC7)))
    trails = range(0xA1, 0xFF) if gb else (*range(0x40, 0x7F), *range(0xA1, 0xFF))
    plane = (bytes((lead, trail)).decode(codec, "ignore") for lead in leads for trail in trails)
    return frozenset(char for char in plane if len(char) == 1)


def _lines_in(data: bytes, codec: str) -> float:
    """Return the share of lines that are in a codec, of those that are not plain ASCII."""
    lines = [line for line in data.splitlines()[1:-1] or data.splitlines() if not line.isascii()]
    return sum(_is_in(line, codec) for line in lines) / len(lines) if lines else 0.0


def _is_in(line: bytes, codec: str) -> bool:
    try:
        line.decode(codec)
    except UnicodeDecodeError:
        return False
    return True


def _sample(path: Path, position: int) -> bytes:
    """Return the head of a file and what lies around a place in it."""
    with path.open("rb") as file:
        head = file.read(_SAMPLE)
        around = max(len(head), position - _SAMPLE // 2)
        file.seek(around)
        return head + file.read(_SAMPLE)


def _first_fault(path: Path, codec: str, digest: Any) -> int | None:
    """Return the first byte that is not in the codec, having given every byte to the digest."""
    decoder = codecs.getincrementaldecoder(codec)()
    read = 0
    fault: int | None = None
    for chunk in chunks(path):
        if digest is not None:
            digest.update(chunk)
        if fault is None:
            pending = len(decoder.getstate()[0])
            try:
                decoder.decode(chunk)
            except UnicodeDecodeError as error:
                fault = read - pending + error.start
                if digest is None:
                    return fault
        read += len(chunk)
    if fault is None:
        try:
            decoder.decode(b"", final=True)
        except UnicodeDecodeError as error:
            fault = max(0, read - len(error.object) + error.start)
    return fault


def _codec(path: Path, encoding: str | None) -> str:
    with path.open("rb") as file:
        start = file.read(4096)
    marked = next((codec for mark, codec in _MARKS if start.startswith(mark)), None)
    if encoding is None:
        return marked or _unmarked_utf16(start) or "utf-8"
    try:
        found = codecs.lookup(encoding.strip())
    except (LookupError, ValueError):
        found = None
    # Python calls compression and escapes encodings too
    if found is None or not found._is_text_encoding or found.name in _NO_CHARACTER_SETS:
        raise SourceError("error.source.unknown_encoding", path=str(path), encoding=encoding[:40])
    name = found.name
    if name in ("gbk", "gb2312", "hz"):
        return "gb18030"  # holds all of GBK, and the characters that GBK files carry beyond it
    return marked or name if name.startswith("utf") else name


def _unmarked_utf16(start: bytes) -> str | None:
    start = start[: len(start) // 2 * 2]
    low, high = start[0::2].count(0), start[1::2].count(0)
    for codec, nul, other in (("utf-16-le", high, low), ("utf-16-be", low, high)):
        if nul * 2 >= len(start) * _ONE_SIDED and other * 4 < nul and "\n" in start.decode(codec, "replace"):
            return codec
    return None


def _wrong(path: Path, codec: str, said: str, position: int) -> SourceError:
    hint = "utf-8" if not codec.startswith("utf") else "gbk"
    return SourceError("error.source.encoding_said", path=str(path), encoding=said, position=position, hint=hint)
