"""REST of lifetime value."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

from fastapi import APIRouter
from pydantic import Field
from starlette.responses import Response

from qunxiang.model.value import HorizonUnit, RepeatModelName
from qunxiang.model.value_basis import Contracts, CustomerSides, Potential, ValueBasis, ValueSides
from qunxiang.ports.state import Job
from qunxiang.services.value import ValueView
from qunxiang.services.value_sides import BasisState
from qunxiang.web.api.answers import Body, Wait, answer, long_work
from qunxiang.web.auth import RestWorkspace

router = APIRouter(tags=["value"])


class ValueFit(Body):
    """How to fit lifetime value; `discount_rate` is interest per year, `horizon` counts `unit`."""

    model: RepeatModelName = "bg_nbd"
    horizon: float = Field(default=12.0, gt=0)
    unit: HorizonUnit = "month"
    discount_rate: float = Field(default=0.0, ge=0, le=1)
    as_of: date | None = None
    calibration_end: date | None = None
    why: str = ""


class NewBasis(Body):
    """What is stated about costs and satisfaction; `seen_version` guards against undoing somebody's change."""

    basis: ValueBasis
    why: str = ""
    seen_version: int | None = None


class Cohorts(Body):
    """Survivors of cohorts at the start and after each renewal, and how to foretell the rest."""

    survivors: list[list[float]]
    ahead: int = Field(default=12, ge=1, le=120)
    held_out: int = Field(default=0, ge=0)
    discount_rate: float = 0.1
    margin: Decimal | None = None


@router.get("/value", operation_id="value.show", response_model=ValueView)
def show(workspace: RestWorkspace) -> Response:
    """The fitted lifetime value: parameters, hold-out, errors and worth by segment and cohort."""
    return answer(workspace.value.show())


@router.post("/value/fit", operation_id="value.fit", response_model=ValueView | Job)
def fit(workspace: RestWorkspace, body: ValueFit | None = None, wait: Wait = False) -> Response:
    """Fit lifetime value to all purchases up to a day, judged on those held out."""
    given = body or ValueFit()
    arguments = given.model_dump(mode="json")
    return long_work(workspace, "value.fit", arguments, wait=wait, now=lambda: workspace.value.fit(**dict(given)))


@router.get("/value/basis", operation_id="value.basis", response_model=BasisState)
def basis(workspace: RestWorkspace) -> Response:
    """What was stated about costs to serve, margin and satisfaction."""
    return answer(workspace.value.basis())


@router.put("/value/basis", operation_id="value.set_basis", response_model=BasisState)
def set_basis(workspace: RestWorkspace, body: NewBasis) -> Response:
    """State costs to serve, a margin rate, the window, and where satisfaction is asked."""
    return answer(workspace.value.set_basis(body.basis, why=body.why, seen_version=body.seen_version))


@router.get("/value/sides", operation_id="value.compare", response_model=ValueSides)
def compare(workspace: RestWorkspace, name: str | None = None) -> Response:
    """Profitability, loyalty, satisfaction and expected value of all customers and segments side by side."""
    return answer(workspace.value.compare(name))


@router.get("/value/customers/{profile_id}", operation_id="value.customer", response_model=CustomerSides)
def customer(workspace: RestWorkspace, profile_id: str) -> Response:
    """The four sides of one customer."""
    return answer(workspace.value.customer(profile_id))


@router.get("/value/potential/{name}", operation_id="value.potential", response_model=Potential)
def potential(workspace: RestWorkspace, name: str, quantile: float = 0.75) -> Response:
    """Headroom of customers against others of their segment."""
    return answer(workspace.value.potential(name, quantile=quantile))


@router.post("/value/contracts", operation_id="value.contracts", response_model=Contracts)
def contracts(workspace: RestWorkspace, body: Cohorts) -> Response:
    """Renewals of contracts by the shifted-beta-geometric model."""
    return answer(workspace.value.contracts(**dict(body)))
