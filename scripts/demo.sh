#!/usr/bin/env bash
# Runs the gateway before the simulator and walks through the main job: requests as one would type
# them, and their real answers. Every answer is checked; the first wrong one ends it with 1.
#
# On a terminal it then stays up, to be tried by hand, until Ctrl-C. Options are passed to
# `swift build`. NO_COLOR=1 turns colours off.
set -euo pipefail
cd "$(dirname "$0")/.."
. scripts/demo-stage.sh

readonly user=a0000000-0000-4000-8000-000000000001
readonly heat_pump=b0000000-0000-4000-8000-000000000001

# A release build is used where there is one of these very sources; otherwise a debug build is made,
# which takes a little less time, and much less after a change.
find_programs() {
  programs=.build/release
  if [ -x $programs/podero-gateway ] && [ -x $programs/podero-simulator ] &&
    [ -z "$(find Package.swift Sources -newer $programs/podero-gateway -print -quit)" ]; then
    scripts/packages.sh
    return
  fi
  programs=.build/debug
  scripts/require-swift.sh
  scripts/packages.sh
  say "Building; the first time this takes a few minutes …"
  if [ -t 1 ]; then swift build "$@"; else swift build --quiet "$@"; fi
}

start_simulator() {
  : >"$folder/simulator.out"
  "$programs/podero-simulator" --port "$1" --client-secret-file "$folder/client-secret" \
    >"$folder/simulator.out" 2>>"$folder/simulator.log" &
  simulator_pid=$!
  wait_for_line "$folder/simulator.out" ' listening on ' "$simulator_pid"
  SIMULATOR=$(sed -n 's/.* listening on \([^ ]*\) .*/\1/p' "$folder/simulator.out")
}

stop_simulator() {
  stop_process "$simulator_pid"
  simulator_pid=''
}

# Makes a key; the first word is the key, the second its hash.
new_key() { "$programs/podero-gateway" new-key | sed -n 's/^\(key\|sha256\): *//p' | xargs; }

write_configuration() {
  local organisation
  organisation=$(sed -n 's/.*(org \([^)]*\)).*/\1/p' "$folder/simulator.out")
  read -r KEY key_hash <<<"$(new_key)"
  read -r ADMIN_KEY admin_hash <<<"$(new_key)"
  cat >"$folder/gateway.yaml" <<YAML
listen: {address: 127.0.0.1, port: 0}
admin: {address: 127.0.0.1, port: 0, keys: [{sha256: $admin_hash, role: operator}]}
log: {format: json, level: debug}
webhooks_out: {allow: [127.0.0.0/8]}
storage: {sqlite: {path: $folder/gateway.db}}
organisations:
  - name: acme
    id: $organisation
    api_base: $SIMULATOR/api/partners/v2.0/
    token_url: $SIMULATOR/oauth2/token/
    client_id: {env: PODERO_CLIENT_ID}
    client_secret: {file: $folder/client-secret}
    cache: {fresh: PT3S, stale_while_revalidate: PT0S}   # short, so that the demo need not wait
apps:
  - name: customer-portal
    organisation: acme
    keys: [{sha256: $key_hash}]
    scopes: [heat-pumps:read, heat-pumps:write, events:read, subscriptions:write, jobs:write]
    users: [$user]
    heat_pumps: [smith-home]
heat_pumps:
  - alias: smith-home
    organisation: acme
    user_id: $user
    heat_pump_id: $heat_pump
  - alias: jones-home
    organisation: acme
    user_id: ${user%1}2
    heat_pump_id: ${heat_pump%1}3
YAML
}

start_gateway() {
  PODERO_CLIENT_ID=demo-client "$programs/podero-gateway" serve --config "$folder/gateway.yaml" \
    2>"$folder/gateway.log" &
  gateway_pid=$!
  wait_for_line "$folder/gateway.log" '"message":"listening"' "$gateway_pid"
  local line
  line=$(grep '"message":"listening"' "$folder/gateway.log")
  GATEWAY=http://127.0.0.1:$(sed 's/.*"port":"\([0-9]*\)".*/\1/' <<<"$line")
  ADMIN=http://127.0.0.1:$(sed 's/.*"admin_port":"\([0-9]*\)".*/\1/' <<<"$line")
}

introduce() {
  title "What runs"
  say "The simulator stands in for the upstream at $SIMULATOR, the gateway listens at"
  say "$GATEWAY, operators at $ADMIN. This is the configuration:"
  echo
  sed "s|$folder|FOLDER|; s/\([0-9a-f]\{8\}\)[0-9a-f]\{56\}/\1…/; s/^/    /" "$folder/gateway.yaml"
}

read_heat_pump() {
  title "1. Read a heat pump by its alias"
  say "The app has a key of its own. The upstream's token stays in the gateway."
  ask 200 "id alias pause hot_water readings freshness" <<'COMMAND'
curl -i -H "Authorization: Bearer $KEY" $GATEWAY/v1/heat-pumps/smith-home
COMMAND
  expect_head "Cache-Status: podero-gateway; fwd=miss"
  say "Again, now from memory:"
  ask 200 - <<'COMMAND'
curl -i -H "Authorization: Bearer $KEY" $GATEWAY/v1/heat-pumps/smith-home
COMMAND
  expect_head "Cache-Status: podero-gateway; hit"
  good "The first read went upstream, the second did not."
}

refuse_strangers() {
  title "2. What the app may not see"
  say "jones-home exists, but is not on this app's list. The answer is that of a house that is not there."
  ask 404 <<'COMMAND'
curl -i -H "Authorization: Bearer $KEY" $GATEWAY/v1/heat-pumps/jones-home
COMMAND
  local hidden=${body/\"instance\":\"*\",\"resolution/}
  head='' body=$(curl -H "Authorization: Bearer $KEY" "$GATEWAY/v1/heat-pumps/no-such-home")
  [ "${body/\"instance\":\"*\",\"resolution/}" = "$hidden" ] || fail "The two answers differ."
  good "Nothing tells the two apart."
}

change_hot_water() {
  title "3. Change one setting"
  ask 200 "hot_water write" <<'COMMAND'
curl -i -X PATCH -H "Authorization: Bearer $KEY" -H "Content-Type: application/merge-patch+json" \
    -d '{"hot_water": {"standard_temperature": 50.5}}' $GATEWAY/v1/heat-pumps/smith-home
COMMAND
  expect_body '"status":"applied"'
  say "What the upstream received:"
  local sent
  sent=$(updates_after 0)
  say "  $sent"
  [ "$sent" = '{"dhw_standard_temperature":50.5}' ] || fail "It should have been that field alone."
  good "One field went upstream, and the answer was compared with what was asked for."
}

pause() {
  title "4. A command"
  ask 200 "pause write" <<'COMMAND'
curl -i -X POST -H "Authorization: Bearer $KEY" -H "Content-Type: application/json" \
    -d '{"for": "PT2H"}' $GATEWAY/v1/heat-pumps/smith-home/commands/pause
COMMAND
  expect_body '"active":true'
  say "What the upstream received:"
  say "  $(updates_after 1)"
}

refuse_nonsense() {
  title "5. Dangerous and impossible values"
  ask 422 "type title status errors" <<'COMMAND'
curl -i -X PATCH -H "Authorization: Bearer $KEY" -H "Content-Type: application/merge-patch+json" \
    -d '{"hot_water": {"standard_temperature": 95, "enabled": "yes"}, "space_heating": null,
         "readings": {"power_w": 0}, "pause": {"until": "2020-01-01T00:00:00Z"}}' \
    $GATEWAY/v1/heat-pumps/smith-home
COMMAND
  local pointer
  for pointer in hot_water/standard_temperature hot_water/enabled space_heating readings/power_w \
    pause/until; do
    expect_body "\"pointer\":\"/$pointer\""
  done
  [ -z "$(updates_after 2)" ] || fail "Nothing should have gone upstream."
  good "All problems at once, and nothing went upstream."
}

try_dry() {
  title "6. A dry run"
  ask 200 <<'COMMAND'
curl -i -X POST -H "Authorization: Bearer $KEY" -H "Content-Type: application/json" \
    -d '{"minimum_temperature": 16}' \
    "$GATEWAY/v1/heat-pumps/smith-home/commands/away?dry_run=true"
COMMAND
  expect_body '"is_away_mode_enabled":true'
  [ -z "$(updates_after 2)" ] || fail "Nothing should have gone upstream."
  good "It shows what would be sent, and sends nothing."
}

# The probe itself never goes upstream.
is_copy_old() {
  curl -o /dev/null -w '%{http_code}' -H "Authorization: Bearer $KEY" \
    -H 'Cache-Control: only-if-cached' "$GATEWAY/v1/heat-pumps/smith-home" | grep -q 504
}

is_upstream_back() {
  curl -H "Authorization: Bearer $KEY" "$GATEWAY/v1/heat-pumps/smith-home?fields=freshness" |
    grep -q '"upstream":"ok"'
}

survive_outage() {
  title "7. The upstream is away"
  say "The simulator is stopped, and the copy in memory is let grow old …"
  stop_simulator
  wait_until is_copy_old
  ask 200 <<'COMMAND'
curl -i -H "Authorization: Bearer $KEY" "$GATEWAY/v1/heat-pumps/smith-home?fields=pause,freshness"
COMMAND
  expect_head "Gateway-Stale: true"
  good "The app gets the last answer, marked as old."
  say "Now the simulator starts again, with its first values, and knows no token of before."
  start_simulator "${SIMULATOR##*:}"
  wait_until is_upstream_back
  ask 200 <<'COMMAND'
curl -i -H "Authorization: Bearer $KEY" "$GATEWAY/v1/heat-pumps/smith-home?fields=pause,freshness"
COMMAND
  expect_body '"until":null'
  good "The gateway found out by itself, and fetched a new token."
}

undo_reset() {
  title "8. An upstream that fills in its defaults"
  say "The update call's schema has a default for each field: heating off, price zone AT, away mode on."
  say "The simulator now takes every absent field for its default. One setting is changed:"
  curl -o /dev/null -d '{"put_mode": "defaults"}' "$SIMULATOR/control/settings"
  ask 200 "space_heating hot_water write" <<'COMMAND'
curl -i -X PATCH -H "Authorization: Bearer $KEY" -H "Content-Type: application/merge-patch+json" \
    -d '{"hot_water": {"standard_temperature": 51}}' $GATEWAY/v1/heat-pumps/smith-home
COMMAND
  expect_body '"restored":true'
  expect_body '"space_heating":{"enabled":true'
  say "What the upstream received:"
  updates_after 0 | cut -c 1-90 | sed 's/^\(.\{90\}\).*/\1…/; s/^/  /'
  [ "$(updates_after 0 | wc -l)" = 2 ] || fail "There should have been two updates."
  curl -H "Authorization: Bearer $ADMIN_KEY" "$ADMIN/admin/status" |
    grep -q '"write_mode":"merge"' || fail "Later updates should name all fields."
  good "What was reset has been put back, and from now on updates name every field."
}

search_logs() {
  title "9. Secrets"
  [ "$(wc -l <"$folder/gateway.log")" -ge 10 ] || fail "The log is too short to tell anything."
  printf '%s\n' "$KEY" "$ADMIN_KEY" >"$folder/keys"
  if grep -qF -f "$folder/client-secret" -f "$folder/keys" "$folder"/*.log; then
    fail "A secret is in a log."
  fi
  good "Neither the client secret nor a key is in a log, at level debug."
}

stay_or_end() {
  title "Done"
  if [ ! -t 0 ] || [ ! -t 1 ] || [ -n "${CI:-}" ]; then
    say "All answers were as they should be. There is no terminal, so everything is stopped."
    return
  fi
  say "All answers were as they should be. Everything stays up to be tried, in another terminal:"
  echo
  say "  GATEWAY=$GATEWAY KEY=$KEY"
  say "  ADMIN=$ADMIN ADMIN_KEY=$ADMIN_KEY"
  say '  curl -H "Authorization: Bearer $KEY" $GATEWAY/v1/heat-pumps/smith-home'
  say '  curl -H "Authorization: Bearer $ADMIN_KEY" $ADMIN/metrics'
  echo
  say "  $GATEWAY/docs    what the gateway takes, for a browser"
  say "  $SIMULATOR/control/updates    what the upstream has received"
  say "  $folder/gateway.log"
  echo
  say "Ctrl-C stops it and removes its files."
  trap 'exit 0' INT
  wait "$gateway_pid" || fail "The gateway ended by itself."
}

find_programs "$@"
prepare_stage
printf 'demo-%s\n' "$(od -An -N 16 -t x1 /dev/urandom | tr -d ' \n')" >"$folder/client-secret"
start_simulator 0
write_configuration
start_gateway
introduce
read_heat_pump
refuse_strangers
change_hot_water
pause
refuse_nonsense
try_dry
survive_outage
undo_reset
search_logs
stay_or_end
