#!/usr/bin/env bash
# Measures 2,000 open streams (or PODERO_STREAMS) on a release build of the gateway, with the options
# given to `swift test`: memory for each, time while nothing happens, time for one event to all.
set -euo pipefail
cd "$(dirname "$0")/.."

export PODERO_STREAMS="${PODERO_STREAMS:-2000}"
if [[ -z ${PODERO_PRODUCTS:-} ]]; then
  swift build -c release --product podero-gateway
  PODERO_PRODUCTS="$(swift build -c release --show-bin-path)"
  export PODERO_PRODUCTS
fi
scripts/test.sh --filter StreamCrowdTests "$@"
