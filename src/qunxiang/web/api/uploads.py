"""Uploaded files: kept below the workspace's ``uploads`` under a name of our own; archives of definitions."""

from __future__ import annotations

import shutil
import uuid
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path, PurePosixPath
from tempfile import TemporaryDirectory

from fastapi import UploadFile

from qunxiang.errors import SettingError, SourceError, StorageError
from qunxiang.web.api.answers import required, safe_name
from qunxiang.workspace import Workspace

FOLDER = "uploads"
ARCHIVE_MB = 20


def save_upload(workspace: Workspace, upload: UploadFile) -> str:
    """Keep an uploaded file for a load and return its name, the ``source`` of a load job.

    Returns
    -------
    str
        ``uploads/<id>-<safe name>``, relative to the workspace's folder.

    Raises
    ------
    NotAllowedError
        When the actor may not load.
    SourceError
        When the file is empty.
    StorageError
        When the disk refuses.
    """
    required(workspace, "load", safe_name(upload.filename or ""))
    name = safe_name(upload.filename or "file")
    relative = f"{FOLDER}/{uuid.uuid4().hex}-{name}"
    path = workspace.settings.folder / relative
    try:
        path.parent.mkdir(exist_ok=True)
        with path.open("xb") as file:
            shutil.copyfileobj(upload.file, file, 1024 * 1024)
    except OSError as error:
        path.unlink(missing_ok=True)
        raise StorageError("error.file.unwritable", file=name, reason=error.strerror or "") from error
    if path.stat().st_size == 0:
        path.unlink()
        raise SourceError("error.web.upload_empty", name=name)
    return relative


def drop_upload(workspace: Workspace, source: str) -> None:
    """Delete a file that :func:`save_upload` kept and that nobody will ask for again."""
    (workspace.settings.folder / source).unlink(missing_ok=True)


@contextmanager
def scratch_folder(workspace: Workspace) -> Iterator[Path]:
    """Give a folder that is gone afterwards."""
    workspace.settings.scratch.mkdir(exist_ok=True)
    with TemporaryDirectory(dir=workspace.settings.scratch, prefix="rest-") as folder:
        yield Path(folder)


@contextmanager
def unpacked(workspace: Workspace, upload: UploadFile) -> Iterator[Path]:
    """Give the YAML files of an uploaded ZIP archive as a folder.

    Raises
    ------
    SettingError
        When the file is no archive, or holds more than :data:`ARCHIVE_MB` megabytes.
    """
    with scratch_folder(workspace) as folder:
        try:
            with zipfile.ZipFile(upload.file) as archive:
                inside = [i for i in archive.infolist() if i.filename.endswith(".yaml") and not i.is_dir()]
                if sum(i.file_size for i in inside) > ARCHIVE_MB * 1024 * 1024 or len(inside) > 10_000:
                    raise SettingError("error.web.archive", megabytes=ARCHIVE_MB)
                for number, item in enumerate(inside):
                    # the documents name themselves, so that names in the archive decide no path
                    (folder / f"{number:05}-{safe_name(PurePosixPath(item.filename).name)}").write_bytes(
                        archive.read(item)
                    )
        except (zipfile.BadZipFile, RuntimeError, NotImplementedError) as error:
            raise SettingError("error.web.archive", megabytes=ARCHIVE_MB) from error
        yield folder
