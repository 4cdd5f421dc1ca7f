#!/usr/bin/env bash
# Measures what the release build holds in memory: after its start, for each heat pump that it
# remembers, for each idle connection, and for each request that waits for the upstream. The upstream
# is an nginx that knows as many heat pumps as anybody names.
#
#   MEMORY_HEAT_PUMPS=100000     how many are remembered in the end; a million take some 9 GiB
#   MEMORY_CONNECTIONS=10000     how many connections lie idle
#   UPDATE=1                     put the table into docs/performance.md
#   BENCH_FOLDER=FOLDER          where the database lies meanwhile; by default .build
set -euo pipefail
cd "$(dirname "$0")/.."
. Benchmarks/stage.sh
. Benchmarks/peers.sh

programs=${BENCH_PROGRAMS:-.build/release}
heat_pumps=${MEMORY_HEAT_PUMPS:-100000} connections=${MEMORY_CONNECTIONS:-10000}
readonly few=1000 waiting=1000 homes_per_user=4

write_configuration() {
  cat <<YAML
listen: {address: 127.0.0.1, port: 0, threads: 1}
admin: {address: 127.0.0.1, port: 0, keys: [{sha256: $(hash "$admin_key"), role: metrics}]}
storage: {sqlite: {path: $folder/$1/gateway.db}}
cache: {bytes: 100000000000}
limits: {connections: 40000, connections_per_address: 40000, idle_seconds: 3600}
organisations:
  - name: many
    id: $upstream_organisation
    api_base: ${origin_of[upstream]}/api/partners/v2.0/
    token_url: ${origin_of[upstream]}/oauth2/token/
    client_id: {env: BENCH_CLIENT_ID}
    client_secret: {env: BENCH_CLIENT_SECRET}
    budget: {requests_per_second: 10000, in_flight: 2000}
    cache: {fresh: PT10H}
apps:
  - {name: app, organisation: many, keys: [{sha256: $(hash "$app_key")}], users: ["*"], heat_pumps: ["*"],
     scopes: [heat-pumps:read]}
YAML
}

warm_up() { :; }

# Own memory in KiB, and that with the pages of the program itself.
own() { awk '/^RssAnon/ { print $2 }' "/proc/$gateway/status"; }
resident() { awk '/^VmRSS/ { print $2 }' "/proc/$gateway/status"; }

row() {
  printf '| %s | %s | %s | %s |\n' "$1" "$(mib "$2")" "$(mib "$3")" "${4:-}" | tee -a "$folder/table"
}
mib() { awk -v kib="$1" 'BEGIN { printf "%.1f", kib / 1024 }'; }
each() { awk -v kib="$1" -v count="$2" 'BEGIN { printf "%.1f", kib / count }'; }

# remember COUNT: reads so many heat pumps.
remember() {
  homes=$1
  BENCH_REQUESTS=$homes BENCH_METHOD=GET BENCH_HEADERS="Authorization: Bearer $app_key" \
    BENCH_TARGET='/v1/users/a0000000-0000-4000-8000-{user}/heat-pumps/b0000000-0000-4000-8000-{pump}' \
    run_load "${origin_of[this]}" 32 -d 36000s --timeout 60s
  wait_until_settled this
}

# hold COUNT REQUEST: so many connections, until `let_go`.
hold() {
  rm -f "$folder/hold"
  mkfifo "$folder/hold"
  BENCH_REQUEST=$2 "$programs/podero-bench" connections "${origin_of[this]##*:}" "$1" \
    <"$folder/hold" >"$folder/held" &
  holder=$!
  exec 9>"$folder/hold"
  wait_for_line "$folder/held" open "$holder"
  wait_until_idle "$gateway"
}

let_go() {
  exec 9>&-
  wait "$holder"
  wait_until_idle "$gateway"
}

[ -x "$programs/podero-bench" ] || fail "podero-bench is missing; \`make memory\` builds it."
mkdir -p "${BENCH_FOLDER:-.build}"
TMPDIR=$(realpath "${BENCH_FOLDER:-.build}") prepare_stage
place_processes
make_keys
start_upstream
start_gateway this "$programs"
gateway=${pid_of[this]}
wait_until_idle "$gateway"

printf '%s\n' '| memory | own MiB | resident MiB | KiB each |' '|---|---|---|---|' | tee "$folder/table"
row 'after the start' "$(own)" "$(resident)"
remember "$few"
before=$(own)
row "$few heat pumps" "$before" "$(resident)"
hold "$connections" ''
row "$connections idle connections more" "$(own)" "$(resident)" "$(each $(($(own) - before)) "$connections")"
let_go
before=$(own)
# A stopped process takes connections and answers nothing.
kill -STOP "${pid_of[upstream]}"
hold "$waiting" "$(printf '%s\r\n' \
  'GET /v1/users/a0000000-0000-4000-8000-{n}/heat-pumps/d0000000-0000-4000-8000-{n} HTTP/1.1' \
  'Host: localhost' "Authorization: Bearer $app_key" '')"$'\n'
row "$waiting waiting requests more" "$(own)" "$(resident)" "$(each $(($(own) - before)) "$waiting")"
let_go
kill -CONT "${pid_of[upstream]}"
before=$(own)
remember "$heat_pumps"
row "$heat_pumps heat pumps" "$(own)" "$(resident)" "$(each $(($(own) - before)) $((heat_pumps - few)))"
publish 'make memory' "$folder/table"
