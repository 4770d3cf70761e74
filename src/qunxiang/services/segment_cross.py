"""Two schemes crossed in a grid, such as value × need: each cell a segment of its own."""

from __future__ import annotations

from itertools import product

from qunxiang.errors import SettingError
from qunxiang.i18n import Label
from qunxiang.model import Actor, Definition, Segment, Segmentation
from qunxiang.services.access import MAKERS, use_case
from qunxiang.services.definitions_read import segmentation_named
from qunxiang.services.house import House
from qunxiang.services.segment_define import checked_name
from qunxiang.services.segment_publish import SegmentReport, check_circle, in_use, publish
from qunxiang.sql.rule_text import name_text
from qunxiang.sql.rule_types import IN_SEGMENT

CROSS = "cross"
"""Scheme of segmentations that cross two others."""

MOST_CELLS = 60


@use_case("segment.cross", roles=MAKERS, touches="change")
def cross(
    house: House,
    actor: Actor,
    name: str,
    *,
    rows: str,
    columns: str,
    label: Label | None = None,
    why: str = "",
) -> SegmentReport:
    """Cross two segmentations: a segment for every pair of their segments, assigned at once and at every refresh.

    Who is in none of either is in no cell. Crossed again, cells keep the names that people gave them.

    Raises
    ------
    UnknownNameError
        When there is no such segmentation.
    SettingError
        When the name is not allowed, both are the same, or there would be too many cells.
    RuleError
        When one of them rests on the grid itself.
    ConflictError
        When the name belongs to another kind of segmentation.
    """
    checked_name(name)
    if rows == columns or name in (rows, columns):
        raise SettingError("error.segmentation.cross_same", name=name, rows=rows, columns=columns)
    down, across = segmentation_named(house, rows), segmentation_named(house, columns)
    cells = len(down.segments) * len(across.segments)
    if cells > MOST_CELLS:
        raise SettingError("error.segmentation.cross_large", cells=cells, most=MOST_CELLS)
    both = Label(f"{down.label.zh} × {across.label.zh}", f"{down.label.en} × {across.label.en}")
    segments = tuple(
        _cell(down, a, across, b, number) for number, (a, b) in enumerate(product(down.segments, across.segments))
    )
    segmentation = Segmentation(
        id=name,
        label=label or both,
        method="rule",
        scheme=CROSS,
        segments=segments,
        parameters={"rows": rows, "columns": columns},
    )
    check_circle(house, segmentation)

    def made(old: Definition | None) -> Segmentation:
        before = in_use(old, "rule", CROSS)
        labels = {s.id: s.label for s in before.segments} if before is not None else {}
        named = (s.model_copy(update={"label": labels.get(s.id, s.label)}) for s in segmentation.segments)
        return segmentation.model_copy(update={"segments": tuple(named)})

    return publish(house, actor, name, made, why=why)


def _cell(down: Segmentation, a: Segment, across: Segmentation, b: Segment, number: int) -> Segment:
    asked = " and ".join(
        f"{IN_SEGMENT}({name_text(of.id)}.{name_text(segment.id)})" for of, segment in ((down, a), (across, b))
    )
    label = Label(f"{a.label.zh} × {b.label.zh}", f"{a.label.en} × {b.label.en}")
    return Segment(id=f"{a.id}__{b.id}", label=label, rule=asked, colour=number)
