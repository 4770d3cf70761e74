"""YAML that people hand over, read without what could grow or act: no aliases, no deep nesting, no objects."""

from __future__ import annotations

from typing import Any

import yaml

DEEPEST = 40
"""Most levels of nesting."""


class _Plain(yaml.SafeLoader):
    """A loader that refuses aliases, by which a page of text can stand for gigabytes, and nesting without end."""

    def __init__(self, stream: Any) -> None:
        super().__init__(stream)
        self._depth = 0

    def compose_node(self, parent: Any, index: Any) -> Any:
        """Compose one node and what is in it."""
        if self.check_event(yaml.AliasEvent):
            raise yaml.YAMLError("aliases (*name) are not read: write the value")
        if self._depth >= DEEPEST:
            raise yaml.YAMLError(f"nested more than {DEEPEST} levels")
        self._depth += 1
        node = super().compose_node(parent, index)
        self._depth -= 1
        return node


def read_yaml(text: str) -> Any:
    """Return the value of a YAML document.

    Raises
    ------
    yaml.YAMLError
        When it cannot be read, has an alias, or is nested more than :data:`DEEPEST` levels.
    """
    return yaml.load(text, Loader=_Plain)  # noqa: S506 - a kind of safe loader
