"""Scales from survey items."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

import pyarrow as pa

from qunxiang.i18n import Label
from qunxiang.intake.report import LoadReport
from qunxiang.services import scales as services
from qunxiang.services.house import Progress, silent
from qunxiang.services.scales import ScaleState
from qunxiang.statistics import factors
from qunxiang.workspace.group import Group


class ScaleGroup(Group):
    """Scales (量表) and their factors."""

    def fit(
        self,
        name: str,
        survey: str,
        *,
        questions: Sequence[str] | None = None,
        n_factors: int | Literal["auto"] = "auto",
        kind: factors.Kind = "polychoric",
        method: factors.Method = "minres",
        rotation: factors.RotationName = "oblimin",
        scoring: factors.ScoreMethod = "regression",
        weighted: bool = True,
        n_draws: int = 50,
        seed: int = 0,
        label: Label | None = None,
        why: str = "",
        progress: Progress = silent,
    ) -> ScaleState:
        """Fit a scale to survey items; see :func:`qunxiang.services.scales.fit`."""
        return services.fit(
            self._house,
            self._actor,
            name,
            survey=survey,
            questions=questions,
            n_factors=n_factors,
            kind=kind,
            method=method,
            rotation=rotation,
            scoring=scoring,
            weighted=weighted,
            n_draws=n_draws,
            seed=seed,
            label=label,
            why=why,
            progress=progress,
        )

    def list(self) -> list[ScaleState]:
        """Return every scale."""
        return services.scales(self._house, self._actor)

    def show(self, name: str) -> ScaleState:
        """Return a scale with its evidence."""
        return services.show(self._house, self._actor, name)

    def name(self, name: str, factor: str, *, label: Label | None = None, why: str = "") -> ScaleState:
        """Confirm the suggested name of a factor, or give it another."""
        return services.name_factor(self._house, self._actor, name, factor=factor, label=label, why=why)

    def scores(self, name: str) -> pa.Table:
        """Score everybody who answered: one row per respondent, a column per factor."""
        return services.scores(self._house, self._actor, name)

    def publish(self, name: str, *, progress: Progress = silent) -> LoadReport:
        """Put the scores among the survey's answers; see :func:`qunxiang.services.scales.publish`."""
        return services.publish(self._house, self._actor, name, progress=progress)
