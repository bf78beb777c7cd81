.DEFAULT_GOAL := help

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
STAMP := $(VENV)/.stamp
PIP := -m pip install -qq --disable-pip-version-check
PYTEST := $(BIN)/python -m pytest

.PHONY: help
help: ## Show this list.
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "  make %-12s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

$(STAMP): requirements.lock pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "interlock needs Python 3.11 or later, this is " + sys.version.split()[0])'
	@echo "setting up $(VENV), once; this takes a minute"
	@$(PYTHON) -m venv $(VENV)
	@$(BIN)/python $(PIP) --require-hashes -r requirements.lock
	@$(BIN)/python $(PIP) --no-deps --no-build-isolation -e .
	@touch $@

.PHONY: venv
venv: $(STAMP) ## Set up .venv from the lock.

.PHONY: demo
demo: $(STAMP) ## The sandbox company, its agents, the hub and the console, on this machine.
	@$(BIN)/interlock demo

# Hundreds of processes start in the suite. Where the environment says that none may keep what it compiled, each would
# compile all of interlock anew.
export PYTHONDONTWRITEBYTECODE :=

# The checkers share the cores; the suite runs after them, alone, because it measures real time.
.PHONY: test
test: $(STAMP) ## Lint, types, import contracts and the suite.
	@$(MAKE) --no-print-directory -k -j2 check
	@$(MAKE) --no-print-directory suite

.PHONY: check lint imports mypy pyright suite
check: pyright mypy lint imports ## Everything in make test but the suite.

lint: $(STAMP)
	@$(BIN)/ruff check --quiet .
	@$(BIN)/ruff format --quiet --check . || { echo "not formatted; make format does it"; exit 1; }

imports: $(STAMP)
	@$(BIN)/lint-imports --no-logo

mypy: $(STAMP)
	@$(BIN)/mypy

pyright: $(STAMP)
	@$(BIN)/basedpyright

# Tests of real processes wait for real ones, on a box that others load as well: one that is red is asked once more,
# and the summary names it as RERUN. That is a race to be mended, not a pass.
suite: $(STAMP)
	@$(PYTEST) -q -n 4 --dist worksteal --reruns 1

.PHONY: format
format: $(STAMP) ## Format the code and sort its imports.
	@$(BIN)/ruff check --quiet --fix --select I .
	@$(BIN)/ruff format --quiet .

.PHONY: bench
bench: $(STAMP) ## Ratios, each beside its floor of the same run.
	@$(BIN)/python -m tests.bench

.PHONY: rig
rig: $(STAMP) ## The long fault runs.
	@$(PYTEST) -m rig --timeout 1800

.PHONY: seeded
seeded: $(STAMP) ## Put each seeded bug into a copy and fail unless its test goes red.
	@$(BIN)/python tests/seeded/run.py

.PHONY: wheel-test
wheel-test: $(STAMP) ## Build the wheel and run the suite against it, away from this checkout.
	@.ci/wheel-test $(BIN)/python

# make lock UPGRADE=--upgrade takes newer releases; without it only what pyproject.toml changed moves.
.PHONY: lock
lock: ## Write requirements.lock anew from pyproject.toml.
	@$(PYTHON) -m venv .venv-lock
	@.venv-lock/bin/python $(PIP) uv
	@.venv-lock/bin/uv pip compile pyproject.toml --universal --python-version 3.11 --all-extras --group dev \
		--generate-hashes --no-emit-index-url --no-header --no-annotate --quiet $(UPGRADE) -o requirements.lock
	@rm -rf .venv-lock
