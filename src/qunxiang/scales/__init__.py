"""Psychographic scales from survey items: factors, reliability, names, scores."""

from qunxiang.scales.fit import Item, ScaleChoices, ScaleFit, fit_scale
from qunxiang.scales.naming import suggested_name

__all__ = ["Item", "ScaleChoices", "ScaleFit", "fit_scale", "suggested_name"]
