"""What the little services in Python have in common: HTTP/1.1 on PORT, and one question to each user who comes."""

import os
import pathlib
import signal
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, urlsplit


class Server(ThreadingHTTPServer):
    request_queue_size = 4096
    daemon_threads = True


def tell_who_ends_us():
    """Who sends SIGTERM is printed before it has its effect; for series, whose runs share a machine with others."""
    signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGTERM})

    def wait():
        sender = signal.sigwaitinfo({signal.SIGTERM}).si_pid
        try:
            words = pathlib.Path(f"/proc/{sender}/cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace")
        except OSError:
            words = "(gone)"
        print(f"ended by {sender}: {words}", flush=True)
        signal.pthread_sigmask(signal.SIG_UNBLOCK, {signal.SIGTERM})
        os.kill(os.getpid(), signal.SIGTERM)

    threading.Thread(target=wait, daemon=True).start()


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

    if "STUMBLE" in os.environ:
        tell_who_ends_us()
    Server(("127.0.0.1", int(os.environ["PORT"])), Handler).serve_forever()
