#!/usr/bin/env python3
"""Drives a headless Chromium through steps and says what came of them.

The steps come as JSON lines on standard input, each of one member, and the answers go out as JSON lines:

    {"go": URL}            loads a page
    {"wait": EXPRESSION}   waits until a JavaScript expression is true; answers {"held": false} if it never is
    {"value": EXPRESSION}  answers {"value": ...}, of promises what they resolve to
    {"keys": [NAME...]}    presses keys, such as "Tab", "Enter" or a letter
    {"screen": PATH, "scheme": "light" or "dark", "width": PIXELS}   takes a picture of the whole page
    {"scheme": ..., "width": ...}   sets the colours that are preferred, and the width of the window
    {"faults": true}       answers {"faults": [...]}: errors, warnings of the console and violations of
                           the Content-Security-Policy since the last time

The browser is spoken to over its DevTools protocol, through the pipes that it reads and writes with
--remote-debugging-pipe: no port, and nothing to install but Chromium and Python.
"""
import base64
import json
import os
import select
import signal
import subprocess
import sys
import tempfile
import time

PATIENCE = 60


class Browser:
    def __init__(self, program, profile):
        to_browser, self.out = os.pipe()
        self.into, from_browser = os.pipe()
        for descriptor in (to_browser, from_browser):
            os.set_inheritable(descriptor, True)
        # Chromium reads from descriptor 3 and writes to 4.
        self.process = subprocess.Popen(
            ["/bin/sh", "-c", f'exec "$@" 3<&{to_browser} 4>&{from_browser}', "sh", program,
             "--headless", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--no-first-run",
             "--hide-scrollbars", "--remote-debugging-pipe", "--disable-background-networking",
             f"--user-data-dir={profile}", "about:blank"],
            pass_fds=(to_browser, from_browser), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        os.close(to_browser)
        os.close(from_browser)
        self.buffer, self.number, self.session, self.faults = b"", 0, None, []
        self.width = 1280
        targets = self.call("Target.getTargets")["targetInfos"]
        page = next(one for one in targets if one["type"] == "page")["targetId"]
        self.session = self.call("Target.attachToTarget", targetId=page, flatten=True)["sessionId"]
        for domain in ("Page", "Runtime", "Log", "Network"):
            self.call(f"{domain}.enable")

    def call(self, method, **parameters):
        self.number += 1
        own = self.number
        message = {"id": own, "method": method, "params": parameters}
        if self.session:
            message["sessionId"] = self.session
        os.write(self.out, json.dumps(message).encode() + b"\0")
        end = time.monotonic() + PATIENCE
        while True:
            answer = self.receive(end)
            if answer.get("id") == own:
                if "error" in answer:
                    raise RuntimeError(f"{method}: {answer['error']['message']}")
                return answer["result"]

    def receive(self, end):
        while b"\0" not in self.buffer:
            ready, _, _ = select.select([self.into], [], [], max(0, end - time.monotonic()))
            piece = os.read(self.into, 1 << 20) if ready else b""
            if not piece:
                raise RuntimeError("the browser does not answer")
            self.buffer += piece
        text, self.buffer = self.buffer.split(b"\0", 1)
        message = json.loads(text)
        self.note(message.get("method"), message.get("params", {}))
        return message

    def note(self, method, parameters):
        if method == "Log.entryAdded" and parameters["entry"]["level"] in ("error", "warning"):
            self.faults.append(f"{parameters['entry']['text']} {parameters['entry'].get('url', '')}".strip())
        elif method == "Runtime.exceptionThrown":
            details = parameters["exceptionDetails"]
            self.faults.append(details.get("exception", {}).get("description", details["text"]))
        elif method == "Runtime.consoleAPICalled" and parameters["type"] in ("error", "warning", "assert"):
            self.faults.append(" ".join(str(one.get("value", "")) for one in parameters["args"]))
        elif method == "Network.requestWillBeSent":
            url = parameters["request"]["url"]
            if not url.startswith(("http://127.0.0.1:", "about:", "data:")):
                self.faults.append(f"a request to {url}")

    def value(self, expression):
        result = self.call("Runtime.evaluate", expression=expression, awaitPromise=True, returnByValue=True)
        if "exceptionDetails" in result:
            details = result["exceptionDetails"]
            raise RuntimeError(details.get("exception", {}).get("description", details["text"]))
        return result["result"].get("value")

    def wait(self, expression):
        end = time.monotonic() + PATIENCE
        while time.monotonic() < end:
            try:
                if self.value(f"!!({expression})"):
                    return True
            except RuntimeError:
                pass  # The page is being exchanged.
            time.sleep(0.05)
        return False

    def look(self, scheme, width):
        if scheme:
            self.call("Emulation.setEmulatedMedia", features=[{"name": "prefers-color-scheme", "value": scheme}])
        self.width = width or self.width
        self.call("Emulation.setDeviceMetricsOverride", width=self.width, height=900, deviceScaleFactor=1,
                  mobile=False)

    def press(self, name):
        codes = {"Tab": (9, ""), "Enter": (13, "\r"), "Escape": (27, ""), " ": (32, " ")}
        code, text = codes.get(name, (ord(name.upper()) if len(name) == 1 else 0, name if len(name) == 1 else ""))
        key = {"key": name, "code": name, "windowsVirtualKeyCode": code}
        self.call("Input.dispatchKeyEvent", type="keyDown" if text else "rawKeyDown", text=text, **key)
        self.call("Input.dispatchKeyEvent", type="keyUp", **key)

    def take(self, step):
        if "go" in step:
            failure = self.call("Page.navigate", url=step["go"]).get("errorText")
            if failure:
                raise RuntimeError(failure)
            return {"held": self.wait("document.readyState === 'complete'")}
        if "wait" in step:
            return {"held": self.wait(step["wait"])}
        if "value" in step:
            return {"value": self.value(step["value"])}
        if "keys" in step:
            for name in step["keys"]:
                self.press(name)
            return {}
        if "faults" in step:
            self.value("new Promise((done) => setTimeout(done, 50))")
            faults, self.faults = self.faults, []
            return {"faults": faults}
        self.look(step.get("scheme"), step.get("width"))
        if "screen" in step:
            self.value("new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))")
            size = self.call("Page.getLayoutMetrics")["cssContentSize"]
            clip = {"x": 0, "y": 0, "width": self.width, "height": min(size["height"], 6000), "scale": 1}
            picture = self.call("Page.captureScreenshot", format="png", captureBeyondViewport=True, clip=clip)
            with open(step["screen"], "wb") as file:
                file.write(base64.b64decode(picture["data"]))
        return {}


def main():
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    # Whoever starts this may have blocked signals, which is inherited.
    signal.pthread_sigmask(signal.SIG_UNBLOCK, [signal.SIGTERM])
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as profile:
        browser = Browser(sys.argv[1] if len(sys.argv) > 1 else "chromium", profile)
        try:
            for line in sys.stdin:
                try:
                    answer = browser.take(json.loads(line))
                except RuntimeError as fault:
                    answer = {"failed": str(fault)}
                print(json.dumps(answer), flush=True)
        finally:
            browser.process.kill()
            browser.process.wait()


main()
