"""``qunxiang competitor``."""

from __future__ import annotations

import typer

group = typer.Typer()
