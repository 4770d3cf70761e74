"""The lake: versioned tables in Delta Lake format, without a JVM."""

from qunxiang.adapters.lake.delta import DeltaLake

__all__ = ["DeltaLake"]
