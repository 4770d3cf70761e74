"""Factor analysis of survey items: correlations in, factors, reliability and scores out."""

from qunxiang.statistics.factors.adequacy import Adequacy, Fit, adequacy, fit_of
from qunxiang.statistics.factors.correlation import Correlations, Kind, of_matrix, pearson, polychoric
from qunxiang.statistics.factors.extraction import Extraction, Method, extract, most_factors
from qunxiang.statistics.factors.reliability import Alpha, Omega, alpha, alpha_of, omega
from qunxiang.statistics.factors.retention import (
    AveragePartials,
    ParallelAnalysis,
    above_one,
    average_partials,
    eigenvalues,
    parallel_analysis,
)
from qunxiang.statistics.factors.rotation import Rotation, RotationName, criterion, rotate
from qunxiang.statistics.factors.scoring import ScoreMethod, Scoring

__all__ = [
    "Adequacy",
    "Alpha",
    "AveragePartials",
    "Correlations",
    "Extraction",
    "Fit",
    "Kind",
    "Method",
    "Omega",
    "ParallelAnalysis",
    "Rotation",
    "RotationName",
    "ScoreMethod",
    "Scoring",
    "above_one",
    "adequacy",
    "alpha",
    "alpha_of",
    "average_partials",
    "criterion",
    "eigenvalues",
    "extract",
    "fit_of",
    "most_factors",
    "of_matrix",
    "omega",
    "parallel_analysis",
    "pearson",
    "polychoric",
    "rotate",
]
