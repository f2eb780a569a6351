# The commands of this project. `make demo` and `make test` work on a fresh Debian 12: they install what is missing first.
.PHONY: help setup setup-tests setup-peers build build-all demo test test-asan test-tsan fuzz simulate simulate-defects soak bench bench-growth bench-threads bench-push bench-hours bench-expr lint format clean
.DEFAULT_GOAL := help

JOBS ?= $(shell nproc)
DEMO_FOR ?=
SEEDS ?= 1000
TICKS ?= 10000
LIST ?= bench/peer/expr/list.tsv

help:
	@echo 'make demo    build, then watch machines follow a queue that a real Prometheus measures (DEMO_FOR=60s to end by itself)'
	@echo 'make test    build and run all tests'
	@echo 'make setup-peers    before make test: builds the development server of Temporal for one more test, where Go is there (takes minutes)'
	@echo 'make build   build/release/fly-autoscaler'
	@echo 'make bench   the figures: ticks a second, CPU a tick, memory, start-up time'
	@echo 'make bench-expr   expressions against the reference implementation (LIST=FILE of names and expressions, REFERENCE=FILE)'
	@echo 'make simulate    the autoscaler under thousands of simulated faults (SEEDS=10000); make simulate-defects shows that it finds defects'
	@echo 'make soak    every source against real servers that fail in turn: memory, descriptors and threads stay flat (TICKS=10000)'
	@echo 'make lint    clang-format and clang-tidy;  make format rewrites in place'
	@echo 'make test-asan, make test-tsan    the tests under sanitizers;  make fuzz builds the fuzzers'

setup:
	@scripts/setup

setup-tests:
	@scripts/setup --test

setup-peers:
	@scripts/setup-temporal

build/%/build.ninja: CMakePresets.json
	@cmake --preset $* >/dev/null

build: setup build/release/build.ninja
	@cmake --build --preset release -j $(JOBS) --target fly-autoscaler

# With the tests and the benchmarks.
build-all: setup build/release/build.ninja
	@cmake --build --preset release -j $(JOBS)

demo: build
	@scripts/demo $(DEMO_FOR)

test: setup-tests build-all
	@scripts/run-tests build/release

test-asan: setup-tests build/asan/build.ninja
	@cmake --build --preset asan -j $(JOBS)
	@scripts/run-tests build/asan

test-tsan: setup-tests build/tsan/build.ninja
	@cmake --build --preset tsan -j $(JOBS)
	@scripts/run-tests build/tsan

fuzz:
	@scripts/setup --fuzz
	@cmake --preset fuzz >/dev/null
	@cmake --build --preset fuzz -j $(JOBS)

simulate: setup build/release/build.ninja
	@cmake --build --preset release -j $(JOBS) --target simulate
	@build/release/tests/simulate -seeds 1..$(SEEDS)

simulate-defects: setup build/release/build.ninja
	@cmake --build --preset release -j $(JOBS) --target simulate-defects
	@build/release/tests/simulate-defects -seeds $(SEEDS)

soak: setup-tests build/release/build.ninja
	@cmake --build --preset release -j $(JOBS) --target soak
	@build/release/soak -ticks $(TICKS)

bench: build-all
	@scripts/bench build/release

# Costs by the number of apps and of event loops; from news to the start call; hours of many apps in minutes (24 of them).
bench-growth: build
	@bench/growth/run
bench-threads: build
	@bench/growth/threads
bench-push: build
	@bench/push/run build/release
bench-hours: build
	@bench/growth/hours

bench-expr: setup build/release/build.ninja
	@scripts/bench-expr build/release $(LIST) $(REFERENCE)

lint:
	@scripts/setup --lint
	@scripts/lint

format:
	@scripts/setup --lint
	@git ls-files '*.h' '*.cpp' | xargs clang-format-19 -i

clean:
	@rm -rf build
