"""Portraits drawn from reviewed parts, and the lists of names personas take theirs from."""

from qunxiang.adapters.portraits.dicebear_portraits import ALLOWED_PARTS, DicebearPortraits

__all__ = ["ALLOWED_PARTS", "DicebearPortraits"]
