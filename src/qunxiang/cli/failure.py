"""How a command fails: one paragraph on stderr, the exit code of the table, and with ``--json`` an error document."""

from __future__ import annotations

import os
import sys
import traceback
from difflib import get_close_matches
from typing import Any, Final

from rich.cells import cell_len
from typer import _click as click  # typer brings its own click; its errors are the only ones raised
from typer.core import TyperGroup

from qunxiang.cli.call import Call
from qunxiang.cli.page import Page, visible
from qunxiang.errors import QunxiangError, RuleError, StorageError, UsageError
from qunxiang.i18n import Message, to_json

INTERRUPTED: Final = 130
_FULL: Final = 28  # ENOSPC
_LARGE: Final = 27  # EFBIG


class Group(TyperGroup):
    """A group that names the nearest command when one does not exist."""

    def resolve_command(self, ctx: Any, args: list[str]) -> Any:
        """Find the command that `args` begin with.

        Raises
        ------
        UsageError
            When there is none.
        """
        name = args[0]
        if not name.startswith("-") and self.get_command(ctx, name) is None:
            known = self.list_commands(ctx)
            near = get_close_matches(name, known, n=1)
            code = "cli.usage.command_near" if near else "cli.usage.command"
            raise UsageError(code, name=name, near=near[0] if near else "", known=known, path=ctx.command_path)
        return super().resolve_command(ctx, args)


def fail(call: Call, error: BaseException) -> int:
    """Tell an error and return the exit code."""
    if os.environ.get("QUNXIANG_DEBUG") == "1":
        traceback.print_exception(error)
    if isinstance(error, KeyboardInterrupt):
        call.warn(Message("cli.interrupted"))
        return INTERRUPTED
    known = as_known(error)
    sys.stderr.write(visible(paragraph(call, known)) + "\n")
    if call.line.json:
        Page(call.lang).document({"error": error_document(known, call.lang)})
    return known.exit_code


def error_document(error: QunxiangError, lang: str) -> dict[str, Any]:
    """Return an error as REST gives it: code, parameters, and the sentence in the reader's language."""
    found = {"code": error.code, "params": to_json(error.params), "message": error.render(lang)}
    if isinstance(error, RuleError):
        found |= {"start": error.start, "end": error.end}
        found |= {"line": error.line, "column": error.column} if error.line is not None else {}
    return found


def paragraph(call: Call, error: QunxiangError) -> str:
    """Return the error's sentence; under it the rule with a mark where it fails."""
    said = Message("cli.error", {"sentence": error.told})(call.lang)
    rule = call.parameters.get("rule") or call.parameters.get("where")
    if isinstance(error, RuleError) and error.start is not None and isinstance(rule, str):
        said += "\n" + caret(rule, error.start, error.end)
    return said


def caret(rule: str, start: int, end: int | None) -> str:
    """Return the line of a rule that fails and marks under the characters `start`..`end`; wide ones take two marks."""
    begin = rule.rfind("\n", 0, start) + 1
    line = rule[begin:].partition("\n")[0].replace("\t", " ")
    start, end = start - begin, None if end is None else end - begin
    last = min(len(line) - 1, start if end is None else end)
    marks = max(1, cell_len(line[start : last + 1]))
    return f"  {line}\n  {' ' * cell_len(line[:start])}{'^' * marks}"


def as_known(error: BaseException) -> QunxiangError:
    """Return any failure as an error that can be told: usage of the command, the disk, or a fault of the product."""
    match error:
        case QunxiangError():
            return error
        case click.exceptions.NoSuchOption():
            return _option(error)
        case click.exceptions.MissingParameter():
            return UsageError("cli.usage.missing", name=_shown(error.param), path=_path(error))
        case click.exceptions.BadParameter():
            return UsageError("cli.usage.bad", name=_shown(error.param), what=error.message, path=_path(error))
        case click.exceptions.UsageError() if error.ctx is not None and error.ctx.args:
            return UsageError("cli.usage.extra", words=list(error.ctx.args), path=_path(error))
        case click.exceptions.UsageError():
            return UsageError("cli.usage.other", what=error.format_message(), path=_path(error))
        case OSError() if error.errno in (_FULL, _LARGE):
            return StorageError("cli.disk_full", file=str(error.filename or ""))
        case OSError():
            return StorageError("cli.os", what=error.strerror or str(error), file=str(error.filename or ""))
    return QunxiangError("cli.fault", kind=type(error).__name__, what=str(error)[:300])


def _option(error: click.exceptions.NoSuchOption) -> UsageError:
    known = [o for p in (error.ctx.command.params if error.ctx else []) for o in p.opts if o.startswith("--")]
    near = get_close_matches(error.option_name, known, n=1)
    code = "cli.usage.option_near" if near else "cli.usage.option"
    return UsageError(code, name=error.option_name, near=near[0] if near else "", known=known, path=_path(error))


def _shown(parameter: Any) -> str:
    if parameter is None:
        return "?"
    if parameter.param_type_name == "argument":
        return str(parameter.metavar or parameter.name or "").upper()
    return str(parameter.opts[0])


def _path(error: click.exceptions.UsageError) -> str:
    return error.ctx.command_path if error.ctx is not None else "qunxiang"
