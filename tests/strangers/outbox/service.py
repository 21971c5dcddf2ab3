"""A coupon service that trusts its database alone: stock, coupon and message in one transaction, the message later."""

import json
import os
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, urlsplit

import psycopg2

database = psycopg2.connect(os.environ["DATABASE_URL"])
lock = threading.Lock()


def apply(user):
    with lock, database, database.cursor() as cursor:
        cursor.execute("UPDATE stock SET left_over = left_over - 1 WHERE left_over > 0")
        if cursor.rowcount == 0:
            return False
        cursor.execute("INSERT INTO coupon (user_id) VALUES (%s) RETURNING id", (user,))
        message = {"coupon": cursor.fetchone()[0], "owner": {"id": user}}
        cursor.execute("INSERT INTO outbox (message) VALUES (%s)", (json.dumps(message),))
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
        self.answer(201, "yours") if apply(user) else self.answer(409, "none left")

    def log_message(self, format, *args):
        pass


class Server(ThreadingHTTPServer):
    request_queue_size = 4096
    daemon_threads = True


Server(("127.0.0.1", int(os.environ["PORT"])), Handler).serve_forever()
