"""Definitions as documents: history, and YAML files that can be kept under version control."""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import yaml

from qunxiang.errors import SettingError
from qunxiang.model import Definition
from qunxiang.services import definitions as keeping
from qunxiang.services.definitions import Step
from qunxiang.services.yaml_text import read_yaml
from qunxiang.workspace.files import written
from qunxiang.workspace.group import Group


class DefinitionGroup(Group):
    """Everything people decided."""

    def list(self, kind: str | None = None) -> Sequence[Definition]:
        """Return the newest version of every document."""
        return keeping.definitions(self._house, self._actor, kind)

    def history(self, kind: str, id: str) -> Sequence[Definition]:
        """Return all versions of a document, newest first."""
        return keeping.history(self._house, self._actor, kind, id=id)

    def export(self, folder: str | Path) -> Sequence[Path]:
        """Write every document as ``<kind>/<id>.yaml`` and return the files."""
        out = []
        for document in keeping.export(self._house, self._actor):
            body = {"kind": document.kind, "id": document.id, "body": document.body}
            text = yaml.safe_dump(body, allow_unicode=True, sort_keys=False)
            name = re.sub(r"[^\w.-]", "_", document.id.replace("/", "."))
            out.append(written(Path(folder) / document.kind / f"{name}.yaml", text.encode()))
        return out

    def plan(self, folder: str | Path) -> Sequence[Step]:
        """Say what :meth:`apply` would do."""
        return keeping.plan(self._house, self._actor, documents=_read(Path(folder)))

    def apply(self, folder: str | Path, *, why: str = "") -> Sequence[Step]:
        """Store the documents of a folder as their next versions; equal ones stay."""
        return keeping.apply(self._house, self._actor, documents=_read(Path(folder)), why=why)


def _read(folder: Path) -> Sequence[dict[str, Any]]:
    files = sorted(folder.rglob("*.yaml"))
    if not files:
        raise SettingError("error.definition.folder", folder=str(folder))
    out = []
    for file in files:
        name = str(file.relative_to(folder))
        try:
            document = read_yaml(file.read_text("utf-8"))
        except (yaml.YAMLError, UnicodeDecodeError) as error:
            raise SettingError("error.definition.file", file=name, reason=str(error).splitlines()[0]) from error
        if not isinstance(document, dict):
            raise SettingError("error.definition.file", file=name, reason="not an object")
        out.append(document)
    return out
