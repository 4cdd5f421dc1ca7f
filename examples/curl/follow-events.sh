#!/usr/bin/env bash
# Reads the feed of events from where the last run ended, which is kept in the file that PLACE
# names. Run it again and again; each event is handled at least once, whoever crashes.
set -euo pipefail
. "$(dirname "$0")/gateway.sh"
place=${PLACE:-after}

after=$(cat "$place" 2>/dev/null || echo 0)
while :; do
  request GET "/v1/events?after=$after&limit=100"
  expect 200
  if [ "$(member gap)" = true ]; then
    echo "Events are gone: read the heat pumps anew." >&2
  fi
  # A line for each event: its number and its type.
  grep -o '"type":"[a-z_.]*","timestamp":"[^"]*","data":{"id":"[^"]*","sequence":[0-9]*' <<<"$body" |
    sed 's/"type":"\([^"]*\)".*"sequence":\([0-9]*\)/\2 \1/' || true
  # Only once the events are handled.
  after=$(member next_after)
  echo "$after" >"$place"
  [ "$(member next_cursor)" != null ] || break
done
