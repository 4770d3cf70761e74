"""Segments found in data: fitted, tested for stability, marked and explained."""

from qunxiang.segmentation.across import AcrossSolutions, stability_across_solutions
from qunxiang.segmentation.assign import assignment, segment_of, sizes
from qunxiang.segmentation.changes import changes
from qunxiang.segmentation.class_segments import LatentClassSegments, MixedSegments
from qunxiang.segmentation.classify import Check, build, threshold_query, validity, validity_query
from qunxiang.segmentation.describe import (
    OrderValues,
    SegmentDescription,
    describe,
    halves_query,
    order_values_query,
    totals_query,
)
from qunxiang.segmentation.hierarchy import BaggedSegments, HierarchicalSegments
from qunxiang.segmentation.kmeans import KMeansSegments
from qunxiang.segmentation.markers import Marker, markers
from qunxiang.segmentation.methods import Bagged, Fitted, Hierarchical, KMeans, Method, Mixture
from qunxiang.segmentation.mixtures import MixtureSegments
from qunxiang.segmentation.preparation import Preparation, prepare
from qunxiang.segmentation.scheme import Scheme
from qunxiang.segmentation.schemes import SCHEMES
from qunxiang.segmentation.shadows import gorge, shadow_values
from qunxiang.segmentation.stability import Stability, segment_stability, stability
from qunxiang.segmentation.tree import Explanation, explain
from qunxiang.segmentation.why import ByHand, Reason, Why, sentence, why, why_segment

__all__ = [
    "SCHEMES",
    "AcrossSolutions",
    "Bagged",
    "BaggedSegments",
    "ByHand",
    "Check",
    "Explanation",
    "Fitted",
    "Hierarchical",
    "HierarchicalSegments",
    "KMeans",
    "KMeansSegments",
    "LatentClassSegments",
    "Marker",
    "Method",
    "MixedSegments",
    "Mixture",
    "MixtureSegments",
    "OrderValues",
    "Preparation",
    "Reason",
    "Scheme",
    "SegmentDescription",
    "Stability",
    "Why",
    "assignment",
    "build",
    "changes",
    "describe",
    "explain",
    "gorge",
    "halves_query",
    "markers",
    "order_values_query",
    "prepare",
    "segment_of",
    "segment_stability",
    "sentence",
    "shadow_values",
    "sizes",
    "stability",
    "stability_across_solutions",
    "threshold_query",
    "totals_query",
    "validity",
    "validity_query",
    "why",
    "why_segment",
]
