# Everything here is also a `baocao` or `python -m` command; docs/developers.md lists them for Windows.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
SAMPLE := data/samples/tuan-giao-2020q1

.DEFAULT_GOAL := help
.PHONY: help setup demo demo-province test test-full lab check lint lock bench bench-batch manifests pictures clean

help: ## list these targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "  make %-13s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

setup: ## make .venv with the locked versions
	@$(PYTHON) -m bootstrap

demo: setup ## regenerate Tuần Giáo's dispatch of Q1/2020 from its tables
	@$(BIN)/baocao ingest one-stop-summary $(SAMPLE)
	@$(BIN)/baocao run portal-dispatch --unit tuan-giao --period 2020-Q1

demo-province: setup ## a made-up province: eight quarters of dossiers, 107 reports, and the site to open
	@$(BIN)/python -m demo_province

test: setup ## unit, integration and back tests
	@$(BIN)/python -m pytest -m "not full" -n logical --dist loadfile --no-loadscope-reorder

test-full: setup ## the same with the full counts
	@$(BIN)/python -m pytest

lab: setup ## open JupyterLab on the notebooks
	@$(BIN)/python -m jupyterlab --notebook-dir=. notebooks/start.ipynb

check: setup ## run the data checks on what has been ingested
	@$(BIN)/baocao check

lint: setup ## ruff and mypy --strict
	@$(BIN)/python -m ruff check .
	@$(BIN)/python -m ruff format --check .
	@$(BIN)/python -m mypy

lock: setup ## resolve requirements.lock anew
	@$(BIN)/python -m uv pip compile --quiet --universal --python-version 3.11 --fork-strategy fewest \
	  --generate-hashes --no-annotate --no-header --upgrade --group dev pyproject.toml -o requirements.lock

bench: setup ## time the main job beside the stock tools
	@$(BIN)/python -m benchmarks

bench-batch: setup ## time thousands of reports beside papermill and nbconvert
	@$(BIN)/python -m benchmarks batch

manifests: setup ## keep the five documents' hashes anew, after a change that is meant to change bytes
	@$(BIN)/python -m tests.backtests.manifests

pictures: demo-province ## draw the pictures of the documentation again
	@$(BIN)/python -m docs.pictures

clean: ## remove outputs, the sample store and caches (not .venv)
	@$(PYTHON) -c "import shutil; [shutil.rmtree(p, ignore_errors=True) for p in ('outputs', 'data/store', '.mypy_cache', '.ruff_cache', '.pytest_cache', '.hypothesis')]"
