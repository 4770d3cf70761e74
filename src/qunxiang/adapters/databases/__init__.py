"""Databases by address: PostgreSQL, MySQL and MariaDB, SQLite; read and never written."""

from qunxiang.adapters.databases.sql_databases import SqlDatabases

__all__ = ["SqlDatabases"]
