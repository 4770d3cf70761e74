"""Where a company stands: competitors, deals won and lost, the map of brands, brand strength, and what to say."""

from qunxiang.positioning.competitors import Competitor, Fact, matrix
from qunxiang.positioning.win_loss import WinGroup, WinLoss

__all__ = ["Competitor", "Fact", "WinGroup", "WinLoss", "matrix"]
