"""Pages of segmentations: the list, what each is like, its members, and the forms that change them."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Query
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response

from qunxiang.errors import NothingYetError, SettingError
from qunxiang.i18n import Label, Message, from_json
from qunxiang.segmentation.classify import scheme as scheme_named
from qunxiang.segmentation.schemes import SCHEMES
from qunxiang.services.access import allowed
from qunxiang.services.segment_cross import CROSS
from qunxiang.services.segment_describe import SegmentationDescription, SegmentView
from qunxiang.services.segment_fit_evidence import near
from qunxiang.web.auth import PageWorkspace
from qunxiang.web.pages import segment_charts as charts
from qunxiang.web.pages import segment_fading as fading
from qunxiang.web.pages.answers import Fields, gone_to, label_of, text_of
from qunxiang.web.pages.segment_words import definitions_for, firmness, names_of, reasons_said, rules_said
from qunxiang.web.rendering import show
from qunxiang.workspace import Workspace

router = APIRouter()
PER_PAGE = 50
MOST_CROSSED = 12
"""Segmentations that the matrix of overlaps shows at most."""
VERDICTS = ("natural", "reproducible", "constructive")


@router.get("/segments")
def segment_list(request: Request, workspace: PageWorkspace) -> HTMLResponse:
    """Show every segmentation as a card."""
    return show(
        request,
        workspace,
        "pages/segments.html",
        active="segments",
        page_title=Message("room.segments.title"),
        segmentations=workspace.segments.list(),
        snapshot=workspace.snapshot,
    )


@router.get("/segments/-/schemes")
def schemes(request: Request, workspace: PageWorkspace) -> HTMLResponse:
    """Offer the ready-made classifications."""
    used = {s.scheme for s in workspace.segments.list()}
    return show(
        request,
        workspace,
        "pages/segments_schemes.html",
        active="segments",
        page_title=Message("room.schemes.title"),
        schemes=list(SCHEMES.values()),
        used=used,
        segmentations=[(s.id, s.label) for s in workspace.segments.list() if s.scheme != CROSS],
    )


@router.get("/segments/-/schemes/{scheme}")
def scheme_editor(request: Request, workspace: PageWorkspace, scheme: str) -> HTMLResponse:
    """Lay a scheme open: thresholds and how they are found, rules, and whom it would take with other thresholds."""
    fields = request.query_params
    chosen = scheme_named(scheme)
    given: dict[str, float] = {}
    for parameter in chosen.parameters:
        if text := fields.get(parameter.name, "").strip():
            try:
                given[parameter.name] = float(text)
            except ValueError as error:
                raise SettingError("room.error.number", name=parameter.label, value=text[:40]) from error
    breaks = [p.name for p in chosen.parameters if fields.get(f"break_{p.name}") and p.name not in given]
    view = workspace.segments.scheme(scheme, thresholds=given, breaks=breaks)
    traits = {s.definition.id: s.definition for s in workspace.traits.list()}
    return show(
        request,
        workspace,
        "pages/segments_scheme.html",
        active="segments",
        page_title=chosen.label,
        view=view,
        rules_said=rules_said(workspace, traits, (s.rule for s in view.segments)),
        able=frozenset(p.name for p in chosen.parameters if p.values is not None),
        given=given,
        breaks=frozenset(breaks),
    )


@router.post("/segments/-/grid")
def cross(request: Request, workspace: PageWorkspace, fields: Fields) -> Response:
    """Cross two segmentations; each cell becomes a segment."""
    name = text_of(fields, "name", most=100)
    rows, columns = text_of(fields, "rows"), text_of(fields, "columns")
    workspace.segments.cross(name, rows, columns, label=label_of(fields), why=text_of(fields, "why"))
    return gone_to(request, "segments", name)


@router.get("/segments/-/overlap")
def overlap(
    request: Request,
    workspace: PageWorkspace,
    of: Annotated[list[str] | None, Query(max_length=MOST_CROSSED)] = None,
    show_as: Literal["counts", "jaccard", "inside"] = "counts",
) -> HTMLResponse:
    """Show how many members segments share, as a matrix of those chosen."""
    listed = workspace.segments.list()
    chosen = [name for name in of or [] if name] or [s.id for s in listed][:MOST_CROSSED]
    found = workspace.segments.overlap(*chosen) if listed else None
    return show(
        request,
        workspace,
        "pages/segments_overlap.html",
        active="segments",
        page_title=Message("room.overlap.title"),
        segmentations=listed,
        chosen=chosen,
        found=found,
        show_as=show_as,
        ways=("counts", "jaccard", "inside"),
    )


@router.post("/segments/-/schemes/{scheme}")
def classify(request: Request, workspace: PageWorkspace, scheme: str, fields: Fields) -> Response:
    """Apply a ready-made classification, with thresholds set by hand where a field was changed."""
    breaks = [p.name for p in scheme_named(scheme).parameters if text_of(fields, f"break_{p.name}")]
    given = _thresholds(scheme, fields)
    workspace.segments.classify(scheme, thresholds=given, breaks=breaks, why=text_of(fields, "why"))
    return gone_to(request, "segments", scheme)


def _thresholds(scheme: str, fields: Fields) -> dict[str, float] | None:
    """Thresholds by hand: those ticked to be set, others are found from the data."""
    chosen = scheme_named(scheme)
    given: dict[str, float] = {}
    for parameter in chosen.parameters:
        text = text_of(fields, parameter.name)
        if text_of(fields, f"by_hand_{parameter.name}") and text:
            try:
                given[parameter.name] = float(text)
            except ValueError as error:
                raise SettingError("room.error.number", name=parameter.label, value=text[:40]) from error
    return given or None


@router.get("/segments/{name}")
def segment_detail(request: Request, workspace: PageWorkspace, name: str) -> HTMLResponse:
    """Show what each segment is like and what marks it."""
    found = workspace.segments.describe(name)
    evidence = found.segmentation.evidence
    traits = definitions_for(workspace, found)
    rules = [s.rule for s in found.segments] + [r.rule for s in found.segments for r in s.short_rules]
    said = rules_said(workspace, traits, rules)
    return show(
        request,
        workspace,
        "pages/segments_detail.html",
        active="segments",
        page_title=found.segmentation.label,
        found=found,
        name=name,
        currency=workspace.settings.currency,
        verdict=verdict_of(found),
        reason=from_json(evidence["reason"]) if evidence.get("reason") else None,
        views_list=[_segment_view(s, said) for s in found.segments],
        rules_said=said,
        trait_names=names_of(traits, _traits_named(found)),
        chart_shares=charts.shares_chart(found),
        chart_values=charts.order_values_chart(found, workspace.settings.currency),
        chart_growth=charts.growth_chart(found),
        chart_stability=charts.stability_chart(evidence),
        chart_restarts=charts.restarts_chart(evidence),
        chart_each=charts.segments_chart(found.segments),
        chart_across=charts.across_chart(evidence),
        by_k=charts.by_k(evidence),
        near=near(evidence),
        fading=fading.of(evidence),
        sample_message=from_json(evidence["sample_size"]["message"]) if evidence.get("sample_size") else None,
        checks=workspace.segments.check(name),
        runs=_runs(workspace, found),
        parameters=_parameters(found),
        grid=_grid(workspace, found),
        history=_history(workspace, name),
        by_hand=_by_hand(workspace, name),
    )


def verdict_of(found: SegmentationDescription) -> str:
    """Return the key of the badge: the verdict of fitted segments, or ``rule`` where rules draw the lines."""
    verdict = found.segmentation.evidence.get("verdict")
    return verdict if verdict in VERDICTS else "rule"


def _traits_named(found: SegmentationDescription) -> set[str]:
    """Return the traits that the definition and its evidence name."""
    segmentation = found.segmentation
    preparation = segmentation.evidence.get("preparation") or {}
    named = set(segmentation.model.traits) if segmentation.model is not None else set()
    named |= {n["trait"] for n in preparation.get("numbers", ())} | set(segmentation.evidence.get("dropped") or ())
    named |= {r[side] for r in preparation.get("repeats", ()) for side in ("other", "kept")}
    weight = segmentation.evidence.get("weight")
    return named | ({weight["trait"]} if weight else set())


def _segment_view(segment: SegmentView, said: Mapping[str, Label]) -> dict[str, Any]:
    return {
        "it": segment,
        "firm": firmness(segment.stability["mean"] if segment.stability else None),
        "rules": [{"it": r, "words": said[r.rule]} for r in segment.short_rules],
        "colour": charts.colour_of(segment),
        "words": charts.marker_words(segment),
        "chart": charts.markers_chart(segment),
    }


def _runs(workspace: Workspace, found: SegmentationDescription) -> list[dict[str, Any]]:
    """Group moves by run: whether everybody entered (the first assignment) and the moves, largest first."""
    labels = {s.id: s for s in found.segmentation.segments}
    runs: dict[int, dict[str, Any]] = {}
    for change in workspace.segments.changes(found.segmentation.id, runs=6):
        run = runs.setdefault(change.run, {"run": change.run, "as_of": change.as_of, "moves": [], "n": 0})
        run["moves"].append(
            {"from": labels.get(change.from_segment or ""), "to": labels.get(change.to_segment or ""), "n": change.n}
        )
        run["n"] += change.n
    for run in runs.values():
        run["first"] = all(move["from"] is None for move in run["moves"])
    return list(runs.values())


def _grid(workspace: Workspace, found: SegmentationDescription) -> dict[str, Any] | None:
    """Return the cells of two crossed segmentations, row by row; None for other segmentations."""
    segmentation = found.segmentation
    if segmentation.scheme != CROSS:
        return None
    listed = {s.id: s for s in workspace.segments.list()}
    sides = [listed.get(str(segmentation.parameters[side])) for side in ("rows", "columns")]
    if None in sides:
        return None
    cells = {s.id: s for s in found.segments}
    down, across = sides
    assert down is not None
    assert across is not None
    return {
        "rows": down.segments,
        "columns": across.segments,
        "cells": [[cells.get(f"{a.id}__{b.id}") for b in across.segments] for a in down.segments],
    }


def _parameters(found: SegmentationDescription) -> list[dict[str, Any]]:
    segmentation = found.segmentation
    if segmentation.scheme is None or segmentation.scheme not in SCHEMES:
        return []
    return [
        {
            "it": p,
            "value": segmentation.parameters.get(p.name),
            "found": p.default is None,
            "fit": segmentation.parameters.get("breaks", {}).get(p.name),
        }
        for p in SCHEMES[segmentation.scheme].parameters
    ]


def _history(workspace: Workspace, name: str) -> list[Any]:
    """Return all versions of the definition, newest first."""
    if not allowed("definition.history", workspace.actor.role):
        return []
    return sorted(workspace.definitions.history("segmentation", name), key=lambda d: -d.version)


def _by_hand(workspace: Workspace, name: str) -> list[dict[str, Any]]:
    """Return who was put into a segment by hand, with the reason."""
    if not allowed("segment.members", workspace.actor.role) or not allowed("definition.history", workspace.actor.role):
        return []
    try:
        versions = workspace.definitions.history("by_hand", name)
    except (NothingYetError, LookupError):
        return []
    if not versions:
        return []
    members = max(versions, key=lambda d: d.version).body["members"]
    return [
        {"profile_id": profile_id, **given, "at": datetime.fromisoformat(given["at"])}
        for profile_id, given in sorted(members.items())
    ]


@router.get("/segments/{name}/members")
def member_list(
    request: Request,
    workspace: PageWorkspace,
    name: str,
    segment: str = "",
    page: Annotated[int, Query(ge=1, le=100_000)] = 1,
) -> HTMLResponse:
    """Show the members of a segmentation or of one segment, page by page."""
    summary = summary_of(workspace, name)
    members = workspace.segments.members(name, segment=segment or None)
    labels = {s.id: s for s in summary.segments}
    rows = members.slice((page - 1) * PER_PAGE, PER_PAGE).to_pylist()
    return show(
        request,
        workspace,
        "pages/segments_members.html",
        active="segments",
        page_title=Message("room.members.title", {"name": summary.label}),
        found=summary,
        name=name,
        segment=segment,
        labels=labels,
        rows=rows,
        total=members.num_rows,
        page=page,
        per_page=PER_PAGE,
    )


@router.get("/segments/{name}/why/{profile_id}")
def why(request: Request, workspace: PageWorkspace, name: str, profile_id: str) -> HTMLResponse:
    """Say why a profile is where it is; a part for the drawer."""
    summary = summary_of(workspace, name)
    found = workspace.segments.why(name, profile_id)
    return show(
        request,
        workspace,
        "pages/segments_why.html",
        active="segments",
        drawer=True,
        page_title=summary.label,
        found=summary,
        labels={s.id: s for s in summary.segments},
        profile_id=profile_id,
        why=found,
        reasons=reasons_said(workspace, found.reasons),
    )


def summary_of(workspace: Workspace, name: str) -> Any:
    """Return a segmentation with the sizes of its segments."""
    found = next((s for s in workspace.segments.list() if s.id == name), None)
    return found if found is not None else workspace.segments.stability(name)  # raises: there is no such segmentation


@router.post("/segments/{name}/rename")
def rename(request: Request, workspace: PageWorkspace, name: str, fields: Fields) -> Response:
    """Give a segment another name."""
    label = label_of(fields)
    if label is None:
        raise SettingError("room.error.label_missing")
    workspace.segments.rename(name, segment=text_of(fields, "segment"), label=label, why=text_of(fields, "why"))
    return gone_to(request, "segments", name)


@router.post("/segments/{name}/mark")
def mark(request: Request, workspace: PageWorkspace, name: str, fields: Fields) -> Response:
    """Put a profile into a segment that people decide, or take it out."""
    workspace.segments.mark(
        name,
        segment=text_of(fields, "segment"),
        profile_id=text_of(fields, "profile_id"),
        why=text_of(fields, "why"),
        member=text_of(fields, "member") != "0",
    )
    return gone_to(request, "segments", name, anchor="by-hand")


@router.post("/segments/{name}/archive")
def archive(request: Request, workspace: PageWorkspace, name: str, fields: Fields) -> Response:
    """Take a segmentation out of use."""
    workspace.segments.archive(name, why=text_of(fields, "why"))
    return gone_to(request, "segments")
