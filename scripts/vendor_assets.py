"""Re-create or verify the third-party files of the web app.

``python scripts/vendor_assets.py`` fetches the pinned packages with npm, writes the files under ``static/vendor/`` and
records each in ``vendor.lock``. ``--check`` needs no network: it compares every file with the lock and fails on a
changed, missing or unlisted one.
"""

from __future__ import annotations

import hashlib
import json
import re
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
VENDOR = ROOT / "src/qunxiang/web/static/vendor"
LOCK = VENDOR / "vendor.lock"
ENTRY = Path(__file__).with_name("echarts_entry.js")

PINS = {"echarts": "6.1.0", "htmx.org": "4.0.1", "@tabler/core": "1.6.1", "@tabler/icons": "3.51.0"}
BUNDLER = "esbuild@0.28.2"
LICENCES = {
    "echarts": "Apache-2.0",
    "zrender": "BSD-3-Clause",
    "tslib": "0BSD",
    "htmx.org": "0BSD",
    "@tabler/core": "MIT",
    "@tabler/icons": "MIT",
}
LICENCE_TEXTS = {  # package: files of the package whose text must travel with it
    "echarts": ("LICENSE", "NOTICE", "licenses/LICENSE-d3"),
    "zrender": ("LICENSE",),
    "tslib": ("LICENSE.txt",),
    "htmx.org": ("LICENSE",),
    "@tabler/icons": ("LICENSE",),
}
ICONS = tuple(Path(__file__).with_name("icons.txt").read_text("utf-8").split())


def run(command: list[str], cwd: Path) -> None:
    """Run a command and stop with its output when it fails."""
    done = subprocess.run(command, cwd=cwd, capture_output=True, text=True, check=False)
    if done.returncode:
        raise SystemExit(f"{' '.join(command)} failed:\n{done.stdout}\n{done.stderr}")


def fetch(folder: Path) -> Path:
    """Install the pinned packages into `folder` and return its node_modules."""
    (folder / "package.json").write_text('{"private": true}')
    wanted = [f"{name}@{version}" for name, version in PINS.items()] + [BUNDLER]
    run(["npm", "install", "--no-save", "--ignore-scripts", "--no-audit", "--no-fund", *wanted], folder)
    return folder / "node_modules"


def bundle_echarts(modules: Path, target: Path) -> None:
    """Bundle the chart types that are used as one ES module."""
    entry = modules.parent / "entry.js"
    shutil.copyfile(ENTRY, entry)
    command = ["node_modules/.bin/esbuild", "entry.js", "--bundle", "--minify", "--format=esm", "--target=es2022"]
    command += ["--legal-comments=none", "--define:process.env.NODE_ENV='production'"]
    run(
        [*command, "--banner:js=/*! Apache ECharts, zrender, tslib: see licences/ */", "--outfile=echarts.js"],
        modules.parent,
    )
    shutil.copyfile(modules.parent / "echarts.js", target)


def sprite(modules: Path) -> str:
    """Return one SVG file with a symbol per icon, its id the icon's name."""
    symbols = []
    for name in ICONS:
        text = (modules / f"@tabler/icons/icons/outline/{name}.svg").read_text("utf-8")
        inner = re.sub(r"^.*?<svg[^>]*>|</svg>\s*$", "", text, flags=re.DOTALL)
        inner = re.sub(r'\s*<path stroke="none" d="M0 0h24v24H0z" fill="none"\s*/>', "", inner)
        body = "".join(line.strip() for line in inner.splitlines())
        drawn = 'fill="none" stroke="currentColor" stroke-width="1.75" stroke-linecap="round" stroke-linejoin="round"'
        symbols.append(f'<symbol id="{name}" viewBox="0 0 24 24" {drawn}>{body}</symbol>')
    return '<svg xmlns="http://www.w3.org/2000/svg">\n' + "\n".join(symbols) + "\n</svg>\n"


def write_licences(modules: Path) -> list[tuple[Path, str, str]]:
    """Copy the licence texts; return (file, package, source file) of each."""
    written = []
    folder = VENDOR / "licences"
    folder.mkdir(exist_ok=True)
    for package, names in LICENCE_TEXTS.items():
        for name in names:
            target = folder / f"{package.strip('@').replace('/', '-')}-{Path(name).name}.txt".replace(
                ".txt.txt", ".txt"
            )
            shutil.copyfile(modules / package / name, target)
            written.append((target, package, name))
    return written


def version_of(modules: Path, package: str) -> str:
    """Return the installed version of a package."""
    return str(json.loads((modules / package / "package.json").read_text("utf-8"))["version"])


def digest(path: Path) -> str:
    """Return the SHA-256 of a file as hex."""
    return hashlib.sha256(path.read_bytes()).hexdigest()


def create() -> None:
    """Fetch, build and lock every vendored file."""
    VENDOR.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as name:
        modules = fetch(Path(name))
        bundle_echarts(modules, VENDOR / "echarts.js")
        shutil.copyfile(modules / "htmx.org/dist/htmx.min.js", VENDOR / "htmx.js")
        css = (modules / "@tabler/core/dist/css/tabler.min.css").read_text("utf-8")
        (VENDOR / "tabler.css").write_text(re.sub(r"/\*# sourceMappingURL=.*?\*/\s*", "", css), "utf-8")
        (VENDOR / "icons.svg").write_text(sprite(modules), "utf-8")
        files = [
            (VENDOR / "echarts.js", "echarts", f"scripts/{ENTRY.name} bundled by {BUNDLER}, with zrender and tslib"),
            (VENDOR / "htmx.js", "htmx.org", "dist/htmx.min.js"),
            (VENDOR / "tabler.css", "@tabler/core", "dist/css/tabler.min.css"),
            (VENDOR / "icons.svg", "@tabler/icons", "icons/outline, the icons named in scripts/icons.txt"),
            *write_licences(modules),
        ]
        entries = [
            {
                "file": str(path.relative_to(VENDOR)),
                "package": package,
                "version": version_of(modules, package),
                "licence": LICENCES[package],
                "source": source,
                "sha256": digest(path),
            }
            for path, package, source in files
        ]
    LOCK.write_text(json.dumps(entries, indent=2) + "\n", "utf-8")


def problems() -> list[str]:
    """Return what differs between the vendored files and the lock; empty when they agree."""
    entries = {entry["file"]: entry for entry in json.loads(LOCK.read_text("utf-8"))}
    found = {str(p.relative_to(VENDOR)) for p in VENDOR.rglob("*") if p.is_file() and p != LOCK}
    missing = [f"{name} is in vendor.lock but not on disk" for name in sorted(entries.keys() - found)]
    unlisted = [f"{name} is not in vendor.lock" for name in sorted(found - entries.keys())]
    changed = [
        f"{name} differs from vendor.lock"
        for name in sorted(found & entries.keys())
        if digest(VENDOR / name) != entries[name]["sha256"]
    ]
    return missing + unlisted + changed


def main(arguments: list[str]) -> int:
    """Create the files, or verify them with ``--check``."""
    if arguments == ["--check"]:
        wrong = problems()
        print("\n".join(wrong) if wrong else "vendored files agree with vendor.lock")
        return 1 if wrong else 0
    if arguments:
        print("usage: vendor_assets.py [--check]", file=sys.stderr)
        return 2
    create()
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
