#!/usr/bin/env bash
# Runs the tests with coverage and prints it per file, without tests and dependencies.
set -euo pipefail
cd "$(dirname "$0")/.."

readonly scratch=.build-coverage
scripts/test.sh "$@" --enable-code-coverage --scratch-path "$scratch"

json=$(swift test --scratch-path "$scratch" --show-codecov-path)
folder=$(dirname "$json")
if ! command -v llvm-cov >/dev/null 2>&1; then
  echo "llvm-cov is not in PATH; the figures are in $json."
  exit 0
fi
llvm-cov report "$folder/../podero-gatewayPackageTests.xctest" \
  -instr-profile "$folder/default.profdata" \
  -ignore-filename-regex '(^|/)(\.build[^/]*|Tests)/' -use-color=false
