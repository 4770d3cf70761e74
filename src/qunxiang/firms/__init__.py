"""Companies: which industry a stated industry is, in bands and words that many sources share."""

from qunxiang.firms.industries import Industry, IndustryTable

__all__ = ["Industry", "IndustryTable"]
