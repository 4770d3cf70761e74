"""Options and arguments that several commands share."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated

import typer

Name = Annotated[str, typer.Argument(metavar="NAME", help="cli.arg.segmentation")]
SegmentId = Annotated[str, typer.Argument(metavar="SEGMENT", help="cli.arg.segment")]
ProfileId = Annotated[str, typer.Argument(metavar="PROFILE_ID", help="cli.arg.profile")]
Why = Annotated[str, typer.Option("--why", help="cli.opt.why")]
NeededWhy = Annotated[str, typer.Option("--why", help="cli.opt.why_needed")]
Labelled = Annotated[str | None, typer.Option("--label", help="cli.opt.label")]
LabelZh = Annotated[str | None, typer.Option("--label-zh", help="cli.opt.label_zh")]
LabelEn = Annotated[str | None, typer.Option("--label-en", help="cli.opt.label_en")]
AsOf = Annotated[str | None, typer.Option("--as-of", metavar="DATE", help="cli.opt.as_of")]
Limit = Annotated[int, typer.Option("--limit", min=1, max=10_000, help="cli.opt.limit")]


class Period(StrEnum):
    """How far past dates lie apart."""

    WEEK = "week"
    MONTH = "month"
    QUARTER = "quarter"
