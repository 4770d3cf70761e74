"""The pages: one module per subject, each with its `router`."""

from __future__ import annotations

from importlib import import_module
from importlib.util import find_spec

from fastapi import APIRouter

NAMES = (
    "home",
    "data",
    "loading",
    "traits",
    "profiles",
    "segments",
    "targets",
    "personas",
    "reports",
    "jobs",
    "settings",
    "sign_in",
)

ROUTERS: tuple[APIRouter, ...] = tuple(
    import_module(f"{__name__}.{name}").router for name in NAMES if find_spec(f"{__name__}.{name}") is not None
)
"""Routers of all pages, in the order in which addresses are tried."""
