# What the README's commands run. Needs Rust, a C++ compiler, Python 3 with pip; everything else is fetched and checked.
SHELL := /bin/bash
CARGO := scripts/with-torch cargo
SHARED ?= $(or $(MEDTRANSFER_SHARED),../shared)

.PHONY: demo test real lint clean-demo

# Made images -> four pre-trainings -> 90 fine-tuning runs -> store -> analysis -> report, all on the CPU.
demo:
	@set -e; t0=$$(date +%s); scripts/with-torch true; t1=$$(date +%s); \
	$(CARGO) build --features torch; t2=$$(date +%s); \
	$(CARGO) run --quiet --features torch -- demo --out out/demo; t3=$$(date +%s); \
	echo "set-up $$((t1 - t0)) s, build $$((t2 - t1)) s, demo $$((t3 - t2)) s"

# Everything that needs no network, no GPU and no data of others.
test:
	$(CARGO) test --workspace --features torch

# The same path on real X-rays (see ../shared/data/README.md or set MEDTRANSFER_SHARED): ImageNet against scratch.
real:
	$(CARGO) build --features torch
	MEDTRANSFER_SHARED=$(SHARED) $(CARGO) run --quiet --features torch -- doctor
	MEDTRANSFER_SHARED=$(SHARED) scripts/real out/real

lint:
	cargo fmt --all --check
	$(CARGO) clippy --workspace --all-targets --features torch -- --deny warnings

clean-demo:
	rm -rf out/demo
