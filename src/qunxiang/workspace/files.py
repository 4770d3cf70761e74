"""Files appear whole or not at all."""

from __future__ import annotations

from pathlib import Path

from qunxiang.errors import StorageError


def written(path: Path, content: bytes) -> Path:
    """Write a file beside its place and put it there in one step.

    Raises
    ------
    StorageError
        When the disk refuses.
    """
    unfinished = path.with_name(path.name + ".part")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        unfinished.write_bytes(content)
        unfinished.replace(path)
    except OSError as error:
        unfinished.unlink(missing_ok=True)
        raise StorageError("error.file.unwritable", file=str(path), reason=error.strerror or "") from error
    return path
