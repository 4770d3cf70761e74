"""Value of a million customers written as traits, with the time and memory it takes: at most 30 s and 2 GB.

Measured is what a refresh does for value: from the orders in the lake to a committed table of traits with probability
alive, expected purchases, expected value and their intervals. Orders are simulated and written before the clock starts.
"""

from __future__ import annotations

import resource
import sys
import tempfile
import time
from datetime import date
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from qunxiang.model import TraitSet
from qunxiang.model.value import CustomerValue, FittedParameters, ForecastError, Tracking, ValueEvidence
from qunxiang.services.value_traits import read_value
from qunxiang.services.writing import write_table
from qunxiang.sql import Relation, select
from qunxiang.sql.moment import Moment
from qunxiang.tables import IDENTITIES, ORDER_FACTS, PROFILES
from qunxiang.traits import CUSTOMER_VALUE, TraitBasis, standard_traits, trait_plan, traits_contract
from qunxiang.workspace import Workspace

CUSTOMERS = 1_000_000
DAYS = 365
BEGIN = date(2024, 1, 1)
MOST_SECONDS = 30.0
MOST_MB = 2048.0
TRUTH = {"r": 0.5, "alpha": 40.0, "a": 0.8, "b": 2.5}


def orders(seed: int) -> pa.Table:
    """Return the orders of customers who buy as BG/NBD supposes, money as gamma-gamma does."""
    chance = np.random.default_rng(seed)
    now = chance.integers(0, DAYS // 3, CUSTOMERS).astype(np.float64)
    rate = chance.gamma(TRUTH["r"], 1 / TRUTH["alpha"], CUSTOMERS)
    leaving = chance.beta(TRUTH["a"], TRUTH["b"], CUSTOMERS)
    scale = 1 / chance.gamma(4.0, 1 / 100, CUSTOMERS)
    alive = np.arange(CUSTOMERS)
    who, when = [alive.copy()], [now.copy()]
    while len(alive):
        now[alive] += chance.exponential(1 / rate[alive])
        alive = alive[now[alive] < DAYS]
        who.append(alive.copy())
        when.append(now[alive].copy())
        alive = alive[chance.random(len(alive)) >= leaving[alive]]
    customers, moments = np.concatenate(who), np.concatenate(when)
    amounts = np.round(chance.gamma(3.0, scale[customers] * 10), 2) + 0.01
    start = np.datetime64("2024-01-01T00:00:00", "us")
    at = start + (moments * 86_400_000_000).astype("timedelta64[us]")
    n = len(customers)
    ids = pc.binary_join_element_wise("P", pc.cast(pa.array(customers), pa.string()), "")
    return pa.table(
        {
            "order_id": pc.binary_join_element_wise("o", pc.cast(pa.array(np.arange(n)), pa.string()), ""),
            "profile_id": ids,
            "ordered_at": pa.array(at, pa.timestamp("us", "UTC")),
            "amount": pc.cast(pc.round(pa.array(amounts), 2), pa.decimal128(18, 2), safe=False),
        }
    )


def fitted() -> CustomerValue:
    """Return a fit with known parameters and some uncertainty."""

    def parameters(params: dict[str, float]) -> FittedParameters:
        square = tuple(tuple(1e-4 if i == j else 0.0 for j in range(len(params))) for i in range(len(params)))
        return FittedParameters(
            params=params, intervals=dict.fromkeys(params), covariance=square, log_likelihood=-1.0, n_customers=1
        )

    nothing = ForecastError(customers=1, actual=1, expected=1, error=0, rmse=1, as_before=1, rmse_as_before=1)
    evidence = ValueEvidence(
        run=1,
        first_day=BEGIN,
        customers=1,
        repeaters=1,
        histories=1,
        correlation=None,
        no_money=None,
        cautions=(),
        tracking=Tracking(period_days=7, ends=(), actual=(), expected=()),
        hold_out=(),
        error=nothing,
        members_as_of=None,
        errors=(),
        worth=(),
        cohorts=(),
    )
    repeats, money = parameters(TRUTH), parameters({"p": 3.0, "q": 4.0, "v": 100.0})
    return CustomerValue(
        model="bg_nbd",
        horizon=12,
        unit="month",
        discount_rate=0.1,
        as_of=date(2024, 12, 31),
        calibration_end=date(2024, 9, 30),
        repeats=repeats,
        money=money,
        calibration=repeats,
        calibration_money=money,
        evidence=evidence,
    )


def peak_mb() -> float:
    """Return the largest memory of this process so far in MB."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def main() -> int:
    with tempfile.TemporaryDirectory() as folder, Workspace.create(Path(folder) / "ws", time_zone="UTC") as ws:
        house = ws.house
        with house.engine.session() as session:
            table = orders(0)
            session.register("made_orders", table)
            n_orders = table.num_rows
            facts = write_table(
                house, session, ORDER_FACTS, select("SELECT * FROM o__ AS o", o=Relation("made_orders"))
            )
            everybody = select(
                "SELECT DISTINCT o.profile_id, CAST('person' AS VARCHAR) AS kind, DATE '2024-01-01' AS first_seen,"
                " DATE '2024-12-31' AS last_seen FROM o__ AS o",
                o=Relation("made_orders"),
            )
            profiles = write_table(house, session, PROFILES, everybody)
        del table
        before = peak_mb()
        begun = time.perf_counter()
        with house.engine.session() as session:
            tables = {}
            for name, version in ((ORDER_FACTS.name, facts), (PROFILES.name, profiles)):
                bound = house.lake.at(name, version)
                session.bind(name, bound)
                tables[name] = Relation(name, bound.columns)
            moment = Moment(date(2024, 12, 31), "UTC")
            worth = read_value(session, tables, moment, fitted())
            assert worth is not None
            tables[CUSTOMER_VALUE] = worth
            basis = TraitBasis({CUSTOMER_VALUE: frozenset(), "orders": frozenset()})
            wanted = TraitSet(traits=tuple(t for t in standard_traits(basis).traits if t.family == "value"))
            tables[IDENTITIES.name] = Relation("no_identities")  # named by no trait of value
            plan = trait_plan(tables, wanted, as_of=moment.as_of, time_zone="UTC")
            assert not plan.first
            version = write_table(house, session, traits_contract(wanted), plan.query)
            seconds = time.perf_counter() - begun
            rows = house.lake.at("traits", version).rows
        peak = peak_mb()
    print(
        f"{rows:,} customers, {n_orders:,} orders: value written as {len(wanted.traits)} traits in {seconds:.1f} s"
        f" (at most {MOST_SECONDS:.0f}), largest memory of the process {peak:,.0f} MB (at most {MOST_MB:,.0f};"
        f" making the orders took up to {before:,.0f} MB)"
    )
    return int(seconds > MOST_SECONDS or peak > MOST_MB or rows < CUSTOMERS)


if __name__ == "__main__":
    sys.exit(main())
