"""Secrets in files, and what the operator of the machine allows by environment variables."""

from __future__ import annotations

import hashlib
import os
import uuid
from pathlib import Path

from qunxiang.errors import StorageError

HOSTS = "QUNXIANG_SOURCE_HOSTS"
FOLDERS = "QUNXIANG_SOURCE_FOLDERS"


class FolderSecrets:
    """Secrets of a workspace; see :class:`qunxiang.ports.databases.Secrets`.

    Parameters
    ----------
    folder
        Folder of the secrets' files; made when the first is kept.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def keep(self, key: str, secret: str) -> None:
        """Write a secret whole or not at all, readable by the owner alone at every moment."""
        unfinished = self._folder / f"{uuid.uuid4().hex}.part"
        try:
            self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            handle = os.open(unfinished, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600)
            with os.fdopen(handle, "w", encoding="utf-8") as file:
                file.write(secret)
                file.flush()
                os.fsync(file.fileno())
            unfinished.replace(self._path(key))
        except OSError as error:
            unfinished.unlink(missing_ok=True)
            raise StorageError("error.file.unwritable", file="secrets", reason=error.strerror or "") from error

    def find(self, key: str) -> str | None:
        """Return a kept secret; None when there is none."""
        try:
            return self._path(key).read_text("utf-8")
        except FileNotFoundError:
            return None
        except OSError as error:
            raise StorageError("error.file.unreadable_secret", reason=error.strerror or "") from error

    def forget(self, key: str) -> None:
        """Delete a secret's file."""
        self._path(key).unlink(missing_ok=True)

    def environment(self, variable: str) -> str | None:
        """Return what an environment variable holds."""
        return os.environ.get(variable)

    def allowed_hosts(self) -> frozenset[str]:
        """Return the hosts of QUNXIANG_SOURCE_HOSTS, separated by commas."""
        return frozenset(h.strip().lower() for h in os.environ.get(HOSTS, "").split(",") if h.strip())

    def allowed_folders(self) -> tuple[Path, ...]:
        """Return the folders of QUNXIANG_SOURCE_FOLDERS, separated as in PATH."""
        return tuple(Path(f).resolve() for f in os.environ.get(FOLDERS, "").split(os.pathsep) if f.strip())

    def _path(self, key: str) -> Path:
        # a hash, so that no key leaves the folder
        return self._folder / hashlib.sha256(key.encode("utf-8", "surrogatepass")).hexdigest()
