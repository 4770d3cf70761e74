"""Choosing targets: criteria measured or judged, knock-outs, ranking, and how firm the ranking is."""

from qunxiang.targeting.criteria import (
    ATTRACTIVENESS,
    KNOCKOUTS,
    CriteriaSet,
    Criterion,
    Judgement,
    Knockout,
    Measure,
    default_criteria,
)
from qunxiang.targeting.ranking import Assessment, Cell, Ranking, rank

__all__ = [
    "ATTRACTIVENESS",
    "KNOCKOUTS",
    "Assessment",
    "Cell",
    "CriteriaSet",
    "Criterion",
    "Judgement",
    "Knockout",
    "Measure",
    "Ranking",
    "default_criteria",
    "rank",
]
