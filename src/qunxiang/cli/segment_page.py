"""Answers about segments as tables."""

from __future__ import annotations

from typing import Any

from qunxiang.cli.page import Column, Page
from qunxiang.i18n import Message, from_json


def made(page: Page, report: Any) -> None:
    """Print the sizes of a segmentation that was just defined."""
    segmentation = report.segmentation
    params = {"name": segmentation.label, "version": report.version, "run": report.run, "changed": report.changed}
    page.heading(Message("cli.segment.made", params))
    total = sum(report.sizes.values()) + report.in_none
    rows = [(s.id, s.label, report.sizes.get(s.id, 0), s.rule) for s in segmentation.segments]
    rows.append(("–", Message("cli.segment.none"), report.in_none, None))
    columns = [
        Column("cli.col.segment", lambda r: r[0]),
        Column("cli.col.label", lambda r: r[1]),
        Column("cli.col.profiles", lambda r: r[2], "count"),
        Column("cli.col.share", lambda r: r[2] / total if total else None, "percent"),
        Column("cli.col.rule", lambda r: r[3]),
    ]
    page.table(columns, rows)


def fitted(page: Page, report: Any) -> None:
    """Print the sizes of fitted segments and how firmly they hold."""
    made(page, report)
    verdict(page, report.segmentation.evidence)


def verdict(page: Page, evidence: Any) -> None:
    """Print whether segments are natural, reproducible or constructive, and on what ground."""
    page.say(from_json(evidence["reason"]))


def segmentation(page: Page, found: Any) -> None:
    """Print the segments of a segmentation."""
    page.heading(found.label)
    columns = [
        Column("cli.col.segment", lambda s: s.id),
        Column("cli.col.label", lambda s: s.label),
        Column("cli.col.rule", lambda s: s.rule),
    ]
    page.table(columns, found.segments)


def archived(page: Page, found: Any) -> None:
    """Say that a segmentation is out of use."""
    page.say(Message("cli.segment.archived", {"name": found["archived"]}))


def summaries(page: Page, found: Any) -> None:
    """Print every segmentation with the sizes of its segments."""
    if not found:
        page.say(Message("cli.segment.no_segmentation"))
    columns = [
        Column("cli.col.segment", lambda s: s.id),
        Column("cli.col.label", lambda s: s.label),
        Column("cli.col.profiles", lambda s: s.n, "count"),
        Column("cli.col.share", lambda s: s.share, "percent"),
    ]
    for one in found:
        title = {"id": one.id, "label": one.label, "version": one.version, "author": one.author, "in_none": one.in_none}
        page.table(columns, one.segments, title=Message("cli.segment.title", title))
        if one.verdict is not None:
            page.say(Message("cli.segment.verdict", {"verdict": Message(f"cli.verdict.{one.verdict}")}))
        if not one.assigned:
            page.say(Message("cli.segment.unassigned"))
        page.say("")


def size(page: Page, found: Any) -> None:
    """Print whom a rule takes, and for how many each trait is unknown."""
    page.facts(
        [
            ("cli.col.rule", found.rule, "plain"),
            ("cli.col.profiles", found.n, "count"),
            ("cli.col.of", found.profiles, "count"),
            ("cli.col.share", found.share, "percent"),
        ]
    )
    columns = [Column("cli.col.trait", lambda u: u[0]), Column("cli.col.unknown", lambda u: u[1], "count")]
    page.table(columns, found.unknown.items())


def description(page: Page, found: Any) -> None:
    """Print segments with size, revenue, order values and growth, then what marks each."""
    params = {"name": found.segmentation.label, "as_of": found.as_of, "profiles": found.profiles}
    columns = [
        Column("cli.col.segment", lambda v: v.id),
        Column("cli.col.label", lambda v: v.label),
        Column("cli.col.profiles", lambda v: v.profiles, "count"),
        Column("cli.col.share", lambda v: v.share, "percent"),
        Column("cli.col.revenue_share", lambda v: v.revenue_share, "percent"),
        Column("cli.col.per_profile", lambda v: v.revenue_per_profile, "money"),
        Column("cli.col.margin_share", lambda v: v.margin_share, "percent"),
        Column("cli.col.order_median", lambda v: (v.order_values or {}).get("median"), "money"),
        Column("cli.col.growth", lambda v: v.growth, "percent"),
        Column("cli.col.growth_interval", lambda v: _interval(v.growth_low, v.growth_high)),
    ]
    page.table(columns, found.segments, title=Message("cli.segment.described", params))
    marks = [
        Column("cli.col.trait", lambda m: m.label),
        Column("cli.col.mean", lambda m: m.mean, "number"),
        Column("cli.col.rest_mean", lambda m: m.rest_mean, "number"),
        Column("cli.col.unit", lambda m: m.unit),
        Column("cli.col.effect", lambda m: m.effect, "signed"),
        Column("cli.col.interval", lambda m: f"{m.low:+.2f} … {m.high:+.2f}"),
        Column("cli.col.coverage", lambda m: m.coverage, "percent"),
        Column("cli.col.defining", lambda m: m.defining),
    ]
    for view in found.segments:
        if view.growth_note is not None:
            page.say(Message("cli.segment.growth_note", {"segment": view.label, "note": view.growth_note}))
        if view.markers:
            page.table(marks, view.markers[:5], title=Message("cli.segment.marks", {"segment": view.label}))


def reasons(page: Page, found: Any) -> None:
    """Print where a profile belongs and why."""
    none = Message("cli.segment.none")
    page.facts(
        [
            ("cli.col.segment", found.segment or none, "plain"),
            ("cli.col.computed", found.computed or none, "plain"),
        ]
    )
    columns = [Column("cli.col.holds", lambda r: _holds(r.holds)), Column("cli.col.reason", lambda r: r.message)]
    page.table(columns, found.reasons)


def stability(page: Page, found: Any) -> None:
    """Print agreement by number of segments, the verdict, and how firmly each segment holds."""
    evidence = found.evidence
    verdict(page, evidence)
    by_k = [
        Column("cli.col.n_segments", lambda k: int(k[0]), "count"),
        Column("cli.col.agreement", lambda k: k[1]["mean_ari"], "number"),
        Column("cli.col.range", lambda k: f"{k[1]['low']:.2f} … {k[1]['high']:.2f}"),
        Column("cli.col.best_share", lambda k: k[1]["best_share"], "percent"),
        Column("cli.col.smallest_share", lambda k: k[1]["smallest_share"], "percent"),
    ]
    page.table(by_k, evidence["by_k"].items(), title=Message("cli.segment.by_k", {"k": evidence["recommended_k"]}))
    each = [
        Column("cli.col.segment", lambda s: s[0].label),
        Column("cli.col.comes_back", lambda s: s[1]["mean"], "percent"),
        Column("cli.col.range", lambda s: f"{s[1]['low']:.2f} … {s[1]['high']:.2f}"),
    ]
    page.table(each, zip(found.segments, evidence["segment_stability"], strict=False))


def changes(page: Page, found: Any) -> None:
    """Print who went where, newest run first."""
    columns = [
        Column("cli.col.run", lambda c: c.run, "count"),
        Column("cli.col.as_of", lambda c: c.as_of, "date"),
        Column("cli.col.from", lambda c: c.from_segment or Message("cli.segment.none")),
        Column("cli.col.to", lambda c: c.to_segment or Message("cli.segment.none")),
        Column("cli.col.profiles", lambda c: c.n, "count"),
    ]
    page.table(columns, found)


def checks(page: Page, found: Any) -> None:
    """Print the demands on a segmentation and what was found."""
    columns = [
        Column("cli.col.check", lambda c: Message(f"cli.check.{c.name}")),
        Column("cli.col.met", lambda c: c.met),
        Column("cli.col.finding", lambda c: c.message),
    ]
    page.table(columns, found)


def _interval(low: float | None, high: float | None) -> str | None:
    return None if low is None or high is None else f"{low * 100:+.1f}% … {high * 100:+.1f}%"


def _holds(value: bool | None) -> str:
    return {True: "✓", False: "✗", None: "?"}[value]
