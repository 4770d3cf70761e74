"""Adapters: the only rooms that know a driver."""
