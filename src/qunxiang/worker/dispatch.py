"""Which use cases run as jobs, how their arguments are read, and what their result looks like."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError
from pydantic_core import to_jsonable_python

from qunxiang.errors import SettingError, SourceError
from qunxiang.i18n import Label, to_json
from qunxiang.ports.state import Job
from qunxiang.services.house import Progress
from qunxiang.services.jobs import EXPORTS
from qunxiang.workspace import Workspace

UPLOADS = "uploads"
LOCAL_DOORS = ("python", "cli")
"""Doors through which somebody comes who can read the workspace's files anyway."""


class _Arguments(BaseModel):
    """Arguments as the job stores them; unknown ones are refused."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class Load(_Arguments):
    """Arguments of ``load``."""

    table: str
    source: str
    columns: dict[str, str] | None = None
    sheet: str | None = None
    encoding: str | None = None
    dry_run: bool = False


class Nothing(_Arguments):
    """No arguments."""


class Refresh(_Arguments):
    """Arguments of ``refresh``."""

    as_of: date | None = None


class Fit(_Arguments):
    """Arguments of ``segment.fit``."""

    name: str
    traits: list[str] | None = None
    method: Literal["kmeans"] = "kmeans"
    n_segments: int | Literal["auto"] = "auto"
    seed: int = 0
    n_pairs: int = Field(default=50, ge=2)
    n_restarts: int = Field(default=10, ge=1)
    label: Label | None = None
    why: str = ""


class Classify(_Arguments):
    """Arguments of ``segment.classify``."""

    scheme: str
    thresholds: dict[str, float] | None = None
    why: str = ""


class Build(_Arguments):
    """Arguments of ``persona.build``."""

    name: str
    segments: list[str] | None = None


class Report(_Arguments):
    """Arguments of ``report``; the file is named after the segmentation and lies among the job's exports."""

    segmentation: str
    format: Literal["pdf", "html", "xlsx"] = "pdf"
    lang: Literal["zh", "en"] | None = None


def perform(workspace: Workspace, job: Job, progress: Progress) -> dict[str, Any]:
    """Perform the use case of `job` and return its result as JSON.

    Raises
    ------
    SettingError
        When the arguments are not those of the use case, or it cannot run as a job.
    QunxiangError
        Whatever the use case raises.
    """
    if job.use_case not in USE_CASES:
        raise SettingError("error.job.use_case", name=job.use_case, known=sorted(USE_CASES))
    model, call = USE_CASES[job.use_case]
    try:
        arguments = model.model_validate(job.arguments)
    except ValidationError as error:
        wrong = [".".join(str(part) for part in item["loc"]) or "?" for item in error.errors()]
        raise SettingError("error.job.arguments", use_case=job.use_case, wrong=wrong) from error
    return call(workspace, job, arguments, progress)


def _load(workspace: Workspace, job: Job, arguments: Load, progress: Progress) -> dict[str, Any]:
    rest = arguments.model_dump(exclude={"table", "source"})
    source = readable_source(workspace.settings.folder, job, arguments.source)
    report = workspace.load(arguments.table, source, **rest, progress=progress)
    return _result(report.model_copy(update={"sample": ()}))  # rows of single customers do not stand in a job


def readable_source(folder: Path, job: Job, source: str) -> Path:
    """Return the file a load job may read.

    A job from a page or over REST reads uploads only: whoever asked cannot see the server's other files. Python and
    the command line ask for the owner, who can.

    Raises
    ------
    SourceError
        When a job from afar asks for another file.
    """
    path = (folder / source).resolve()
    if job.actor.via not in LOCAL_DOORS and not path.is_relative_to((folder / UPLOADS).resolve()):
        raise SourceError("error.job.source")
    return path


def _resolve(workspace: Workspace, job: Job, arguments: Nothing, progress: Progress) -> dict[str, Any]:
    return _result(workspace.resolve(progress=progress))


def _refresh(workspace: Workspace, job: Job, arguments: Refresh, progress: Progress) -> dict[str, Any]:
    return _result(workspace.refresh(arguments.as_of, progress=progress))


def _fit(workspace: Workspace, job: Job, arguments: Fit, progress: Progress) -> dict[str, Any]:
    return _result(workspace.segments.fit(**dict(arguments), progress=progress))


def _classify(workspace: Workspace, job: Job, arguments: Classify, progress: Progress) -> dict[str, Any]:
    return _result(workspace.segments.classify(**dict(arguments)))


def _build(workspace: Workspace, job: Job, arguments: Build, progress: Progress) -> dict[str, Any]:
    made = workspace.personas.build(arguments.name, segments=arguments.segments, progress=progress)
    return {"segmentation": arguments.name, "segments": [persona.segment for persona in made]}


def _report(workspace: Workspace, job: Job, arguments: Report, progress: Progress) -> dict[str, Any]:
    stem = re.sub(r"[^\w-]+", "_", arguments.segmentation)[:60] or "report"
    name = f"{stem}.{arguments.format}"
    out = workspace.settings.folder / EXPORTS / job.id / name
    workspace.report(arguments.segmentation, out, lang=arguments.lang, progress=progress)
    return {"segmentation": arguments.segmentation, "format": arguments.format, "file": name}


def _result(record: Any) -> dict[str, Any]:
    found: dict[str, Any] = to_jsonable_python(record, inf_nan_mode="null", fallback=to_json)
    return found


USE_CASES: dict[str, tuple[type[_Arguments], Callable[[Workspace, Job, Any, Progress], dict[str, Any]]]] = {
    "load": (Load, _load),
    "resolve": (Nothing, _resolve),
    "refresh": (Refresh, _refresh),
    "segment.fit": (Fit, _fit),
    "segment.classify": (Classify, _classify),
    "persona.build": (Build, _build),
    "report": (Report, _report),
}
"""Use cases that run as jobs: the model of their arguments and the call."""
