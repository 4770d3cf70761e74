"""A fitted solution beside worlds whose structure is known: how the verdict fades as groups grow into one another."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

from qunxiang.charts.spec import Axis, LineChart, Reference, Series
from qunxiang.i18n import Message
from qunxiang.segmentation.known_worlds import N_PAIRS, N_SEEDS, PROCEDURE, WORLDS, Span, World, as_deep_as, groups
from qunxiang.segmentation.verdict import DEPTH, GOOD

SHOWN_APART = (6.0, 4.0, 2.5)
"""Distances that stand in the table; the charts have all."""

OWN_COLOUR = 1
"""Palette number of the line at the own solution."""


@dataclass(frozen=True)
class Row:
    """A line of the table: what it is, its agreement and depth, and how often each verdict was given."""

    name: Message
    agreement: float
    depth: float
    verdict: Message
    own: bool = False


@dataclass(frozen=True)
class Fading:
    """What the page shows: a sentence, two curves with the own solution in them, and a table."""

    sentence: Message
    agreement: LineChart
    depth: LineChart
    rows: tuple[Row, ...]
    basis: Message


def of(evidence: Mapping[str, Any]) -> Fading | None:
    """Return the comparison; None without a verdict, or when it was given by another version of the procedure."""
    told = (evidence.get("reason") or {}).get("params", {})
    # what was fitted before the version was noted followed the first
    if not {"agreement", "depth"} <= told.keys() or evidence.get("procedure", 1) != PROCEDURE:
        return None
    agreement, depth = float(told["agreement"]), float(told["depth"])
    apart = as_deep_as(depth)
    own = Row(
        name=Message("room.fading.own", {"k": told["n_segments"]}),
        agreement=agreement,
        depth=depth,
        verdict=Message(f"room.verdict.{evidence['verdict']}"),
        own=True,
    )
    shown = [w for w in WORLDS if w.apart is None or w.apart in SHOWN_APART]
    farthest = groups()[-1]
    if apart is None:
        sentence = Message("room.fading.flat", {"depth": depth})
    elif apart == farthest.apart:
        sentence = Message("room.fading.far", {"depth": depth, "apart": apart})
    else:
        sentence = Message("room.fading.like", {"depth": depth, "apart": round(apart, 1)})
    return Fading(
        sentence=sentence,
        agreement=_curve("agreement", GOOD, agreement),
        depth=_curve("depth", DEPTH, depth),
        rows=(own, *(_row(w) for w in shown)),
        basis=Message("room.fading.basis", {"seeds": N_SEEDS, "pairs": N_PAIRS, "procedure": PROCEDURE}),
    )


def _row(world: World) -> Row:
    given = zip(("natural", "reproducible", "constructive"), world.verdicts, strict=True)
    counted = [
        Message("room.fading.times", {"verdict": Message(f"room.verdict.{v}"), "n": n, "of": N_SEEDS})
        for v, n in given
        if n
    ]
    return Row(
        name=Message(f"room.fading.world.{world.kind}", {"apart": world.apart}),
        agreement=world.agreement[0],
        depth=world.depth[0],
        verdict=Message("room.fading.verdicts", {"counted": counted}),
    )


def _curve(what: Literal["agreement", "depth"], limit: float, own: float) -> LineChart:
    known = groups()
    spans: list[Span] = [w.agreement if what == "agreement" else w.depth for w in known]
    line = Series(
        name=Message("room.fading.known"),
        values=tuple(s[0] for s in spans),
        low=tuple(s[1] for s in spans),
        high=tuple(s[2] for s in spans),
    )
    here = Series(name=Message("room.fading.here", {"value": own}), values=(own,) * len(known), colour=OWN_COLOUR)
    return LineChart(
        title=Message(f"room.fading.{what}"),
        x_title=Message("room.fading.apart"),
        categories=tuple(f"{w.apart:g}" for w in known),
        y=Axis(Message(f"room.fading.{what}_axis"), "number", low=0.0, high=1.0),
        series=(line, here),
        references=(
            Reference(limit, Message(f"room.fading.{what}_limit", {"limit": limit}), below=what == "agreement"),
        ),
    )
