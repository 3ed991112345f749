# Everything a newcomer needs: `make demo` shows the planner at work, `make test` proves it.
PYTHON ?= python3
VENV   := .venv
ifeq ($(OS),Windows_NT)
BIN := $(VENV)/Scripts
else
BIN := $(VENV)/bin
endif
PY := $(BIN)/python
BENCH    := .venv-bench
BENCH_PY := $(BENCH)/$(notdir $(BIN))/python

.PHONY: demo test lint check format gallery bench browser lock clean

demo: $(VENV)/run.stamp
	$(PY) -m planner demo --out maps/demo

test: $(VENV)/dev.stamp
	@if [ "$$CI" = "true" ]; then $(MAKE) browser; fi
	$(BIN)/lint-imports
	$(PY) -m pytest --numprocesses auto --maxprocesses 4

lint: $(VENV)/dev.stamp
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy

check: lint test

format: $(VENV)/dev.stamp
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

# git keeps the page alone: the other files are large, or tell the machine (maps/README.md).
gallery: $(VENV)/run.stamp
	$(PY) -m planner demo --quiet --out maps/gallery
	mkdir -p maps/sample_district
	cp maps/gallery/index.html maps/sample_district/index.html

# Ours against its peers, in an environment of its own so that .venv stays what users have; docs/benchmarks.md.
bench: $(BENCH)/bench.stamp
	$(BENCH_PY) -m tests.bench $(ARGS)

# Chromium, Firefox and a Chinese font for the browser tests, where apt is at hand.
browser:
	@sh tests/browser/install.sh

# New versions of everything; the lock holds hashes and no host names.
lock:
	uv pip compile pyproject.toml --group build --universal --generate-hashes --no-emit-index-url --no-header --no-annotate --upgrade -o requirements.txt
	uv pip compile pyproject.toml --group dev --universal --generate-hashes --no-emit-index-url --no-header --no-annotate --upgrade -c requirements.txt -o requirements-dev.txt
	uv pip compile pyproject.toml --group bench --universal --generate-hashes --no-emit-index-url --no-header --no-annotate --upgrade -c requirements.txt -o requirements-bench.txt

clean:
	rm -rf $(VENV) $(BENCH) cache/bench bench.json maps/demo maps/gallery .pytest_cache .mypy_cache .ruff_cache .hypothesis

# `--without-pip` and `pip --python` spare Debian's users the python3-venv package.
$(PY) $(BENCH_PY):
	$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "The planner needs Python 3.11 or later; name one: make demo PYTHON=python3.12")'
	$(PYTHON) -m venv --without-pip $(@D)/..

$(VENV)/run.stamp: requirements.txt pyproject.toml | $(PY)
	$(PYTHON) -m pip --python $(PY) install --disable-pip-version-check --require-hashes -r requirements.txt
	$(PYTHON) -m pip --python $(PY) install --disable-pip-version-check --no-deps --no-build-isolation -e .
	@touch $@

# The data of a published case, which one wheel carries: unpacked beside the packages, for the 25 that it asks for aren't
# needed.
$(VENV)/dev.stamp: requirements-dev.txt requirements-data.txt pyproject.toml | $(PY)
	$(PYTHON) -m pip --python $(PY) install --disable-pip-version-check --require-hashes -r requirements-dev.txt
	$(PYTHON) -m pip --python $(PY) install --disable-pip-version-check --require-hashes --no-deps --only-binary :all: --upgrade --target $(VENV)/data -r requirements-data.txt
	$(PYTHON) -m pip --python $(PY) install --disable-pip-version-check --no-deps --no-build-isolation -e .
	@touch $@ $(VENV)/run.stamp

$(BENCH)/bench.stamp: requirements-bench.txt pyproject.toml | $(BENCH_PY)
	$(PYTHON) -m pip --python $(BENCH_PY) install --disable-pip-version-check --require-hashes -r requirements-bench.txt
	$(PYTHON) -m pip --python $(BENCH_PY) install --disable-pip-version-check --no-deps --no-build-isolation -e .
	@touch $@
