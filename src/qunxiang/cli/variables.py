"""Options that describe an own variable, and their short forms: ``3m``, ``730..366``, ``monetary:100,1000``."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any

import typer
import yaml

from qunxiang.errors import UsageError
from qunxiang.services.yaml_text import read_yaml

NewName = Annotated[str, typer.Argument(metavar="NAME", help="cli.arg.new_trait")]
Table = Annotated[str | None, typer.Option("--table", help="cli.opt.trait_table")]
MetricName = Annotated[str | None, typer.Option("--metric", help="cli.opt.metric")]
ColumnName = Annotated[str | None, typer.Option("--column", help="cli.opt.column")]
Where = Annotated[str, typer.Option("--where", help="cli.opt.where")]
WindowDays = Annotated[int | None, typer.Option("--window-days", min=1, help="cli.opt.window_days")]
WindowText = Annotated[str | None, typer.Option("--window", metavar="WINDOW", help="cli.opt.window")]
QuantileShare = Annotated[float | None, typer.Option("--quantile", min=0, max=1, help="cli.opt.quantile")]
TrendForm = Annotated[str | None, typer.Option("--trend", metavar="FORM", help="cli.opt.trend")]
Over = Annotated[str | None, typer.Option("--over", metavar="MEASURE", help="cli.opt.over")]
Expression = Annotated[str | None, typer.Option("--expression", help="cli.opt.expression")]
BandsText = Annotated[str | None, typer.Option("--bands", metavar="TRAIT:CUTS", help="cli.opt.bands")]
MissingRule = Annotated[str, typer.Option("--missing", metavar="RULE", help="cli.opt.missing")]
Spec = Annotated[Path | None, typer.Option("--spec", metavar="FILE", help="cli.opt.spec")]
UnitText = Annotated[str | None, typer.Option("--unit", help="cli.opt.unit")]
DefinitionText = Annotated[str | None, typer.Option("--definition", help="cli.opt.definition")]

_LAST = re.compile(r"(\d{1,5})\s*(d|w|m|y|days?|weeks?|months?|years?)?")
_RANGE = re.compile(r"(\d{1,5})\s*\.\.\s*(\d{1,5})")
_UNITS = {"d": "days", "w": "weeks", "m": "months", "y": "years"}
_MOST_BYTES = 100_000


def arguments_of(spec: Path | None, given: Mapping[str, Any]) -> dict[str, Any]:
    """Return the arguments of ``Workspace.traits.define`` from the options; those of a YAML file come first.

    Raises
    ------
    UsageError
        When a short form cannot be read, or the file holds something else.
    """
    found = {k: v for k, v in given.items() if v not in (None, "")}
    if "window" in found:
        found["window"] = _window(found["window"])
    if "over" in found:
        found["over"] = _mapping(found["over"], "--over")
    if "bands" in found:
        found["bands"] = _bands(found["bands"])
    missing = found.get("missing", "natural")
    try:
        found |= {"missing": "value", "missing_value": float(missing)}
    except ValueError:
        found["missing"] = missing
    for name in ("unit", "definition"):
        if name in found:
            found[name] = {"zh": found[name], "en": found[name]}
    if spec is None:
        if "table" in found and not {"metric", "over"} & set(found):
            raise UsageError("cli.usage.missing", name="--metric", path="qunxiang trait")
        return found
    return _file(spec) | {
        k: v for k, v in found.items() if (k, v) not in (("missing", "natural"), ("family", "behavioural"))
    }


def _window(text: str) -> dict[str, Any]:
    if found := _RANGE.fullmatch(text.strip()):
        return {"from_days": int(found[1]), "to_days": int(found[2])}
    if found := _LAST.fullmatch(text.strip()):
        return {"last": int(found[1]), "unit": _UNITS[(found[2] or "d")[0]]}
    raise UsageError("cli.usage.window", text=text[:40])


def _bands(text: str) -> dict[str, Any]:
    trait, _, cuts = text.partition(":")
    try:
        return {"trait": trait.strip(), "cuts": [float(c) for c in cuts.split(",")]}
    except ValueError as error:
        raise UsageError("cli.usage.bands", text=text[:80]) from error


def _mapping(text: str, option: str) -> dict[str, Any]:
    try:
        found = read_yaml(text)
    except yaml.YAMLError as error:
        raise UsageError("cli.usage.mapping", option=option, text=text[:80]) from error
    if not isinstance(found, dict):
        raise UsageError("cli.usage.mapping", option=option, text=text[:80])
    return found


def _file(path: Path) -> dict[str, Any]:
    if not path.is_file() or path.stat().st_size > _MOST_BYTES:
        raise UsageError("cli.usage.spec", file=str(path))
    try:
        found = _mapping(path.read_text("utf-8"), "--spec")
    except UnicodeDecodeError as error:
        raise UsageError("cli.usage.spec", file=str(path)) from error
    found.pop("id", None)
    return found
