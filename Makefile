# Everything runs in .venv, which the first command builds; `make` alone lists the commands.

VENV := .venv
BIN  := $(VENV)/bin
# More arguments for a command, such as: make test ARGS="tests/core -x"
ARGS ?=

MAKEFLAGS += --no-print-directory
.DEFAULT_GOAL := help
.PHONY: help demo test lint types format bench screenshots mailcheck docs lock

help: ## List the commands
	@awk -F ':.*## ' '/^[a-z]+:.*## / { printf "  make %-11s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)
	@echo '  More arguments go into ARGS, such as: make test ARGS="-x -k webhook"'

demo: $(VENV)/ready ## Send an update through everything, to a mail and a chat sink on this machine
	@$(BIN)/notifier demo $(ARGS)

test: $(VENV)/ready ## Run all tests
	@$(BIN)/pytest -n 2 $(ARGS)

lint: $(VENV)/ready ## Check style and form of the code
	@$(BIN)/ruff check . $(ARGS)
	@$(BIN)/ruff format --check . $(ARGS)

types: $(VENV)/ready ## Check the types
	@$(BIN)/mypy $(ARGS)

format: $(VENV)/ready ## Bring the code into form
	@$(BIN)/ruff check --fix . $(ARGS)
	@$(BIN)/ruff format . $(ARGS)

bench: $(VENV)/ready ## Measure speed and memory
	@command -v wrk >/dev/null || apt-get install -y -qq wrk || { echo "install wrk first: apt-get install wrk"; exit 1; }
	@$(BIN)/python -m bench.run $(ARGS)

screenshots: $(VENV)/ready ## Make the pictures of mails in docs/images/ anew, with Chromium
	@command -v chromium >/dev/null || apt-get install -y -qq chromium || { echo "install chromium first: apt-get install chromium"; exit 1; }
	@$(BIN)/python docs/screenshots.py $(ARGS)

CANIEMAIL := 1.0.5
TOOLS     := $(VENV)/mailcheck

mailcheck: $(VENV)/ready ## Check all mails for what mail programs and spam filters make of them
	@for tool in spamassassin npm; do command -v $$tool >/dev/null || apt-get install -y -qq $$tool || { echo "install $$tool first: apt-get install $$tool"; exit 1; }; done
	@test -e $(TOOLS)/$(CANIEMAIL) || { npm install --silent --no-save --no-package-lock --prefix $(TOOLS) caniemail@$(CANIEMAIL) && touch $(TOOLS)/$(CANIEMAIL); }
	@MAILCHECK_TOOLS=$(CURDIR)/$(TOOLS) $(BIN)/python mailcheck/check.py $(ARGS)

docs: $(VENV)/ready ## Make docs/reference.md and rules.schema.json anew
	@$(BIN)/python docs/generate.py

lock: $(VENV)/ready ## Move requirements*.lock to the newest releases that pyproject.toml allows, then run all tests
	@sh .ci/lock $(VENV)
	@$(MAKE) test

$(VENV)/ready: pyproject.toml requirements-dev.lock .ci/environment
	@sh .ci/environment $(VENV)
	@touch $@
