"""Sources: files and frames, given as rows in batches."""

from qunxiang.adapters.sources.opening import open_source

__all__ = ["open_source"]
