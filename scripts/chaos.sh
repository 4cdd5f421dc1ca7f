#!/usr/bin/env bash
# Runs the chaos tests at full size, with the options given to `swift test`: hundreds of kills under
# mixed writes, then a load of ten thousand. It takes some ten minutes; sizes and seed can be set.
set -euo pipefail
cd "$(dirname "$0")/.."

export PODERO_CHAOS_KILLS="${PODERO_CHAOS_KILLS:-300}"
export PODERO_CHAOS_WRITES="${PODERO_CHAOS_WRITES:-10000}"
scripts/test.sh --filter 'ChaosTests|ChaosReckoningTests' "$@"
