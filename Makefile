# Everything a contributor or a CI machine does with this repository. `make` alone prints the list.
# Recipes of more than a few lines live in scripts/, so that they can be read, linted and run alone.

SHELL := bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help

# JOBS=2 limits the compiler's processes; FILTER=JSONTests runs only the tests whose name matches.
JOBS ?=
FILTER ?=

SOURCES := Sources Tests Benchmarks Fuzz examples Package.swift
# A target may import only what its row in Package.swift names.
BUILD_FLAGS := --explicit-target-dependency-import-check error $(if $(JOBS),-j $(JOBS))
TEST_FLAGS := $(BUILD_FLAGS) $(if $(FILTER),--filter '$(FILTER)')
PRODUCTS := podero-gateway podero-simulator

.PHONY: help
help: ## Print this list
	@awk 'BEGIN { FS = ":.*## " } /^[a-z-]+:.*## / { printf "  %-14s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)
	@printf '\n  %s\n' 'JOBS=N limits parallel compiling, FILTER=NAME runs only the tests that match.'

.PHONY: doctor
doctor: ## Check that this machine has everything, with versions
	@scripts/doctor.sh

.PHONY: packages
packages: ## Install the Debian packages that are missing, if any
	@scripts/packages.sh

.PHONY: swift
swift:
	@scripts/require-swift.sh

.PHONY: build
build: swift packages ## Build everything for debugging, into .build/debug
	swift build $(BUILD_FLAGS)

# The runtime of Swift is linked in, so that the two files run where no Swift is installed.
.PHONY: build-release
build-release: swift packages ## Build the two executables for use, into .build/release
	for product in $(PRODUCTS); do \
	  swift build -c release --static-swift-stdlib $(BUILD_FLAGS) --product "$$product"; \
	done

.PHONY: test
test: swift packages ## Run all tests; the last line says how many passed and failed
	@scripts/test.sh $(TEST_FLAGS)

.PHONY: test-cluster
test-cluster: swift packages ## Run the storage's and the end-to-end tests on PostgreSQL
	@PODERO_TEST_STORAGE=postgres scripts/test.sh $(BUILD_FLAGS) --filter PostgresStorageTests --filter EndToEndTests

.PHONY: lint
lint: swift ## Check format and style, changing nothing
	swift format lint --strict -r -p $(SOURCES)
	bash -n .ci/run scripts/*.sh Benchmarks/*.sh examples/curl/*.sh

.PHONY: format
format: swift ## Format all Swift files in place
	@scripts/format.sh $(SOURCES)

.PHONY: check
check: lint test ## What CI runs: lint and test

.PHONY: demo
demo: ## Run gateway and simulator together and show the main job
	@scripts/demo.sh $(BUILD_FLAGS)

.PHONY: tsan
tsan: swift packages ## Run all tests under the thread sanitizer
	@scripts/sanitize.sh thread $(TEST_FLAGS)

.PHONY: asan
asan: swift packages ## Run all tests under the address sanitizer
	@scripts/sanitize.sh address $(TEST_FLAGS)

.PHONY: chaos
chaos: swift packages ## Kill the gateway some hundred times under load, and check what is left
	@scripts/chaos.sh $(BUILD_FLAGS)

.PHONY: chaos-cluster
chaos-cluster: swift packages ## Kill three gateways and their PostgreSQL under load, with 10,000 heat pumps
	@PODERO_CHAOS_ONLY=ClusterChaosTests scripts/chaos.sh $(BUILD_FLAGS)

.PHONY: rolling
rolling: swift packages ## Replace gateways of the former release (FORMER=REF) by new ones under load, and back
	@scripts/rolling.sh $(BUILD_FLAGS)

# The variable makes the package know the program that measures parts alone, and wrk be installed.
.PHONY: bench
bench: export BENCHMARKS := 1
bench: build-release ## Measure the release build beside other servers; BENCH_AGAINST=FOLDER: beside another build
	swift build -c release --static-swift-stdlib $(BUILD_FLAGS) --product podero-bench
	@scripts/bench.sh

.PHONY: instructions
instructions: export BENCHMARKS := 1
instructions: build-release ## Count what a request costs, and fail if it grew; UPDATE=1 takes the counts
	@scripts/instructions.sh

.PHONY: memory
memory: export BENCHMARKS := 1
memory: build-release ## Measure memory: for each heat pump, connection and waiting request
	swift build -c release --static-swift-stdlib $(BUILD_FLAGS) --product podero-bench
	@scripts/memory.sh

.PHONY: growth
growth: export BENCHMARKS := 1
growth: build-release ## Measure how a request's cost grows with connections, heat pumps, apps and rules
	@scripts/growth.sh

.PHONY: cluster-bench
cluster-bench: export BENCHMARKS := 1
cluster-bench: build-release ## Measure one, two and three gateways on one PostgreSQL, and what things cost it
	@scripts/cluster-bench.sh

.PHONY: streams
streams: swift packages ## Measure what 2,000 open event streams cost, on a release build
	@scripts/streams.sh $(BUILD_FLAGS)

.PHONY: fuzz
fuzz: swift packages ## Feed every parser with made-up input for FUZZ_SECONDS each
	@scripts/fuzz.sh $(BUILD_FLAGS)

.PHONY: schemathesis
schemathesis: build ## Hold a running gateway against its OpenAPI document, over all routes
	@scripts/schemathesis.sh

.PHONY: coverage
coverage: swift packages ## Run all tests and print which lines they reach
	@scripts/coverage.sh $(TEST_FLAGS)

.PHONY: docs
docs: swift packages ## Rewrite what in docs/ is made from the code
	@UPDATE_DOCS=1 scripts/test.sh $(BUILD_FLAGS) --filter RepositoryTests --filter OpenAPIFileTests --filter HardHTTPTests --filter Reference

.PHONY: image
image: ## Build the container image podero-gateway:dev
	docker build --tag podero-gateway:dev .

# prefix, bindir, sysconfdir and the like, DESTDIR and BUILD=FOLDER of another build are handed on.
.PHONY: install
install: ## Put the release build into place, below prefix=/usr/local; DESTDIR=FOLDER: below that
	@scripts/install.sh install

.PHONY: install-strip
install-strip: ## The same, without symbols
	@scripts/install.sh install-strip

.PHONY: uninstall
uninstall: ## Take away what install has put there
	@scripts/install.sh uninstall

.PHONY: deb
deb: $(if $(BUILD),,build-release) ## Make a Debian package, into .build/packages; BUILD=FOLDER: of that build
	@scripts/package.sh deb

.PHONY: tarball
tarball: $(if $(BUILD),,build-release) ## Make an archive that unpacks below /usr/local, the same way
	@scripts/package.sh tarball

.PHONY: verify-deb
verify-deb: $(if $(BUILD),,build-release) ## Install, upgrade and purge the package in a clean Debian root, as root
	@scripts/verify-deb.sh

.PHONY: verify-image
verify-image: $(if $(BUILD),,build-release) ## Carry out the Dockerfile in clean Debian roots and run the result, as root
	@scripts/verify-image.py $(if $(BUILD),--release "$(BUILD)")

.PHONY: clean
clean: ## Remove all build products
	rm -rf .build .build-tsan .build-asan .build-coverage
