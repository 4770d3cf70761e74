"""The whole loop in one go: load, resolve, refresh, segment, rank, choose, portray, report.

The only place where use cases are chained. Every step looks first whether it is done; done steps are left alone, so a
loop that was cut short goes on where it stopped, and a second run changes nothing.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any, Literal

from qunxiang.i18n import LANGUAGES, Label, Message, from_json
from qunxiang.intake import LoadReport
from qunxiang.intake.custom import Keep
from qunxiang.model import Actor, Frozen, Segmentation
from qunxiang.ports.source import Source
from qunxiang.services import personas as portraying
from qunxiang.services import report as reporting
from qunxiang.services import targets as choosing
from qunxiang.services.house import House, Progress, silent
from qunxiang.services.load import load
from qunxiang.services.refresh import refresh
from qunxiang.services.resolve import resolve
from qunxiang.services.segment_define import classify, define
from qunxiang.services.segment_describe import describe
from qunxiang.services.segment_fit import fit

StepName = Literal["load", "resolve", "refresh", "segment", "describe", "rank", "portray", "report"]
Write = Callable[[Path, bytes], Path]


@dataclass(frozen=True)
class PlannedLoad:
    """One table to load; `open` gives its source when it is needed, `keep` says which other columns are kept."""

    table: str
    open: Callable[[], Source]
    mapping: dict[str, str]
    keep: Keep = "all"


@dataclass(frozen=True)
class PlannedRule:
    """One segment to define by a rule."""

    name: str
    rule: str
    label: Label
    note: Label


@dataclass(frozen=True)
class Plan:
    """What a loop does.

    `fit` names the segmentation that is fitted, described, ranked and portrayed. `judge` and `choose` are the reasons
    written down with the example judgements and with the choice of the `targets` best segments. Documents go to
    `folder` through `write`.
    """

    loads: Sequence[PlannedLoad]
    as_of: date
    schemes: Sequence[str]
    rules: Sequence[PlannedRule]
    fit: str
    traits: Sequence[str]
    label: Label
    seed: int
    n_pairs: int
    strengths: Sequence[float]
    judge: str
    choose: str
    targets: int
    folder: Path
    write: Write


class Done(Frozen):
    """One finished step: what it found, how many seconds it took, and whether it had been done before."""

    step: StepName
    finding: Message
    seconds: float
    before: bool


Steps = Iterator[tuple[Message, bool]]


def loop(house: House, actor: Actor, plan: Plan, *, progress: Progress = silent) -> Iterator[Done]:
    """Run a plan step by step.

    Yields
    ------
    Done
        After each step.
    """
    steps: tuple[tuple[StepName, Steps], ...] = (
        ("load", _load(house, actor, plan, progress)),
        ("resolve", _resolve(house, actor, progress)),
        ("refresh", _refresh(house, actor, plan, progress)),
        ("segment", _segment(house, actor, plan, progress)),
        ("describe", _describe(house, actor, plan)),
        ("rank", _rank(house, actor, plan)),
        ("portray", _portray(house, actor, plan, progress)),
        ("report", _report(house, actor, plan, progress)),
    )
    for name, findings in steps:
        started = time.perf_counter()
        for finding, before in findings:
            yield Done(step=name, finding=finding, seconds=time.perf_counter() - started, before=before)
            started = time.perf_counter()


def _load(house: House, actor: Actor, plan: Plan, progress: Progress) -> Steps:
    for planned in plan.loads:
        head = house.state.head()
        if head is not None and planned.table in head.tables:
            rows = house.lake.at(planned.table, head.tables[planned.table]).rows
            yield Message("loop.load.before", {"table": planned.table, "rows": rows}), True
            continue
        chosen: dict[str, Any] = {"mapping": planned.mapping, "keep": planned.keep}
        report = load(house, actor, planned.table, planned.open(), **chosen, progress=progress)
        yield _loaded(report), False
        for note in report.notes:
            yield Message(note.code, note.params), False


def _loaded(report: LoadReport) -> Message:
    names = ("table", "read", "accepted", "unchanged", "rejected")
    return Message("loop.load", {**{n: getattr(report, n) for n in names}, "rate": report.rows_per_second})


def _resolve(house: House, actor: Actor, progress: Progress) -> Steps:
    loaded, resolved = _run(house, "load"), _run(house, "resolve")
    if resolved > loaded:
        yield Message("loop.before.resolve"), True
        return
    report = resolve(house, actor, progress=progress)
    names = ("profiles", "identifiers", "orders", "orders_from_lines")
    yield Message("loop.resolve", {n: getattr(report, n) for n in names}), False


def _refresh(house: House, actor: Actor, plan: Plan, progress: Progress) -> Steps:
    head = house.state.head()
    if head is not None and head.as_of == plan.as_of and _run(house, "refresh") > _run(house, "resolve"):
        yield Message("loop.before.refresh", {"as_of": plan.as_of}), True
        return
    report = refresh(house, actor, as_of=plan.as_of, progress=progress)
    params = {"as_of": plan.as_of, "profiles": report.profiles, "traits": report.traits}
    yield Message("loop.refresh", params), False


def _segment(house: House, actor: Actor, plan: Plan, progress: Progress) -> Steps:
    for scheme in plan.schemes:
        if _has(house, scheme):
            yield Message("loop.before.segment", {"name": _label(house, scheme)}), True
            continue
        report = classify(house, actor, scheme)
        yield _sizes(report.segmentation, report.sizes), False
    for rule in plan.rules:
        if _has(house, rule.name):
            yield Message("loop.before.segment", {"name": rule.label}), True
            continue
        report = define(house, actor, rule.name, rule=rule.rule, label=rule.label, note=rule.note)
        yield Message("loop.rule", {"name": rule.label, "rule": rule.rule, "n": report.sizes[rule.name]}), False
    if _has(house, plan.fit):
        yield Message("loop.before.segment", {"name": plan.label}), True
        return
    how: dict[str, Any] = {"traits": plan.traits, "seed": plan.seed, "n_pairs": plan.n_pairs, "label": plan.label}
    report = fit(house, actor, plan.fit, **how, progress=progress)
    yield _sizes(report.segmentation, report.sizes), False
    yield Message("loop.verdict", {"reason": from_json(report.segmentation.evidence["reason"])}), False


def _sizes(segmentation: Segmentation, sizes: dict[str, int]) -> Message:
    parts = [Message("loop.size", {"segment": s.label, "n": sizes[s.id]}) for s in segmentation.segments]
    return Message("loop.segment", {"name": segmentation.label, "sizes": parts})


def _describe(house: House, actor: Actor, plan: Plan) -> Steps:
    found = describe(house, actor, plan.fit)
    best = max(found.segments, key=lambda v: v.revenue_share or 0.0)
    params = {"segment": best.label, "share": best.share, "revenue": best.revenue_share}
    yield Message("loop.describe", params), False


def _rank(house: House, actor: Actor, plan: Plan) -> Steps:
    if choosing.chosen(house, actor, plan.fit) is not None:
        yield Message("loop.before.rank"), True
        return
    view = choosing.ranking(house, actor, plan.fit, seed=plan.seed)
    labels = {s.id: s.label for s in view.segmentation.segments}
    ranked = view.ranking.ranked
    for assessment, value in zip(ranked, plan.strengths, strict=False):
        judgement: dict[str, Any] = {
            "segment": assessment.segment,
            "criterion": "strength",
            "value": value,
            "why": plan.judge,
        }
        choosing.judge(house, actor, plan.fit, **judgement)
    order = [Message("loop.ranked", {"segment": labels[a.segment], "score": a.attractiveness}) for a in ranked]
    yield Message("loop.rank", {"order": order, "out": len(view.ranking.knocked_out)}), False
    yield Message("loop.judged", {"n": min(len(ranked), len(plan.strengths)), "by": actor.name}), False
    # serving every segment would be no choice, unless there are but two
    segments = [a.segment for a in ranked[: min(plan.targets, max(2, len(ranked) - 1))]]
    choosing.choose(house, actor, plan.fit, segments=segments, why=plan.choose)
    # names hold commas themselves, so each stands in quotes
    names = [Message("loop.quoted", {"segment": labels[s]}) for s in segments]
    yield Message("loop.chosen", {"segments": names}), False


def _portray(house: House, actor: Actor, plan: Plan, progress: Progress) -> Steps:
    have = portraying.personas(house, actor, plan.fit)
    chosen = choosing.chosen(house, actor, plan.fit)
    if chosen is not None and set(chosen.segments) <= {p.segment for p in have}:
        yield Message("loop.before.portray", {"n": len(have)}), True
        return
    for persona in portraying.build(house, actor, plan.fit, progress=progress):
        params: dict[str, Any] = {"name": persona.name, "segment": persona.segment_label}
        yield (
            Message("loop.portray", {**params, "claims": len(persona.claims), "families": len(persona.families)}),
            False,
        )


def _report(house: House, actor: Actor, plan: Plan, progress: Progress) -> Steps:
    made = 0
    for lang in LANGUAGES:
        for ending in ("pdf", "html", "xlsx"):
            path = plan.folder / f"{plan.fit}-{lang}.{ending}"
            if not path.exists():
                content = reporting.report(house, actor, plan.fit, format=ending, lang=lang, progress=progress)
                plan.write(path, content)
                made += 1
        for persona in portraying.personas(house, actor, plan.fit):
            path = plan.folder / f"poster-{persona.segment}-{lang}.pdf"
            if not path.exists():
                how = {"segment": persona.segment, "format": "pdf", "lang": lang}
                plan.write(path, portraying.poster(house, actor, plan.fit, **how))
                made += 1
    if made:
        yield Message("loop.report", {"n": made, "folder": str(plan.folder)}), False
    else:
        yield Message("loop.before.report", {"folder": str(plan.folder)}), True


def _run(house: House, kind: Literal["load", "resolve", "refresh"]) -> int:
    """Return the newest run of a kind, 0 before the first."""
    newest = house.state.snapshots(kind, limit=1)
    return newest[0].run if newest else 0


def _has(house: House, name: str) -> bool:
    document = house.state.definition("segmentation", name)
    return document is not None and not document.archived


def _label(house: House, name: str) -> Label:
    document = house.state.definition("segmentation", name)
    return Segmentation.model_validate(document.body).label if document is not None else Label.same(name)
