# Everything that people and CI do here; `make` alone lists it.

PYTHON ?= python3
ARGS ?=
PYTEST_ARGS ?= -n 2 --dist worksteal
DOCUMENTS := $(wildcard openapi/viewtracker-*.yaml)

BIN := .venv/bin
SERVING := .venv/.serving
READY := .venv/.ready
NODE_READY := node_modules/.ready
COMPILE := build/lock/bin/uv pip compile --quiet --upgrade --universal --generate-hashes --no-header \
	--no-emit-index-url --no-emit-find-links

export PIP_DISABLE_PIP_VERSION_CHECK := 1
export REDOCLY_TELEMETRY := off
export REDOCLY_SUPPRESS_UPDATE_NOTICE := true
unexport PYTHONPATH

.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
.PHONY: help setup serve test contract check fix docs lint-documents lock wheel clean

help: ## List the targets
	@sed -n 's/^\([a-z-]*\):.*## \(.*\)/\1|\2/p' Makefile | while IFS='|' read -r target text; \
		do printf '  make %-16s %s\n' "$$target" "$$text"; done

setup: $(READY) ## Set up .venv for development (other targets do it when needed)

# What serving needs; the project itself is linked, not copied, by the build backend in the lock.
$(SERVING): pyproject.toml requirements.lock
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' \
		|| { echo "Python 3.11 or newer is needed; name one: make setup PYTHON=python3.12" >&2; exit 1; }
	$(PYTHON) -m venv .venv
	$(BIN)/python -m pip install --quiet --no-compile --require-hashes -r requirements.lock
	$(BIN)/python -m pip install --quiet --no-deps --no-build-isolation -e .
	@touch $@

$(READY): $(SERVING) requirements-dev.lock
	$(BIN)/python -m pip install --quiet --no-compile --require-hashes -r requirements-dev.lock
	@touch $@

serve: $(SERVING) ## Serve the mock; options by ARGS='--port 0'
	@$(BIN)/viewtracker-mock serve $(ARGS)

test: $(READY) ## Run all tests, the contract suite against the mock among them
	$(BIN)/python -m pytest $(PYTEST_ARGS) --contract-examples 5 $(ARGS)

contract: $(READY) ## Ask the mock, with reports in build/contract; others by ARGS='--target us'
	$(BIN)/viewtracker-contract run --report-dir build/contract $(ARGS)

check: $(READY) ## Lint, formatting and types; changes no file
	$(BIN)/ruff check
	$(BIN)/ruff format --check
	$(BIN)/mypy
	$(BIN)/lint-imports --no-logo

fix: $(READY) ## Mend what ruff can mend
	$(BIN)/ruff check --fix
	$(BIN)/ruff format

docs: $(READY) ## Write the pages of docs/reference, and make a site of all in build/docs
	$(BIN)/python docs/reference.py
	$(BIN)/sphinx-build --quiet --fail-on-warning --builder html docs build/docs

lint-documents: $(NODE_READY) ## Lint the OpenAPI documents (needs Node)
	node_modules/.bin/spectral lint $(DOCUMENTS) --fail-severity=hint
	node_modules/.bin/redocly lint $(DOCUMENTS)

$(NODE_READY): package.json package-lock.json
	npm ci --ignore-scripts --no-audit --no-fund
	@touch $@

lock: ## Renew both lock files with the newest versions that pyproject.toml allows
	$(PYTHON) -m venv --clear build/lock
	build/lock/bin/python -m pip install --quiet uv
	$(COMPILE) --extra tls --group build --output-file requirements.lock pyproject.toml
	$(COMPILE) --all-extras --group dev --constraint requirements.lock \
		--output-file requirements-dev.lock pyproject.toml

wheel: $(READY) ## Build the wheel and the sdist into dist/
	rm -rf dist
	$(BIN)/python -m build --no-isolation

clean: ## Remove everything that is made, but no database of yours
	rm -rf .venv node_modules build dist reports .coverage .coverage.* .hypothesis .mypy_cache \
		.pytest_cache .ruff_cache .schemathesis *.egg-info
	find mock_server contract_tests tests -name __pycache__ -type d -prune -exec rm -rf {} +
