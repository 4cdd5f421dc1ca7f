#!/usr/bin/env python3
"""Receives events and verifies each with the published `standardwebhooks` package.

For trying things out by hand; no test needs it.

    python3 -m venv /tmp/webhooks && /tmp/webhooks/bin/pip install standardwebhooks
    SECRET=whsec_... /tmp/webhooks/bin/python scripts/verify-webhooks.py 9000

The gateway's configuration needs `webhooks_out: {allow: [127.0.0.0/8]}`; make a subscription with the
URL http://127.0.0.1:9000/ and put its secret into SECRET. The secret may also stand in a file that
SECRET_FILE names; it is then read for each event. A line is printed for each event; one that is not
genuine is answered with 400.
"""

import http.server
import os
import sys

from standardwebhooks import Webhook, WebhookVerificationError


def secret() -> str:
    path = os.environ.get("SECRET_FILE")
    if path:
        with open(path, encoding="ascii") as file:
            return file.read().strip()
    return os.environ["SECRET"]


class Receiver(http.server.BaseHTTPRequestHandler):
    def do_POST(self):
        body = self.rfile.read(int(self.headers["Content-Length"]))
        headers = {name.lower(): value for name, value in self.headers.items()}
        try:
            event = Webhook(secret()).verify(body.decode(), headers)
        except WebhookVerificationError as error:
            print(f"refused: {error}", flush=True)
            self.send_response(400)
        else:
            print(f"verified {headers['webhook-id']} {event['type']}", flush=True)
            self.send_response(204)
        self.end_headers()

    def log_message(self, *_):
        pass


if __name__ == "__main__":
    port = int(sys.argv[1]) if len(sys.argv) > 1 else 9000
    server = http.server.ThreadingHTTPServer(("127.0.0.1", port), Receiver)
    print(f"listening on http://127.0.0.1:{server.server_port}/", flush=True)
    server.serve_forever()
