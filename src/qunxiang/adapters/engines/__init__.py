"""Engines that run queries, a wrapper that records them, and a lint of forms that answer differently elsewhere."""

from qunxiang.adapters.engines.duckdb_engine import DuckDBEngine
from qunxiang.adapters.engines.portability import compiles_for_spark, portability_faults
from qunxiang.adapters.engines.recording import Recorded, RecordingEngine

__all__ = ["DuckDBEngine", "Recorded", "RecordingEngine", "compiles_for_spark", "portability_faults"]
