# `make demo` and `make test` set up everything they need; nothing has to be installed before.
PYTHON ?= $(firstword $(foreach p,python3.13 python3.12 python3.11 python3,$(if $(shell $(p) -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && echo ok),$(p))))
# durable-rules is built from its source: without these it can't be imported on Python 3.13, nor built by gcc 14
BUILD := CPPFLAGS="-O2 -DPyEval_CallObject=PyObject_CallObject"
VENV := .venv
BIN := $(VENV)/bin

.PHONY: demo compare test test-long test-all lint types check bench docs schema clean

demo: $(VENV)/.ready
	@$(BIN)/policyengine explain zibo examples/zhang.yaml --on 2018-06-01 --set 农村低保标准=4200元

compare: $(VENV)/.ready  ## one household under the five plans
	@$(BIN)/policyengine compare-regions examples/regions/liu.yaml --on 2018-06-01 --set zibo.农村低保标准=4200元

test: $(VENV)/.dev
	@$(BIN)/python -m pytest -n auto

test-long: $(VENV)/.dev  ## the laws over many more examples
	@$(BIN)/python -m pytest -n auto --long

test-all: $(VENV)/.dev  ## with Spark, Ray and Dask, which are large
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check -e '.[dev,population,spark,cluster]'
	@$(BIN)/python -m pytest -n auto
	@$(BIN)/python -m pytest tests/test_spark.py tests/test_cluster.py --long

lint: $(VENV)/.dev
	@$(BIN)/ruff check . && $(BIN)/ruff format --check .

types: $(VENV)/.dev
	@$(BIN)/mypy

check: $(VENV)/.ready
	@for pack in qingdao shangjie zhanjiang zibo ziyang; do $(BIN)/policyengine check $$pack || exit 1; done

bench: $(VENV)/.dev
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check -e '.[bench]'
	@$(BIN)/python -m benchmarks

docs: $(VENV)/.ready  ## the generated reference pages
	@$(BIN)/python docs/generate.py

schema: $(VENV)/.ready
	@$(BIN)/policyengine schema --out policies/schema

$(VENV)/bin/python:
	@test -n "$(PYTHON)" || { echo "Python 3.11 or newer is needed; set PYTHON=/path/to/python"; exit 1; }
	@$(PYTHON) -m venv $(VENV)

$(VENV)/.ready: pyproject.toml | $(VENV)/bin/python
	@echo "setting up (once) …"
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check -e .
	@touch $@

$(VENV)/.dev: pyproject.toml | $(VENV)/bin/python
	@echo "setting up the tests (once) …"
	@$(BUILD) $(BIN)/python -m pip install --quiet --disable-pip-version-check -e '.[dev,forward]'
	@touch $@ $(VENV)/.ready

clean:
	rm -rf $(VENV) build dist .pytest_cache .mypy_cache .ruff_cache .hypothesis
