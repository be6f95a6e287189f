# Two commands for a fresh machine (Debian, Python 3.11, make):
#   make demo   the whole main job, on the bundled consultation
#   make test   lint, types, layout, tests
SHELL := /bin/bash
.SHELLFLAGS := -eu -o pipefail -c
.DEFAULT_GOAL := help

PYTHON ?= python3.11
VENV := .venv
BIN := $(VENV)/bin
# Test files run in so many processes: many wait for servers, so that more than there are cores still helps.
WORKERS ?= 3
PIP := $(BIN)/python -m pip --disable-pip-version-check
export SCRIBE_MODELS_HOME ?= $(HOME)/.local/share/clinical-scribe/models
# Where nothing may be compiled ahead, as in many images, each of the hundreds of processes that the tests start would
# compile the whole program for itself: seconds of every start.
unexport PYTHONDONTWRITEBYTECODE

.PHONY: help demo test lint types layout unit acceptance lock schemas clean system-packages

help: ## this list
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/^([a-z-]+):.*## (.*)/  make \1\t\2/' | expand -t 26

$(BIN)/python:
	@tools/make_venv $(PYTHON) $(VENV)

# The lock files hold exact versions and hashes; a stamp keeps a second run quick.
$(VENV)/.runtime: requirements.lock pyproject.toml | $(BIN)/python
	@echo "make: installing the Python packages of requirements.lock (once)"
	@$(PIP) install --quiet --require-hashes -r requirements.lock
	@$(PIP) install --quiet --no-deps --no-build-isolation --editable .
	@touch $@

$(VENV)/.dev: requirements-dev.lock $(VENV)/.runtime
	@echo "make: installing the Python packages of requirements-dev.lock (once)"
	@$(PIP) install --quiet --require-hashes -r requirements-dev.lock
	@touch $@

# The models of the demo, verified; what cannot be fetched is passed over with a line (the voice models are optional).
$(VENV)/.models: models/registry.toml | $(VENV)/.runtime
	@$(BIN)/scribe models pull whisper-base silero-vad
	@$(BIN)/scribe models pull voice-campplus || echo "make: going on without voice-campplus: voices are told apart less surely"
	@$(BIN)/scribe models pull voice-dvector || echo "make: going on without voice-dvector: voices are told apart by their spectrum"
	@touch $@

system-packages: ## Debian packages that capture and the tests use
	@tools/system_packages

demo: $(VENV)/.runtime $(VENV)/.models ## the bundled consultation, from audio to a signed note in a FHIR server
	@$(BIN)/scribe demo $(ARGS)

test: $(VENV)/.dev $(VENV)/.models system-packages lint types layout unit ## lint, types, layout and every test

lint: $(VENV)/.dev ## ruff: style and format
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .

types: $(VENV)/.dev ## mypy, strict
	@$(BIN)/mypy

layout: $(VENV)/.dev ## who may import whom
	@$(BIN)/lint-imports --no-logo 2>/dev/null || $(BIN)/lint-imports

unit: $(VENV)/.dev $(VENV)/.models ## the tests alone (make unit ARGS="-k verify" WORKERS=0)
	@$(BIN)/pytest -n $(WORKERS) --dist loadfile --no-loadscope-reorder $(ARGS)

schemas: $(VENV)/.runtime ## write the JSON Schemas of the file formats to docs/schemas
	@$(BIN)/python tools/publish_schemas.py

lock: $(BIN)/python ## resolve the lock files anew from pyproject.toml
	@$(PIP) install --quiet uv
	@$(BIN)/uv pip compile pyproject.toml --quiet --python-version 3.11 --generate-hashes --no-emit-index-url --no-header \
	  --extra edge --extra service --extra bridge --extra eval --extra demo --extra build -o requirements.lock
	@$(BIN)/uv pip compile pyproject.toml --quiet --python-version 3.11 --generate-hashes --no-emit-index-url --no-header \
	  --all-extras -c requirements.lock -o requirements-dev.lock

clean: ## remove what was installed and made here
	rm -rf $(VENV) var .mypy_cache .ruff_cache .pytest_cache .import_linter_cache
