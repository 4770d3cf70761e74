"""100 rule segments over 2 million profiles × 12 traits, and assignment to 8 centres against scikit-learn.

Run: ``python benchmarks/rules.py``; set ``PROFILES`` for another number than 2,000,000, ``ROUNDS`` for another number
of assignments than 3. Each part runs in a process of its own with ``QUNXIANG_MEMORY_MB`` (1,500 unless set) for the
engine. Printed are elapsed and processor seconds, because other processes on the machine do not count in the latter,
and peak memory. Limits: the second refresh of all segments, with who entered and left, 8 s and 2 GB; assignment no
slower than scikit-learn's with reading. Sizes and changes are counted again by plain SQL that shares no code.
"""

from __future__ import annotations

import os
import random
import resource
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from datetime import date
from pathlib import Path
from statistics import median
from typing import Any

import duckdb
import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

os.environ.setdefault("QUNXIANG_MEMORY_MB", "1500")

from qunxiang import Workspace
from qunxiang.i18n import Label
from qunxiang.model import Actor, CentreModel, Segment, Segmentation, TraitDefinition, TraitSet
from qunxiang.ports.state import NewSnapshot
from qunxiang.segmentation.packed import assembled, packed, packed_contract, places_of
from qunxiang.services.hashing import snapshot_hash
from qunxiang.services.holding import holding
from qunxiang.services.house import House
from qunxiang.services.memberships import assign, publish_members
from qunxiang.services.reading import reading
from qunxiang.services.rule_values import RuleValues
from qunxiang.services.writing import write_table
from qunxiang.sql import Query, Relation, cast_to_contract, column, trait_types
from qunxiang.sql.moment import Moment
from qunxiang.traits.build import traits_contract

PROFILES = int(os.environ.get("PROFILES", "2000000"))
RULES = 100
MOST_SECONDS = 8.0
MOST_MB = 2048.0
CHANGED_IN_1000 = 50
"""Profiles of a thousand whose traits are others in the second refresh."""

DAYS = (date(2026, 5, 31), date(2026, 6, 30))
CENTRES, MEASURES = 8, 12

KINDS: dict[str, tuple[str, str]] = {
    "recency_days": ("integer", "CAST(floor({0} * 730) AS BIGINT)"),
    "frequency": ("integer", "CAST(floor(power({0}, 3) * 40) AS BIGINT)"),
    "monetary": ("money", "CAST(power({0}, 3) * 9000 AS DECIMAL(18, 2))"),
    "age": ("integer", "CASE WHEN {1} >= 0.1 THEN CAST(floor(18 + {0} * 60) AS BIGINT) END"),
    "channel": ("text", "['web', 'app', 'store', 'phone', 'partner'][1 + CAST(floor({0} * 5) AS INT)]"),
    "city": ("text", "'C' || CAST(floor({0} * 300) AS INT)"),
    "discount_share": ("share", "{0}"),
    "basket": ("number", "{0} * 5"),
    "margin_share": ("share", "CASE WHEN {1} >= 0.3 THEN {0} END"),
    "first_order": ("date", "DATE '2023-01-01' + CAST(floor({0} * 1000) AS INT)"),
    "consent": ("boolean", "{0} < 0.4"),
    "visits": ("integer", "CAST(floor({0} * 200) AS BIGINT)"),
}
"""Kind and made-up values of each trait; {0} and {1} stand for uniform shares."""


def traits() -> TraitSet:
    """Return the definitions of the traits."""
    told = Label.same("made up")
    return TraitSet(
        traits=tuple(
            TraitDefinition(
                id=name,
                label=Label.same(name),
                family="behavioural",
                kind=kind,
                unit=told,
                definition=told,
                source=(),
                when_missing=told,
            )
            for name, (kind, _) in KINDS.items()
        ),
        categories=(),
        channels=(),
    )


def rules(n: int) -> list[str]:
    """Return different rules of one to four conditions, which plain SQL reads too."""
    pick = random.Random(20261129)
    conditions: list[Callable[[], str]] = [
        lambda: f"recency_days > {pick.randint(20, 700)}",
        lambda: f"frequency >= {pick.randint(1, 20)}",
        lambda: f"monetary > {pick.randint(50, 6000)}",
        lambda: f"age between {pick.randint(18, 40)} and {pick.randint(41, 78)}",
        lambda: f"channel in ('web', '{pick.choice(['app', 'store', 'phone'])}')",
        lambda: f"city = 'C{pick.randint(0, 299)}'",
        lambda: f"discount_share < {pick.random():.3f}",
        lambda: f"basket > {pick.random() * 5:.2f}",
        lambda: f"margin_share > {pick.random():.2f}",
        lambda: f"first_order >= date '2024-0{pick.randint(1, 9)}-01'",
        lambda: "consent",
        lambda: f"visits < {pick.randint(5, 190)}",
        lambda: "age is null",
        lambda: f"city like 'C{pick.randint(1, 9)}%'",
        lambda: f"monetary / frequency > {pick.randint(20, 400)}",
    ]
    out: dict[str, None] = {}
    while len(out) < n:
        word = " or " if len(out) % 5 == 0 else " and "
        out[word.join(f"({pick.choice(conditions)()})" for _ in range(1 + len(out) % 4))] = None
    return list(out)


def segmentations() -> list[Segmentation]:
    """Return one segmentation of one segment for each rule."""
    return [
        Segmentation(
            id=f"rule_{i:03}",
            label=Label.same(f"rule {i}"),
            method="rule",
            segments=(Segment(id="member", label=Label.same("member"), rule=rule),),
        )
        for i, rule in enumerate(rules(RULES))
    ]


def prepare(folder: Path) -> None:
    """Write both tables of traits and the measures into a workspace; the versions are 0 and 1."""
    with duckdb.connect(config={"threads": 2, "memory_limit": "1500MB"}) as made:
        for changed in (0, CHANGED_IN_1000):
            columns = []
            for n, (name, (_, text)) in enumerate(KINDS.items()):
                share = "(hash(i, {}, CASE WHEN hash(i, 99) % 1000 < {} THEN 1 ELSE 0 END) % 1000003 / 1000003.0)"
                columns.append(f"{text.format(*(share.format(2 * n + k, changed) for k in (0, 1)))} AS {name}")
            day = DAYS[bool(changed)]
            made.execute(
                f"COPY (SELECT 'P' || (100000000 + i) AS profile_id, DATE '{day}' AS as_of, {', '.join(columns)}"
                f" FROM range({PROFILES}) AS r(i)) TO '{folder}/traits_{int(bool(changed))}.parquet' (FORMAT parquet)"
            )
        shares = ", ".join(f"sqrt(hash(i, {n}, 7) % 1000003) / 100 AS x{n}" for n in range(MEASURES))
        made.execute(
            f"COPY (SELECT 'P' || (100000000 + i) AS profile_id, {shares} FROM range({PROFILES}) AS r(i))"
            f" TO '{folder}/measures.parquet' (FORMAT parquet)"
        )
    contract = traits_contract(traits())
    with Workspace.create(folder / "ws", time_zone="UTC", currency="CNY") as ws, ws.house.engine.session() as session:
        for i in range(2):
            session.read_files("made", [folder / f"traits_{i}.parquet"])
            write_table(ws.house, session, contract, cast_to_contract(_all("made", contract.names), contract))


def _all(name: str, columns: tuple[str, ...]) -> Query:
    from sqlglot import exp

    return Query(exp.select(*[column(c) for c in columns]).from_(Relation(name).table()))


def refresh(house: House, version: int) -> dict[str, Any]:
    """Place all profiles by all rules, with who entered and left, and publish the snapshot; return what was found."""
    actor, day = Actor.owner(), DAYS[version]
    table = house.lake.at("traits", version)
    begun = NewSnapshot(kind="load", tables={"traits": version})
    house.state.publish(begun, actor=actor, at=house.clock.now())
    took = time.perf_counter(), time.process_time()
    with holding(house, "refresh", actor) as held, reading(house) as reader:
        reader.session.bind("new_traits", table)
        assigned = assign(
            house,
            reader,
            Relation("new_traits", table.columns),
            segmentations(),
            as_of=day,
            types=trait_types(traits()),
            values=RuleValues(house, reader, Moment(day, "UTC")),
            keep_others=False,
            hand={},
        )
        stored = time.perf_counter() - took[0], time.process_time() - took[1]
        contents = snapshot_hash(reader.session, "", house.lake.at("memberships", assigned.versions["memberships"]))
        new = NewSnapshot(kind="refresh", tables=assigned.versions, as_of=day, definitions={}, content_hash=contents)
        publish_members(house, reader, held, new, members=assigned.written, actor=actor, as_of=day, definitions=[])
    elapsed, busy = time.perf_counter() - took[0], time.process_time() - took[1]
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(
        f"refresh {version + 1}: {sum(assigned.sizes.values()):,} memberships, {assigned.changed:,} changes,"
        f" {elapsed:.1f} s ({busy:.1f} s of processors; of them {stored[0]:.1f} and {stored[1]:.1f} before the hash of"
        f" the contents and publishing), peak {peak:.0f} MB",
        flush=True,
    )
    return {"sizes": assigned.sizes, "changed": assigned.changed, "elapsed": elapsed, "busy": busy, "peak": peak}


def measured(folder: Path) -> int:
    """Refresh twice; return 1 when the second misses a limit or counts otherwise than plain SQL."""
    with Workspace(folder / "ws") as ws:
        found = [refresh(ws.house, version) for version in range(2)][1]
        bytes_ = {t: sum(p.stat().st_size for p in (folder / "ws").rglob(f"{t}/data/**/*.parquet")) for t in TABLES}
    print("on disk, both refreshes: " + ", ".join(f"{t} {n / 1e6:.0f} MB" for t, n in bytes_.items()))
    wrong = differing(folder, found)
    late = found["elapsed"] > MOST_SECONDS
    large = found["peak"] > MOST_MB
    again = "otherwise" if wrong else "equal"
    print(f"second refresh: limit {MOST_SECONDS:.0f} s and {MOST_MB:.0f} MB; counted again {again}")
    return int(wrong or late or large)


TABLES = ("memberships", "membership_changes")


def differing(folder: Path, found: dict[str, Any]) -> bool:
    """Count sizes and changes again from the generated files."""
    wanted = [f"COALESCE({rule}, FALSE)".replace("/ frequency", "/ NULLIF(frequency, 0)") for rule in rules(RULES)]
    with duckdb.connect(config={"threads": 2, "memory_limit": "1500MB"}) as again:
        old, new = (f"read_parquet('{folder}/traits_{i}.parquet')" for i in range(2))
        sizes = again.execute(f"SELECT {', '.join(f'count(*) FILTER ({w})' for w in wanted)} FROM {new}").fetchone()
        for i, table in enumerate((old, new)):
            flags = ", ".join(f"{w} AS r{n}" for n, w in enumerate(wanted))
            again.execute(f"CREATE VIEW v{i} AS SELECT profile_id, {flags} FROM {table}")
        moved = " + ".join(f"CAST(a.r{n} <> b.r{n} AS INT)" for n in range(RULES))
        changed = again.execute(f"SELECT sum({moved}) FROM v0 AS a JOIN v1 AS b USING (profile_id)").fetchone()
    assert sizes is not None
    assert changed is not None
    ours = [found["sizes"].get((f"rule_{i:03}", "member"), 0) for i in range(RULES)]
    return ours != list(sizes) or changed[0] != found["changed"]


def assignments(folder: Path) -> int:
    """Assign to centres by an expression in the engine and by scikit-learn, both from a Parquet file to a Parquet file.

    Return 1 when ours is slower or a profile gets another label.
    """
    from sklearn.cluster import KMeans

    names = [f"x{n}" for n in range(MEASURES)]
    sample = pq.ParquetFile(folder / "measures.parquet").read_row_group(0, columns=names)
    matrix = np.column_stack([sample[n] for n in names])
    mean, scale = matrix.mean(axis=0), matrix.std(axis=0)
    fitted = KMeans(CENTRES, n_init=1, random_state=0).fit((matrix - mean) / scale)
    many = (0.0,) * MEASURES
    model = CentreModel(
        traits=tuple(names),
        log1p=(False,) * MEASURES,
        low=tuple(v - float("inf") for v in many),
        high=tuple(v + float("inf") for v in many),
        mean=tuple(mean.tolist()),
        scale=tuple(scale.tolist()),
        centres=tuple(tuple(row) for row in fitted.cluster_centers_.tolist()),
        seed=0,
        n_restarts=1,
    )
    found = Segmentation(
        id="needs",
        label=Label.same("needs"),
        method="kmeans",
        segments=tuple(Segment(id=f"s{i}", label=Label.same(f"s{i}")) for i in range(CENTRES)),
        model=model,
    )
    places = places_of([found])
    written: list[int] = []
    with Workspace(folder / "ws") as ws:

        def ours() -> None:
            with ws.house.engine.session() as session:
                session.read_files("measures", [folder / "measures.parquet"])
                kinds = dict.fromkeys(names, "number")
                session.view("placed", packed(Relation("measures"), [found], types=kinds, by_hand={}))
                query = assembled(Relation("measures"), [(Relation("placed"), places)], places, DAYS[0])
                written.append(write_table(ws.house, session, packed_contract(places), query))

        def theirs() -> None:
            table = pq.read_table(folder / "measures.parquet")
            labels = fitted.predict((np.column_stack([table[n] for n in names]) - mean) / scale)
            segments = pa.DictionaryArray.from_arrays(labels, [s.id for s in found.segments])
            made = pa.table({"profile_id": table["profile_id"], "segment": segments})
            pq.write_table(made, folder / "labels.parquet", compression="zstd")

        ours()
        theirs()
        stored = [pq.read_table(f) for f in ws.house.lake.at("memberships", written[0]).files]
        different = differing_labels(pa.concat_tables(stored), [p.column for p in places], folder / "labels.parquet")
        took: dict[str, list[tuple[float, float]]] = {"ours": [], "theirs": []}
        for _ in range(int(os.environ.get("ROUNDS", "3"))):
            for name, work in (("theirs", theirs), ("ours", ours)):
                begun = time.perf_counter(), time.process_time()
                work()
                took[name].append((time.perf_counter() - begun[0], time.process_time() - begun[1]))
    seconds = {name: [median(t[i] for t in times) for i in (0, 1)] for name, times in took.items()}
    print(
        f"{PROFILES:,} profiles × {MEASURES} to {CENTRES} centres, read and written: ours {seconds['ours'][0]:.2f} s"
        f" ({seconds['ours'][1]:.2f} s of processors), scikit-learn {seconds['theirs'][0]:.2f} s"
        f" ({seconds['theirs'][1]:.2f} s); {different:,} profiles labelled otherwise"
    )
    return int(seconds["ours"][0] > seconds["theirs"][0] or different > 0)


def differing_labels(ours: pa.Table, columns: list[str], theirs: Path) -> int:
    """Count the profiles whose label is another; each must have one."""
    inside = np.column_stack([ours[name].to_numpy() for name in columns])
    assert (inside.sum(axis=1) == 1).all()
    table = pq.read_table(theirs)
    labels = np.array(table["segment"].combine_chunks().indices)
    rows, again = (pc.sort_indices(t["profile_id"]).to_numpy() for t in (ours, table))
    assert ours["profile_id"].take(rows).equals(table["profile_id"].take(again))
    return int((inside.argmax(axis=1)[rows] != labels[again]).sum())


def main() -> int:
    if len(sys.argv) > 2:
        part: dict[str, Callable[[Path], int | None]] = {
            "prepare": prepare,
            "measure": measured,
            "assign": assignments,
        }
        return part[sys.argv[1]](Path(sys.argv[2])) or 0
    folder = Path(tempfile.mkdtemp(prefix="rules-", dir=os.environ.get("FOLDER")))
    try:
        # each in a process of its own, so that peak memory is its own
        codes = [
            subprocess.run([sys.executable, __file__, part, str(folder)], check=False).returncode
            for part in ("prepare", "measure", "assign")
        ]
        return int(any(codes))
    finally:
        shutil.rmtree(folder)


if __name__ == "__main__":
    sys.exit(main())
