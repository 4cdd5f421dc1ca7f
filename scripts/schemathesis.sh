#!/usr/bin/env bash
# Holds a running gateway against its own OpenAPI documents, the apps' and the operators': Schemathesis
# makes up requests, good ones and bad ones, for every operation, and checks every answer. Gateway and
# simulator are started for it. The last lines of each run say how many operations and cases there
# were; a finding ends it with 1.
#
#   SCHEMATHESIS_SEED=N       repeats a run; printed with each
#   SCHEMATHESIS_EXAMPLES=N   made-up cases per operation and kind, 100 by default
#   PROGRAMS=FOLDER           where podero-gateway and podero-simulator are, .build/debug by default
#
# It needs the Python package schemathesis (4.32.5 is known to work).
set -euo pipefail
cd "$(dirname "$0")/.."
. scripts/demo-stage.sh

readonly user=a0000000-0000-4000-8000-000000000001
readonly heat_pump=b0000000-0000-4000-8000-000000000001
programs=${PROGRAMS:-.build/debug}
seed=${SCHEMATHESIS_SEED:-$RANDOM}
examples=${SCHEMATHESIS_EXAMPLES:-100}

if ! command -v schemathesis >/dev/null; then
  echo "schemathesis is missing: pip install schemathesis==4.32.5" >&2
  exit 69
fi

start_simulator() {
  "$programs/podero-simulator" --port 0 --client-secret-file "$folder/client-secret" \
    >"$folder/simulator.out" 2>"$folder/simulator.log" &
  simulator_pid=$!
  wait_for_line "$folder/simulator.out" ' listening on ' "$simulator_pid"
  SIMULATOR=$(sed -n 's/.* listening on \([^ ]*\) .*/\1/p' "$folder/simulator.out")
}

# An app that may do everything, and hooks that every JSON object is an event for, one by its address
# and one by its bearer token. Nothing is refused for its rate, and nothing is delivered anywhere but
# to this machine.
write_configuration() {
  local organisation token_hash operator_hash
  organisation=$(sed -n 's/.*(org \([^)]*\)).*/\1/p' "$folder/simulator.out")
  read -r KEY key_hash <<<"$("$programs/podero-gateway" new-key |
    sed -n 's/^\(key\|sha256\): *//p' | xargs)"
  token_hash=$(printf 'token' | sha256sum | cut -d' ' -f1)
  read -r OPERATOR_KEY operator_hash <<<"$("$programs/podero-gateway" new-key |
    sed -n 's/^\(key\|sha256\): *//p' | xargs)"
  cat >"$folder/gateway.yaml" <<YAML
listen: {address: 127.0.0.1, port: 0}
admin: {address: 127.0.0.1, port: 0, keys: [{sha256: $operator_hash, role: operator}]}
log: {format: json, level: info}
storage: {sqlite: {path: $folder/gateway.db}}
organisations:
  - name: acme
    id: $organisation
    api_base: $SIMULATOR/api/partners/v2.0/
    token_url: $SIMULATOR/oauth2/token/
    client_id: {env: PODERO_CLIENT_ID}
    client_secret: {file: $folder/client-secret}
    budget: {requests_per_second: 10000, in_flight: 1000}
apps:
  - name: everything
    organisation: acme
    keys: [{sha256: $key_hash}]
    scopes: [heat-pumps:read, heat-pumps:write, heat-pumps:admin, personal-data:read, events:read,
             subscriptions:write, jobs:write]
    users: ["*"]
    heat_pumps: ["*"]
heat_pumps:
  - {alias: smith-home, organisation: acme, user_id: $user, heat_pump_id: $heat_pump}
hooks:
  - name: house
    organisation: acme
    verify: {path_token: {sha256: $token_hash}}
    event_id: {body_hash: true}
    heat_pumps: [smith-home]
    target: {alias: smith-home}
    rules:
      - name: comment
        when: [{pointer: /event, equals: comment}]
        then: {patch: {comment: {pointer: /value}}}
  - name: signed
    organisation: acme
    verify: {bearer: {sha256: $token_hash}}
    event_id: {body_hash: true}
    heat_pumps: [smith-home]
    target: {alias: smith-home}
    rules:
      - name: comment
        when: [{pointer: /event, equals: comment}]
        then: {patch: {comment: {pointer: /value}}}
webhooks_out: {allow: [127.0.0.0/8]}
YAML
}

start_gateway() {
  PODERO_CLIENT_ID=demo-client "$programs/podero-gateway" serve --config "$folder/gateway.yaml" \
    2>"$folder/gateway.log" &
  gateway_pid=$!
  wait_for_line "$folder/gateway.log" '"message":"listening"' "$gateway_pid"
  GATEWAY=http://127.0.0.1:$(port port) ADMIN=http://127.0.0.1:$(port admin_port)
}

port() {
  sed -n 's/.*"message":"listening".*"'"$1"'":"\([0-9]*\)".*/\1/p' "$folder/gateway.log"
}

# hold DOCUMENT KEY OPTIONS…: one run; whatever it finds, the next one starts.
hold() {
  local document=$1
  export KEY=$2
  shift 2
  schemathesis --config-file scripts/schemathesis.toml run "$document" \
    --seed "$seed" --max-examples "$examples" "$@" || findings=1
  kill -0 "$gateway_pid" || fail "The gateway has died."
}

prepare_stage
(umask 077 && echo "demo-secret" >"$folder/client-secret")
start_simulator
write_configuration
start_gateway
findings=0
hold "$GATEWAY/openapi.json" "$KEY" "$@"
hold "$ADMIN/openapi.json" "$OPERATOR_KEY" "$@"
exit "$findings"
