"""Measuring what an action does: how many customers a comparison needs."""

from qunxiang.measurement.sample_size import Formula, sample_size

__all__ = ["Formula", "sample_size"]
