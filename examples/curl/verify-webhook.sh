#!/usr/bin/env bash
# Verifies a delivered event: the body comes on standard input as it was received, byte by byte; the
# three headers and the subscription's secret are in the environment.
set -euo pipefail
: "${SECRET:?whsec_…}" "${WEBHOOK_ID:?}" "${WEBHOOK_TIMESTAMP:?}" "${WEBHOOK_SIGNATURE:?}"

# An old delivery may be somebody's recording.
age=$(($(date +%s) - WEBHOOK_TIMESTAMP))
if [ "${age#-}" -gt 300 ]; then
  echo "The delivery is not of the last five minutes." >&2
  exit 1
fi

# openssl takes the key from the words of its command, which other users of this machine can see
# for a moment; where that matters, verify in a language that has HMAC itself.
key=$(printf '%s' "${SECRET#whsec_}" | base64 -d | od -An -v -t x1 | tr -d ' \n')
wanted=$({ printf '%s.%s.' "$WEBHOOK_ID" "$WEBHOOK_TIMESTAMP" && cat; } |
  openssl dgst -sha256 -mac HMAC -macopt "hexkey:$key" -binary | base64)

# Several signatures, separated by blanks, while the secret is being replaced.
for given in $WEBHOOK_SIGNATURE; do
  if [ "$given" = "v1,$wanted" ]; then
    echo "genuine: $WEBHOOK_ID"
    exit 0
  fi
done
echo "The signature is not the gateway's." >&2
exit 1
