#!/usr/bin/env bash
# Reads a heat pump, and asks again without paying for what is known already.
set -euo pipefail
. "$(dirname "$0")/gateway.sh"

# Only the members of interest; `id` always comes.
path="/v1/heat-pumps/$HEAT_PUMP?fields=hot_water,freshness"
request GET "$path"
expect 200
echo "hot water: $(member standard_temperature) °C, seen by the device at $(member observed_at)"
echo "the reading is $(member state), the upstream $(member upstream)"

request GET "$path" -H "If-None-Match: $(header ETag)"
expect 200 304
echo "asked again: $status"
