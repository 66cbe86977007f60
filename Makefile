# `make` alone prints this list. PYTHON is only used to make the environment in .venv.
PYTHON ?= python3
PORT ?= 8080
STREAMLIT_PORT ?= 8501
LAMBDA_PORT ?= 9090
SAM_PORT ?= 3000
JUPYTER_PORT ?= 8888
POSTGRES_PORT ?= 5432
LOCALSTACK_PORT ?= 4566
DASHBOARD_PORT ?= 8787
export SAM_CLI_TELEMETRY = 0
export PORT STREAMLIT_PORT LAMBDA_PORT JUPYTER_PORT POSTGRES_PORT LOCALSTACK_PORT DASHBOARD_PORT

BIN := .venv/bin
PIP := $(BIN)/pip install --quiet --disable-pip-version-check
MODEL := functions/predict/model.json
# what a model is made of, beside its table
INPUTS := training/problem.toml $(wildcard docs/intended-use.md training/*.py training/*/*.py training/reporting/templates/*) \
  $(addprefix functions/predict/,calibrators.py cells.py dates.py inputs.py model.py row.py scorer.py) functions/pickled.py
INPUTS_SUM := build/inputs.sum
TABLE = "$$(sed -n "s/^data *= *[\"']\([^\"']*\).*/\1/p" training/problem.toml)"
SUM = { cat $(INPUTS); cat $(TABLE) $(MODEL) 2>/dev/null; } | cksum
KEEP_SUM = mkdir -p build; $(SUM) > $(INPUTS_SUM); touch $(MODEL)
RUN_LOCKS := functions/predict/requirements.txt training/requirements.txt frontend/streamlit/requirements.txt infra/requirements.txt
DEV_LOCK := requirements-dev.txt
LAMBDA_LOCK := infra/lambda-requirements.txt
# what Lambda itself brings, apart from the packages of .venv
LAMBDA_PARTS := .venv/lambda/installed
AUDIT_LOCK := infra/audit-requirements.txt
# what asks for known vulnerabilities, apart from the packages of .venv
AUDIT := .venv/audit/bin/python
# the SAM CLI and cfn-lint, checkov, and LocalStack, each with versions of its own
SAM := .venv/sam/installed
CHECKOV := .venv/checkov/installed
# what lists all that is shipped
SBOM := .venv/sbom/installed
SBOM_OUT ?= build/sbom
LOCALSTACK := .venv/localstack/installed
# what checks the accessibility of the page in its tests
AXE := .venv/axe/node_modules/axe-core/axe.min.js

.DEFAULT_GOAL := help
.PHONY: help demo test check format train record verify bench fuzz load mutants coverage lock audit sbom up down db data notebook slides package site lambda sam deploy destroy localstack localstack-down clean
.DELETE_ON_ERROR:

help: ## Print this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-15s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

demo: .venv/run $(MODEL) ## Train if stale, then serve the function on :8080 and Streamlit on :8501
	@$(BIN)/python infra/demo.py

test: .venv/dev ## Run every test, in two processes
	@$(BIN)/pytest --numprocesses 2

check: .venv/dev $(SAM) $(CHECKOV) $(SBOM) ## Check format, lint, types, template.yaml and workflows, then run every test
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/python infra/variants.py
	.venv/sam/bin/cfn-lint template.yaml build/template/*.yaml
	.venv/sam/bin/sam validate --lint
	.venv/checkov/bin/checkov --file template.yaml build/template/*.yaml --framework cloudformation --skip-download --quiet --compact
	$(BIN)/zizmor --offline --no-progress --pedantic .github
	@$(MAKE) test

format: .venv/dev ## Format the code
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

train: .venv/run ## Train, evaluate and bake the model of training/problem.toml
	@$(BIN)/python -m training train
	@$(KEEP_SUM)

record: .venv/run ## Train, and record the figures in model.lock.json and the model card
	@$(BIN)/python -m training record
	@$(KEEP_SUM)

# a model that is there is looked at as it is: to train first would put right what was edited by hand
verify: .venv/dev ## Train anew and compare every figure with what was recorded
	@[ -e $(MODEL) ] || { $(BIN)/python -m training train && { $(KEEP_SUM); }; }
	@$(BIN)/python -m training verify

bench: .venv/dev $(MODEL) ## Measure what the README claims of speed and size
	@$(BIN)/python -m benchmarks

fuzz: .venv/dev $(MODEL) ## Send 200,000 requests and 50,000 files that nobody should send
	@$(BIN)/python -W ignore -m tests.fuzz

load: .venv/dev $(MODEL) ## Load the function: many clients, many invocations, slow and silent ones
	@$(BIN)/python -m benchmarks.load

mutants: .venv/dev ## Change the scorer, the schema and the splitting in small ways, and see that a test fails each time
	@$(BIN)/python infra/mutants.py

coverage: .venv/dev ## Run every test, and tell which lines and branches none of them reaches
	@mkdir -p build/coverage
	@$(BIN)/coverage erase
	$(BIN)/coverage run -m pytest; status=$$?; $(BIN)/coverage combine --quiet && $(BIN)/coverage report && exit $$status

lock: .venv/dev ## Resolve the groups of pyproject.toml anew, to requirement files with hashes
	@$(BIN)/python infra/lock.py

audit: $(AUDIT) ## Look for weak code, and ask for known vulnerabilities of everything that is locked; needs the network
	@$< -m bandit --quiet --configfile pyproject.toml --recursive functions training frontend infra data
	@$< infra/audit.py $<

sbom: $(SBOM) ## List what the function ships, and what an image of it does, as CycloneDX in build/sbom
	@mkdir -p $(SBOM_OUT)
	@for part in predict/:function :image; do \
	  PYTHONWARNINGS=ignore .venv/sbom/bin/cyclonedx-py requirements --pyproject pyproject.toml --output-reproducible \
	    --spec-version 1.6 --output-file $(SBOM_OUT)/$${part#*:}.cdx.json functions/$${part%:*}requirements.txt || exit 1; \
	  echo "$(SBOM_OUT)/$${part#*:}.cdx.json"; \
	done

up: ## Start function, Streamlit, Jupyter and PostgreSQL in containers
	@command -v docker >/dev/null || { echo "Error: make up needs Docker with Compose; install it, or use make demo, which needs none" >&2; exit 2; }
	@docker compose up --build --wait
	@echo "the function and its page  http://127.0.0.1:$(PORT)"
	@echo "Streamlit                  http://127.0.0.1:$(STREAMLIT_PORT)"
	@echo "Jupyter                    http://127.0.0.1:$(JUPYTER_PORT), with the token in .secrets/jupyter/token"
	@echo "PostgreSQL                 127.0.0.1:$(POSTGRES_PORT), with the password in .secrets/jupyter/pgpass"

down: ## Stop the containers; the database stays (docker compose down --volumes removes it)
	@docker compose down

db: .venv/run ## Load the table of training/problem.toml into the PostgreSQL of DATABASE_URL
	@$(BIN)/python -m training db

data: .venv/run ## Simulate data/births.csv anew
	@$(BIN)/python data/simulate.py

notebook: .venv/dev ## Open the notebook in JupyterLab
	@$(BIN)/jupyter lab notebooks/submission.ipynb

slides: .venv/dev ## Export the notebook, as it was last run, as slides to build/slides
	@$(BIN)/jupyter nbconvert --to slides --no-input --output-dir build/slides notebooks/submission.ipynb

package: .venv/run $(MODEL) ## Build build/function.zip for Lambda (RUNTIME=python3.13 ARCH=x86_64, or arm64)
	@$(BIN)/python infra/package.py

site: .venv/run $(MODEL) ## Write the page to build/site for any static host; it works alone, or asks API_URL=https://host/path
	@$(BIN)/python infra/site.py

lambda: .venv/run $(LAMBDA_PARTS) $(MODEL) ## Serve the package under Lambda's own runtime on :9090, without Docker
	@$(BIN)/python infra/lambda_server.py

sam: $(SAM) ## Validate, build, invoke and serve template.yaml with the SAM CLI on :3000; needs a container engine
	@docker info >/dev/null 2>&1 || { echo "Error: make sam needs a container engine, such as Docker, that runs; make lambda needs none" >&2; exit 2; }
	@$(MAKE) package
	.venv/sam/bin/sam validate --lint
	.venv/sam/bin/sam build
	.venv/sam/bin/sam local invoke PredictFunction --event tests/events/http-api.json $(SAM_OPTIONS)
	.venv/sam/bin/sam local start-api --host 127.0.0.1 --port $(SAM_PORT) --warm-containers EAGER --parameter-overrides HttpApi=On $(SAM_OPTIONS)

deploy: .venv/run $(SAM) $(MODEL) ## Deploy template.yaml to AWS (PARAMETERS="Website=CloudFront AuthType=AWS_IAM"); shows what would change, and asks
	@$(BIN)/python infra/deploy.py

destroy: .venv/run ## Delete from AWS what make deploy made; models stay, unless DELETE_MODELS names their bucket
	@$(BIN)/python infra/destroy.py

# LocalStack itself is only installed where neither an address nor a container engine is there to be used
localstack: ## Deploy template.yaml with its page to LocalStack on :4566, or to AWS_ENDPOINT_URL=
	@$(MAKE) --no-print-directory --jobs 3 $(MODEL) $(SAM) \
	  $$([ -n "$$AWS_ENDPOINT_URL" ] || docker info >/dev/null 2>&1 || echo $(LOCALSTACK))
	@$(BIN)/python infra/local_cloud.py up

localstack-down: .venv/run ## Stop LocalStack, and delete all that it left
	@$(BIN)/python infra/local_cloud.py down

clean: ## Remove the environment and everything that was built
	@test ! -d build/localstack || $(BIN)/python infra/local_cloud.py down # which would run on, with nobody to find it
	chmod -fR u+w build || true
	rm -rf .venv build .aws-sam $(MODEL) functions/predict/report.html functions/predict/model.joblib .mypy_cache .hypothesis .pytest_cache .ruff_cache

$(MODEL): $(INPUTS_SUM) | .venv/run
	@$(BIN)/python -m training train
	@$(KEEP_SUM)

# by contents, not by time: a problem file or a table that is put back is older than the model that came between, and a
# model that was trained otherwise is of other inputs
$(INPUTS_SUM): FORCE
	@mkdir -p $(@D)
	@[ "$$($(SUM))" = "$$(cat $@ 2>/dev/null)" ] || $(SUM) > $@

FORCE:

.venv/bin/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and f"Python 3.11 or newer is needed, {sys.executable} is {sys.version.split()[0]}; name another with PYTHON=")'
	@echo "making the environment .venv"
	@$(PYTHON) -m venv .venv

.venv/run: $(RUN_LOCKS) | .venv/bin/python
	@echo "installing what the demo needs into .venv"
	@$(PIP) --require-hashes $(addprefix -r ,$(RUN_LOCKS))
	@printf '%s\n' '$(CURDIR)' '$(CURDIR)/functions' > "$$($(BIN)/python -c 'import sysconfig; print(sysconfig.get_path("purelib"))')/import-roots.pth"
	@touch $@

$(LAMBDA_PARTS): $(LAMBDA_LOCK) | .venv/bin/python
	@echo "installing Lambda's runtime into .venv/lambda"
	@mkdir -p $(@D)
	@$(PIP) --upgrade --no-deps --require-hashes --only-binary :all: --target $(@D) -r $(LAMBDA_LOCK)
	@touch $@

$(AUDIT): $(AUDIT_LOCK) | .venv/bin/python
	@echo "installing pip-audit and bandit into .venv/audit"
	@$(BIN)/python -m venv $(@D)/..
	@$@ -m pip install --quiet --disable-pip-version-check --require-hashes -r $<
	@touch $@

# --no-compile: Python compiles what it imports, and most of this never is
$(SAM) $(CHECKOV) $(SBOM): .venv/%/installed: infra/%-requirements.txt | .venv/bin/python
	@echo "installing $* into .venv/$*"
	@.venv/bin/python -m venv .venv/$*
	@.venv/$*/bin/pip install --quiet --disable-pip-version-check --no-compile --no-deps --require-hashes -r $<
	@touch $@

$(LOCALSTACK): $(wildcard infra/localstack/*.txt infra/localstack/*.toml) $(LAMBDA_LOCK) | .venv/bin/python
	@python=$$($(BIN)/python -m infra.localstack_python) && \
	echo "installing LocalStack into .venv/localstack, with $$python" && \
	$$python -m venv --clear .venv/localstack && \
	pip=".venv/localstack/bin/pip --quiet --disable-pip-version-check install --no-compile --no-deps" && \
	$$pip --require-hashes -r infra/localstack/requirements.txt && \
	$$pip --require-hashes --only-binary :all: --target .venv/localstack/lambda -r $(LAMBDA_LOCK) && \
	$$pip --no-index --no-build-isolation --editable infra/localstack && touch $@

$(AXE): tests/axe/package-lock.json | .venv/bin/python
	@if command -v npm >/dev/null; then \
	  echo "installing axe-core into .venv/axe"; \
	  mkdir -p .venv/axe && cp tests/axe/package*.json .venv/axe && \
	  npm ci --prefix .venv/axe --ignore-scripts --no-audit --no-fund --loglevel=error && touch $@; \
	else \
	  echo "Note: there is no npm here, so that the tests that need axe-core will be skipped"; \
	fi

# --no-compile, as above
.venv/dev: $(DEV_LOCK) $(LAMBDA_PARTS) | .venv/run $(AXE)
	@echo "installing what development needs into .venv"
	@$(PIP) --no-compile --require-hashes -r $(DEV_LOCK)
	@touch $@
