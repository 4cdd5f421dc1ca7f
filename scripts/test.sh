#!/usr/bin/env bash
# Runs `swift test` with the options given, shows what matters, and ends with the counts.
# The exit code is that of `swift test`. V=1 shows every line.
set -euo pipefail
cd "$(dirname "$0")/.."

mkdir -p .build
rm -f .build/test-counts
# Swift Testing is all there is; XCTest's own leaks would fail the address sanitizer's run.
swift test --disable-xctest "$@" 2>&1 |
  tee .build/test.log |
  awk -v verbose="${V:-}" -v counts=.build/test-counts -f scripts/test-summary.awk
