"""Pages of markets: sizes with intervals, growth, calibration, the typing tool."""

from __future__ import annotations

from typing import Any
from urllib.parse import quote

from fastapi import APIRouter, Request
from starlette.responses import HTMLResponse, RedirectResponse, Response

from qunxiang.charts.spec import Axis, Bar, BarChart, LineChart, Series
from qunxiang.errors import SettingError
from qunxiang.i18n import Message, from_json
from qunxiang.model import Survey
from qunxiang.model.market import Market
from qunxiang.ports.state import Job
from qunxiang.services.access import allowed
from qunxiang.services.csv_text import csv_bytes
from qunxiang.services.market import MarketGrowth, MarketView
from qunxiang.services.report import FORMATS
from qunxiang.statistics.intervals import Interval
from qunxiang.web.api.answers import at_once, content_answer, queued, required
from qunxiang.web.api.uploads import scratch_folder
from qunxiang.web.auth import PageWorkspace
from qunxiang.web.pages.answers import Fields, gone_to, label_of, text_of
from qunxiang.web.pages.reports import written_report
from qunxiang.web.pages.surveys import number_of
from qunxiang.web.rendering import show
from qunxiang.workspace import Workspace

router = APIRouter()


@router.get("/markets/{name}")
def market_page(request: Request, workspace: PageWorkspace, name: str) -> HTMLResponse:
    """Show the sizes of a market's segments."""
    return _page(request, workspace, name, None)


@router.get("/markets/{name}/growth")
def growth_page(
    request: Request,
    workspace: PageWorkspace,
    name: str,
    survey: str,
    years: str = "",
    population: str = "",
    panel: str = "",
) -> HTMLResponse:
    """Show growth to another wave beside the sizes."""
    found = workspace.market.growth(
        name,
        survey,
        years=number_of(years, Message("page.market.years")) if years.strip() else None,
        population=number_of(population, Message("page.market.population")) if population.strip() else None,
        panel=bool(panel),
    )
    return _page(request, workspace, name, found)


def _page(request: Request, workspace: Workspace, name: str, growth: MarketGrowth | None) -> HTMLResponse:
    view = workspace.market.show(name)
    market = view.market
    surveys = {state.survey.id: state.survey for state in workspace.surveys.list()}
    own = surveys.get(market.survey)
    reason = market.evidence.get("reason")
    return show(
        request,
        workspace,
        "pages/market_detail.html",
        active="surveys",
        page_title=market.label,
        name=name,
        view=view,
        market=market,
        reason=from_json(reason) if reason else None,
        rows=[{"segment": s, "size": f} for s, f in zip(market.segments, view.size.segments, strict=True)],
        chart=_chart(view),
        currency=workspace.settings.currency,
        others=[(id, survey.label) for id, survey in surveys.items() if id != market.survey],
        waves=[
            (id, survey.label)
            for id, survey in surveys.items()
            if id != market.survey and not market.missing_of(q.id for q in survey.questions)
        ],
        everyone=[(id, survey.label) for id, survey in surveys.items()],
        margin_text=_margin_text(market, own),
        growth=growth,
        grown=[] if growth is None else list(zip(market.segments, growth.segments, strict=True)),
        tool=market.tool,
        tool_chart=_tool_chart(market) if market.tool else None,
        tool_texts=_texts(market, own),
        interval=Interval,
        may_place=allowed("market.place", workspace.actor.role),
        formats=FORMATS,
        places=[("", Message("page.market.report_auto")), *_place_choices(own)],
        written=[written_report(j, {}) for j in workspace.jobs.list(limit=200) if _is_report(j, name)],
    )


def _is_report(job: Job, name: str) -> bool:
    return job.use_case == "market.report" and job.arguments.get("name") == name


def _place_choices(survey: Survey | None) -> list[tuple[str, str]]:
    asked = survey.questions if survey is not None else ()
    return [(q.id, q.id if q.text == q.id else f"{q.id} · {q.text[:60]}") for q in asked if q.kind == "single"]


def _chart(view: MarketView) -> BarChart:
    bars = []
    for segment, size in zip(view.market.segments, view.size.segments, strict=True):
        share = size.share if isinstance(size.share, Interval) else None
        bars.append(
            Bar(
                name=segment.label,
                value=share.estimate if share else None,
                low=share.low if share else None,
                high=share.high if share else None,
                base=size.unweighted_share,
                colour=segment.colour,
            )
        )
    return BarChart(
        title=Message("page.market.sizes"),
        axis=Axis(Message("page.market.share"), "percent", low=0),
        bars=tuple(bars),
        base_title=Message("page.surveys.unweighted"),
        value_title=Message("page.surveys.weighted"),
    )


def _tool_chart(market: Market) -> LineChart:
    steps = market.tool.steps if market.tool else ()
    return LineChart(
        title=Message("page.market.tool"),
        x_title=Message("page.market.n_questions"),
        categories=tuple(str(step["n_questions"]) for step in steps),
        y=Axis(Message("page.market.told"), "percent", low=0, high=1),
        series=(
            Series(Message("page.market.accuracy"), tuple(step["accuracy"] for step in steps), colour=0),
            Series(Message("page.market.kappa"), tuple(step["kappa"] for step in steps), colour=1),
        ),
    )


def _texts(market: Market, survey: Survey | None) -> list[tuple[str, str]]:
    if market.tool is None:
        return []
    found = []
    for id in market.tool.questions:
        question = survey.question(id) if survey else None
        found.append((id, question.text if question else id))
    return found


def _margin_text(market: Market, survey: Survey | None) -> str:
    """Write the margins in force as they are typed: a question in brackets, then answer = people."""
    lines = []
    for margin in market.margins:
        lines.append(f"[{margin.question}]")
        lines += [f"{answer} = {value:g}" for answer, value in margin.targets.items()]
    return "\n".join(lines)


def margins_of(text: str) -> dict[str, dict[str, float]]:
    """Read margins as they are typed: ``[question]``, then a line ``answer = people or share`` per answer.

    Raises
    ------
    SettingError
        When a line is neither.
    """
    found: dict[str, dict[str, float]] = {}
    current: dict[str, float] | None = None
    for line in (each.strip() for each in text.splitlines()):
        if line.startswith("[") and line.endswith("]"):
            current = found.setdefault(line[1:-1].strip(), {})
        elif line:
            answer, equals, value = line.rpartition("=")
            if current is None or not equals:
                raise SettingError("error.market.margin_line", line=line[:80])
            current[answer.strip()] = number_of(value, Message("page.market.margins"))
    return {question: targets for question, targets in found.items() if targets}


@router.post("/markets/{name}/margins")
def set_margins(request: Request, workspace: PageWorkspace, name: str, fields: Fields) -> Response:
    """Calibrate the weights to known margins."""
    low, high = text_of(fields, "low"), text_of(fields, "high")
    title = Message("page.market.bounds")
    bounds = (number_of(low, title), number_of(high, title)) if low and high else None
    margins = margins_of(text_of(fields, "margins", most=20_000))
    workspace.market.set_margins(name, margins, bounds=bounds, why=text_of(fields, "why"))
    return gone_to(request, "markets", name, anchor="margins")


@router.post("/markets/{name}/segments/{segment}")
def name_segment(request: Request, workspace: PageWorkspace, name: str, segment: str, fields: Fields) -> Response:
    """Give a segment a name."""
    label = label_of(fields)
    if label is None:
        raise SettingError("room.error.label_missing")
    workspace.market.name(name, segment, label)
    return gone_to(request, "markets", name, anchor="sizes")


@router.post("/markets/{name}/tool")
def make_tool(workspace: PageWorkspace, name: str, fields: Fields) -> Response:
    """Queue the search for typing questions."""
    number = text_of(fields, "n_questions")
    how: dict[str, Any] = {"n_questions": int(number)} if number.isdecimal() and int(number) else {}
    job = queued(workspace, "market.type", name=name, **how)
    return RedirectResponse(f"/jobs/{job.id}", status_code=303)


@router.post("/markets/{name}/report")
def write_report(request: Request, workspace: PageWorkspace, name: str, fields: Fields) -> Response:
    """Queue the market's report; a role that starts no jobs gets the file at once."""
    format, lang = text_of(fields, "format") or "pdf", text_of(fields, "lang") or None
    required(workspace, "market.report", name)
    if format not in FORMATS or lang not in ("zh", "en", None):
        raise SettingError("error.report.format", format=format[:20], known=FORMATS)
    how: dict[str, Any] = {key: text_of(fields, key) or None for key in ("other", "places", "customers")}
    if how["other"]:
        years, population = text_of(fields, "years"), text_of(fields, "population")
        how["years"] = number_of(years, Message("page.market.years")) if years else None
        how["population"] = number_of(population, Message("page.market.population")) if population else None
        how["panel"] = bool(text_of(fields, "panel"))
    given = {key: value for key, value in how.items() if value}
    if at_once(workspace, wait=False):
        with scratch_folder(workspace) as folder:
            path = workspace.market.report(name, folder / f"report.{format}", lang=lang, **given)
            return content_answer(path.read_bytes(), f"{name}.{format}")
    job = queued(workspace, "market.report", name=name, format=format, lang=lang, **given)
    return gone_to(request, "waiting", job.id, query=f"then=/markets/{quote(name, safe='')}")


@router.post("/markets/{name}/placing")
def publish(request: Request, workspace: PageWorkspace, name: str, fields: Fields) -> Response:
    """Make a segmentation of the customers who answered a survey."""
    title = text_of(fields, "segmentation", most=100) or name
    workspace.market.publish(name, text_of(fields, "survey"), segmentation=title, why=text_of(fields, "why"))
    return gone_to(request, "segments", title)


@router.get("/markets/{name}/placing.csv")
def place(workspace: PageWorkspace, name: str, survey: str) -> Response:
    """Hand out the respondents of a survey with their segments as CSV."""
    return content_answer(csv_bytes(workspace.market.place(name, survey)), f"{name}.csv")
