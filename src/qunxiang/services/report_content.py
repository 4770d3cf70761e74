"""What a segment report is written from, and the words its chapters share."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from qunxiang.charts.spec import Text
from qunxiang.i18n import Label, Message
from qunxiang.model import Actor, Definition, Segmentation, Snapshot, TraitSet
from qunxiang.model.value import CustomerValue
from qunxiang.personas import Persona
from qunxiang.ports.documents import Poster
from qunxiang.segmentation.classify import Check
from qunxiang.services.house import Settings
from qunxiang.services.segment_describe import MarkerView, SegmentationDescription, SegmentView
from qunxiang.services.segment_read import Change
from qunxiang.services.targets import RankingView
from qunxiang.targeting import ResponseCurve

SECTION = 3
"""Level of headings inside a chapter: below those that the table of contents lists."""


@dataclass(frozen=True)
class TableFact:
    """One table of the snapshot: what it is, its rows, and whether it was loaded (or made from loaded ones)."""

    label: Label
    grain: Label
    rows: int
    version: int
    loaded: bool


@dataclass(frozen=True)
class ReportFacts:
    """Everything a report says, gathered before a word is written.

    `ranking` is None when the segments could not be ranked, for the reason in `unranked`. `coverage` is the share of
    customers with a known value, by trait. `document` is the stored segmentation with its author and reason.
    `value` is the fitted lifetime value, None before there is one; `curves` the response curves by which budgets are
    split.
    """

    settings: Settings
    actor: Actor
    made_at: datetime
    found: SegmentationDescription
    document: Definition
    snapshot: Snapshot
    refreshed: Snapshot | None
    tables: Mapping[str, TableFact]
    traits: TraitSet
    coverage: Mapping[str, float]
    checks: tuple[Check, ...]
    changes: tuple[Change, ...]
    ranking: RankingView | None
    unranked: Message | None
    personas: tuple[tuple[Persona, Poster], ...]
    value: CustomerValue | None = None
    curves: tuple[ResponseCurve, ...] = ()

    @property
    def segmentation(self) -> Segmentation:
        """The segmentation the report is about."""
        return self.found.segmentation

    @property
    def peopled(self) -> tuple[SegmentView, ...]:
        """Segments that have members."""
        return tuple(v for v in self.found.segments if v.id is not None and v.profiles > 0)

    @property
    def empty(self) -> tuple[SegmentView, ...]:
        """Segments without members."""
        return tuple(v for v in self.found.segments if v.id is not None and v.profiles == 0)

    @property
    def in_none(self) -> SegmentView | None:
        """The profiles in no segment, None when there are none."""
        return next((v for v in self.found.segments if v.id is None and v.profiles > 0), None)

    @property
    def currency(self) -> Label:
        """The currency as it stands behind an amount."""
        return Label("元", "CNY") if self.settings.currency == "CNY" else Label.same(self.settings.currency)

    def view(self, segment: str) -> SegmentView | None:
        """Return a segment of the description, None when it is no longer there."""
        return next((v for v in self.found.segments if v.id == segment), None)

    def label(self, segment: str | None) -> Text:
        """Return the name of a segment; None stands for no segment."""
        if segment is None:
            return say("in_none")
        view = self.view(segment)
        return view.label if view is not None else segment

    def money(self, value: float | None) -> Message:
        """Return an amount to the cent with its currency; unknown is said."""
        return say("unknown") if value is None else say("money", value=value, currency=self.currency)

    def figure(self, value: float | None) -> Message:
        """Return an amount in whole units without its currency, for figures whose title names it."""
        return say("unknown") if value is None else say("count", n=value)

    def whole(self, value: float | None) -> Message:
        """Return an amount in whole units with its currency, for sentences."""
        return say("unknown") if value is None else say("money_whole", value=value, currency=self.currency)


def say(code: str, /, **params: Any) -> Message:
    """Return a message of the report's catalogue."""
    return Message(f"report.{code}", params)


def joined(parts: list[Text]) -> Message:
    """Return sentences one after the other as one text."""
    text: Text = parts[0]
    for part in parts[1:]:
        text = say("two_sentences", first=text, second=part)
    return text if isinstance(text, Message) else say("one_sentence", text=text)


def growth_text(view: SegmentView) -> Text:
    """Say how revenue grew, how sure that is, and what the interval allows to conclude."""
    if view.growth is None:
        return say("growth.unknown", reason=view.growth_note or say("unknown"))
    return say(f"growth.{growth_reading(view)}", growth=view.growth, low=view.growth_low, high=view.growth_high)


def growth_reading(view: SegmentView) -> str:
    """Return what the interval of growth allows to say: ``up``, ``down``, or ``open`` when it includes 0."""
    if view.growth_low is None or view.growth_high is None:
        return "open"
    return "up" if view.growth_low > 0 else "down" if view.growth_high < 0 else "open"


def marker_value(marker: MarkerView, value: float) -> Message:
    """Write a mean of a trait in its own unit."""
    kind = marker.kind if marker.kind in ("money", "share") else "number"
    return say(f"value.{kind}", value=value, unit=marker.unit)
