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
from qunxiang.model.segmentation import DEFAULT_STEPS, METHODS, STEPS

group = typer.Typer()
Segment = Annotated[str, typer.Option("--segment", help="cli.opt.segment")]
Start = Annotated[str | None, typer.Option("--start", metavar="DATE", help="cli.opt.start")]
End = Annotated[str | None, typer.Option("--end", metavar="DATE", help="cli.opt.end")]


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


@group.command("scheme", help="cli.segment.scheme")
def scheme(
    ctx: typer.Context,
    scheme: Annotated[str, typer.Argument(metavar="SCHEME", help="cli.arg.scheme")],
    threshold: Annotated[list[str] | None, typer.Option("--threshold", help="cli.opt.threshold")] = None,
    at_break: Annotated[list[str] | None, typer.Option("--break", metavar="NAME", help="cli.opt.break")] = None,
) -> None:
    call = begun(ctx)
    given = numbers(threshold or [], "--threshold")
    found = call.workspace.segments.scheme(scheme, thresholds=given or None, breaks=at_break or ())
    call.answer(found, shapes.scheme)


@group.command("classify", help="cli.segment.classify")
def classify(
    ctx: typer.Context,
    scheme: Annotated[str, typer.Argument(metavar="SCHEME", help="cli.arg.scheme")],
    threshold: Annotated[list[str] | None, typer.Option("--threshold", help="cli.opt.threshold")] = None,
    at_break: Annotated[list[str] | None, typer.Option("--break", metavar="NAME", help="cli.opt.break")] = None,
    why: Why = "",
) -> None:
    call = begun(ctx)
    given = numbers(threshold or [], "--threshold")
    made = call.workspace.segments.classify(scheme, thresholds=given or None, breaks=at_break or (), why=why)
    call.answer(made, shapes.made)


@group.command("fit", help="cli.segment.fit")
def fit(
    ctx: typer.Context,
    name: Name,
    trait: Annotated[list[str] | None, typer.Option("--trait", "-t", help="cli.opt.trait")] = None,
    method: Annotated[str, typer.Option("--method", metavar="|".join(METHODS), help="cli.opt.fit_method")] = "kmeans",
    segments: Annotated[str, typer.Option("--segments", metavar="auto|2..20", help="cli.opt.n_segments")] = "auto",
    weight: Annotated[str | None, typer.Option("--weight", help="cli.opt.fit_weight")] = None,
    step: Annotated[list[str] | None, typer.Option("--step", metavar="|".join(STEPS), help="cli.opt.step")] = None,
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
    chosen |= {"method": method, "weight": weight, "steps": step if step is not None else DEFAULT_STEPS}
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
def size(
    ctx: typer.Context,
    rule: Annotated[str, typer.Argument(metavar="RULE", help="cli.arg.rule")],
    sample: Annotated[int | None, typer.Option("--sample", help="cli.option.size_sample", min=1)] = None,
) -> None:
    call = begun(ctx)
    call.answer(call.workspace.segments.size(rule, sample=sample), shapes.size)


@group.command("cross", help="cli.segment.cross")
def cross(
    ctx: typer.Context,
    name: Name,
    rows: Annotated[str, typer.Option("--rows", help="cli.opt.rows_of", metavar="SEGMENTATION")],
    columns: Annotated[str, typer.Option("--columns", help="cli.opt.columns_of", metavar="SEGMENTATION")],
    label: Labelled = None,
    label_zh: LabelZh = None,
    label_en: LabelEn = None,
    why: Why = "",
) -> None:
    call = begun(ctx)
    shown = label_of(label, label_zh, label_en)
    call.answer(call.workspace.segments.cross(name, rows, columns, label=shown, why=why), shapes.made)


@group.command("overlap", help="cli.segment.overlap")
def overlap(
    ctx: typer.Context,
    segments: Annotated[
        list[str] | None, typer.Argument(metavar="[SEGMENT]...", help="cli.arg.segments_compared")
    ] = None,
) -> None:
    call = begun(ctx)
    call.answer(call.workspace.segments.overlap(*(segments or ())), shapes.overlap)


@group.command("describe", help="cli.segment.describe")
def describe(ctx: typer.Context, name: Name) -> None:
    call = begun(ctx)
    call.answer(call.workspace.segments.describe(name), shapes.description)


@group.command("contrast", help="cli.segment.contrast")
def contrast(ctx: typer.Context, name: Name) -> None:
    call = begun(ctx)
    call.answer(call.workspace.segments.contrast(name), shapes.contrast)


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


@group.command("dates", help="cli.segment.dates")
def dates(ctx: typer.Context, name: Name) -> None:
    call = begun(ctx)
    call.answer(call.workspace.segments.dates(name), shapes.dates)


@group.command("compare", help="cli.segment.compare")
def compare(
    ctx: typer.Context,
    name: Name,
    before: Annotated[int | None, typer.Option("--before", metavar="VERSION", help="cli.opt.before_version")] = None,
    after: Annotated[int | None, typer.Option("--after", metavar="VERSION", help="cli.opt.after_version")] = None,
) -> None:
    call = begun(ctx)
    call.answer(call.workspace.segments.compare(name, before, after), shapes.compare)


@group.command("migration", help="cli.segment.migration")
def migration(ctx: typer.Context, name: Name, start: Start = None, end: End = None) -> None:
    call = begun(ctx)
    call.answer(call.workspace.segments.migration(name, start, end), shapes.migration)


@group.command("movers", help="cli.segment.movers")
def movers(
    ctx: typer.Context,
    name: Name,
    start: Start = None,
    end: End = None,
    from_segment: Annotated[str | None, typer.Option("--from", help="cli.opt.from_segment")] = None,
    to_segment: Annotated[str | None, typer.Option("--to", help="cli.opt.to_segment")] = None,
    out: Annotated[Path | None, typer.Option("--out", metavar="FILE", help="cli.opt.frame_out")] = None,
) -> None:
    call = begun(ctx)
    path = checked_out(out) if out is not None else None
    found = call.workspace.segments.movers(name, start, end, from_segment=from_segment, to_segment=to_segment)
    call.answer_frame(found, path)


@group.command("history", help="cli.segment.history")
def history(
    ctx: typer.Context,
    profile_id: ProfileId,
    name: Annotated[str | None, typer.Option("--name", help="cli.opt.only_segmentation")] = None,
) -> None:
    call = begun(ctx)
    call.answer(call.workspace.segments.history(profile_id, name=name), shapes.history)


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
