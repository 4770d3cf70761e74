"""The tree of commands."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from qunxiang.cli import (
    brand_research,
    column,
    data,
    definition,
    job,
    mapping,
    market,
    perceptual_map,
    persona,
    place,
    quality,
    quarantine,
    review,
    scale,
    schedule,
    segment,
    source,
    strategy,
    survey,
    target_budget,
    trait,
    user,
    value,
)
from qunxiang.cli.failure import Group
from qunxiang.cli.root import register

app = typer.Typer(
    cls=Group,
    help="cli.help",
    epilog="cli.epilog",
    no_args_is_help=True,
    add_completion=False,
    rich_markup_mode="rich",
    pretty_exceptions_enable=False,
)


@app.callback()
def everywhere(
    workspace: Annotated[
        Path | None, typer.Option("--workspace", "-w", metavar="DIR", help="cli.opt.workspace")
    ] = None,
    json: Annotated[bool, typer.Option("--json", help="cli.opt.json")] = False,
    lang: Annotated[str | None, typer.Option("--lang", metavar="zh|en", help="cli.opt.lang")] = None,
    quiet: Annotated[bool, typer.Option("--quiet", "-q", help="cli.opt.quiet")] = False,
    yes: Annotated[bool, typer.Option("--yes", "-y", help="cli.opt.yes")] = False,
    user: Annotated[str | None, typer.Option("--as", metavar="USER", help="cli.opt.as")] = None,
) -> None:
    """Show the common options in the help; ``cli.line`` has read them before this runs."""


register(app)
for name, group in {
    "data": data.group,
    "source": source.group,
    "quarantine": quarantine.group,
    "trait": trait.group,
    "segment": segment.group,
    "target": target_budget.group,
    "value": value.group,
    "brand": brand_research.group,
    "competitor": perceptual_map.group,
    "persona": persona.group,
    "strategy": strategy.group,
    "place": place.group,
    "survey": survey.group,
    "scale": scale.group,
    "market": market.group,
    "mapping": mapping.group,
    "column": column.group,
    "review": review.group,
    "quality": quality.group,
    "definition": definition.group,
    "job": job.group,
    "schedule": schedule.group,
    "user": user.group,
    "audit": user.audit,
}.items():
    app.add_typer(group, name=name, help=f"cli.{name}", no_args_is_help=True, cls=Group)
definition.register(app)
quality.register(app)
