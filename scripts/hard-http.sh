#!/usr/bin/env bash
# Runs the load tests of hard HTTP at full size, with the options given to `swift test`: 20,000
# connections on loopback, idle and in the middle of things, beside a healthy caller. The lines with
# HARD are the figures of docs/hard-http.md.
set -euo pipefail
cd "$(dirname "$0")/.."

# Each side holds a descriptor for every connection.
ulimit -n "$(ulimit -Hn)"
most=$(ulimit -n)
[[ $most != unlimited ]] || most=1000000
count=${PODERO_HARD_CONNECTIONS:-20000}
if ((count > most - 300)); then
  count=$((most - 300))
  echo "$most descriptors are allowed: $count connections" >&2
fi
export PODERO_HARD_CONNECTIONS=$count
code=0
scripts/test.sh --filter HardLoadTests "$@" || code=$?
grep -a '^HARD ' .build/test.log || true
exit "$code"
