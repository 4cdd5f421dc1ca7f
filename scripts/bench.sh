#!/usr/bin/env bash
# Measures the release build: real processes on loopback, one request after another on each of some
# kept-alive connections. Every round takes each scenario once; the table has medians and extremes.
#
#   BENCH_AGAINST=FOLDER   also measure the programs there, turn by turn, and print the ratios
#   BENCH_ROUNDS=3 BENCH_SECONDS=2   how often, and for how long
#   BENCH_ONLY=REGEX       only the scenarios whose names match
#   BENCH_FOLDER=FOLDER    where the databases lie meanwhile; by default .build, on a real disk
set -euo pipefail
cd "$(dirname "$0")/.."
. Benchmarks/stage.sh

rounds=${BENCH_ROUNDS:-3} seconds=${BENCH_SECONDS:-2} only=${BENCH_ONLY:-.}
programs=${BENCH_PROGRAMS:-.build/release}
homes=256 homes_per_user=4

# name | connections | who answers | expected status, or how it begins | credentials | method | target | body
scenarios=(
  'health check|64|gateway|200|none|GET|/healthz|'
  'cached read|64|gateway|200|app|GET|/v1/heat-pumps/home-1|'
  'revalidation (304)|64|gateway|304|etag|GET|/v1/heat-pumps/home-1|'
  'list of 4|64|gateway|200|app|GET|/v1/users/a0000000-0000-4000-8000-000000000001/heat-pumps|'
  'list of 100|64|gateway|200|app|GET|/v1/heat-pumps|'
  'forwarded read|64|gateway|200|direct|GET|/v1/heat-pumps/home-{home}|'
  'upstream alone|64|upstream|200|token|GET|@API@/users/a0000000-0000-4000-8000-{user}/heat-pumps/b0000000-0000-4000-8000-{pump}|'
)
for connections in 1 8 64; do
  scenarios+=(
    "durable write|$connections|gateway|20|write|PATCH|/v1/heat-pumps/home-{home}|{\"hot_water\":{\"standard_temperature\":{value}}}"
    "durable event|$connections|gateway|202|sign|POST|/v1/hooks/house|{\"id\":\"{n}\",\"event\":\"hot_water\",\"device\":\"home-{home}\",\"value\":{value},\"note\":\"$(printf 'x%.0s' {1..340})\"}"
  )
done

check_tools() {
  local tool
  for tool in wrk curl; do
    command -v "$tool" >/dev/null || fail "$tool is missing; \`make bench\` installs it."
  done
  for tool in "$programs" ${BENCH_AGAINST:+"$BENCH_AGAINST"}; do
    [ -x "$tool/podero-gateway" ] || fail "There is no podero-gateway in $tool."
  done
  if [ -n "$(find Package.swift Sources -newer "$programs/podero-gateway" -print -quit)" ]; then
    echo "warning: some sources are newer than the programs in $programs" >&2
  fi
}

# measure BUILD ROUND ROW: one sample, as a line of numbers.
measure() {
  local build=$1 round=$2 name connections who status credentials method target body origin secret=''
  IFS='|' read -r name connections who status credentials method target body <<<"$3"
  if [ "$who" = gateway ]; then who=$build origin=${gateway_of[$build]}; else origin=${simulator_of[$who]}; fi
  target=${target/@API@/$upstream_path}
  [ "$credentials" != sign ] || secret=$hook_secret
  local pid=${pid_of[$who]} lines before after cpu core end_cpu end_core started elapsed
  lines=$(headers "$credentials" "$origin" "$target")
  wait_until_idle "$pid"
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
  case $credentials in
    write | sign) wait_until_settled "$who" ;;
    *) wait_until_idle "$pid" ;;
  esac
  idle_cpu=$(ticks "$pid") after=$(counts "$who" "$status")
  echo "$(sed -n 's/^RESULT //p' "$folder/wrk.out") $(cat "$folder/wrk.time") $elapsed" \
    "$((end_cpu - cpu)) $((idle_cpu - cpu)) $((end_core - core)) $resident $before $after" |
    awk -v OFS='\t' -v hertz="$(getconf CLK_TCK)" -v name="$name, $connections" -v build="$build" \
      -v round="$round" -v who="$who" -f Benchmarks/sample.awk >>"$folder/results"
}

run_rounds() {
  local round row build turn
  for ((round = 1; round <= rounds; round++)); do
    printf 'round %d of %d …\n' "$round" "$rounds" >&2
    for row in "${scenarios[@]}"; do
      grep -qE "$only" <<<"${row%%|*}" || continue
      turn=("${builds[@]}")
      # Whoever comes second may find a warmer or a busier machine.
      if ((round % 2 == 0 && ${#builds[@]} == 2)); then turn=(other this); fi
      [[ $row != *'|upstream|'* ]] || turn=(this)
      for build in "${turn[@]}"; do measure "$build" "$round" "$row"; done
    done
    for build in "${builds[@]}"; do measure_parts "$build" "$round"; done
  done
}

# The parts that are measured alone, where that program was built.
measure_parts() {
  local program=${programs_of[$1]}/podero-bench
  [ -x "$program" ] || return 0
  "${on_server[@]}" "$program" Tests/HeatPumpsTests/Fixtures/answer.json |
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
  echo "Sample:   $rounds rounds of $seconds s; gateway: ${on_server[*]:-no core of its own}, load and upstream: ${on_load[*]:-the same core}"
  [ -z "${BENCH_AGAINST:-}" ] || echo "Against:  $BENCH_AGAINST"
}

check_tools
load_before=$(cut -d ' ' -f 1-3 /proc/loadavg)
mkdir -p "${BENCH_FOLDER:-.build}"
# The database has to lie on a disk, or waiting for it would cost nothing.
TMPDIR=$(realpath "${BENCH_FOLDER:-.build}") prepare_stage
place_processes
make_keys
start_simulator simulator
readonly second_organisation=c0000000-0000-4000-8000-000000000002
start_simulator upstream --organisation $second_organisation
upstream_path=/api/partners/v2.0/org/$second_organisation
token=$(upstream_token)
builds=(this)
declare -A programs_of=([this]=$programs)
start_gateway this "$programs"
if [ -n "${BENCH_AGAINST:-}" ]; then
  builds+=(other)
  programs_of[other]=$BENCH_AGAINST
  start_gateway other "$BENCH_AGAINST"
fi
run_rounds
echo
describe_machine
echo
awk -F '\t' -f Benchmarks/table.awk "$folder/results"
