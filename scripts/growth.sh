#!/usr/bin/env bash
# Measures how a request's processor time grows with connections, heat pumps, apps and rules, and draws
# it. Of several samples the smallest counts: others on the machine can only add to it.
#
#   UPDATE=1                     put table and picture into docs/
#   GROWTH_HEAT_PUMPS=100000     up to how many heat pumps; a million take 9 GiB and some minutes
#   GROWTH_ONLY=REGEX            only what matches: connections, heat pumps, apps, rules
#   GROWTH_SAMPLES=5             how many samples, of a second each
#   BENCH_FOLDER=FOLDER          where the databases lie meanwhile; by default .build
set -euo pipefail
cd "$(dirname "$0")/.."
. Benchmarks/stage.sh
. Benchmarks/peers.sh

programs=${BENCH_PROGRAMS:-.build/release}
most=${GROWTH_HEAT_PUMPS:-100000} only=${GROWTH_ONLY:-.} samples=${GROWTH_SAMPLES:-5} patience=30
homes_per_user=4 apps=1 rules=1
readonly read='/v1/users/a0000000-0000-4000-8000-{user}/heat-pumps/b0000000-0000-4000-8000-{pump}'
readonly event='{"id":"{n}","event":"hot_water","device":"home","value":{value}}'

write_configuration() {
  local number
  cat <<YAML
listen: {address: 127.0.0.1, port: 0, threads: 1}
admin: {address: 127.0.0.1, port: 0, keys: [{sha256: $(hash "$admin_key"), role: metrics}]}
storage: {sqlite: {path: $folder/$1/gateway.db}}
cache: {bytes: 100000000000}
limits: {connections: 4000, connections_per_address: 4000}
organisations:
$(organisation many upstream "$upstream_organisation" '{fresh: PT10H}')
apps:
YAML
  for ((number = 1; number < apps; number++)); do
    printf '  - {name: app-%d, organisation: many, keys: [{sha256: "%064x"}], users: ["*"], heat_pumps: ["*"], scopes: [heat-pumps:read]}\n' \
      "$number" "$number"
  done
  cat <<YAML
  - {name: app, organisation: many, keys: [{sha256: $(hash "$app_key")}], users: ["*"], heat_pumps: ["*"],
     scopes: [heat-pumps:read]}
hooks:
  - name: house
    organisation: many
    verify: {hmac_sha256: {secrets: [{env: BENCH_HOOK_SECRET}], header: X-Signature, prefix: sha256=}}
    heat_pumps: ["*"]
    target: {pointer: /device}
    rules:
YAML
  for ((number = 1; number < rules; number++)); do
    printf '      - {name: rule-%d, when: [{pointer: /event, equals: other-%d}], then: {patch: {hot_water: {standard_temperature: {pointer: /value}}}}}\n' \
      "$number" "$number"
  done
  cat <<YAML
      - {name: last, when: [{pointer: /event, equals: hot_water}],
         then: {patch: {hot_water: {standard_temperature: {pointer: /value}}}}}
heat_pumps:
  - {alias: home, organisation: many, user_id: a0000000-0000-4000-8000-000000000001,
     heat_pump_id: b0000000-0000-4000-8000-000000000001}
YAML
}

# load CONNECTIONS METHOD TARGET BODY SECRET OPTIONS…
load() {
  local connections=$1 method=$2 target=$3 body=$4 secret=$5
  shift 5
  BENCH_METHOD=$method BENCH_TARGET=$target BENCH_BODY=$body BENCH_SECRET=$secret \
    BENCH_HEADERS=$(headers "$([ -n "$body" ] && echo sign || echo app)" - -) \
    run_load "${origin_of[this]}" "$connections" "$@" --timeout 30s
}

warm_up() { remember 1; }

# remember COUNT: reads so many heat pumps.
remember() {
  homes=$1
  BENCH_REQUESTS=$homes load 32 GET "$read" '' '' -d 36000s
}

# sample AXIS SIZE CONNECTIONS METHOD TARGET BODY SECRET: the smallest processor time of a request.
sample() {
  local axis=$1 size=$2 number before pid=${pid_of[this]}
  shift 2
  load "$@" -d 1s
  for ((number = 0; number < samples; number++)); do
    wait_until_idle "$pid"
    wait_until_quiet
    before=$(ticks "$pid")
    load "$@" -d 1s
    echo "$(($(ticks "$pid") - before)) $(sed -n 's/^RESULT \([0-9]*\) .*/\1/p' "$folder/wrk.out")"
  done | awk -v OFS='\t' -v hertz="$(getconf CLK_TCK)" -v axis="$axis" -v size="$size" '
    { cost = 1e6 * $1 / hertz / $2 }
    NR == 1 || cost < least { least = cost }
    END { printf "%s\t%d\t%.1f\n", axis, size, least }' | tee -a "$folder/growth" >&2
}

# fresh: another gateway in place of the last.
fresh() {
  [ -z "${pid_of[this]:-}" ] || stop_process "${pid_of[this]}"
  rm -rf "$folder/this"
  start_gateway this "$programs"
}

is_wanted() { grep -qE "$only" <<<"$1"; }

[ -x "$programs/podero-gateway" ] || fail "There is no podero-gateway in $programs."
mkdir -p "${BENCH_FOLDER:-.build}"
TMPDIR=$(realpath "${BENCH_FOLDER:-.build}") prepare_stage
place_processes
make_keys
start_upstream
homes=1
if is_wanted connections; then
  fresh
  for connections in 1 8 64 256 1000; do
    sample connections "$connections" "$connections" GET /v1/heat-pumps/home '' ''
  done
fi
if is_wanted 'heat pumps'; then
  fresh
  for ((count = 100; count <= most; count *= 10)); do
    remember "$count"
    wait_until_settled this
    sample 'heat pumps' "$count" 64 GET "$read" '' ''
  done
  homes=1
fi
if is_wanted apps; then
  for apps in 1 10 100 1000; do
    fresh
    sample apps "$apps" 64 GET /v1/heat-pumps/home '' ''
  done
  apps=1
fi
if is_wanted rules; then
  for rules in 1 10 100 1000 10000; do
    fresh
    sample rules "$rules" 64 POST /v1/hooks/house "$event" "$hook_secret"
  done
fi
{
  printf "![How a request's processor time grows](growth.svg)\n\n"
  awk -F '\t' -v form=table -f Benchmarks/growth.awk "$folder/growth"
} | tee "$folder/table"
publish 'make growth' "$folder/table"
if [ -n "${UPDATE:-}" ]; then
  awk -F '\t' -v form=picture -f Benchmarks/growth.awk "$folder/growth" >docs/growth.svg
fi
