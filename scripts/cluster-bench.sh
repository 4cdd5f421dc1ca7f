#!/usr/bin/env bash
# Measures one, two and three gateways on one PostgreSQL server, all of them on this machine, and what a
# write, an event and the like cost the server: processor time, transactions, write-ahead log, bytes kept.
#
#   UPDATE=1               put the tables into docs/cluster.md
#   CLUSTER_SECONDS=4      how long each load lasts
#   BENCH_PROGRAMS=FOLDER  measure the programs there; by default .build/release
#   BENCH_FOLDER=FOLDER    where the database lies meanwhile; by default .build, on a real disk
set -euo pipefail
cd "$(dirname "$0")/.."
. Benchmarks/stage.sh
. Benchmarks/peers.sh

programs=${BENCH_PROGRAMS:-.build/release} seconds=${CLUSTER_SECONDS:-4}
homes=1024 homes_per_user=4 patience=120
readonly connections=96
readonly target='/v1/users/a0000000-0000-4000-8000-{user}/heat-pumps/b0000000-0000-4000-8000-{pump}'
readonly write='{"hot_water":{"standard_temperature":{value}}}'
event="{\"id\":\"{n}\",\"event\":\"hot_water\",\"device\":\"home-{home}\",\"value\":{value},\"note\":\"$(printf 'x%.0s' {1..340})\"}"
readonly event
gateways=()

# The newest of the installed versions. It runs as no root.
postgres_program() {
  local folder
  for folder in /usr/lib/postgresql/{30..13}/bin; do
    [ ! -x "$folder/$1" ] || { echo "$folder/$1"; return; }
  done
  fail "PostgreSQL is missing; \`make packages\` installs it."
}

start_postgres() {
  local as=()
  mkdir -m 700 "$folder/database"
  chmod 711 "$folder"
  if [ "$(id -u)" = 0 ]; then
    chown postgres "$folder/database"
    as=(setpriv --reuid=postgres --regid=postgres --clear-groups)
  fi
  "${as[@]}" "$(postgres_program initdb)" --pgdata "$folder/database/data" --username gateway \
    --auth trust --encoding UTF8 --locale C >"$folder/initdb.log"
  "${on_load[@]}" "${as[@]}" "$(postgres_program postgres)" -D "$folder/database/data" \
    -c listen_addresses= -c "unix_socket_directories=$folder/database" >"$folder/postgres.log" 2>&1 &
  processes+=($!)
  pid_of[postgres]=$!
  chmod 711 "$folder/database"
  export BENCH_DATABASE="postgresql:///postgres?host=$folder/database&user=gateway"
  wait_until sql 'SELECT 1' >"$folder/ready" 2>&1
}

sql() { "$(postgres_program psql)" --no-psqlrc --tuples-only --no-align --quiet --command "$1" "$BENCH_DATABASE"; }

write_configuration() {
  cat <<YAML
listen: {address: 127.0.0.1, port: 0, threads: 1}
admin: {address: 127.0.0.1, port: 0, keys: [{sha256: $(hash "$admin_key"), role: metrics}]}
storage: {postgres: {url: {env: BENCH_DATABASE}}, encryption_key: {env: BENCH_KEY}}
webhooks_out: {allow: [127.0.0.0/8]}
organisations:
$(organisation kept simulator "$simulator_organisation" '{fresh: PT1H}')
apps:
  - {name: app, organisation: kept, keys: [{sha256: $(hash "$app_key")}], users: ["*"], heat_pumps: ["*"],
     scopes: [heat-pumps:read, heat-pumps:write, events:read, subscriptions:write]}
$(hook)
heat_pumps:
YAML
  aliases kept
}

warm_up() { load "$1" "read" 32 -d 36000s; }

# load GATEWAY KIND CONNECTIONS OPTIONS…: to one gateway; what wrk says is in wrk.GATEWAY.
load() {
  local gateway=$1 kind=$2 count=$3 method=GET path=$target body='' secret='' lines most=''
  shift 3
  lines="Authorization: Bearer $app_key"
  case $kind in
    read) [ "$1 $2" != '-d 36000s' ] || most=$homes ;;
    write | 'write with key')
      method=PATCH body=$write
      lines+=$'\nContent-Type: application/merge-patch+json\nPrefer: respond-async'
      [ "$kind" = write ] || lines+=$'\nIdempotency-Key: {n}'
      ;;
    event) method=POST path=/v1/hooks/house body=$event secret=$hook_secret lines='Content-Type: application/json' ;;
  esac
  # Each gateway begins with other heat pumps, so that they do not all write to the same one.
  BENCH_METHOD=$method BENCH_TARGET=$path BENCH_BODY=$body BENCH_SECRET=$secret BENCH_HEADERS=$lines \
    BENCH_REQUESTS=${BENCH_REQUESTS:-$most} BENCH_HOMES=$homes BENCH_PER_USER=$homes_per_user \
    BENCH_FIRST=$((homes * (gateway - 1) / 3)) BENCH_SEED=$gateway-${EPOCHREALTIME/[.,]/} \
    "${on_load[@]}" wrk -t 1 -c "$count" "$@" --timeout 30s -s Benchmarks/load.lua "${origin_of[$gateway]}/" \
    >"$folder/wrk.$gateway" 2>&1
}

# Nothing waits to be sent any more.
is_settled() { [ "$(sql "SELECT count(*) FROM podero_gateway.operation WHERE state IN ('queued', 'sent')")" = 0 ]; }

settle() {
  local tries
  for ((tries = 0; tries < 240; tries++)); do
    if is_settled; then return; fi
    sleep 0.25
  done
  echo "warning: something still waited to be sent after a minute" >&2
}

# What the server has done: transactions that write, bytes of write-ahead log.
server_counts() {
  sql "SELECT pg_snapshot_xmax(pg_current_snapshot()), pg_wal_lsn_diff(pg_current_wal_insert_lsn(), '0/0')" |
    tr '|' ' '
}

gateway_ticks() {
  local gateway sum=0
  for gateway in "${gateways[@]}"; do sum=$((sum + $(ticks "${pid_of[$gateway]}"))); done
  echo "$sum"
}

# measure KIND CONNECTIONS OPTIONS…: a load on all gateways at once, as a line of results.
measure() {
  local kind=$1 count=$(($2 / ${#gateways[@]})) gateway before after cpu server jobs=()
  shift 2
  # What the last load has left to do would be done in this one's time.
  sql VACUUM
  wait_until_quiet
  before=$(server_counts) cpu=$(gateway_ticks) server=$(ticks "${pid_of[postgres]}")
  for gateway in "${gateways[@]}"; do
    load "$gateway" "$kind" "$count" "$@" &
    jobs+=($!)
  done
  wait "${jobs[@]}"
  settle
  cpu=$(($(gateway_ticks) - cpu)) server=$(($(ticks "${pid_of[postgres]}") - server)) after=$(server_counts)
  sed -n 's/^RESULT //p' "${gateways[@]/#/$folder/wrk.}" |
    awk -v OFS='\t' -v hertz="$(getconf CLK_TCK)" -v gateways="${#gateways[@]}" -v kind="$kind" \
      -v cpu="$cpu" -v server="$server" -v before="$before" -v after="$after" '
      { requests += $1; rate += 1e6 * $1 / $2; if ($4 > slowest) slowest = $4; errors += $6 }
      END {
        split(before, old, " ")
        split(after, new, " ")
        print kind, gateways, rate, slowest / 1000, 1e6 * cpu / hertz / requests,
          1e6 * server / hertz / requests, (new[1] - old[1]) / requests, (new[2] - old[2]) / requests, errors
      }' | tee -a "$folder/$results" >&2
}

# sizes: what each table holds, with its indices: name, bytes, rows.
sizes() {
  local table
  for table in heat_pump answer settings detector operation audit idempotency_key hook_event \
    hook_event_body event delivery; do
    sql "SELECT '$table', pg_total_relation_size('podero_gateway.$table'), count(*) FROM podero_gateway.$table" |
      tr '|' '\t'
  done
}

# at_rest: bytes that the server keeps of a heat pump that was read and never written to.
at_rest() {
  sql "SELECT round((pg_total_relation_size('podero_gateway.heat_pump')
      + pg_total_relation_size('podero_gateway.answer') + pg_total_relation_size('podero_gateway.settings')
      + pg_total_relation_size('podero_gateway.detector')) / 1000.0 / count(*), 1) FROM podero_gateway.answer"
}

# idle: connections, and transactions a second, of the gateway when nothing is to be done.
idle() {
  local before after
  before=$(server_counts)
  sleep 10
  after=$(server_counts)
  echo "$(sql "SELECT count(*) FROM pg_stat_activity WHERE usename = 'gateway' AND pid <> pg_backend_pid()")" \
    "$(awk -v before="${before% *}" -v after="${after% *}" 'BEGIN { printf "%.1f", (after - before) / 10 }')"
}

add_gateway() {
  local number=$((${#gateways[@]} + 1))
  start_gateway "$number" "$programs"
  gateways+=("$number")
}

[ -x "$programs/podero-gateway" ] || fail "There is no podero-gateway in $programs."
mkdir -p "${BENCH_FOLDER:-.build}"
TMPDIR=$(realpath "${BENCH_FOLDER:-.build}") prepare_stage
place_processes
make_keys
BENCH_KEY=$(openssl rand -base64 32)
export BENCH_KEY
start_simulator simulator
start_postgres
results=results
add_gateway
settle
idle >"$folder/idle"
rest=$(at_rest)
# What things cost, on one gateway, before anything has grown.
results=costs
BENCH_REQUESTS=$((homes * 4)) measure 'write with key' 16 -d 36000s
BENCH_REQUESTS=$((homes * 4)) measure event 16 -d 36000s
curl -f -o /dev/null -H "Authorization: Bearer $app_key" -H 'Content-Type: application/json' \
  -d "{\"url\": \"${origin_of[simulator]}/\", \"event_types\": [\"*\"], \"heat_pumps\": [\"*\"]}" \
  "${origin_of[1]}/v1/subscriptions"
# Who listens is reckoned every ten seconds.
sleep 12
BENCH_REQUESTS=$((homes * 2)) measure 'write with key' 16 -d 36000s
sizes >"$folder/sizes"
subscription=$(sql 'SELECT id FROM podero_gateway.subscription')
curl -f -X DELETE -H "Authorization: Bearer $app_key" "${origin_of[1]}/v1/subscriptions/$subscription"
results=results
while :; do
  for kind in read write event; do measure "$kind" "$connections" -d "${seconds}s"; done
  ((${#gateways[@]} < 3)) || break
  add_gateway
done
{
  printf 'On %s cores (%s), gateways, load, upstream and PostgreSQL together, programs of %s:\n\n' "$(nproc)" \
    "$(sed -n 's/^model name[^:]*: //p' /proc/cpuinfo | head -n 1)" "$(date -u +%Y-%m-%d)"
  awk -F '\t' -f Benchmarks/cluster.awk form=rates "$folder/results"
  echo
  awk -F '\t' -f Benchmarks/cluster.awk form=costs "$folder/costs" form=sizes "$folder/sizes"
  printf '| heat pump that is only read | %s KB |\n' "$rest"
  printf '| gateway at rest | %s connections, %s transactions that write a second |\n' $(<"$folder/idle")
} | tee "$folder/table"
publish 'make cluster-bench' "$folder/table" docs/cluster.md
