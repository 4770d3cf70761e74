"""Time and peak memory of ``qunxiang demo --no-serve``: ``python -m benchmarks.demo``. Exits 1 above 60 s or 2 GB."""

from __future__ import annotations

import sys
import tempfile
import time
from pathlib import Path

import psutil

TARGET_SECONDS = 60.0
TARGET_MEGABYTES = 2000.0


def memory(process: psutil.Popen) -> float:
    """Return the resident megabytes of a process and its children; 0 once it has ended."""
    try:
        family = [process, *process.children(recursive=True)]
        return sum(p.memory_info().rss for p in family if p.is_running()) / 1e6
    except psutil.Error:
        return 0.0


def main() -> int:
    with tempfile.TemporaryDirectory() as scratch:
        command = [sys.executable, "-m", "qunxiang", "demo", "--no-serve", "--path", str(Path(scratch) / "demo")]
        begun = time.perf_counter()
        process = psutil.Popen(command)
        peak = 0.0
        while process.poll() is None:
            peak = max(peak, memory(process))
            time.sleep(0.02)
        seconds = time.perf_counter() - begun
    print(f"exit code {process.returncode}, {seconds:.1f} s of {TARGET_SECONDS:.0f}", end=", ")
    print(f"peak {peak:.0f} MB of {TARGET_MEGABYTES:.0f}")
    return int(process.returncode != 0 or seconds > TARGET_SECONDS or peak > TARGET_MEGABYTES)


if __name__ == "__main__":
    sys.exit(main())
