"""``qunxiang segment``: segments (细分) and the schemes they belong to."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer

from qunxiang.cli import segment_page as shapes
from qunxiang.cli.call import begun
from qunxiang.cli.frames import checked_out
from qunxiang.cli.options import AsOf, LabelEn, Labelled, LabelZh, Name, NeededWhy, ProfileId, Why
from qunxiang.cli.words import label as label_of
from qunxiang.cli.words import numbers
from qunxiang.errors import GateError, SettingError
from qunxiang.i18n import Label

group = typer.Typer()
Segment = Annotated[str, typer.Option("--segment", help="cli.opt.segment")]


@group.command("define", help="cli.segment.define")
def define(
    ctx: typer.Context,
    name: Name,
    rule: Annotated[str, typer.Argument(metavar="RULE", help="cli.arg.rule")],
    label: Labelled = None,
    label_zh: LabelZh = None,
    label_en: LabelEn = None,
    note: Annotated[str | None, typer.Option("--note", help="cli.opt.note")] = None,
    why: Why = "",
) -> None:
    call = begun(ctx)
    shown, remark = label_of(label, label_zh, label_en), label_of(note, None, None)
    made = call.workspace.segments.define(name, rule, label=shown, note=remark, why=why)
    call.answer(made, shapes.made)


@group.command("classify", help="cli.segment.classify")
def classify(
    ctx: typer.Context,
    scheme: Annotated[str, typer.Argument(metavar="SCHEME", help="cli.arg.scheme")],
    threshold: Annotated[list[str] | None, typer.Option("--threshold", help="cli.opt.threshold")] = None,
    why: Why = "",
) -> None:
    call = begun(ctx)
    given = numbers(threshold or [], "--threshold")
    call.answer(call.workspace.segments.classify(scheme, thresholds=given or None, why=why), shapes.made)


@group.command("fit", help="cli.segment.fit")
def fit(
    ctx: typer.Context,
    name: Name,
    trait: Annotated[list[str] | None, typer.Option("--trait", "-t", help="cli.opt.trait")] = None,
    segments: Annotated[str, typer.Option("--segments", metavar="auto|2..20", help="cli.opt.n_segments")] = "auto",
    seed: Annotated[int, typer.Option("--seed", min=0, help="cli.opt.seed")] = 0,
    pairs: Annotated[int, typer.Option("--pairs", min=2, max=1000, help="cli.opt.pairs")] = 50,
    restarts: Annotated[int, typer.Option("--restarts", min=1, max=1000, help="cli.opt.restarts")] = 10,
    label: Labelled = None,
    label_zh: LabelZh = None,
    label_en: LabelEn = None,
    why: Why = "",
) -> None:
    call = begun(ctx)
    chosen: dict[str, Any] = {"traits": trait or None, "n_segments": _number(segments), "seed": seed}
    shown = label_of(label, label_zh, label_en)
    with call.progress() as tell:
        made = call.workspace.segments.fit(
            name, **chosen, n_pairs=pairs, n_restarts=restarts, label=shown, why=why, progress=tell
        )
    call.answer(made, shapes.fitted)


@group.command("mark", help="cli.segment.mark")
def mark(
    ctx: typer.Context,
    name: Name,
    profile_id: ProfileId,
    segment: Segment,
    why: NeededWhy,
    remove: Annotated[bool, typer.Option("--remove", help="cli.opt.remove")] = False,
) -> None:
    call = begun(ctx)
    made = call.workspace.segments.mark(name, segment=segment, profile_id=profile_id, why=why, member=not remove)
    call.answer(made, shapes.made)


@group.command("rename", help="cli.segment.rename")
def rename(
    ctx: typer.Context,
    name: Name,
    segment: Segment,
    label: Labelled = None,
    label_zh: LabelZh = None,
    label_en: LabelEn = None,
    why: Why = "",
) -> None:
    call = begun(ctx)
    shown = _needed(label_of(label, label_zh, label_en))
    call.answer(call.workspace.segments.rename(name, segment=segment, label=shown, why=why), shapes.segmentation)


@group.command("archive", help="cli.segment.archive")
def archive(ctx: typer.Context, name: Name, why: Why = "") -> None:
    call = begun(ctx)
    call.workspace.segments.archive(name, why=why)
    call.answer({"archived": name}, shapes.archived)


@group.command("list", help="cli.segment.list")
def list_(ctx: typer.Context) -> None:
    call = begun(ctx)
    call.answer(call.workspace.segments.list(), shapes.summaries)


@group.command("size", help="cli.segment.size")
def size(ctx: typer.Context, rule: Annotated[str, typer.Argument(metavar="RULE", help="cli.arg.rule")]) -> None:
    call = begun(ctx)
    call.answer(call.workspace.segments.size(rule), shapes.size)


@group.command("describe", help="cli.segment.describe")
def describe(ctx: typer.Context, name: Name) -> None:
    call = begun(ctx)
    call.answer(call.workspace.segments.describe(name), shapes.description)


@group.command("members", help="cli.segment.members")
def members(
    ctx: typer.Context,
    name: Name,
    segment: Annotated[str | None, typer.Option("--segment", help="cli.opt.segment")] = None,
    as_of: AsOf = None,
    out: Annotated[Path | None, typer.Option("--out", metavar="FILE", help="cli.opt.frame_out")] = None,
) -> None:
    call = begun(ctx)
    path = checked_out(out) if out is not None else None
    call.answer_frame(call.workspace.segments.members(name, segment=segment, as_of=as_of), path)


@group.command("why", help="cli.segment.why")
def why(ctx: typer.Context, name: Name, profile_id: ProfileId, as_of: AsOf = None) -> None:
    call = begun(ctx)
    call.answer(call.workspace.segments.why(name, profile_id, as_of=as_of), shapes.reasons)


@group.command("stability", help="cli.segment.stability")
def stability(ctx: typer.Context, name: Name) -> None:
    call = begun(ctx)
    call.answer(call.workspace.segments.stability(name), shapes.stability)


@group.command("changes", help="cli.segment.changes")
def changes(
    ctx: typer.Context,
    name: Name,
    runs: Annotated[int, typer.Option("--runs", min=1, max=1000, help="cli.opt.runs")] = 12,
) -> None:
    call = begun(ctx)
    call.answer(call.workspace.segments.changes(name, runs=runs), shapes.changes)


@group.command("check", help="cli.segment.check")
def check(ctx: typer.Context, name: Name) -> None:
    call = begun(ctx)
    found = call.workspace.segments.check(name)
    call.answer(found, shapes.checks)
    if unmet := [c.name for c in found if not c.met]:
        raise GateError("cli.gate", name=name, checks=unmet)


def _number(text: str) -> int | str:
    if text == "auto":
        return text
    try:
        return int(text)
    except ValueError as error:
        raise SettingError("error.segmentation.n_segments", value=text, most=20) from error


def _needed(label: Label | None) -> Label:
    if label is None:
        raise SettingError("cli.label.missing")
    return label
