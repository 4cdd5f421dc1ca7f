#!/usr/bin/env bash
# Pauses heat pumps for a grid operator's event and puts everything back afterwards.
# The first argument says after how long, PT5S without it.
set -euo pipefail
. "$(dirname "$0")/gateway.sh"
revert_after=${1:-PT5S}

job() {
  printf '{"heat_pumps": ["%s"], "command": "pause", "with": {"for": "PT2H"}, "rate_per_second": 20,
    "abort_above_percent": 20, "revert_after": "%s", "dry_run": %s}' "$HEAT_PUMP" "$revert_after" "$1"
}

# First, what it would come to; nothing is sent.
request POST /v1/jobs -H "Content-Type: application/json" -d "$(job true)"
expect 200
echo "dry run: $(member unchanged) unchanged, $(member refused) refused"

request POST /v1/jobs -H "Content-Type: application/json" -d "$(job false)" \
  -H "Idempotency-Key: $(cat /proc/sys/kernel/random/uuid)"
expect 202
job=$(header Location)
state=''
while [ "$(member ended_at)" = null ]; do
  if [ "$(member state)" != "$state" ]; then
    state=$(member state)
    echo "job: $state"
  fi
  sleep 0.5
  request GET "$job"
  expect 200
done
echo "job: $(member state)"

# What became of each heat pump, as a table.
request GET "$job/results" -H "Accept: text/csv"
expect 200
cut -d , -f 3,4,9 <<<"$body"
