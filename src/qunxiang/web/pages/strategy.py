"""Pages of strategies: the chain from market to message, and the editor of positioning statements."""

from __future__ import annotations

import json
from typing import Annotated, Any, get_args
from urllib.parse import quote

from fastapi import APIRouter, Query
from starlette.datastructures import FormData
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response

from qunxiang.errors import SettingError
from qunxiang.i18n import Label, Message
from qunxiang.model.ground import Ground
from qunxiang.model.ladder import place_id
from qunxiang.model.message_house import Proof
from qunxiang.model.strategy import LINKS, PositioningStatement
from qunxiang.services.strategy import StrategyEntry
from qunxiang.services.strategy_links import ChainLink
from qunxiang.services.strategy_position import LinkStatus, PositionView
from qunxiang.web.auth import PageWorkspace
from qunxiang.web.pages.answers import Fields, day_of, gone_to, label_of, path_of, seen_of, text_of, texts_of
from qunxiang.web.pages.brand_places import evidence_choices, ground_from
from qunxiang.web.rendering import show

router = APIRouter()
BLANK_REASONS = 2
MOST_REASONS = 12
KEEP = "keep"
"""Value of a reason's evidence that is none of those offered: it stays as it is."""
JUDGEMENT = Ground(kind="judgement", text="-")
TEXTS = ("brand", "audience", "need", "category", "difference")
TONES: dict[LinkStatus, str] = {"missing": "neutral", "draft": "info", "decided": "good", "stale": "warn"}
PICTURES: dict[LinkStatus, str] = {
    "missing": "circle-dashed",
    "draft": "pencil",
    "decided": "circle-check",
    "stale": "alert-triangle",
}
assert set(TONES) == set(get_args(LinkStatus))


@router.get("/strategy")
def strategy_list(request: Request, workspace: PageWorkspace) -> HTMLResponse:
    """Show every segmentation with the state of its chain."""
    return show(
        request,
        workspace,
        "pages/strategy.html",
        active="strategy",
        page_title=Message("strategy.title"),
        entries=sorted(workspace.strategy.list(), key=_undecided),
        names=LINKS,
        tones=TONES,
        pictures=PICTURES,
    )


def _undecided(entry: StrategyEntry) -> int:
    """Chains that are further come first."""
    return sum({"decided": 0, "stale": 1, "draft": 2, "missing": 3}[status] for status in entry.links.values())


@router.get("/strategy/{name}")
def strategy_page(request: Request, workspace: PageWorkspace, name: str) -> HTMLResponse:
    """Show a chain from market to message."""
    view = workspace.strategy.show(name)
    return show(
        request,
        workspace,
        "pages/strategy_chain.html",
        active="strategy",
        page_title=Message("strategy.of", {"name": view.label}),
        name=name,
        view=view,
        plan=view.plan,
        pages={link.name: _page_of(name, link, view.plan.market) for link in view.links},
        mend=lambda use_case, segment=None: mending(name, use_case, segment),
        tones=TONES,
        pictures=PICTURES,
    )


def mending(name: str, use_case: str, segment: str | None = None) -> str | None:
    """Return the page on which something missing is done; None where the reader is there already."""
    if segment is not None:
        return {
            "strategy.set_position": position_path(name, segment),
            "brand.message.set": message_path(name, segment),
        }[use_case]
    return {
        "market.define": "/surveys",
        "market.publish": "/surveys",
        "strategy.set": "#plan",
        "refresh": "/data",
        "target.choose": path_of("targets", name),
    }.get(use_case)


def position_path(name: str, segment: str) -> str:
    """Return the page of a positioning statement."""
    return path_of("strategy", name, "position", segment)


def message_path(name: str, segment: str) -> str:
    """Return the page of a message house."""
    return f"/brand/message?place={quote(place_id(name, segment), safe='')}"


def _page_of(name: str, link: ChainLink, market: str | None) -> str | None:
    """Return the page on which a link's decision stands; None where it has none of its own."""
    match link.name:
        case "market":
            named = market or next((v.id for v in link.history), None)
            return path_of("markets", named) if named and link.status != "missing" else None
        case "segments":
            return path_of("segments", name)
        case "targets":
            return path_of("targets", name)
        case _:
            return None


@router.post("/strategy/{name}")
def save_plan(request: Request, workspace: PageWorkspace, name: str, fields: Fields) -> Response:
    """Store market, owners and review date of a chain."""
    review_on = day_of(fields, "review_on")
    unchanged = review_on == workspace.strategy.show(name).plan.review_on
    workspace.strategy.set(
        name,
        market=text_of(fields, "market", most=100),
        owners={link: text_of(fields, f"owner_{link}", most=200) for link in LINKS},
        review_on=None if unchanged else review_on,
        no_review=review_on is None,
        why=text_of(fields, "why"),
        seen_version=seen_of(fields),
    )
    return gone_to(request, "strategy", name, anchor="plan")


@router.get("/strategy/{name}/position/{segment}")
def position_page(
    request: Request,
    workspace: PageWorkspace,
    name: str,
    segment: str,
    survey: Annotated[str, Query(max_length=100)] = "",
) -> HTMLResponse:
    """Show and edit the positioning statement of a segment; answers of one survey are offered as evidence."""
    view = workspace.strategy.position(name, segment)
    choices = evidence_choices(workspace, view.place, survey)
    return show(
        request,
        workspace,
        "pages/strategy_position.html",
        active="strategy",
        page_title=Message("positioning.of", {"name": view.place.label}),
        name=name,
        segment=segment,
        view=view,
        statement=view.statement,
        own_name=workspace.settings.name,
        texts=[(key, getattr(view.statement, key)) for key in TEXTS],
        others=[c for c in view.statement.against if c not in view.competitors],
        rows=_reason_rows(view, frozenset(value for _, group in choices for value, _ in group)),
        choices=choices,
        survey=survey,
        surveys=[(s.survey.id, s.survey.label) for s in workspace.surveys.list()],
        tones=TONES,
        pictures=PICTURES,
    )


def _reason_rows(view: PositionView, offered: frozenset[str]) -> list[dict[str, Any]]:
    """Rows of the form: the reasons that are there, then blank ones."""
    rows: list[dict[str, Any]] = []
    for reason, ground in zip(view.statement.reasons, view.reasons, strict=True):
        value = _value_of(reason.ground)
        rows.append(
            {
                "text": reason.text,
                "ground": ground,
                "value": value if value in offered else KEEP,
                "judged": reason.ground.text,
            }
        )
    blank = {"text": Label("", ""), "ground": None, "value": _value_of(JUDGEMENT), "judged": ""}
    return rows + [blank] * min(BLANK_REASONS if rows else BLANK_REASONS + 1, MOST_REASONS - len(rows))


def _value_of(ground: Ground) -> str:
    """Return a ground as the forms of evidence write it."""
    plain = ground.model_dump(mode="json", exclude={"text", "by", "seen"}, exclude_defaults=True)
    return json.dumps(plain, ensure_ascii=False, sort_keys=True)


@router.post("/strategy/{name}/position/{segment}")
def save_position(request: Request, workspace: PageWorkspace, name: str, segment: str, fields: Fields) -> Response:
    """Store the positioning statement of a segment, as a draft or decided."""
    before = workspace.strategy.position(name, segment).statement
    statement = PositioningStatement(
        segmentation=name,
        segment=segment,
        **{key: label_of(fields, key) or Label("", "") for key in TEXTS},
        reasons=_reasons(fields, before),
        against=_against(fields),
        owner=text_of(fields, "owner", most=200),
        review_on=day_of(fields, "review_on"),
        decided=text_of(fields, "action") == "decide",
    )
    workspace.strategy.set_position(
        name,
        segment,
        statement,
        rebind=bool(text_of(fields, "rebind")),
        why=text_of(fields, "why"),
        seen_version=seen_of(fields),
    )
    return gone_to(request, "strategy", name, "position", segment)


def _against(fields: FormData) -> tuple[str, ...]:
    typed = text_of(fields, "against_other").replace("，", ",").replace("、", ",").split(",")
    found = [*texts_of(fields, "against"), *(name.strip() for name in typed)]
    return tuple(dict.fromkeys(name[:200] for name in found if name))


def _reasons(fields: FormData, before: PositioningStatement) -> tuple[Proof, ...]:
    """Return the reasons in the form; one whose text was cleared is left out.

    Raises
    ------
    SettingError
        When a reason has no ground.
    """
    found: list[Proof] = []
    for place in range(MOST_REASONS):
        text = label_of(fields, f"reason_{place}")
        if text is None:
            continue
        ground = _ground(fields, place, before)
        if ground is None:
            raise SettingError("error.positioning.ground", reason=len(found) + 1)
        found.append(Proof(text=text, ground=ground))
    return tuple(found)


def _ground(fields: FormData, place: int, before: PositioningStatement) -> Ground | None:
    chosen = text_of(fields, f"ground_{place}")
    if chosen == KEEP:
        return before.reasons[place].ground if place < len(before.reasons) else None
    return ground_from(FormData({"evidence": chosen, "evidence_text": text_of(fields, f"judged_{place}")}))
