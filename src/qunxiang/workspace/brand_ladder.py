"""Benefit ladders and the interviews behind them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from qunxiang.adapters.sources import open_source
from qunxiang.i18n import Label
from qunxiang.model.ladder import Ladder
from qunxiang.services import brand_ladder as services
from qunxiang.services import brand_laddering as laddering
from qunxiang.services.brand_ladder import LadderEntry, LadderView
from qunxiang.services.brand_laddering import LadderingReport, LadderingView, StudyEntry
from qunxiang.workspace.files import written
from qunxiang.workspace.group import Group


class LadderGroup(Group):
    """Benefit ladders (品牌利益阶梯) of segments; without names the whole market's."""

    def list(self) -> list[LadderEntry]:
        """Return the whole market and every segment with the state of its ladder."""
        return services.ladders(self._house, self._actor)

    def show(self, name: str | None = None, segment: str | None = None) -> LadderView:
        """Return a ladder with what it lacks; see :func:`qunxiang.services.brand_ladder.show`."""
        return services.show(self._house, self._actor, name, segment=segment)

    def set(
        self,
        name: str | None = None,
        segment: str | None = None,
        *,
        ladder: Ladder,
        rebind: bool = False,
        why: str = "",
        seen_version: int | None = None,
    ) -> LadderView:
        """Store a ladder; see :func:`qunxiang.services.brand_ladder.set_ladder`."""
        return services.set_ladder(
            self._house,
            self._actor,
            name,
            segment=segment,
            ladder=ladder,
            rebind=rebind,
            why=why,
            seen_version=seen_version,
        )

    def confirm(
        self,
        name: str | None = None,
        segment: str | None = None,
        *,
        items: Sequence[str] | None = None,
        why: str = "",
    ) -> LadderView:
        """Confirm proposed items, or all; see :func:`qunxiang.services.brand_ladder.confirm`."""
        return services.confirm(self._house, self._actor, name, segment=segment, items=items, why=why)

    def document(self, name: str | None = None, segment: str | None = None, *, format: str = "yaml") -> bytes:
        """Return a ladder as a YAML or JSON document, which :meth:`set` takes again."""
        return services.export(self._house, self._actor, name, segment=segment, format=format)

    def export(self, out: str | Path, name: str | None = None, segment: str | None = None) -> Path:
        """Write a ladder as YAML or JSON, by the ending of `out`."""
        path = Path(out)
        format = path.suffix.lstrip(".").lower().replace("yml", "yaml")
        return written(path, self.document(name, segment, format=format))

    def load(
        self,
        name: str,
        source: Any,
        *,
        columns: Mapping[str, str] | None = None,
        label: Label | None = None,
        sheet: str | None = None,
        encoding: str | None = None,
        why: str = "",
    ) -> LadderingReport:
        """Import coded laddering interviews from a file or data frame.

        See :func:`qunxiang.services.brand_laddering.import_study`.
        """
        opened = open_source(source, encoding=encoding, sheet=sheet)
        return laddering.import_study(self._house, self._actor, name, opened, columns=columns, label=label, why=why)

    def studies(self) -> Sequence[StudyEntry]:
        """Return every laddering study."""
        return laddering.studies(self._house, self._actor)

    def matrix(
        self,
        study: str,
        *,
        group: str | None = None,
        counting: str = "respondent",
        linking: str = "all",
        cutoff: int | None = None,
    ) -> LadderingView:
        """Return implication matrix, measures, cutoffs and value map of a study.

        See :func:`qunxiang.services.brand_laddering.matrix`.
        """
        return laddering.matrix(
            self._house, self._actor, study, group=group, counting=counting, linking=linking, cutoff=cutoff
        )

    def propose(
        self,
        study: str,
        name: str | None = None,
        segment: str | None = None,
        *,
        group: str | None = None,
        counting: str = "respondent",
        linking: str = "all",
        cutoff: int | None = None,
        why: str = "",
    ) -> LadderView:
        """Add what a study shows to a ladder, as proposed; see :func:`qunxiang.services.brand_laddering.propose`."""
        return laddering.propose(
            self._house,
            self._actor,
            study,
            name=name,
            segment=segment,
            group=group,
            counting=counting,
            linking=linking,
            cutoff=cutoff,
            why=why,
        )
