"""Lifetime value of customers."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from decimal import Decimal
from typing import Any

from qunxiang.model.value import HorizonUnit, RepeatModelName
from qunxiang.model.value_basis import Contracts, CustomerSides, Potential, ValueBasis, ValueSides
from qunxiang.services import value as services
from qunxiang.services import value_contracts, value_potential, value_sides
from qunxiang.services.house import Progress, silent
from qunxiang.services.value import ValueView
from qunxiang.services.value_sides import BasisState, stated_basis
from qunxiang.workspace.dates import day_of
from qunxiang.workspace.group import Group


class ValueGroup(Group):
    """What customers are worth (客户价值)."""

    def fit(
        self,
        *,
        model: RepeatModelName = "bg_nbd",
        horizon: float = 12.0,
        unit: HorizonUnit = "month",
        discount_rate: float = 0.0,
        as_of: str | date | None = None,
        calibration_end: str | date | None = None,
        why: str = "",
        progress: Progress = silent,
    ) -> ValueView:
        """Fit lifetime value and judge it on the purchases held out; see :func:`qunxiang.services.value.fit`."""
        return services.fit(
            self._house,
            self._actor,
            model=model,
            horizon=horizon,
            unit=unit,
            discount_rate=discount_rate,
            as_of=day_of(as_of),
            calibration_end=day_of(calibration_end),
            why=why,
            progress=progress,
        )

    def show(self) -> ValueView:
        """Return the fitted lifetime value with its evidence; see :func:`qunxiang.services.value.show`."""
        return services.show(self._house, self._actor)

    def basis(self) -> BasisState:
        """Return what was stated about costs and satisfaction; see :func:`qunxiang.services.value_sides.basis`."""
        return value_sides.basis(self._house, self._actor)

    def set_basis(
        self, basis: ValueBasis | Mapping[str, Any], *, why: str = "", seen_version: int | None = None
    ) -> BasisState:
        """State costs and where satisfaction is asked; see :func:`qunxiang.services.value_sides.set_basis`."""
        stated = basis if isinstance(basis, ValueBasis) else stated_basis(basis)
        return value_sides.set_basis(self._house, self._actor, basis=stated, why=why, seen_version=seen_version)

    def compare(self, name: str | None = None) -> ValueSides:
        """Put the four sides side by side; see :func:`qunxiang.services.value_sides.compare`."""
        return value_sides.compare(self._house, self._actor, name)

    def customer(self, profile_id: str) -> CustomerSides:
        """Return the four sides of one customer; see :func:`qunxiang.services.value_sides.customer`."""
        return value_sides.customer(self._house, self._actor, profile_id)

    def potential(self, name: str, *, quantile: float = 0.75) -> Potential:
        """Compare customers with others of their segment; see :func:`qunxiang.services.value_potential.potential`."""
        return value_potential.potential(self._house, self._actor, name, quantile=quantile)

    def contracts(
        self,
        survivors: Sequence[Sequence[float]],
        *,
        ahead: int = 12,
        held_out: int = 0,
        discount_rate: float = 0.1,
        margin: Decimal | float | None = None,
    ) -> Contracts:
        """Fit and foretell renewals of contracts; see :func:`qunxiang.services.value_contracts.contracts`."""
        return value_contracts.contracts(
            self._house,
            self._actor,
            survivors=survivors,
            ahead=ahead,
            held_out=held_out,
            discount_rate=discount_rate,
            margin=None if margin is None else Decimal(str(margin)),
        )
