#!/usr/bin/env bash
# Feeds everything that reads bytes from outside with inputs that libFuzzer makes up, under the
# address sanitizer, and fails at the first trap, bad access or hang.
#
#   FUZZ_SECONDS=30      for how long each parser is fed
#   FUZZ_ONLY=REGEX      only the parsers whose names match
#   FUZZ_JOBS=2          how many at the same time
#
# The corpus in Fuzz/Corpus is read and not changed; what is found beyond it stays in
# .build-fuzz/corpus, and a finding in .build-fuzz/findings. `FUZZ_TARGET=NAME .build-fuzz/debug/podero-fuzz FILE`
# repeats one.
set -euo pipefail
cd "$(dirname "$0")/.."

seconds=${FUZZ_SECONDS:-30} only=${FUZZ_ONLY:-.} jobs=${FUZZ_JOBS:-2}
# Given twice, the last --sanitize alone would count for Swift.
FUZZING=1 swift build "$@" --scratch-path .build-fuzz --product podero-fuzz --sanitize=fuzzer \
  -Xswiftc -sanitize=fuzzer,address -Xcc -fsanitize=address
program=$PWD/.build-fuzz/debug/podero-fuzz
mkdir -p .build-fuzz/findings

fuzz() {
  local name=$1 log=.build-fuzz/$1.log
  mkdir -p ".build-fuzz/corpus/$name"
  # Swift's own backtracer hangs in a process that the sanitizer is ending.
  # What is global lives until the end, which the leak check does not see through.
  if FUZZ_TARGET=$name SWIFT_BACKTRACE=enable=no ASAN_OPTIONS=detect_leaks=0 "$program" \
    -max_total_time="$seconds" -timeout=10 -rss_limit_mb=2048 -max_len=16384 -detect_leaks=0 \
    -print_final_stats=1 \
    -artifact_prefix=".build-fuzz/findings/$name-" \
    ".build-fuzz/corpus/$name" "Fuzz/Corpus/$name" >"$log" 2>&1; then
    awk -v name="$name" '/number_of_executed_units/ { units = $2 }
      /^#.* cov: / { for (i = 1; i < NF; i++) if ($i == "cov:") edges = $(i + 1) }
      END { printf "%-14s %10d inputs, %6d edges\n", name, units, edges }' "$log"
  else
    tail -40 "$log"
    echo "$name: a finding, see $PWD/.build-fuzz/findings"
    return 1
  fi
}
export -f fuzz
export seconds program

find Fuzz/Corpus -mindepth 1 -maxdepth 1 -type d -printf '%f\n' | sort | { grep -E "$only" || true; } |
  xargs -P "$jobs" -I{} bash -c 'fuzz {}'
