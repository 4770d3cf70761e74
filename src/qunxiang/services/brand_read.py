"""Reading ladders and message houses that several use cases need, and the place they are about."""

from __future__ import annotations

from qunxiang.errors import SettingError
from qunxiang.i18n import Label, Message
from qunxiang.model import Definition, Frozen, Segmentation
from qunxiang.model.ladder import Ladder, place_id
from qunxiang.model.message_house import MessageHouse
from qunxiang.personas import Persona
from qunxiang.services.definitions_read import segmentation_named
from qunxiang.services.house import House
from qunxiang.services.segment_define import unknown_segment

LADDER = "ladder"
"""Kind of the documents that hold benefit ladders."""
MESSAGE = "message"
"""Kind of the documents that hold message houses."""
STUDY = "laddering"
"""Kind of the documents that hold coded laddering interviews."""


class BrandPlace(Frozen):
    """What a ladder or message is about: a segment with its persona, or the whole market (both names None)."""

    segmentation: str | None
    segment: str | None
    label: Label | Message
    segmentation_label: Label | None = None
    colour: int | None = None
    persona: Label | None = None

    @property
    def id(self) -> str:
        """Id of the documents about it."""
        return place_id(self.segmentation, self.segment)


def place_of(house: House, segmentation: str | None, segment: str | None) -> BrandPlace:
    """Return a segment, or the whole market when both names are None.

    Raises
    ------
    UnknownNameError
        When there is no such segmentation or segment.
    SettingError
        When only one of the two is named.
    """
    if segmentation is None and segment is None:
        return BrandPlace(segmentation=None, segment=None, label=Message("brand.whole_market"))
    if segmentation is None or segment is None:
        raise SettingError("error.brand.place")
    found = segmentation_named(house, segmentation)
    one = found.segment(segment)
    if one is None:
        raise unknown_segment(found, segment)
    return _place(found, one.id, stored(house, "persona", f"{segmentation}/{segment}"))


def places_of(house: House) -> list[BrandPlace]:
    """Return the whole market and every segment, segmentation by segmentation."""
    found = [Segmentation.model_validate(d.body) for d in house.state.definitions("segmentation")]
    personas = {d.id: d for d in house.state.definitions("persona")}
    places = (_place(one, s.id, personas.get(f"{one.id}/{s.id}")) for one in found for s in one.segments)
    return [place_of(house, None, None), *places]


def ladder_of(house: House, segmentation: str | None = None, segment: str | None = None) -> Ladder | None:
    """Return the benefit ladder of a segment, or of the whole market; None before somebody made one."""
    document = stored(house, LADDER, place_id(segmentation, segment))
    return None if document is None else Ladder.model_validate(document.body)


def message_of(house: House, segmentation: str | None = None, segment: str | None = None) -> MessageHouse | None:
    """Return the message house of a segment, or of the whole market; None before somebody made one."""
    document = stored(house, MESSAGE, place_id(segmentation, segment))
    return None if document is None else MessageHouse.model_validate(document.body)


def stored(house: House, kind: str, id: str) -> Definition | None:
    """Return the newest version of a document; None where there is none, or it was taken away."""
    document = house.state.definition(kind, id)
    return None if document is None or document.archived else document


def _place(segmentation: Segmentation, segment: str, persona: Definition | None) -> BrandPlace:
    one = next(s for s in segmentation.segments if s.id == segment)
    return BrandPlace(
        segmentation=segmentation.id,
        segment=segment,
        label=one.label,
        segmentation_label=segmentation.label,
        colour=one.colour,
        persona=None if persona is None else Persona.model_validate(persona.body).name,
    )
