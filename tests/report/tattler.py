"""A service that tells everything that it is told: environment, arguments and requests go into its log and its
answers, plainly and in every spelling that services use. tattler.py PORT [ANYTHING…]"""

import base64
import html
import http.server
import json
import os
import sys
import threading
import urllib.parse

LOCK = threading.Lock()
SOLD = []


def spellings(text):
    yield text
    yield urllib.parse.quote(text, safe="")
    yield base64.b64encode(text.encode()).decode()
    yield base64.b64encode(b"user:" + text.encode()).decode()
    yield json.dumps(text)
    yield json.dumps(json.dumps({"text": text}))
    yield html.escape(text)


def tell(name, text):
    for spelling in spellings(text):
        print(f"{name} is {spelling}", flush=True)


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_POST(self):
        body = self.rfile.read(int(self.headers.get("Content-Length", 0))).decode(errors="replace")
        with LOCK:
            SOLD.append(1)
            number = len(SOLD)
        heard = {"headers": dict(self.headers), "body": body, "path": self.path, "env": dict(os.environ)}
        if number <= 3:
            tell("request", f"{self.path} {body}")
            for name, value in self.headers.items():
                tell("header", value)
        status = 202 if number <= 5 else 410 if number <= 15 else 500 if number <= 18 else 401
        if number == 20:
            answer = "".join(f"{spelling}<br>" for spelling in spellings(body)).encode()
        else:
            answer = json.dumps({"result": number, "heard": heard}).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json" if number != 20 else "text/html")
        self.send_header("Content-Length", str(len(answer)))
        self.end_headers()
        self.wfile.write(answer)

    def log_message(self, *arguments):
        pass


def main():
    for name, value in os.environ.items():
        tell(name, value)
    for argument in sys.argv[2:]:
        tell("argument", argument)
    http.server.ThreadingHTTPServer(("127.0.0.1", int(sys.argv[1])), Handler).serve_forever()


if __name__ == "__main__":
    main()
