"""Who is who at size: 50,000 records by resemblance, 1,000,000 by identifiers alone.

``python benchmarks/identity.py [resemblance|exact]`` resolves each in a workspace of its own, in a process of its own,
and prints time and peak memory; exits 1 when one misses. Limits: 30 s and 1 GB for 50,000 records, 20 s for 1,000,000.
"""

from __future__ import annotations

import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from qunxiang import Workspace

LIMITS = {"resemblance": 30.0, "exact": 20.0}
"""Seconds that resolving may take."""

MOST_MB = 1024
"""Peak memory of resolving 50,000 records by resemblance."""


def named_records(n: int, seed: int) -> pa.Table:
    """Return persons with names, telephones, birth dates and addresses, about half of them written down twice."""
    sys.path.insert(0, str(Path(__file__).parents[1] / "tests" / "identity"))
    from chinese_people import world

    made = world(seed, persons=n // 2, companies=1).persons.slice(0, n)
    return made.append_column("person_id", pa.array([f"c{i}" for i in range(made.num_rows)]))


def identified_records(n: int, seed: int) -> pa.Table:
    """Return persons known by identifiers alone: each in about two systems, by telephone, e-mail or union id."""
    generator = np.random.default_rng(seed)
    who = generator.integers(0, n // 2, n)

    def known(form: str, share: float) -> pa.Array:
        values = pa.array([form % w for w in who.tolist()], pa.string())
        return pc.if_else(pa.array(generator.random(n) < share), values, pa.scalar(None, pa.string()))

    return pa.table(
        {
            "person_id": pa.array([f"r{i}" for i in range(n)]),
            "phone": known("139%08d", 0.6),
            "email": known("user%d@qq.com", 0.5),
            "unionid": known("o6_bmj%010d", 0.4),
            "system": pa.array(np.where(np.arange(n) % 2 == 0, "shop", "crm")),
        }
    )


def measure(kind: str) -> int:
    """Load and resolve records of one kind in this process, and print what it took; return 1 when it is too much."""
    folder, file = Path(sys.argv[2]), Path(sys.argv[3])
    with Workspace(folder) as ws:
        loaded = ws.load("persons", file)
        before = _peak_mb()
        started = time.perf_counter()
        report = ws.resolve()
        seconds = time.perf_counter() - started
    print(
        f"{kind}: {loaded.accepted:,} records, {report.profiles:,} profiles, {report.to_review:,} to review, "
        f"{seconds:.1f} s (limit {LIMITS[kind]:.0f}), peak {_peak_mb():.0f} MB (before {before:.0f})",
        flush=True,
    )
    return int(seconds > LIMITS[kind] or (kind == "resemblance" and _peak_mb() > MOST_MB))


def _peak_mb() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def main() -> int:
    """Make the records and measure each kind in a process of its own; return 1 when one misses."""
    kinds = [k for k in sys.argv[1:] if k in LIMITS] or list(LIMITS)
    missed = 0
    for kind in kinds:
        with tempfile.TemporaryDirectory() as folder:
            file = Path(folder) / "persons.parquet"
            made = named_records(50_000, 1) if kind == "resemblance" else identified_records(1_000_000, 1)
            pq.write_table(made, file)
            Workspace.create(Path(folder) / "shop").close()
            code = subprocess.run(
                [sys.executable, __file__, f"measure-{kind}", str(Path(folder) / "shop"), str(file)],
                check=False,
            ).returncode
            missed = missed or code
    return missed


if __name__ == "__main__":
    if len(sys.argv) > 1 and sys.argv[1].startswith("measure-"):
        sys.exit(measure(sys.argv[1].removeprefix("measure-")))
    sys.exit(main())
