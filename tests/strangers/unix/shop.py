"""A coupon shop behind a unix socket, as a reverse proxy would find it: `application` for gunicorn, `asgi` for uvicorn.

SHOP_DESIGN=memory counts what was sold in a variable, of which each worker process has its own."""

import asyncio
import os
import threading
from urllib.parse import parse_qs

import psycopg2

LIMIT = int(os.environ.get("LIMIT", "100"))
SCHEMA = """
CREATE TABLE IF NOT EXISTS coupon (id bigserial PRIMARY KEY, user_id bigint NOT NULL);
CREATE TABLE IF NOT EXISTS stock (id int PRIMARY KEY, left_over int NOT NULL);
INSERT INTO stock VALUES (1, {}) ON CONFLICT DO NOTHING;
"""
in_memory = os.environ.get("SHOP_DESIGN") == "memory"
lock = threading.Lock()
sold = 0
local = threading.local()


def database():
    if not hasattr(local, "connection"):
        local.connection = psycopg2.connect(os.environ["DATABASE_URL"])
    return local.connection


def take(cursor):
    global sold
    if in_memory:
        with lock:
            sold += 1
            return sold <= LIMIT
    cursor.execute("UPDATE stock SET left_over = left_over - 1 WHERE id = 1 AND left_over > 0")
    return cursor.rowcount == 1


def apply(user):
    with database() as connection, connection.cursor() as cursor:
        mine = take(cursor)
        if mine:
            cursor.execute("INSERT INTO coupon (user_id) VALUES (%s)", (user,))
        return mine


def answer(path, query):
    """A status and a text."""
    if path != "/apply":
        return "200 OK", "up"
    mine = apply(int(parse_qs(query)["user"][0]))
    return ("200 OK", "yours") if mine else ("410 Gone", "sold out")


def application(environ, start_response):
    status, text = answer(environ["PATH_INFO"], environ.get("QUERY_STRING", ""))
    start_response(status, [("Content-Type", "text/plain"), ("Content-Length", str(len(text)))])
    return [text.encode()]


async def asgi(scope, receive, send):
    if scope["type"] != "http":
        raise NotImplementedError(scope["type"])
    loop = asyncio.get_running_loop()
    status, text = await loop.run_in_executor(None, answer, scope["path"], scope["query_string"].decode())
    await send({"type": "http.response.start", "status": int(status.split()[0]),
                "headers": [(b"content-type", b"text/plain"), (b"content-length", str(len(text)).encode())]})
    await send({"type": "http.response.body", "body": text.encode()})


with psycopg2.connect(os.environ["DATABASE_URL"]) as first, first.cursor() as one:
    one.execute("SELECT pg_advisory_xact_lock(1)")  # two workers come at the same time
    one.execute(SCHEMA.format(LIMIT))
