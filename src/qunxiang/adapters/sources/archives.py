"""Gzip files and ZIP archives, unpacked under names of our own within stated limits.

A name inside an archive is shown to people and tells the format; it never becomes a path.
"""

from __future__ import annotations

import gzip
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import IO, Any

from qunxiang.errors import QunxiangError, SourceError, StorageError

ARCHIVES = frozenset({".zip", ".gz"})
MOST_MEMBERS = 1_000
MOST_MEGABYTES = 4_000
MOST_TIMES = 250
"""How many times larger than its archive a file may become; files of customers come to thirty."""

_FREE = 64 * 1024 * 1024  # bytes that may come of anything
_PIECE = 1024 * 1024
_UTF8_NAME = 0x800


@dataclass(frozen=True)
class SourceFile:
    """A file to open: its name for people, its path, or why it cannot be had."""

    name: str
    path: Path
    error: QunxiangError | None = None


def unpacked(path: Path, folder: Path, known: frozenset[str]) -> Iterator[SourceFile]:
    """Unpack the files of known formats into `folder`, one by one as they are asked for.

    A member that cannot be unpacked is given with its error; those of other formats are left out.

    Raises
    ------
    SourceError
        When the archive itself is damaged or too large.
    """
    if path.suffix.lower() == ".gz":
        suffix = Path(path.stem).suffix.lower()
        if suffix not in known:
            raise SourceError("error.source.format", path=str(path), suffix=suffix or "—", known=sorted(known))
        yield _gunzipped(path, folder / f"0001{suffix}")
        return
    try:
        with zipfile.ZipFile(path) as archive:
            members = [item for item in archive.infolist() if not item.is_dir()]
            if len(members) > MOST_MEMBERS:
                raise SourceError("error.source.many_members", path=str(path), most=MOST_MEMBERS)
            yield from _members(archive, members, path, folder, known)
    except (zipfile.BadZipFile, OSError) as error:
        raise SourceError("error.source.damaged", path=str(path), format="ZIP", why=str(error)[:200]) from error


def _members(
    archive: zipfile.ZipFile, members: list[zipfile.ZipInfo], path: Path, folder: Path, known: frozenset[str]
) -> Iterator[SourceFile]:
    left = MOST_MEGABYTES * 1024 * 1024
    for number, item in enumerate(members, start=1):
        name = _shown(item)
        suffix = PurePosixPath(name).suffix.lower()
        shown = f"{path.name}/{name}"
        if name.startswith(".") or "__MACOSX" in item.filename or suffix not in known | ARCHIVES:
            continue
        if suffix in ARCHIVES:
            yield SourceFile(shown, path, SourceError("error.source.nested", path=shown))
            continue
        target = folder / f"{number:04}{suffix}"
        try:
            item.file_size = 1 << 62  # read to the true end, whatever size it claims
            limit = min(left, max(_FREE, item.compress_size * MOST_TIMES))
            with archive.open(item) as packed:
                left -= _copied(packed, target, limit, shown)
        except QunxiangError as error:
            yield SourceFile(shown, path, error)
        except RuntimeError as error:  # also methods that are not implemented
            encrypted = bool(item.flag_bits & 1)
            code = "error.source.archive_password" if encrypted else "error.source.damaged"
            params = {} if encrypted else {"format": "ZIP", "why": str(error)[:200]}
            yield SourceFile(shown, path, SourceError(code, path=shown, **params))
        except (zipfile.BadZipFile, zlib.error, EOFError) as error:
            why = str(error)[:200]
            yield SourceFile(shown, path, SourceError("error.source.damaged", path=shown, format="ZIP", why=why))
        else:
            yield SourceFile(shown, target)
            target.unlink(missing_ok=True)


def _gunzipped(path: Path, target: Path) -> SourceFile:
    try:
        limit = min(MOST_MEGABYTES * 1024 * 1024, max(_FREE, path.stat().st_size * MOST_TIMES))
        with gzip.open(path) as packed:
            _copied(packed, target, limit, path.name)
    except QunxiangError as error:
        return SourceFile(path.name, path, error)
    except (EOFError, gzip.BadGzipFile, zlib.error) as error:
        why = str(error)[:200]
        return SourceFile(path.name, path, SourceError("error.source.damaged", path=str(path), format="gzip", why=why))
    return SourceFile(path.name, target)


def _copied(packed: IO[bytes] | Any, target: Path, limit: int, shown: str) -> int:
    """Write a member to `target` and return its bytes; nothing is left of one that is too large."""
    written = 0
    try:
        with target.open("xb") as file:
            while piece := packed.read(_PIECE):
                written += len(piece)
                if written > limit:
                    raise SourceError("error.source.unpacks_too_large", path=shown, megabytes=limit // 1024 // 1024)
                _write(file, piece, target.parent)
    except BaseException:
        target.unlink(missing_ok=True)
        raise
    return written


def _write(file: IO[bytes], piece: bytes, folder: Path) -> None:
    try:
        file.write(piece)
    except OSError as error:
        why = error.strerror or str(error)
        raise StorageError("error.source.scratch", folder=str(folder), why=why) from error


def _shown(item: zipfile.ZipInfo) -> str:
    """Return a member's bare name for people; names of old Chinese archives are in GBK."""
    name = item.filename
    if not item.flag_bits & _UTF8_NAME and not name.isascii():
        with suppress(UnicodeError):
            name = name.encode("cp437").decode("gb18030")
    bare = PurePosixPath(name.replace("\\", "/")).name
    return "".join(char for char in bare if char.isprintable())[:120] or "—"
