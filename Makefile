# Everything is run from here. Needed: GNU make, Python 3.11 or newer, the package index.
# Each target makes what it needs in .venv; a second time it finds it there. A part of the tests:
# make test TESTS=tests/maths

VENV := .venv
TESTS :=
python := $(VENV)/bin/python
GOLDEN := tests/golden/schema3

# one thread for each process of linear algebra: tests run side by side, and small products gain nothing from more
one_thread := OPENBLAS_NUM_THREADS=1 OMP_NUM_THREADS=1 MKL_NUM_THREADS=1 VECLIB_MAXIMUM_THREADS=1

.DEFAULT_GOAL := help
.PHONY: help demo pictures schema test quick hunt oldest lint format types imports dist clean
.NOTPARALLEL:

# files that import PyTorch or JAX, which need not be installed; they have no examples
peers := --ignore=src/forpass/bench/contenders/pytorch.py --ignore=src/forpass/bench/contenders/jax.py

help: ## this list
	@sed -n 's/^\([a-z]*\):.*## /\1	/p' Makefile | expand -t 10

demo: $(VENV)/.has-cli ## train on digits and on a table, and look at what came out
	@$(python) examples/demo.py

pictures: $(VENV)/.has-test ## the pictures of the documents, made anew
	@$(python) examples/pictures.py

schema: $(VENV)/.has-test ## the JSON schema of model files, made anew
	@$(python) examples/file_schema.py

test: $(VENV)/.has-test ## all tests
	$(one_thread) $(python) -m pytest -q -n auto --maxprocesses 8 $(TESTS)
	$(one_thread) $(python) -m pytest -q --doctest-modules src/forpass $(peers)

quick: $(VENV)/.has-test ## the tests that are not slow, a few cases of each: under a minute
	$(one_thread) $(python) -m pytest -q -n auto --maxprocesses 8 --quick $(TESTS)

hunt: $(VENV)/.has-test ## property tests on ten times as many examples, new ones each time
	$(one_thread) $(python) -m pytest -q -n auto --maxprocesses 8 --hunt -m hypothesis $(TESTS)

oldest: $(VENV)/.made ## all tests with the oldest versions that pyproject.toml allows
	$(python) .ci/oldest.py >$(VENV)/oldest.txt
	PIP_CONSTRAINT=$(abspath $(VENV)/oldest.txt) $(MAKE) test VENV=$(VENV)-oldest

lint: $(VENV)/.has-dev ## style of the code (ruff)
	$(python) -m ruff check
	$(python) -m ruff format --check

format: $(VENV)/.has-dev ## put the code into that style
	$(python) -m ruff check --fix-only
	$(python) -m ruff format

types: $(VENV)/.has-dev ## types (mypy)
	$(python) -m mypy

imports: $(VENV)/.has-dev ## import layers: who may import whom (import-linter)
	$(VENV)/bin/lint-imports

dist: $(VENV)/.has-dev ## sdist and wheel in dist/, and the wheel tried in an environment of its own
	rm -rf dist $(VENV)-wheel
	$(python) -m build
	$(python) -m venv $(VENV)-wheel
	$(VENV)-wheel/bin/python -m pip --quiet --disable-pip-version-check install --no-deps numpy "$$(echo dist/*.whl)"
	$(VENV)-wheel/bin/python -W error .ci/try_serving.py $(GOLDEN)/three.forpass $(GOLDEN)/intervals.forpass
	$(VENV)-wheel/bin/python -m pip --quiet --disable-pip-version-check install "$$(echo dist/*.whl)"
	$(VENV)-wheel/bin/python -W error .ci/try_wheel.py
	$(VENV)-wheel/bin/python -m pip --quiet --disable-pip-version-check install "$$(echo dist/*.whl)[cli]"
	$(VENV)-wheel/bin/forpass --version

clean: ## remove all that these targets made
	rm -rf $(VENV) $(VENV)-oldest $(VENV)-wheel demo dist build .pytest_cache .hypothesis .mypy_cache .ruff_cache .import_linter_cache
	find src tests examples -name __pycache__ -type d -prune -exec rm -rf {} +

# --- set-up --------------------------------------------------------------------------------------

pip := $(python) -m pip --quiet --disable-pip-version-check

$(VENV)/.made:
	@for python in python3 python3.14 python3.13 python3.12 python3.11 python; do \
	    if $$python -c 'import sys, venv, ensurepip; sys.exit(sys.version_info < (3, 11))' >/dev/null 2>&1; then \
	        echo "setting up $(VENV) with $$($$python --version)" && \
	        $$python -m venv --clear $(VENV) && \
	        $(pip) install --upgrade 'pip>=25.1' && \
	        touch $@ && exit 0 || exit 1; \
	    fi; \
	done; \
	echo 'forpass needs Python 3.11 or newer, with venv, on PATH (Debian, Ubuntu: apt install python3-venv)' >&2; \
	exit 1

$(VENV)/.has-cli: $(VENV)/.made pyproject.toml
	@echo "installing forpass" && $(pip) install --editable '.[cli]' && touch $@

$(VENV)/.has-test: $(VENV)/.made pyproject.toml
	@echo "installing forpass and what its tests need" && $(pip) install --editable '.[cli]' --group test
	@touch $@ $(VENV)/.has-cli

$(VENV)/.has-dev: $(VENV)/.made pyproject.toml
	@echo "installing forpass and the tools" && $(pip) install --editable '.[cli]' --group dev
	@touch $@ $(VENV)/.has-cli $(VENV)/.has-test
