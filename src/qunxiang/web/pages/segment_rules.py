"""The rule builder: one rule as rows and as text, with its size while it is edited."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Body
from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, Response

from qunxiang.errors import RuleError, SettingError
from qunxiang.i18n import Message, render
from qunxiang.model import Family
from qunxiang.model.trait import TraitKind
from qunxiang.services.trait_read import TraitState
from qunxiang.sql import from_tree, parse_rule, to_tree
from qunxiang.sql.rule_tree import OPERATORS
from qunxiang.sql.rule_types import rule_type
from qunxiang.web.auth import PageWorkspace
from qunxiang.web.pages.answers import Fields, gone_to, label_of, text_of
from qunxiang.web.rendering import language, show
from qunxiang.workspace import Workspace

router = APIRouter()
TAKEN = frozenset({"new", "fit"})
"""Names that are addresses of pages."""

EXAMPLES = (
    ("room.rule.example.lapsing", "recency_days > 30 and frequency >= 20"),
    ("room.rule.example.discount", "discount_share > 0.2 and monetary_365d >= 1000"),
    ("room.rule.example.weekend", "weekend_share > 0.5 or evening_share > 0.5"),
)


@router.get("/segments/new")
def new_rule(request: Request, workspace: PageWorkspace, name: str = "", rule: str = "") -> HTMLResponse:
    """Show the builder, empty, with a given rule, or with that of an existing segment."""
    existing = None
    if name:
        existing = next((s for s in workspace.segments.list() if s.id == name and s.method == "rule"), None)
    text = rule or (existing.segments[0].rule or "" if existing is not None else "")
    states = workspace.traits.list()
    lang = language(request)
    return show(
        request,
        workspace,
        "pages/segments_rule.html",
        active="segments",
        page_title=Message("room.rule.title_edit" if existing else "room.rule.title"),
        existing=existing,
        rule=text,
        builder=_builder(states, text, lang),
        profiles=workspace.segments.size("frequency is null or frequency is not null").profiles
        if any(s.definition.id == "frequency" for s in states)
        else (states[0].n if states else 0),
        examples=[e for e in EXAMPLES if _readable(e[1], _types(states))],
    )


@router.post("/segments/-/rule")
def read_rule(request: Request, workspace: PageWorkspace, sent: Annotated[dict[str, Any], Body()]) -> JSONResponse:
    """Read a rule sent as ``text`` or ``tree``; answer with both, its size, or the error with its place."""
    lang = language(request)
    states = workspace.traits.list()
    types = _types(states)
    try:
        rule = parse_rule(str(sent["text"]), types) if "text" in sent else from_tree(sent.get("tree"), types)
    except RuleError as error:
        place = {"start": error.start, "end": error.end, "path": error.params.get("path")}
        return JSONResponse({"error": {"message": error.render(lang), "code": error.code, **place}})
    size = workspace.segments.size(rule.text)
    labels = {s.definition.id: s.definition.label for s in states}
    unknown = [
        {"label": labels[t](lang), "text": render(Message("room.rule.unknown", {"n": n, "trait": labels[t]}), lang)}
        for t, n in size.unknown.items()
        if n
    ]
    return JSONResponse(
        {
            "text": rule.text,
            "tree": to_tree(rule),
            "size": {
                "n": size.n,
                "profiles": size.profiles,
                "share": size.share,
                "text": render(Message("room.rule.size", {"n": size.n, "share": size.share}), lang),
                "unknown": unknown,
            },
        }
    )


@router.get("/segments/-/levels/{trait}")
def levels(workspace: PageWorkspace, trait: str) -> JSONResponse:
    """Return the values a trait takes, for the choice in a row of the builder."""
    found = workspace.traits.show(trait)
    return JSONResponse({"levels": [{"value": value, "n": n} for value, n in found.levels if value is not None]})


@router.post("/segments")
def save_rule(request: Request, workspace: PageWorkspace, fields: Fields) -> Response:
    """Define a segment by a rule; an existing name gets its next version."""
    name = text_of(fields, "name", most=100)
    if name in TAKEN:
        raise SettingError("room.error.name_taken", name=name)
    workspace.segments.define(
        name,
        text_of(fields, "rule", most=4_000),
        label=label_of(fields),
        note=label_of(fields, "note"),
        why=text_of(fields, "why"),
    )
    return gone_to(request, "segments", name)


def _types(states: list[TraitState]) -> dict[str, TraitKind]:
    return {s.definition.id: s.definition.kind for s in states}


def _readable(text: str, types: dict[str, TraitKind]) -> bool:
    try:
        parse_rule(text, types)
    except RuleError:
        return False
    return True


def _builder(states: list[TraitState], text: str, lang: str) -> dict[str, Any]:
    """What the builder's script needs: traits by family, operators by type, words, and the rule to begin with."""
    families = [
        {
            "name": render(Message(f"room.family.{family.value}"), lang),
            "traits": [_trait(s, lang) for s in states if s.definition.family is family],
        }
        for family in Family
    ]
    operators = {
        kind: [{"id": o, "name": render(Message(f"room.rule.operator.{_code(o)}"), lang)} for o in allowed]
        for kind, allowed in OPERATORS.items()
    }
    words = (
        *("all", "any", "not", "add_row", "add_group", "add_not", "remove", "combine", "field", "operator", "value"),
        *("low", "high", "yes", "no", "search", "expression", "first_error", "choose", "several", "group", "row"),
    )
    return {
        "families": [f for f in families if f["traits"]],
        "operators": operators,
        "words": {w: render(Message(f"room.rule.word.{w}"), lang) for w in words},
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


_CODES = {"=": "eq", "!=": "ne", ">": "gt", ">=": "ge", "<": "lt", "<=": "le"}


def _code(operator: str) -> str:
    return _CODES.get(operator, operator)


def trait_choices(workspace: Workspace) -> list[TraitState]:
    """Return the traits that segments can be fitted to: numbers that are not sensitive."""
    return [s for s in workspace.traits.list() if s.definition.is_numeric and not s.definition.sensitive]
