"""A PostgreSQL server for the messy company's shop database."""

from postgres import postgres_server, postgres_url

__all__ = ["postgres_server", "postgres_url"]
