"""Traits: look, define, take frames."""

from __future__ import annotations

from collections.abc import Sequence

import pyarrow as pa

from qunxiang.i18n import Label
from qunxiang.model import Family, TraitDefinition
from qunxiang.services import trait_read as looking
from qunxiang.services.trait_read import TraitDetail, TraitState
from qunxiang.workspace.group import Group


class TraitGroup(Group):
    """Segmentation variables (细分变量)."""

    def list(self) -> list[TraitState]:
        """Return every trait with its coverage and quartiles."""
        return looking.traits(self._house, self._actor)

    def show(self, name: str) -> TraitDetail:
        """Return one trait with its distribution."""
        return looking.trait(self._house, self._actor, name)

    def frame(self, names: Sequence[str] | None = None) -> pa.Table:
        """Return traits of all profiles as an Arrow table, one row per profile; ``.to_pandas()`` for pandas."""
        return looking.frame(self._house, self._actor, names)

    def define(
        self,
        name: str,
        *,
        table: str,
        metric: str,
        column: str | None = None,
        where: str = "",
        window_days: int | None = None,
        label: Label | None = None,
        family: Family = Family.BEHAVIOURAL,
        why: str = "",
    ) -> TraitDefinition:
        """Define a trait of one's own; it is computed from the next refresh on."""
        return looking.define(
            self._house,
            self._actor,
            name,
            table=table,
            metric=metric,
            column_name=column,
            where=where,
            window_days=window_days,
            label=label,
            family=family,
            why=why,
        )
