# Everything starts here: `make help` lists the targets.
PYTHON ?= python3
PORT ?= 8080
DATA ?= var/data
VENV := .venv
BIN := $(VENV)/bin
PIP := $(BIN)/python -m pip --disable-pip-version-check

# Tests start dozens of processes: none of them is to compile everything anew.
unexport PYTHONDONTWRITEBYTECODE

.DEFAULT_GOAL := help
.PHONY: help run test check fix bench bench-large torture docs lock clean

help: ## List the targets.
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-11s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

run: $(VENV)/.run ## Serve the demo on 127.0.0.1:8080; PORT= and DATA= override.
	@exec $(BIN)/guerdon serve --demo --host 127.0.0.1 --port $(PORT) --data $(DATA)

test: $(VENV)/.dev check ## Lint, types and the whole test suite.
	$(BIN)/python -m pytest -n 4 --dist worksteal -q

check: $(VENV)/.dev ## Lint, format and types only.
	$(BIN)/ruff format --check -q .
	$(BIN)/ruff check -q .
	$(BIN)/mypy

fix: $(VENV)/.dev ## Format and mend what can be mended.
	$(BIN)/ruff format -q .
	$(BIN)/ruff check -q --fix .

bench: $(VENV)/.dev ## Benchmarks: a table, and var/bench.json.
	$(BIN)/python -m bench

bench-large: $(VENV)/.dev ## Earns with 10,000,000 accounts: half an hour, 40 GB; ARGS=--keep keeps them.
	$(BIN)/python -m bench.large $(ARGS)

torture: $(VENV)/.dev ## Long fault rounds on the ledger (minutes).
	$(BIN)/python -m pytest -q tests -m torture -p no:randomly -o faulthandler_exit_on_timeout=false

docs: $(VENV)/.dev ## Refresh the generated pages.
	$(BIN)/python tools/docs.py

lock: $(VENV)/.dev ## Pin the newest dependencies anew.
	$(BIN)/uv pip compile -q pyproject.toml --universal --python-version 3.11 --generate-hashes \
	  --no-emit-index-url --no-emit-find-links --extra build --custom-compile-command 'make lock' \
	  --upgrade -o requirements.txt
	$(BIN)/uv pip compile -q pyproject.toml --universal --python-version 3.11 --generate-hashes \
	  --no-emit-index-url --no-emit-find-links --extra build --extra parquet --extra dev --custom-compile-command 'make lock' \
	  --upgrade -c requirements.txt -o requirements-dev.txt

clean: ## Remove the environment, caches and data of the demo, tests and benchmarks.
	rm -rf $(VENV) var .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache

$(VENV)/bin/python:
	@echo "making $(VENV) with $$($(PYTHON) --version)"
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "Guerdon needs Python 3.11 or newer")'
	@$(PYTHON) -m venv $(VENV)

$(VENV)/.run: requirements.txt pyproject.toml | $(VENV)/bin/python
	@echo "installing the pinned dependencies, which takes half a minute the first time"
	$(PIP) install --progress-bar on --require-hashes -r requirements.txt
	$(PIP) install -q --no-deps --no-build-isolation --no-index -e .
	@touch $@

$(VENV)/.dev: requirements-dev.txt $(VENV)/.run
	@echo "installing the pinned tools"
	$(PIP) install --progress-bar on --require-hashes -r requirements-dev.txt
	@touch $@
