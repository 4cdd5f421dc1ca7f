"""Subscribes to events, has the gateway send one, and verifies its signature.

The gateway must be allowed to send to this machine: `webhooks_out: {allow: [127.0.0.0/8]}`.
"""

import base64
import hashlib
import hmac
import http.server
import json
import sys
import threading
import time

from gateway import send


def verify(secret, headers, body):
    """Whether a delivery is genuine: over the bytes as they came, before anything is parsed."""
    try:
        sent = int(headers["webhook-timestamp"])
        key = base64.b64decode(secret.removeprefix("whsec_"))
        signed = f"{headers['webhook-id']}.{sent}.".encode() + body
        given = headers["webhook-signature"].split(" ")
    except (KeyError, TypeError, ValueError, AttributeError):
        return False
    wanted = "v1," + base64.b64encode(hmac.new(key, signed, hashlib.sha256).digest()).decode()
    # An old delivery may be somebody's recording. Compared in constant time, without a first wrong
    # character that would tell how near a guess was.
    return abs(time.time() - sent) < 300 and any(
        hmac.compare_digest(wanted.encode(), one.encode()) for one in given
    )


class Receiver(http.server.BaseHTTPRequestHandler):
    secret = None
    seen = set()
    genuine = threading.Event()

    def do_POST(self):
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        is_genuine = verify(Receiver.secret, self.headers, body)
        # Events come at least once: answer a repeat, too, and do nothing.
        if is_genuine and self.headers["webhook-id"] not in Receiver.seen:
            Receiver.seen.add(self.headers["webhook-id"])
            print(f"genuine: {json.loads(body)['type']}", flush=True)
        # Store the event here, answer soon, and work on it afterwards.
        self.send_response(204 if is_genuine else 401)
        self.end_headers()
        if is_genuine:
            Receiver.genuine.set()

    def log_message(self, *_):
        pass


server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Receiver)
threading.Thread(target=server.serve_forever, daemon=True).start()

subscription = send(
    "POST",
    "/v1/subscriptions",
    {
        "url": f"http://127.0.0.1:{server.server_port}/hooks",
        "event_types": ["heat_pump.settings_changed"],
        "heat_pumps": ["*"],
    },
).json
# Shown this once: into the store of secrets with it.
Receiver.secret = subscription["secret"]
path = f"/v1/subscriptions/{subscription['id']}"
try:
    print(f"test: {send('POST', path + '/test').json['outcome']}")
    if not Receiver.genuine.wait(timeout=20):
        sys.exit("No genuine event came.")
    forged = {"webhook-id": "x", "webhook-timestamp": str(int(time.time())), "webhook-signature": "v1,AA=="}
    print(f"a forged one is taken: {verify(Receiver.secret, forged, b'{}')}")
finally:
    send("DELETE", path)
    server.shutdown()
