"""What a traits query promises beyond its numbers: dates, restriction, reproducibility, shape, both dialects."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pandas as pd
import pyarrow as pa
import pytest
from demo_tables import connect, load
from trait_world import AS_OF, World

from qunxiang.adapters.engines.portability import compiles_for_spark, portability_faults
from qunxiang.errors import UnknownNameError
from qunxiang.i18n import Label
from qunxiang.model import Family, TraitSet, Variable
from qunxiang.sql import Relation
from qunxiang.sql.moment import Moment
from qunxiang.tables import LOADED, arrow_schema
from qunxiang.traits import (
    TraitBasis,
    categories_query,
    coverage_query,
    define_variable,
    filled_query,
    histogram_query,
    levels_query,
    standard_traits,
    stated_levels_query,
    trait_plan,
    traits_contract,
)
from qunxiang.traits.prepare import OPTIONAL_COLUMNS


def fill(world: World, table: str, *rows: dict) -> None:
    schema = arrow_schema(LOADED[table])
    world.connection.register("rows_in", pa.Table.from_pylist(list(rows), schema=schema))
    world.connection.execute(f"CREATE OR REPLACE TABLE {table} AS SELECT * FROM rows_in")
    world.tables[table] = Relation(table)


def at(text: str) -> pd.Timestamp:
    return pd.Timestamp(text, tz="UTC")


def line(order: str, person: str, when: str, amount: str, **more) -> dict:
    return {
        "line_id": f"{order}-{more.get('product_id')}-{when}",
        "order_id": order,
        "person_id": person,
        "product_id": "1",
        "ordered_at": at(when),
        "quantity": 1.0,
        "amount": Decimal(amount),
    } | more


def test_shape_is_the_contract(demo: World, demo_set: TraitSet) -> None:
    query = trait_plan(demo.tables, demo_set, as_of=AS_OF, time_zone="UTC").query
    found = demo.connection.sql(query.sql()).to_arrow_table().schema
    assert [(f.name, f.type) for f in found] == [(f.name, f.type) for f in arrow_schema(traits_contract(demo_set))]


def test_shuffled_rows_give_the_same_traits(demo_set: TraitSet, demo_traits: pd.DataFrame) -> None:
    connection = connect()
    world = World(connection, load(connection, order="ORDER BY random()"))
    world.resolve()
    assert world.trait_set() == demo_set
    shuffled = world.traits(demo_set)
    pd.testing.assert_frame_equal(shuffled, demo_traits, check_exact=True)
    connection.close()


def test_facts_after_the_date_do_not_count(demo: World) -> None:
    as_of = date(2017, 6, 30)
    with_future = demo.traits(demo.trait_set(as_of), as_of)
    connection = connect()
    past = World(connection, load(connection))
    for table, column in (
        ("order_lines", "ordered_at"),
        ("campaign_contacts", "contacted_at"),
        ("responses", "responded_at"),
    ):
        connection.execute(f"DELETE FROM {table} WHERE {column} >= TIMESTAMPTZ '2017-07-01 00:00:00+00'")
    past.resolve()
    without = past.traits(past.trait_set(as_of), as_of)
    # a household known from demographics alone has no first day; once a later day is known it is left out before it
    gone = without.index.difference(with_future.index)
    assert set(gone) == {"P2292", "P2397"}
    assert (without.loc[gone, "frequency"] == 0).all()
    pd.testing.assert_frame_equal(with_future, without.drop(gone), check_exact=True)
    connection.close()


def test_restricted_to_some_profiles_equals_the_full_run(
    demo: World, demo_set: TraitSet, demo_traits: pd.DataFrame
) -> None:
    chosen = ["P1", "P900", "P2000"]
    demo.connection.execute(f"CREATE OR REPLACE TABLE chosen AS SELECT unnest({chosen}) AS profile_id")
    found = demo.traits(demo_set, only=Relation("chosen"))
    pd.testing.assert_frame_equal(found, demo_traits.loc[sorted(chosen)], check_exact=True)


def test_days_and_hours_are_local(small: World) -> None:
    # 2024-03-01 17:30 UTC is Saturday 2024-03-02 01:30 in Shanghai
    small.time_zone = "Asia/Shanghai"
    fill(small, "order_lines", line("a", "7", "2024-03-01 17:30", "10.00"), line("b", "8", "2024-03-02 16:00", "9.00"))
    small.resolve()
    basis = TraitBasis({"order_lines": frozenset()})
    found = small.traits(standard_traits(basis), date(2024, 3, 2))
    assert list(found.index) == ["P7"]  # the order of P8 is on 3 March in Shanghai
    row = found.loc["P7"]
    assert (row["recency_days"], row["weekend_share"], row["night_share"], row["peak_weekday"]) == (0, 1.0, 1.0, "Sat")


def test_a_customer_without_orders_has_counts_of_zero_and_the_rest_unknown(small: World) -> None:
    fill(small, "order_lines", line("a", "7", "2024-03-01 10:00", "10.00"))
    fill(small, "persons", {"person_id": "8", "gender": "F"})
    fill(small, "products", {"product_id": "1", "category": "生鲜"})
    small.resolve()
    found = small.traits(small.trait_set(date(2024, 3, 2)), date(2024, 3, 2)).loc["P8"]
    assert (found["frequency"], found["monetary"], found["orders_365d"], found["spend_生鲜"]) == (0, 0, 0, 0)
    assert found[["recency_days", "r_score", "basket_value", "spend_share_生鲜", "top_category"]].isna().all()
    assert found["gender"] == "F"


def test_returns_leave_shares_and_indices_in_their_range(small: World) -> None:
    """P7 returned more tea than it bought, P8 more than it bought at all; P9 bought tea, none by web."""
    fill(
        small,
        "order_lines",
        line("a", "7", "2024-03-01 10:00", "40.00", discount=Decimal(10), channel="web"),
        line("b", "7", "2023-07-01 10:00", "-60.00", product_id="2", channel="store"),
        line("c", "7", "2024-03-01 10:00", "10.00", product_id="3", channel="store"),
        line("d", "8", "2024-03-01 10:00", "-5.00", discount=Decimal(3), channel="web"),
        line("e", "9", "2024-03-01 10:00", "80.00", product_id="2", channel="store"),
    )
    kinds = (("1", "milk"), ("2", "tea"), ("3", None))
    fill(small, "products", *({"product_id": i, "category": c} for i, c in kinds))
    small.resolve()
    body = {"table": "order_lines", "where": "channel = 'web'", "window": {"last": 12, "unit": "months"}}
    variables = (
        {"id": "web_share", "metric": "share", "column": "amount"},
        {"id": "web_lines", "metric": "share"},
        {"id": "web_mean", "metric": "sum", "column": "amount", "over": {"table": "order_lines", "metric": "count"}},
    )
    own = tuple(define_variable(Variable.model_validate(body | v | {"label": Label.same(v["id"])})) for v in variables)
    day = date(2024, 3, 2)
    found = small.traits(small.trait_set(day, own), day, own_traits=own)
    assert found.loc["P7", ["spend_milk", "spend_tea", "spend_other"]].tolist() == [40, -60, 10]
    assert found.loc["P7", ["spend_share_milk", "spend_share_tea", "spend_share_other"]].tolist() == [0.8, 0, 0.2]
    assert (found.loc["P7", "top_category"], found.loc["P7", "top_category_share"]) == ("milk", 0.8)
    assert (found.loc["P7", "spend_trend"], found.loc["P8", "spend_trend"]) == (1.0, -1.0)
    assert found.loc["P8", ["spend_share_milk", "top_category_share", "discount_share", "web_share"]].isna().all()
    assert pd.isna(found.loc["P7", "discount_share"])
    assert found["web_share"].drop("P8").to_dict() == {"P7": 1.0, "P9": 0.0}
    assert found["web_lines"].to_dict() == pytest.approx({"P7": 1 / 3, "P8": 1.0, "P9": 0.0})
    assert found["web_mean"].to_dict() == pytest.approx({"P7": 40 / 3, "P8": -5.0, "P9": 0.0})


def test_margin_uses_costs_where_they_are_known(small: World) -> None:
    fill(
        small,
        "order_lines",
        line("a", "7", "2024-03-01 10:00", "10.00", quantity=2.0),
        line("b", "7", "2024-03-01 11:00", "99.00", product_id="2"),
        line("c", "8", "2024-03-01 11:00", "5.00", product_id="2"),
    )
    fill(small, "products", {"product_id": "1", "unit_cost": Decimal("3.50")}, {"product_id": "2"})
    small.resolve()
    chosen = small.trait_set(date(2024, 3, 2))
    assert "成本已知" in chosen.get("margin_proxy").definition.zh
    found = small.traits(chosen, date(2024, 3, 2))["margin_proxy"]
    assert found["P7"] == 3.00
    assert pd.isna(found["P8"])


def test_age_in_completed_years(small: World) -> None:
    fill(
        small,
        "persons",
        {"person_id": "1", "birth_date": date(1990, 3, 2)},
        {"person_id": "2", "birth_date": date(1990, 3, 3)},
        {"person_id": "3", "birth_date": date(2030, 1, 1)},
    )
    small.resolve()
    found = small.traits(small.trait_set(date(2024, 3, 2)), date(2024, 3, 2))["age_years"]
    assert (found["P1"], found["P2"]) == (34, 33)
    assert pd.isna(found["P3"])


def test_a_trait_without_its_tables_is_refused(demo: World, demo_set: TraitSet) -> None:
    tables = {n: r for n, r in demo.tables.items() if n != "order_lines"}
    with pytest.raises(UnknownNameError, match="discount_share"):
        trait_plan(tables, demo_set, as_of=AS_OF, time_zone="UTC")


def test_every_trait_says_what_it_is(demo_set: TraitSet) -> None:
    assert len({t.id for t in demo_set.traits}) == len(demo_set.traits)
    assert len({t.label.zh for t in demo_set.traits}) == len(demo_set.traits)
    for trait in demo_set.traits:
        for label in (trait.label, trait.unit, trait.definition, trait.when_missing):
            assert label.zh
            assert label.en
        assert set(trait.source) <= set(LOADED)
    assert {t.id for t in demo_set.traits if t.sensitive} == {"income_band", "marital_status"}
    assert {t.family for t in demo_set.traits} == {
        Family.BEHAVIOURAL,
        Family.SPENDING,
        Family.PROMOTION,
        Family.DEMOGRAPHIC,
    }
    assert demo_set.get("income_band").levels[:3] == ("Under 15K", "15-24K", "25-34K")
    assert "没有成本数据" in demo_set.get("margin_proxy").definition.zh


def test_every_query_compiles_to_both_dialects(demo: World, demo_set: TraitSet) -> None:
    moment, traits = Moment(AS_OF, "Asia/Shanghai"), Relation("traits")
    everything = {
        n: Relation(n)
        for n in (*LOADED, "places", "industries", "customer_value", "profiles", "identities", "order_facts")
    }
    columns = {n: frozenset(c) for n, c in OPTIONAL_COLUMNS.items()}
    every_trait = standard_traits(
        TraitBasis(
            {n: columns.get(n, frozenset()) for n in (*LOADED, "places", "industries", "customer_value")},
            ("生鲜", "A b"),
        )
    )
    assert len(every_trait.traits) >= 60
    for query in (
        trait_plan(everything, every_trait, as_of=AS_OF, time_zone="UTC").query,
        trait_plan(demo.tables, demo_set, as_of=AS_OF, time_zone="Asia/Shanghai", only=Relation("chosen")).query,
        filled_query(demo.loaded),
        categories_query(demo.loaded, moment=moment),
        stated_levels_query(demo.loaded),
        coverage_query(traits, demo_set),
        levels_query(traits, demo_set),
        histogram_query(traits, demo_set, "monetary"),
    ):
        assert portability_faults(query) == []
        spark = compiles_for_spark(query)
        assert "PERCENTILE_APPROX" not in spark
        assert "AT TIME ZONE" not in spark
