"""Steps of the overview are done when they were done, not when somebody tried."""

from pathlib import Path

import pytest

from qunxiang.errors import QunxiangError
from qunxiang.workspace import Workspace


def test_a_report_that_failed_is_no_report(tmp_path: Path) -> None:
    with Workspace.create(tmp_path / "ws") as ws:
        with pytest.raises(QunxiangError):
            ws.report("loyalty", tmp_path / "report.pdf")
        done = {step.name: step.done for step in ws.overview().steps}
    assert done["report"] is False
    assert done["rank"] is False
