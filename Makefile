# make demo: install what is missing, build, classify the shipped digits on the virtual platform.
# make test: install what is missing, build, run every test but the soak tests.
PRESET ?= release
BUILD := build/$(PRESET)
SPINVP := $(BUILD)/bin/spinvp

# make install PREFIX=/usr/local DESTDIR=
PREFIX ?= /usr/local

.PHONY: help demo test soak bench fuzz build install package packages lint clean

help:
	@echo "make demo   build and classify the shipped handwritten digits on the chip"
	@echo "make test   build and run every test but the soak tests"
	@echo "make soak   build and run the soak tests, which take minutes (MNIST in ../shared/data/mnist)"
	@echo "make bench  build and print the benchmarks (on a quiet machine)"
	@echo "make fuzz   build the fuzzers of the importer and of network images, run each for a minute"
	@echo "make build  build only (PRESET=release|debug|asan)"
	@echo "make install  build and install under PREFIX (/usr/local), below DESTDIR if given (docs/integration.md)"
	@echo "make package  build the Debian packages spinvp and spinvp-dev into $(BUILD)/packages"
	@echo "make lint   run clang-tidy over the sources"
	@echo "make clean  remove the build folders"

packages:
	@tools/install_packages.sh

build: packages
	cmake --preset $(PRESET)
	cmake --build --preset $(PRESET)

install: packages
	cmake --preset $(PRESET)
	cmake --build --preset $(PRESET) --target installables
	DESTDIR=$(DESTDIR) cmake --install $(BUILD) --prefix $(PREFIX)

package: packages
	cmake --preset $(PRESET)
	cmake --build --preset $(PRESET) --target installables
	cd $(BUILD) && cpack

demo: packages
	cmake --preset $(PRESET)
	cmake --build --preset $(PRESET) --target spinvp
	$(SPINVP) run --network models/digits_ternary.onnx \
	  --images models/digits-test-images-idx3-ubyte --labels models/digits-test-labels-idx1-ubyte

test: build
	ctest --preset $(PRESET)

soak: build
	ctest --test-dir $(BUILD) --label-regex '^soak$$' --output-on-failure

bench: build
	$(BUILD)/tests/bench/interpreter_mips
	$(BUILD)/tests/bench/bus_speed
	$(BUILD)/tests/bench/platform_speed
	$(BUILD)/tests/bench/chip_scale
	$(BUILD)/tests/bench/import_speed
	$(BUILD)/tests/bench/scaling
	$(BUILD)/tests/bench/jobs_speed
	$(BUILD)/tests/bench/alexnet_speed configs/chips/pim_512mb.yaml
	$(BUILD)/tests/bench/alexnet_adder_speed
	$(BUILD)/tests/bench/adder_speed
	$(BUILD)/tests/bench/digital_speed

fuzz: packages
	cmake --preset $(PRESET)
	cmake --build --preset $(PRESET) --target spinvp
	cmake --preset fuzz
	cmake --build --preset fuzz
	tools/fuzz.sh build/fuzz $(SPINVP)

lint: build
	tools/lint.sh $(BUILD)

clean:
	rm -rf build
