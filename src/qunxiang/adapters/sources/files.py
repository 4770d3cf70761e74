"""Reading a file once through: its fingerprint, and whether its text is in the encoding it is said to be in."""

from __future__ import annotations

import codecs
import hashlib
from collections.abc import Iterator
from pathlib import Path

from qunxiang.errors import SourceError

_CHUNK = 4 * 1024 * 1024
_MARKS = ((codecs.BOM_UTF8, "utf-8-sig"), (codecs.BOM_UTF16_LE, "utf-16"), (codecs.BOM_UTF16_BE, "utf-16"))


def fingerprint(path: Path) -> str:
    """Return the SHA-256 of a file's bytes."""
    digest = hashlib.sha256()
    for chunk in _chunks(path):
        digest.update(chunk)
    return digest.hexdigest()


def text_fingerprint(path: Path, encoding: str | None) -> tuple[str, str]:
    """Return a text file's fingerprint and the name of its codec, having decoded it once through.

    Raises
    ------
    SourceError
        When the encoding is unknown, or the file is not in it; says the first byte that is not.
    """
    codec = _codec(path, encoding)
    decoder = codecs.getincrementaldecoder(codec)()
    digest = hashlib.sha256()
    read = 0
    for chunk in _chunks(path):
        digest.update(chunk)
        pending = len(decoder.getstate()[0])
        try:
            decoder.decode(chunk)
        except UnicodeDecodeError as error:
            raise _wrong(path, codec, encoding, read - pending + error.start) from error
        read += len(chunk)
    try:
        decoder.decode(b"", final=True)
    except UnicodeDecodeError as error:
        raise _wrong(path, codec, encoding, max(0, read - len(error.object) + error.start)) from error
    return digest.hexdigest(), codec


def _codec(path: Path, encoding: str | None) -> str:
    with path.open("rb") as file:
        start = file.read(4)
    marked = next((codec for mark, codec in _MARKS if start.startswith(mark)), None)
    if encoding is None:
        return marked or "utf-8"
    try:
        name = codecs.lookup(encoding.strip()).name
    except LookupError:
        raise SourceError("error.source.unknown_encoding", path=str(path), encoding=encoding) from None
    if name in ("gbk", "gb2312", "hz"):
        return "gb18030"  # holds all of GBK, and the characters that GBK files carry beyond it
    return marked or name if name.startswith("utf") else name


def _wrong(path: Path, codec: str, said: str | None, position: int) -> SourceError:
    if codec.startswith("utf") and said is None:
        return SourceError("error.source.encoding", path=str(path), position=position, hint="gbk")
    hint = "utf-8" if not codec.startswith("utf") else "gbk"
    return SourceError(
        "error.source.encoding_said", path=str(path), encoding=said or codec, position=position, hint=hint
    )


def _chunks(path: Path) -> Iterator[bytes]:
    try:
        with path.open("rb") as file:
            while chunk := file.read(_CHUNK):
                yield chunk
    except OSError as error:
        raise SourceError("error.source.unreadable", path=str(path), why=error.strerror or str(error)) from error
