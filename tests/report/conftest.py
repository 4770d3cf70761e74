"""One small workspace for all tests that only read it."""

import functools
from collections.abc import Iterator

import pytest
from report_world import Reports, made, written

from qunxiang.workspace import Workspace


@pytest.fixture(scope="session")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Workspace]:
    with made(
        tmp_path_factory.mktemp("report"), notice=("演示说明：数据为虚构。", "Demo: the data are made up.")
    ) as ws:
        ws.segments.classify("value_tier", why="先看价值")
        yield ws


@pytest.fixture(scope="session")
def reports(world: Workspace) -> Reports:
    return functools.cache(lambda format, lang: written(world, "value_tier", format, lang))
