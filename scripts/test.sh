#!/usr/bin/env bash
# Runs `swift test` with the options given, shows what matters, and ends with the counts. Fails if a
# test does. V=1 shows every line.
#
# Without a filter there are two runs: the end-to-end tests start dozens of processes, beside which
# the tests of single rooms would measure how busy the machine is.
set -euo pipefail
cd "$(dirname "$0")/.."

mkdir -p .build
rm -f .build/test-counts
runs=2
[[ " $* " == *" --filter "* ]] && runs=1

run_tests() {
  # Swift Testing is all there is; XCTest's own leaks would fail the address sanitizer's run.
  if ((runs == 1)); then
    swift test --disable-xctest "$@"
    return
  fi
  local code=0
  # Many tests hold a thread for a server or a client of their own, and the system's pool of those is
  # limited: a hundred tests at once would wait for one another.
  SWT_EXPERIMENTAL_MAXIMUM_PARALLELIZATION_WIDTH=8 \
    swift test --disable-xctest --skip EndToEndTests "$@" || code=$?
  swift test --disable-xctest --filter EndToEndTests "$@" || code=$?
  return "$code"
}

run_tests "$@" 2>&1 |
  tee .build/test.log |
  awk -v verbose="${V:-}" -v runs="$runs" -v counts=.build/test-counts -f scripts/test-summary.awk
