"""Matching behind :mod:`qunxiang.ports.identity`."""

from qunxiang.adapters.identity.splink_identity import SplinkIdentity

__all__ = ["SplinkIdentity"]
