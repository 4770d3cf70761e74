"""The rule builder: one rule as rows and as text, with its size while it is edited."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any

from fastapi import APIRouter, Body
from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, Response

from qunxiang.errors import RuleError, SettingError
from qunxiang.i18n import Label, Message, render
from qunxiang.model import Family
from qunxiang.model.trait import NUMERIC_KINDS, TraitKind
from qunxiang.services.segment_define import RESERVED
from qunxiang.services.segment_size import SIZE_SAMPLE, RuleSize
from qunxiang.services.trait_read import TraitState
from qunxiang.sql import from_tree, parse_rule, to_tree
from qunxiang.sql.rule_types import TraitTypes, rule_type
from qunxiang.web.auth import PageWorkspace
from qunxiang.web.pages.answers import Fields, gone_to, label_of, text_of
from qunxiang.web.pages.rule_behaviour import behaviour_choices, rule_tables_of, segment_choices, words_of
from qunxiang.web.pages.rule_words import operators, words
from qunxiang.web.rendering import language, show
from qunxiang.workspace import Workspace

router = APIRouter()
VIEWED = (
    "count(events where page like '%pricing%', last 30 days) >= 3"
    " and not exists(orders, after last(events where page like '%pricing%'))"
)
EXAMPLES = (
    ("room.rule.example.lapsing", "recency_days > 30 and frequency >= 20"),
    ("room.rule.example.discount", "discount_share > 0.2 and monetary_365d >= 1000"),
    ("room.rule.example.weekend", "weekend_share > 0.5 or evening_share > 0.5"),
    ("room.rule.example.viewed", VIEWED),
    ("room.rule.example.cooling", "count(order_lines, last 60 days) >= 3 and not exists(order_lines, last 7 days)"),
)


@router.get("/segments/new")
def new_rule(request: Request, workspace: PageWorkspace, name: str = "", rule: str = "") -> HTMLResponse:
    """Show the builder, empty, with a given rule, or with that of an existing segment."""
    existing = None
    if name:
        existing = next(
            (s for s in workspace.segments.list() if s.id == name and s.method == "rule" and s.scheme is None), None
        )
    text = rule or (existing.segments[0].rule or "" if existing is not None else "")
    states = workspace.traits.list()
    types = _types(workspace, states)
    lang = language(request)
    return show(
        request,
        workspace,
        "pages/segments_rule.html",
        active="segments",
        page_title=Message("room.rule.title_edit" if existing else "room.rule.title"),
        existing=existing,
        rule=text,
        builder=_builder(workspace, states, text, lang),
        profiles=workspace.segments.size("frequency is null or frequency is not null").profiles
        if any(s.definition.id == "frequency" for s in states)
        else (states[0].n if states else 0),
        examples=[e for e in EXAMPLES if _readable(e[1], types)],
    )


@router.post("/segments/-/rule")
def read_rule(request: Request, workspace: PageWorkspace, sent: Annotated[dict[str, Any], Body()]) -> JSONResponse:
    """Read a rule sent as ``text`` or ``tree``; answer with both, its size, or the error with its place."""
    lang = language(request)
    states = workspace.traits.list()
    types = _types(workspace, states)
    try:
        rule = parse_rule(str(sent["text"]), types) if "text" in sent else from_tree(sent.get("tree"), types)
    except RuleError as error:
        place = {"start": error.start, "end": error.end, "path": error.params.get("path")}
        return JSONResponse({"error": {"message": error.render(lang), "code": error.code, **place}})
    size = workspace.segments.size(rule.text, sample=None if sent.get("exact") else SIZE_SAMPLE)
    labels = {s.definition.id: s.definition.label for s in states}
    return JSONResponse({"text": rule.text, "tree": to_tree(rule), "size": _size(size, labels, types, lang)})


def _size(size: RuleSize, labels: Mapping[str, Label], types: TraitTypes, lang: str) -> dict[str, Any]:
    """Return the live size as the builder shows it; `n` are all members, estimated where only a sample was counted."""
    unknown = [
        {"label": labels[t](lang), "text": render(Message("room.rule.unknown", {"n": n, "trait": labels[t]}), lang)}
        for t, n in size.unknown.items()
        if n
    ]
    told = {"n": size.estimated, "share": size.share, "sampled": size.sampled, "low": size.low, "high": size.high}
    code = "room.rule.size" if size.sampled is None else "room.rule.size_sampled"
    conditions = [
        {
            "words": words_of(c.condition, labels, types)(lang),
            "text": render(Message("room.rule.holds", {"n": _scaled(c.n, size), "unknown": c.unknown}), lang),
            "n": c.n,
            "unknown": c.unknown,
        }
        for c in size.conditions
    ]
    return {
        "n": size.estimated,
        "profiles": size.profiles,
        "share": size.share,
        "sampled": size.sampled,
        "text": render(Message(code, told), lang),
        "unknown": unknown,
        "conditions": conditions,
    }


def _scaled(n: int, size: RuleSize) -> int:
    return n if not size.sampled else round(n / size.sampled * size.profiles)


@router.get("/segments/-/levels/{trait}")
def levels(workspace: PageWorkspace, trait: str) -> JSONResponse:
    """Return the values a trait takes, for the choice in a row of the builder."""
    found = workspace.traits.show(trait)
    return JSONResponse({"levels": [{"value": value, "n": n} for value, n in found.levels if value is not None]})


@router.post("/segments")
def save_rule(request: Request, workspace: PageWorkspace, fields: Fields) -> Response:
    """Define a segment by a rule; an existing name gets its next version."""
    name = text_of(fields, "name", most=100)
    if name in RESERVED:
        raise SettingError("room.error.name_taken", name=name)
    workspace.segments.define(
        name,
        text_of(fields, "rule", most=4_000),
        label=label_of(fields),
        note=label_of(fields, "note"),
        why=text_of(fields, "why"),
    )
    return gone_to(request, "segments", name)


def _types(workspace: Workspace, states: list[TraitState]) -> TraitTypes:
    segments = {s.id: tuple(one.id for one in s.segments) for s in workspace.segments.list()}
    return TraitTypes((s.definition for s in states), rule_tables_of(workspace), segments)


def _readable(text: str, types: dict[str, TraitKind]) -> bool:
    try:
        parse_rule(text, types)
    except RuleError:
        return False
    return True


def _builder(workspace: Workspace, states: list[TraitState], text: str, lang: str) -> dict[str, Any]:
    """What the builder's script needs: traits by family, operators by type, words, and the rule to begin with."""
    families = [
        {
            "name": render(Message(f"room.family.{family.value}"), lang),
            "traits": [_trait(s, lang) for s in states if s.definition.family is family],
        }
        for family in Family
    ]
    return {
        "families": [f for f in families if f["traits"]],
        "operators": operators(lang),
        "words": words(lang),
        "behaviour": behaviour_choices(rule_tables_of(workspace), segment_choices(workspace, lang), lang),
        "address": "/segments/-/rule",
        "levels": "/segments/-/levels/",
        "text": text,
    }


def _trait(state: TraitState, lang: str) -> dict[str, Any]:
    d = state.definition
    return {
        "id": d.id,
        "label": d.label(lang),
        "unit": "" if d.kind in ("text", "boolean", "share", "date") else d.unit(lang),
        "type": rule_type(d.kind),
        "share": d.kind == "share",
        "middle": state.median,
        "coverage": state.coverage,
        "hint": d.definition(lang),
    }


def trait_choices(workspace: Workspace) -> list[TraitState]:
    """Return the traits that segments can be fitted to: numbers, text and yes/no that are not sensitive."""
    fits = (*NUMERIC_KINDS, "text", "boolean")
    return [s for s in workspace.traits.list() if s.definition.kind in fits and not s.definition.sensitive]
