"""Services of a new user, who knows nothing of rushproof: service.py DESIGN PORT

right      one UPDATE decides, in the transaction that writes the coupon
open       takes any id, and keeps it in guest
tokens     the same as right; user N must show N's own token
login      401 to everybody
page       one HTML page, whatever is asked
scheduler  decides in memory; a job saves the winners every SAVE_EVERY seconds
forgetful  the same, and the job forgets the fiftieth winner
limiter    decides in memory: 202, 409 for who has one, 410 when sold out; every tenth request is 429 before that
generous   the same, and it gives out three too many

DATABASE_URL says where; LIMIT how many."""

import json
import os
import queue
import re
import sys
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import psycopg2

LIMIT = int(os.environ.get("LIMIT", "100"))
SAVE_EVERY = float(os.environ.get("SAVE_EVERY", "5"))
PAGE = "<!DOCTYPE html><html><head><title>Welcome</title></head><body><h1>Our shop</h1></body></html>"
CONNECTIONS = 8

pool = queue.Queue()


class OneUpdate:
    """Row locks let the first through."""

    def start(self):
        for _ in range(CONNECTIONS):
            pool.put(psycopg2.connect(os.environ["DATABASE_URL"]))

    def apply(self, user):
        connection = pool.get()
        try:
            with connection, connection.cursor() as cursor:
                cursor.execute("UPDATE stock SET issued = issued + 1 WHERE issued < %s", (LIMIT,))
                if cursor.rowcount == 0:
                    return 200, {"isSuccess": False}
                cursor.execute("INSERT INTO coupon (user_id) VALUES (%s)", (user,))
                return 200, {"isSuccess": True}
        finally:
            pool.put(connection)


class Open(OneUpdate):
    """Knows no users, and asks nobody who he is."""

    def apply(self, user):
        connection = pool.get()
        try:
            with connection, connection.cursor() as cursor:
                cursor.execute("INSERT INTO guest (user_id) VALUES (%s)", (str(user),))
                return 200, {"isSuccess": True}
        finally:
            pool.put(connection)


class Memory:
    """Who came first is known in memory."""

    def __init__(self, limit=LIMIT):
        self.limit = limit
        self.lock = threading.Lock()
        self.winners = []

    def start(self):
        pass

    def take(self, user):
        with self.lock:
            if len(self.winners) >= self.limit:
                return False
            self.winners.append(user)
            return True


class Scheduler(Memory):
    """The rows come later, all at once."""

    def __init__(self, forgets=None):
        super().__init__()
        self.forgets = forgets

    def start(self):
        threading.Thread(target=self.job, daemon=True).start()

    def job(self):
        connection = psycopg2.connect(os.environ["DATABASE_URL"])
        saved = 0
        while True:
            time.sleep(SAVE_EVERY)
            with self.lock:
                due = self.winners[saved:]
                rows = [(user,) for place, user in enumerate(due, saved + 1) if place != self.forgets]
                saved = len(self.winners)
            with connection, connection.cursor() as cursor:
                cursor.executemany("INSERT INTO coupon (user_id) VALUES (%s)", rows)

    def apply(self, user):
        return 200, {"isSuccess": self.take(user)}


class Limiter(Memory):
    """Sheds every tenth request before it decides."""

    def __init__(self, limit=LIMIT):
        super().__init__(limit)
        self.seen = 0

    def apply(self, user):
        with self.lock:
            self.seen += 1
            if self.seen % 10 == 0:
                return 429, {"error": "too many requests"}
            if user in self.winners:
                return 409, {"error": "already applied"}
        return (202, {"result": "accepted"}) if self.take(user) else (410, {"error": "sold out"})


class Login:
    def start(self):
        pass

    def apply(self, _):
        return 401, {"error": "who are you?"}


DESIGNS = {
    "right": OneUpdate, "open": Open, "tokens": OneUpdate, "login": Login, "page": Login, "scheduler": Scheduler,
    "forgetful": lambda: Scheduler(forgets=50), "limiter": Limiter, "generous": lambda: Limiter(LIMIT + 3),
}


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def answer(self, status, body, kind="application/json"):
        data = (body if isinstance(body, str) else json.dumps(body)).encode()
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)

    def do_GET(self):
        self.answer(200, {"up": True}) if DESIGN != "page" else self.answer(200, PAGE, "text/html; charset=utf-8")

    def do_POST(self):
        body = self.rfile.read(int(self.headers.get("Content-Length", "0")))
        if DESIGN == "page":
            return self.answer(200, PAGE, "text/html; charset=utf-8")
        if self.path != "/coupon/apply":
            return self.answer(404, {"status": 404, "error": "Not Found", "path": self.path})
        try:
            user = json.loads(body)["userId"]
            user = user if DESIGN == "open" else int(user)
        except (ValueError, KeyError, TypeError):
            return self.answer(400, {"error": "userId is missing"})
        shown = re.fullmatch(r"Bearer (.*)", self.headers.get("Authorization", ""))
        if DESIGN == "tokens" and (not shown or shown[1] != f"token-of-{user * 7919}"):
            return self.answer(403, {"error": "that is not your token"})
        return self.answer(*design.apply(user))

    def log_message(self, format, *args):
        pass


class Server(ThreadingHTTPServer):
    request_queue_size = 4096
    daemon_threads = True


DESIGN = sys.argv[1]
design = DESIGNS[DESIGN]()
design.start()
Server(("127.0.0.1", int(sys.argv[2])), Handler).serve_forever()
