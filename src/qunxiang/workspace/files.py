"""Files appear whole or not at all."""

from __future__ import annotations

import os
import uuid
from pathlib import Path

from qunxiang.errors import StorageError


def written(path: Path, content: bytes) -> Path:
    """Write a file beside its place and put it there in one step.

    Raises
    ------
    StorageError
        When the disk refuses.
    """
    unfinished = path.with_name(f"{path.name}.{uuid.uuid4().hex}.part")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with unfinished.open("wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        unfinished.replace(path)
    except OSError as error:
        unfinished.unlink(missing_ok=True)
        raise StorageError("error.file.unwritable", file=str(path), reason=error.strerror or "") from error
    return path
