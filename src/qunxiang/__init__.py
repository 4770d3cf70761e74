"""Qunxiang (群像): from raw customer data to segments, targets, personas and a report.

``import qunxiang as qx`` gives ``qx.Workspace`` and ``qx.Label``. Names are found on first use, so that the pure models
(``import qunxiang.segmentation``) load no driver of a database, a lake or a document writer.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

from qunxiang._version import __version__

if TYPE_CHECKING:
    from qunxiang.i18n import Label
    from qunxiang.workspace import Workspace

__all__ = ["Label", "Workspace", "__version__"]

_HOMES = {"Workspace": "qunxiang.workspace", "Label": "qunxiang.i18n"}


def __getattr__(name: str) -> Any:
    """Import a public name from its room on first use."""
    if name not in _HOMES:
        raise AttributeError(f"module 'qunxiang' has no attribute {name!r}; it has {', '.join(__all__)}")
    value = getattr(import_module(_HOMES[name]), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted(__all__)
