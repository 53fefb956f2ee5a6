# Every command a person types; `make` alone lists them. Honours CARGO_TARGET_DIR.

SHELL := /bin/bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help
# The steps of one target run in order, one at a time: two cores are already busy with one.
.NOTPARALLEL:

TARGET := $(abspath $(or $(CARGO_TARGET_DIR),target))
TOOLS := $(TARGET)/tools
PYTHON := $(TOOLS)/venv/bin/python
BUF := $(CURDIR)/proto/node_modules/.bin/buf

# Tests find the tools here; without them they look in the same places of the default target folder.
export SAMEUSER_PYTHON := $(PYTHON)
export SAMEUSER_BUF := $(BUF)

# Commands that tests and builds need, and the Debian package of each.
PACKAGES := strace:strace openssl:openssl cc:build-essential redis-server:redis-server promtool:prometheus \
  chromium:chromium

.PHONY: help build console console-test console-bench screenshots demo test soak bench format lint tools system-packages

help: ## Lists these targets
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | awk -F':.*## ' '{ printf "  make %-8s %s\n", $$1, $$2 }'

build: ## Builds the release binary
	cargo build --locked --release --bin sameuser

console: console/node_modules/.installed proto/node_modules/.installed ## Checks and builds the analysts' console; `make build` then carries it
	@echo '== console: format, types, lint, build, budget'
	cd console
	# Cargo watches the built app only once there is one.
	[[ -f dist/index.html ]] || touch ../build.rs
	npm run --silent generate
	npm run --silent check

# The app is part of the program: it is built first, and the program anew where the app changed.
console-test: tools console build ## Tests the console in a real browser against the real program
	@echo '== console: browser tests'
	cd console
	SAMEUSER_PROGRAM=$(TARGET)/release/sameuser npm run --silent test

console-bench: tools console build ## Measures how fast the console paints 100,000 cases and a ring of 500 accounts
	cd console
	SAMEUSER_PROGRAM=$(TARGET)/release/sameuser npm run --silent paint

screenshots: tools console build ## Takes a picture of every screen, into target/screenshots
	fc-list :lang=zh | grep -q . || echo 'no Chinese font: as root, apt-get install fonts-wqy-microhei' >&2
	cd console
	SAMEUSER_PROGRAM=$(TARGET)/release/sameuser npm run --silent screenshots

demo: $(TOOLS)/venv/.installed ## Builds, starts, feeds and asks; prints a summary and keeps serving until Ctrl-C (DEMO_ONCE=1: ends there)
	# Without Node the service is the same, and its page says what is missing.
	if command -v npm >/dev/null; then $(MAKE) --no-print-directory console; fi
	deploy/demo/run.sh

# Everything, clippy too, uses the release profile, so that each dependency (and SQLite in C) is
# compiled once: the tests drive the real binary, thousands of events at a time.
test: tools console ## Installs what the tests need, then runs every check and test
	@echo '== format: cargo fmt --check'
	cargo fmt --all --check
	echo '== lint: cargo clippy'
	cargo clippy --locked --release --all-targets -- -D warnings
	echo '== public contract: buf lint, buf breaking'
	$(BUF) lint proto
	$(BUF) breaking proto --against proto/released.binpb
	echo '== tests: cargo test'
	cargo test --locked --release
	echo '== console: browser tests'
	(cd console; SAMEUSER_PROGRAM=$(TARGET)/release/sameuser npm run --silent test)
	echo '== demo, once: deploy/demo/run.sh'
	DEMO_ONCE=1 deploy/demo/run.sh
	echo '== all passed'

# The same tests, with the iteration counts of a long run: they read SAMEUSER_SOAK.
soak: tools console build ## Runs the long crash, property and growth runs, keeps what they print under docs/records/
	mkdir -p docs/records
	record="docs/records/soak-$$(date -u +%Y-%m-%d).txt"
	{
	  echo "soak of $$(git rev-parse --short HEAD 2>/dev/null || echo 'an uncommitted tree'), $$(date -u +%FT%TZ)"
	  echo "on $$(nproc) cores, $$(uname -srm), $$(rustc --version)"
	  echo 'SAMEUSER_SOAK=1 cargo test --locked --release --test it -- --nocapture'
	  SAMEUSER_SOAK=1 cargo test --locked --release --test it -- --nocapture
	  echo 'cargo bench --locked --bench growth -- soak'
	  cargo bench --locked --bench growth -- soak
	  echo 'make console-bench'
	  (cd console; SAMEUSER_PROGRAM=$(TARGET)/release/sameuser npm run --silent paint)
	} 2>&1 | tee "$$record"

bench: ## Runs the benches; each prints a ratio against a reference measured beside it
	cargo bench --locked --bench '*'

format: ## Formats the Rust sources
	cargo fmt --all

lint: tools ## Format check, clippy and buf, without running tests
	cargo fmt --all --check
	cargo clippy --locked --release --all-targets -- -D warnings
	$(BUF) lint proto
	$(BUF) breaking proto --against proto/released.binpb

tools: system-packages $(TOOLS)/venv/.installed proto/node_modules/.installed ## Installs what the tests need and only what is missing

# Quiet and offline where nothing is missing.
system-packages:
	@missing=()
	for pair in $(PACKAGES); do
	  command -v "$${pair%%:*}" >/dev/null || missing+=("$${pair##*:}")
	done
	python3 -c 'import ensurepip, venv' 2>/dev/null || missing+=(python3-venv)
	if (( $${#missing[@]} == 0 )); then exit 0; fi
	echo "== Debian packages: $${missing[*]}"
	if (( $$(id -u) != 0 )); then
	  echo "missing; as root: apt-get install $${missing[*]}" >&2
	  exit 1
	fi
	apt-get update -q
	DEBIAN_FRONTEND=noninteractive apt-get install -q -y --no-install-recommends "$${missing[@]}"

$(TOOLS)/venv/.installed: tests/clients/requirements.txt
	@$(MAKE) --no-print-directory system-packages PACKAGES=
	echo '== Python packages'
	mkdir -p $(TOOLS)
	rm -rf $(TOOLS)/venv
	python3 -m venv $(TOOLS)/venv
	$(PYTHON) -m pip install --quiet --disable-pip-version-check --requirement $<
	touch $@

proto/node_modules/.installed: proto/package.json proto/package-lock.json
	@echo '== npm packages'
	cd proto
	npm ci --no-audit --no-fund --loglevel=error
	touch node_modules/.installed

console/node_modules/.installed: console/package.json console/package-lock.json
	@echo '== npm packages of the console'
	cd console
	npm ci --no-audit --no-fund --loglevel=error
	touch node_modules/.installed

# A recipe is one script, so that a list or a variable lives on to the next line.
.ONESHELL:
