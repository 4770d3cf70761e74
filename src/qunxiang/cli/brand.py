"""``qunxiang brand``: what the brand stands for (品牌)."""

from __future__ import annotations

import typer

from qunxiang.cli import brand_ladder, brand_message
from qunxiang.cli.failure import Group

group = typer.Typer()
for name, below in {"ladder": brand_ladder.group, "message": brand_message.group}.items():
    group.add_typer(below, name=name, help=f"cli.brand.{name}", no_args_is_help=True, cls=Group)
