"""Follows the stream of events, and comes back to it where it broke off.

The first argument is the number of the last event that was handled, 0 without it; the second, how
many events to print before it ends, all of them without it.
"""

import json
import random
import sys
import time
import urllib.error

from gateway import open_url

last = int(sys.argv[1]) if len(sys.argv) > 1 else 0
wanted = int(sys.argv[2]) if len(sys.argv) > 2 else None
pause = 3.0


def messages(lines):
    """Server-Sent Events: yields (id, event, data, retry) for each message."""
    fields = {}
    for line in lines:
        line = line.decode().rstrip("\r\n")
        if line:
            name, _, value = line.partition(":")
            fields[name] = value.removeprefix(" ")
            continue
        yield fields.get("id"), fields.get("event"), fields.get("data"), fields.get("retry")
        fields = {}


while True:
    try:
        # A sign of life comes every 15 seconds; a connection that is silent for 45 is dead.
        with open_url(
            "GET", "/v1/stream", {"Last-Event-ID": str(last)}, timeout=45
        ) as stream:
            for number, kind, data, retry in messages(stream):
                if retry:
                    pause = int(retry) / 1000
                if kind == "resync":
                    print("Events are gone: read the heat pumps anew.", file=sys.stderr)
                elif kind == "end":
                    print(f"The gateway ends the stream: {data}", file=sys.stderr)
                elif kind and data:
                    event = json.loads(data)
                    about = event["data"]["alias"] or event["data"]["heat_pump_id"] or "-"
                    print(number, kind, about, flush=True)
                    if wanted is not None:
                        wanted -= 1
                if number:
                    # Only once the event is handled; keep it where your own data is.
                    last = int(number)
                if wanted == 0:
                    sys.exit(0)
    except urllib.error.HTTPError as error:
        if error.code not in (429, 503):
            sys.exit(f"{error.code} {error.read().decode()}")
        pause = float(error.headers.get("Retry-After") or pause)
    except (OSError, TimeoutError):
        pass
    time.sleep(pause * random.uniform(1, 1.5))
