"""Uploaded files, each in a folder of its own below the workspace's ``uploads``; archives of definitions."""

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
from qunxiang.services.house import UPLOADS
from qunxiang.web.api.answers import required, safe_name
from qunxiang.workspace import Workspace

ARCHIVE_MB = 20


def save_upload(workspace: Workspace, upload: UploadFile, *, use_case: str = "load") -> str:
    """Keep an uploaded file for a use case and return its name, the ``source`` of a load job.

    Returns
    -------
    str
        ``uploads/<id>/<safe name>``, relative to the workspace's folder.

    Raises
    ------
    NotAllowedError
        When the actor may not call the use case.
    SourceError
        When the file is empty.
    StorageError
        When the disk refuses.
    """
    name = safe_name(upload.filename or "file")
    required(workspace, use_case, name)
    with _kept(workspace, name) as path, path.open("xb") as file:
        shutil.copyfileobj(upload.file, file, 1024 * 1024)
    relative = str(path.relative_to(workspace.settings.folder))
    if path.stat().st_size == 0:
        drop_upload(workspace, relative)
        raise SourceError("error.web.upload_empty", name=name)
    return relative


def save_uploads(workspace: Workspace, uploads: list[UploadFile]) -> str:
    """Keep uploaded files for one load and return their name, as :func:`save_upload` does; several become an archive.

    Raises
    ------
    NotAllowedError
        When the actor may not load.
    SourceError
        When a file is empty.
    StorageError
        When the disk refuses.
    """
    if len(uploads) == 1:
        return save_upload(workspace, uploads[0])
    required(workspace, "load", safe_name(uploads[0].filename or ""))
    with _kept(workspace, f"{len(uploads)}.zip") as path, zipfile.ZipFile(path, "x") as archive:
        for number, upload in enumerate(uploads, start=1):
            name = safe_name(upload.filename or "file")
            with archive.open(f"{number:03}/{name}", "w", force_zip64=True) as file:
                shutil.copyfileobj(upload.file, file, 1024 * 1024)
    return str(path.relative_to(workspace.settings.folder))


@contextmanager
def _kept(workspace: Workspace, name: str) -> Iterator[Path]:
    """Give where an upload is to lie; nothing of it is left when the disk refuses."""
    path = workspace.settings.folder / UPLOADS / uuid.uuid4().hex / name
    try:
        path.parent.mkdir(parents=True)
        yield path
    except OSError as error:
        shutil.rmtree(path.parent, ignore_errors=True)
        raise StorageError("error.file.unwritable", file=name, reason=error.strerror or "") from error


def drop_upload(workspace: Workspace, source: str) -> None:
    """Delete a file that :func:`save_upload` kept and that nobody will ask for again."""
    shutil.rmtree((workspace.settings.folder / source).parent, ignore_errors=True)


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
