# make install    the package and what it needs, in .venv
# make demo       train and evaluate on generated scenes, from an empty machine
# make test       the test suite, but for the slow tests
# make test-slow  the tests that take minutes
# make coverage   the test suite, with coverage
# make lint       style and types
# make docs       the documentation as a site, in build/site
TORCH ?= torch==2.13.0
PYTHON ?= python3
VENV := .venv
PIP := $(VENV)/bin/python -m pip install --quiet --disable-pip-version-check
RUN := $(VENV)/bin/python
TEST := OMP_NUM_THREADS=1 $(RUN) -m pytest -n auto --dist worksteal

.PHONY: install demo test test-slow coverage lint docs clean

$(VENV)/.runtime: requirements.txt pyproject.toml Makefile
	test -x $(RUN) || $(PYTHON) -m venv $(VENV)
	$(PIP) '$(TORCH)'
	$(PIP) -r requirements.txt
	$(PIP) --no-deps -e .
	touch $@

$(VENV)/.dev: $(VENV)/.runtime requirements-dev.txt
	$(PIP) -r requirements-dev.txt
	touch $@

$(VENV)/.docs: $(VENV)/.runtime
	$(PIP) -e '.[docs]'
	touch $@

install: $(VENV)/.runtime

demo: $(VENV)/.runtime
	$(RUN) tools/demo.py

test: $(VENV)/.dev
	$(TEST) -m 'forks and not slow'
	$(TEST) -m 'not forks and not slow'

test-slow: $(VENV)/.dev
	$(RUN) -m pytest -m 'forks and slow'
	$(RUN) -m pytest -m 'not forks and slow'

coverage: $(VENV)/.dev
	$(TEST) -m 'forks and not slow' --cov --cov-report=
	$(TEST) -m 'not forks and not slow' --cov --cov-append --cov-report=term

lint: $(VENV)/.dev
	$(RUN) -m ruff check .
	$(RUN) -m mypy

docs: $(VENV)/.docs
	NO_MKDOCS_2_WARNING=1 $(RUN) -m mkdocs build

clean:
	rm -rf $(VENV)
