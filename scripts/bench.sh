#!/usr/bin/env bash
# Measures the release build beside servers that others use for such a job: real processes on loopback,
# one request after another on each of some kept-alive connections. Every round takes each sample once;
# the tables have medians and extremes, and ratios that are taken round by round.
#
#   UPDATE=1               put the tables into docs/performance.md
#   BENCH_AGAINST=FOLDER   in place of other servers measure the programs there, turn by turn
#   BENCH_ROUNDS=5 BENCH_SECONDS=1   how often, and for how long
#   BENCH_ONLY=REGEX       only the scenarios whose names match
#   BENCH_PATIENCE=60      for how many seconds in all to wait for others on the machine
#   BENCH_FOLDER=FOLDER    where the databases lie meanwhile; by default .build, on a real disk
set -euo pipefail
cd "$(dirname "$0")/.."
. Benchmarks/stage.sh
. Benchmarks/peers.sh

rounds=${BENCH_ROUNDS:-5} seconds=${BENCH_SECONDS:-1} only=${BENCH_ONLY:-.} patience=${BENCH_PATIENCE:-60}
programs=${BENCH_PROGRAMS:-.build/release}
homes=256 homes_per_user=4
# home-1 is read all the time: its user's heat pumps are not written to, or its answer would change.
export BENCH_STILL=$homes_per_user
readonly pump='users/a0000000-0000-4000-8000-{user}/heat-pumps/b0000000-0000-4000-8000-{pump}'
readonly write='{"hot_water":{"standard_temperature":{value}}}'
readonly put='{"dhw_standard_temperature":{value}}'
event="{\"id\":\"{n}\",\"event\":\"hot_water\",\"device\":\"home-{home}\",\"value\":{value},\"note\":\"$(printf 'x%.0s' {1..340})\"}"
readonly event event_bytes=480

# name | connections | who answers | expected status, or how it begins | credentials | method | target | body
scenarios=(
  'cached read|64|gateway nginx haproxy varnish libmicrohttpd|200|app|GET|/v1/heat-pumps/home-1|'
  'forwarded read|64|gateway|200|direct|GET|/v1/heat-pumps/home-{home}|'
  "forwarded read|64|nginx haproxy varnish|200|app|GET|$upstream_path/$pump|"
  "update|64|gateway|200|update|PATCH|/v1/heat-pumps/home-{home}|$write"
  "update|64|nginx|200|put|PUT|/api/partners/v2.0/org/$simulator_organisation/$pump|$put"
  "durable event|64|gateway|202|sign|POST|/v1/hooks/house|$event"
  'durable event|64|fsync|||||'
  "durable event|1|gateway|202|sign|POST|/v1/hooks/house|$event"
  "durable write|64|gateway|20|write|PATCH|/v1/heat-pumps/home-{home}|$write"
  'health check|64|gateway|200|none|GET|/healthz|'
  'revalidation (304)|64|gateway|304|etag|GET|/v1/heat-pumps/home-1|'
  'list of 4|64|gateway|200|app|GET|/v1/users/a0000000-0000-4000-8000-000000000001/heat-pumps|'
  'list of 100|64|gateway|200|app|GET|/v1/heat-pumps|'
  "upstream alone|64|upstream|200|token|GET|$upstream_path/$pump|"
)

# scenario | beside whom | column | at most or at least | ratio
targets=(
  'cached read, 64|nginx|CPU a request|most|0.80'
  'cached read, 64|libmicrohttpd|CPU a request|most|1.30'
  'cached read, 64|nginx|requests/s|least|1.20'
  'cached read, 64|nginx|p99|most|1.20'
  'forwarded read, 64|nginx|CPU a request|most|2.40'
  'forwarded read, 64|varnish|CPU a request|most|0.50'
  'update, 64|nginx|CPU a request|most|5.00'
  'durable event, 64|fsync|requests/s|least|3.00'
)

check_tools() {
  local tool
  for tool in wrk curl nginx; do
    command -v "$tool" >/dev/null || fail "$tool is missing; \`make bench\` installs it."
  done
  for tool in "$programs" ${BENCH_AGAINST:+"$BENCH_AGAINST"}; do
    [ -x "$tool/podero-gateway" ] || fail "There is no podero-gateway in $tool."
  done
  if [ -n "$(find Package.swift Sources -newer "$programs/podero-gateway" -print -quit)" ]; then
    echo "warning: some sources are newer than the programs in $programs" >&2
  fi
}

# measure WHO ROUND ROW: one sample, as a line of numbers.
measure() {
  local who=$1 round=$2 name connections status credentials method target body secret=''
  IFS='|' read -r name connections _ status credentials method target body <<<"$3"
  if [ "$who" = fsync ]; then
    measure_fsync "$round" "$name, $connections"
    return
  fi
  [ "$credentials" != sign ] || secret=$hook_secret
  local pid=${pid_of[$who]} origin=${origin_of[$who]} lines before after cpu core end_cpu end_core started elapsed
  lines=$(headers "$credentials" "$origin" "$target")
  wait_until_idle "$pid"
  wait_until_quiet
  before=$(counts "$who" "$status")
  cpu=$(ticks "$pid") core=$(core_ticks) started=$EPOCHREALTIME
  TIMEFORMAT='%U %S'
  {
    time BENCH_METHOD=$method BENCH_TARGET=$target BENCH_HEADERS=$lines BENCH_BODY=$body \
      BENCH_SECRET=$secret run_load "$origin" "$connections" -d "${seconds}s" --timeout 10s
  } 2>"$folder/wrk.time" || { cat "$folder/wrk.out" >&2; fail "wrk failed."; }
  elapsed=$(awk -v from="${started/,/.}" -v to="${EPOCHREALTIME/,/.}" 'BEGIN { print to - from }')
  end_cpu=$(ticks "$pid") end_core=$(core_ticks)
  local resident idle_cpu
  resident=$(resident_kib "$pid")
  # What a write still causes after it was accepted is part of its cost.
  case $who/$credentials in
    this/write | this/sign | this/update | other/write | other/sign | other/update) wait_until_updated "$who" ;;
    *) wait_until_idle "$pid" ;;
  esac
  idle_cpu=$(ticks "$pid") after=$(counts "$who" "$status")
  echo "$(sed -n 's/^RESULT //p' "$folder/wrk.out") $(cat "$folder/wrk.time") $elapsed" \
    "$((end_cpu - cpu)) $((idle_cpu - cpu)) $((end_core - core)) $resident $before $after" |
    awk -v OFS='\t' -v hertz="$(getconf CLK_TCK)" -v name="$name, $connections" -v who="$who" \
      -v round="$round" -v is_gateway="$([ -z "${admin_of[$who]:-}" ] || echo 1)" \
      -v is_beside="$([ "$who" = upstream ] || echo 1)" -f Benchmarks/sample.awk >>"$folder/results"
}

# One event after another, each on the disk before the next.
measure_fsync() {
  wait_until_quiet
  "${on_server[@]}" "$folder/fsync" "$folder/fsync.events" "$seconds" $event_bytes |
    awk -v OFS='\t' -v round="$1" -v name="$2" '
      { print "scenario", name, "fsync", round, $1, $2, $3, $4, $5, "-", "-", "-", "-", "-", "-", 0 }' \
      >>"$folder/results"
}

# All samples of a round, in their order: who|row.
list_samples() {
  local row who build
  samples=()
  for row in "${scenarios[@]}"; do
    grep -qE "$only" <<<"${row%%|*}" || continue
    for who in $(cut -d '|' -f 3 <<<"$row"); do
      if [ "$who" = gateway ]; then
        for build in "${builds[@]}"; do samples+=("$build|$row"); done
      elif [ -n "${pid_of[$who]:-}" ] || [ -x "$folder/$who" ]; then
        samples+=("$who|$row")
      fi
    done
  done
}

run_rounds() {
  local round place build
  for ((round = 1; round <= rounds; round++)); do
    printf 'round %d of %d …\n' "$round" "$rounds" >&2
    for ((place = 0; place < ${#samples[@]}; place++)); do
      # Whoever comes second may find a warmer or a busier machine: every other round goes backwards.
      build=${samples[round % 2 ? place : ${#samples[@]} - 1 - place]}
      measure "${build%%|*}" "$round" "${build#*|}"
    done
    for build in "${builds[@]}"; do measure_parts "$build" "$round"; done
  done
}

# The parts that are measured alone, where that program was built.
measure_parts() {
  local program=${programs_of[$1]}/podero-bench
  [ -x "$program" ] || return 0
  rm -rf "$folder/parts"
  mkdir "$folder/parts"
  "${on_server[@]}" "$program" Tests/HeatPumpsTests/Fixtures/answer.json "$folder/parts" |
    awk -F '\t' -v OFS='\t' -v build="$1" -v round="$2" '{ print "part", $1, build, round, $2 }' \
      >>"$folder/results"
}

describe_machine() {
  local commit
  commit=$(git describe --always --dirty 2>/dev/null || echo 'no git')
  echo "Build:    $commit, $(swift --version 2>/dev/null | sed -n 's/.*Swift version \([^ ]*\).*/Swift \1/p' | head -n 1)"
  echo "Machine:  $(nproc) cores, $(sed -n 's/^model name[^:]*: //p' /proc/cpuinfo | head -n 1), kernel $(uname -r)"
  echo "Disk:     $(df --output=fstype,source "$folder" | tail -n 1 | xargs)"
  echo "Load:     $load_before before, $(cut -d ' ' -f 1-3 /proc/loadavg) after"
  echo "Sample:   $rounds rounds of $seconds s; servers: ${on_server[*]:-no core of their own}, load and upstream: ${on_load[*]:-the same core}"
  if [ -n "${BENCH_AGAINST:-}" ]; then
    echo "Against:  $BENCH_AGAINST"
  else
    echo "Others:   $(nginx -v 2>&1 | sed 's/.*: //'), $(haproxy -v 2>/dev/null | sed -n '1s/ [0-9/]* -.*//p'), $(varnishd -V 2>&1 | sed -n '1s/.*(\(varnish-[0-9.]*\).*/\1/p')"
  fi
}

start_others() {
  local name
  token=$(simulator_token)
  curl -f -o "$folder/answer.json" -H "Authorization: Bearer $app_key" "${origin_of[this]}/v1/heat-pumps/home-1"
  make_peer_keys
  # Started by root, the workers of some give up their rights.
  chmod 711 "$folder"
  chmod 644 "$folder/answer.json"
  for name in nginx haproxy varnish libmicrohttpd; do start_peer "$name"; done
  if command -v cc >/dev/null; then cc -O2 -o "$folder/fsync" Benchmarks/floor/fsync.c; fi
}

check_tools
load_before=$(cut -d ' ' -f 1-3 /proc/loadavg)
mkdir -p "${BENCH_FOLDER:-.build}"
# The database has to lie on a disk, or waiting for it would cost nothing.
TMPDIR=$(realpath "${BENCH_FOLDER:-.build}") prepare_stage
place_processes
make_keys
start_simulator simulator
start_upstream
builds=(this)
declare -A programs_of=([this]=$programs)
start_gateway this "$programs"
if [ -n "${BENCH_AGAINST:-}" ]; then
  builds+=(other)
  programs_of[other]=$BENCH_AGAINST
  start_gateway other "$BENCH_AGAINST"
else
  start_others
fi
list_samples
run_rounds
printf 'target\t%s\n' "${targets[@]//|/$'\t'}" >>"$folder/results"
{
  printf '```\n%s\n```\n\n' "$(describe_machine)"
  awk -F '\t' -f Benchmarks/table.awk "$folder/results"
} >"$folder/tables"
cat "$folder/tables"
[ -n "${BENCH_AGAINST:-}" ] || publish 'make bench' "$folder/tables"
