"""``qunxiang competitor map``: the perceptual map."""

from __future__ import annotations

from typing import Annotated, Any

import typer

from qunxiang.cli.brand_research import By, Least, Own, Study, interval
from qunxiang.cli.call import begun
from qunxiang.cli.competitor import group
from qunxiang.cli.page import Column, Page
from qunxiang.i18n import Message

__all__ = ["group"]


@group.command("map", help="cli.competitor.map")
def map_(
    ctx: typer.Context,
    name: Study,
    own: Own = None,
    by: By = None,
    least: Least = 30,
    draws: Annotated[int, typer.Option("--draws", min=0, max=5000, help="cli.opt.map_draws")] = 500,
    seed: Annotated[int, typer.Option("--seed", min=0, help="cli.opt.seed")] = 0,
) -> None:
    call = begun(ctx)
    call.answer(call.workspace.brand.map(name, own=own, by=by, least=least, n_draws=draws, seed=seed), _map)


def _map(page: Page, found: Any) -> None:
    made = found.map
    page.facts(
        [
            ("cli.col.n", made.n_people, "count"),
            ("study.col.total_inertia", made.total_inertia, "number"),
            ("study.col.plane", made.plane, "percent"),
        ]
    )
    dimensions = list(zip(range(1, 10), made.inertias, made.shares, strict=False))
    page.table(
        [
            Column("study.col.map_dimension", lambda d: d[0], "count"),
            Column("study.col.inertia", lambda d: d[1], "number"),
            Column("cli.col.share", lambda d: d[2], "percent"),
        ],
        dimensions,
    )
    page.table([Column("study.col.brand", _name), *_quality(page)], made.brands)
    page.table([Column("study.col.attribute", _name), *_quality(page)], made.attributes)
    for one in made.unplaced:
        page.say(Message(f"study.unplaced.{one.kind}", _unplaced(found, one)))
    if made.ideals:
        rows = [(ideal, one) for ideal in made.ideals for one in ideal.distances]
        labels = found.segment_labels
        page.table(
            [
                Column(
                    "study.col.ideal_of",
                    lambda r: Message("study.everybody") if r[0].segment is None else labels[r[0].segment],
                ),
                Column("cli.col.n", lambda r: r[0].n, "count"),
                Column("study.col.quality", lambda r: r[0].quality, "percent"),
                Column("study.col.brand", lambda r: r[1].brand),
                Column("study.col.distance", lambda r: r[1].distance, "number"),
                Column("cli.col.interval", lambda r: interval(page, r[1].low, r[1].high, "number")),
                Column("study.col.verdict", lambda r: Message("study.farther" if r[1].farther else "study.nearest")),
            ],
            rows,
            title=Message("study.ideals"),
        )


def _name(point: Any) -> str:
    return f"{point.name} ({point.pole})" if point.pole else str(point.name)


def _unplaced(found: Any, one: Any) -> dict[str, Any]:
    segment = Message("study.everybody") if one.segment is None else found.segment_labels[one.segment]
    return {"name": one.name, "n": one.n, "needed": one.needed, "segment": segment}


def _quality(page: Page) -> list[Column]:
    def pair(values: Any, form: str) -> str:
        return "  ".join(page.cell(v, form) for v in values[:2])

    return [
        Column("cli.col.n", lambda p: p.n, "count"),
        Column("cli.col.coordinates", lambda p: pair(p.coordinates, "number")),
        Column("cli.col.contributions", lambda p: pair(p.contributions, "percent")),
        Column("study.col.squared_cosines", lambda p: pair(p.squared_cosines, "percent")),
        Column("study.col.quality", lambda p: p.quality, "percent"),
        Column("cli.col.note", lambda p: Message("study.poor") if p.poor else None),
    ]
