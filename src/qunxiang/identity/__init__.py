"""Who is who: records joined into profiles, and each order's profile."""

from qunxiang.identity.orders import order_facts, order_issues
from qunxiang.identity.profiles import SIGHTED_IN, identities, profiles

__all__ = ["SIGHTED_IN", "identities", "order_facts", "order_issues", "profiles"]
