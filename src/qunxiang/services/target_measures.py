"""Measured values of the segments that may become targets."""

from __future__ import annotations

from qunxiang.services.definitions_read import current_traits
from qunxiang.services.house import House
from qunxiang.services.reading import reading
from qunxiang.services.segment_describe import SegmentationDescription, SegmentView
from qunxiang.sql.moment import Moment
from qunxiang.tables import ORDER_FACTS, TRAITS_KEY
from qunxiang.targeting import Measure
from qunxiang.targeting.measured import MEASURES, measures_of_sums, sums_query


def measures_of(house: House, found: SegmentationDescription) -> dict[str, dict[str, Measure]]:
    """Return every measure that criteria may use, by segment and name; a segment without customers has its entry."""
    with reading(house) as reader:
        traits = reader.relation(TRAITS_KEY.name)
        names = [t.id for t in current_traits(house).traits if not t.sensitive and t.id in (traits.columns or ())]
        query = sums_query(
            reader.members(found.segmentation.id),
            traits,
            reader.relation(ORDER_FACTS.name),
            found.segmentation.id,
            Moment(found.as_of, house.settings.time_zone),
            names,
        )
        made = measures_of_sums(reader.cached(query).to_pylist(), n_traits=len(names))
    return {v.id: _of(v, made.get(v.id)) for v in found.segments if v.id is not None}


def _of(view: SegmentView, made: dict[str, Measure] | None) -> dict[str, Measure]:
    """Return the measures of a segment: those of the sums, and what its description says already."""
    if made is None:
        return {"profiles": Measure(value=0, n=0)} | {name: Measure(value=None, n=0) for name in MEASURES[1:]}
    widest = max(view.markers, key=lambda m: abs(m.effect), default=None)
    largest = Measure(value=None, n=view.profiles)
    if widest is not None:
        ends = sorted((abs(widest.low), abs(widest.high)))
        largest = Measure(value=abs(widest.effect), low=ends[0], high=ends[1], n=widest.n)
    growth = Measure(value=view.growth, low=view.growth_low, high=view.growth_high, n=view.profiles)
    return made | {"growth": growth, "largest_effect": largest}
