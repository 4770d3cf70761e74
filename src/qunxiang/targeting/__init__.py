"""Choosing targets: criteria measured or judged, knock-outs, ranking, and how firm the ranking is."""

from qunxiang.targeting.budget import Allocation, Limits, allocate
from qunxiang.targeting.criteria import (
    Comparison,
    CriteriaSet,
    Criterion,
    Judgement,
    Knockout,
    Measure,
)
from qunxiang.targeting.library import ATTRACTIVENESS, KNOCKOUTS, LIBRARY, default_criteria
from qunxiang.targeting.multicriteria import PairwiseWeights, ahp, topsis
from qunxiang.targeting.ranking import Assessment, Ranking, rank
from qunxiang.targeting.response import NoCurve, Observation, ResponseCurve, fit_curve
from qunxiang.targeting.robustness import LeftOut, RankShares, Robustness
from qunxiang.targeting.scoring import Cell

__all__ = [
    "ATTRACTIVENESS",
    "KNOCKOUTS",
    "LIBRARY",
    "Allocation",
    "Assessment",
    "Cell",
    "Comparison",
    "CriteriaSet",
    "Criterion",
    "Judgement",
    "Knockout",
    "LeftOut",
    "Limits",
    "Measure",
    "NoCurve",
    "Observation",
    "PairwiseWeights",
    "RankShares",
    "Ranking",
    "ResponseCurve",
    "Robustness",
    "ahp",
    "allocate",
    "default_criteria",
    "fit_curve",
    "rank",
    "topsis",
]
