"""REST of saved databases."""

from __future__ import annotations

from fastapi import APIRouter
from pydantic import Field, SecretStr
from starlette.responses import Response

from qunxiang.services.sources import SourceState, SourceTable
from qunxiang.web.api.answers import Body, answer
from qunxiang.web.auth import RestWorkspace

router = APIRouter(tags=["sources"])


class NewSource(Body):
    """Address of a database; the password is kept apart and never given out."""

    url: str = Field(max_length=2_000, examples=["postgresql://reader@db.example:5432/shop"])
    password: SecretStr | None = None
    variable: str | None = Field(default=None, description="Environment variable that holds the password.")


@router.get("/sources", operation_id="source.list", response_model=list[SourceState])
def sources(workspace: RestWorkspace) -> Response:
    """Saved databases by name."""
    return answer(workspace.sources.list())


@router.put("/sources/{name}", operation_id="source.add", response_model=SourceState)
def add(workspace: RestWorkspace, name: str, body: NewSource) -> Response:
    """Save a database under a name."""
    password = None if body.password is None else body.password.get_secret_value()
    return answer(workspace.sources.add(name, body.url, password=password, variable=body.variable))


@router.delete("/sources/{name}", operation_id="source.remove", status_code=204)
def remove(workspace: RestWorkspace, name: str) -> Response:
    """Drop a saved database and its password."""
    workspace.sources.remove(name)
    return Response(status_code=204)


@router.get("/sources/{name}/tables", operation_id="source.tables", response_model=list[SourceTable])
def tables(workspace: RestWorkspace, name: str) -> Response:
    """Tables of a saved database, and which table of the workspace each looks like."""
    return answer(workspace.sources.tables(name))
