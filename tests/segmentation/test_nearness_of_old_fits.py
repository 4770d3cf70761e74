"""How far a stored solution is from another verdict, whichever version of the procedure stored it."""

from __future__ import annotations

from typing import Any

import pytest

from qunxiang.segmentation.verdict import PROCEDURE
from qunxiang.services.segment_fit_evidence import near

FIT: dict[str, Any] = {
    "verdict": "constructive",
    "procedure": PROCEDURE,
    "reason": {"code": "segmentation.verdict.constructive", "params": {"agreement": 0.5, "depth": 0.1}},
}


def test_a_fit_of_this_procedure_has_a_distance() -> None:
    found = near(FIT)
    assert found is not None
    assert found.params["agreement"] == 0.5


@pytest.mark.parametrize(
    "changed",
    [
        {"reason": {"code": "segmentation.verdict.constructive", "params": {"agreement": 0.5}}},
        {"reason": None},
        {"procedure": PROCEDURE - 1},
        {"verdict": None},
    ],
)
def test_a_fit_of_another_procedure_has_none(changed: dict[str, Any]) -> None:
    assert near(FIT | changed) is None
