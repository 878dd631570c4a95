# Base Shift. `make help` lists the targets; each makes the virtual environment it needs first.
SHELL := bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help
.PHONY: help demo test test-sqlite test-postgres test-mongodb test-kafka events lint format types imports migrations schema schema-check audits bench test-kube release-check soak lock env env-dev

PORT ?= 8000
ONCE ?=
# Processes that share a test suite. One more than the cores of a small machine: tests of whole stacks wait a lot.
JOBS ?= 3
BIN := .venv/bin
PYTEST := $(BIN)/python -m pytest -n $(JOBS)
COMPILE := uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --custom-compile-command "make lock"

help: ## Show this list
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | awk -F":.*## " "{printf \"%-14s %s\\n\", \$$1, \$$2}"

demo: env ## Run the payment template on the whole stack, then serve the admin (PORT=8000; ONCE=1 stops after the run)
	@exec $(BIN)/python -m examples.payment.demo --port $(PORT) $(if $(filter 1 true yes,$(ONCE)),--once)

.PHONY: check
check: lint imports migrations schema-check types test ## Run what every change has to pass, quickest first; test, the last, takes most of the time

test: test-sqlite test-postgres test-mongodb ## Run every test on SQLite, then what can differ on PostgreSQL and with templates in MongoDB

test-sqlite: env-dev
	BASESHIFT_TEST_DATABASE=sqlite tools/timed.sh sqlite $(PYTEST) $(ARGS)

# The simulator's seeds differ in what happens when, not in what the database is asked: some are enough here.
test-postgres: env-dev
	BASESHIFT_TEST_DATABASE=postgres SIMULATOR_SEEDS=$${SIMULATOR_SEEDS:-50} tools/timed.sh postgres $(PYTEST) $(ARGS)

test-mongodb: env-dev
	BASESHIFT_TEST_DATABASE=mongodb tools/timed.sh mongodb $(PYTEST) $(ARGS)

# One process: one broker is enough work for the machine.
test-kafka: env-dev ## Run the bus tests on Apache Kafka; needs Java 17, and Maven the first time
	$(BIN)/python -m tools.kafka_up fetch
	BASESHIFT_TEST_KAFKA=apache $(BIN)/python -m pytest tests/events tests/services/test_trigger_round.py tests/chaos/test_bus*.py $(ARGS)

lint: env-dev ## Check style with ruff: rules and format
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .

format: env-dev ## Fix what `make lint` reports, as far as ruff can
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

types: env-dev ## Check types with mypy, strict
	$(BIN)/mypy apps baseshift examples tools manage.py

imports: env-dev ## Check that imports go one way (import-linter)
	$(BIN)/lint-imports

migrations: env-dev ## Check that every model change has a migration
	$(BIN)/python manage.py makemigrations --check --dry-run --settings baseshift.settings.test

schema: env-dev ## Write the OpenAPI document and the GraphQL schema to docs/reference
	$(BIN)/python manage.py spectacular --settings baseshift.settings.test --urlconf baseshift.schema --validate --fail-on-warn --file docs/reference/openapi.yaml
	$(BIN)/python -m tools.graphql_schema docs/reference/schema.graphql

schema-check: env-dev ## Check that the committed OpenAPI document and GraphQL schema match the code
	@written=$$(mktemp) && trap 'rm -f "$$written"' EXIT && \
	$(BIN)/python manage.py spectacular --settings baseshift.settings.test --urlconf baseshift.schema --validate --fail-on-warn --file "$$written" && \
	diff -u docs/reference/openapi.yaml "$$written" && \
	$(BIN)/python -m tools.graphql_schema "$$written" && \
	diff -u docs/reference/schema.graphql "$$written"

audits: env-dev ## Run the GraphQL-over-HTTP audits (npm's graphql-http); needs Node
	@if command -v node >/dev/null; then GRAPHQL_AUDITS=required $(BIN)/python -m pytest tests/graphql/test_http_audits.py; \
	else echo "NOT RUN: the audits of GraphQL over HTTP need Node"; fi

events: env-dev ## Write the catalogues of events and log events to docs/reference
	$(BIN)/python -m tools.event_pages
	$(BIN)/python -m tools.log_page

bench: env-dev ## Compare performance with a Celery canvas and bare Redis, in one run
	$(BIN)/python -m tests.bench

test-kube: env-dev ## Run the pod tests on a real Kubernetes API; needs Go 1.24 (builds it first: 6 minutes on 2 cores, 5 GB meanwhile; KUBE_CACHE caches it)
	@if command -v go >/dev/null || [ -n "$${KUBE_CACHE:-}" ]; then \
	export KUBE_RUN=$$(mktemp -d) && trap 'tools/kube_up.sh down' EXIT && \
	export BASESHIFT_TEST_KUBECONFIG=$$(KUBE_NODES=4 KUBE_NODE_GRACE=12 KUBE_STAGES=tools/kube_stages.yaml tools/kube_up.sh up) && \
	$(BIN)/python -m pytest -m "kube and not soak" tests/pods tests/kube tests/chaos/test_reconciler.py $(ARGS); \
	else echo "NOT RUN: pods on a real Kubernetes API need Go; the process backend passed the same contract in make test"; fi

soak: env-dev ## The long chaos, simulator and growth runs
	CHAOS_KILLS=$${CHAOS_KILLS:-20} $(BIN)/python -m pytest -m soak $(ARGS)

release-check: env-dev ## Try what takes long and rarely changes: all of Apache Kafka, a real Kubernetes API, memory; needs Java, Maven and Go
	BASESHIFT_TEST_DATABASE=sqlite $(PYTEST) -m "release and not soak" $(ARGS)
	$(MAKE) test-kafka ARGS="-m 'not soak' $(ARGS)"
	tools/kube_up.sh fetch
	$(MAKE) test-kube

lock: env-dev ## Lock requirements/*.in into *.txt, with hashes (UPGRADE=1: to the newest versions)
	cd requirements && ../$(BIN)/$(COMPILE) $(if $(UPGRADE),--upgrade) dev.in -o dev.txt
	cd requirements && ../$(BIN)/$(COMPILE) $(if $(UPGRADE),--upgrade) -c dev.txt base.in -o base.txt
	cd requirements && ../$(BIN)/$(COMPILE) $(if $(UPGRADE),--upgrade) -c base.txt executor.in -o executor.txt

env: ## .venv with what runs
	@tools/venv.sh base

env-dev: ## .venv with what tests, too
	@tools/venv.sh dev
