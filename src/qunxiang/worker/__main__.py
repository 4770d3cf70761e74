"""Entry of the worker and of its children."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

from qunxiang.worker.child import run_job
from qunxiang.worker.parent import Worker


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the worker until SIGTERM or SIGINT, or with ``--job`` one job; return the exit code."""
    parser = argparse.ArgumentParser(prog="python -m qunxiang.worker", description=__doc__)
    parser.add_argument("--workspace", type=Path, required=True, help="folder of the workspace")
    parser.add_argument("--poll", type=float, default=0.5, help="seconds between looks at the queue")
    parser.add_argument("--once", action="store_true", help="end when the queue is empty")
    parser.add_argument("--job", help="run this one job in this process; the worker calls itself so")
    chosen = parser.parse_args(arguments)
    if chosen.job is not None:
        return run_job(chosen.workspace, chosen.job)
    return Worker(chosen.workspace, poll_seconds=chosen.poll).run(once=chosen.once)


if __name__ == "__main__":
    sys.exit(main())
