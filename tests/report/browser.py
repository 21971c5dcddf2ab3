"""A headless Chromium on a leash: DevTools commands over its pipe (no port, no driver, no package but Chromium
itself). Everything that a page does wrong is kept: console errors, exceptions, refused content, requests."""

import base64
import json
import os
import pathlib
import select
import shutil
import subprocess
import tempfile
import time

FLAGS = [
    "--headless", "--no-sandbox", "--disable-gpu", "--no-first-run", "--disable-background-networking",
    "--disable-component-update", "--disable-sync", "--disable-dev-shm-usage", "--disable-extensions",
    "--hide-scrollbars", "--no-default-browser-check", "--remote-debugging-pipe",
]


class Browser:
    """Use as a context: the browser ends with it, and its profile is removed."""

    def __init__(self, timeout=60):
        self.timeout = timeout
        self.profile = tempfile.mkdtemp(prefix="rushproof-browser-")
        to_browser, self.write_fd = os.pipe()
        self.read_fd, from_browser = os.pipe()
        self.process = subprocess.Popen(
            ["/bin/sh", "-c", f'exec 3<&{to_browser} 4>&{from_browser}; exec "$@"', "sh", program(), *FLAGS,
             f"--user-data-dir={self.profile}", "about:blank"],
            pass_fds=(to_browser, from_browser), stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL)
        os.close(to_browser)
        os.close(from_browser)
        self.pending = b""
        self.number = 0
        self.events = []

    def __enter__(self):
        return self

    def __exit__(self, *_):
        try:
            self.call("Browser.close")
            self.process.wait(10)
        except (OSError, RuntimeError, subprocess.TimeoutExpired):
            self.process.kill()
            self.process.wait()
        os.close(self.write_fd)
        os.close(self.read_fd)
        shutil.rmtree(self.profile, ignore_errors=True)

    def read_message(self, until):
        while b"\0" not in self.pending:
            left = until - time.monotonic()
            if left <= 0 or not select.select([self.read_fd], [], [], left)[0]:
                raise RuntimeError("the browser does not answer")
            block = os.read(self.read_fd, 1 << 20)
            if not block:
                raise RuntimeError("the browser has ended")
            self.pending += block
        message, self.pending = self.pending.split(b"\0", 1)
        return json.loads(message)

    def call(self, method, params=None, session=None):
        self.number += 1
        message = {"id": self.number, "method": method, "params": params or {}}
        if session:
            message["sessionId"] = session
        os.write(self.write_fd, json.dumps(message).encode() + b"\0")
        until = time.monotonic() + self.timeout
        while True:
            answer = self.read_message(until)
            if answer.get("id") == self.number:
                if "error" in answer:
                    raise RuntimeError(f"{method}: {answer['error']}")
                return answer["result"]
            if "method" in answer:
                self.events.append(answer)

    def open(self, path, **kwargs):
        return Page(self, pathlib.Path(path).resolve().as_uri(), **kwargs)


class Page:
    """One page in a tab of its own."""

    def __init__(self, browser, url, width=1200, height=900, dark=False, phone=False):
        self.browser = browser
        self.url = url
        target = browser.call("Target.createTarget", {"url": "about:blank"})["targetId"]
        self.target = target
        self.session = browser.call("Target.attachToTarget", {"targetId": target, "flatten": True})["sessionId"]
        for domain in ("Page", "Runtime", "Network", "Log", "Audits"):
            self.call(f"{domain}.enable")
        self.size(width, height, phone)
        scheme = "dark" if dark else "light"
        self.call("Emulation.setEmulatedMedia", {"features": [{"name": "prefers-color-scheme", "value": scheme}]})
        self.call("Page.navigate", {"url": url})
        self.wait("document.readyState === 'complete'")
        self.settle()

    def call(self, method, params=None):
        return self.browser.call(method, params, self.session)

    def size(self, width, height, phone=False):
        self.call("Emulation.setDeviceMetricsOverride",
                  {"width": width, "height": height, "deviceScaleFactor": 2 if phone else 1, "mobile": phone})

    def value(self, expression):
        """What an expression of JavaScript comes to."""
        answer = self.call("Runtime.evaluate", {"expression": expression, "returnByValue": True, "awaitPromise": True})
        if "exceptionDetails" in answer:
            raise RuntimeError(answer["exceptionDetails"])
        return answer["result"].get("value")

    def wait(self, expression, seconds=120):
        until = time.monotonic() + seconds
        while not self.holds(expression):
            if time.monotonic() > until:
                raise RuntimeError(f"waited in vain for {expression}")
            time.sleep(0.02)

    def holds(self, expression):
        """What it comes to; false while the page is on its way to another one."""
        try:
            return self.value(expression)
        except RuntimeError as error:
            if "navigated" in str(error) or "context" in str(error):
                return False
            raise

    def settle(self):
        """Two frames, so that what scripts draw is drawn."""
        self.value("new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(() => done(true))))")

    def click(self, selector, leaves=False):
        """A real click in the middle of an element, as a hand would make it. leaves: it leads to another page."""
        place = self.value(f"""(() => {{
            const element = document.querySelector({json.dumps(selector)});
            element.scrollIntoView({{block: "center"}});
            const box = element.getBoundingClientRect();
            return {{x: box.left + box.width / 2, y: box.top + box.height / 2}};
        }})()""")
        for kind in ("mousePressed", "mouseReleased"):
            self.call("Input.dispatchMouseEvent", {"type": kind, **place, "button": "left", "clickCount": 1})
        if not leaves:
            self.settle()

    def hover(self, selector, part_x=0.5, part_y=0.5):
        place = self.value(f"""(() => {{
            const element = document.querySelector({json.dumps(selector)});
            element.scrollIntoView({{block: "center"}});
            const box = element.getBoundingClientRect();
            return {{x: box.left + box.width * {part_x}, y: box.top + box.height * {part_y}}};
        }})()""")
        self.call("Input.dispatchMouseEvent", {"type": "mouseMoved", **place})
        self.settle()

    def complaints(self):
        """What the page did that a page must not do, as texts."""
        self.value("1")  # what was under way has arrived by the time this is answered
        found = []
        for event in self.browser.events:
            if event.get("sessionId") != self.session:
                continue
            method, params = event["method"], event["params"]
            if method == "Runtime.consoleAPICalled" and params["type"] in ("error", "warning", "assert"):
                found.append(f"console: {params['args']}")
            elif method == "Runtime.exceptionThrown":
                found.append(f"exception: {params['exceptionDetails']}")
            elif method == "Log.entryAdded" and params["entry"]["level"] in ("error", "warning"):
                found.append(f"log: {params['entry']['text']}")
            elif method == "Audits.issueAdded":
                found.append(f"issue: {params['issue']['code']} {params['issue'].get('details')}")
            elif method == "Network.requestWillBeSent":
                url = params["request"]["url"]
                if url != self.url and not url.startswith("data:"):
                    found.append(f"request: {url}")
            elif method in ("Page.javascriptDialogOpening", "Page.frameRequestedNavigation"):
                found.append(f"{method}: {params}")
        return found

    def screenshot(self, path, selector="html", until=None):
        """A picture of an element (the whole page by default), down to the end of another one when that is given."""
        clip = self.value(f"""(() => {{
            const box = document.querySelector({json.dumps(selector)}).getBoundingClientRect();
            const last = document.querySelector({json.dumps(until or selector)}).getBoundingClientRect();
            const below = {json.dumps(bool(until))} ? 20 : 0;
            return {{x: box.left + scrollX, y: box.top + scrollY, width: box.width,
                     height: last.bottom - box.top + below, scale: 1}};
        }})()""")
        picture = self.call("Page.captureScreenshot", {"format": "png", "captureBeyondViewport": True, "clip": clip})
        pathlib.Path(path).write_bytes(base64.b64decode(picture["data"]))

    def pdf(self, path):
        pathlib.Path(path).write_bytes(base64.b64decode(self.call("Page.printToPDF", {"printBackground": True})["data"]))

    def close(self):
        self.browser.call("Target.closeTarget", {"targetId": self.target})


def program():
    for name in ("chromium", "chromium-browser", "google-chrome"):
        if shutil.which(name):
            return shutil.which(name)
    raise RuntimeError("there is no Chromium: apt-get install chromium")
