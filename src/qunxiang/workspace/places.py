"""Places: reading what is stated, and the table of divisions with a workspace's changes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from pydantic import ValidationError

from qunxiang.errors import SettingError
from qunxiang.geography import PlaceChanges
from qunxiang.model import Definition
from qunxiang.services import places as placing
from qunxiang.services.places import PlaceFound, PlaceState
from qunxiang.workspace.group import Group


class PlaceGroup(Group):
    """Countries, regions, provinces, cities, districts and city tiers."""

    def find(self, *texts: str) -> list[PlaceFound]:
        """Read places: names in full, short or old, codes of GB/T 2260, addresses."""
        return placing.find(self._house, self._actor, texts)

    def list(self, within: str | None = None) -> PlaceState:
        """Return the table in force; `within` names a province or region."""
        return placing.places(self._house, self._actor, within=within)

    def change(
        self,
        *,
        tiers: Mapping[str, str] | None = None,
        regions: Mapping[str, str] | None = None,
        names: Mapping[str, str] | None = None,
        added: Sequence[Mapping[str, str]] = (),
        replace: bool = False,
        why: str = "",
    ) -> Definition:
        """Lay changes over the shipped table; see :func:`qunxiang.services.places.change`.

        Parameters
        ----------
        tiers
            City to tier (一线 … 五线, "" for none), such as ``{"佛山": "二线"}``.
        regions
            Province to region, such as ``{"山东": "华北"}``.
        names
            Further name to known name, such as ``{"羊城": "广州"}``.
        added
            Places that the table lacks: ``{"name": …, "province": …, "city": …, "code": …}``.
        replace
            Forget what was changed before.

        Raises
        ------
        SettingError
            When a change is not well formed.
        UnknownNameError
            When a province or city is not in the table, or several have the name.
        """
        given: dict[str, Any] = {
            "tiers": dict(tiers or {}),
            "regions": dict(regions or {}),
            "names": dict(names or {}),
            "added": [dict(a) for a in added],
        }
        try:
            changes = PlaceChanges.model_validate(given)
        except ValidationError as error:
            first = error.errors()[0]
            reason = f"{'.'.join(map(str, first['loc']))}: {first['msg']}"
            raise SettingError("error.place.malformed", reason=reason[:200]) from error
        return placing.change(self._house, self._actor, changes, replace=replace, why=why)
