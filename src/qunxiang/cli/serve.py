"""``qunxiang serve``: the web app and its worker."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated, Final

import typer
import uvicorn

from qunxiang.cli.call import Call, begun
from qunxiang.cli.user import link_of
from qunxiang.errors import SettingError
from qunxiang.i18n import Message

PORT: Final = 8765
HOST: Final = "127.0.0.1"
APP: Final = "qunxiang.web.app:app_from_environment"
"""Where uvicorn finds the app; the doors do not import one another."""

_LOCAL = frozenset({HOST, "localhost", "::1"})
_PAUSE_SECONDS = 2.0
_STOP_SECONDS = 10.0

Port = Annotated[int, typer.Option("--port", min=1, max=65535, help="cli.opt.port")]
Host = Annotated[str, typer.Option("--host", help="cli.opt.host")]


def serve(ctx: typer.Context, port: Port = PORT, host: Host = HOST) -> None:
    call = begun(ctx)
    run(call, host=host, port=port)


def run(call: Call, *, host: str, port: int) -> None:
    """Say where the app is and run it with its worker until it is stopped.

    Raises
    ------
    SettingError
        When the port is taken, or the address is open to others while a user has no password.
    """
    workspace = call.workspace
    if host not in _LOCAL:
        check_passwords(call, host)
    check_port(host, port)
    name, folder, link = workspace.settings.name, workspace.settings.folder, workspace.users.link()
    call.close()

    def tell() -> None:
        call.note(Message("cli.serve.at", {"name": name, "url": f"http://{host}:{port}"}))
        call.answer({"link": link_of(link, host, port)}, lambda page, found: page.say(found["link"]))
        call.note(Message("cli.serve.once"))
        sys.stdout.flush()

    os.environ["QUNXIANG_WORKSPACE"] = str(folder)
    config = uvicorn.Config(APP, factory=True, host=host, port=port, log_level="warning", access_log=False)
    with working(folder):
        _Telling(config, tell).run()
    call.note(Message("cli.serve.stopped"))


class _Telling(uvicorn.Server):
    """A server that tells where it is once its port answers."""

    def __init__(self, config: uvicorn.Config, tell: Callable[[], None]) -> None:
        super().__init__(config)
        self._tell = tell

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Begin to listen, then tell."""
        await super().startup(sockets)
        if self.started:
            self._tell()


def check_port(host: str, port: int) -> None:
    """Raise :class:`SettingError` when something listens on the port already."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family, socket.SOCK_STREAM) as trial:
        trial.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            trial.bind((host, port))
        except OSError as error:
            raise SettingError("cli.serve.port", host=host, port=port, other=port % 65535 + 1) from error


def check_passwords(call: Call, host: str) -> None:
    """Raise :class:`SettingError` unless every user who may sign in has a password."""
    users = [u for u in call.workspace.users.list() if not u.disabled]
    without = [u.name for u in users if not u.has_password]
    if without or not users:
        raise SettingError("cli.serve.passwords", host=host, users=without or ["owner"])


@contextmanager
def working(folder: Path) -> Iterator[None]:
    """Keep a worker running beside the app; start it again when it dies."""
    stop = threading.Event()
    keeper = threading.Thread(target=_keep, args=(folder, stop), daemon=True)
    keeper.start()
    try:
        yield
    finally:
        stop.set()
        keeper.join(_STOP_SECONDS + _PAUSE_SECONDS)


def _keep(folder: Path, stop: threading.Event) -> None:
    while not stop.is_set():
        # a session of its own, so that Ctrl-C reaches the app alone and the worker ends when told
        worker = subprocess.Popen(  # noqa: S603
            [sys.executable, "-m", "qunxiang.worker", "--workspace", str(folder)], start_new_session=True
        )
        while worker.poll() is None and not stop.is_set():
            time.sleep(0.2)
        if worker.poll() is None:
            worker.terminate()
            try:
                worker.wait(_STOP_SECONDS)
            except subprocess.TimeoutExpired:
                worker.kill()
                worker.wait()
        else:
            stop.wait(_PAUSE_SECONDS)
