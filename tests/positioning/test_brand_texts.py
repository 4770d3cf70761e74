"""Every code that ladders and messages put together from a kind has its text."""

from __future__ import annotations

from typing import get_args

from qunxiang.i18n import codes
from qunxiang.model.ground import GROUND_KINDS, SEGMENT_FIGURES
from qunxiang.model.ladder import LADDER_LEVELS
from qunxiang.positioning.grounds import Standing
from qunxiang.positioning.implications import COUNTINGS, LINKINGS
from qunxiang.positioning.ladder import FindingKind
from qunxiang.positioning.laddering import COLUMNS, Refusal
from qunxiang.positioning.message import MessageFindingKind


def test_every_kind_has_a_text() -> None:
    wanted = {
        *(f"ladder.finding.{kind}" for kind in (*get_args(FindingKind), "no_ground_link")),
        *(f"message.finding.{kind}" for kind in get_args(MessageFindingKind)),
        *(f"brand.standing.{standing}" for standing in get_args(Standing)),
        *(f"ladder.refused.{why}" for why in get_args(Refusal)),
        *(f"brand.{of}.{kind}" for of in ("ground", "said") for kind in GROUND_KINDS),
        *(f"brand.figure.{figure}" for figure in SEGMENT_FIGURES),
        *(f"brand.level.{level}" for level in LADDER_LEVELS),
        *(f"page.brand.level_sub.{level}" for level in LADDER_LEVELS),
        *(f"{of}.counting.{counting}" for of in ("brand", "page.brand") for counting in COUNTINGS),
        *(f"page.brand.linking.{linking}" for linking in LINKINGS),
        *(f"page.brand.column.{what}" for what in COLUMNS),
    }
    assert wanted <= codes()
