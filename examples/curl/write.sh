#!/usr/bin/env bash
# Sets the hot-water temperature to the first argument, and follows the operation.
set -euo pipefail
. "$(dirname "$0")/gateway.sh"
temperature=${1:-50.5}

# The decision is made on this state; whoever changes the setting meanwhile is not overwritten.
request GET "/v1/heat-pumps/$HEAT_PUMP"
expect 200
etag=$(header ETag)

# One key for one decision, so that a repeat of the same request cannot do it twice.
request PATCH "/v1/heat-pumps/$HEAT_PUMP" \
  -H "Content-Type: application/merge-patch+json" -H "If-Match: $etag" \
  -H "Idempotency-Key: $(cat /proc/sys/kernel/random/uuid)" -H "Prefer: respond-async" \
  -d "{\"hot_water\": {\"standard_temperature\": $temperature}}"
if [ "$status" = 412 ]; then
  echo "It has changed since it was read: read it again, decide again." >&2
  exit 1
fi
expect 200 202
operation=$(header Location)
echo "operation: ${operation##*/}"

# `accepted`: the upstream has stored it. `verified` comes when the device shows it, up to 45
# minutes later; an event tells, so nobody need wait for it here.
state=queued
while [ "$state" = queued ] || [ "$state" = sent ]; do
  sleep 0.5
  request GET "$operation"
  expect 200
  state=$(member state)
done
echo "state: $state"
[ "$state" = accepted ] || [ "$state" = verified ]
