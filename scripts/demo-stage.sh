# Sourced by demo.sh: the processes, their folder, and how requests and answers are shown.

folder=''
simulator_pid=''
gateway_pid=''

if [ -t 1 ] && [ -z "${NO_COLOR:-}" ] && [ "${TERM:-dumb}" != dumb ]; then
  bold=$'\e[1m' dim=$'\e[2m' green=$'\e[32m' red=$'\e[31m' plain=$'\e[0m'
else
  bold='' dim='' green='' red='' plain=''
fi

title() { printf '\n%s%s%s\n' "$bold" "── $*" "$plain"; }
say() { printf '%s\n' "$*"; }
good() { printf '%s✓ %s%s\n' "$green" "$*" "$plain"; }

fail() {
  printf '%s✗ %s%s\n' "$red" "$*" "$plain" >&2
  if [ -s "$folder/gateway.log" ]; then
    echo "The last lines of the gateway's log:" >&2
    tail -n 8 "$folder/gateway.log" >&2
  fi
  exit 1
}

# Ends a process: asks first, and insists after five seconds.
stop_process() {
  local pid=$1 tries
  [ -n "$pid" ] || return 0
  kill -TERM "$pid" 2>/dev/null || true
  for ((tries = 0; tries < 50; tries++)); do
    kill -0 "$pid" 2>/dev/null || break
    sleep 0.1
  done
  kill -KILL "$pid" 2>/dev/null || true
  wait "$pid" 2>/dev/null || true
}

clean_up() {
  # Nothing may cut this short.
  trap '' INT TERM HUP PIPE
  stop_process "$gateway_pid"
  stop_process "$simulator_pid"
  [ -z "$folder" ] || rm -rf "$folder"
}

prepare_stage() {
  trap clean_up EXIT
  trap 'exit 130' INT
  trap 'exit 143' TERM
  trap 'exit 129' HUP
  trap 'exit 141' PIPE
  umask 077
  folder=$(mktemp -d "${TMPDIR:-/tmp}/podero-demo.XXXXXX")
}

# How many seconds a process may take until it is ready.
readiness_seconds=15

# Waits until a process has written a line that matches.
wait_for_line() {
  local file=$1 pattern=$2 pid=$3 tries
  for ((tries = 0; tries < 20 * readiness_seconds; tries++)); do
    if grep -q "$pattern" "$file" 2>/dev/null; then return; fi
    if ! kill -0 "$pid" 2>/dev/null; then
      cat "$file" >&2
      fail "It ended before it was ready."
    fi
    sleep 0.05
  done
  fail "It was not ready within $readiness_seconds seconds."
}

# Repeats a command until it succeeds, for some fifteen seconds at most.
wait_until() {
  local tries
  for ((tries = 0; tries < 150; tries++)); do
    if "$@"; then return; fi
    sleep 0.1
  done
  fail "Waited in vain: $*"
}

# The demo's commands are shown without these, as one would type them.
curl() { command curl -sS --max-time 20 "$@"; }

# Shows the command on its standard input, runs it, shows the answer, and checks its status.
#
#   ask STATUS [MEMBERS]
#
# MEMBERS are the top-level members of the answer to show: all without it, no body at all if "-".
ask() {
  local status=$1 members=${2:-} command answer line is_head=true
  command=$(cat)
  printf '\n%s$ %s%s\n' "$bold" "$command" "$plain"
  answer=$(eval "$command") || fail "The command failed."
  head='' body=''
  while IFS= read -r line || [ -n "$line" ]; do
    line=${line%$'\r'}
    if ! $is_head; then
      body+=$line
    elif [ -z "$line" ]; then
      is_head=false
    else
      head+=$line$'\n'
    fi
  done <<<"$answer"
  printf '%s' "$head" | grep -E '^(HTTP/|Age:|Allow:|Cache-Status:|Gateway-Stale:|Retry-After:)' |
    sed "s/.*/$dim&$plain/"
  [ "$members" = - ] || show "$body" "$members"
  [[ $head == "HTTP/1.1 $status "* ]] || fail "The answer should have had the status $status."
}

show() { awk -v only="${2:-}" -v width=100 -f scripts/show-json.awk <<<"$1"; }

# Checks the last answer's head or body for a fixed text.
expect_head() { [[ $head == *"$1"* ]] || fail "The answer's head should have said: $1"; }
expect_body() { [[ $body == *"$1"* ]] || fail "The answer's body should have said: $1"; }

# The bodies of the updates that the simulator has received after a sequence number, one a line.
updates_after() {
  { curl "$SIMULATOR/control/updates?after=$1" && echo; } | sed 's/},{/}\n{/g' |
    sed -n 's/.*"body":"\(.*\)"}\]\{0,1\}$/\1/p' | sed 's/\\"/"/g'
}
