"""Pages that change how targets are ranked: pairwise comparison of criteria, the library, value functions."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import combinations
from typing import Annotated, Any

from fastapi import APIRouter, Query
from pydantic import ValidationError
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response

from qunxiang.errors import SettingError, UnknownNameError
from qunxiang.i18n import Label, Message
from qunxiang.services.target_weights import MOST_COMPARED, Weighing, weighing_of
from qunxiang.targeting import Comparison, CriteriaSet, Criterion
from qunxiang.targeting.criteria import Side
from qunxiang.web.auth import PageWorkspace
from qunxiang.web.pages.answers import Fields, gone_to, number_of, seen_of, text_of
from qunxiang.web.rendering import show

router = APIRouter()

TIMES: dict[str, float] = {
    **{str(n): float(n) for n in (9, 7, 5, 4, 3, 2)},
    "1": 1.0,
    **{f"1/{n}": 1 / n for n in (2, 3, 4, 5, 7, 9)},
}
"""Saaty's scale as it stands in the forms, the first criterion ahead at the top."""


@router.get("/targets/{name}/weights")
def weights_page(
    request: Request, workspace: PageWorkspace, name: str, side: Annotated[Side, Query()] = "attractiveness"
) -> HTMLResponse:
    """Compare criteria pairwise; what stands in the address (``p_size_growth=3``) is tried, not stored."""
    view = workspace.targets.rank(name)
    rules = view.ranking.criteria
    criteria = [c for c in rules.criteria if c.side == side]
    sent = _sent(request.query_params, criteria)
    made = workspace.targets.compare(name, sent, side=side) if sent else weighing_of(rules, side)
    other: Side = "strength" if side == "attractiveness" else "attractiveness"
    return show(
        request,
        workspace,
        "pages/targets_weights.html",
        active="targets",
        page_title=Message("room.targets.pairwise_of", {"name": view.segmentation.label}),
        name=name,
        label=view.segmentation.label,
        side=side,
        other_side=other if sum(c.side == other for c in rules.criteria) > 1 else None,
        criteria=criteria,
        names={c.id: c.label for c in criteria},
        pairs=_pairs(criteria, made) if 2 <= len(criteria) <= MOST_COMPARED else [],
        scale=list(TIMES.items()),
        made=made,
        version=view.criteria_version,
    )


def _sent(given: Mapping[str, Any], criteria: list[Criterion]) -> list[Comparison]:
    """Return the comparisons of a form; empty when it holds none."""
    made = []
    for a, b in combinations(criteria, 2):
        word = given.get(f"p_{a.id}_{b.id}")
        if word:
            if word not in TIMES:
                raise SettingError("room.error.number", name=a.label, value=str(word)[:40])
            made.append(Comparison(a=a.id, b=b.id, times=TIMES[word]))
    return made


def _pairs(criteria: list[Criterion], made: Weighing | None) -> list[dict[str, Any]]:
    said = {(c.a, c.b): c.times for c in made.comparisons} if made is not None else {}
    worst = {made.worst.a, made.worst.b} if made is not None and made.worst is not None and not made.consistent else ()
    out = []
    for a, b in combinations(criteria, 2):
        times = said.get((a.id, b.id)) or 1 / said.get((b.id, a.id), 1.0)
        chosen = min(TIMES, key=lambda word: abs(TIMES[word] / times - 1))
        out.append({"a": a, "b": b, "chosen": chosen, "worst": {a.id, b.id} == worst})
    return out


@router.post("/targets/{name}/weights")
def save(request: Request, workspace: PageWorkspace, name: str, fields: Fields) -> Response:
    """Store the weights that the comparisons come to."""
    side: Side = "strength" if text_of(fields, "side") == "strength" else "attractiveness"
    criteria = [c for c in workspace.targets.criteria(name).criteria if c.side == side]
    workspace.targets.weigh(
        name,
        comparisons=_sent(fields, criteria),
        side=side,
        why=text_of(fields, "why"),
        seen_version=seen_of(fields),
    )
    return gone_to(request, "targets", name)


@router.post("/targets/{name}/add")
def add(request: Request, workspace: PageWorkspace, name: str, fields: Fields) -> Response:
    """Take a criterion of the library into the ranking."""
    wanted = text_of(fields, "id")
    stored = workspace.targets.criteria(name)
    found = next((c for c in workspace.targets.library().criteria if c.id == wanted), None)
    if found is None:
        known = [c.id for c in workspace.targets.library().criteria]
        raise UnknownNameError("error.targets.unknown_criterion", lacking=[wanted[:80]], known=known)
    _set(workspace, name, stored, (*stored.criteria, found), fields)
    return gone_to(request, "targets", name, anchor="library")


@router.post("/targets/{name}/criterion")
def change(request: Request, workspace: PageWorkspace, name: str, fields: Fields) -> Response:
    """Change how a criterion turns its value into a score and who answers for it, or take it out."""
    wanted = text_of(fields, "id")
    stored = workspace.targets.criteria(name)
    if wanted not in [c.id for c in stored.criteria]:
        known = [c.id for c in stored.criteria]
        raise UnknownNameError("error.targets.unknown_criterion", lacking=[wanted[:80]], known=known)
    if text_of(fields, "remove"):
        kept = tuple(c for c in stored.criteria if c.id != wanted)
    else:
        kept = tuple(_changed(c, fields) if c.id == wanted else c for c in stored.criteria)
    _set(workspace, name, stored, kept, fields)
    return gone_to(request, "targets", name, anchor="library")


def _set(
    workspace: PageWorkspace, name: str, stored: CriteriaSet, criteria: tuple[Criterion, ...], fields: Fields
) -> None:
    ids = {c.id for c in criteria}
    comparisons = tuple(c for c in stored.comparisons if {c.a, c.b} <= ids)
    new = CriteriaSet(criteria=criteria, knockouts=stored.knockouts, comparisons=comparisons)
    workspace.targets.set_criteria(name, new, seen_version=seen_of(fields))


def _changed(criterion: Criterion, fields: Fields) -> Criterion:
    given: dict[str, Any] = {"owner": text_of(fields, "owner", most=200)}
    if criterion.origin == "measured":
        given |= {"direction": text_of(fields, "direction") or criterion.direction}
        given |= {"curve": text_of(fields, "curve") or "linear"}
        for end in ("low", "high"):
            text = text_of(fields, end, most=40)
            given[end] = number_of(text, criterion.label) if text else None
        linear = given["curve"] == "linear"
        given["points"] = () if linear else _points(text_of(fields, "points"), criterion.label)
    try:
        return Criterion.model_validate(criterion.model_dump() | given)
    except ValidationError as error:
        reason = str(error.errors()[0]["msg"])
        raise SettingError("error.targets.value_function", name=criterion.label, reason=reason) from error


def _points(text: str, name: Label) -> tuple[tuple[float, float], ...]:
    """Return points written as ``0:0; 10:5; 20:10``."""
    made = []
    for word in text.replace("；", ";").replace("：", ":").split(";"):
        if word.strip():
            x, _, y = word.partition(":")
            made.append((number_of(x.strip(), name), number_of(y.strip(), name)))
    return tuple(made)
