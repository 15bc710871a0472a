# Needs python3 (3.11 or newer), make and a package index that pip can reach. Nothing else.

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
CONFIG ?= config.yaml
WORKERS ?= 2
ARGS ?=
# -qq: errors are said, advice is not
PIP := $(BIN)/python -m pip --disable-pip-version-check -qq
COMPILE := $(BIN)/uv pip compile pyproject.toml --group build --universal --python-version 3.11 --generate-hashes \
	--no-emit-index-url --no-header --quiet $(ARGS)

# $(call venv,FILE): make sure that .venv holds requirements/FILE.txt and the package itself.
#
# .venv/.FILE is a stamp: what was installed, for which checkout. It is written last, so an interrupted
# installation is taken up again. A moved checkout starts over, because scripts in .venv hold its path;
# a .venv that somebody made by hand is kept and added to.
# Only locked packages are installed, each by its hash; the build backend is one of them, hence
# --no-build-isolation (isolation would download an unpinned one).
define venv
@set -e; \
key="$$(cat requirements/$(1).txt pyproject.toml | cksum) $(CURDIR)"; \
if [ "$$(cat $(VENV)/.$(1) 2>/dev/null)" != "$$key" ] || ! $(BIN)/python -c '' 2>/dev/null; then \
	if [ "$$(cat $(VENV)/.place 2>/dev/null || echo "$(CURDIR)")" != "$(CURDIR)" ] || ! $(BIN)/python -m pip --version >/dev/null 2>&1; then \
		$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null || { \
			echo "Vaste needs Python 3.11 or newer, and '$(PYTHON)' is not: make $(MAKECMDGOALS) PYTHON=/path/to/python3.11" >&2; exit 2; }; \
		$(PYTHON) -c 'import ensurepip, venv' 2>/dev/null || { \
			echo "'$(PYTHON)' has no venv module: install it (Debian and Ubuntu: apt install python3-venv)" >&2; exit 2; }; \
		echo "making .venv (once; about a minute)"; \
		$(PYTHON) -m venv --clear $(VENV); \
		echo "$(CURDIR)" > $(VENV)/.place; \
	fi; \
	echo "installing requirements/$(1).txt into .venv (once; again when it changes)"; \
	$(PIP) install --require-hashes --requirement requirements/$(1).txt; \
	$(PIP) install --no-build-isolation --no-deps --editable .; \
	echo "$$key" > $(VENV)/.$(1); \
fi
endef

# $(call step,NAME,COMMAND): run one check; a failing one is named last, where the eye is.
define step
@echo "== $(1)"; $(2) || { echo "FAILED: $(1)  ($(2))" >&2; exit 1; }
endef

.DEFAULT_GOAL := help
.NOTPARALLEL:
.PHONY: help install demo run test check lock bench model docs

help:  ## this list
	@sed -n 's/^\([a-z]*\): .*## \(.*\)/make \1|\2/p; s/^\([a-z]*\):  *## \(.*\)/make \1|\2/p' Makefile \
		| sort -u | awk -F'|' '{ printf "  %-14s %s\n", $$1, $$2 }'

install:  ## make .venv with what running needs; the command is then .venv/bin/vaste
	$(call venv,run)
	@echo "ready: $(BIN)/vaste --help"

demo:  ## a roaster's worst and best week, played here: no key, no network
	$(call venv,run)
	@$(BIN)/vaste demo $(ARGS)

run:  ## the service, with config.yaml (CONFIG=another.yaml)
	$(call venv,run)
	@$(BIN)/vaste run --config $(CONFIG) $(ARGS)

# PYTHONDONTWRITEBYTECODE= : tests start hundreds of commands, and each would compile all of Vaste anew
test:  ## format and lint (looked at, not changed), types, import contracts, tests
	$(call venv,dev)
	$(call step,format,$(BIN)/ruff format --check --quiet .)
	$(call step,lint,$(BIN)/ruff check --quiet .)
	$(call step,types,$(BIN)/mypy)
	$(call step,import contracts,$(BIN)/lint-imports --no-logo)
	$(call step,tests,PYTHONDONTWRITEBYTECODE= $(BIN)/pytest -n $(WORKERS) --dist loadgroup $(ARGS))

check:  ## make test, with formatting put right first
	$(call venv,dev)
	$(call step,format,$(BIN)/ruff format --quiet .)
	@$(MAKE) --no-print-directory test

lock:  ## write requirements/*.txt anew from pyproject.toml (ARGS=--upgrade moves every pin)
	$(call venv,dev)
	@$(COMPILE) --extra reports --output-file requirements/run.txt
	@$(COMPILE) --extra postgres --extra dev --constraint requirements/run.txt --output-file requirements/dev.txt
	@$(COMPILE) --extra train --constraint requirements/dev.txt --output-file requirements/train.txt
	@$(BIN)/pytest tests/test_house.py -k requirements

bench:  ## every measurement of bench/, with its figures
	$(call venv,dev)
	@set -e; for script in bench/*.py; do \
		[ -e "$$script" ] || { echo "bench/ holds no measurement yet"; break; }; \
		echo "== $$script"; $(BIN)/python -m "bench.$$(basename "$$script" .py)"; \
	done

model:  ## train the bundled model anew (about an hour on two cores, with torch; ARGS=--install puts it in place)
	$(call venv,train)
	@$(BIN)/python -m classifier.training $(ARGS)

docs:  ## see that every link in the documentation leads somewhere
	$(call venv,dev)
	@$(BIN)/pytest tests/test_house.py -k link
