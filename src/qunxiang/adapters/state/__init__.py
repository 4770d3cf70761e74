"""State kept by SQLAlchemy: in SQLite by default, in PostgreSQL by URL."""

from qunxiang.adapters.state.leases import SqlLease
from qunxiang.adapters.state.sql_state import SqlState

__all__ = ["SqlLease", "SqlState"]
