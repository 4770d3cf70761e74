#!/bin/sh
# Write the hash-checked locks: base (the library), demo (with the demo data), dev (with everything CI runs).
set -eu
cd "$(dirname "$0")/.."
lock() {
    name=$1
    shift
    uv pip compile pyproject.toml "$@" --python-version 3.11 --universal --generate-hashes --no-emit-index-url \
        --no-emit-find-links --no-header --no-annotate --quiet --output-file "requirements/$name.lock"
}
lock base --group build
lock demo --group build --extra demo
lock dev --group build --extra demo --group dev
