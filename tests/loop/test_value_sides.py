"""Profitability, loyalty and satisfaction of customers and segments, against figures worked out by hand."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from demo_data import copy_workspace
from qunxiang import Workspace
from qunxiang.adapters.engines import compiles_for_spark, portability_faults
from qunxiang.errors import SettingError, UnknownNameError
from qunxiang.services.value_sides import satisfaction
from qunxiang.sql import Relation
from qunxiang.sql.moment import Moment
from qunxiang.valuation.profit import (
    answers_by_group,
    dated_rows,
    line_money,
    loyalty_of,
    order_money,
    side_totals,
    sides,
    whale_parts,
)

DAY = "2024-12-31"
PRODUCTS = [
    {"product_id": "a", "category": "tea", "unit_cost": "4.00"},
    {"product_id": "b", "category": "tea", "unit_cost": "1.50"},
    {"product_id": "c", "category": "cups", "unit_cost": None},
]
LINES = [  # order, person, day, product, quantity, amount, discount
    ("o1", "p1", "2024-03-01", "a", 2, "20.00", "1.00"),
    ("o1", "p1", "2024-03-01", "b", 1, "5.00", "0.00"),
    ("o2", "p1", "2024-09-01", "a", 1, "10.00", "0.00"),
    ("o3", "p1", "2024-09-05", "a", 1, "-10.00", "0.00"),  # brought back
    ("o4", "p2", "2024-05-01", "b", 2, "10.00", "2.00"),
    ("o5", "p3", "2024-10-01", "c", 1, "30.00", "0.00"),  # cost unknown
    ("o6", "p4", "2022-01-01", "a", 1, "10.00", "0.00"),  # before the window
]


def lines() -> list[dict[str, object]]:
    names = ("order_id", "person_id", "ordered_at", "product_id", "quantity", "amount", "discount")
    return [dict(zip(names, row, strict=True)) | {"line_id": f"l{i}"} for i, row in enumerate(LINES)]


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("sides") / "ws"
    with Workspace.create(folder, time_zone="UTC") as ws:
        ws.load("products", PRODUCTS)
        ws.load("order_lines", lines())
        contacts = [("k1", "p1"), ("k2", "p1"), ("k3", "p2")]
        ws.load(
            "campaign_contacts",
            [
                {"contact_id": k, "campaign_id": "x", "person_id": p, "contacted_at": "2024-06-01 08:00:00"}
                for k, p in contacts
            ],
        )
        answers = [("p1", 10, "2024-05-01"), ("p1", 3, "2024-11-01"), ("p2", 9, "2024-05-01"), ("p3", 8, "2024-05-01")]
        ws.load(
            "survey_answers",
            [
                {"survey": "care", "question": "nps", "person_id": p, "score": s, "answered_at": f"{d} 00:00:00"}
                for p, s, d in answers
            ],
        )
        ws.resolve()
        ws.refresh(DAY)
        ws.segments.define("known", "frequency >= 1 and recency_days < 300")
        ws.segments.define("tea", "frequency >= 3")
    return folder


@pytest.fixture
def ws(shop: Path, tmp_path: Path) -> Workspace:
    return Workspace(copy_workspace(shop, tmp_path / "ws"))


def test_what_nobody_stated_is_unknown(ws: Workspace) -> None:
    found = ws.value.compare()
    whole = next(g for g in found.groups if not g.scheme)
    profit = whole.profit
    assert (profit.buyers, profit.orders) == (3, 5)
    assert (profit.sales, profit.returns, profit.revenue) == (Decimal("75.00"), Decimal("10.00"), Decimal("65.00"))
    assert profit.discounts == Decimal("3.00")
    assert profit.product_cost is None  # that of cups is not known
    assert profit.costed_share == pytest.approx((65 - 30) / 65)
    assert (profit.cost_to_serve, profit.margin, profit.contribution, profit.margin_rate) == (None,) * 4
    assert profit.cost_origin == "unknown"
    assert whole.satisfaction == ()
    assert whole.expected_value is None
    assert found.whales.of == "revenue"


def test_measured_costs_and_stated_drivers_give_the_contribution(ws: Workspace) -> None:
    ws.value.set_basis({"drivers": {"order": "1.50", "return": "3", "contact": "0.25"}})
    tea = next(g for g in ws.value.compare("tea").groups if g.scheme)
    profit = tea.profit
    # p1: 3 orders, 25 worth of them returned for 10; cost 2×4 + 1.5 + 4 + 4 (brought back goods are gone)
    assert profit.revenue == Decimal("25.00")
    assert profit.product_cost == Decimal("17.50")
    assert profit.by_driver == {"order": Decimal("4.50"), "return": Decimal("3.00"), "contact": Decimal("0.50")}
    assert profit.cost_to_serve == Decimal("8.00")
    assert profit.margin == Decimal("7.50")
    assert profit.contribution == Decimal("-0.50")
    assert profit.margin_rate == pytest.approx(7.5 / 25)
    assert profit.cost_origin == "measured"
    one = ws.value.customer("Pp1")
    assert (one.contribution, one.cost_to_serve, one.margin) == (
        profit.contribution,
        profit.cost_to_serve,
        profit.margin,
    )
    unknown = ws.value.customer("Pp3")
    assert (unknown.product_cost, unknown.margin, unknown.contribution) == (None, None, None)
    assert unknown.cost_to_serve == Decimal("1.50")


def test_a_stated_margin_counts_only_where_cost_is_not_measured(ws: Workspace) -> None:
    ws.value.set_basis({"margin_rate": 0.4})
    whole = next(g for g in ws.value.compare().groups if not g.scheme).profit
    assert whole.product_cost == Decimal("17.50") + Decimal("3.00") + Decimal("18.00")
    assert whole.cost_origin == "stated"
    assert ws.value.compare().whales.of == "margin"


def test_loyalty_is_counted_with_its_base(ws: Workspace) -> None:
    groups = ws.value.compare().groups
    loyalty = next(g for g in groups if not g.scheme).loyalty
    # ever bought: p1 (two days; a day that comes to less than 0 is no purchase), p2, p3, p4
    assert (loyalty.repeat.estimate, loyalty.repeat.n) == (0.25, 4)
    # the later half of the window begins on 2024-07-03: p1 and p2 bought before, p1 after too
    assert (loyalty.retention.estimate, loyalty.retention.n) == (0.5, 2)
    assert loyalty.repeat.low is not None
    assert loyalty.repeat.low < 0.25
    days = [
        (pd.Timestamp(DAY) - pd.Timestamp(d)).days for d in ("2024-03-01", "2024-05-01", "2024-10-01", "2022-01-01")
    ]
    assert loyalty.tenure_days == pytest.approx(np.mean(days))
    assert loyalty.tenure_share is not None
    assert loyalty.tenure_share == pytest.approx(np.mean(days) / max(days))  # of p4, who is the longest a customer
    assert loyalty.index == pytest.approx(100 * (0.25 + 0.5 + loyalty.tenure_share) / 3)


def test_the_index_does_not_change_with_what_is_compared(ws: Workspace) -> None:
    compared = [ws.value.compare(name).groups for name in (None, "known", "tea")]
    wholes = {next(g for g in groups if not g.scheme).loyalty.index for groups in compared}
    assert len(wholes) == 1
    of_tea = {g.loyalty.tenure_share for groups in compared for g in groups if g.scheme == "tea"}
    # p1 first bought on 2024-03-01, the first purchase of all was on 2022-01-01
    last = pd.Timestamp(DAY)
    assert of_tea == {(last - pd.Timestamp("2024-03-01")).days / (last - pd.Timestamp("2022-01-01")).days}


def test_the_newest_answer_of_a_customer_counts(ws: Workspace) -> None:
    ws.value.set_basis({"satisfaction": {"nps": {"survey": "care", "question": "nps"}}})
    nps = next(g for g in ws.value.compare().groups if not g.scheme).satisfaction[0]
    assert (nps.estimate, nps.n) == (pytest.approx(0.0), 3)  # 3 detracts, 9 promotes, 8 does neither
    assert ws.value.customer("Pp1").answers == {"nps": 3.0}
    assert ws.value.customer("Pp4").answers == {}


def test_scores_have_their_textbook_intervals() -> None:
    # Rocks 2016: variance of the score is p + d − (p − d)²; 60 promoters, 25 passives, 15 detractors of 100
    nps = satisfaction("nps", [(10, 40), (9, 20), (8, 25), (2, 15), (99, 7)])
    half = 196 * np.sqrt((0.6 + 0.15 - 0.45**2) / 100)
    assert (nps.estimate, nps.n) == (pytest.approx(45.0), 100)
    assert (nps.low, nps.high) == (pytest.approx(45 - half, abs=0.01), pytest.approx(45 + half, abs=0.01))
    csat = satisfaction("csat", [(5, 30), (4, 20), (1, 50)])
    assert (csat.estimate, csat.low, csat.high) == (
        0.5,
        pytest.approx(0.4038, abs=1e-3),
        pytest.approx(0.5962, abs=1e-3),
    )
    ces = satisfaction("ces", [(7, 2), (5, 2)])
    assert (ces.estimate, ces.low) == (6.0, pytest.approx(6 - 3.1824 * np.sqrt(4 / 3) / 2, abs=1e-3))
    assert satisfaction("nps", [(10, 1)]).estimate is None


def test_the_whale_curve_ends_at_the_whole(ws: Workspace) -> None:
    ws.value.set_basis({"margin_rate": 0.4, "drivers": {"order": "2.00"}})
    curve = ws.value.compare().whales
    assert curve.of == "contribution"
    assert curve.customers[-1] == 1
    assert curve.shares is not None
    assert curve.shares[-1] == pytest.approx(1)
    # p3: 12 − 2, p2: 7 − 2, p1: 7.5 − 6
    assert curve.shares == pytest.approx((10 / 16.5, 15 / 16.5, 1.0))


def test_refusals_say_what_is_wrong(ws: Workspace) -> None:
    for body in (
        {"drivers": {"order": -1}},
        {"drivers": {"moon": 1}},
        {"window_days": 3},
        {"margin_rate": 1},
        {"x": 1},
    ):
        with pytest.raises(SettingError) as error:
            ws.value.set_basis(body)
        assert error.value.code == "error.value.basis"
    with pytest.raises(UnknownNameError):
        ws.value.compare("nothing")
    with pytest.raises(UnknownNameError):
        ws.value.customer("'; DROP TABLE profiles --")


def test_every_query_is_portable() -> None:
    moment = Moment(pd.Timestamp(DAY).date(), "Asia/Shanghai")
    facts, ids, some = Relation("facts"), Relation("ids"), Relation("some")
    products = Relation("products", ("product_id", "unit_cost"))
    rows = Relation("rows", ("order_id", "product_id", "amount", "quantity", "discount", "coupon_discount"))
    drivers = {"order": Decimal(1), "contact": Decimal("0.1")}
    parts = dict.fromkeys(("orders", "lines", "contacts", "events", "loyalty"), some)
    for query in (
        order_money(facts, moment, 365),
        line_money(facts, rows, products, moment, 365),
        line_money(facts, Relation("rows", ("order_id", "amount")), None, moment, 365),
        dated_rows(some, ids, "contacted_at", moment, 365),
        loyalty_of(some, moment, 365),
        sides(some, parts, drivers, 0.3),  # type: ignore[arg-type]
        sides(some, {}, {}, None),
        side_totals(some, ids, drivers),  # type: ignore[arg-type]
        whale_parts(some, "margin"),
        answers_by_group(some, ids, facts, "s", "q"),
    ):
        assert portability_faults(query) == []
        compiles_for_spark(query)
