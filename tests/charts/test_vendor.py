"""The vendored files agree with their lock, carry licences, and the first load of a page stays small."""

from __future__ import annotations

import gzip
import importlib.util
import json
import re
from pathlib import Path
from types import ModuleType

import pytest

ROOT = Path(__file__).parents[2]
STATIC = ROOT / "src/qunxiang/web/static"


@pytest.fixture(scope="module")
def vendor_assets() -> ModuleType:
    found = importlib.util.spec_from_file_location("vendor_assets", ROOT / "scripts/vendor_assets.py")
    assert found is not None
    assert found.loader is not None
    module = importlib.util.module_from_spec(found)
    found.loader.exec_module(module)
    return module


def test_files_agree_with_the_lock(vendor_assets: ModuleType) -> None:
    assert vendor_assets.problems() == []


def test_a_changed_file_is_noticed(vendor_assets: ModuleType, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "one.js").write_text("1")
    (tmp_path / "unlisted.js").write_text("2")
    lock = tmp_path / "vendor.lock"
    lock.write_text(json.dumps([{"file": "one.js", "sha256": "0" * 64}, {"file": "gone.js", "sha256": "0" * 64}]))
    monkeypatch.setattr(vendor_assets, "VENDOR", tmp_path)
    monkeypatch.setattr(vendor_assets, "LOCK", lock)
    assert vendor_assets.problems() == [
        "gone.js is in vendor.lock but not on disk",
        "unlisted.js is not in vendor.lock",
        "one.js differs from vendor.lock",
    ]


def test_every_entry_has_version_licence_and_source() -> None:
    for entry in json.loads((STATIC / "vendor/vendor.lock").read_text("utf-8")):
        assert re.fullmatch(r"\d+\.\d+\.\d+", entry["version"])
        assert entry["licence"] in {"Apache-2.0", "BSD-3-Clause", "0BSD", "MIT"}
        assert entry["source"]


def test_the_first_load_is_under_450_kilobytes_compressed() -> None:
    loaded = [path for path in STATIC.rglob("*") if path.suffix in {".js", ".css", ".svg"}]
    assert sum(len(gzip.compress(path.read_bytes(), 6)) for path in loaded) < 450_000


def test_templates_use_only_icons_of_the_sprite() -> None:
    sprite = set(re.findall(r'<symbol id="([^"]+)"', (STATIC / "vendor/icons.svg").read_text("utf-8")))
    for path in (ROOT / "src/qunxiang/web/templates").rglob("*.html"):
        used = set(re.findall(r'icon\("([a-z0-9-]+)"', path.read_text("utf-8")))
        assert used <= sprite, path.name
