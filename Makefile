# Run `make` without arguments to list the targets.

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

# Packages for serving; the project is installed in editable mode with the locked build backend.
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

serve: $(SERVING) ## Serve the mock; set options with ARGS='--port 0'
	@$(BIN)/viewtracker-mock serve $(ARGS)

test: $(READY) ## Run all tests, including the contract suite against the mock
	$(BIN)/python -m pytest $(PYTEST_ARGS) --contract-examples 5 $(ARGS)

contract: $(READY) ## Run the contract suite, with reports in build/contract; set options with ARGS='--target us'
	$(BIN)/viewtracker-contract run --report-dir build/contract $(ARGS)

check: $(READY) ## Check lint rules, formatting, types and imports
	$(BIN)/ruff check
	$(BIN)/ruff format --check
	$(BIN)/mypy
	$(BIN)/lint-imports --no-logo

fix: $(READY) ## Fix lint errors and formatting with ruff
	$(BIN)/ruff check --fix
	$(BIN)/ruff format

docs: $(READY) ## Generate docs/reference, and build the site in build/docs
	$(BIN)/python docs/reference.py
	$(BIN)/sphinx-build --quiet --fail-on-warning --builder html docs build/docs

lint-documents: $(NODE_READY) ## Lint the OpenAPI documents (needs Node)
	node_modules/.bin/spectral lint $(DOCUMENTS) --fail-severity=hint
	node_modules/.bin/redocly lint $(DOCUMENTS)

$(NODE_READY): package.json package-lock.json
	npm ci --ignore-scripts --no-audit --no-fund
	@touch $@

lock: ## Update both lock files to the newest versions that pyproject.toml allows
	$(PYTHON) -m venv --clear build/lock
	build/lock/bin/python -m pip install --quiet uv
	$(COMPILE) --extra tls --group build --output-file requirements.lock pyproject.toml
	$(COMPILE) --all-extras --group dev --constraint requirements.lock \
		--output-file requirements-dev.lock pyproject.toml

wheel: $(READY) ## Build the wheel and the sdist into dist/
	rm -rf dist
	$(BIN)/python -m build --no-isolation

clean: ## Remove all generated files, except databases
	rm -rf .venv node_modules build dist reports .coverage .coverage.* .hypothesis .mypy_cache \
		.pytest_cache .ruff_cache .schemathesis *.egg-info
	find mock_server contract_tests tests -name __pycache__ -type d -prune -exec rm -rf {} +
