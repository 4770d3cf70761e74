"""Surveys that stand for a market: designs, shares, calibration."""

from qunxiang.statistics.survey.design import (
    Design,
    design,
    design_effect,
    effective_rows,
    rescaled_draws,
    share_variance,
)
from qunxiang.statistics.survey.raking import Margin, Raked, rake, rake_draws
from qunxiang.statistics.survey.shares import weighted_share

__all__ = [
    "Design",
    "Margin",
    "Raked",
    "design",
    "design_effect",
    "effective_rows",
    "rake",
    "rake_draws",
    "rescaled_draws",
    "share_variance",
    "weighted_share",
]
