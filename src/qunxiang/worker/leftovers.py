"""Files that jobs leave: uploads go when they are loaded; what is left of them and of results goes after a week."""

from __future__ import annotations

import re
import shutil
from contextlib import suppress
from datetime import datetime, timedelta
from pathlib import Path

from qunxiang.ports.state import Job
from qunxiang.services.house import UPLOADS
from qunxiang.services.jobs import EXPORTS

KEPT = timedelta(days=7)
"""How long an upload that was never loaded, or the files of a job, are kept."""

_ID = re.compile(r"[0-9a-f]{32}")


def drop_upload(folder: Path, job: Job) -> None:
    """Delete the uploaded file of a load job that is done; a dry run keeps it for the load that follows."""
    if job.use_case != "load" or job.arguments.get("dry_run"):
        return
    path = (folder / str(job.arguments.get("source", ""))).parent
    if path.parent.resolve() == (folder / UPLOADS).resolve():
        shutil.rmtree(path, ignore_errors=True)


def sweep(folder: Path, now: datetime) -> None:
    """Delete uploads and results of jobs that are older than :data:`KEPT` in the workspace's `folder`."""
    before = (now - KEPT).timestamp()
    for path in (*_old(folder / UPLOADS, before), *_old(folder / EXPORTS, before)):
        if _ID.fullmatch(path.name) and path.is_dir() and not path.is_symlink():
            shutil.rmtree(path, ignore_errors=True)  # what the disk refuses now, the next sweep tries again


def _old(folder: Path, before: float) -> list[Path]:
    found = []
    for path in folder.glob("*"):
        with suppress(FileNotFoundError):
            if path.lstat().st_mtime < before:
                found.append(path)
    return found
