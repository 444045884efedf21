# The two commands for a fresh machine: `make run` opens the arena, `make test` passes the tests.
# Needed: Python 3.11 or newer with venv. Everything else is installed into .venv from the lock files.

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
INSTALL := $(BIN)/python -m pip install --quiet --disable-pip-version-check
MODEL := qwen2.5-1.5b
ORACLES := inspect inspect-older llm llm-older otree

.PHONY: run test check format bench e2e oracles lock clean help

help:
	@echo "make run    set up once, then open the arena"
	@echo "make test   set up once, then run the tests"
	@echo "make check  format, lint, types, import contracts, tests, docs"
	@echo "make bench  run every benchmark"
	@echo "make e2e    a whole session in a real browser (needs chromium)"
	@echo "make oracles  install other people's programs (minutes, once) and run the tests that compare with them"
	@echo "make lock   renew the lock files (needs uv)"

run: $(VENV)/.run
	$(BIN)/chatarena models get $(MODEL) --if-missing
	$(BIN)/chatarena

# A file stays with one process: what its tests share is made once. Files come in the order of tests/conftest.py.
test: $(VENV)/.dev
	$(BIN)/python -m pytest -q -n auto --dist loadfile --no-loadscope-reorder

check: $(VENV)/.dev test
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports --no-cache

format: $(VENV)/.dev
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

bench: $(VENV)/.dev
	$(INSTALL) --group bench
	for file in benchmarks/[a-z]*.py; do echo "== $$file"; $(BIN)/python $$file || exit 1; done

# CHROMIUM names the browser, Debian's by default; the flags it needs in a container are in tests/e2e.
e2e: $(VENV)/.dev
	$(INSTALL) --group e2e
	$(BIN)/python -m pytest -q -m e2e tests/e2e

oracles: $(VENV)/.dev $(ORACLES:%=$(VENV)/oracles/%/.done)
	$(INSTALL) --group oracles
	$(BIN)/python -m pytest -q -m oracle

# Programs that want other versions of our libraries, or of one another's, have an environment each within ours.
$(VENV)/oracles/%/.done: pyproject.toml | $(VENV)/.dev
	@echo "Installing $* to compare with (a minute or so, once) ..."
	$(PYTHON) -m venv --without-pip $(@D)
	$(BIN)/python -m pip --python $(@D) install --quiet --disable-pip-version-check --group oracle-$*
	@touch $@

$(BIN)/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
		{ echo "ChatArena needs Python 3.11 or newer; name one with: make PYTHON=python3.12 ..."; exit 1; }
	$(PYTHON) -m venv $(VENV)

# A stamp is newer than its lock file once everything in it is installed.
$(VENV)/.run: requirements.lock pyproject.toml | $(BIN)/python
	@echo "Installing what ChatArena needs (a minute or so, once) ..."
	$(INSTALL) --require-hashes -r requirements.lock
	$(INSTALL) --no-deps --no-build-isolation -e .
	@touch $@

$(VENV)/.dev: requirements-dev.lock pyproject.toml | $(BIN)/python
	@echo "Installing what the tests need (a minute or two, once) ..."
	$(INSTALL) --require-hashes -r requirements-dev.lock
	$(INSTALL) --no-deps --no-build-isolation -e .
	@touch $@ $(VENV)/.run

lock:
	uv pip compile pyproject.toml --group build --universal --python-version 3.11 --generate-hashes \
		--no-annotate --no-header --no-emit-index-url --quiet --upgrade -o requirements.lock
	uv pip compile pyproject.toml --group build --group dev --universal --python-version 3.11 --generate-hashes \
		--no-annotate --no-header --no-emit-index-url --quiet --upgrade -c requirements.lock -o requirements-dev.lock

clean:
	rm -rf $(VENV) build dist .mypy_cache .ruff_cache .pytest_cache .hypothesis
