"""Write the generated parts of docs/reference from the code.

Each page holds blocks between ``<!-- generated: NAME -->`` and ``<!-- end -->``; the rest is written by hand.
``--check`` changes nothing and ends with 1 when a page differs.
"""

from __future__ import annotations

import ast
import inspect
import re
import sys
import tempfile
import textwrap
import warnings
from collections.abc import Callable, Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

ROOT = Path(__file__).resolve().parents[1]
PAGES = ROOT / "docs" / "reference"
SOURCE = ROOT / "src" / "qunxiang"
_BLOCK = re.compile(r"(<!-- generated: ([a-z_]+) -->\n).*?(<!-- end -->)", re.DOTALL)


def pages() -> dict[Path, str]:
    """Return every reference page with its blocks made anew."""
    blocks: dict[str, Callable[[], str]] = {
        "commands": commands,
        "use_cases": use_cases,
        "python": python,
        "rest": rest,
        "tables": tables,
        "traits": traits,
        "metrics": metrics,
        "schemes": schemes,
        "functions": functions,
        "behaviours": behaviours,
        "operators": operators,
        "limits": limits,
        "classes": classes,
        "errors": errors,
        "rejects": rejects,
        "settings": settings,
        "variables": variables,
    }
    made = {}
    for path in sorted(PAGES.glob("*.md")):
        text = path.read_text("utf-8")
        made[path] = _BLOCK.sub(lambda m: f"{m[1]}\n{blocks[m[2]]().strip()}\n\n{m[3]}", text)
    return made


def table(head: tuple[str, ...], rows: Any) -> str:
    """Return a Markdown table."""
    lines = ["| " + " | ".join(head) + " |", "|" + " --- |" * len(head)]
    lines += ["| " + " | ".join(_cell(c) for c in row) + " |" for row in rows]
    return "\n".join(lines)


def _cell(value: Any) -> str:
    text = str(value).replace("|", "\\|").replace("\n", " ").strip()
    parts = text.split("`")  # code stands as it is
    return "`".join(p if i % 2 else p.replace("<", "&lt;") for i, p in enumerate(parts))


# --- command line ---------------------------------------------------------------------------------------------------


def command_tree() -> Any:
    """Return the tree of commands with English texts."""
    from typer.main import get_command

    from qunxiang.cli.app import app
    from qunxiang.cli.help import translate

    return translate(get_command(app), "en")


def walk(command: Any, name: str = "qunxiang") -> Iterator[tuple[str, Any]]:
    """Give every command that can be run, with its full name."""
    below = getattr(command, "commands", None)
    if below is None:
        yield name, command
        return
    for word in below:
        yield from walk(below[word], f"{name} {word}")


def commands() -> str:
    """Return all commands with their arguments and options."""
    root = command_tree()
    parts = ["## Options of every command", _options(root)]
    for name, command in walk(root):
        parts += [f"## `{name}`", command.help or "", f"```text\n{_usage(name, command)}\n```", _options(command)]
    return "\n\n".join(p for p in parts if p)


def _usage(name: str, command: Any) -> str:
    words = [name]
    for p in command.params:
        if p.param_type_name == "argument":
            word = (p.metavar or p.name.upper()).strip()
            words.append(word if p.required or word.startswith("[") else f"[{word}]")
        elif p.required:
            words.append(f"{p.opts[0]} {(p.metavar or p.name).upper()}")
    return " ".join([*words, "[OPTIONS]"])


def _options(command: Any) -> str:
    rows = []
    for p in command.params:
        if "--help" in p.opts:
            continue
        if p.param_type_name == "argument":
            names = (p.metavar or p.name.upper()).strip("[]. ")
        else:
            names = ", ".join([*p.opts, *p.secondary_opts])
        default = "" if p.default is None or p.default is False or callable(p.default) or p.required else p.default
        default = (
            "" if "Sentinel" in type(default).__name__ or default in ([], ()) else getattr(default, "value", default)
        )
        rows.append((f"`{names}`", getattr(p, "help", "") or "", "yes" if p.required else "", default))
    return table(("name", "meaning", "required", "default"), rows) if rows else ""


# --- Python and roles -----------------------------------------------------------------------------------------------


def groups() -> dict[str, type]:
    """Return the name of each group of a workspace with its class."""
    from qunxiang import Workspace
    from qunxiang.workspace import (
        brand_ladder,
        brand_message,
        data,
        definitions,
        people,
        personas,
        segments,
        strategy,
        targets,
    )
    from qunxiang.workspace import traits as trait_room

    return {
        "ws": Workspace,
        "ws.data": data.DataGroup,
        "ws.traits": trait_room.TraitGroup,
        "ws.segments": segments.SegmentGroup,
        "ws.targets": targets.TargetGroup,
        "ws.brand.ladder": brand_ladder.LadderGroup,
        "ws.brand.message": brand_message.MessageGroup,
        "ws.personas": personas.PersonaGroup,
        "ws.strategy": strategy.StrategyGroup,
        "ws.definitions": definitions.DefinitionGroup,
        "ws.jobs": people.JobGroup,
        "ws.users": people.UserGroup,
        "ws.audit": people.AuditGroup,
    }


def python() -> str:
    """Return every public method of a workspace with its first line."""
    parts = []
    for name, group in groups().items():
        rows = []
        for method, found in inspect.getmembers(group, callable):
            if method.startswith("_"):
                continue
            owner = "Workspace" if method == "create" else name
            rows.append((f"`{owner}.{method}{_signature(found)}`", _first_line(found)))
        parts += [f"### `{name}`", table(("call", "what it does"), rows)]
    return "\n\n".join(parts)


def _signature(function: Callable[..., Any]) -> str:
    given = [p for p in inspect.signature(function).parameters.values() if p.name not in ("self", "cls")]
    words, starred = [], False
    for p in given:
        if p.kind is p.KEYWORD_ONLY and not starred:
            words, starred = [*words, "*"], True
        sign = {p.VAR_KEYWORD: "**", p.VAR_POSITIONAL: "*"}.get(p.kind, "")
        default = "" if p.default is p.empty else f"={p.default!r}" if not callable(p.default) else "=…"
        words.append(sign + p.name + default)
    return f"({', '.join(words)})"


def _first_line(thing: Any) -> str:
    first = re.sub(r":\w+:`[~]?([^`]*)`", r"`\1`", inspect.getdoc(thing) or "").split("\n")[0]
    return re.sub(r"; see `qunxiang\.services[^`]*`", "", first).replace("``", "`")


def use_cases() -> str:
    """Return every use case with the roles that may call it."""
    import qunxiang.workspace  # noqa: F401 - declares them all
    from qunxiang.model import Role
    from qunxiang.services.access import USE_CASES

    touched = {"read": "reads aggregates", "single": "single customers or an export", "change": "changes something"}
    rows = [
        (
            f"`{name}`",
            *("●" if role in USE_CASES[name].roles else "" for role in Role),
            touched[USE_CASES[name].touches],
        )
        for name in sorted(USE_CASES)
    ]
    return table(("use case", *(role.value for role in Role), "touches"), rows)


# --- REST -----------------------------------------------------------------------------------------------------------


def openapi() -> dict[str, Any]:
    """Return the OpenAPI document of the app over an empty workspace."""
    from qunxiang import Workspace
    from qunxiang.web.app import create_app

    with (
        tempfile.TemporaryDirectory() as folder,
        Workspace.create(Path(folder) / "empty") as workspace,
        warnings.catch_warnings(),
    ):
        warnings.simplefilter("ignore")
        return create_app(workspace).openapi()


def rest() -> str:
    """Return every operation of the REST API."""
    rows = []
    for path, methods in openapi()["paths"].items():
        for method, operation in methods.items():
            given = [p["name"] for p in operation.get("parameters", []) if p["in"] == "query"]
            body = next(iter(operation.get("requestBody", {}).get("content", {})), "")
            what = operation.get("description") or operation.get("summary", "")
            rows.append(
                (
                    f"`{method.upper()} {path}`",
                    f"`{operation['operationId']}`",
                    what.split("\n")[0],
                    ", ".join(f"`{n}`" for n in given),
                    body.replace("application/", "").replace("multipart/", ""),
                )
            )
    return table(("operation", "id", "what it does", "query", "body"), sorted(rows, key=lambda r: r[1]))


# --- data -----------------------------------------------------------------------------------------------------------


def tables() -> str:
    """Return every table contract."""
    from qunxiang.tables import CONTRACTS, LOADED

    parts = []
    for name, contract in CONTRACTS.items():
        key = ", ".join(f"`{k}`" for k in contract.key)
        derived = " (made from the row when the source has none)" if contract.derived_key else ""
        made = "loaded" if name in LOADED else "made"
        one_of = "".join(f" At least one of {', '.join(f'`{n}`' for n in g)}." for g in contract.one_of)
        parts.append(f"## `{name}` {contract.label.zh}\n\n{contract.grain.en} ({made}). Key: {key}{derived}.{one_of}")
        rows = [
            (
                f"`{c.name}`",
                c.label.zh,
                c.label.en,
                c.type.value,
                "required" if c.required else "",
                ", ".join(w for w, on in (("personal", c.personal), ("sensitive", c.sensitive)) if on),
                ", ".join((*c.synonyms, *(f"{w}*" for w in c.weak))),
            )
            for c in contract.columns
        ]
        parts.append(
            table(
                (
                    "column",
                    "名称",
                    "name",
                    "type",
                    "",
                    "",
                    "other names it is recognised by (* where no other column is called better)",
                ),
                rows,
            )
        )
    return "\n\n".join(parts)


def traits() -> str:
    """Return every trait that fully filled tables give, with one category as an example."""
    from qunxiang.i18n import Label
    from qunxiang.model import Family
    from qunxiang.tables import LOADED
    from qunxiang.traits import CUSTOMER_VALUE, TraitBasis, standard_traits

    basis = TraitBasis(
        tables={name: frozenset(contract.names) for name, contract in LOADED.items()} | {CUSTOMER_VALUE: frozenset()},
        categories=("CATEGORY",),
        channels=("CHANNEL",),
        currency=Label("货币", "currency"),
    )
    parts = []
    made = standard_traits(basis).traits
    for family in Family:
        rows = [
            (f"`{t.id}`", t.label.zh, t.label.en, t.kind, t.unit.en, t.definition.en, t.when_missing.en)
            for t in made
            if t.family is family
        ]
        if rows:
            head = ("trait", "名称", "name", "kind", "unit", "how it is computed", "what unknown means")
            parts += [f"## {family.value.capitalize()}", table(head, rows)]
    return "\n\n".join(parts)


def metrics() -> str:
    """Return the metrics of own traits."""
    from qunxiang.model import Metric
    from qunxiang.sql.metrics import NEEDS_COLUMN, NEEDS_NUMBER, ORDERED, TAKES_COLUMN, ZERO_WITHOUT_ROWS
    from qunxiang.traits import readable, readable_tables

    def taken(metric: Metric) -> str:
        kind = "a number" if metric in NEEDS_NUMBER else "a number or date" if metric in ORDERED else "any"
        if metric not in TAKES_COLUMN:
            return "none"
        return kind if metric in NEEDS_COLUMN else f"{kind}, or none: rows"

    rows = [
        (
            f"`{m.value}`",
            taken(m),
            "0" if m in ZERO_WITHOUT_ROWS else "unknown",
        )
        for m in Metric
    ]
    where = ", ".join(f"`{t}` ({readable(t).instant or 'not dated'})" for t in readable_tables())
    return f"Tables, with the column that dates their rows: {where}.\n\n" + table(
        ("metric", "column", "without rows"), rows
    )


def schemes() -> str:
    """Return the ready-made classifications."""
    from qunxiang.segmentation.schemes import SCHEMES

    found = SCHEMES.values() if hasattr(SCHEMES, "values") else SCHEMES
    rows = [
        (
            f"`{s.id}`",
            s.label.zh,
            s.note.en,
            ", ".join(f"`{n}`" for n in s.needs)
            + (f"; one of {', '.join(f'`{n}`' for n in s.one_of)}" if s.one_of else ""),
            "; ".join(
                f"`{p.name}` {p.label.en}" + (f" = {p.default:g}" if p.default is not None else "")
                for p in s.parameters
            ),
        )
        for s in found
    ]
    return table(("scheme", "名称", "how it divides", "needs", "thresholds"), rows)


def _threshold(parameter: Any) -> str:
    value = "" if parameter.default is None else f" = {parameter.default:g}"
    return f"`{parameter.name}` {parameter.label.en}{value}"


# --- rules ----------------------------------------------------------------------------------------------------------


def functions() -> str:
    """Return the functions that a rule may call."""
    from qunxiang.sql.rule_types import FUNCTIONS

    return ", ".join(f"`{name}`" for name in FUNCTIONS)


def behaviours() -> str:
    """Return what a rule may ask of the rows of a table."""
    from qunxiang.sql.rule_types import BEHAVIOURS

    return ", ".join(f"`{name}`" for name in BEHAVIOURS)


def operators() -> str:
    """Return the operators of the rule builder by type of trait."""
    from qunxiang.sql.rule_tree import OPERATORS

    return table(("type", "operators"), [(t, ", ".join(f"`{o}`" for o in found)) for t, found in OPERATORS.items()])


def limits() -> str:
    """Return the limits of a rule."""
    from qunxiang.sql import rule_types as rt

    return table(
        ("limit", "value"),
        [
            ("characters", rt.MAX_CHARACTERS),
            ("parts (names, values, operators)", rt.MAX_NODES),
            ("depth", rt.MAX_DEPTH),
            ("open brackets", rt.MAX_BRACKETS),
            ("signs in a row (not, +, −)", rt.MAX_SIGNS),
            ("digits of a number", rt.MAX_DIGITS),
        ],
    )


# --- errors ---------------------------------------------------------------------------------------------------------


def error_classes() -> dict[str, Any]:
    """Return the classes of errors by name."""
    from qunxiang import errors as room

    found = {n: c for n, c in vars(room).items() if isinstance(c, type) and issubclass(c, room.QunxiangError)}
    return dict(sorted(found.items()))


def raised() -> dict[str, set[str]]:
    """Return every code that the source raises, with the classes that carry it."""
    names = set(error_classes())
    found: dict[str, set[str]] = {}
    for path in sorted(SOURCE.rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if isinstance(node, ast.Call) and node.args:
                name = getattr(node.func, "id", getattr(node.func, "attr", ""))
                for inner in ast.walk(node.args[0]) if name in names else ():
                    if isinstance(inner, ast.Constant) and isinstance(inner.value, str) and "." in inner.value:
                        found.setdefault(inner.value, set()).add(name)
    return {code: found[code] for code in sorted(found) if not code.endswith(".")}


def error_codes() -> list[str]:
    """Return every code of an error: those raised, and all others of the catalogue that begin with ``error.``."""
    from qunxiang.i18n import codes

    return sorted({c for c in codes() if c.startswith("error.")} | {c for c in raised() if c in codes()})


def classes() -> str:
    """Return the classes with exit code and HTTP status."""
    rows = [(f"`{n}`", c.exit_code, c.http_status, _first_line(c)) for n, c in error_classes().items()]
    return table(("class", "exit code", "HTTP status", "meaning"), rows)


def errors() -> str:
    """Return every error code with its texts."""
    by = raised()
    rows = [(f"`{code}`", ", ".join(sorted(by.get(code, {""}))), *_both(code)) for code in error_codes()]
    return table(("code", "class", "English", "中文"), rows)


def _both(code: str) -> tuple[str, str]:
    from qunxiang.i18n import template
    from qunxiang.i18n.templates import without_forms

    return without_forms(template(code, "en")), without_forms(template(code, "zh"))


def rejects() -> str:
    """Return every reason for which a row is quarantined."""
    from qunxiang.i18n import codes

    rows = [(f"`{c}`", *_both(c)) for c in sorted(codes()) if c.startswith("reject.")]
    return table(("code", "English", "中文"), rows)


# --- settings -------------------------------------------------------------------------------------------------------

_SETTINGS = {
    "format": "format of the folder; a program that knows only lower ones refuses to open it",
    "name": "name shown to people",
    "time_zone": (
        "IANA name; days begin in it, moments are shown in it, and moments without a zone in files are read in it"
    ),
    "currency": "ISO code of all amounts; nothing is converted",
    "lang": "language of generated names and of documents, `zh` or `en`",
    "notice_zh": "remark on the data's origin in Chinese, shown wherever the data are",
    "notice_en": "the same in English",
    "id": "drawn when the workspace is made; tells it from one that stood in the same folder before",
    "state": "URL of the state when it is not `state.db` in the folder",
}
_VARIABLES = {
    "QUNXIANG_WORKSPACE": "folder of the workspace, where `--workspace` is not given",
    "QUNXIANG_STATE_URL": "URL of the state; goes before `state` in `workspace.yaml`, so no password stands in a file",
    "QUNXIANG_HOSTS": "names the app answers to, separated by commas; `*` for any; the local machine's by default",
    "QUNXIANG_SECURE_COOKIES": "`1` behind HTTPS: cookies are sent over HTTPS only",
    "QUNXIANG_MEMORY_MB": "megabytes of the data engine; a quarter of the machine's memory by default, at least 1500",
    "QUNXIANG_UPLOAD_MB": "largest upload in megabytes; 2048 by default",
    "QUNXIANG_PASSWORD": "how the names of variables with a source's password begin: `QUNXIANG_PASSWORD_SHOP`",
    "QUNXIANG_SOURCE_HOSTS": "database servers that analysts may save from a page or over REST, separated by commas",
    "QUNXIANG_SOURCE_FOLDERS": "folders whose SQLite files may be saved from a page or over REST, as in `PATH`",
    "QUNXIANG_DEBUG": "`1` shows the Python trace of an unexpected fault on the command line",
}


def variable_names() -> set[str]:
    """Return the environment variables that the source names."""
    texts = (p.read_text("utf-8") for p in SOURCE.rglob("*.py"))
    return {name for text in texts for name in re.findall(r"QUNXIANG_[A-Z]+(?:_[A-Z]+)*", text)}


def settings() -> str:
    """Return the keys of ``workspace.yaml``."""
    from qunxiang.services.house import Settings
    from qunxiang.workspace import settings as room

    default = SimpleNamespace(**{n: f.default for n, f in Settings.__dataclass_fields__.items()})
    keys = ("format", *room._KEYS, "state")
    rows = [(f"`{k}`", _SETTINGS[k], _default(getattr(default, k, ""))) for k in keys]
    return table(("key", "meaning", "default"), rows)


def _default(value: Any) -> str:
    return "" if not isinstance(value, str) or not value else f"`{value}`"


def variables() -> str:
    """Return the environment variables."""
    return table(("variable", "meaning"), [(f"`{n}`", _VARIABLES[n]) for n in sorted(variable_names())])


def main() -> int:
    """Write or check the pages; return the exit code."""
    differing = [path for path, text in pages().items() if path.read_text("utf-8") != text]
    if "--check" in sys.argv:
        for path in differing:
            print(f"{path.relative_to(ROOT)} is not as the code is; run scripts/build_reference.py")
        return 1 if differing else 0
    for path, text in pages().items():
        path.write_text(text, "utf-8")
    print(textwrap.shorten(f"{len(differing)} pages changed", 80))
    return 0


if __name__ == "__main__":
    sys.exit(main())
