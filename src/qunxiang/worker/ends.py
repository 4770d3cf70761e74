"""Why a job ended without a result, as the error that is stored with it."""

from __future__ import annotations

import signal
import traceback
from pathlib import PurePath
from typing import Any

from qunxiang.errors import QunxiangError
from qunxiang.i18n import Message, to_json


def error_json(error: BaseException) -> dict[str, Any]:
    """Return an error as JSON: its own message, or type and place of one that nobody foresaw.

    The text of an unforeseen error is left out: it may hold values of single customers.
    """
    if isinstance(error, QunxiangError):
        return _plain(error.message)
    own = [f for f in traceback.extract_tb(error.__traceback__) if "qunxiang" in f.filename]
    place = f"{PurePath(own[-1].filename).name}:{own[-1].lineno}" if own else "–"
    reason = Message("worker.reason.bug", {"kind": type(error).__name__, "place": place})
    return crashed(1, reason)


def exit_error(code: int) -> dict[str, Any]:
    """Return the error of a process that ended with `code` and left no word; below 0 a signal ended it."""
    if code >= 0:
        return crashed(code, Message("worker.reason.exit"))
    try:
        name = signal.Signals(-code).name
    except ValueError:
        name = str(-code)
    if -code == signal.SIGKILL:
        return crashed(code, Message("worker.reason.killed"))
    if -code == signal.SIGTERM:
        return stopped()
    return crashed(code, Message("worker.reason.signal", {"signal": name}))


def stopped() -> dict[str, Any]:
    """Return the error of a job whose worker was told to end."""
    return crashed(-int(signal.SIGTERM), Message("worker.reason.stopped"))


def crashed(code: int, reason: Message) -> dict[str, Any]:
    """Return the error of a job whose process ended unexpectedly."""
    return _plain(Message("error.job.crashed", {"code_": code, "reason": reason}))


def _plain(message: Message) -> dict[str, Any]:
    return {"code": message.code, "params": to_json(dict(message.params))}
