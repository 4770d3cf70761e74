"""Run every benchmark and print what each came to: ``python -m benchmarks [NAME...]``. Exits 1 when one misses."""

from __future__ import annotations

import subprocess
import sys
import time
from pathlib import Path

FOLDER = Path(__file__).parent


def main(names: list[str]) -> int:
    known = sorted(p.stem for p in FOLDER.glob("*.py") if not p.stem.startswith("_"))
    if unknown := [n for n in names if n not in known]:
        print(f"no benchmark {unknown}; there are {known}", file=sys.stderr)
        return 2
    rows = []
    for name in names or known:
        print(f"== {name}", flush=True)
        begun = time.perf_counter()
        # each in a process of its own, so that peak memory is its own
        code = subprocess.run([sys.executable, str(FOLDER / f"{name}.py")], check=False).returncode
        rows.append((name, code, time.perf_counter() - begun))
    print(f"\n{'benchmark':<16}{'result':<12}{'seconds':>8}")
    for name, code, seconds in rows:
        print(f"{name:<16}{'within' if code == 0 else f'missed ({code})':<12}{seconds:>8.1f}")
    return int(any(code for _, code, _ in rows))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
