"""Own variables of order lines are the same, whatever tells whose a line is."""

from __future__ import annotations

from datetime import date

import pandas as pd
import pytest
from trait_world import World

from qunxiang.i18n import Label
from qunxiang.identity import order_facts
from qunxiang.model import TraitSet, Variable
from qunxiang.sql import Relation
from qunxiang.tables import LOADED
from qunxiang.traits import OwnTrait, define_variable
from qunxiang.traits.measuring import Naming

AS_OF = date(2024, 3, 31)

LINES = """SELECT 'l' || i AS line_id, 'o' || (i // 2) AS order_id, ['a', 'b', 'c', 'd'][1 + (i // 2) % 4] AS person_id,
  TIMESTAMPTZ '2024-01-01 08:00:00+00' + to_days((i * 7 % 100)::INTEGER) AS ordered_at,
  ['x', 'y', 'z', NULL][1 + i % 4] AS product_id, (i % 11)::DECIMAL(18, 2) AS amount,
  ['web', 'app', NULL][1 + i % 3] AS channel
FROM range(60) AS r(i)"""

MEASURES = {
    "n": {"metric": "count", "where": "channel = 'web'", "window": {"last": 30}},
    "total": {"metric": "sum", "column": "amount"},
    "middle": {"metric": "median", "column": "amount"},
    "high": {"metric": "quantile", "quantile": 0.9, "column": "amount"},
    "articles": {"metric": "distinct", "column": "product_id"},
    "articles_30d": {"metric": "distinct", "column": "product_id", "window": {"last": 30}},
    "usual": {"metric": "most_frequent", "column": "channel"},
    "newest": {"metric": "last", "column": "channel"},
    "part": {"metric": "share", "column": "amount", "where": "channel = 'app'"},
}


def variables() -> list[OwnTrait]:
    bodies = [{"id": n, "label": Label.same(n), "table": "order_lines", **body} for n, body in MEASURES.items()]
    return [define_variable(Variable.model_validate(b)) for b in bodies]


@pytest.fixture
def shop(small: World) -> World:
    columns = ", ".join(f'"{c.name}" {c.type.sql}' for c in LOADED["order_lines"].columns)
    small.connection.execute(f"CREATE TABLE order_lines ({columns})")
    small.connection.execute(f"INSERT INTO order_lines BY NAME {LINES}")
    small.tables["order_lines"] = Relation("order_lines")
    small.resolve()
    return small


def computed(world: World, naming: Naming) -> pd.DataFrame:
    own = variables()
    return world.traits(TraitSet(traits=tuple(t.definition for t in own)), AS_OF, own_traits=own, naming=naming)


@pytest.mark.parametrize("single", [None, frozenset(), frozenset({"person_id"})])
def test_lines_that_name_their_customer_count_as_their_orders_do(shop: World, single: frozenset[str] | None) -> None:
    expected = computed(shop, Naming())
    assert len(expected) == 4
    assert expected["total"].sum() == sum(i % 11 for i in range(60) if i * 7 % 100 <= 90)
    pd.testing.assert_frame_equal(computed(shop, Naming("person_id", single)), expected)


def test_several_identifiers_of_a_profile_are_counted_together(shop: World) -> None:
    shop.connection.execute("UPDATE identities SET profile_id = 'Pb' WHERE id_value IN ('a', 'c')")
    shop.connection.execute("DELETE FROM identities WHERE id_value = 'd'")  # whose lines are nobody's
    shop.keep("order_facts", order_facts(shop.loaded, shop.tables["identities"]))
    expected = computed(shop, Naming())
    found = computed(shop, Naming("person_id", frozenset()))
    pd.testing.assert_frame_equal(found, expected)
    ours = shop.connection.execute(
        "SELECT median(amount), count(DISTINCT product_id) FROM order_lines"
        " WHERE person_id <> 'd' AND ordered_at < '2024-04-01'"
    ).fetchone()
    assert (float(found.loc["Pb", "middle"]), found.loc["Pb", "articles"]) == ours
    assert found.loc[["Pa", "Pc", "Pd"], "total"].sum() == 0
