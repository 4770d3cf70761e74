"""Charts of a described segmentation, as records of :mod:`qunxiang.charts.spec`."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from qunxiang.charts.spec import Axis, Bar, BarChart, BoxChart, BoxGroup, Heatmap, LineChart, Reference, Series
from qunxiang.i18n import Label, Message
from qunxiang.services.segment_describe import SegmentationDescription, SegmentView

MARKERS = 8
"""Markers drawn per segment; the table below the page's charts lists the others."""


def colour_of(segment: SegmentView) -> int | None:
    """Return the palette number of a segment; None for the profiles in no segment."""
    return segment.colour if segment.id is not None else None


def shares_chart(described: SegmentationDescription) -> BarChart:
    """Share of revenue per segment beside its share of customers."""
    bars = tuple(
        Bar(name=s.label, value=s.revenue_share, base=s.share, colour=colour_of(s))
        for s in described.segments
        if s.profiles and s.id is not None
    )
    return BarChart(
        title=Message("room.segments.chart.shares"),
        axis=Axis(Message("room.segments.chart.share_axis"), "percent", low=0.0),
        bars=bars,
        base_title=Message("room.segments.share_customers"),
    )


def order_values_chart(described: SegmentationDescription, currency: str) -> BoxChart | None:
    """Order values per segment: 5 %, quartiles, 95 %; None when nobody ordered in the last 365 days."""
    groups = tuple(
        BoxGroup(
            name=s.label,
            five=tuple(s.order_values[k] for k in ("p5", "q1", "median", "q3", "p95")),  # type: ignore[arg-type]
            n=int(s.order_values["n"]),
            colour=colour_of(s),
        )
        for s in described.segments
        if s.order_values is not None and s.id is not None
    )
    if not groups:
        return None
    return BoxChart(
        title=Message("room.segments.chart.order_values"),
        axis=Axis(Message("room.segments.chart.order_axis", {"currency": currency}), "number", low=0.0),
        groups=groups,
        whiskers_title=Message("room.segments.chart.whiskers"),
    )


def growth_chart(described: SegmentationDescription) -> BarChart | None:
    """Growth per segment with its interval; None when no segment's growth can be told."""
    known = [s for s in described.segments if s.growth is not None and s.id is not None]
    if not known:
        return None
    bars = tuple(
        Bar(name=s.label, value=s.growth, low=s.growth_low, high=s.growth_high, colour=colour_of(s)) for s in known
    )
    return BarChart(
        title=Message("room.segments.chart.growth"),
        axis=Axis(Message("room.segments.chart.growth_axis"), "percent"),
        bars=bars,
        references=(Reference(0.0, Message("room.segments.chart.no_change")),),
    )


def markers_chart(segment: SegmentView) -> BarChart | None:
    """Effects of the strongest markers of one segment against the rest, with intervals; None when there are none."""
    if not segment.markers:
        return None
    bars = tuple(
        Bar(name=m.label, value=m.effect, low=m.low, high=m.high, colour=colour_of(segment))
        for m in segment.markers[:MARKERS]
    )
    return BarChart(
        title=Message("room.segments.chart.markers", {"segment": segment.label}),
        axis=Axis(Message("room.segments.chart.effect_axis"), "signed"),
        bars=bars,
        references=(Reference(0.0, Message("room.segments.chart.like_rest")),),
    )


def stability_chart(evidence: dict[str, Any]) -> LineChart | BoxChart | None:
    """Agreement by number of segments as box plots; None when it was not measured.

    Evidence of earlier versions lacks the quartiles and is drawn as a line with its 5–95 % band.
    """
    numbers = by_k(evidence)
    if not numbers:
        return None
    if all("median" in found for _, found in numbers):
        return BoxChart(
            title=Message("room.segments.chart.stability"),
            axis=Axis(Message("room.segments.chart.agreement_axis"), "number", high=1.0),
            groups=tuple(BoxGroup(name=str(k), five=_five(found), n=evidence["n_pairs"]) for k, found in numbers),
            whiskers_title=Message("room.segments.chart.whiskers"),
            references=(Reference(0.8, Message("room.segments.chart.good")),),
        )
    return LineChart(
        title=Message("room.segments.chart.stability"),
        x_title=Message("room.segments.chart.k_axis"),
        categories=tuple(str(k) for k, _ in numbers),
        y=Axis(Message("room.segments.chart.agreement_axis"), "number", low=0.0, high=1.0),
        series=(
            Series(
                name=Message("room.segments.chart.agreement"),
                values=tuple(v["mean_ari"] for _, v in numbers),
                low=tuple(v["low"] for _, v in numbers),
                high=tuple(v["high"] for _, v in numbers),
            ),
        ),
        references=(Reference(0.8, Message("room.segments.chart.good")),),
    )


def _five(found: dict[str, float]) -> tuple[float, float, float, float, float]:
    return (found["low"], found["q1"], found["median"], found["q3"], found["high"])


def segments_chart(segments: Sequence[SegmentView]) -> BarChart | None:
    """How often each segment comes back in redrawn samples; None when it was not measured."""
    bars = tuple(
        Bar(name=s.label, value=held["mean"], low=held["low"], high=held["high"], colour=colour_of(s))
        for s in segments
        if (held := s.stability) is not None
    )
    if not bars:
        return None
    return BarChart(
        title=Message("room.evidence.each"),
        axis=Axis(Message("room.evidence.each_axis"), "number", low=0.0, high=1.0),
        bars=bars,
    )


def across_chart(evidence: dict[str, Any]) -> Heatmap | None:
    """How whole segments come out of those before, by number of segments; None with one number."""
    steps = evidence.get("across") or []
    if not steps:
        return None
    width = max(len(step["stability"]) for step in steps)
    return Heatmap(
        title=Message("room.evidence.across"),
        rows=tuple(str(step["k"]) for step in steps),
        columns=tuple(str(i + 1) for i in range(width)),
        values=tuple(tuple(step["stability"]) + (None,) * (width - len(step["stability"])) for step in steps),
        empty="—",
    )


def restarts_chart(evidence: dict[str, Any]) -> BarChart | None:
    """Share of random starts that reach the best solution, by number of segments; None for methods without starts."""
    numbers = by_k(evidence)
    if not numbers or all(found["best_share"] is None for _, found in numbers):
        return None
    bars = tuple(Bar(name=str(k), value=v["best_share"]) for k, v in numbers)
    return BarChart(
        title=Message("room.segments.chart.restarts"),
        axis=Axis(Message("room.segments.chart.restarts_axis"), "percent", low=0.0, high=1.0),
        bars=bars,
        horizontal=False,
    )


def marker_words(segment: SegmentView) -> list[dict[str, Any]]:
    """Say in words how the markers of a segment differ: `text` and whether the trait defines the segment."""
    return [{"text": _words(m), "defining": m.defining, "marker": m} for m in segment.markers]


def _words(marker: Any) -> Message:
    code = "room.segments.mark.higher" if marker.effect > 0 else "room.segments.mark.lower"
    how = "percent" if marker.kind == "share" else "money" if marker.kind == "money" else "number"
    unit = Label("", "") if how == "percent" else marker.unit
    return Message(
        f"{code}.{how}", {"trait": marker.label, "mean": marker.mean, "rest": marker.rest_mean, "unit": unit}
    )


def by_k(evidence: dict[str, Any]) -> list[tuple[int, dict[str, float]]]:
    """Return what was found by number of segments, in order."""
    return sorted((int(k), v) for k, v in evidence.get("by_k", {}).items())
