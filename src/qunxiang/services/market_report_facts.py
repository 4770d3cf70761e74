"""What a market report is written from."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

import numpy as np
from numpy.typing import NDArray

from qunxiang.i18n import Label
from qunxiang.market import AnswerMark
from qunxiang.model import Actor, Survey
from qunxiang.model.market import Market
from qunxiang.model.scale import Scale
from qunxiang.services.house import Settings
from qunxiang.services.market import MarketGrowth, MarketView
from qunxiang.services.market_orders import OrderValues

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Places:
    """Where a market's people live: weighted share of each place, of the whole and within each segment.

    `shares` has a row per place and a column per segment; NaN stands for a segment with too few known answers.
    """

    question: str
    text: str
    places: tuple[str, ...]
    whole: tuple[float, ...]
    shares: Floats
    known: tuple[int, ...]


@dataclass(frozen=True)
class ScaleMeans:
    """Weighted mean score of every segment on one factor, in standard deviations of the whole; NaN is unknown."""

    scale: Scale
    factor: int
    means: tuple[float, ...]


@dataclass(frozen=True)
class MarketFacts:
    """Everything a market report says, gathered before a word is written."""

    settings: Settings
    actor: Actor
    made_at: datetime
    view: MarketView
    survey: Survey
    n_respondents: int
    growth: MarketGrowth | None
    places: Places | None
    marks: tuple[AnswerMark, ...]
    scales: tuple[Scale, ...]
    scale_means: tuple[ScaleMeans, ...]
    orders: OrderValues

    @property
    def market(self) -> Market:
        """The market the report is about."""
        return self.view.market

    @property
    def currency(self) -> Label:
        """The currency as it stands behind an amount."""
        return Label("元", "CNY") if self.settings.currency == "CNY" else Label.same(self.settings.currency)
