"""The small shop as a workspace, its app, and a client per role."""

from __future__ import annotations

import shutil
import warnings
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from qunxiang.model import Role
from qunxiang.web.app import create_app
from qunxiang.workspace import Workspace
from tiny_shop import BASE, PASSWORD

with warnings.catch_warnings():
    warnings.simplefilter("ignore")  # starlette would rather have another client library
    from fastapi.testclient import TestClient


@pytest.fixture(scope="session", autouse=True)
def database_hosts() -> Iterator[None]:
    """Let people name one database host from afar."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("QUNXIANG_SOURCE_HOSTS", "db.example")
        yield


@pytest.fixture(scope="module")
def workspace(tiny_folder: Path, tmp_path_factory: pytest.TempPathFactory) -> Workspace:
    """Return a copy of the shop with one user per role; the app closes it."""
    folder = tmp_path_factory.mktemp("copy") / "shop"
    shutil.copytree(tiny_folder, folder)
    found = Workspace(folder)
    for role in Role:
        found.users.add(f"the-{role}", role, password=PASSWORD if role is Role.VIEWER else None)
    return found


@pytest.fixture(scope="module")
def client(workspace: Workspace) -> Iterator[TestClient]:
    """Return a client nobody has signed in with."""
    app = create_app(workspace, upload_mb=1)
    with TestClient(app, base_url=BASE, follow_redirects=False, raise_server_exceptions=False) as made:
        yield made


@pytest.fixture(scope="module")
def key_of(workspace: Workspace) -> Callable[[Role], dict[str, str]]:
    """Return the header with the API key of a role."""
    keys = {role: workspace.users.key(f"the-{role}") for role in Role}
    return lambda role: {"Authorization": f"Bearer {keys[role]}"}


@pytest.fixture
def admin(key_of: Callable[[Role], dict[str, str]]) -> dict[str, str]:
    """Return the header of the admin."""
    return key_of(Role.ADMIN)
