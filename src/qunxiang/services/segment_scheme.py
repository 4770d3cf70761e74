"""A ready-made scheme laid open before it is applied: thresholds, how they are found, rules and sizes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Literal

from qunxiang.i18n import Label
from qunxiang.model import Actor, Frozen, Segmentation
from qunxiang.segmentation.classify import build, threshold_query, validity_query
from qunxiang.segmentation.classify import scheme as scheme_named
from qunxiang.segmentation.scheme import Parameter, Scheme
from qunxiang.services.access import EVERYONE, use_case
from qunxiang.services.definitions_read import current_types
from qunxiang.services.house import House
from qunxiang.services.reading import reading
from qunxiang.services.segment_define import breaks_found
from qunxiang.tables import TRAITS_KEY

Source = Literal["hand", "break", "data", "convention"]


class SchemeThreshold(Frozen):
    """One threshold of a scheme: the `value` it would have, where that comes from, and the alternatives.

    `found` is what the data say (None for a convention), `convention` its value by convention, `at_break` and
    `break_fit` (0 to 1) the natural break where there can be one, `in_use` the value of the scheme as it is applied
    now. `how` says in words how it is found.
    """

    name: str
    label: Label
    how: Label
    value: float
    source: Source
    found: float | None
    convention: float | None
    at_break: float | None
    break_fit: float | None
    in_use: float | None


class SchemeSegment(Frozen):
    """One segment that the scheme would make, and whom it would take; None where people decide."""

    id: str
    label: Label
    note: Label | None
    rule: str | None
    colour: int
    by_hand: bool
    n: int | None


class SchemeView(Frozen):
    """A scheme with the thresholds asked for, over the current snapshot of `profiles`.

    `unassigned` profiles would be in no segment; `version` is that of the scheme in use, None when it is not.
    """

    id: str
    label: Label
    note: Label
    thresholds: tuple[SchemeThreshold, ...]
    segments: tuple[SchemeSegment, ...]
    profiles: int
    unassigned: int
    version: int | None


@use_case("segment.scheme", roles=EVERYONE)
def scheme(
    house: House,
    actor: Actor,
    name: str,
    *,
    thresholds: Mapping[str, float] | None = None,
    breaks: Sequence[str] = (),
) -> SchemeView:
    """Show what a ready-made scheme would make of the customers, without applying it.

    Parameters
    ----------
    name
        ``rfm``, ``value_tier``, ``loyalty``, ``price_sensitivity`` or ``need``.
    thresholds, breaks
        As for :func:`~qunxiang.services.segment_define.classify`.

    Raises
    ------
    UnknownNameError
        When there is no such scheme or threshold, or a trait it needs is not there.
    SettingError
        When the data cannot tell a threshold that is not given.
    NothingYetError
        Before the first refresh.
    """
    chosen = scheme_named(name)
    given = dict(thresholds or {})
    able = [p.name for p in chosen.parameters if p.values is not None]
    with reading(house) as reader:
        traits = reader.relation(TRAITS_KEY.name)
        query = threshold_query(name, traits, given)
        found: dict[str, Any] = reader.cached(query).to_pylist()[0] if query is not None else {}
        asked = [*able, *(b for b in breaks if b not in able)]
        at = breaks_found(reader, name, traits, asked, {k: v for k, v in given.items() if k not in able})
        used = {b: at[b]["at"] for b in breaks if b in at and b not in given}
        segmentation = build(name, found | used, given, traits=traits.columns)
        counts = reader.cached(validity_query(traits, segmentation, current_types(house))).to_pylist()[0]
    document = house.state.definition("segmentation", chosen.id)
    now = None if document is None or document.archived else document
    applied = Segmentation.model_validate(now.body).parameters if now is not None else {}
    return SchemeView(
        id=chosen.id,
        label=chosen.label,
        note=chosen.note,
        thresholds=tuple(
            _threshold(p, segmentation, source=_source(p, given, used), found=found, at=at.get(p.name), now=applied)
            for p in chosen.parameters
        ),
        segments=_segments(chosen, segmentation, counts),
        profiles=counts["profiles"],
        unassigned=counts["unassigned"],
        version=now.version if now is not None else None,
    )


def _source(parameter: Parameter, given: Mapping[str, float], used: Mapping[str, float]) -> Source:
    if parameter.name in given:
        return "hand"
    if parameter.name in used:
        return "break"
    return "data" if parameter.default is None else "convention"


def _threshold(
    parameter: Parameter,
    segmentation: Segmentation,
    *,
    source: Source,
    found: Mapping[str, Any],
    at: Mapping[str, float] | None,
    now: Mapping[str, Any],
) -> SchemeThreshold:
    from_data = found.get(parameter.name)
    return SchemeThreshold(
        name=parameter.name,
        label=parameter.label,
        how=parameter.how,
        value=segmentation.parameters[parameter.name],
        source=source,
        found=None if from_data is None else float(from_data),
        convention=parameter.default,
        at_break=at["at"] if at is not None else None,
        break_fit=at["fit"] if at is not None else None,
        in_use=now.get(parameter.name),
    )


def _segments(chosen: Scheme, segmentation: Segmentation, counts: Mapping[str, Any]) -> tuple[SchemeSegment, ...]:
    return tuple(
        SchemeSegment(
            id=s.id,
            label=s.label,
            note=s.note,
            rule=s.rule,
            colour=s.colour,
            by_hand=s.by_hand,
            n=None if s.by_hand else counts[f"size_{i}"],
        )
        for i, s in enumerate(segmentation.segments)
    )
