# `make` alone prints this list. PYTHON is only used to make the environment in .venv.
PYTHON ?= python3
PORT ?= 8080
STREAMLIT_PORT ?= 8501
export PORT STREAMLIT_PORT

BIN := .venv/bin
PIP := $(BIN)/pip install --quiet --disable-pip-version-check
MODEL := functions/predict/model.json
# the table that problem.toml names, where it is a file of this repository
DATA := $(wildcard $(shell sed -n 's/^data *= *"\([^"]*\)".*/\1/p' training/problem.toml))
RUN_LOCKS := functions/predict/requirements.txt training/requirements.txt frontend/streamlit/requirements.txt infra/requirements.txt
DEV_LOCK := requirements-dev.txt

.DEFAULT_GOAL := help
.PHONY: help demo test check format train record verify bench lock db data notebook slides package clean
.DELETE_ON_ERROR:

help: ## Print this list
	@awk -F ':.*## ' '/^[a-z]+:.*## / { printf "  make %-10s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

demo: .venv/run $(MODEL) ## Train if stale, then serve the function on :8080 and Streamlit on :8501
	@$(BIN)/python infra/demo.py

test: .venv/dev ## Run every test
	@$(BIN)/pytest

check: .venv/dev ## Check format, lint and types, then run every test
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	@$(MAKE) test

format: .venv/dev ## Format the code
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

train: .venv/run ## Train, evaluate and bake the model of training/problem.toml
	@$(BIN)/python -m training train

record: .venv/run ## Train, and record the figures in model.lock.json and the model card
	@$(BIN)/python -m training record

verify: .venv/dev $(MODEL) ## Train anew and compare every figure with what was recorded
	@$(BIN)/python -m training verify

bench: .venv/dev $(MODEL) ## Measure what the README claims of speed and size
	@$(BIN)/python -m benchmarks

lock: .venv/dev ## Resolve the groups of pyproject.toml anew, to requirement files with hashes
	@$(BIN)/python infra/lock.py

db: .venv/run ## Load the table of training/problem.toml into the PostgreSQL of DATABASE_URL
	@$(BIN)/python -m training db

data: .venv/run ## Simulate data/births.csv anew
	@$(BIN)/python data/simulate.py

notebook: .venv/dev ## Open the notebook in JupyterLab
	@$(BIN)/jupyter lab notebooks/submission.ipynb

slides: .venv/dev ## Export the notebook, as it was last run, as slides to build/slides
	@$(BIN)/jupyter nbconvert --to slides --no-input --output-dir build/slides notebooks/submission.ipynb

package: .venv/run $(MODEL) ## Put the function and what it needs into build/function, for Lambda's python3.13 on x86_64
	@$(BIN)/python infra/package.py

clean: ## Remove the environment and everything that was built
	rm -rf .venv build $(MODEL) functions/predict/report.html .mypy_cache .hypothesis .pytest_cache .ruff_cache

$(MODEL): training/problem.toml $(DATA) $(wildcard training/*.py training/*/*.py training/reporting/templates/*) functions/predict/model.py functions/predict/scorer.py | .venv/run
	@$(BIN)/python -m training train

.venv/bin/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and f"Python 3.11 or newer is needed, {sys.executable} is {sys.version.split()[0]}; name another with PYTHON=")'
	@echo "making the environment .venv"
	@$(PYTHON) -m venv .venv

.venv/run: $(RUN_LOCKS) | .venv/bin/python
	@echo "installing what the demo needs into .venv"
	@$(PIP) --require-hashes $(addprefix -r ,$(RUN_LOCKS))
	@printf '%s\n' '$(CURDIR)' '$(CURDIR)/functions' > "$$($(BIN)/python -c 'import sysconfig; print(sysconfig.get_path("purelib"))')/import-roots.pth"
	@touch $@

.venv/dev: $(DEV_LOCK) | .venv/run
	@echo "installing what development needs into .venv"
	@$(PIP) --require-hashes -r $(DEV_LOCK)
	@touch $@
