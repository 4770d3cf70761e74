"""Pages of brand studies: strength against competitors, judgements, tracking, and what questions say."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated, Any, cast, get_args

from fastapi import APIRouter, Query, Request
from pydantic import ValidationError
from starlette.responses import HTMLResponse, Response

from qunxiang.charts.spec import Axis, Bar, BarChart, LineChart, Series
from qunxiang.errors import SettingError, UnknownNameError
from qunxiang.i18n import Label, Message
from qunxiang.model.brand_study import DIMENSIONS, STAGES, BrandDimension, BrandRole, BrandStudy, StudyQuestion
from qunxiang.positioning.brand_strength import BrandStrength
from qunxiang.positioning.brand_tracking import BrandTracking
from qunxiang.services.brand_strength import BrandScore
from qunxiang.services.brand_tracking import BrandTrack
from qunxiang.web.auth import PageWorkspace
from qunxiang.web.pages.answers import Fields, gone_to, label_of, number_of, seen_of, text_of
from qunxiang.web.rendering import show
from qunxiang.workspace import Workspace

router = APIRouter()
Choice = tuple[str, Label | Message | str]


def study_choices(workspace: Workspace) -> list[Choice]:
    """Return the studies to choose from."""
    return [(s.study.id, s.study.label) for s in workspace.brand.studies()]


@router.get("/brand")
def brand_page(
    request: Request,
    workspace: PageWorkspace,
    study: Annotated[str, Query(max_length=100)] = "",
    segment: Annotated[str, Query(max_length=200)] = "",
    stage: Annotated[str, Query(max_length=20)] = "awareness",
) -> HTMLResponse:
    """Show strength and tracking of a study."""
    stored = workspace.brand.studies()
    state = next((s for s in stored if s.study.id == study), stored[0] if stored and not study else None)
    found, track, wrong = None, None, None
    if study and state is None:
        workspace.brand.score(study)  # raises what there is instead
    if state is not None:
        try:
            found = workspace.brand.score(state.study.id)
        except (SettingError, UnknownNameError) as error:
            wrong = error.message
        if any(state.study.asked(s) for s in STAGES):
            try:
                track = workspace.brand.tracking(state.study.id)
            except (SettingError, UnknownNameError) as error:
                wrong = error.message
    surveys = [s.survey for s in workspace.surveys.list()]
    return show(
        request,
        workspace,
        "pages/brand.html",
        active="brand",
        page_title=Message("study.brand"),
        state=state,
        study=state.study if state else None,
        choices=[(s.study.id, s.study.label) for s in stored],
        surveys=[(s.id, s.label) for s in surveys],
        wrong=wrong,
        lines=question_lines(state.study.questions) if state else "",
        dimensions=DIMENSIONS,
        stages=STAGES,
        **_strength(found, segment),
        **_tracking(track, segment, stage),
    )


def _strength(found: BrandScore | None, segment: str) -> dict[str, Any]:
    if found is None:
        return {"found": None, "part": None, "segments": [], "charts": []}
    part = next((p for p in found.segments if p.segment == segment), found.overall)
    own = found.study.own
    names = (own, *(b for b in found.study.brands if b != own))
    return {
        "found": found,
        "part": part,
        "segments": [("", Message("study.everybody")), *found.segment_labels.items()],
        "table": [(b, [part.cell(b, d) for d in DIMENSIONS]) for b in names],
        "charts": [(d, origin, chart) for d in DIMENSIONS for origin, chart in _charts(part, names, d)],
        "alike": [d for d in part.differences if d.verdict in ("no_difference", "too_few")],
    }


def _charts(part: BrandStrength, names: Sequence[str], dimension: BrandDimension) -> list[tuple[str, BarChart]]:
    """Return a chart of what is measured and one of what is judged; never one of both."""
    made = []
    for origin in ("measured", "judged"):
        bars = []
        for brand in names:
            value = getattr(part.cell(brand, dimension), origin)
            if value is not None and value.value is not None:
                colour = None if brand == part.own else 9
                bars.append(Bar(brand, value.value, value.low, value.high, colour=colour))
        if bars:
            title = Message("study.chart", {"dimension": Message(f"study.role.{dimension}")})
            axis = Axis(Message(f"study.axis_{origin}"), "number", low=0, high=10)
            made.append((origin, BarChart(title, axis, tuple(bars))))
    return made


def _tracking(track: BrandTrack | None, segment: str, stage: str) -> dict[str, Any]:
    if track is None:
        return {"track": None}
    made = track.tracking
    wanted = segment if segment in track.segment_labels else None
    at = stage if stage in STAGES else "awareness"
    last = made.waves[-1]
    changes = [c for c in made.changes if c.segment == wanted and c.after == last]
    first = [c for c in changes if c.shown or c.brand == made.own]
    return {
        "track": track,
        "stage": at,
        "funnel": [(b, _funnel(made, b, wanted, last)) for b in made.brands],
        "changes": first,
        "other_changes": [c for c in changes if c not in first],
        "chart": _lines(made, wanted, at),
        "left_out": [
            Message(f"study.left_out.{w.why}", {"survey": w.survey, "questions": list(w.questions)})
            for w in made.left_out
        ],
        "n_changes": len(made.changes),
        "skipped": sum(c.n_out_of_order for c in made.conversions if c.segment == wanted and c.survey == last),
    }


def _funnel(made: BrandTracking, brand: str, segment: str | None, wave: str) -> dict[str, Any]:
    here = (brand, segment, wave)
    found: dict[str, Any] = {s.stage: s.share for s in made.shares if (s.brand, s.segment, s.survey) == here}
    found |= {f"to_{c.to_stage}": c.share for c in made.conversions if (c.brand, c.segment, c.survey) == here}
    return found


def _lines(made: BrandTracking, segment: str | None, stage: str) -> LineChart | BarChart | None:
    """Return lines over waves, or bars where there is one wave."""
    title = Message("study.chart", {"dimension": Message(f"study.role.{stage}")})
    axis = Axis(Message("study.share_of_people"), "percent", low=0)
    shares = {(s.brand, s.survey): s.share for s in made.shares if (s.stage, s.segment) == (stage, segment)}
    brands = [b for b in made.brands if any(key[0] == b for key in shares)]
    if not brands:
        return None
    if len(made.waves) == 1:
        found = [(b, shares[b, made.waves[0]]) for b in brands if (b, made.waves[0]) in shares]
        bars = tuple(Bar(b, s.value, s.low, s.high, colour=None if b == made.own else 9) for b, s in found)
        return BarChart(title, axis, bars)
    lines = []
    for i, brand in enumerate(brands):
        row = [shares.get((brand, wave)) for wave in made.waves]
        lines.append(
            Series(
                brand,
                tuple(None if s is None else s.value for s in row),
                tuple(None if s is None else s.low for s in row),
                tuple(None if s is None else s.high for s in row),
                colour=None if brand == made.own else i + 1,
            )
        )
    days = tuple(day.isoformat() for day in made.held_on)
    return LineChart(title, Message("cli.col.held_on"), days, axis, tuple(lines))


@router.post("/brand/studies")
def define(request: Request, workspace: PageWorkspace, fields: Fields) -> Response:
    """Make a study of a survey from the wording of its questions."""
    name = text_of(fields, "name", most=100)
    brands = [line.strip() for line in text_of(fields, "brands").splitlines() if line.strip()]
    workspace.brand.define(
        name,
        text_of(fields, "own", most=80),
        survey=text_of(fields, "survey") or None,
        brands=brands or None,
        segments=text_of(fields, "segments", most=60) or None,
        label=label_of(fields),
        why=text_of(fields, "why"),
        seen_version=0,
    )
    return gone_to(request, "brand", query=f"study={name}")


@router.post("/brand/studies/{name}")
def change(request: Request, workspace: PageWorkspace, name: str, fields: Fields) -> Response:
    """Change what the questions of a study say."""
    stored: dict[str, BrandStudy] = {s.study.id: s.study for s in workspace.brand.studies()}
    if name not in stored:
        raise UnknownNameError("error.study.unknown", name=name[:80], known=list(stored))
    old = stored[name]
    questions = questions_from(text_of(fields, "questions", most=100_000))
    brands = [line.strip() for line in text_of(fields, "brands").splitlines() if line.strip()]
    workspace.brand.define(
        name,
        text_of(fields, "own", most=80) or old.own,
        survey=old.survey,
        brands=brands or old.brands,
        questions=questions,
        segments=text_of(fields, "segments", most=60) or None,
        market=None if text_of(fields, "segments") else old.market,
        label=old.label,
        why=text_of(fields, "why"),
        seen_version=seen_of(fields),
    )
    return gone_to(request, "brand", query=f"study={name}")


@router.post("/brand/studies/{name}/judge")
def judge(request: Request, workspace: PageWorkspace, name: str, fields: Fields) -> Response:
    """Enter a judgement, 0 to 10, with its reason."""
    workspace.brand.judge(
        name,
        brand=text_of(fields, "brand", most=80),
        dimension=cast(BrandDimension, text_of(fields, "dimension", most=40)),
        value=number_of(text_of(fields, "value"), Label("分数", "score")),
        why=text_of(fields, "why"),
    )
    return gone_to(request, "brand", query=f"study={name}", anchor="judge")


def question_lines(questions: Sequence[StudyQuestion]) -> str:
    """Write questions one per line: ``id | role | brand | attribute | yes=A, B; scale=1..10; reversed``.

    A question that would not read back as it is, such as one with a comma in an answer, is written as JSON.
    """
    lines = []
    for q in questions:
        more = [f"yes={', '.join(q.yes)}"] if q.yes else []
        more += [f"scale={q.low:g}..{q.high:g}"] if q.low is not None and q.high is not None else []
        more += ["reversed"] if q.reversed else []
        line = " | ".join([q.question, q.role, q.brand, q.attribute, "; ".join(more)]).rstrip(" |")
        lines.append(line if _reads_back(line, q) else q.model_dump_json(exclude_defaults=True))
    return "\n".join(lines)


def _reads_back(line: str, question: StudyQuestion) -> bool:
    try:
        return questions_from(line) == [question]
    except SettingError:
        return False


def questions_from(text: str) -> list[StudyQuestion]:
    """Read what :func:`question_lines` writes.

    Raises
    ------
    SettingError
        When a line is none of that form; says which.
    """
    found = []
    for number, line in enumerate(text.split("\n"), start=1):
        if not line.strip():
            continue
        parts = [part.strip() for part in line.split("|")]
        parts += [""] * (5 - len(parts))
        more = dict(_option(word) for word in parts[4].split(";") if word.strip())
        try:
            if line.lstrip().startswith("{"):
                found.append(StudyQuestion.model_validate_json(line.strip()))
                continue
            low, high = (float(end) for end in more["scale"].split("..")) if "scale" in more else (None, None)
            found.append(
                StudyQuestion(
                    question=parts[0],
                    role=cast(BrandRole, parts[1]),
                    brand=parts[2],
                    attribute=parts[3],
                    yes=tuple(a.strip() for a in more.get("yes", "").split(",") if a.strip()),
                    low=low,
                    high=high,
                    reversed="reversed" in more,
                )
            )
        except (ValueError, ValidationError) as error:
            roles = list(get_args(BrandRole))
            raise SettingError("error.study.line", number=number, line=line[:80], roles=roles) from error
    return found


def _option(word: str) -> tuple[str, str]:
    name, _, value = word.partition("=")
    return name.strip(), value.strip()
