"""Win rates of a sample CRM (extra data) as pandas and SciPy have them; small groups marked, no claim where too few."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from scipy import optimize, stats

from extra_data import extra_data
from qunxiang import Workspace
from qunxiang.errors import SettingError
from qunxiang.positioning.win_loss import WinLoss

__all__ = ["extra_data"]


@pytest.fixture(scope="module")
def crm(extra_data: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Workspace]:
    """A workspace with the CRM sample as it is, its slips not repaired; nobody is resolved."""
    with Workspace.create(tmp_path_factory.mktemp("wins") / "w", currency="USD", time_zone="UTC") as made:
        for table, file in (("accounts", "accounts"), ("products", "products"), ("opportunities", "sales_pipeline")):
            made.load(table, extra_data / "maven_crm" / f"{file}.parquet")
        yield made


@pytest.fixture(scope="module")
def pipeline(extra_data: Path) -> pd.DataFrame:
    """The same deals, read by pandas, each with its account's sector."""
    folder = extra_data / "maven_crm"
    accounts = pd.read_parquet(folder / "accounts.parquet")[["account", "sector"]]
    return pd.read_parquet(folder / "sales_pipeline.parquet").merge(accounts, on="account", how="left")


def independent(deals: pd.DataFrame, column: str) -> pd.DataFrame:
    """Shrink with SciPy's beta-binomial: the mean fixed at the overall rate, the precision of largest likelihood."""
    closed = deals[deals.deal_stage.isin(["Won", "Lost"])]
    made = closed.groupby(column).deal_stage.agg(n="size", won=lambda s: (s == "Won").sum())
    k, n = made.won.to_numpy(), made.n.to_numpy()
    m = k.sum() / n.sum()

    def loss(log_precision: float) -> float:
        p = np.exp(log_precision)
        return -float(stats.betabinom.logpmf(k, n, m * p, (1 - m) * p).sum())

    best = optimize.minimize_scalar(loss, bounds=(0, 18), method="bounded", options={"xatol": 1e-9})
    p = np.exp(best.x)
    return made.assign(own=k / n, shrunken=(m * p + k) / (p + n))


@pytest.mark.parametrize(("by", "column"), [("owner", "sales_agent"), ("industry", "sector"), ("product", "product")])
def test_rates_are_those_of_an_independent_computation(
    crm: Workspace, pipeline: pd.DataFrame, by: str, column: str
) -> None:
    found = crm.competitors.wins(by=by)
    wanted = independent(pipeline, column)
    assert {g.key for g in found.groups} == set(wanted.index)
    for group in found.groups:
        row = wanted.loc[group.key]
        assert (group.closed, group.won) == (row.n, row.won)
        assert group.rate == pytest.approx(row.own, abs=1e-12)
        assert group.shrunken == pytest.approx(row.shrunken, abs=2e-4)
        low, high = sorted((row.own, found.overall.rate))
        assert low - 1e-12 <= group.shrunken <= high + 1e-12
        assert group.low <= group.shrunken <= group.high
        assert group.small == (row.n < 30)
        assert not group.too_few


def test_the_whole_is_counted_and_open_deals_without_account_are_kept(crm: Workspace, pipeline: pd.DataFrame) -> None:
    found = crm.competitors.wins(by="industry")
    whole, stages = found.overall, pipeline.deal_stage
    assert (whole.won, whole.lost) == ((stages == "Won").sum(), (stages == "Lost").sum()) == (4238, 2473)
    assert (whole.open, whole.ended, whole.unclear) == (2089, 0, 0)
    assert whole.without_customer == pipeline.account.isna().sum() == 1425
    interval = stats.binomtest(4238, 6711).proportion_ci(method="wilson")
    assert (whole.low, whole.high) == pytest.approx((interval.low, interval.high), abs=1e-9)
    assert found.not_stated is not None
    assert (found.not_stated.open, found.not_stated.closed, found.not_stated.rate) == (1425, 0, None)
    assert {(r.stage, r.status, r.n) for r in found.readings} == {
        ("Won", "won", 4238),
        ("Lost", "lost", 2473),
        ("Engaging", "open", 1589),
        ("Prospecting", "open", 500),
    }


def test_sectors_and_agents_are_not_told_apart_where_chance_alone_would_do(crm: Workspace) -> None:
    for by in ("owner", "industry"):
        found = crm.competitors.wins(by=by)
        assert found.p_alike > 0.05
        assert "wins.caution.alike" in {c.code for c in found.cautions}
        assert max(g.shrunken for g in found.groups) - min(g.shrunken for g in found.groups) < 0.02


def test_lost_deals_keep_no_amount_so_list_prices_value_them(
    crm: Workspace, pipeline: pd.DataFrame, extra_data: Path
) -> None:
    found = crm.competitors.wins(by="owner")
    prices = pd.read_parquet(extra_data / "maven_crm" / "products.parquet")[["product", "sales_price"]]
    closed = pipeline[pipeline.deal_stage.isin(["Won", "Lost"])].merge(prices, on="product")  # GTXPro has none
    worth, won = closed.sales_price.to_numpy(dtype=float), (closed.deal_stage == "Won").to_numpy(dtype=float)
    value = found.overall.value
    assert found.value_basis == "price"
    assert (value.n, value.won) == (len(closed), worth @ won)
    assert value.rate == pytest.approx(worth @ won / worth.sum(), abs=1e-12)
    generator = np.random.default_rng(0)
    drawn = [generator.integers(len(worth), size=len(worth)) for _ in range(400)]
    spread = np.std([worth[i] @ won[i] / worth[i].sum() for i in drawn])
    assert (value.high - value.low) / 2 / 1.96 == pytest.approx(spread, rel=0.12)


def test_small_groups_are_shrunken_and_marked_and_too_few_make_no_claim(crm: Workspace, pipeline: pd.DataFrame) -> None:
    closed = pipeline[pipeline.deal_stage.isin(["Won", "Lost"])]
    days = pd.to_datetime(closed.close_date, format="%d-%m-%y")
    first, last = "2017-03-01", "2017-03-04"
    found = crm.competitors.wins(by="owner", first=first, last=last)
    inside = closed[(days >= first) & (days <= last)]
    sizes = inside.sales_agent.value_counts()
    few = {g.key for g in found.groups if g.too_few and g.closed}
    assert few == set(sizes[sizes < 5].index)
    assert few
    for group in found.groups:
        assert group.closed == sizes.get(group.key, 0)
        if group.too_few:
            assert (group.rate, group.shrunken, group.low, group.high) == (None, None, None, None)
        elif group.closed < 30:
            assert group.small
            assert abs(group.shrunken - found.centre) <= abs(group.rate - found.centre) + 1e-12
            assert 0 <= group.own_weight < 1
    assert any(g.small for g in found.groups)
    assert found.overall.open == 2089


def test_a_repaired_slip_moves_its_deals(crm: Workspace) -> None:
    before: WinLoss = crm.competitors.wins(by="industry")
    crm.quality.repair("accounts", "industry", {"technolgy": "technology"}, why="a slip of the keys")
    after = crm.competitors.wins(by="industry")
    crm.quality.restore("accounts", "industry")
    moved = next(g for g in before.groups if g.key == "technolgy")
    assert next(g for g in after.groups if g.key == "technology").won == moved.won
    with pytest.raises(SettingError):
        crm.competitors.wins(by="segment")
