"""Answers about segments as tables."""

from __future__ import annotations

from typing import Any

from qunxiang.cli.page import Column, Page
from qunxiang.i18n import Message, from_json
from qunxiang.services.segment_fit_evidence import near


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
    if closest := near(evidence):
        page.say(closest)
    if evidence.get("sample_size", {}).get("verdict", "enough") != "enough":
        page.say(from_json(evidence["sample_size"]["message"]))


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
    """Print whom a rule takes, for how many each condition holds, and for how many each trait is unknown."""
    facts = [
        ("cli.col.rule", found.rule, "plain"),
        ("cli.col.profiles", found.n, "count"),
        ("cli.col.of", found.profiles if found.sampled is None else found.sampled, "count"),
        ("cli.col.share", found.share, "percent"),
    ]
    if found.sampled is not None:
        facts.append(("cli.col.estimated", found.estimated, "count"))
        facts += [("cli.col.low", found.low, "percent"), ("cli.col.high", found.high, "percent")]
    page.facts(facts)
    if len(found.conditions) > 1:
        parts = [
            Column("cli.col.condition", lambda c: c.condition),
            Column("cli.col.n_holds", lambda c: c.n, "count"),
            Column("cli.col.unknown", lambda c: c.unknown, "count"),
        ]
        page.table(parts, found.conditions)
    columns = [Column("cli.col.trait", lambda u: u[0]), Column("cli.col.unknown", lambda u: u[1], "count")]
    page.table(columns, found.unknown.items())


def overlap(page: Page, found: Any) -> None:
    """Print every pair of segments that share members, those with most in common first."""
    pairs = [
        (a.id, b.id, found.counts[i][j], found.jaccard[i][j], found.inside[i][j], found.inside[j][i])
        for i, a in enumerate(found.segments)
        for j, b in enumerate(found.segments)
        if i < j and found.counts[i][j]
    ]
    pairs.sort(key=lambda pair: -(pair[3] or 0))
    columns = [
        Column("cli.col.segment", lambda p: p[0]),
        Column("cli.col.other_segment", lambda p: p[1]),
        Column("cli.col.in_both", lambda p: p[2], "count"),
        Column("cli.col.jaccard", lambda p: p[3], "number"),
        Column("cli.col.inside", lambda p: p[4], "percent"),
        Column("cli.col.inside_other", lambda p: p[5], "percent"),
    ]
    page.table(columns, pairs)
    if not pairs:
        page.say(Message("cli.segment.no_overlap"))


def scheme(page: Page, found: Any) -> None:
    """Print the thresholds of a scheme with where they come from, and the segments they would make."""
    columns = [
        Column("cli.col.threshold", lambda t: t.name),
        Column("cli.col.value", lambda t: t.value, "number"),
        Column("cli.col.comes_from", lambda t: Message(f"room.scheme.from.{t.source}")),
        Column("cli.col.natural_break", lambda t: t.at_break, "number"),
        Column("cli.col.in_use", lambda t: t.in_use, "number"),
        Column("cli.col.how", lambda t: t.how),
    ]
    page.table(columns, found.thresholds)
    columns = [
        Column("cli.col.segment", lambda s: s.id),
        Column("cli.col.label", lambda s: s.label),
        Column("cli.col.profiles", lambda s: s.n, "count"),
        Column("cli.col.rule", lambda s: s.rule),
    ]
    page.table(columns, found.segments)


def contrast(page: Page, found: Any) -> None:
    """Print the numbers and the descriptors in which segments differ most, with the means of every segment."""
    columns = [
        Column("cli.col.trait", lambda d: d.trait),
        Column("cli.col.effect", lambda d: d.effect, "number"),
        Column("cli.col.p_adjusted", lambda d: d.p_adjusted, "number"),
        Column("cli.col.overall", lambda d: d.overall, "number"),
        Column("cli.col.means", lambda d: "  ".join(page.cell(m, "number") for m in d.means)),
    ]
    page.table(columns, found.differences[:20])
    columns = [
        Column("cli.col.trait", lambda d: d.trait),
        Column("cli.col.effect", lambda d: d.effect, "number"),
        Column("cli.col.p_adjusted", lambda d: d.p_adjusted, "number"),
        Column("cli.col.rows", lambda d: d.n, "count"),
    ]
    page.table(columns, found.descriptors[:10])
    page.say(Message("cli.segment.compared", {"n": found.n, "tests": found.n_tests}))


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
            ("cli.col.segment", _named(page, found, found.segment) or none, "plain"),
            ("cli.col.computed", _named(page, found, found.computed) or none, "plain"),
        ]
    )
    columns = [Column("cli.col.holds", lambda r: _holds(r.holds)), Column("cli.col.reason", lambda r: r.message)]
    page.table(columns, found.reasons)
    if names := [(n, label) for n, label in found.labels.items() if n not in (found.segment, found.computed)]:
        traits = [Column("cli.col.name", lambda t: t[0]), Column("cli.col.label", lambda t: t[1])]
        page.table(traits, names)


def _named(page: Page, found: Any, segment: str | None) -> str | None:
    """Return a segment as people call it, its id behind it."""
    if segment is None:
        return None
    return f"{found.labels[segment](page.lang)} ({segment})" if segment in found.labels else segment


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
    if any(found.get("criteria") for found in evidence["by_k"].values()):
        by_k.append(Column("cli.col.bic", lambda k: k[1]["criteria"]["bic"], "number"))
        by_k.append(Column("cli.col.icl", lambda k: k[1]["criteria"]["icl"], "number"))
    numbers = sorted(evidence["by_k"].items(), key=lambda k: int(k[0]))
    page.table(by_k, numbers, title=Message("cli.segment.by_k", {"k": evidence["recommended_k"]}))
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


def dates(page: Page, found: Any) -> None:
    """Print the dates with memberships, oldest first."""
    columns = [
        Column("cli.col.as_of", lambda d: d.as_of, "date"),
        Column("cli.col.run", lambda d: d.run, "count"),
        Column("cli.col.version", lambda d: d.version, "count"),
        Column("cli.col.when_computed", lambda d: Message("cli.segment.past" if d.past else "cli.segment.then")),
    ]
    page.table(columns, found)


def compare(page: Page, found: Any) -> None:
    """Print how far two fits agree, which segment goes on as which, and who moves."""
    params = {"name": found.label, "before": found.before.version, "after": found.after.version}
    page.heading(Message("cli.segment.compare.title", params))
    page.facts(
        [
            ("cli.col.adjusted_rand", found.adjusted_rand, "number"),
            ("cli.col.profiles", found.profiles, "count"),
            ("cli.col.stayed", found.stayed, "count"),
            ("cli.col.moved", found.moved, "count"),
        ]
    )
    none = Message("cli.segment.none")
    goes_on = [
        Column("cli.col.before", lambda m: m.before.label if m.before else none),
        Column("cli.col.n", lambda m: m.before.n if m.before else None, "count"),
        Column("cli.col.after", lambda m: m.after.label if m.after else none),
        Column("cli.col.n", lambda m: m.after.n if m.after else None, "count"),
        Column("cli.col.both", lambda m: m.both, "count"),
        Column("cli.col.overlap_of_fits", lambda m: m.agreement, "number"),
    ]
    page.table(goes_on, found.matches)
    moves = [
        Column("cli.col.from", lambda m: m.before or none),
        Column("cli.col.to", lambda m: m.after or none),
        Column("cli.col.profiles", lambda m: m.n, "count"),
        Column("cli.col.moved", lambda m: m.moved),
    ]
    page.table(moves, found.moves)


def migration(page: Page, found: Any) -> None:
    """Print who went where, and what changed for them."""
    params = {"name": found.label, "start": found.start.as_of, "end": found.end.as_of}
    page.heading(Message("cli.segment.migration.title", params))
    page.say(Message("cli.segment.migration.stayed", {"n": found.stayed, "of": found.known_both}))
    if found.changed_definition:
        page.say(Message("cli.segment.migration.definition"))
    names = [_place_name(p) for p in found.places]
    moves = [
        Column("cli.col.from", lambda c: names[c.origin]),
        Column("cli.col.to", lambda c: names[c.target]),
        Column("cli.col.profiles", lambda c: c.n, "count"),
        Column("cli.col.share", lambda c: c.share, "percent"),
        Column("cli.col.range", lambda c: None if c.low is None else f"{c.low * 100:.1f}% … {c.high * 100:.1f}%"),
    ]
    page.table(moves, found.cells)
    if not found.shifts:
        return
    page.heading(Message("cli.segment.migration.reasons"))
    reasons = [
        Column("cli.col.from", lambda x: names[x.origin]),
        Column("cli.col.to", lambda x: names[x.target]),
        Column("cli.col.trait", lambda x: x.label),
        Column("cli.col.before", lambda x: x.before, "number"),
        Column("cli.col.after", lambda x: x.after, "number"),
        Column("cli.col.change", lambda x: f"{x.change:+,.2f} ({x.low:+,.2f} … {x.high:+,.2f})"),
        Column("cli.col.profiles", lambda x: x.n, "count"),
    ]
    page.table(reasons, found.shifts)


def history(page: Page, found: Any) -> None:
    """Print where a profile was, stretch by stretch."""
    columns = [
        Column("cli.col.segmentation", lambda s: s.segmentation_label),
        Column("cli.col.segment", lambda s: s.label or Message("cli.segment.none")),
        Column("cli.col.from", lambda s: s.first, "date"),
        Column("cli.col.to", lambda s: s.last, "date"),
        Column("cli.col.dates", lambda s: s.dates, "count"),
    ]
    page.table(columns, found)


def _place_name(place: Any) -> Any:
    if place.label is not None:
        return place.label
    return Message("cli.segment.none" if place.state == "none" else "cli.segment.absent")


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
