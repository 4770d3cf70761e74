"""The command ``qunxiang``."""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from contextlib import suppress
from functools import cache
from pathlib import Path
from typing import Any

from typer import _click as click
from typer.exceptions import Abort, Exit
from typer.main import get_command

from qunxiang.cli.app import app
from qunxiang.cli.call import Call
from qunxiang.cli.failure import INTERRUPTED, fail
from qunxiang.cli.help import headings, translate
from qunxiang.cli.line import Line, lang_of_environment, read_line
from qunxiang.errors import QunxiangError


def main(arguments: Sequence[str] | None = None) -> int:
    """Run a command line; return its exit code: 0 ok, 1 failed, 2 usage, 3 gate not met, 4 not allowed, 130 stopped."""
    given = list(sys.argv[1:] if arguments is None else arguments)
    try:
        call = Call(read_line(given, os.environ))
    except QunxiangError as error:
        return fail(Call(_bare(given)), error)
    try:
        code = _run(call)
        sys.stdout.flush()
        return code
    except BrokenPipeError:
        # whoever read the answer has seen enough; what is still buffered must not fail at exit
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0
    finally:
        with suppress(KeyboardInterrupt):
            call.close()


@cache
def _tree(lang: str) -> Any:
    """Return the tree of commands with the texts of a language; it is long to build."""
    return translate(get_command(app), lang)


def _run(call: Call) -> int:
    headings(call.lang)
    command = _tree(call.lang)
    try:
        with command.make_context("qunxiang", list(call.line.words), obj=call) as ctx:
            command.invoke(ctx)
    except Exit as error:
        return error.exit_code
    except Abort:
        return INTERRUPTED
    except click.exceptions.NoArgsIsHelpError as error:
        print(error.format_message(), file=sys.stderr)  # noqa: T201
        return error.exit_code
    except BrokenPipeError:
        raise
    except (Exception, KeyboardInterrupt) as error:
        return fail(call, error)
    return 0


def _bare(given: Sequence[str]) -> Line:
    """Return a line with nothing but how to tell an error."""
    return Line((), Path(), False, lang_of_environment(os.environ), None, "--json" in given, quiet=False, yes=False)


if __name__ == "__main__":
    sys.exit(main())
