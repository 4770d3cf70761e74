"""Reading definitions that several use cases need: the traits of the snapshot, a segmentation by name."""

from __future__ import annotations

from difflib import get_close_matches

from qunxiang.errors import NothingYetError, UnknownNameError
from qunxiang.model import Segmentation, TraitSet
from qunxiang.services.house import House
from qunxiang.sql.rule_types import TraitType, trait_types


def current_traits(house: House) -> TraitSet:
    """Return the traits of the newest refresh.

    Raises
    ------
    NothingYetError
        When nothing was refreshed yet.
    """
    document = house.state.definition("trait_set", "current")
    if document is None:
        raise NothingYetError("error.nothing.traits")
    return TraitSet.model_validate(document.body)


def current_types(house: House) -> dict[str, TraitType]:
    """Return the kind of every trait, as rules take it; empty before the first refresh."""
    document = house.state.definition("trait_set", "current")
    return trait_types(TraitSet.model_validate(document.body)) if document is not None else {}


def segmentation_named(house: House, name: str) -> Segmentation:
    """Return a segmentation that is not archived.

    Raises
    ------
    UnknownNameError
        When there is none of that name; says which there are and which is near.
    """
    document = house.state.definition("segmentation", name)
    if document is None or document.archived:
        known = [d.id for d in house.state.definitions("segmentation")]
        near = get_close_matches(name, known, n=1)
        raise UnknownNameError(
            "error.segmentation.unknown_near" if near else "error.segmentation.unknown",
            name=name,
            known=known,
            near=near[0] if near else "",
        )
    return Segmentation.model_validate(document.body)
