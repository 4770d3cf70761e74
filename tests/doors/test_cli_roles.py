"""Every command for every role, by ``--as``: allowed or refused as its use case declares, and in the audit."""

from __future__ import annotations

from pathlib import Path

import pytest
from lines_of import FINDS_NOTHING, LINES
from pages_of import BAD, CSV, LADDERS, WORSE

from demo_data import copy_workspace
from panel import panel
from qunxiang.cli.main import main
from qunxiang.errors import GateError, NotAllowedError, UsageError
from qunxiang.i18n import Label
from qunxiang.model import Role
from qunxiang.services.access import ROLE_LABELS, USE_CASES, allowed
from qunxiang.services.csv_text import csv_bytes
from qunxiang.workspace import Workspace


def test_every_use_case_stands_in_the_table() -> None:
    assert set(LINES) == set(USE_CASES)


@pytest.fixture(scope="module")
def files(shop: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a folder with what the commands read."""
    folder = tmp_path_factory.mktemp("files")
    (folder / "orders.csv").write_bytes(CSV)
    (folder / "panel.csv").write_bytes(csv_bytes(panel(12)))
    (folder / "ladders.csv").write_bytes(LADDERS)
    (folder / "ladder.yaml").write_text("items: [{id: a1, level: attribute, text: {zh: 鲜, en: fresh}}]")
    (folder / "message.yaml").write_text("promise: {zh: 鲜, en: fresh}")
    (folder / "basis.yaml").write_text("drivers: {order: 2.5}")
    (folder / "statement.yaml").write_text("audience: {zh: 邻居, en: neighbours}")
    (folder / "margins.yaml").write_text("margins: {city: {north: 5, south: 3, west: 2}}")
    with Workspace(copy_workspace(shop, folder / "ws")) as workspace:
        (folder / "criteria.yaml").write_text(workspace.targets.criteria("kinds").model_dump_json())
        (folder / "past.yaml").write_text("observations: [{spend: 1, margin: 2}]")
        (folder / "gates.yaml").write_text("gates: [{measure: far, at_most: 0.1}]")
        workspace.segments.rename("kinds", segment="s1", label=Label("别名", "other"))
        workspace.definitions.export(folder / "documents")
    return folder


@pytest.mark.parametrize("role", list(Role))
def test_a_command_does_what_its_use_case_allows(
    role: Role, shop: Path, files: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = copy_workspace(shop, tmp_path / "ws")
    faults = []
    for use_case, line in LINES.items():
        words = line.format(files=files, bad=BAD, worse=WORSE).split()
        code = main([*words, "-w", str(folder), "--as", f"the-{role}", "-y", "--lang", "en"])
        told = capsys.readouterr().err
        expected = _codes(use_case, role)
        refusal = f'The role "{ROLE_LABELS[role].en}" may not call {use_case};'
        if code not in expected or (code == NotAllowedError.exit_code and refusal not in told):
            faults.append(f"{line}: {code}, not one of {expected}: {told}")
    assert not faults, "\n".join(faults)
    with Workspace(folder) as workspace:
        mine = [e for e in workspace.audit.list(limit=5_000) if e.actor == f"the-{role}"]
    assert {(e.role, e.via) for e in mine} == {(role, "cli")}
    for use_case in LINES:
        outcomes = {e.outcome for e in mine if e.use_case == use_case}
        assert outcomes == {_outcome(use_case, role)}, use_case


def _codes(use_case: str, role: Role) -> set[int]:
    if not allowed(use_case, role):
        return {NotAllowedError.exit_code}
    if use_case in FINDS_NOTHING:
        return {1, UsageError.exit_code}
    return {0, GateError.exit_code} if use_case in ("segment.check", "check") else {0}


def _outcome(use_case: str, role: Role) -> str:
    if not allowed(use_case, role):
        return "refused"
    return "failed" if use_case in FINDS_NOTHING else "done"
