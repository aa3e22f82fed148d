# Thin: says what there is; meson and the scripts in tools/ do it.
BUILD ?= build
ASAN ?= build-asan
PREFIX ?= /usr/local
export PATH := $(CURDIR)/build-node/bin:$(PATH)

.PHONY: help deps build demo test check bench bench-import bench-burst bench-store fmt install uninstall clean

help:
	@echo "make demo    set everything up and show a first sync of real companies"
	@echo "make check   set everything up and pass all tests"
	@echo "make build | test | bench | bench-import | bench-burst | bench-store | fmt | install | uninstall | clean"

deps:
	@tools/deps

build:
	@tools/build $(BUILD)

demo:
	@tools/deps build
	@tools/build $(BUILD)
	@tools/demo $(BUILD)

test:
	@tools/test-run quick $(BUILD) $(ASAN)

check:
	@tools/check $(BUILD) $(ASAN)

bench: bench-store bench-burst bench-import

bench-import: build
	@bench/import $(BUILD)

bench-burst: build
	@bench/burst $(BUILD)

bench-store: build
	@$(BUILD)/bench-store

fmt:
	@clang-format -i $$(git ls-files '*.c' '*.h')

install: build
	@DESTDIR="$(DESTDIR)" PREFIX="$(PREFIX)" tools/install $(BUILD)

uninstall:
	@DESTDIR="$(DESTDIR)" PREFIX="$(PREFIX)" tools/install --remove

clean:
	@rm -rf $(BUILD) $(ASAN)
