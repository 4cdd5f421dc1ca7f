"""Pauses heat pumps for a grid operator's event and puts everything back afterwards.

The first argument says after how long, PT5S without it.
"""

import sys
import time

from gateway import HEAT_PUMP, new_key, send

job = {
    "heat_pumps": [HEAT_PUMP],
    "command": "pause",
    "with": {"for": "PT2H"},
    "rate_per_second": 20,
    "abort_above_percent": 20,
    "revert_after": sys.argv[1] if len(sys.argv) > 1 else "PT5S",
}

# First, what it would come to; nothing is sent.
preview = send("POST", "/v1/jobs", {**job, "dry_run": True}).json
print(f"dry run: {preview['unchanged']} unchanged, {preview['refused']} refused")

running = send("POST", "/v1/jobs", job, Idempotency_Key=new_key()).json
state = None
while running["ended_at"] is None:
    if running["state"] != state:
        state = running["state"]
        print(f"job: {state}")
    time.sleep(0.5)
    running = send("GET", f"/v1/jobs/{running['id']}").json
print(f"job: {running['state']}")

# What became of each heat pump, page by page.
cursor = ""
while cursor is not None:
    page = send("GET", f"/v1/jobs/{running['id']}/results?limit=100{cursor}").json
    for result in page["items"]:
        name = result["alias"] or result["heat_pump_id"]
        print(f"{name}: {result['change']['outcome']}, put back: {result['revert']['outcome']}")
    cursor = page["next_cursor"] and f"&cursor={page['next_cursor']}"
