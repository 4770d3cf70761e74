"""Runs queued jobs, each in a process of its own: ``python -m qunxiang.worker --workspace DIR``."""
