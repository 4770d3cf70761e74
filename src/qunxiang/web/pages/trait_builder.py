"""The builder of own variables: table, metric, condition, window, what stands for missing values; with a preview."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any, get_args

from fastapi import APIRouter, Body, Request
from starlette.responses import HTMLResponse, JSONResponse, RedirectResponse, Response

from qunxiang.errors import NothingYetError, QunxiangError, RuleError, SettingError, UnknownNameError, UsageError
from qunxiang.i18n import LANGUAGES, Label, Message, render
from qunxiang.intake.custom import extended
from qunxiang.model import Family, Metric, Missing, Variable
from qunxiang.model.variable import variable_body
from qunxiang.services.access import allowed
from qunxiang.sql import from_tree, parse_rule, to_tree
from qunxiang.sql.metrics import NEEDS_COLUMN, NEEDS_NUMBER, ORDERED, TAKES_COLUMN
from qunxiang.sql.rule_reading import about_columns
from qunxiang.sql.rule_types import TraitType, rule_type
from qunxiang.tables import CONTRACTS, Contract
from qunxiang.traits import own_columns, readable, readable_tables
from qunxiang.web.auth import PageWorkspace
from qunxiang.web.pages.answers import Fields, gone_to, label_of, text_of
from qunxiang.web.pages.rule_words import operators, words
from qunxiang.web.pages.traits import FORMATS, distribution
from qunxiang.web.rendering import language, show
from qunxiang.workspace import Workspace

router = APIRouter()

WAYS = ("measure", "ratio", "expression", "bands")
_FAULTS = (
    ("trait.id", "name"),
    ("taken", "name"),
    ("kind_used", "name"),
    ("unknown_metric", "metric"),
    ("needs_quantile", "quantile"),
    ("needs_trend", "trend"),
    ("needs_where", "where"),
    ("window", "window_kind"),
    ("undated", "window_kind"),
    ("column", "column"),
    ("personal", "column"),
    ("unknown_table", "table"),
    ("missing", "missing"),
    ("circle", "expression"),
)
_BLANK = {
    "way": "measure",
    "metric": "count",
    "over_metric": "count",
    "family": Family.BEHAVIOURAL.value,
    "missing": "natural",
    "window_kind": "all",
    "over_window_kind": "all",
}
_NAMES = (
    *("way", "name", "label_zh", "label_en", "unit_zh", "unit_en", "definition_zh", "definition_en", "family", "why"),
    *("expression", "bands_trait", "bands_cuts", "bands_labels", "missing", "missing_value"),
    *(
        f"{side}{part}"
        for side in ("", "over_")
        for part in ("table", "metric", "column", "where", "quantile", "trend")
    ),
    *(f"{side}window_{part}" for side in ("", "over_") for part in ("kind", "last", "unit", "from", "to")),
)


@router.get("/traits/new")
def new_trait(request: Request, workspace: PageWorkspace, edit: str = "", copy: str = "") -> HTMLResponse:
    """Show the builder, empty, or filled with a variable to change or to copy."""
    typed = dict(_BLANK)
    if edit or copy:
        variable = _stored(workspace, edit or copy)
        typed |= _typed_of(variable) | ({"name": ""} if copy else {})
    return _form(request, workspace, typed, edit=edit)


@router.post("/traits/new")
def define(request: Request, workspace: PageWorkspace, fields: Fields, edit: str = "") -> Response:
    """Define a variable, or show the form again with what is wrong."""
    typed = _typed(fields)
    try:
        body = _body(fields, typed)
        made = workspace.traits.define(typed["name"], **body, why=typed["why"])
    except UsageError as error:
        return _form(request, workspace, typed, edit=edit, wrong=error)
    return RedirectResponse(f"/traits?defined={made.id}", status_code=303)


@router.post("/traits/-/preview")
def preview(request: Request, workspace: PageWorkspace, fields: Fields) -> HTMLResponse:
    """Show how the values of what is in the form lie in a sample."""
    typed = _typed(fields)
    found, wrong = None, None
    try:
        body = variable_body(**_body(fields, typed))
        body.setdefault("label", {lang: render(Message("page.traits.this"), lang) for lang in LANGUAGES})
        found = workspace.traits.preview(typed["name"] or "preview_of_a_variable", body)
    except UsageError as error:
        wrong = error
    return show(
        request,
        workspace,
        "pages/variable_preview.html",
        active="traits",
        found=found,
        chart=distribution(found.detail) if found is not None else None,
        format=FORMATS[found.definition.kind] if found is not None else "plain",
        wrong=None if wrong is None else wrong.message,
        fault=None if wrong is None else fault(wrong),
    )


@router.post("/traits/-/rule")
def read_condition(request: Request, workspace: PageWorkspace, sent: Annotated[dict[str, Any], Body()]) -> JSONResponse:
    """Read a condition on a table's rows sent as ``text`` or ``tree``; answer with both, or the error's place."""
    lang = language(request)
    table, types = str(sent.get("table")), {}
    try:
        types = _types(table, _contracts(workspace))
        rule = parse_rule(str(sent["text"]), types) if "text" in sent else from_tree(sent.get("tree"), types)
    except RuleError as found:
        error = about_columns(found, table, tuple(types))
        place = {"start": error.start, "end": error.end, "path": error.params.get("path")}
        return JSONResponse({"error": {"message": error.render(lang), "code": error.code, **place}})
    except UnknownNameError as error:
        return JSONResponse({"error": {"message": error.render(lang), "code": error.code}})
    return JSONResponse({"text": rule.text, "tree": to_tree(rule)})


@router.post("/traits/{name}/archive")
def archive(request: Request, workspace: PageWorkspace, name: str, fields: Fields) -> Response:
    """Take an own variable out of use."""
    workspace.traits.archive(name, why=text_of(fields, "why"))
    return gone_to(request, "traits")


def fault(error: QunxiangError) -> str:
    """Return the field of the form that an error is about; empty for the form as a whole."""
    if isinstance(error, RuleError):
        return "where"
    return next((name for part, name in _FAULTS if part in error.code), "")


def _stored(workspace: Workspace, name: str) -> Variable:
    found = next((d for d in workspace.definitions.list("trait") if d.id == name), None)
    if found is None:
        raise UnknownNameError("error.trait.not_own", trait=name[:80], known=[])
    return Variable.model_validate(found.body)


def _typed(fields: Fields) -> dict[str, str]:
    return {name: text_of(fields, name) for name in _NAMES}


def _typed_of(variable: Variable) -> dict[str, str]:
    """Return what the form holds for a stored variable."""
    way = (
        "expression" if variable.expression else "bands" if variable.bands else "ratio" if variable.over else "measure"
    )
    typed = {"way": way, "name": variable.id, "family": variable.family.value, "missing": variable.missing}
    typed |= {"missing_value": _text(variable.missing_value), "expression": variable.expression or ""}
    for stem, label in (("label", variable.label), ("unit", variable.unit), ("definition", variable.definition)):
        typed |= {f"{stem}_zh": label.zh if label else "", f"{stem}_en": label.en if label else ""}
    if variable.bands is not None:
        typed["bands_trait"] = variable.bands.trait
        typed["bands_cuts"] = ", ".join(_text(c) for c in variable.bands.cuts)
        typed["bands_labels"] = ", ".join(variable.bands.labels)
    for side, measure in (("", variable.measure), ("over_", variable.over)):
        if measure is None:
            continue
        typed |= {f"{side}{part}": str(getattr(measure, part) or "") for part in ("table", "column", "where", "trend")}
        typed |= {f"{side}metric": measure.metric.value, f"{side}quantile": _text(measure.quantile)}
        window = measure.window
        kind = "all" if window is None else "last" if window.last is not None else "range"
        typed[f"{side}window_kind"] = kind
        if window is not None:
            typed |= {f"{side}window_last": _text(window.last), f"{side}window_unit": window.unit}
            typed |= {f"{side}window_from": _text(window.from_days), f"{side}window_to": _text(window.to_days)}
    return typed


def _text(value: float | None) -> str:
    return "" if value is None else f"{value:g}"


def _body(fields: Fields, typed: dict[str, str]) -> dict[str, Any]:
    """Return the arguments of ``define`` that the form says."""
    body: dict[str, Any] = {
        "family": typed["family"] or Family.BEHAVIOURAL.value,
        "missing": typed["missing"] or "natural",
    }
    body |= {stem: label_of(fields, stem) for stem in ("label", "unit", "definition")}
    if typed["missing"] == "value":
        body["missing_value"] = _number(typed["missing_value"], "missing_value")
    match typed["way"]:
        case "expression":
            body["expression"] = typed["expression"] or " "
        case "bands":
            cuts = [_number(c, "bands_cuts") for c in _parts(typed["bands_cuts"])]
            body["bands"] = {"trait": typed["bands_trait"], "cuts": cuts, "labels": _parts(typed["bands_labels"])}
        case "ratio":
            body |= _measure(typed, "")
            body["over"] = _measure(typed, "over_")
        case _:
            body |= _measure(typed, "")
    return body


def _measure(typed: dict[str, str], side: str) -> dict[str, Any]:
    metric = typed[f"{side}metric"]
    made: dict[str, Any] = {"table": typed[f"{side}table"], "metric": metric, "where": typed[f"{side}where"]}
    if metric in {m.value for m in TAKES_COLUMN}:
        made["column"] = typed[f"{side}column"] or None
    if metric == Metric.QUANTILE and typed[f"{side}quantile"]:
        made["quantile"] = _number(typed[f"{side}quantile"], "quantile")
    if metric == Metric.TREND:
        made["trend"] = typed[f"{side}trend"] or None
    match typed[f"{side}window_kind"]:
        case "last":
            last = _whole(typed[f"{side}window_last"])
            made["window"] = {"last": last, "unit": typed[f"{side}window_unit"] or "days"}
        case "range":
            first, end = _whole(typed[f"{side}window_from"]), _whole(typed[f"{side}window_to"] or "0")
            made["window"] = {"from_days": first, "to_days": end}
    return made


def _parts(text: str) -> list[str]:
    return [p.strip() for p in text.replace("，", ",").replace("、", ",").split(",") if p.strip()]


def _whole(text: str) -> int:
    try:
        return int(text)
    except ValueError as error:
        raise SettingError("page.traits.window_wrong", value=text[:40]) from error


def _number(text: str, field: str) -> float:
    try:
        return float(text)
    except ValueError as error:
        raise SettingError(f"page.traits.number_wrong.{field}", value=text[:40]) from error


def _contracts(workspace: Workspace) -> dict[str, Contract]:
    """Return the contracts of tables to which the workspace added columns of its own."""
    found = workspace.data.tables()
    return {t.name: extended(CONTRACTS[t.name], t.custom) for t in found if t.custom}


def _types(table: str, contracts: Mapping[str, Contract]) -> dict[str, TraitType]:
    kinds: dict[str, TraitType] = {"text": "text", "integer": "integer", "money": "money", "number": "number"}
    kinds |= {"boolean": "boolean", "date": "date"}
    return {name: kinds[type_.value] for name, type_ in own_columns(table, contracts).items()}


def _form(
    request: Request,
    workspace: Workspace,
    typed: dict[str, str],
    *,
    edit: str = "",
    wrong: QunxiangError | None = None,
) -> HTMLResponse:
    there = {t.name for t in workspace.data.tables()}
    contracts = _contracts(workspace)
    lang = language(request)
    tables = [t for t in readable_tables() if t in there or (t == "orders" and "order_lines" in there)]
    # what happened comes before what is, and what was loaded before what is derived from it
    tables.sort(key=lambda t: (readable(t).instant is None, t not in there))
    first = tables[0] if tables else ""
    typed = {"table": first, "over_table": first, **typed}
    named = Label(typed.get("label_zh") or edit, typed.get("label_en") or edit) if edit else None
    title = Message("page.traits.edit", {"name": named}) if edit else Message("page.traits.new")
    return show(
        request,
        workspace,
        "pages/traits_new.html",
        active="traits",
        page_title=title,
        title=title,
        status=200 if wrong is None else 422,
        typed=typed,
        edit=edit,
        tables=[(t, readable(t).contract.label) for t in tables],
        columns=[(t, readable(t).contract.label, _column_options(t, contracts)) for t in tables],
        metrics=[(m.value, Message(f"page.traits.metric.{m.value}")) for m in Metric],
        families=[(f.value, Message(f"page.traits.family.{f.value}")) for f in Family],
        missing_rules=[(m, Message(f"page.traits.missing.{m}")) for m in get_args(Missing)],
        ways=[(w, Message(f"page.traits.way.{w}")) for w in WAYS],
        traits=_traits(workspace),
        builder=_builder(tables, contracts, lang),
        field_at_fault=None if wrong is None else fault(wrong),
        wrong=None if wrong is None else wrong.message,
    )


def _column_options(table: str, contracts: Mapping[str, Contract]) -> list[tuple[str, Message | Label, str]]:
    return [
        (
            name,
            Message("page.traits.column_of", {"column": c.label, "type": Message(f"page.data.type.{c.type}")}),
            c.type,
        )
        for name, c in readable(table, contracts).open_columns.items()
    ]


def _traits(workspace: Workspace) -> list[tuple[str, Label, str]]:
    if not allowed("trait.list", workspace.actor.role):
        return []
    try:
        return [(s.definition.id, s.definition.label, s.definition.kind) for s in workspace.traits.list()]
    except NothingYetError:
        return []


def _builder(tables: list[str], contracts: Mapping[str, Contract], lang: str) -> dict[str, Any]:
    """What the page's script needs: the columns of each table as the rows of the rule builder, and words."""
    return {
        "tables": {
            t: {"dated": readable(t).instant is not None, "families": _families(t, contracts, lang)} for t in tables
        },
        "operators": operators(lang),
        "words": words(lang) | {"search": render(Message("page.traits.search_column"), lang)},
        "address": "/traits/-/rule",
        "takes": {
            m.value: {
                "column": "needed" if m in NEEDS_COLUMN else "may" if m in TAKES_COLUMN else "none",
                "types": ["money", "number", "integer"]
                if m in NEEDS_NUMBER
                else ["money", "number", "integer", "date", "timestamp"]
                if m in ORDERED
                else None,
            }
            for m in Metric
        },
        "families": [],
    }


def _families(table: str, contracts: Mapping[str, Contract], lang: str) -> list[dict[str, Any]]:
    groups: dict[str, list[dict[str, Any]]] = {}
    types = _types(table, contracts)
    for name, c in readable(table, contracts).open_columns.items():
        row = {"id": name, "label": c.label(lang), "unit": "", "type": rule_type(types[name]), "share": False}
        groups.setdefault(c.table, []).append({**row, "middle": None, "hint": name})
    return [
        {"name": render(Message(f"page.traits.of_table.{'own' if t == table else 'joined'}"), lang), "traits": r}
        for t, r in groups.items()
    ]
