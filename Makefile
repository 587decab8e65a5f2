# Nothing clever: each target is what you would type by hand.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
PORT ?= 8765
# What pip installs as torch; a wheel's path takes another build of the same version.
TORCH ?= torch==2.13.0

.PHONY: setup demo test check format proto golden bench embedded quality pages pictures

setup: $(VENV)/.ready

$(VENV)/.ready: constraints.txt pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
	  { echo "Python 3.11 or later is needed, as 'python3' or as PYTHON=...: install it and run make again."; exit 1; }
	@$(PYTHON) -c 'import venv, ensurepip' 2>/dev/null || \
	  { echo "Python's venv module is missing: on Debian, 'apt-get install python3-venv', then run make again."; exit 1; }
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --constraint constraints.txt '$(TORCH)'
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --constraint constraints.txt --editable '.[dev]'
	@touch $@

# Builds the page when a recent Node is there and its sources are newer. The page in the repository serves otherwise,
# and also when npm can install nothing: that is no reason to show none.
HAS_NODE := $(shell node -e 'const [a,b]=process.versions.node.split(".").map(Number);process.exit(a>20||(a===20&&b>=19)?0:1)' \
  2>/dev/null && command -v npm >/dev/null && echo yes)
PAGE_BUILT := web_overlay/node_modules/.built

ifeq ($(HAS_NODE),yes)
pages: $(PAGE_BUILT)
else
pages:
	@echo "Node 20.19 or later with npm is not here: the page that came with the repository is used."
endif

$(PAGE_BUILT): $(shell find web_overlay -path web_overlay/node_modules -prune -o -type f -print)
	@cd web_overlay && npm ci --silent --no-audit --no-fund && npm run --silent build && touch node_modules/.built || \
	  echo "The page could not be built: the one that came with the repository is used."

demo: setup pages
	@$(BIN)/signllm serve --port $(PORT)

test: setup pages check
	$(BIN)/python -m pytest
	@if [ -f $(PAGE_BUILT) ]; then cd web_overlay && npm run --silent check; else \
	  case ",$$SIGNLLM_REQUIRE," in *,node,*) echo "Node 20.19 or later with npm is required here."; exit 1;; \
	  *) echo "The tests of the page's TypeScript were skipped: they need Node 20.19 or later with npm.";; esac; fi

check: setup
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports

format: setup
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

# Python and TypeScript from proto/; the oldest protobuf that is supported generates, newer runtimes read it.
proto: setup
	$(BIN)/python -m grpc_tools.protoc -I proto --python_out=engine_bridge --pyi_out=engine_bridge \
	  proto/signllm_bridge/v1/pose_stream.proto
	cd web_overlay && npm ci --silent --no-audit --no-fund && npm run --silent proto

golden: setup
	$(BIN)/python tests/golden/make_wire.py

# The shipped model, anew: one to two hours on one core. The recipe's steps and seed decide, not the clock.
embedded: setup
	rm -rf build/tiny
	$(BIN)/signllm train --recipe tiny --out build/tiny
	mkdir -p core/signllm/model/data
	cp build/tiny/asl_tiny.safetensors build/tiny/asl_tiny.json core/signllm/model/data/

quality: setup
	$(BIN)/signllm evaluate --all --out docs/results/quality.md --json

bench: setup
	$(BIN)/python benchmarks/report.py --out docs/results/speed.md --json

# The README's pictures, from the real page in a real Chromium.
pictures: setup pages
	$(BIN)/python -m tests.clients.pictures docs/pictures
