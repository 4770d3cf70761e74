"""Firmographic traits equal an independent computation from the accounts' rows."""

from __future__ import annotations

import re
from datetime import date
from decimal import Decimal

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest
from trait_world import World

from qunxiang.adapters.packs.industries import shipped_industries
from qunxiang.model import Family
from qunxiang.sql import Relation
from qunxiang.tables import LOADED, arrow_schema

AS_OF = date(2024, 2, 28)
STATED = ("C36", "软件", "零售业", "其他", None, "金融", "医药制造业", "50强")
STACKS = (None, "", "SAP", "SAP, 金蝶；用友", " ,Salesforce|HubSpot,, ", "、、", "a\nb\tc")


@pytest.fixture
def accounts() -> pd.DataFrame:
    chance = np.random.default_rng(7)
    n = 400
    return pd.DataFrame(
        {
            "account_id": [f"a{i}" for i in range(n)],
            "industry": chance.choice(np.array(STATED, dtype=object), n),
            "employees": [None if i % 11 == 0 else int(v) for i, v in enumerate(chance.integers(0, 8_000, n))],
            "annual_revenue": [
                None if i % 13 == 0 else Decimal(int(10**v)) for i, v in enumerate(chance.uniform(3, 10, n))
            ],
            "founded_on": [
                None if i % 7 == 0 else date(1990, 1, 1) + pd.Timedelta(days=int(v)).to_pytimedelta()
                for i, v in enumerate(chance.integers(0, 12_900, n))
            ],
            "tech_stack": chance.choice(np.array(STACKS, dtype=object), n),
            "growth_stage": chance.choice(np.array(("A轮", "上市", None), dtype=object), n),
        }
    )


@pytest.fixture
def firms(small: World, accounts: pd.DataFrame) -> pd.DataFrame:
    told = [{k: None if pd.isna(v) else v for k, v in r.items()} for r in accounts.to_dict("records")]
    told = [r | {"employees": None if r["employees"] is None else int(r["employees"])} for r in told]
    rows = pa.Table.from_pylist(told, schema=arrow_schema(LOADED["accounts"]))
    small.connection.register("rows_in", rows)
    small.connection.execute("CREATE TABLE accounts AS SELECT * FROM rows_in")
    small.tables["accounts"] = Relation("accounts")
    small.resolve()
    table = shipped_industries()
    read = [(s, *table.read(s)) for s in STATED if s is not None]
    frame = pd.DataFrame(read, columns=["stated_industry", "industry_section", "industry_division"])
    small.connection.register("frame_in", pa.Table.from_pandas(frame, preserve_index=False))
    small.connection.execute("CREATE TABLE industries AS SELECT * FROM frame_in")
    small.tables["industries"] = Relation("industries")
    listed = small.trait_set(AS_OF)
    made = {"industry_section", "industry_division", "employee_band", "revenue_band", "company_age_years"}
    made |= {"technology_count", "growth_stage"}
    assert made <= {t.id for t in listed.traits}
    assert {t.family for t in listed.traits if t.id in made} == {Family.FIRMOGRAPHIC}
    assert "maturity" not in {t.id for t in listed.traits}, "a column without a value makes no trait"
    found = small.traits(listed, AS_OF)
    ids = dict(small.connection.execute("SELECT profile_id, id_value FROM identities").fetchall())
    return found.assign(account_id=[ids[p] for p in found.index]).set_index("account_id")


def known(values: pd.Series) -> list[object]:
    return [None if pd.isna(v) else v for v in values]


def test_firm_traits(firms: pd.DataFrame, accounts: pd.DataFrame) -> None:
    by_id = accounts.set_index("account_id").reindex(firms.index)
    sections = {"C36": ("C", "36"), "软件": ("I", "65"), "零售业": ("F", "52"), "金融": ("J", None)}
    sections["医药制造业"] = ("C", "27")
    assert known(firms["industry_section"]) == [sections.get(s, (None, None))[0] for s in by_id["industry"]]
    assert known(firms["industry_division"]) == [sections.get(s, (None, None))[1] for s in by_id["industry"]]
    sizes = pd.cut(
        by_id["employees"].astype(float),
        [0.5, 19.5, 99.5, 299.5, 999.5, 4999.5, np.inf],
        labels=["1-19", "20-99", "100-299", "300-999", "1000-4999", "5000+"],
    )
    assert known(firms["employee_band"]) == known(sizes)
    money = by_id["annual_revenue"].astype(float)
    revenue = pd.cut(
        money,
        [0, 1e6, 5e6, 2e7, 1e8, 1e9, np.inf],
        right=False,
        labels=["<1M", "1M-5M", "5M-20M", "20M-100M", "100M-1B", "1B+"],
    )
    assert known(firms["revenue_band"]) == known(revenue)
    ages = [
        None if pd.isna(d) or d > AS_OF else AS_OF.year - d.year - ((AS_OF.month, AS_OF.day) < (d.month, d.day))
        for d in by_id["founded_on"]
    ]
    assert known(firms["company_age_years"]) == ages
    counts = [
        None if pd.isna(s) else len([x for x in re.split(r"[,;，；、|\n\t]", s) if x.strip()]) or None
        for s in by_id["tech_stack"]
    ]
    assert known(firms["technology_count"]) == counts
    assert known(firms["growth_stage"]) == known(by_id["growth_stage"])


def bands_of(low: float, high: float, begins: list[float], *, whole: bool) -> set[int]:
    """Return the bands that the numbers from `low` to `high` lie in, -1 for what is in none."""
    if whole:
        numbers = {
            low,
            min(high, 10**7),
            *(b for b in begins if low <= b <= high),
            *(b - 1 for b in begins if low < b <= high),
        }
        numbers = {max(n, 1.0) for n in numbers} if high >= 1 else {-1.0}
    else:
        numbers = {low, *(b for b in begins if low < b < high)}
    return {sum(n >= b for b in begins) - 1 for n in numbers}


def test_a_range_is_in_a_band_where_it_lies_wholly_in_it(small: World) -> None:
    chance = np.random.default_rng(3)
    edges = [0, 1, 19, 20, 50, 99, 100, 299, 300, 999, 1000, 4999, 5000, 9000]
    heads = sorted({(a, b) for a, b in chance.choice(edges, (150, 2)).tolist() if a <= b})
    heads += [(a, np.inf) for a in edges]
    money = [(a * 1e4, b * 1e4) for a, b in heads] + [(a * 1e5, b * 1e6) for a, b in heads[:60] if a * 1e5 < b * 1e6]
    money += [(0, 1e6), (1e6, 5e6), (5e6, 2e7), (1e8, 1e9), (1e9, np.inf), (1e8, np.inf)]

    def kept(low: float, high: float) -> str:
        return f"{low:.0f}+" if np.isinf(high) else f"{low:.0f}" if low == high else f"{low:.0f}-{high:.0f}"

    told = [{"account_id": f"h{i}", "employees_range": kept(*r)} for i, r in enumerate(heads)]
    told += [{"account_id": f"m{i}", "annual_revenue_range": kept(*r)} for i, r in enumerate(money)]
    odd = ["50-99人", "99-50", "a", "50-", "+", "-5", "1-2-3"]
    told += [{"account_id": f"o{i}", "employees_range": o, "annual_revenue_range": o} for i, o in enumerate(odd)]
    told += [{"account_id": "x", "employees": 500, "employees_range": "20-99"}]
    told += [{"account_id": "y", "employees": 0, "employees_range": "20-99"}]
    rows = pa.Table.from_pylist(told, schema=arrow_schema(LOADED["accounts"]))
    small.connection.register("rows_in", rows)
    small.connection.execute("CREATE TABLE accounts AS SELECT * FROM rows_in")
    small.tables["accounts"] = Relation("accounts")
    small.resolve()
    listed = small.trait_set(AS_OF)
    found = small.traits(listed, AS_OF)
    ids = dict(small.connection.execute("SELECT profile_id, id_value FROM identities").fetchall())
    found = found.assign(account_id=[ids[p] for p in found.index]).set_index("account_id")
    sizes = {t.id: t.levels for t in listed.traits if t.id in ("employee_band", "revenue_band")}
    for letter, ranges, trait, begins in (
        ("h", heads, "employee_band", [1, 20, 100, 300, 1000, 5000]),
        ("m", money, "revenue_band", [0, 1e6, 5e6, 2e7, 1e8, 1e9]),
    ):
        for i, (low, high) in enumerate(ranges):
            lies = bands_of(low, high, begins, whole=letter == "h")
            wanted = sizes[trait][min(lies)] if len(lies) == 1 and min(lies) >= 0 else None
            band = found.loc[f"{letter}{i}", trait]
            assert (None if pd.isna(band) else band) == wanted, (trait, low, high)
    assert [pd.isna(found.loc[f"o{i}", "employee_band"]) for i in range(len(odd))] == [True] * len(odd)
    assert found.loc["x", "employee_band"] == "300-999", "the exact number goes before its range"
    assert found.loc["y", "employee_band"] == "20-99"
