"""Pages of laddering interviews: import, implication matrix, cutoff, hierarchical value map, proposal."""

from __future__ import annotations

from typing import Annotated, Any
from urllib.parse import urlencode

from fastapi import APIRouter, Query, Request, UploadFile
from starlette.responses import HTMLResponse, Response

from qunxiang.charts.chains import ChainLink, ChainMap, ChainNode
from qunxiang.charts.spec import Axis, LineChart, Reference, Series
from qunxiang.errors import QunxiangError, SettingError
from qunxiang.i18n import Message
from qunxiang.model.ladder import LADDER_LEVELS
from qunxiang.positioning.implications import COUNTINGS, LINKINGS
from qunxiang.positioning.ladder import reached
from qunxiang.positioning.laddering import COLUMNS
from qunxiang.services.brand_laddering import LadderingReport, LadderingView
from qunxiang.web.api.answers import required
from qunxiang.web.api.uploads import drop_upload, save_upload
from qunxiang.web.auth import PageWorkspace
from qunxiang.web.pages.answers import Fields, gone_to, label_of, text_of
from qunxiang.web.pages.brand_ladder import drawings
from qunxiang.web.pages.brand_places import place_groups, place_names, place_query
from qunxiang.web.pages.loading import ACCEPT
from qunxiang.web.rendering import language, show
from qunxiang.workspace import Workspace

router = APIRouter()
IMPORT = "brand.ladder.import"
MOST_SHOWN = 40
"""Concepts up to which the matrix is shown whole."""


@router.get("/brand/laddering")
def studies(request: Request, workspace: PageWorkspace) -> HTMLResponse:
    """Show every laddering study and ask for a new one."""
    return _studies(request, workspace)


def _studies(request: Request, workspace: Workspace, wrong: Message | None = None) -> HTMLResponse:
    return show(
        request,
        workspace,
        "pages/brand_laddering.html",
        active="brand",
        page_title=Message("page.brand.interviews"),
        status=200 if wrong is None else 422,
        studies=workspace.brand.ladder.studies(),
        accept=ACCEPT,
        columns=list(COLUMNS),
        wrong=wrong,
    )


@router.post("/brand/laddering")
def import_study(request: Request, workspace: PageWorkspace, file: UploadFile, fields: Fields) -> Response:
    """Import a file of coded interviews."""
    name = text_of(fields, "name", most=100)
    required(workspace, IMPORT, name)
    if not file.filename:
        return _studies(request, workspace, Message("page.load.no_file"))
    columns = {what: text_of(fields, f"column_{what}", most=200) for what in COLUMNS}
    source = save_upload(workspace, file, use_case=IMPORT)
    try:
        report = workspace.brand.ladder.load(
            name,
            workspace.settings.folder / source,
            columns={what: column for what, column in columns.items() if column},
            label=label_of(fields),
            why=text_of(fields, "why"),
        )
    except QunxiangError as error:
        return _studies(request, workspace, error.message)
    finally:
        drop_upload(workspace, source)
    if report.refused or report.n_without:
        return _matrix(request, workspace, workspace.brand.ladder.matrix(name), report)
    return gone_to(request, "brand", "laddering", name)


@router.get("/brand/laddering/{study}")
def matrix(
    request: Request,
    workspace: PageWorkspace,
    study: str,
    group: Annotated[str, Query(max_length=200)] = "",
    counting: Annotated[str, Query(max_length=20)] = "respondent",
    linking: Annotated[str, Query(max_length=20)] = "all",
    cutoff: Annotated[str, Query(max_length=6)] = "",
) -> HTMLResponse:
    """Show matrix, measures, cutoffs and map of a study."""
    view = workspace.brand.ladder.matrix(
        study, group=group or None, counting=counting, linking=linking, cutoff=_cutoff(cutoff)
    )
    return _matrix(request, workspace, view, None)


def _cutoff(text: str) -> int | None:
    if not text.strip():
        return None
    if not text.strip().isdecimal():
        raise SettingError("error.ladder.cutoff", cutoff=text[:20])
    return int(text)


def unsupported(view: LadderingView) -> list[str]:
    """Return the benefits of a map that no attribute leads to: a ladder proposed from it would lack their footing."""
    level = {c.concept: c.level for c in view.concepts}
    pairs = [(k.lower, k.upper) for k in (*view.links, *view.implied)]
    up: dict[str, set[str]] = {}
    for lower, upper in pairs:
        up.setdefault(lower, set()).add(upper)
    held = reached({c for c in up if level[c] == "attribute"}, up)
    return [c for c in level if c not in held and any(c in pair for pair in pairs)]


def _matrix(
    request: Request, workspace: Workspace, view: LadderingView, report: LadderingReport | None
) -> HTMLResponse:
    concepts = [c.concept for c in view.concepts]
    cells = {(c.lower, c.upper): c for c in view.cells}
    shown = concepts if len(concepts) <= MOST_SHOWN else []
    chosen: dict[str, Any] = {"counting": view.counting, "linking": view.linking, "group": view.group or ""}
    return show(
        request,
        workspace,
        "pages/brand_laddering_study.html",
        active="brand",
        page_title=view.study.label,
        view=view,
        unsupported=unsupported(view),
        report=report,
        countings=[(c, Message(f"page.brand.counting.{c}")) for c in COUNTINGS],
        linkings=[(k, Message(f"page.brand.linking.{k}")) for k in LINKINGS],
        group_choices=[
            ("", Message("page.brand.everybody")),
            *((g, f"{g} ({n})") for g, n in view.study.groups.items()),
        ],
        rows=[(c, [cells.get((c, other)) for other in shown]) for c in shown],
        shown=shown,
        numbers={c: n for n, c in enumerate(concepts, start=1)},
        drawings=drawings(_map(view), language(request)) if view.links else None,
        chart=_cutoffs(view),
        query=urlencode(chosen),
        groups=place_groups(workspace.brand.ladder.list()),
        measures=[
            {
                "concept": c.concept,
                "level": Message(f"brand.level.{c.level}"),
                "mentions": c.mentions,
                "out": c.out,
                "into": c.into,
                "abstractness": c.abstractness,
                "centrality": c.centrality,
                "prestige": c.prestige,
            }
            for c in view.concepts
        ],
    )


def _map(view: LadderingView) -> ChainMap:
    """Return the hierarchical value map: lines as thick as their links, dashed where nobody links them straight."""
    joined = {name for k in view.links for name in (k.lower, k.upper)}
    concepts = [c for c in view.concepts if c.concept in joined]
    places = {c.concept: n for n, c in enumerate(concepts)}
    most = max((k.direct + k.indirect for k in view.links), default=1)
    return ChainMap(
        title=Message("page.brand.map_of", {"study": view.study.label, "cutoff": view.cutoff}),
        bands=tuple(Message(f"brand.level.{level}") for level in LADDER_LEVELS),
        nodes=tuple(ChainNode(c.concept, LADDER_LEVELS.index(c.level), note=f"{c.mentions}") for c in concepts),
        links=tuple(
            ChainLink(places[k.lower], places[k.upper], weight=(k.direct + k.indirect) / most, faint=not k.direct)
            for k in view.links
        ),
    )


def _cutoffs(view: LadderingView) -> LineChart | None:
    if len(view.cutoffs) < 2:
        return None
    return LineChart(
        title=Message("page.brand.cutoffs"),
        x_title=Message("page.brand.cutoff"),
        categories=tuple(str(row.cutoff) for row in view.cutoffs),
        y=Axis(Message("page.brand.kept"), "percent", low=0, high=1),
        series=(
            Series(Message("page.brand.share_of_links"), tuple(row.share_of_links for row in view.cutoffs), colour=0),
            Series(Message("page.brand.share_of_pairs"), tuple(row.share_of_pairs for row in view.cutoffs), colour=1),
        ),
        references=(Reference(2 / 3, Message("page.brand.two_thirds")),),
    )


@router.post("/brand/laddering/{study}/propose")
def propose(request: Request, workspace: PageWorkspace, study: str, fields: Fields) -> Response:
    """Propose a ladder from the map as it is shown."""
    name, segment = place_names(text_of(fields, "place"))
    view = workspace.brand.ladder.propose(
        study,
        name,
        segment,
        group=text_of(fields, "group", most=200) or None,
        counting=text_of(fields, "counting", most=20) or "respondent",
        linking=text_of(fields, "linking", most=20) or "all",
        cutoff=_cutoff(text_of(fields, "cutoff", most=6)),
        why=text_of(fields, "why"),
    )
    return gone_to(request, "brand", "ladder", query=place_query(view.place))
