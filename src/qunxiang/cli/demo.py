"""``qunxiang demo``: the whole loop on a real retailer's customers."""

from __future__ import annotations

import resource
import sys
import time
from pathlib import Path
from typing import Annotated, Any

import typer

from qunxiang.cli.call import Call, begun
from qunxiang.cli.page import Page
from qunxiang.cli.serve import HOST, PORT, Port, check_port, run
from qunxiang.i18n import Label, Message

_SHORT = 0.05


def demo(
    ctx: typer.Context,
    name: Annotated[str, typer.Argument(metavar="[retail]", help="cli.arg.demo")] = "retail",
    path: Annotated[Path, typer.Option("--path", metavar="DIR", help="cli.opt.demo_path")] = Path("demo-workspace"),
    port: Port = PORT,
    no_serve: Annotated[bool, typer.Option("--no-serve", help="cli.opt.no_serve")] = False,
) -> None:
    from qunxiang.workspace.demo import demo_workspace  # late, so that help does not wait for drivers

    call = begun(ctx)
    if not no_serve:
        check_port(HOST, port)
    call.enter(demo_workspace(name, path, lang=call.lang))
    show_loop(call)
    if not no_serve:
        run(call, host=HOST, port=port)


def show_loop(call: Call) -> None:
    """Run the loop and print each step with its seconds and what it found, then what the reader must know."""
    from qunxiang.workspace.demo import demo_loop

    started = time.perf_counter()
    page = Page(call.lang)
    found: list[dict[str, Any]] = []
    with call.progress() as tell:
        for done in demo_loop(call.workspace, progress=tell):
            found.append(done.model_dump())
            if not call.line.json:
                params = {"step": Message(f"cli.demo.step.{done.step}"), "finding": done.finding}
                # a remark within a step takes no time of its own
                took = f"{done.seconds:7.1f} s" if done.seconds >= _SHORT else " " * 9
                page.say(f"{took}  {Message('cli.demo.line', params)(call.lang)}")
                sys.stdout.flush()
    settings = call.workspace.settings
    notice = Label(settings.notice_zh, settings.notice_en)
    seconds, peak = time.perf_counter() - started, peak_megabytes()
    if call.line.json:
        page.document({"steps": found, "notice": notice, "seconds": seconds, "peak_megabytes": peak})
        return
    for text in (notice, Message("cli.demo.exposure")):
        page.say(text)
    total: dict[str, Any] = {"seconds": seconds, "peak": peak, "folder": str(settings.folder)}
    page.say(Message("cli.demo.total", total))


def peak_megabytes() -> float:
    """Return the most memory that this process has held, in megabytes."""
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak / (1024 if sys.platform != "darwin" else 1024 * 1024)
