"""What the little services in Python have in common: HTTP/1.1 on PORT, and one question to each user who comes."""

import os
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, urlsplit


class Server(ThreadingHTTPServer):
    request_queue_size = 4096
    daemon_threads = True


def serve(apply, yes, no):
    """POST …?user=N is answered yes or no, each a status and a text, as apply(user) says; GET says that it is up."""

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def answer(self, status, text):
            self.send_response(status)
            self.send_header("Content-Length", str(len(text)))
            self.end_headers()
            self.wfile.write(text.encode())

        def do_GET(self):
            self.answer(200, "up")

        def do_POST(self):
            user = int(parse_qs(urlsplit(self.path).query)["user"][0])
            self.answer(*(yes if apply(user) else no))

        def log_message(self, format, *args):
            pass

    Server(("127.0.0.1", int(os.environ["PORT"])), Handler).serve_forever()
