"""Markets: the segments of a survey that stands for people outside the own customers."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from pydantic import Field

from qunxiang.i18n import Label
from qunxiang.model.base import Frozen


class MarketSegment(Frozen):
    """One segment; `answer` is the answer that puts people in it where a single question decides."""

    id: str
    label: Label
    answer: str | None = None
    colour: int = 0


class MarketCentres(Frozen):
    """Frozen centres over questions: answers as numbers, less the mean, divided by the standard deviation."""

    questions: tuple[str, ...]
    means: tuple[float, ...]
    sds: tuple[float, ...]
    centres: tuple[tuple[float, ...], ...]


class MarketMargin(Frozen):
    """Known people or shares of the answers to one question."""

    question: str
    targets: dict[str, float] = Field(min_length=1)


class KnownMargins(Frozen):
    """Margins as people hand them over in a file: people or shares by question and answer."""

    margins: dict[str, dict[str, float]]
    bounds: tuple[float, float] | None = None


class MarketTool(Frozen):
    """Questions that tell the segment, with frozen numbers; see :class:`qunxiang.market.TypingTool`."""

    questions: tuple[str, ...]
    levels: tuple[tuple[str, ...], ...]
    intercepts: tuple[float, ...]
    coefficients: tuple[tuple[tuple[float, ...], ...], ...]
    steps: tuple[dict[str, Any], ...]
    base_accuracy: float
    n_rows: int
    seed: int


class Market(Frozen):
    """A market seen through a survey.

    People are put in segments by one `question` or by the nearest of `centres`. `population` is the number of people in
    the market. `money` is a numeric question with what a person spends per year. `margins` calibrate the weights,
    within `bounds` relative to their mean.
    """

    id: str
    label: Label
    survey: str
    population: float = Field(gt=0)
    segments: tuple[MarketSegment, ...]
    question: str | None = None
    centres: MarketCentres | None = None
    money: str | None = None
    margins: tuple[MarketMargin, ...] = ()
    bounds: tuple[float, float] | None = None
    tool: MarketTool | None = None
    evidence: dict[str, Any] = Field(default_factory=dict)

    def missing_of(self, questions: Iterable[str]) -> tuple[str, ...]:
        """Return the questions that a wave of this market needs and `questions`, those it has, leave out."""
        own = () if self.question is None else (self.question,)
        found = set(questions)
        needed = (
            *own,
            *(() if self.question is not None or self.centres is None else self.centres.questions),
            *(() if self.money is None else (self.money,)),
            *(margin.question for margin in self.margins),
        )
        return tuple(dict.fromkeys(id for id in needed if id not in found))
