# Tradewind's verbs. Each sets up .venv by itself; `make PYTHON=python3.12 test` picks the Python.

PYTHON ?= python3
BIN    := .venv/bin
PEERS  := .venv-peers/bin
CLIENTS := .venv-clients
SCHEMA := .venv-schema
PAGES  := src tests docs/build.py $(wildcard bench examples)

.DEFAULT_GOAL := help
.PHONY: help demo test check types rules fmt bench bench-peers bench-wire docs sim conformance schema clean

help:  ## list the verbs
	@grep -hE '^[a-z-]+:.*##' Makefile | sed -E 's/:.*##/\t/' | expand -t 14

demo: .venv/.stamp  ## run a strategy on paper, offline, in seconds
	@$(BIN)/tradewind demo

test: .venv/.stamp  ## run all tests; what fails beside the others is tried once more, alone
	@$(BIN)/pytest -q -n auto --dist worksteal || { \
		echo "Once more, alone: what passes now depends on the load, and wants mending all the same."; \
		$(BIN)/pytest -q --last-failed --last-failed-no-failures none; }

check: .venv/.stamp  ## lint, format, types, layers and house rules, but for the snippets of the documents
	@$(BIN)/ruff check --quiet --output-format concise .
	@$(BIN)/ruff format --quiet --check .
	@$(MAKE) --no-print-directory -j 2 types rules

types: .venv/.stamp
	@$(BIN)/mypy $(PAGES)
	@$(BIN)/lint-imports --no-logo

rules: .venv/.stamp
	@$(BIN)/pytest -q tests/house -k "not snippets_run"

fmt: .venv/.stamp  ## format, and mend what ruff can mend
	@$(BIN)/ruff check --quiet --fix-only .
	@$(BIN)/ruff format .

sim: .venv/.stamp  ## run simulated worlds: SEEDS=200000 of them, or one with a trace: SEED=123
	@$(BIN)/python -m tradewind.testing.simulate $(if $(SEED),--seed $(SEED),--seeds $(or $(SEEDS),2000)) $(ARGS)

bench: .venv/.stamp  ## measure the speed
	@$(BIN)/python bench/run.py

bench-peers: .venv/.stamp .venv-peers/.stamp  ## measure other engines beside ours
	@$(PEERS)/python bench/peers.py

conformance: .venv/.stamp $(CLIENTS)/.stamp  ## let clients that others wrote try the local exchange
	@TRADEWIND_CLIENTS=$(CURDIR)/$(CLIENTS) $(BIN)/pytest -q -n 0 tests/conformance

schema: .venv/.stamp $(SCHEMA)/.stamp  ## let Schemathesis try the control API
	@TRADEWIND_SCHEMATHESIS=$(CURDIR)/$(SCHEMA)/bin/schemathesis $(BIN)/pytest -q -n 0 tests/conformance/test_control_schema.py

bench-wire: .venv/.stamp $(CLIENTS)/.stamp  ## measure from a frame to its order's frame, beside other clients
	@TRADEWIND_CLIENTS=$(CURDIR)/$(CLIENTS) $(BIN)/python bench/run.py wire

docs: .venv/.stamp  ## write the printed parts of the documents, run their snippets
	@$(BIN)/python docs/build.py
	@$(BIN)/pytest -q tests/house/test_docs.py

clean:  ## remove all that was made here
	rm -rf .venv .venv-peers $(SCHEMA) $(CLIENTS) .*_cache build dist
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

.venv/.stamp: pyproject.toml constraints.txt
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null || \
		{ echo "Tradewind needs Python 3.11 or newer as '$(PYTHON)': try make PYTHON=/path/to/python3.11"; exit 1; }
	@echo "Setting up .venv (once; a minute or two) ..."
	@$(PYTHON) -m venv .venv
	@$(BIN)/pip install --quiet --disable-pip-version-check -c constraints.txt -e '.[dev]'
	@touch $@

.venv-peers/.stamp: Makefile
	@echo "Setting up .venv-peers (once; a few minutes) ..."
	@$(PYTHON) -m venv .venv-peers
	@$(PEERS)/pip install --quiet --disable-pip-version-check nautilus_trader==1.221.0 backtesting==0.6.6
	@touch $@

# An environment of its own: it needs other versions of what we test with.
$(SCHEMA)/.stamp: Makefile
	@echo "Setting up $(SCHEMA) (once; a minute) ..."
	@$(PYTHON) -m venv $(SCHEMA)
	@$(SCHEMA)/bin/pip install --quiet --disable-pip-version-check schemathesis==4.32.5
	@touch $@

# One environment a client: two of them own the same top-level name.
$(CLIENTS)/.stamp: Makefile
	@echo "Setting up the clients' environments (once; a few minutes) ..."
	@for pin in python-binance==1.0.37 ccxt==4.5.90 binance-connector==3.13.0; do \
		$(PYTHON) -m venv $(CLIENTS)/$${pin%%=*} && \
		$(CLIENTS)/$${pin%%=*}/bin/pip install --quiet --disable-pip-version-check $$pin || exit 1; \
	done
	@touch $@
