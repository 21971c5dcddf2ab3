"""A shop whose members are texts: shop.py WORD…; PORT, DATABASE_URL, LIMIT.

Who asks is in the path (/apply/ID), in a header (X-Member), in the body ({"member": ID}), in a token (Bearer) or in a
session (Cookie), whichever comes first. Words make it what it is:

login       a token from POST /login, whose answer has it as JSON, in a header and as a cookie
page        GET /form shows a field csrf, which POST /login wants back
ttl=S       tokens live for S seconds
refuses=N   every N-th login is refused
busy=N      so many applications are decided, all others are 429
leaks       … and get a coupon all the same
lower       members are kept in lower case
borrows     now and then the answer speaks of another member
twice       now and then a member gets two coupons
races       nobody waits for anybody
words       answers are text: "SUCCESS 7", "SOLD OUT"
left        answers are {"left": N}: how many are left, -1 when there was none
gzip, deflate, br, zstd   answers are compressed
long        answers are longer than anybody reads"""

import base64
import contextlib
import gzip
import hashlib
import hmac
import json
import os
import sys
import threading
import time
import urllib.parse
import zlib
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import psycopg2

WORDS = dict((word.split("=") + ["1"])[:2] for word in sys.argv[1:])
LIMIT = int(os.environ.get("LIMIT", "10"))
KEY = b"not much of a secret"
CONNECTIONS = 8

lock = contextlib.nullcontext() if "races" in WORDS else threading.Lock()
counting = threading.Lock()
pool = []
state = {"issued": 0, "asked": 0, "logins": 0}
members = {}
sessions = {}


def encode(value):
    return base64.urlsafe_b64encode(value).rstrip(b"=").decode()


def sign(text):
    return encode(hmac.new(KEY, text.encode(), hashlib.sha256).digest())


def make_token(member):
    claims = {"sub": member, "exp": int(time.time()) + int(WORDS.get("ttl", "600"))}
    text = encode(b'{"alg":"HS256","typ":"JWT"}') + "." + encode(json.dumps(claims).encode())
    return text + "." + sign(text)


def read_token(token):
    text, _, signature = token.rpartition(".")
    if not text or signature != sign(text):
        return None
    claims = text.split(".")[1]
    claims = json.loads(base64.urlsafe_b64decode(claims + "=" * (-len(claims) % 4)))
    return claims["sub"] if claims["exp"] > time.time() else None


def count(what):
    with counting:
        state[what] += 1
        return state[what]


def insert(member):
    with counting:
        connection = pool.pop() if pool else psycopg2.connect(os.environ["DATABASE_URL"])
    connection.autocommit = True
    with connection.cursor() as cursor:
        cursor.execute("INSERT INTO coupon (member) VALUES (%s)", (member.lower() if "lower" in WORDS else member,))
    with counting:
        pool.append(connection)


def apply(member):
    """How many are left, -1 when there was none."""
    with lock:
        if state["issued"] >= LIMIT or member in members:
            return -1
        if "races" in WORDS:
            time.sleep(0.01)
        state["issued"] += 1
        members[member] = True
        left = LIMIT - state["issued"]
    insert(member)
    if "twice" in WORDS and left % 5 == 0:
        insert(member)
    return left


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def answer(self, status, body, kind="application/json", headers=()):
        data = body.encode() if isinstance(body, str) else json.dumps(body).encode()
        headers = list(headers)
        if "long" in WORDS and status == 200:
            data = json.dumps({"padding": "x" * 100000, **body}).encode()
        if "gzip" in WORDS:
            data, headers = gzip.compress(data), [*headers, ("Content-Encoding", "gzip")]
        if "deflate" in WORDS:
            data, headers = zlib.compress(data), [*headers, ("Content-Encoding", "deflate")]
        if "br" in WORDS:
            # One stored meta-block (RFC 7932, 9.2): window bits 16, then MLEN - 1, uncompressed, and an empty last one.
            bits = 0 | (len(data) - 1) << 4 | 1 << 20
            data, headers = bits.to_bytes(3, "little") + data + b"\x03", [*headers, ("Content-Encoding", "br")]
        if "zstd" in WORDS:
            # One frame (RFC 8878, 3.1.1) of a single segment that states its size, with one raw block, the last.
            size, block = len(data).to_bytes(4, "little"), (len(data) << 3 | 1).to_bytes(3, "little")
            data, headers = b"\x28\xb5\x2f\xfd\xa0" + size + block + data, [*headers, ("Content-Encoding", "zstd")]
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(data)))
        for name, value in headers:
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(data)

    def read(self):
        return self.rfile.read(int(self.headers.get("Content-Length", "0"))).decode()

    def cookie(self, name):
        for pair in self.headers.get("Cookie", "").split("; "):
            key, _, value = pair.partition("=")
            if key == name:
                return value
        return None

    def do_GET(self):
        if self.path.startswith("/form"):
            session = str(count("logins"))
            sessions[session] = None
            self.answer(200, f'<form><input name="csrf" value="c-{session}-{sign(session)[:8]}"></form>', "text/html",
                        [("Set-Cookie", f"FORM={session}; Path=/; HttpOnly")])
        else:
            self.answer(200, {"up": True})

    def login(self, body):
        form = self.cookie("FORM")
        number = count("logins")
        if "refuses" in WORDS and number % int(WORDS["refuses"]) == 0:
            self.answer(401, {"error": "no such member", "password": "hunter22"})
            return
        if "page" in WORDS and body.get("csrf") != f"c-{form}-{sign(form or '')[:8]}":
            self.answer(403, {"error": "csrf"})
            return
        token = make_token(body["name"])
        sessions[sign(body["name"])] = body["name"]
        self.answer(200, {"data": {"accessToken": token}}, headers=[
            ("X-Token", token), ("Set-Cookie", f"SESSION={sign(body['name'])}; Path=/; HttpOnly")])

    def member(self, body):
        name = urllib.parse.unquote(self.path[len("/apply/"):])
        token = self.headers.get("Authorization", "").removeprefix("Bearer ")
        if name:
            return name
        if token:
            return read_token(token)
        named = self.headers.get("X-Member", "").encode("latin-1").decode()
        return named or sessions.get(self.cookie("SESSION")) or body.get("member")

    def do_POST(self):
        text = self.read()
        body = json.loads(text) if text.startswith("{") else dict(urllib.parse.parse_qsl(text))
        if self.path == "/login":
            self.login(body)
            return
        member = self.member(body)
        if not member:
            self.answer(401, {"error": "who are you?"})
            return
        number = count("asked")
        if "busy" in WORDS and number > int(WORDS["busy"]):
            if "leaks" in WORDS and number % 7 == 0:
                insert(member)
            self.answer(429, {"error": "slow down"}, headers=[("Retry-After", "1")])
            return
        left = apply(member)
        shown = "somebody-else" if "borrows" in WORDS and number % 9 == 0 else member
        if "words" in WORDS:
            self.answer(200, f"SUCCESS {shown}" if left >= 0 else f"SOLD OUT {shown}", "text/plain")
        elif "left" in WORDS:
            self.answer(200, {"left": left})
        else:
            self.answer(200, {"member": shown, "won": left >= 0})

    def log_message(self, format, *args):
        pass


class Server(ThreadingHTTPServer):
    request_queue_size = 4096
    daemon_threads = True


for _ in range(CONNECTIONS):
    pool.append(psycopg2.connect(os.environ["DATABASE_URL"]))
with pool[0].cursor() as first:
    first.execute("CREATE TABLE IF NOT EXISTS coupon (id bigserial PRIMARY KEY, member text NOT NULL)")
pool[0].commit()
Server(("127.0.0.1", int(os.environ["PORT"])), Handler).serve_forever()
