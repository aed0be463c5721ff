# The engineers' door. Nobody needs make to run or to test Autolib': python3 manage.py up, python3 manage.py test.

PYTHON ?= python3
BIN := .venv/bin
COMPILE := uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-emit-index-url

.DEFAULT_GOAL := help
.PHONY: help up test check lint format lock messages states look bench web worker beat simulator clean

help: ## this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-12s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

up: ## the whole service on this machine; Ctrl-C stops it
	$(PYTHON) manage.py up

test: ## all tests, on a database of their own; one folder: make test ARGS=tests/bookings
	$(PYTHON) manage.py test $(ARGS)

check: tools test lint ## everything a change must pass: tests, style, layers, types, migrations, deployment

lint: tools ## style, layers, types, migrations, deployment
	.ci/lint

format: tools ## lay the code out
	$(BIN)/ruff check --fix-only --quiet .
	$(BIN)/ruff format .

.PHONY: tools
tools:
	.ci/install-tools

lock: ## requirements*.txt anew from requirements*.in, with hashes (needs uv: pip install uv)
	$(COMPILE) requirements.in -o requirements.txt
	$(COMPILE) requirements-dev.in -o requirements-dev.txt

# Django must load its settings; no server is spoken to, so this works before the first `up` too.
messages: export AUTOLIB_MODE = test
messages: export SECRET_KEY = none
messages: export DEVICE_MASTER_KEY = none
messages: export DATABASE_URL = postgres://nobody:nothing@127.0.0.1:9/nowhere
messages: export REDIS_URL = redis://127.0.0.1:9/0
messages: ## gather the sentences for translation, then compile them (needs GNU gettext)
	$(PYTHON) manage.py makemessages --locale fr --no-obsolete --no-wrap --add-location file --ignore '.*' --ignore bench
	$(PYTHON) manage.py compilemessages --locale fr --ignore '.*'

states: ## draw the states in docs/ anew from the table of transitions
	$(PYTHON) manage.py draw_states

look: export AUTOLIB_BROWSER = required
look: tools ## look over every page in every state, and photograph it
	$(PYTHON) manage.py test tests/browser/test_every_page.py -q
	@echo "Every page with one scroll: file://$(CURDIR)/.autolib/screenshots/every-page/index.html"

bench: ## reservations and reports a second beside the bare server; pages: time, queries, weight
	$(PYTHON) bench/reserve
	$(PYTHON) bench/devices
	$(PYTHON) bench/pages

web: ## one process alone, in the foreground (needs a database: make up, or DATABASE_URL and REDIS_URL)
	$(PYTHON) manage.py run web

worker: ## likewise: the Celery worker
	$(PYTHON) manage.py run worker

beat: ## likewise: Celery's clock
	$(PYTHON) manage.py run beat

simulator: ## likewise: simulated subscribers
	$(PYTHON) manage.py run simulator

clean: ## forget all local data, logs and secrets (stop `up` first)
	rm -rf .autolib
