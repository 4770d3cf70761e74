"""Intervals, effect sizes, agreement, false-discovery control and the k-means engine: arrays in, findings out."""

from qunxiang.statistics.agreement import adjusted_rand_index, contingency, jaccard
from qunxiang.statistics.breaks import natural_breaks
from qunxiang.statistics.effects import cliffs_delta, cohen_d, cohen_h, cramers_v, hedges_g
from qunxiang.statistics.intervals import (
    Interval,
    TooFewRows,
    mean_difference_interval,
    mean_interval,
    median_interval,
    ratio_interval,
    share_difference_interval,
    share_interval,
)
from qunxiang.statistics.multiple import benjamini_hochberg
from qunxiang.statistics.unimodality import dip, dip_p_value, valley_depth

__all__ = [
    "Interval",
    "TooFewRows",
    "adjusted_rand_index",
    "benjamini_hochberg",
    "cliffs_delta",
    "cohen_d",
    "cohen_h",
    "contingency",
    "cramers_v",
    "dip",
    "dip_p_value",
    "hedges_g",
    "jaccard",
    "mean_difference_interval",
    "mean_interval",
    "median_interval",
    "natural_breaks",
    "ratio_interval",
    "share_difference_interval",
    "share_interval",
    "valley_depth",
]
