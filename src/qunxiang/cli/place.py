"""``qunxiang place``: the table of provinces, cities and districts."""

from __future__ import annotations

from typing import Annotated, Any

import typer

from qunxiang.cli.call import begun
from qunxiang.cli.options import Why
from qunxiang.cli.page import Column, Page
from qunxiang.cli.words import pairs
from qunxiang.i18n import Message

group = typer.Typer()


@group.command("find", help="cli.place.find")
def find(
    ctx: typer.Context, texts: Annotated[list[str], typer.Argument(metavar="TEXT...", help="cli.arg.places")]
) -> None:
    call = begun(ctx)
    call.answer(call.workspace.places.find(*texts), _found)


@group.command("list", help="cli.place.list")
def list_(
    ctx: typer.Context,
    within: Annotated[str | None, typer.Option("--in", metavar="PLACE", help="cli.opt.place_in")] = None,
) -> None:
    call = begun(ctx)
    call.answer(call.workspace.places.list(within), _cities)


@group.command("change", help="cli.place.change")
def change(
    ctx: typer.Context,
    tiers: Annotated[list[str] | None, typer.Option("--tier", metavar="CITY=TIER", help="cli.opt.place_tier")] = None,
    regions: Annotated[
        list[str] | None, typer.Option("--region", metavar="PROVINCE=REGION", help="cli.opt.place_region")
    ] = None,
    names: Annotated[list[str] | None, typer.Option("--name", metavar="NEW=KNOWN", help="cli.opt.place_name")] = None,
    added: Annotated[
        list[str] | None, typer.Option("--add", metavar="PROVINCE/CITY[/DISTRICT]", help="cli.opt.place_add")
    ] = None,
    reset: Annotated[bool, typer.Option("--reset", help="cli.opt.place_reset")] = False,
    why: Why = "",
) -> None:
    call = begun(ctx)
    stored = call.workspace.places.change(
        tiers=pairs(tiers or [], "--tier"),
        regions=pairs(regions or [], "--region"),
        names=pairs(names or [], "--name"),
        added=[_added(text) for text in added or []],
        replace=reset,
        why=why,
    )
    call.answer(stored, lambda page, d: page.say(Message("cli.place.changed", {"version": d.version})))


def _added(text: str) -> dict[str, str]:
    province, _, rest = text.partition("/")
    city, _, district = rest.partition("/")
    return {"province": province, "name": district or city, "city": city if district else ""}


def _found(page: Page, found: Any) -> None:
    columns = [
        Column("cli.col.stated", lambda p: p.stated),
        *(Column(f"cli.col.{c}", _part(c)) for c in ("country", "region", "province", "city", "district", "city_tier")),
        Column("cli.col.doubt", lambda p: Message(f"place.doubt.{p.doubts[0][1]}") if p.doubts else None),
    ]
    page.table(columns, found)


def _cities(page: Page, found: Any) -> None:
    columns = [
        Column("cli.col.code", lambda c: c.code),
        Column("cli.col.name", lambda c: c.name),
        *(Column(f"cli.col.{c}", _part(c)) for c in ("province", "region", "city_tier")),
        Column("cli.col.districts", lambda c: c.districts, "count"),
        Column("cli.col.changed_here", lambda c: c.changed),
    ]
    page.table(columns, found.cities)
    page.say(Message("place.version", {"version": found.version, "tiers": found.tier_source}))


def _part(name: str) -> Any:
    return lambda record: getattr(record, name)
