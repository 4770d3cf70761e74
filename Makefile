# Two commands for a newcomer: `make demo` and `make test`. Both build .venv in this folder.
PYTHON ?= python3.11
BIN := .venv/bin
export PIP_DISABLE_PIP_VERSION_CHECK := 1
export PYTHONDONTWRITEBYTECODE := 1
DEMO_ARGS ?=
TEST_ARGS ?=
# Two workers suit two cores. A file stays with one of them, so that what its tests share is built once;
# the files stay in the order of tests/conftest.py, longest first.
WORKERS ?= 2

.PHONY: demo serve test test-full check lint format types imports tests bench lock docs-pictures clean system

demo: .venv/demo.stamp
	$(BIN)/qunxiang demo $(DEMO_ARGS)

test: system check

test-full: system .venv/dev.stamp
	$(BIN)/pytest -n $(WORKERS) --dist loadfile --no-loadscope-reorder -m "full or not full" $(TEST_ARGS)

check: lint types imports tests

lint: .venv/dev.stamp
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/python scripts/vendor_assets.py --check

format: .venv/dev.stamp
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

types: .venv/dev.stamp
	$(BIN)/mypy

imports: .venv/dev.stamp
	$(BIN)/lint-imports

tests: .venv/dev.stamp
	$(BIN)/pytest -n $(WORKERS) --dist loadfile --no-loadscope-reorder -m "not full" $(TEST_ARGS)

bench: .venv/dev.stamp
	$(BIN)/python -m benchmarks

# Locks are made without index addresses; run after changing dependencies in pyproject.toml.
lock: .venv/dev.stamp
	PATH="$(CURDIR)/$(BIN):$$PATH" sh scripts/lock.sh

docs-pictures: .venv/dev.stamp
	$(BIN)/python scripts/take_pictures.py

# Chromium, fonts and PostgreSQL for the tests: found, installed when this user may, or named.
system:
	sh scripts/system_packages.sh

.venv/bin/python:
	$(PYTHON) -m venv .venv

.venv/demo.stamp: requirements/demo.lock pyproject.toml | .venv/bin/python
	$(BIN)/pip install --quiet --require-hashes -r requirements/demo.lock
	$(BIN)/pip install --quiet --no-deps --no-build-isolation --no-index --editable .
	touch $@

.venv/dev.stamp: requirements/dev.lock pyproject.toml | .venv/bin/python
	$(BIN)/pip install --quiet --require-hashes -r requirements/dev.lock
	$(BIN)/pip install --quiet --no-deps --no-build-isolation --no-index --editable .
	touch $@ .venv/demo.stamp

clean:
	rm -rf .venv build dist .mypy_cache .ruff_cache .pytest_cache .import_linter_cache demo-workspace
