"""REST of data quality: checks, gates, examples, near-duplicates and repairs."""

from __future__ import annotations

from datetime import date
from typing import Annotated

from fastapi import APIRouter, Query, Request
from pydantic import Field
from starlette.responses import Response

from qunxiang.model import Definition
from qunxiang.quality import Gate, Gates, NearValue
from qunxiang.services.quality import CheckState, QualityCheck
from qunxiang.web.api.answers import Body, Limit, Rows, answer, frame_answer
from qunxiang.web.auth import RestWorkspace

router = APIRouter(tags=["quality"])


class CheckDay(Body):
    """Against which day; that of the newest refresh by default."""

    as_of: date | None = None


class NewGates(Body):
    """Gates by which the next check judges."""

    gates: tuple[Gate, ...]
    why: str = ""


class Repair(Body):
    """Value to the value it is read as; what near-duplicates propose when it is left out."""

    values: dict[str, str] | None = None
    why: str = ""


class Restore(Body):
    """Values that are read as loaded again; all when none is named."""

    values: tuple[str, ...] = Field(default=())
    why: str = ""


@router.post("/quality/check", operation_id="check", response_model=QualityCheck)
def check(workspace: RestWorkspace, body: CheckDay | None = None) -> Response:
    """Measure the loaded tables and judge them by the gates; `passed` says whether all hold."""
    return answer(workspace.check(None if body is None else body.as_of))


@router.get("/quality", operation_id="quality.show", response_model=CheckState)
def show(workspace: RestWorkspace) -> Response:
    """The newest check."""
    return answer(workspace.quality.show())


@router.get("/quality/gates", operation_id="quality.gates", response_model=Gates)
def gates(workspace: RestWorkspace) -> Response:
    """The gates in force."""
    return answer(workspace.quality.gates())


@router.put("/quality/gates", operation_id="quality.set_gates", response_model=Definition)
def set_gates(workspace: RestWorkspace, body: NewGates) -> Response:
    """Store the gates by which the next check judges."""
    return answer(workspace.quality.set_gates(Gates(gates=body.gates), why=body.why))


@router.get("/quality/examples/{table}/{measure}", operation_id="quality.examples", response_model=Rows)
def examples(
    request: Request,
    workspace: RestWorkspace,
    table: str,
    measure: str,
    column: Annotated[str | None, Query(description="The finding's column.")] = None,
    limit: Limit = 10,
) -> Response:
    """Rows that a measure finds, personal columns masked by role."""
    frame = workspace.quality.examples(table, measure, column, limit=limit)
    return frame_answer(request, frame, f"examples-{table}", limit=limit, offset=0)


@router.get("/quality/near", operation_id="quality.near", response_model=list[NearValue])
def near(workspace: RestWorkspace, table: str | None = None) -> Response:
    """Values that are nearly another."""
    return answer(workspace.quality.near(table))


@router.get("/quality/repairs", operation_id="quality.repairs", response_model=list[Definition])
def repairs(workspace: RestWorkspace) -> Response:
    """Repairs in force."""
    return answer(workspace.quality.repairs())


@router.post("/quality/repairs/{table}/{column}", operation_id="quality.repair", response_model=list[Definition])
def repair(workspace: RestWorkspace, table: str, column: str, body: Repair | None = None) -> Response:
    """Read values of a column as others from now on."""
    wanted = body or Repair()
    return answer(workspace.quality.repair(table, column, wanted.values, why=wanted.why))


@router.delete("/quality/repairs/{table}/{column}", operation_id="quality.restore", response_model=Definition)
def restore(workspace: RestWorkspace, table: str, column: str, body: Restore | None = None) -> Response:
    """Read values of a column as they were loaded again."""
    wanted = body or Restore()
    return answer(workspace.quality.restore(table, column, wanted.values, why=wanted.why))
