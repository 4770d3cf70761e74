"""Monitoring: how the distribution of a trait shifted between two dates."""

from qunxiang.monitoring.stability_index import (
    DRIFTED,
    SHIFTED,
    Comparison,
    Level,
    compared,
    psi,
    psi_of_shares,
)

__all__ = [
    "DRIFTED",
    "SHIFTED",
    "Comparison",
    "Level",
    "compared",
    "psi",
    "psi_of_shares",
]
