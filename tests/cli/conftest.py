"""A small shop: twelve customers and their orders, loaded and refreshed once."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from shop_commands import AS_OF, Answer, Run
from shop_orders import write_orders

from qunxiang.cli.main import main


@pytest.fixture
def run(capsys: pytest.CaptureFixture[str]) -> Run:
    """Return a function that runs a command line in English and gives its exit code, stdout and stderr."""

    def call(*words: str | Path, lang: str = "en") -> Answer:
        code = main([*map(str, words), "--lang", lang])
        out, err = capsys.readouterr()
        return Answer(code, out, err)

    return call


@pytest.fixture(scope="session")
def shop_made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a shop's workspace; read it only."""
    base = tmp_path_factory.mktemp("shop")
    folder = base / "acme"
    orders = write_orders(base / "orders.csv")
    for words in (
        ["init", folder, "--time-zone", "UTC", "--lang", "en"],
        ["load", "orders", orders, "-w", folder],
        ["resolve", "-w", folder],
        ["refresh", "--as-of", AS_OF, "-w", folder],
        ["segment", "classify", "loyalty", "-w", folder],
        ["user", "add", "vera", "--role", "viewer", "-w", folder],
    ):
        assert main([*map(str, words), "-q"]) == 0
    return folder


@pytest.fixture
def shop(shop_made: Path, tmp_path: Path) -> Path:
    """Return a copy of the shop's workspace to write to."""
    return Path(shutil.copytree(shop_made, tmp_path / "acme"))
