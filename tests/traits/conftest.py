"""The demo's traits, computed once for the room."""

from __future__ import annotations

from collections.abc import Iterator

import pandas as pd
import pytest
from demo_tables import connect, load
from trait_world import World

from qunxiang.model import TraitSet


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
