"""Pages of surveys: the list, loading a wide file, shares with and without weights, correcting a question."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import Annotated, Any, get_args

from fastapi import APIRouter, Form, Query, Request, UploadFile
from starlette.datastructures import FormData
from starlette.responses import HTMLResponse, RedirectResponse, Response

from qunxiang.charts.spec import Axis, Bar, BarChart, Bubble, BubbleMap
from qunxiang.errors import QunxiangError, SettingError
from qunxiang.i18n import Message
from qunxiang.model import SurveyQuestion
from qunxiang.model.survey import QuestionKind
from qunxiang.services.house import UPLOADS
from qunxiang.services.scales import CHOICES, ITEM_KINDS, largest_grid
from qunxiang.services.survey_map import KINDS as MAP_KINDS
from qunxiang.services.survey_map import SurveyMap
from qunxiang.services.surveys import SurveyView, question_of
from qunxiang.statistics.intervals import Interval
from qunxiang.surveys import QuestionShares, SurveyLayout
from qunxiang.web.api.answers import queued, required
from qunxiang.web.api.uploads import save_upload
from qunxiang.web.auth import PageWorkspace
from qunxiang.web.pages.answers import Fields, gone_to, label_of, text_of, texts_of
from qunxiang.web.pages.loading import ACCEPT, upload_path
from qunxiang.web.rendering import show
from qunxiang.workspace import Workspace

router = APIRouter()
KINDS: tuple[str, ...] = get_args(QuestionKind)


@router.get("/surveys")
def survey_list(request: Request, workspace: PageWorkspace) -> HTMLResponse:
    """Show every survey, scale and market."""
    return show(
        request,
        workspace,
        "pages/surveys.html",
        active="surveys",
        page_title=Message("page.surveys.title"),
        surveys=workspace.surveys.list(),
        scales=workspace.scales.list(),
        markets=workspace.market.list(),
    )


@router.get("/surveys/load")
def choose(request: Request, workspace: PageWorkspace) -> HTMLResponse:
    """Ask for a wide file."""
    return _choose(request, workspace)


def _choose(request: Request, workspace: Workspace, wrong: Message | None = None) -> HTMLResponse:
    required(workspace, "survey.load")
    return show(
        request,
        workspace,
        "pages/surveys_load.html",
        active="surveys",
        page_title=Message("page.surveys.load"),
        status=200 if wrong is None else 422,
        accept=ACCEPT,
        wrong=wrong,
    )


@router.post("/surveys/load")
def upload(request: Request, workspace: PageWorkspace, file: UploadFile) -> Response:
    """Keep the file and look at it."""
    required(workspace, "survey.look")
    if not file.filename:
        return _choose(request, workspace, Message("page.load.no_file"))
    upload_id = save_upload(workspace, file, use_case="survey.look").split("/")[1]
    try:
        workspace.surveys.look(upload_path(workspace, upload_id))
    except QunxiangError as error:
        return _choose(request, workspace, error.message)
    return RedirectResponse(f"/surveys/load/{upload_id}", status_code=303)


@router.get("/surveys/load/{upload_id}")
def preview(request: Request, workspace: PageWorkspace, upload_id: str) -> HTMLResponse:
    """Show what the columns of a file are."""
    return _preview(request, workspace, upload_id, workspace.surveys.look(upload_path(workspace, upload_id)))


def _preview(request: Request, workspace: Workspace, upload_id: str, layout: SurveyLayout) -> HTMLResponse:
    columns = [layout.respondent, layout.weight, *(q.source for q in layout.questions), *layout.left_out]
    there = [name for name in columns if name]
    file = upload_path(workspace, upload_id)
    stem = file.stem.lower()
    return show(
        request,
        workspace,
        "pages/surveys_layout.html",
        active="surveys",
        page_title=Message("page.surveys.layout"),
        upload=upload_id,
        file_name=file.name,
        layout=layout,
        columns=[("", Message("page.surveys.none")), *((name, name) for name in there)],
        stem="".join(c if c.isalnum() else "_" for c in stem)[:40],
    )


@router.post("/surveys/load/{upload_id}")
def load(request: Request, workspace: PageWorkspace, upload_id: str, fields: Fields) -> Response:
    """Load the file, or look at it again with other columns for respondent and weight."""
    said: dict[str, Any] = {
        "respondent": text_of(fields, "respondent") or None,
        "weight": text_of(fields, "weight") or None,
        "left_out": texts_of(fields, "left_out"),
    }
    if text_of(fields, "action") != "load":
        return _preview(
            request, workspace, upload_id, workspace.surveys.look(upload_path(workspace, upload_id), **said)
        )
    required(workspace, "survey.load", text_of(fields, "name"))
    source = f"{UPLOADS}/{upload_id}/{upload_path(workspace, upload_id).name}"
    said |= {"person": text_of(fields, "person") or None, "held_on": text_of(fields, "held_on") or None}
    said |= {part: text_of(fields, part) or None for part in ("strata", "clusters")}
    label = label_of(fields)
    if label is not None:
        said["label"] = {"zh": label.zh, "en": label.en}
    name = text_of(fields, "name", most=100)
    given = {key: value for key, value in said.items() if value}
    job = queued(workspace, "survey.load", name=name, source=source, **given)
    return RedirectResponse(f"/jobs/{job.id}", status_code=303)


@router.get("/surveys/{name}/map")
def map_page(
    request: Request,
    workspace: PageWorkspace,
    name: str,
    question: Annotated[list[str] | None, Query(max_length=20)] = None,
) -> HTMLResponse:
    """Show which answers go together."""
    survey = next((s.survey for s in workspace.surveys.list() if s.survey.id == name), None)
    found, wrong = None, None
    try:
        found = workspace.surveys.map(name, questions=question)
    except SettingError as error:
        wrong = error.message
    asked = survey.questions if survey is not None else ()
    return show(
        request,
        workspace,
        "pages/surveys_map.html",
        active="surveys",
        page_title=Message("page.surveys.map"),
        name=name,
        label=survey.label if survey is not None else name,
        found=found,
        wrong=wrong,
        chart_map=_map_chart(found, asked) if found else None,
        texts={q.id: q.text for q in asked},
        choices=[q for q in asked if q.kind in MAP_KINDS],
        ticked=frozenset(found.questions if found else question or ()),
    )


def _map_chart(found: SurveyMap, asked: Sequence[SurveyQuestion]) -> BubbleMap | None:
    if not found.answers or len(found.answers[0].coordinates) < 2:
        return None
    colours = {id: i for i, id in enumerate(found.questions)}
    texts = {q.id: q.text for q in asked}
    axes = [Axis(Message("page.surveys.map_axis", {"n": i + 1, "share": found.shares[i]}), "number") for i in range(2)]
    often = Counter(a.answer for a in found.answers)  # "Agree" to several questions needs the question beside it
    bubbles = tuple(
        Bubble(
            name=a.answer if often[a.answer] == 1 else f"{a.question}: {a.answer}",
            x=a.coordinates[0],
            y=a.coordinates[1],
            size=float(a.n),
            colour=colours[a.question],
            note=texts.get(a.question, a.question),
        )
        for a in found.answers
    )
    return BubbleMap(Message("page.surveys.map"), axes[0], axes[1], bubbles, Message("cli.col.n"))


@router.get("/surveys/{name}")
def survey_page(request: Request, workspace: PageWorkspace, name: str) -> HTMLResponse:
    """Show the shares of a survey, unweighted and weighted side by side."""
    view = workspace.surveys.show(name)
    questions = view.survey.questions
    return show(
        request,
        workspace,
        "pages/surveys_detail.html",
        active="surveys",
        page_title=view.survey.label,
        name=name,
        view=view,
        rows=[(q, [_row(a) for a in q.answers]) for q in view.questions],
        items=[q for q in questions if q.kind in ITEM_KINDS],
        ticked=frozenset(largest_grid(view.survey)),
        dividing=[(q.id, f"{q.id} · {q.text[:60]}") for q in questions if q.kind in ("single", "ordered")],
        spending=[("", Message("page.surveys.none")), *((q.id, q.id) for q in questions if q.kind == "number")],
        choices=CHOICES,
    )


def _row(answer: Any) -> dict[str, Any]:
    plain, weighted = answer.unweighted, answer.weighted
    both = isinstance(plain, Interval) and isinstance(weighted, Interval)
    return {
        "answer": answer.answer,
        "n": answer.n,
        "plain": plain if isinstance(plain, Interval) else None,
        "weighted": weighted if isinstance(weighted, Interval) else None,
        "apart": round(100 * (weighted.estimate - plain.estimate), 1) if both else None,
    }


@router.get("/surveys/{name}/questions/{question}")
def question_page(request: Request, workspace: PageWorkspace, name: str, question: str) -> HTMLResponse:
    """Show one question with its chart and what can be corrected of it."""
    view = workspace.surveys.show(name)
    asked = question_of(view.survey, question)
    found = next(q for q in view.questions if q.question.id == question)
    return show(
        request,
        workspace,
        "pages/surveys_question.html",
        active="surveys",
        page_title=asked.text,
        name=name,
        view=view,
        question=asked,
        found=found,
        rows=[_row(a) for a in found.answers],
        chart=_chart(view, found) if found.answers else None,
        kinds=[(kind, Message(f"page.surveys.kind.{kind}")) for kind in KINDS],
    )


def _chart(view: SurveyView, found: QuestionShares) -> BarChart:
    bars = []
    for answer in found.answers:
        main = answer.weighted if isinstance(answer.weighted, Interval) else answer.unweighted
        plain = answer.unweighted.estimate if isinstance(answer.unweighted, Interval) else None
        known = isinstance(main, Interval)
        bars.append(
            Bar(
                name=answer.answer,
                value=main.estimate if isinstance(main, Interval) else None,
                low=main.low if isinstance(main, Interval) else None,
                high=main.high if isinstance(main, Interval) else None,
                base=plain if view.survey.weighted and known else None,
            )
        )
    return BarChart(
        title=found.question.text,
        axis=Axis(Message("page.surveys.share"), "percent", low=0),
        bars=tuple(bars),
        base_title=Message("page.surveys.unweighted") if view.survey.weighted else None,
        value_title=Message("page.surveys.weighted") if view.survey.weighted else None,
    )


@router.post("/surveys/{name}/questions/{question}")
def change(request: Request, workspace: PageWorkspace, name: str, question: str, fields: Fields) -> Response:
    """Correct a question."""
    levels = [line.strip() for line in text_of(fields, "levels", most=10_000).splitlines() if line.strip()]
    kind: Any = text_of(fields, "kind") or None
    workspace.surveys.change(
        name,
        question,
        text=text_of(fields, "text") or None,
        kind=kind,
        levels=levels if kind == "ordered" else None,
        why=text_of(fields, "why"),
    )
    return gone_to(request, "surveys", name, "questions", question)


@router.post("/surveys/{name}/scale")
def fit_scale(request: Request, workspace: PageWorkspace, name: str, fields: Fields) -> Response:
    """Queue the fit of a scale."""
    number = text_of(fields, "n_factors")
    said = {option: text_of(fields, option) for option in CHOICES if text_of(fields, option)}
    job = queued(
        workspace,
        "scale.fit",
        name=text_of(fields, "name", most=100),
        survey=name,
        questions=texts_of(fields, "question") or None,
        n_factors=int(number) if number.isdecimal() else "auto",
        weighted=text_of(fields, "weighted") != "no",
        seed=_whole(fields, "seed"),
        **said,
    )
    return gone_to(request, "jobs", job.id)


@router.post("/surveys/{name}/market")
def divide(
    request: Request, workspace: PageWorkspace, name: str, fields: Fields, population: Annotated[str, Form()] = ""
) -> Response:
    """Queue the division of the people that the survey stands for."""
    number = text_of(fields, "n_segments")
    by = text_of(fields, "by")
    how: dict[str, Any] = {"question": by} if by else {"questions": texts_of(fields, "question")}
    job = queued(
        workspace,
        "market.define",
        name=text_of(fields, "name", most=100),
        survey=name,
        population=number_of(population, Message("page.market.population")),
        n_segments=int(number) if number.isdecimal() else "auto",
        money=text_of(fields, "money") or None,
        seed=_whole(fields, "seed"),
        **how,
    )
    return gone_to(request, "jobs", job.id)


def number_of(text: str, name: Message) -> float:
    """Return a number that was typed; commas between thousands are allowed.

    Raises
    ------
    SettingError
        When it is none.
    """
    try:
        return float(text.replace(",", "").replace("，", "").strip())
    except ValueError as error:
        raise SettingError("room.error.number", name=name, value=text[:40]) from error


def _whole(fields: FormData, name: str) -> int:
    text = text_of(fields, name) or "0"
    if not text.isdecimal():
        raise SettingError("room.error.whole_number")
    return int(text)
