# Sourced by the others: one request, and what the answer said.
#
# GATEWAY is the gateway's address, KEY the app's key, HEAT_PUMP an alias or an id.
: "${GATEWAY:?the address of the gateway, such as http://127.0.0.1:8080}" "${KEY:?the key of your app}"
HEAT_PUMP=${HEAT_PUMP:-smith-home}

# Sends a request and leaves `status`, `head` and `body`.
#
#   request METHOD PATH [WORDS FOR CURL …]
#
# curl repeats what failed for now (408, 429, 5xx) and waits as long as Retry-After says. A write is
# safe to repeat only with an Idempotency-Key.
request() {
  local answer
  # The key goes in through a file descriptor: the words of a command can be seen by other users.
  answer=$(curl -sS -i -X "$1" --retry 3 --max-time 60 \
    -H @<(printf 'Authorization: Bearer %s' "$KEY") "${@:3}" "$GATEWAY$2" | tr -d '\r')
  status=$(sed -n '1s/^[^ ]* \([0-9]*\).*/\1/p' <<<"$answer")
  head=$(sed '/^$/q' <<<"$answer")
  body=$(sed '1,/^$/d' <<<"$answer")
}

# One header of the answer.
header() { sed -n "s/^$1: //Ip" <<<"$head"; }

# The first member of that name in the answer. With jq at hand, take that instead.
member() { grep -o "\"$1\":\(\"[^\"]*\"\|[^,}]*\)" <<<"$body" | head -n 1 | sed 's/^[^:]*://; s/"//g'; }

# Ends the program unless the answer has one of these statuses. A problem says what is wrong in
# `type`, and in `resolution` what to do about it.
expect() {
  local wanted
  for wanted; do [ "$status" != "$wanted" ] || return 0; done
  echo "$status $(member type): $(member detail) ($(member resolution))" >&2
  exit 1
}
