"""The tables of the demo as tests of traits ask them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

import duckdb
import pandas as pd

from qunxiang.identity import identities, order_facts, profiles
from qunxiang.model import TraitSet
from qunxiang.sql import Query, Relation
from qunxiang.sql.moment import Moment
from qunxiang.traits import (
    OwnTrait,
    TraitBasis,
    categories_query,
    channels_query,
    filled_columns,
    filled_query,
    standard_traits,
    stated_levels_query,
    trait_plan,
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
        asked = channels_query(loaded, moment=moment)
        channels = tuple(r[0] for r in self.rows(asked)) if asked else ()
        return standard_traits(TraitBasis(filled_columns(loaded, counts), names, levels, channels=channels), own)

    def traits(self, trait_set: TraitSet, as_of: date = AS_OF, **more) -> pd.DataFrame:
        plan = trait_plan(self.tables, trait_set, as_of=as_of, time_zone=self.time_zone, **more)
        for name, query in plan.first:
            self.connection.execute(f"CREATE OR REPLACE TEMP TABLE {name} AS {query.sql()}")
        return self.frame(plan.query).set_index("profile_id").sort_index()
