"""REST of surveys, scales and markets."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Any, Literal

from fastapi import APIRouter, File, Form, Query, Request, UploadFile
from pydantic import Field
from starlette.responses import Response

from qunxiang.i18n import Label
from qunxiang.intake import LoadReport
from qunxiang.model import Survey
from qunxiang.model.survey import QuestionKind
from qunxiang.ports.documents import ReportFormat
from qunxiang.ports.state import Job
from qunxiang.services.market import MarketGrowth, MarketState, MarketView
from qunxiang.services.market_placing import Placing
from qunxiang.services.scales import ScaleState
from qunxiang.services.survey_map import SurveyMap
from qunxiang.services.surveys import SurveyReport, SurveyState, SurveyView
from qunxiang.surveys import SurveyLayout
from qunxiang.web.api.answers import (
    Body,
    Limit,
    Offset,
    Rows,
    Wait,
    answer,
    at_once,
    content_answer,
    frame_answer,
    long_work,
    queued,
    required,
)
from qunxiang.web.api.data import mapping
from qunxiang.web.api.uploads import drop_upload, save_upload, scratch_folder
from qunxiang.web.auth import RestWorkspace

router = APIRouter(tags=["surveys"])
Wide = Annotated[UploadFile, File(description="A wide survey: one row per respondent, one column per question.")]
Named = Annotated[str | None, Form(description="Column, where its name does not say what it is.")]


class ChangedQuestion(Body):
    """What changes of a question; fields left out stay. `levels` are the answers from low to high."""

    text: str | None = None
    kind: QuestionKind | None = None
    levels: list[str] | None = None
    why: str = ""


class ScaleFit(Body):
    """How to fit a scale; `questions` left out take the largest grid of ordered items."""

    survey: str
    questions: list[str] | None = None
    n_factors: Annotated[int, Field(ge=1, le=20)] | Literal["auto"] = "auto"
    kind: Literal["pearson", "polychoric"] = "polychoric"
    method: Literal["minres", "ml", "principal_axis"] = "minres"
    rotation: Literal["none", "varimax", "quartimax", "oblimin", "promax"] = "oblimin"
    scoring: Literal["regression", "bartlett", "mean"] = "regression"
    weighted: bool = True
    n_draws: int = Field(default=50, ge=5, le=1000)
    seed: int = Field(default=0, ge=0)
    label: Label | None = None
    why: str = ""


class FactorName(Body):
    """The name of a factor; left out, the suggested one is confirmed."""

    label: Label | None = None
    why: str = ""


class NewMarket(Body):
    """How a survey's people are divided: by the answers to `question`, or by clustering `questions`."""

    survey: str
    population: float = Field(gt=0)
    question: str | None = None
    questions: list[str] | None = None
    n_segments: Annotated[int, Field(ge=2, le=12)] | Literal["auto"] = "auto"
    money: str | None = None
    seed: int = Field(default=0, ge=0)
    label: Label | None = None
    why: str = ""


class Margins(Body):
    """Known people or shares by question and answer; empty takes calibration away."""

    margins: dict[str, dict[str, float]]
    bounds: tuple[float, float] | None = None
    why: str = ""


class NewTool(Body):
    """Questions to choose from, and how many to take."""

    questions: list[str] | None = None
    n_questions: int | None = Field(default=None, ge=1, le=20)
    most_questions: int = Field(default=8, ge=1, le=20)
    seed: int = Field(default=0, ge=0)
    why: str = ""


class NewMarketReport(Body):
    """How to write the report: the other wave that growth is told from, and who own customers are."""

    format: ReportFormat = "pdf"
    lang: Literal["zh", "en"] | None = None
    other: str | None = None
    years: float | None = None
    population: float | None = Field(default=None, gt=0)
    panel: bool = False
    places: str | None = None
    customers: str | None = None
    seed: int = Field(default=0, ge=0)


class NewPlacing(Body):
    """A survey of own customers to place, and the name of the segmentation."""

    survey: str
    segmentation: str | None = None
    label: Label | None = None
    why: str = ""


class SegmentName(Body):
    """The name of a segment of a market."""

    label: Label
    why: str = ""


@router.get("/surveys", operation_id="survey.list", response_model=list[SurveyState])
def surveys(workspace: RestWorkspace) -> Response:
    """Every survey."""
    return answer(workspace.surveys.list())


@router.post("/survey-looks", operation_id="survey.look", response_model=SurveyLayout)
def look(workspace: RestWorkspace, file: Wide, respondent: Named = None, weight: Named = None) -> Response:
    """What the columns of a wide survey file are, without loading it."""
    source = save_upload(workspace, file, use_case="survey.look")
    try:
        path = workspace.settings.folder / source
        return answer(workspace.surveys.look(path, respondent=respondent, weight=weight))
    finally:
        drop_upload(workspace, source)


@router.post("/surveys/{name}/loads", operation_id="survey.load", response_model=SurveyReport | Job)
def load(
    workspace: RestWorkspace,
    name: str,
    file: Wide,
    respondent: Named = None,
    weight: Named = None,
    person: Annotated[str | None, Form(description="Column with the customer id.")] = None,
    left_out: Annotated[list[str] | None, Form(description="Columns that are no questions.")] = None,
    texts: Annotated[str, Form(description='Wording by column: {"q1": "How often …?"}')] = "",
    held_on: Annotated[date | None, Form(description="Day the wave stands for.")] = None,
    strata: Annotated[str | None, Form(description="Column of parts that were sampled apart from each other.")] = None,
    clusters: Annotated[str | None, Form(description="Column of what was drawn at once, such as a household.")] = None,
    wait: Wait = False,
) -> Response:
    """Load a wide survey file."""
    wording = mapping(texts, "texts")
    source = save_upload(workspace, file, use_case="survey.load")
    how: dict[str, Any] = {"respondent": respondent, "weight": weight, "person": person, "held_on": held_on}
    how |= {"left_out": left_out or [], "texts": wording, "strata": strata, "clusters": clusters}
    if at_once(workspace, wait):
        try:
            return answer(workspace.surveys.load(name, workspace.settings.folder / source, **how))
        finally:
            drop_upload(workspace, source)
    how["held_on"] = None if held_on is None else held_on.isoformat()
    given = {key: value for key, value in how.items() if value}
    job = queued(workspace, "survey.load", name=name, source=source, **given)
    return answer(job, 202, {"Location": f"/api/v1/jobs/{job.id}"})


@router.get("/surveys/{name}", operation_id="survey.show", response_model=SurveyView)
def show(workspace: RestWorkspace, name: str) -> Response:
    """Shares of every answer, unweighted and weighted, with intervals."""
    return answer(workspace.surveys.show(name))


@router.get("/surveys/{name}/map", operation_id="survey.map", response_model=SurveyMap)
def survey_map(
    workspace: RestWorkspace,
    name: str,
    question: Annotated[list[str] | None, Query(max_length=20, description="two to twelve questions")] = None,
    weighted: bool = True,
) -> Response:
    """Which answers go together: multiple correspondence analysis."""
    return answer(workspace.surveys.map(name, questions=question, weighted=weighted))


@router.put("/surveys/{name}/questions/{question}", operation_id="survey.change", response_model=Survey)
def change(workspace: RestWorkspace, name: str, question: str, body: ChangedQuestion) -> Response:
    """Correct a question's wording, kind, or order of answers."""
    return answer(workspace.surveys.change(name, question, **dict(body)))


@router.get("/scales", operation_id="scale.list", response_model=list[ScaleState], tags=["scales"])
def scales(workspace: RestWorkspace) -> Response:
    """Every scale."""
    return answer(workspace.scales.list())


@router.get("/scales/{name}", operation_id="scale.show", response_model=ScaleState, tags=["scales"])
def scale(workspace: RestWorkspace, name: str) -> Response:
    """A scale with its evidence."""
    return answer(workspace.scales.show(name))


@router.post("/scales/{name}/fit", operation_id="scale.fit", response_model=ScaleState | Job, tags=["scales"])
def fit(workspace: RestWorkspace, name: str, body: ScaleFit, wait: Wait = False) -> Response:
    """Fit a scale to survey items."""
    how = dict(body)
    arguments = {"name": name, **body.model_dump(mode="json")}
    return long_work(
        workspace, "scale.fit", arguments, wait=wait, now=lambda: workspace.scales.fit(name, how.pop("survey"), **how)
    )


@router.put("/scales/{name}/factors/{factor}", operation_id="scale.name", response_model=ScaleState, tags=["scales"])
def name_factor(workspace: RestWorkspace, name: str, factor: str, body: FactorName | None = None) -> Response:
    """Confirm or change the name of a factor."""
    return answer(workspace.scales.name(name, factor, **dict(body or FactorName())))


@router.get("/scales/{name}/scores", operation_id="scale.scores", response_model=Rows, tags=["scales"])
def scores(request: Request, workspace: RestWorkspace, name: str, limit: Limit = 100, offset: Offset = 0) -> Response:
    """Scores of everybody who answered."""
    return frame_answer(request, workspace.scales.scores(name), name, limit=limit, offset=offset)


@router.post("/scales/{name}/publish", operation_id="scale.publish", response_model=LoadReport, tags=["scales"])
def publish(workspace: RestWorkspace, name: str) -> Response:
    """Put the scores among the survey's answers."""
    return answer(workspace.scales.publish(name))


@router.get("/markets", operation_id="market.list", response_model=list[MarketState], tags=["markets"])
def markets(workspace: RestWorkspace) -> Response:
    """Every market."""
    return answer(workspace.market.list())


@router.put("/markets/{name}", operation_id="market.define", response_model=MarketState | Job, tags=["markets"])
def define(workspace: RestWorkspace, name: str, body: NewMarket, wait: Wait = False) -> Response:
    """Divide the people that a survey stands for into segments."""
    how = dict(body)
    arguments = {"name": name, **body.model_dump(mode="json")}
    survey, population = how.pop("survey"), how.pop("population")
    return long_work(
        workspace,
        "market.define",
        arguments,
        wait=wait,
        now=lambda: workspace.market.define(name, survey, population, **how),
    )


@router.get("/markets/{name}", operation_id="market.show", response_model=MarketView, tags=["markets"])
def market(workspace: RestWorkspace, name: str, seed: int = 0) -> Response:
    """People and money of every segment with intervals."""
    return answer(workspace.market.show(name, seed=seed))


@router.put("/markets/{name}/margins", operation_id="market.set_margins", response_model=MarketView, tags=["markets"])
def set_margins(workspace: RestWorkspace, name: str, body: Margins) -> Response:
    """Calibrate weights to known margins."""
    return answer(workspace.market.set_margins(name, body.margins, bounds=body.bounds, why=body.why))


@router.get("/markets/{name}/growth", operation_id="market.growth", response_model=MarketGrowth, tags=["markets"])
def growth(
    workspace: RestWorkspace,
    name: str,
    survey: Annotated[str, Query(description="The other wave.")],
    years: float | None = None,
    population: Annotated[float | None, Query(gt=0, description="People in the market at the other wave.")] = None,
    panel: Annotated[bool, Query(description="The same people answered both.")] = False,
    seed: int = 0,
) -> Response:
    """Growth per year of every segment between two waves."""
    found = workspace.market.growth(name, survey, years=years, population=population, panel=panel, seed=seed)
    return answer(found)


@router.post("/markets/{name}/tool", operation_id="market.type", response_model=MarketState | Job, tags=["markets"])
def make_tool(workspace: RestWorkspace, name: str, body: NewTool | None = None, wait: Wait = False) -> Response:
    """Find the fewest questions that tell a person's segment."""
    how = dict(body or NewTool())
    return long_work(
        workspace, "market.type", {"name": name, **how}, wait=wait, now=lambda: workspace.market.type(name, **how)
    )


@router.get("/markets/{name}/placing", operation_id="market.place", response_model=Rows, tags=["markets"])
def place(
    request: Request, workspace: RestWorkspace, name: str, survey: str, limit: Limit = 100, offset: Offset = 0
) -> Response:
    """Respondents of a survey placed in the market's segments, with probabilities."""
    return frame_answer(request, workspace.market.place(name, survey), name, limit=limit, offset=offset)


@router.post("/markets/{name}/placing", operation_id="market.publish", response_model=Placing, tags=["markets"])
def publish_placing(workspace: RestWorkspace, name: str, body: NewPlacing) -> Response:
    """Place a survey's respondents and make a segmentation of those who are customers."""
    return answer(workspace.market.publish(name, **dict(body)))


@router.put(
    "/markets/{name}/segments/{segment}", operation_id="market.name", response_model=MarketState, tags=["markets"]
)
def name_segment(workspace: RestWorkspace, name: str, segment: str, body: SegmentName) -> Response:
    """Give a segment of a market a name."""
    return answer(workspace.market.name(name, segment, body.label, why=body.why))


@router.post("/markets/{name}/reports", operation_id="market.report", response_model=Job, tags=["markets"])
def report(workspace: RestWorkspace, name: str, body: NewMarketReport | None = None, wait: Wait = False) -> Response:
    """The report of a market; a job whose result is the file, or with `wait` the file itself."""
    required(workspace, "market.report", name)
    how = dict(body or NewMarketReport())
    if not at_once(workspace, wait):
        return long_work(workspace, "market.report", {"name": name, **how}, wait=False, now=lambda: None)
    format = how.pop("format")
    with scratch_folder(workspace) as folder:
        path = workspace.market.report(name, folder / f"report.{format}", **how)
        return content_answer(path.read_bytes(), f"{name}.{format}")
