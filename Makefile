# Two commands on a fresh machine: `make demo` and `make test`. `make help` lists the rest.

SHELL := /bin/bash
.SHELLFLAGS := -eu -o pipefail -c
.DEFAULT_GOAL := help

WEB_SOURCES := $(shell find web -type f -not -path '*/node_modules/*' -not -path '*/dist/*' 2>/dev/null)
NEXTEST := $(shell command -v cargo-nextest 2>/dev/null)

.PHONY: help
help: ## this list
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/^([a-z-]+):.*## /\1\t/' | expand -t 14

.PHONY: demo
demo: build ## build all and start the product with a simulated carrier: one page, /demo
	@target/release/switchboard demo

.PHONY: build
build: tools web/dist/.built ## leave target/release/switchboard, front ends inside
	cargo build --release --locked

.PHONY: test
test: tools web/dist/.built ## install what the tests need, then run every test
	scripts/test

.PHONY: check
check: tools web/node_modules/.installed ## format, lints, types, docs, licences
	cargo fmt --all --check
	cargo clippy --workspace --all-targets --locked -- -D warnings
	RUSTDOCFLAGS='-D warnings' cargo doc --workspace --no-deps --locked --document-private-items --quiet
	scripts/licences
	cd web && npm run check

.PHONY: bench
bench: web/dist/.built ## the product beside the bare floor of the same path, as ratios
	scripts/bench

.PHONY: conformance
conformance: build ## our requests and our simulator, judged by programs that are not ours
	scripts/conformance

.PHONY: fuzz
fuzz: ## throw random bytes at everything that reads from outside, for a minute
	scripts/fuzz

.PHONY: soak
soak: build ## a flood of switches, 1,000 kill -9 restarts under load, and the model with a larger bound
	scripts/soak

.PHONY: attack
attack: web/dist/.built ## 10,000 networks switch to numbers that pay their owner: the guard must hold, honest visitors come through
	cargo build --release --locked -p switchboard-attack
	timeout 600 target/release/switchboard-attack

.PHONY: clean
clean: ## remove everything that was built
	rm -rf target web/dist web/node_modules .cache

.PHONY: tools
tools:
	@scripts/tools

web/node_modules/.installed: web/package.json web/package-lock.json
	cd web && npm ci --no-audit --no-fund
	@touch $@

web/dist/.built: web/node_modules/.installed $(WEB_SOURCES)
	cd web && npm run build
	@touch $@
