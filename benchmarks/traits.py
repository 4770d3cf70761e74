"""Time and memory of resolving and of all traits over the demo's 1.47 million lines.

Run: ``python benchmarks/traits.py``; set ``THREADS`` for another number of threads than 2.
"""

from __future__ import annotations

import os
import resource
import sys
import time
from collections.abc import Callable
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent.parent / "tests" / "traits"))

from demo_tables import connect, load

from conftest import AS_OF, World

TARGET_SECONDS = 5.0
TARGET_MEGABYTES = 1000


def timed(name: str, step: Callable[[], object]) -> float:
    start = time.perf_counter()
    step()
    seconds = time.perf_counter() - start
    print(f"{name:<24}{seconds:8.2f} s")
    return seconds


def main() -> int:
    connection = connect()
    connection.execute(f"SET threads={int(os.environ.get('THREADS', '2'))}")
    world = World(connection, {})
    timed("read the package", lambda: world.tables.update(load(connection)))
    timed("profiles and orders", world.resolve)
    trait_set = world.trait_set()
    seconds = timed(f"{len(trait_set.traits)} traits", lambda: world.traits(trait_set, AS_OF))
    megabytes = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(f"{'peak memory':<24}{megabytes:8.0f} MB")
    return 0 if seconds <= TARGET_SECONDS and megabytes <= TARGET_MEGABYTES else 1


if __name__ == "__main__":
    sys.exit(main())
