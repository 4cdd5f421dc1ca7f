# Sourced by scripts/bench.sh and its like: the processes that are measured, and what is read of them.
# `folder`, `homes` and `homes_per_user` are set there.

. scripts/demo-stage.sh

processes=()
readonly simulator_organisation=c0000000-0000-4000-8000-000000000001
declare -A origin_of admin_of pid_of

# In place of the demo's.
clean_up() {
  # Nothing may cut this short.
  trap '' INT TERM HUP PIPE
  local pid
  for pid in "${processes[@]}"; do stop_process "$pid"; done
  [ -z "$folder" ] || rm -rf "$folder"
}

# Who is measured has a core of its own, where there are two; whatever stands around it has the others.
# Root lets them go before others on the machine.
place_processes() {
  local cores first=()
  cores=$(nproc)
  on_server=() on_load=() server_core=0
  # What the gateway runs under, such as a profiler.
  under=()
  if [ "$(id -u)" = 0 ]; then first=(nice -n -15); fi
  if ((cores > 1)); then
    on_server=("${first[@]}" taskset -c 0)
    on_load=("${first[@]}" taskset -c "1-$((cores - 1))")
  fi
}

# start_simulator NAME OPTIONS…
start_simulator() {
  local name=$1
  shift
  "${on_load[@]}" "$programs/podero-simulator" --port 0 \
    --organisation "$simulator_organisation" --users $((homes / homes_per_user)) \
    --heat-pumps-per-user "$homes_per_user" "$@" >"$folder/$name.out" 2>"$folder/$name.log" &
  processes+=($!)
  pid_of[$name]=$!
  wait_for_line "$folder/$name.out" ' listening on ' "${pid_of[$name]}"
  origin_of[$name]=$(sed -n 's/.* listening on \([^ ]*\) .*/\1/p' "$folder/$name.out")
}

# organisation NAME UPSTREAM ID CACHE: its lines in a configuration.
organisation() {
  local origin=${origin_of[$2]}
  cat <<YAML
  - name: $1
    id: $3
    api_base: $origin/api/partners/v2.0/
    token_url: $origin/oauth2/token/
    client_id: {env: BENCH_CLIENT_ID}
    client_secret: {env: BENCH_CLIENT_SECRET}
    budget: {requests_per_second: 1000000, in_flight: 1000}
    cache: $4
YAML
}

hash() { printf %s "$1" | sha256sum | cut -d ' ' -f 1; }

# The hook that events are sent to.
hook() {
  cat <<YAML
hooks:
  - name: house
    organisation: kept
    verify: {hmac_sha256: {secrets: [{env: BENCH_HOOK_SECRET}], header: X-Signature, prefix: sha256=}}
    heat_pumps: ["*"]
    target: {pointer: /device}
    rules:
      - name: hot-water
        when: [{pointer: /event, equals: hot_water}]
        then: {patch: {hot_water: {standard_temperature: {pointer: /value}}}}
YAML
}

# aliases ORGANISATION: a name for each of its heat pumps.
aliases() {
  local home
  for ((home = 1; home <= homes; home++)); do
    printf '  - {alias: home-%d, organisation: %s, user_id: %s%012x, heat_pump_id: %s%012x}\n' \
      "$home" "$1" a0000000-0000-4000-8000- $(((home - 1) / homes_per_user + 1)) \
      b0000000-0000-4000-8000- "$home"
  done
}

# write_configuration BUILD: defaults wherever something is not about this stage.
write_configuration() {
  cat <<YAML
listen: {address: 127.0.0.1, port: 0, threads: 1}
admin: {address: 127.0.0.1, port: 0, keys: [{sha256: $(hash "$admin_key"), role: metrics}]}
storage: {sqlite: {path: $folder/$1/gateway.db}}
organisations:
$(organisation kept simulator "$simulator_organisation" '{fresh: PT1H}')
$(organisation direct upstream "$upstream_organisation" '{fresh: PT0S, stale_while_revalidate: PT0S}')
apps:
  - {name: app, organisation: kept, keys: [{sha256: $(hash "$app_key")}], users: ["*"], heat_pumps: ["*"],
     scopes: [heat-pumps:read, heat-pumps:write]}
  - {name: direct, organisation: direct, keys: [{sha256: $(hash "$direct_key")}], users: ["*"],
     heat_pumps: ["*"], scopes: [heat-pumps:read]}
$(hook)
heat_pumps:
YAML
  aliases kept
  aliases direct
}

# start_gateway BUILD PROGRAMS
start_gateway() {
  local build=$1 line
  mkdir "$folder/$build"
  write_configuration "$build" >"$folder/$build/gateway.yaml"
  BENCH_CLIENT_ID=demo-client BENCH_CLIENT_SECRET=demo-secret BENCH_HOOK_SECRET=$hook_secret \
    "${on_server[@]}" "${under[@]}" "$2/podero-gateway" serve --config "$folder/$build/gateway.yaml" \
    >/dev/null 2>"$folder/$build/gateway.log" &
  processes+=($!)
  pid_of[$build]=$!
  wait_for_line "$folder/$build/gateway.log" '"message":"listening"' "${pid_of[$build]}"
  line=$(grep '"message":"listening"' "$folder/$build/gateway.log")
  origin_of[$build]=http://127.0.0.1:$(sed 's/.*"port":"\([0-9]*\)".*/\1/' <<<"$line")
  admin_of[$build]=http://127.0.0.1:$(sed 's/.*"admin_port":"\([0-9]*\)".*/\1/' <<<"$line")
  warm_up "$build"
}

# Every heat pump is in memory before anything is measured.
warm_up() {
  curl -f -o /dev/null -H "Authorization: Bearer $app_key" \
    "${origin_of[$1]}/v1/heat-pumps/home-[1-$homes]"
}

# Random, since whoever is on this machine could use them meanwhile.
make_keys() {
  random() { od -An -N 24 -t x1 /dev/urandom | tr -d ' \n'; }
  app_key=pgw_$(random) direct_key=pgw_$(random) admin_key=pgw_$(random) hook_secret=$(random)
}

simulator_token() {
  curl -f -u demo-client:demo-secret -d '{"grant_type": "client_credentials"}' \
    -H 'Content-Type: application/json' "${origin_of[simulator]}/oauth2/token/" |
    sed 's/.*"access_token": *"\([^"]*\)".*/\1/'
}

# headers CREDENTIALS ORIGIN TARGET: a header a line.
headers() {
  case $1 in
    none) ;;
    app) echo "Authorization: Bearer $app_key" ;;
    direct) echo "Authorization: Bearer $direct_key" ;;
    token) echo 'Authorization: Bearer bench' ;;
    sign) echo 'Content-Type: application/json' ;;
    put) printf '%s\n' "Authorization: Bearer $app_key" 'Content-Type: application/json' ;;
    update)
      printf '%s\n' "Authorization: Bearer $app_key" 'Content-Type: application/merge-patch+json'
      ;;
    write)
      headers update
      echo 'Prefer: respond-async'
      ;;
    etag)
      echo "Authorization: Bearer $app_key"
      curl -o /dev/null -D - -H "Authorization: Bearer $app_key" "$2$3" |
        tr -d '\r' | sed -n 's/^[Ee][Tt][Aa][Gg]: /If-None-Match: /p'
      ;;
  esac
}

# run_load ORIGIN CONNECTIONS OPTIONS…: loads what BENCH_METHOD and its like describe.
run_load() {
  local origin=$1 connections=$2
  shift 2
  BENCH_HOMES=$homes BENCH_PER_USER=$homes_per_user BENCH_SEED=${EPOCHREALTIME/[.,]/} \
    "${on_load[@]}" wrk -t 1 -c "$connections" "$@" -s Benchmarks/load.lua "$origin/" \
    >"$folder/wrk.out" 2>&1
}

# A process and its children.
family() { echo "$1" $(cat /proc/"$1"/task/*/children 2>/dev/null); }

# The processor time of a process and its children, in clock ticks.
ticks() {
  local pid
  for pid in $(family "$1"); do sed 's/.*) //' "/proc/$pid/stat" 2>/dev/null; done |
    awk '{ ticks += $12 + $13 } END { print ticks + 0 }'
}

# The time that the gateway's core was busy, whoever it was busy for, in clock ticks.
core_ticks() { awk -v core="cpu$server_core" '$1 == core { print $2 + $3 + $4 + $7 + $8 }' /proc/stat; }

# The memory of a process and its children; what they share counts once.
resident_kib() {
  local pid
  for pid in $(family "$1"); do awk '/^Pss:/ { print $2 }' "/proc/$pid/smaps_rollup" 2>/dev/null; done |
    awk '{ kib += $1 } END { print kib + 0 }'
}

# How much of the last third of a second the busiest of the first two cores was at work, in percent.
busy_percent() {
  local before after
  before=$(grep '^cpu[01] ' /proc/stat)
  sleep 0.3
  after=$(grep '^cpu[01] ' /proc/stat)
  printf '%s\n' "$before" "$after" | awk -v hertz="$(getconf CLK_TCK)" '
    { busy[$1] = $2 + $3 + $4 + $7 + $8 - busy[$1] }
    END { for (core in busy) if (busy[core] > most) most = busy[core]; printf "%d\n", 100 * most / hertz / 0.3 }'
}

# Waits until nobody else is at work, but not longer than `patience` seconds in all of the run.
wait_until_quiet() {
  local started=$SECONDS
  while ((patience > SECONDS - started)) && [ "$(busy_percent)" -gt 10 ]; do :; done
  patience=$((patience - (SECONDS - started)))
}

# Waits until a process has nothing left to do; writes go on after they were accepted.
wait_until_idle() {
  local pid=$1 before after tries
  before=$(ticks "$pid")
  for ((tries = 0; tries < 100; tries++)); do
    sleep 0.15
    after=$(ticks "$pid")
    ((after - before > 1)) || return 0
    before=$after
  done
  echo "warning: process $pid was still busy after 15 seconds" >&2
}

# Waits until a build has committed and sent nothing for three seconds.
wait_until_settled() { wait_until_steady counts "$1" 0; }

# Waits until a build has no update left to send: events gather for two seconds before they go
# upstream. Polls, which look for the new values for minutes, are not waited for.
wait_until_updated() { wait_until_steady updates "$1"; }

# Waits until a command has printed the same for three seconds.
wait_until_steady() {
  local before='' after quiet=0 tries
  for ((tries = 0; tries < 240; tries++)); do
    after=$("$@")
    if [ "$after" = "$before" ]; then quiet=$((quiet + 1)); else quiet=0; fi
    ((quiet < 12)) || return 0
    before=$after
    sleep 0.25
  done
  echo "warning: $2 was still at work after a minute" >&2
}

# The updates that a build has sent, and the writes that have come to an answer of the upstream's.
updates() {
  curl -H "Authorization: Bearer $admin_key" "${admin_of[$1]}/metrics" |
    awk '
      /^podero_gateway_upstream_requests_total/ && /call="update"/ { updates += $NF }
      /^podero_gateway_writes_total/ { writes += $NF }
      END { print updates, writes }'
}

# counts BUILD STATUS: answers whose status begins so, upstream requests, commits, and writes that
# failed, since the start.
counts() {
  if [ -z "${admin_of[$1]:-}" ]; then
    echo 0 0 0 0
    return
  fi
  curl -H "Authorization: Bearer $admin_key" "${admin_of[$1]}/metrics" |
    awk -v status="status=\"$2" '
      /^podero_gateway_requests_total/ && index($0, status) { answers += $NF }
      /^podero_gateway_upstream_requests_total/ { upstream += $NF }
      /^podero_gateway_storage_commits_total/ { commits = $NF }
      /^podero_gateway_writes_total/ && /"failed"/ { failed += $NF }
      END { printf "%d %d %d %d\n", answers, upstream, commits, failed }'
}

# publish NAME FILE [DOCUMENT]: puts the file between the marks of that name in the document, if UPDATE is
# set.
publish() {
  local document=${3:-docs/performance.md}
  [ -n "${UPDATE:-}" ] || return 0
  awk -v name="$1" -v file="$2" '
    $0 == "<!-- end of " name " -->" { is_inside = 0 }
    !is_inside
    $0 == "<!-- " name " -->" { is_inside = 1; while ((getline line <file) > 0) print line }
  ' "$document" >"$folder/document"
  cat "$folder/document" >"$document"
  echo "Written to $document." >&2
}
