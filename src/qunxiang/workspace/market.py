"""Markets behind surveys: sizes, growth, margins, typing tools."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Literal

import pyarrow as pa

from qunxiang.i18n import Label
from qunxiang.services import market as services
from qunxiang.services import market_report as reporting
from qunxiang.services.house import Progress, silent
from qunxiang.services.market import MarketGrowth, MarketState, MarketView
from qunxiang.services.market_placing import Placing, publish_placing
from qunxiang.workspace.files import written
from qunxiang.workspace.group import Group


class MarketGroup(Group):
    """Markets (市场) and their segments."""

    def define(
        self,
        name: str,
        survey: str,
        population: float,
        *,
        question: str | None = None,
        questions: Sequence[str] | None = None,
        n_segments: int | Literal["auto"] = "auto",
        money: str | None = None,
        seed: int = 0,
        label: Label | None = None,
        why: str = "",
        progress: Progress = silent,
    ) -> MarketState:
        """Divide the people that a survey stands for; see :func:`qunxiang.services.market.define`."""
        return services.define(
            self._house,
            self._actor,
            name,
            survey=survey,
            population=population,
            question=question,
            questions=questions,
            n_segments=n_segments,
            money=money,
            seed=seed,
            label=label,
            why=why,
            progress=progress,
        )

    def set_margins(
        self,
        name: str,
        margins: Mapping[str, Mapping[str, float]],
        *,
        bounds: tuple[float, float] | None = None,
        why: str = "",
    ) -> MarketView:
        """Calibrate weights to known margins; see :func:`qunxiang.services.market.set_margins`."""
        return services.set_margins(self._house, self._actor, name, margins=margins, bounds=bounds, why=why)

    def list(self) -> list[MarketState]:
        """Return every market."""
        return services.markets(self._house, self._actor)

    def show(self, name: str, *, seed: int = 0) -> MarketView:
        """Return people and money of every segment with intervals."""
        return services.show(self._house, self._actor, name, seed=seed)

    def growth(
        self,
        name: str,
        survey: str,
        *,
        years: float | None = None,
        population: float | None = None,
        panel: bool = False,
        seed: int = 0,
    ) -> MarketGrowth:
        """Return growth per year to another wave; see :func:`qunxiang.services.market.growth`."""
        return services.growth(
            self._house,
            self._actor,
            name,
            survey=survey,
            years=years,
            population=population,
            panel=panel,
            seed=seed,
        )

    def type(
        self,
        name: str,
        *,
        questions: Sequence[str] | None = None,
        n_questions: int | None = None,
        most_questions: int = 8,
        seed: int = 0,
        why: str = "",
    ) -> MarketState:
        """Find the fewest questions that tell a segment; see :func:`qunxiang.services.market.make_tool`."""
        return services.make_tool(
            self._house,
            self._actor,
            name,
            questions=questions,
            n_questions=n_questions,
            most_questions=most_questions,
            seed=seed,
            why=why,
        )

    def place(self, name: str, survey: str) -> pa.Table:
        """Place the respondents of a survey in the market's segments, with probabilities."""
        return services.place(self._house, self._actor, name, survey=survey)

    def publish(
        self, name: str, survey: str, *, segmentation: str | None = None, label: Label | None = None, why: str = ""
    ) -> Placing:
        """Place a survey's respondents and make a segmentation of those who are customers.

        See :func:`qunxiang.services.market_placing.publish_placing`.
        """
        return publish_placing(
            self._house, self._actor, name, survey=survey, segmentation=segmentation, label=label, why=why
        )

    def name(self, name: str, segment: str, label: Label, *, why: str = "") -> MarketState:
        """Give a segment a name."""
        return services.name_segment(self._house, self._actor, name, segment=segment, label=label, why=why)

    def report(
        self,
        name: str,
        out: str | Path,
        *,
        lang: str | None = None,
        other: str | None = None,
        years: float | None = None,
        population: float | None = None,
        panel: bool = False,
        places: str | None = None,
        customers: str | None = None,
        seed: int = 0,
        progress: Progress = silent,
    ) -> Path:
        """Write the report of a market, by the ending of `out`; see :func:`qunxiang.services.market_report.report`."""
        path = Path(out)
        content = reporting.report(
            self._house,
            self._actor,
            name,
            format=path.suffix.lstrip(".").lower(),
            lang=lang or self._house.settings.lang,
            other=other,
            years=years,
            population=population,
            panel=panel,
            places=places,
            customers=customers,
            seed=seed,
            progress=progress,
        )
        return written(path, content)
