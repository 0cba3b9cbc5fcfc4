# The commands for people. `make help` lists them. Each may be run again at any time, and does only
# what is left to do.
#
#   V8_ROOT=…      use this V8 (a folder with include/ and lib/) instead of the one that
#                  cmake/FindV8.cmake finds
#   PYTHON=…       the interpreter that .venv is made from (python3)
#   AUTO=1         make demo: run by itself, without a browser and without asking
#   SECONDS=…      make fuzz: the time in seconds (60)
#   PYTEST_ARGS=…  make test, make sanitize: more arguments for pytest
#   TESTS=…        make check: which Python tests, as pytest's arguments

PYTHON ?= python3
TEST_JOBS ?= 2
export PYTHON V8_ROOT

VENV := .venv/bin
V8_CACHE := $(or $(XDG_CACHE_HOME),$(HOME)/.cache)/jsrun/v8

# Each engine has its own build folder, so that changing the engine rebuilds nothing.
ifdef V8_ROOT
override V8_ROOT := $(abspath $(V8_ROOT))
ENGINE := v8-$(shell awk '/define V8_(MAJOR|MINOR|BUILD|PATCH)_/ {v = v s $$3; s = "."} \
    END {print v}' $(V8_ROOT)/include/v8-version.h)
else
ENGINE := default
endif
BUILD := build/$(ENGINE)
SANITIZE_BUILD := build/sanitize$(patsubst %,-%,$(filter-out default,$(ENGINE)))

RUN := PYTHONPATH=$(CURDIR)/$(BUILD)/python $(VENV)/python
C_FILES = $(shell find $(wildcard runtime inspector python/src tests benchmarks docs/examples) \
    -name '*.[ch]' -o -name '*.cc' -o -name '*.cpp')
# Built-in JavaScript. The first and the last file of a folder have half of a function each, which
# clang-format takes for a mistake.
JS_FILES = $(shell find runtime/js -name '*.js' -not -name begin.js -not -name end.js)

.PHONY: help setup setup-build setup-fuzz build demo test check wpt lint format sanitize fuzz \
    bench v8 wheel clean
.DEFAULT_GOAL := help

help: ## list the targets
	@sed -n 's/^\([a-z0-9-]*\):[^#]*## \(.*\)/  make \1\t\2/p' Makefile | expand -t 20

setup: ## install what is missing to build and to test
	@cmake/setup.sh test

setup-build:
	@cmake/setup.sh build

setup-fuzz:
	@cmake/setup.sh fuzz

build: setup-build $(BUILD)/build.ninja ## compile, into build/
	@cmake --build $(BUILD)

# Ninja configures again on its own, except when `make v8` has built another engine.
%/build.ninja: $(wildcard $(V8_CACHE)/include/v8-version.h) | setup-build
	cmake -S . -B $* -G Ninja -DPython_EXECUTABLE=$(CURDIR)/$(VENV)/python \
	    -DV8_ROOT=$(V8_ROOT) $(CMAKE_ARGS)
	@touch $@

demo: build ## a debugging session to try (AUTO=1: without asking)
	@$(RUN) -u docs/examples/demo.py $(if $(filter 1,$(AUTO)),--auto)

quoted = '$(subst ','\'',$(1))'
IN_PARALLEL := -n $(TEST_JOBS) --dist loadfile --max-worker-restart 0

test: setup ## lint, C tests, Python tests, DevTools tests
	@cmake/stages.sh lint '$(MAKE) --no-print-directory lint' \
	    --needed build '$(MAKE) --no-print-directory build' \
	    "C tests" 'ctest --test-dir $(BUILD) --output-on-failure -j $(TEST_JOBS)' \
	    "Python tests" $(call quoted,$(RUN) -m pytest tests $(IN_PARALLEL) $(PYTEST_ARGS)) \
	    "DevTools tests" $(call quoted,$(RUN) -m pytest devtools-tests $(PYTEST_ARGS))

check: build ## some Python tests: make check TESTS="tests/errors -k syntax"
	@$(RUN) -m pytest $(TESTS) $(PYTEST_ARGS)

wpt: build ## run the web platform's tests of streams
	tests/wpt/fetch.sh build/wpt
	$(RUN) tests/wpt/run.py build/wpt

LINT := $(VENV)/python cmake/lint

lint: setup ## check format, style, types, and what comments say
	@cmake/stages.sh ruff '$(VENV)/ruff check .' \
	    "ruff format" '$(VENV)/ruff format --check .' \
	    clang-format '$(VENV)/clang-format --dry-run -Werror $(C_FILES) $(JS_FILES)' \
	    mypy $(VENV)/mypy \
	    columns '$(LINT)/columns.py' \
	    functions '$(LINT)/functions.py' \
	    headers '$(LINT)/headers.py' \
	    imports '$(LINT)/imports.py' \
	    names '$(LINT)/names.py'

format: setup ## format the code, and wrap comments and prose
	$(VENV)/ruff check --fix-only .
	$(VENV)/ruff format .
	$(VENV)/clang-format -i $(C_FILES) $(JS_FILES)
	$(LINT)/wrap.py

$(SANITIZE_BUILD)/build.ninja: CMAKE_ARGS := -DJSRUN_SANITIZE=ON -DCMAKE_C_COMPILER=gcc \
    -DCMAKE_CXX_COMPILER=g++

sanitize: setup $(SANITIZE_BUILD)/build.ninja ## C and Python tests under AddressSanitizer and UBSan
	cmake --build $(SANITIZE_BUILD)
	cmake/sanitize.sh $(SANITIZE_BUILD) $(PYTEST_ARGS)

build/fuzz/build.ninja: CMAKE_ARGS := -DJSRUN_SANITIZE=ON -DJSRUN_FUZZ=ON -DCMAKE_C_COMPILER=clang \
    -DCMAKE_CXX_COMPILER=clang++

fuzz: setup-fuzz build/fuzz/build.ninja ## send the DevTools server hostile input for SECONDS (60)
	cmake --build build/fuzz --target inspector_fuzz
	tests/fuzz/run.sh build/fuzz $(or $(SECONDS),60)

bench: build ## measure against raw V8 and the peers
	$(RUN) benchmarks/run.py --json docs/benchmarks/$(ENGINE).json \
	    --plot docs/benchmarks/$(ENGINE).svg --peers

v8: ## build V8 15 into the user's cache folder (Debian; 22 minutes on two cores)
	cmake/v8/build-v8.sh $(V8_CACHE)

wheel: setup-build ## build a wheel into dist/
	$(VENV)/python -m pip wheel --no-deps --wheel-dir dist .

clean: ## remove everything that was built, and the V8 that was downloaded
	rm -rf build dist .mypy_cache .pytest_cache .ruff_cache .hypothesis
