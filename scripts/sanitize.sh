#!/usr/bin/env bash
# Runs all tests under a sanitizer, with the options given to `swift test`. Fails if a test does, or if
# any process reports something: the tests' own, and each gateway that they start.
#
#   sanitize.sh thread|address OPTIONS…
set -euo pipefail
cd "$(dirname "$0")/.."

kind=$1
shift
readonly folder=.build-${kind:0:1}san reports=$PWD/.build-${kind:0:1}san/reports
rm -rf "$reports"
mkdir -p "$reports"
export TSAN_OPTIONS="suppressions=$PWD/config/tsan.supp log_path=$reports/thread"
# No look for leaks: Swift keeps some pointers shifted (to what a weak reference needs) or with a case
# in their highest bits, so that what they point to looks as if nobody held it.
export ASAN_OPTIONS="suppressions=$PWD/config/asan.supp log_path=$reports/address detect_leaks=0"
# Suppressions are by name, and the programs that tests start have no PATH to find a tool for that.
if symbolizer=$(command -v llvm-symbolizer); then
  ASAN_OPTIONS+=" external_symbolizer_path=$symbolizer"
  TSAN_OPTIONS+=" external_symbolizer_path=$symbolizer"
fi
# All is some ten times slower, and dozens of gateways at once would run into their own time limits.
export PODERO_TEST_PATIENCE=10 SWT_EXPERIMENTAL_MAXIMUM_PARALLELIZATION_WIDTH=4

code=0
scripts/test.sh "$@" "--sanitize=$kind" --scratch-path "$folder" || code=$?
found=$(find "$reports" -type f | wc -l)
if ((found > 0)); then
  find "$reports" -type f -exec head -n 60 {} +
  echo "$found processes reported something, see $reports."
  exit 1
fi
exit "$code"
