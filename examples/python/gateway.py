"""A small client of the gateway: standard library only, to be copied and changed.

GATEWAY is the gateway's address, KEY the app's key, HEAT_PUMP an alias or an id.
"""

import decimal
import json
import os
import random
import time
import urllib.error
import urllib.request
import uuid

GATEWAY = os.environ["GATEWAY"]
HEAT_PUMP = os.environ.get("HEAT_PUMP", "smith-home")


class Problem(Exception):
    """What the gateway refuses, or what failed (RFC 9457)."""

    def __init__(self, status, body):
        self.status = status
        self.type = body.get("type", "about:blank")
        self.resolution = body.get("resolution")
        self.body = body
        super().__init__(f"{status} {self.type}: {body.get('detail')} ({self.resolution})")


class Answer:
    def __init__(self, response, text):
        self.status = response.status
        self.headers = response.headers
        self.text = text

    @property
    def json(self):
        # Floats would lose digits; decimals keep them as they came.
        return json.loads(self.text, parse_float=decimal.Decimal)


def open_url(method, path, headers=None, body=None, timeout=60):
    """The bare response; whoever opens it closes it. Anything but 2xx and 304 is an HTTPError."""
    data = None if body is None else json.dumps(body).encode()
    request = urllib.request.Request(GATEWAY + path, data, headers or {}, method=method)
    request.add_header("Authorization", f"Bearer {os.environ['KEY']}")
    if data is not None and not request.has_header("Content-type"):
        request.add_header("Content-Type", "application/json")
    return urllib.request.urlopen(request, timeout=timeout)


def send(method, path, body=None, attempts=4, **headers):
    """Sends a request, and repeats what may succeed later.

    Headers are given like `If_Match="…"`. A write is repeated only if it has an `Idempotency_Key`:
    without one, a lost answer leaves open what became of it.
    """
    headers = {name.replace("_", "-"): value for name, value in headers.items()}
    may_repeat = method == "GET" or "Idempotency-Key" in headers
    for attempt in range(attempts):
        retry_after = None
        try:
            with open_url(method, path, headers, body) as response:
                return Answer(response, response.read().decode())
        except urllib.error.HTTPError as error:
            if error.code == 304:
                return Answer(error, "")
            problem = Problem(error.code, json.load(error))
            if problem.resolution != "retry_later" or not may_repeat or attempt == attempts - 1:
                raise problem from None
            retry_after = error.headers.get("Retry-After")
        except (urllib.error.URLError, TimeoutError, ConnectionError):
            if not may_repeat or attempt == attempts - 1:
                raise
        # Some chance in it, so that a thousand clients do not come back in the same moment.
        time.sleep(int(retry_after) if retry_after else 2**attempt * random.uniform(0.5, 1))


def new_key():
    """One for each decision, however often it has to be sent."""
    return str(uuid.uuid4())
