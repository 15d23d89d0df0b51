# Concord. Needs python3 (3.11 or newer), make and git; everything else goes into ./.venv and ./var.
PYTHON ?= python3
PY := .venv/bin/python
ARGS ?=
ONLY ?=
FULL ?=

.DEFAULT_GOAL := help
.PHONY: help setup dev run test check bench attack screenshots layers lock clean

help: ## this list
	@grep -hE '^[a-z]+:.*##' Makefile | sed -E 's/^([a-z]+):[^#]*## */  make \1|/' | awk -F'|' '{printf "%-20s %s\n", $$1, $$2}'

setup: ## create ./.venv from the hashed lock
	@$(PYTHON) requirements/install.py run

dev: setup ## add the tools for tests and checks to ./.venv
	@$(PYTHON) requirements/install.py dev

run: setup ## serve Concord on this machine, with its own PostgreSQL and Valkey, until Ctrl-C
	@exec $(PY) -m config.supervisor

test: dev ## the whole suite: real PostgreSQL, Valkey, Celery worker, Chromium (ARGS="-k name" for a part)
	@$(PY) -m tests.chromium
	$(PY) -m pytest $(or $(ARGS),-n auto --maxprocesses 4 --durations=40 --durations-min=3)

check: dev ## style, types, layers, dependencies, dead code, templates, settings, migrations, API schema
	@PYTHON=$(PY) sh .ci/check

bench: dev ## measure against the peers (ONLY=handout, FULL=1 for the largest sizes)
	@ONLY="$(ONLY)" FULL="$(FULL)" $(PY) -m benchmarks

attack: dev ## load, slow clients, kills and lost servers, and whether what is promised holds (FULL=1, ONLY=kills)
	@ONLY="$(ONLY)" FULL="$(FULL)" $(PY) -m tests.attack

screenshots: dev ## take the README's screenshots again
	@$(PY) -m tests.chromium
	$(PY) -m docs.screenshots

layers: dev ## draw docs/layers.svg from the imports
	@$(PY) -m docs.layers

lock: ## write requirements/ from pyproject.toml (ARGS=--upgrade for the newest versions)
	@test -x var/tools/bin/uv || $(PYTHON) -m pip install -q --disable-pip-version-check --target var/tools uv
	@set -e; cd requirements; \
	lock() { ../var/tools/bin/uv pip compile -q $(ARGS) --universal --python-version 3.11 --generate-hashes --no-header \
	  "$$@"; }; \
	all=../pyproject.toml; lock $$all -o base.txt; lock $$all --extra embedded -o run.txt; \
	lock $$all --extra embedded --extra dev -o dev.txt; lock --group $$all:datasets -o datasets.txt; \
	lock --group $$all:peers -o peers.txt; lock --group $$all:irrcac -o irrcac.txt

clean: ## remove caches and built files; ./var (your data) and ./.venv stay
	rm -rf .pytest_cache .mypy_cache .ruff_cache .import_linter_cache .hypothesis htmlcov .coverage staticfiles test-results
	find . -name __pycache__ -not -path './.venv/*' -prune -exec rm -rf {} +
