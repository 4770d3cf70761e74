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
from qunxiang.model.segmentation import DEFAULT_STEPS, FitMethod
from qunxiang.model.value import HorizonUnit, RepeatModelName
from qunxiang.ports.databases import DatabaseRows
from qunxiang.ports.documents import ReportFormat
from qunxiang.ports.state import Job
from qunxiang.services.house import UPLOADS, Progress
from qunxiang.services.jobs import EXPORTS
from qunxiang.services.past import Every
from qunxiang.workspace import Workspace
from qunxiang.workspace.sources import DatabaseQuestion


class _Arguments(BaseModel):
    """Arguments as the job stores them; unknown ones are refused."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class Load(_Arguments):
    """Arguments of ``load``."""

    table: str
    source: str | None = None
    database: DatabaseQuestion | None = None
    columns: dict[str, str] | None = None
    keep: str | list[str] | None = None
    types: dict[str, str] | None = None
    system: str | None = None
    reading: dict[str, Any] | None = None
    exact: bool = False
    use_saved: bool = True
    remember: bool = False
    sheet: str | None = None
    encoding: str | None = None
    dry_run: bool = False


class Nothing(_Arguments):
    """No arguments."""


class Refresh(_Arguments):
    """Arguments of ``refresh`` and ``check``."""

    as_of: date | None = None


class RefreshPast(_Arguments):
    """Arguments of ``refresh_past``."""

    first: date
    last: date | None = None
    every: Every = "month"


class Fit(_Arguments):
    """Arguments of ``segment.fit``."""

    name: str
    traits: list[str] | None = None
    method: FitMethod = "kmeans"
    n_segments: int | Literal["auto"] = "auto"
    weight: str | None = None
    steps: list[str] = Field(default_factory=lambda: list(DEFAULT_STEPS))
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


class SurveyLoad(_Arguments):
    """Arguments of ``survey.load``."""

    name: str
    source: str
    label: Label | None = None
    respondent: str | None = None
    weight: str | None = None
    person: str | None = None
    left_out: list[str] = Field(default_factory=list)
    texts: dict[str, str] | None = None
    held_on: date | None = None
    sheet: str | None = None
    encoding: str | None = None
    why: str = ""


class ScaleFit(_Arguments):
    """Arguments of ``scale.fit``."""

    name: str
    survey: str
    questions: list[str] | None = None
    n_factors: int | Literal["auto"] = "auto"
    kind: Literal["pearson", "polychoric"] = "polychoric"
    method: Literal["minres", "ml", "principal_axis"] = "minres"
    rotation: Literal["none", "varimax", "quartimax", "oblimin", "promax"] = "oblimin"
    scoring: Literal["regression", "bartlett", "mean"] = "regression"
    weighted: bool = True
    n_draws: int = Field(default=50, ge=5)
    seed: int = 0
    label: Label | None = None
    why: str = ""


class MarketDefine(_Arguments):
    """Arguments of ``market.define``."""

    name: str
    survey: str
    population: float
    question: str | None = None
    questions: list[str] | None = None
    n_segments: int | Literal["auto"] = "auto"
    money: str | None = None
    seed: int = 0
    label: Label | None = None
    why: str = ""


class MarketType(_Arguments):
    """Arguments of ``market.type``."""

    name: str
    questions: list[str] | None = None
    n_questions: int | None = None
    most_questions: int = 8
    seed: int = 0
    why: str = ""


class ValueFit(_Arguments):
    """Arguments of ``value.fit``."""

    model: RepeatModelName = "bg_nbd"
    horizon: float = 12.0
    unit: HorizonUnit = "month"
    discount_rate: float = 0.0
    as_of: date | None = None
    calibration_end: date | None = None
    why: str = ""


class Report(_Arguments):
    """Arguments of ``report``; the file is named after the segmentation and lies among the job's exports."""

    segmentation: str
    format: ReportFormat = "pdf"
    lang: Literal["zh", "en"] | None = None


class MarketReport(_Arguments):
    """Arguments of ``market.report``; the file is named after the market and lies among the job's exports."""

    name: str
    format: ReportFormat = "pdf"
    lang: Literal["zh", "en"] | None = None
    other: str | None = None
    years: float | None = None
    population: float | None = None
    panel: bool = False
    places: str | None = None
    customers: str | None = None
    seed: int = 0


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
    rest = arguments.model_dump(exclude={"table", "source", "database"})
    if (arguments.source is None) == (arguments.database is None):
        raise SettingError("error.job.arguments", use_case=job.use_case, wrong=["source", "database"])
    source: Path | DatabaseRows
    if arguments.database is not None:
        source = arguments.database.rows()
    else:
        source = readable_source(workspace.settings.folder, job, arguments.source or "")
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
    if not job.actor.at_the_machine and not path.is_relative_to((folder / UPLOADS).resolve()):
        raise SourceError("error.job.source")
    return path


def _resolve(workspace: Workspace, job: Job, arguments: Nothing, progress: Progress) -> dict[str, Any]:
    return _result(workspace.resolve(progress=progress))


def _refresh(workspace: Workspace, job: Job, arguments: Refresh, progress: Progress) -> dict[str, Any]:
    return _result(workspace.refresh(arguments.as_of, progress=progress))


def _check(workspace: Workspace, job: Job, arguments: Refresh, progress: Progress) -> dict[str, Any]:
    made = workspace.check(arguments.as_of, progress=progress)
    return {"run": made.run, "as_of": made.as_of.isoformat(), "passed": made.passed}


def _refresh_past(workspace: Workspace, job: Job, arguments: RefreshPast, progress: Progress) -> dict[str, Any]:
    return _result(workspace.refresh_past(**dict(arguments), progress=progress))


def _fit(workspace: Workspace, job: Job, arguments: Fit, progress: Progress) -> dict[str, Any]:
    return _result(workspace.segments.fit(**dict(arguments), progress=progress))


def _classify(workspace: Workspace, job: Job, arguments: Classify, progress: Progress) -> dict[str, Any]:
    return _result(workspace.segments.classify(**dict(arguments)))


def _build(workspace: Workspace, job: Job, arguments: Build, progress: Progress) -> dict[str, Any]:
    made = workspace.personas.build(arguments.name, segments=arguments.segments, progress=progress)
    return {"segmentation": arguments.name, "segments": [persona.segment for persona in made]}


def _report(workspace: Workspace, job: Job, arguments: Report, progress: Progress) -> dict[str, Any]:
    out = _export(workspace, job, arguments.segmentation, arguments.format)
    workspace.report(arguments.segmentation, out, lang=arguments.lang, progress=progress)
    return {"segmentation": arguments.segmentation, "format": arguments.format, "file": out.name}


def _export(workspace: Workspace, job: Job, name: str, format: str) -> Path:
    """Return where a job's file goes."""
    stem = re.sub(r"[^\w-]+", "_", name)[:60] or "report"
    return workspace.settings.folder / EXPORTS / job.id / f"{stem}.{format}"


def _market_report(workspace: Workspace, job: Job, arguments: MarketReport, progress: Progress) -> dict[str, Any]:
    rest = arguments.model_dump(exclude={"name", "format"})
    out = _export(workspace, job, arguments.name, arguments.format)
    workspace.market.report(arguments.name, out, **rest, progress=progress)
    return {"market": arguments.name, "format": arguments.format, "file": out.name}


def _survey(workspace: Workspace, job: Job, arguments: SurveyLoad, progress: Progress) -> dict[str, Any]:
    rest = dict(arguments)
    source = readable_source(workspace.settings.folder, job, rest.pop("source"))
    made = workspace.surveys.load(rest.pop("name"), source, **rest, progress=progress)
    return _result(made.answers.model_copy(update={"sample": ()}))


def _scale(workspace: Workspace, job: Job, arguments: ScaleFit, progress: Progress) -> dict[str, Any]:
    made = workspace.scales.fit(**dict(arguments), progress=progress)
    return {"scale": made.scale.id, "factors": len(made.scale.factors), "version": made.version}


def _market(workspace: Workspace, job: Job, arguments: MarketDefine, progress: Progress) -> dict[str, Any]:
    made = workspace.market.define(**dict(arguments), progress=progress)
    return {"market": made.market.id, "segments": len(made.market.segments), "version": made.version}


def _type(workspace: Workspace, job: Job, arguments: MarketType, progress: Progress) -> dict[str, Any]:
    made = workspace.market.type(**dict(arguments))
    return {"market": made.market.id, "questions": list(made.market.tool.questions) if made.market.tool else []}


def _value(workspace: Workspace, job: Job, arguments: ValueFit, progress: Progress) -> dict[str, Any]:
    made = workspace.value.fit(**dict(arguments), progress=progress)
    return {"model": made.value.model, "customers": made.value.evidence.customers, "version": made.version}


def _result(record: Any) -> dict[str, Any]:
    found: dict[str, Any] = to_jsonable_python(record, inf_nan_mode="null", fallback=to_json)
    return found


USE_CASES: dict[str, tuple[type[_Arguments], Callable[[Workspace, Job, Any, Progress], dict[str, Any]]]] = {
    "load": (Load, _load),
    "resolve": (Nothing, _resolve),
    "refresh": (Refresh, _refresh),
    "check": (Refresh, _check),
    "refresh_past": (RefreshPast, _refresh_past),
    "segment.fit": (Fit, _fit),
    "segment.classify": (Classify, _classify),
    "persona.build": (Build, _build),
    "report": (Report, _report),
    "survey.load": (SurveyLoad, _survey),
    "scale.fit": (ScaleFit, _scale),
    "market.define": (MarketDefine, _market),
    "market.type": (MarketType, _type),
    "market.report": (MarketReport, _market_report),
    "value.fit": (ValueFit, _value),
}
"""Use cases that run as jobs: the model of their arguments and the call."""
