#!/usr/bin/env bash
# Runs the tests with coverage and prints it per file, without tests and dependencies.
set -euo pipefail
cd "$(dirname "$0")/.."

readonly scratch=.build-coverage
scripts/test.sh "$@" --enable-code-coverage --scratch-path "$scratch"

json=$(swift test --scratch-path "$scratch" --show-codecov-path)
folder=$(dirname "$json")
# The one of the Swift tool set: another one may not read its files.
llvm_cov="$(dirname "$(readlink -f "$(command -v swift)")")/llvm-cov"
[ -x "$llvm_cov" ] || llvm_cov=$(command -v llvm-cov || true)
if [ -z "$llvm_cov" ]; then
  echo "There is no llvm-cov; the figures are in $json."
  exit 0
fi
"$llvm_cov" report "$folder/../podero-gatewayPackageTests.xctest" \
  -instr-profile "$folder/default.profdata" \
  -ignore-filename-regex '(^|/)(\.build[^/]*|Tests)/' -use-color=false
