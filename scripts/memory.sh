#!/usr/bin/env bash
# Measures what the release build holds in memory: after its start, for each heat pump that it
# remembers, for each idle connection, and for each request that waits for the upstream. The upstream
# is an nginx that knows as many heat pumps as anybody names.
#
#   MEMORY_HEAT_PUMPS=100000     how many are remembered in the end; a million take more than 6 GiB
#   MEMORY_CONNECTIONS=10000     how many connections lie idle
#   BENCH_FOLDER=FOLDER          where the database lies meanwhile; by default .build
set -euo pipefail
cd "$(dirname "$0")/.."
. Benchmarks/stage.sh

programs=${BENCH_PROGRAMS:-.build/release}
heat_pumps=${MEMORY_HEAT_PUMPS:-100000} connections=${MEMORY_CONNECTIONS:-10000}
readonly few=1000 waiting=1000 homes_per_user=4
readonly organisation=c0000000-0000-4000-8000-000000000003

# The fixture, about whichever heat pump of whichever user is asked for.
answer() {
  tr -d '\n' <Tests/HeatPumpsTests/Fixtures/answer.json | sed -E \
    -e 's/"owner":\{"id":"[^"]*"/"owner":{"id":"$user"/' -e 's/([{,])"id":"0f4e[^"]*"/\1"id":"$pump"/' \
    -e 's/\\/\\\\/g'
}

start_upstream() {
  local port tries
  for ((tries = 0; tries < 20; tries++)); do
    port=$((20000 + RANDOM % 10000))
    cat >"$folder/nginx.conf" <<NGINX
daemon off;
master_process off;
pid $folder/nginx.pid;
error_log $folder/nginx.log;
events { worker_connections 4096; }
http {
  access_log off;
  keepalive_requests 1000000000;
  default_type application/json;
  client_body_temp_path $folder/body;
  server {
    listen 127.0.0.1:$port;
    location /oauth2/token/ {
      return 200 '{"access_token":"memory","token_type":"Bearer","expires_in":36000}';
    }
    location ~ ^/api/.*/users/(?<user>[^/]+)/heat-pumps/(?<pump>[^/]+)\$ { return 200 '$(answer)'; }
  }
}
NGINX
    PATH=$PATH:/usr/sbin nginx -c "$folder/nginx.conf" 2>/dev/null &
    upstream=$! origin=http://127.0.0.1:$port
    sleep 0.5
    if kill -0 "$upstream" 2>/dev/null; then
      processes+=("$upstream")
      return
    fi
  done
  fail "nginx found no port."
}

write_configuration() {
  cat <<YAML
listen: {address: 127.0.0.1, port: 0, threads: 1}
admin: {address: 127.0.0.1, port: 0, keys: [{sha256: $(hash "$admin_key"), role: metrics}]}
storage: {sqlite: {path: $folder/$1/gateway.db}}
cache: {bytes: 100000000000}
limits: {connections: 40000, connections_per_address: 40000, idle_seconds: 3600}
organisations:
  - name: many
    id: $organisation
    api_base: $origin/api/partners/v2.0/
    token_url: $origin/oauth2/token/
    client_id: {env: BENCH_CLIENT_ID}
    client_secret: {env: BENCH_CLIENT_SECRET}
    budget: {requests_per_second: 100000, in_flight: 2000}
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

row() { printf '| %s | %s | %s | %s |\n' "$1" "$(mib "$2")" "$(mib "$3")" "${4:-}"; }
mib() { awk -v kib="$1" 'BEGIN { printf "%.1f", kib / 1024 }'; }
each() { awk -v kib="$1" -v count="$2" 'BEGIN { printf "%.1f", kib / count }'; }

# remember COUNT: reads so many heat pumps.
remember() {
  homes=$1
  BENCH_REQUESTS=$homes BENCH_METHOD=GET BENCH_HEADERS="Authorization: Bearer $app_key" \
    BENCH_TARGET='/v1/users/a0000000-0000-4000-8000-{user}/heat-pumps/b0000000-0000-4000-8000-{pump}' \
    run_load "${gateway_of[this]}" 32 -d 36000s --timeout 60s
  wait_until_settled this
}

# hold COUNT REQUEST: so many connections, until `let_go`.
hold() {
  rm -f "$folder/hold"
  mkfifo "$folder/hold"
  BENCH_REQUEST=$2 "$programs/podero-bench" connections "${gateway_of[this]##*:}" "$1" \
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

echo '| memory | own MiB | resident MiB | KiB each |'
echo '|---|---|---|---|'
row 'after the start' "$(own)" "$(resident)"
remember "$few"
before=$(own)
row "$few heat pumps" "$before" "$(resident)"
hold "$connections" ''
row "$connections idle connections more" "$(own)" "$(resident)" "$(each $(($(own) - before)) "$connections")"
let_go
before=$(own)
# A stopped process takes connections and answers nothing.
kill -STOP "$upstream"
hold "$waiting" "$(printf '%s\r\n' \
  'GET /v1/users/a0000000-0000-4000-8000-{n}/heat-pumps/d0000000-0000-4000-8000-{n} HTTP/1.1' \
  'Host: localhost' "Authorization: Bearer $app_key" '')"$'\n'
row "$waiting waiting requests more" "$(own)" "$(resident)" "$(each $(($(own) - before)) "$waiting")"
let_go
kill -CONT "$upstream"
before=$(own)
remember "$heat_pumps"
row "$heat_pumps heat pumps" "$(own)" "$(resident)" "$(each $(($(own) - before)) $((heat_pumps - few)))"
