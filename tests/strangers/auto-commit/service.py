"""A coupon service that knows Kafka by its console tools: a number in memory decides, winners go to a topic as text."""

import os
import queue
import subprocess
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, urlsplit

LIMIT = int(os.environ.get("LIMIT", "100"))

lock = threading.Lock()
issued = 0
waiting = queue.Queue()


def relay():
    """Winners in twos and tens, by a producer for each batch, which ends when the broker has them."""
    while True:
        batch = [waiting.get()]
        time.sleep(0.1)
        while not waiting.empty():
            batch.append(waiting.get())
        subprocess.run(["kcat", "-P", "-b", os.environ["KAFKA_BROKERS"], "-t", "coupon_create"],
                       input="".join(f"{user}\n" for user in batch), text=True, check=True)


def apply(user):
    global issued
    with lock:
        if issued >= LIMIT:
            return False
        issued += 1
        waiting.put(user)
        return True


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
        self.answer(202, "yours soon") if apply(user) else self.answer(409, "none left")

    def log_message(self, format, *args):
        pass


class Server(ThreadingHTTPServer):
    request_queue_size = 4096
    daemon_threads = True


threading.Thread(target=relay, daemon=True).start()
Server(("127.0.0.1", int(os.environ["PORT"])), Handler).serve_forever()
