# Everything a person types. `make help` lists it.

PYTHON ?= $(shell for p in python3 python3.14 python3.13 python3.12 python3.11; do \
	command -v $$p >/dev/null 2>&1 && $$p -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null \
	&& echo $$p && break; done)
export PORT ?= 8000
RUN := .venv/bin/python
SOURCES := project realtime alarms devices edge tests bench manage.py
# Tools that load the settings need values; no server is contacted.
TOOL_ENV := SECRET_KEY=tools DATABASE_URL=postgresql://tools@localhost/tools REDIS_URL=redis://localhost
MARKS ?= not browser and not slow and not services
# Tests run in as many processes, files whole; most of their time they wait.
WORKERS ?= $(shell $(PYTHON) -c 'import os; print(max(2, min(4, os.cpu_count() or 2)))')
PYTEST = $(RUN) -m pytest --tx "$(WORKERS)*popen//python=$(RUN) -X dev" --dist loadfile

.DEFAULT_GOAL := help
.PHONY: help demo test check lint types arch bench fix messages pins vendor screenshots clean

help: ## show this list
	@awk -F ':.*## ' '/^[a-z]+:.*## / {printf "  make %-12s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

demo: .venv/demo.stamp ## the whole platform with a simulated plant at http://localhost:8000 (PORT=8000)
	@$(RUN) -m project.demo

test: .venv/dev.stamp ## all tests that need no browser and no other server (MARKS=browser: others)
	$(PYTEST) -m "$(MARKS)" $(ARGS)

check: lint types arch test ## lint, types, import contracts, tests

lint: .venv/dev.stamp ## ruff: rules and format
	$(RUN) -m ruff check .
	$(RUN) -m ruff format --check .

types: .venv/dev.stamp ## mypy --strict
	$(TOOL_ENV) $(RUN) -m mypy

arch: .venv/dev.stamp ## who may import whom
	$(TOOL_ENV) .venv/bin/lint-imports

bench: .venv/dev.stamp ## measure: readings per second, latency, memory per socket
	$(RUN) -m bench

fix: .venv/dev.stamp ## repair what ruff can
	$(RUN) -m ruff check --fix .
	$(RUN) -m ruff format .

messages: .venv/dev.stamp ## collect and compile the translations (needs gettext)
	$(TOOL_ENV) .ci/messages $(RUN)

# Extras stay in the names: pip --require-hashes takes a bare pin for `name[extra]` only while
# that pin is the newest release. torch and what it runs on come from elsewhere: docs/models.md.
PINS := .venv/bin/uv pip compile -q --universal --python-version 3.11 --generate-hashes \
	--no-strip-extras --no-emit-index-url --no-header
TORCH := torch torchvision triton cuda-bindings cuda-pathfinder cuda-toolkit $(addprefix nvidia-,cublas \
	cuda-cupti cuda-nvrtc cuda-runtime cudnn-cu13 cufft cufile curand cusolver cusparse cusparselt-cu13 \
	nccl-cu13 nvjitlink nvshmem-cu13 nvtx)
pins: .venv/dev.stamp ## recompile requirements*.txt from requirements/*.in
	@for pair in cloud: demo:-demo edge:-edge vision:-vision dev:-dev; do \
		$(PINS) requirements/$${pair%%:*}.in -o requirements$${pair##*:}.txt || exit 1; done
	@$(PINS) $(addprefix --no-emit-package ,$(TORCH)) requirements/train.in -o requirements-train.txt

vendor: ## rebuild static/vendor from its lock (needs Node and npm)
	npm --prefix vendor ci && node vendor/build.mjs

screenshots: .venv/dev.stamp ## pictures of every page in screenshots/ (needs Chromium)
	PYTHONPATH=. $(RUN) tests/e2e/screenshots.py

clean: ## remove what was made; data and passwords in var/ stay
	rm -rf .venv staticfiles htmlcov screenshots .coverage .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache
	find . -name __pycache__ -prune -exec rm -rf {} +

# ---- the environment: made once, and again when its requirements change

.venv/bin/python:
	@test -n "$(PYTHON)" || { echo "Python 3.11 or newer is needed. Where is it? make PYTHON=/path/to/python3"; exit 1; }
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' \
		|| { echo "$(PYTHON) is older than 3.11: make PYTHON=/path/to/python3"; exit 1; }
	@$(PYTHON) -m venv .venv \
		|| { rm -rf .venv; echo "No venv in $(PYTHON). On Debian and Ubuntu: apt install python3-venv"; exit 1; }

# uv is faster where it is installed; pip is enough.
INSTALL = (command -v uv >/dev/null 2>&1 && uv pip install -q --python $(RUN) --require-hashes -r $(1)) \
	|| $(RUN) -m pip install -qq --disable-pip-version-check --require-hashes -r $(1)

.venv/demo.stamp: requirements-demo.txt | .venv/bin/python
	@echo "Installing $< into .venv (once) ..."
	@$(call INSTALL,$<)
	@touch $@

.venv/dev.stamp: requirements-dev.txt | .venv/bin/python
	@echo "Installing $< into .venv (once) ..."
	@$(call INSTALL,$<)
	@touch .venv/demo.stamp $@
