"""Sets the hot-water temperature to the first argument, and follows the operation."""

import sys
import time

from gateway import HEAT_PUMP, Problem, new_key, send

temperature = float(sys.argv[1]) if len(sys.argv) > 1 else 50.5
key = new_key()

# The decision is made on this state; whoever changes the setting meanwhile is not overwritten.
etag = send("GET", f"/v1/heat-pumps/{HEAT_PUMP}").headers["ETag"]
try:
    answer = send(
        "PATCH",
        f"/v1/heat-pumps/{HEAT_PUMP}",
        {"hot_water": {"standard_temperature": temperature}},
        If_Match=etag,
        Idempotency_Key=key,
        Prefer="respond-async",
    )
except Problem as problem:
    if problem.type == "/problems/precondition-failed":
        sys.exit("It has changed since it was read: read it again, decide again.")
    sys.exit(str(problem))

operation = answer.json
print(f"operation: {operation['id']}")

# `accepted`: the upstream has stored it. `verified` comes when the device shows it, up to 45
# minutes later; an event tells, so nobody need wait for it here.
while operation["state"] in ("queued", "sent"):
    time.sleep(0.5)
    operation = send("GET", f"/v1/operations/{operation['id']}").json
print(f"state: {operation['state']}")
sys.exit(0 if operation["state"] in ("accepted", "verified") else 1)
