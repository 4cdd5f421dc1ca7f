#!/usr/bin/env bash
# Counts the instructions that a request costs the release build, under valgrind, and holds the counts
# against Benchmarks/instructions.txt. Unlike times they are the same on a busy machine and a quiet one.
#
#   UPDATE=1                     write the counts there
#   INSTRUCTIONS_TOLERANCE=5     how many percent more are too many
#   INSTRUCTIONS_ONLY=REGEX      only the paths whose names match
#
# What each path costs in which function lies in .build/instructions afterwards, for callgrind_annotate.
set -euo pipefail
cd "$(dirname "$0")/.."
. Benchmarks/stage.sh
. Benchmarks/peers.sh

programs=${BENCH_PROGRAMS:-.build/release}
tolerance=${INSTRUCTIONS_TOLERANCE:-5} only=${INSTRUCTIONS_ONLY:-.}
readonly figures=Benchmarks/instructions.txt profiles=.build/instructions
# Few homes, so that each is met again and again: what a first meeting costs is not the question.
homes=16 homes_per_user=4
readonly few=48

# name | connections | requests more | credentials | method | target | body
# Of cheap requests there are many, so that what goes on besides counts for little.
paths=(
  'cached read|1|8000|app|GET|/v1/heat-pumps/home-1|'
  'forwarded read|1|1200|direct|GET|/v1/heat-pumps/home-{home}|'
  'durable write|8|400|write|PATCH|/v1/heat-pumps/home-{home}|{"hot_water":{"standard_temperature":{value}}}'
  "durable event|8|800|sign|POST|/v1/hooks/house|{\"id\":\"{n}\",\"event\":\"hot_water\",\"device\":\"home-{home}\",\"value\":{value},\"note\":\"$(printf 'x%.0s' {1..340})\"}"
)

prepare() {
  local tool
  for tool in valgrind wrk; do
    command -v "$tool" >/dev/null || fail "$tool is missing; \`make instructions\` installs it."
  done
  [ -x "$programs/podero-gateway" ] || fail "There is no podero-gateway in $programs."
  mkdir -p "$profiles"
  # Debian's valgrind stumbles over newer debug information, and needs none.
  mkdir "$folder/bare"
  cp "$programs/podero-gateway" "$folder/bare/"
  strip --strip-debug "$folder/bare/podero-gateway"
  clang -shared -fPIC -o "$folder/sigsuspend.so" Benchmarks/sigsuspend.c
}

# ask COUNT ROW: that many requests of a path.
ask() {
  local name connections more credentials method target body secret=''
  IFS='|' read -r name connections more credentials method target body <<<"$2"
  [ "$credentials" != sign ] || secret=$hook_secret
  BENCH_REQUESTS=$1 BENCH_METHOD=$method BENCH_TARGET=$target BENCH_BODY=$body \
    BENCH_HEADERS=$(headers "$credentials" "$origin" "$target") BENCH_SECRET=$secret \
    run_load "$origin" "$connections" -d 600s --timeout 60s
  # Asking for the metrics would cost more than what is counted. Events gather for two seconds.
  case $credentials in write | sign) sleep 5 ;; esac
  wait_until_idle "${pid_of[counted]}"
}

# count NAME [ROW]: prints the instructions of a gateway that gets a few requests of each path, and
# then more of one.
count() {
  local name=$1 row before after
  under=(env "LD_PRELOAD=$folder/sigsuspend.so" SWIFT_DETERMINISTIC_HASHING=1
    valgrind --tool=callgrind "--callgrind-out-file=$profiles/$name.out" "--log-file=$folder/valgrind")
  rm -rf "$folder/counted"
  start_gateway counted "$folder/bare"
  origin=${origin_of[counted]}
  for row in "${paths[@]}"; do ask "$few" "$row"; done
  before=$(counts counted 2)
  [ -z "${2:-}" ] || ask "$(cut -d '|' -f 3 <<<"$2")" "$2"
  after=$(counts counted 2)
  stop_process "${pid_of[counted]}"
  echo "$(sed -n 's/.*Collected : \([0-9]*\).*/\1/p' "$folder/valgrind") $((${after%% *} - ${before%% *}))"
}

[ -n "${UPDATE:-}" ] || [ -e "$figures" ] || fail "There is no $figures; UPDATE=1 makes it."
prepare_stage
place_processes
# valgrind is slow enough already.
on_server=() readiness_seconds=120
make_keys
start_simulator simulator
start_upstream
prepare
read -r base _ < <(count base)
[ -n "$base" ] || fail "valgrind counted nothing."
results=$folder/results
for row in "${paths[@]}"; do
  name=${row%%|*}
  grep -qE "$only" <<<"$name" || continue
  read -r total answers < <(count "${name// /-}" "$row")
  printf '%s\t%d\n' "$name" $(((total - base) / answers)) | tee -a "$results" >&2
done

if [ -n "${UPDATE:-}" ]; then
  cp "$results" "$figures"
  echo "Written to $figures."
  exit
fi
{ sed 's/^/expected\t/' "$figures" && sed 's/^/counted\t/' "$results"; } |
  awk -F '\t' -v tolerance="$tolerance" -f Benchmarks/instructions.awk
