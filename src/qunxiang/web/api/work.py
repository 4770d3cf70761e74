"""REST of jobs, users and the audit."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Query
from pydantic import Field
from starlette.responses import Response

from qunxiang.model import Role
from qunxiang.ports.state import AuditEntry, Job, User
from qunxiang.web.api.answers import Body, Limit, answer, file_answer, required
from qunxiang.web.auth import RestWorkspace

router = APIRouter()


class NewJob(Body):
    """A use case to run apart, with its arguments."""

    use_case: str
    arguments: dict[str, Any] = Field(default_factory=dict)


class NewUser(Body):
    """Who may sign in, and as what."""

    name: str = Field(min_length=1, max_length=200)
    role: Role
    password: str | None = None


class ChangedUser(Body):
    """What changes of a user; fields left out stay."""

    role: Role | None = None
    password: str | None = None
    disabled: bool | None = None


class Key(Body):
    """An API key; it is shown this once."""

    key: str


class Revoked(Body):
    """How many API keys a user had."""

    revoked: int


class Link(Body):
    """The secret of a link with which a user signs in once."""

    link: str


@router.post("/jobs", operation_id="job.start", response_model=Job, status_code=202, tags=["jobs"])
def start(workspace: RestWorkspace, body: NewJob) -> Response:
    """Queue a use case as a job."""
    job = workspace.jobs.start(body.use_case, **body.arguments)
    return answer(job, 202, {"Location": f"/api/v1/jobs/{job.id}"})


@router.get("/jobs", operation_id="job.list", response_model=list[Job], tags=["jobs"])
def jobs(workspace: RestWorkspace, limit: Limit = 50) -> Response:
    """Newest jobs."""
    return answer(workspace.jobs.list(limit=limit))


@router.get("/jobs/{job_id}", operation_id="job.show", response_model=Job, tags=["jobs"])
def show(workspace: RestWorkspace, job_id: str) -> Response:
    """One job with its progress."""
    return answer(workspace.jobs.show(job_id))


@router.post("/jobs/{job_id}/cancel", operation_id="job.cancel", response_model=Job, tags=["jobs"])
def cancel(workspace: RestWorkspace, job_id: str) -> Response:
    """Stop a job that is queued or running."""
    return answer(workspace.jobs.cancel(job_id))


@router.post("/jobs/{job_id}/retry", operation_id="job.retry", response_model=Job, status_code=202, tags=["jobs"])
def retry(workspace: RestWorkspace, job_id: str) -> Response:
    """Queue a job that failed once more."""
    job = workspace.jobs.retry(job_id)
    return answer(job, 202, {"Location": f"/api/v1/jobs/{job.id}"})


@router.get("/jobs/{job_id}/result", operation_id="job.result", response_class=Response, tags=["jobs"])
def result(workspace: RestWorkspace, job_id: str) -> Response:
    """The file that a job made, such as a report."""
    path = workspace.jobs.result(job_id)
    return file_answer(path, path.name)


@router.get("/users", operation_id="user.list", response_model=list[User], tags=["users"])
def users(workspace: RestWorkspace) -> Response:
    """All users."""
    return answer(workspace.users.list())


@router.post("/users", operation_id="user.add", response_model=User, status_code=201, tags=["users"])
def add(workspace: RestWorkspace, body: NewUser) -> Response:
    """Add a user."""
    required(workspace, "user.add", body.name)  # before a password is hashed
    return answer(workspace.users.add(body.name, body.role, password=body.password), 201)


@router.patch("/users/{name}", operation_id="user.change", response_model=User, tags=["users"])
def change(workspace: RestWorkspace, name: str, body: ChangedUser) -> Response:
    """Change a user's role, password or access."""
    required(workspace, "user.change", name)
    found = workspace.users.change(name, role=body.role, password=body.password, disabled=body.disabled)
    return answer(found)


@router.post("/users/{name}/keys", operation_id="user.key", response_model=Key, status_code=201, tags=["users"])
def key(workspace: RestWorkspace, name: str) -> Response:
    """Make an API key with which programs act as a user; it is shown this once."""
    return answer({"key": workspace.users.key(name)}, 201)


@router.delete("/users/{name}/keys", operation_id="user.revoke", response_model=Revoked, tags=["users"])
def revoke(workspace: RestWorkspace, name: str) -> Response:
    """Forget all API keys of a user; none of them opens anything from now on."""
    return answer({"revoked": workspace.users.revoke(name)})


@router.post("/users/{name}/links", operation_id="user.link", response_model=Link, status_code=201, tags=["users"])
def link(workspace: RestWorkspace, name: str) -> Response:
    """Make the secret of a link with which a user signs in once: ``/enter?link=…``; it is shown this once."""
    return answer({"link": workspace.users.link(name)}, 201)


@router.get("/audit", operation_id="audit.list", response_model=list[AuditEntry], tags=["audit"])
def audit(
    workspace: RestWorkspace,
    limit: Limit = 100,
    before: Annotated[int | None, Query(description="Id of the last entry of the page before.")] = None,
    use_case: str | None = None,
) -> Response:
    """Who did what, newest first."""
    return answer(workspace.audit.list(limit=limit, before=before, use_case=use_case))
