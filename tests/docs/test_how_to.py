"""The Python of every how-to runs in a folder with the samples and the workspace of the tutorial."""

from __future__ import annotations

import shutil
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
import yaml
from docs_pages import DOCS, SAMPLES, blocks

import qunxiang as qx

PAGES = [p for p in sorted((DOCS / "how-to").glob("*.md")) if blocks(p, "python")]
WITH_YAML = [p for p in sorted((DOCS / "how-to").glob("*.md")) if blocks(p, "yaml")]


@pytest.fixture(scope="module")
def prepared(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("how-to")
    shutil.copytree(SAMPLES, folder / "samples")
    with qx.Workspace.create(folder / "shop", lang="en") as ws:
        ws.load("orders", SAMPLES / "orders.csv")
        ws.load("persons", SAMPLES / "members.csv", encoding="gbk")
        ws.resolve()
        ws.refresh("2026-06-30")
        ws.segments.fit("groups", traits=["recency_days", "frequency", "basket_value"], n_pairs=20, n_restarts=5)
    return folder


@pytest.mark.parametrize("page", PAGES, ids=lambda p: p.stem)
def test_python_runs(page: Path, prepared: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = tmp_path / "here"
    shutil.copytree(prepared, folder)
    monkeypatch.chdir(folder)
    sample = compile("\n".join(blocks(page, "python")), str(page), "exec")
    with ThreadPoolExecutor(1) as alone:  # where no browser of another test has its event loop
        alone.submit(exec, sample, {"__name__": "how_to"}).result()


@pytest.mark.parametrize("page", WITH_YAML, ids=lambda p: p.stem)
def test_yaml_is_taken(page: Path, prepared: Path, tmp_path: Path) -> None:
    folder = Path(shutil.copytree(prepared / "shop", tmp_path / "shop"))
    with qx.Workspace(folder) as ws:
        for block in blocks(page, "yaml"):
            given = yaml.safe_load(block)
            if "gates" in given:
                assert ws.quality.set_gates(given["gates"]).body["gates"]
                continue
            if "kind" not in given:  # the body alone, as the command of the page takes it
                assert ws.value.set_basis(given).version
                continue
            file = tmp_path / "documents" / given["kind"] / f"{given['id']}.yaml"
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text(block, "utf-8")
            assert [(s.kind, s.id) for s in ws.definitions.apply(file.parents[1])] == [(given["kind"], given["id"])]


def test_samples_are_as_their_script_makes_them(tmp_path: Path) -> None:
    from docs_pages import script

    script("build_samples").build(tmp_path)
    for made in tmp_path.iterdir():
        assert made.read_bytes() == (SAMPLES / made.name).read_bytes()
    assert {p.name for p in tmp_path.iterdir()} == {p.name for p in SAMPLES.iterdir()}
