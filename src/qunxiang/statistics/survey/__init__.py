"""Surveys that stand for a market: designs, shares, calibration."""

from qunxiang.statistics.survey.design import (
    Design,
    design,
    design_effect,
    effective_rows,
    linearised_variance,
    rescaled_draws,
    share_variance,
)
from qunxiang.statistics.survey.means import mean_difference, weighted_mean
from qunxiang.statistics.survey.raking import Margin, Raked, rake, rake_draws
from qunxiang.statistics.survey.shares import share_change, weighted_share

__all__ = [
    "Design",
    "Margin",
    "Raked",
    "design",
    "design_effect",
    "effective_rows",
    "linearised_variance",
    "mean_difference",
    "rake",
    "rake_draws",
    "rescaled_draws",
    "share_change",
    "share_variance",
    "weighted_mean",
    "weighted_share",
]
