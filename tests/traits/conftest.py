"""The demo's traits, computed once for the room."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date

import duckdb
import pandas as pd
import pytest
from demo_tables import connect, load

from qunxiang.identity import identities, order_facts, profiles
from qunxiang.model import TraitSet
from qunxiang.sql import Query, Relation
from qunxiang.sql.moment import Moment
from qunxiang.traits import (
    OwnTrait,
    TraitBasis,
    categories_query,
    filled_columns,
    filled_query,
    standard_traits,
    stated_levels_query,
    trait_query,
)

AS_OF = date(2018, 1, 1)


@dataclass
class World:
    """A plain engine connection with the demo's loaded and resolved tables."""

    connection: duckdb.DuckDBPyConnection
    tables: dict[str, Relation]
    time_zone: str = "UTC"

    def keep(self, name: str, query: Query) -> None:
        self.connection.execute(f"CREATE OR REPLACE TABLE {name} AS {query.sql()}")
        self.tables[name] = Relation(name)

    def frame(self, query: Query) -> pd.DataFrame:
        return self.connection.sql(query.sql()).df()

    def rows(self, query: Query) -> list[tuple]:
        return self.connection.execute(query.sql()).fetchall()

    def resolve(self) -> None:
        loaded = self.loaded
        self.keep("identities", identities(loaded))
        self.keep("profiles", profiles(loaded, time_zone=self.time_zone))
        if "orders" in loaded or "order_lines" in loaded:
            self.keep("order_facts", order_facts(loaded, self.tables["identities"]))

    @property
    def loaded(self) -> dict[str, Relation]:
        return {n: r for n, r in self.tables.items() if n not in ("identities", "profiles", "order_facts")}

    def trait_set(self, as_of: date = AS_OF, own: tuple[OwnTrait, ...] = ()) -> TraitSet:
        loaded, moment = self.loaded, Moment(as_of, self.time_zone)
        counted = filled_query(loaded)
        counts = self.frame(counted).iloc[0].to_dict() if counted else {}
        ranked = categories_query(loaded, moment=moment)
        levels: dict[str, tuple[str, ...]] = {}
        stated = stated_levels_query(loaded)
        for trait, level in self.rows(stated) if stated else ():
            levels[trait] = (*levels.get(trait, ()), level)
        names = tuple(r[0] for r in self.rows(ranked)) if ranked else ()
        return standard_traits(TraitBasis(filled_columns(loaded, counts), names, levels), own)

    def traits(self, trait_set: TraitSet, as_of: date = AS_OF, **more) -> pd.DataFrame:
        query = trait_query(self.tables, trait_set, as_of=as_of, time_zone=self.time_zone, **more)
        return self.frame(query).set_index("profile_id").sort_index()


@pytest.fixture(scope="session")
def demo() -> Iterator[World]:
    connection = connect()
    world = World(connection, load(connection))
    world.resolve()
    yield world
    connection.close()


@pytest.fixture(scope="session")
def demo_set(demo: World) -> TraitSet:
    return demo.trait_set()


@pytest.fixture(scope="session")
def demo_traits(demo: World, demo_set: TraitSet) -> pd.DataFrame:
    return demo.traits(demo_set)


@pytest.fixture
def small() -> Iterator[World]:
    """Empty tables of the loaded contracts, to be filled by hand."""
    connection = connect()
    yield World(connection, {})
    connection.close()
