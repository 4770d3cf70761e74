"""The same data and seed give the same snapshot, whatever the order of rows; other data give another."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import pandas as pd
import pyarrow as pa
import pytest
from loop_data import AS_OF, LOADS

from demo_data import LIFESTYLE
from qunxiang import Workspace
from qunxiang.model import CentreModel


@dataclass(frozen=True)
class Answer:
    """What a whole loop came to."""

    content_hash: str
    hash_after_refresh: str
    sizes: dict[str, dict[str, int]]
    members: dict[str, str]
    model: CentreModel
    ranks: list[str]


def answer(folder: Path, subset: Path, *, shuffled: int | None = None, without_last: bool = False) -> Answer:
    """Run the loop in a fresh workspace."""
    with Workspace.create(folder, time_zone="UTC", currency="USD") as ws:
        for table, mapping in LOADS:
            frame = pd.read_parquet(subset / f"{table}.parquet").reset_index(drop=True)
            if shuffled is not None:
                frame = frame.sample(frac=1.0, random_state=shuffled).reset_index(drop=True)
            if without_last and table == "order_lines":
                frame = frame.drop(index=len(frame) - 1)
            report = ws.load(table, pa.Table.from_pandas(frame, preserve_index=False), columns=mapping)
            assert report.rejected == 0
        ws.resolve()
        first = ws.refresh(AS_OF)
        ws.segments.classify("rfm")
        fitted = ws.segments.fit("lifestyle", traits=LIFESTYLE, n_pairs=5, n_restarts=5, seed=7)
        again = ws.refresh(AS_OF)
        table = ws.segments.members("lifestyle").to_pydict()
        assert fitted.segmentation.model is not None
        return Answer(
            content_hash=again.content_hash,
            hash_after_refresh=first.content_hash,
            sizes={s.id: {x.id: x.n for x in s.segments} for s in ws.segments.list()},
            members=dict(zip(table["profile_id"], table["segment"], strict=True)),
            model=fitted.segmentation.model,
            ranks=[a.segment for a in ws.targets.rank("lifestyle").ranking.ranked],
        )


@pytest.fixture(scope="module")
def once(subset: Path, tmp_path_factory: pytest.TempPathFactory) -> Answer:
    return answer(tmp_path_factory.mktemp("once") / "ws", subset)


def assert_same(found: Answer, wanted: Answer) -> None:
    assert found.hash_after_refresh == wanted.hash_after_refresh
    assert found.members == wanted.members
    assert found.sizes == wanted.sizes
    for mine, theirs in zip(found.model.centres, wanted.model.centres, strict=True):
        assert mine == pytest.approx(theirs, rel=1e-9, abs=1e-9)
    assert found.ranks == wanted.ranks
    assert found.content_hash == wanted.content_hash


def test_twice_the_same(once: Answer, subset: Path, tmp_path: Path) -> None:
    assert_same(answer(tmp_path / "ws", subset), once)


def test_the_order_of_rows_does_not_matter(once: Answer, subset: Path, tmp_path: Path) -> None:
    assert_same(answer(tmp_path / "ws", subset, shuffled=5), once)


def test_one_line_less_is_another_snapshot(once: Answer, subset: Path, tmp_path: Path) -> None:
    found = answer(tmp_path / "ws", subset, without_last=True)
    assert found.hash_after_refresh != once.hash_after_refresh
    assert found.content_hash != once.content_hash
