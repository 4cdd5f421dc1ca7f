#!/usr/bin/env bash
# Runs the chaos tests at full size, with the options given to `swift test`: hundreds of kills under
# mixed writes, a load of ten thousand, fifty thousand home-automation events with kills among them,
# ten thousand heat pumps that others change, and three gateways on one database with as many. It takes
# some thirty-five minutes; sizes and seed can be set.
#
#   PODERO_CHAOS_ONLY=REGEX   only the suites that match, such as ClusterChaosTests
set -euo pipefail
cd "$(dirname "$0")/.."

export PODERO_CHAOS_KILLS="${PODERO_CHAOS_KILLS:-300}"
export PODERO_CHAOS_WRITES="${PODERO_CHAOS_WRITES:-10000}"
export PODERO_CHAOS_EVENTS="${PODERO_CHAOS_EVENTS:-50000}"
export PODERO_CHAOS_HEAT_PUMPS="${PODERO_CHAOS_HEAT_PUMPS:-10000}"
export PODERO_CHAOS_CLUSTER_HEAT_PUMPS="${PODERO_CHAOS_CLUSTER_HEAT_PUMPS:-10000}"
scripts/test.sh --filter "${PODERO_CHAOS_ONLY:-ChaosTests|ChaosReckoningTests}" "$@"
