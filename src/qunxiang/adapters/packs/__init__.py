"""Data that the product ships or knows where to find: the demo of a retailer."""

from qunxiang.adapters.packs.retail import RETAIL_NOTICE, PackSource, retail_sources

__all__ = ["RETAIL_NOTICE", "PackSource", "retail_sources"]
