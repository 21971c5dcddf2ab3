"""A coupon shop as it is written everywhere: shop.py DESIGN. Postgres, MySQL and Redis by DATABASE_URL, MYSQL_URL and
REDIS_URL, each through a pool of 10 connections; LIMIT coupons.

Faulty designs stand above their right twins, and differ from them by a few lines. Nothing sleeps: between what a
request reads and what it writes lies what the code needs, and no more."""

import contextlib
import hashlib
import os
import pathlib
import queue
import socket
import sys
import threading
from urllib.parse import urlsplit

sys.dont_write_bytecode = True
sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[2] / "strangers"))
import door  # noqa: E402

LIMIT = int(os.environ.get("LIMIT", "100"))
CONNECTIONS = 10


class Pool:
    """So many connections, made when they are first needed; who finds none free waits."""

    def __init__(self, connect):
        self.connect, self.free = connect, queue.LifoQueue()
        for _ in range(CONNECTIONS):
            self.free.put(None)

    @contextlib.contextmanager
    def __call__(self):
        connection = self.free.get()
        try:
            connection = connection or self.connect()
            yield connection
        finally:
            self.free.put(connection)


def ask_for_tls():
    """As drivers do (pgx of Go) that go on without TLS on another connection, when they were told no."""
    with socket.create_connection(urlsplit(os.environ["DATABASE_URL"]).netloc.rpartition("@")[2].rsplit(":", 1)) as one:
        one.sendall(bytes.fromhex("0000000804d2162f"))
        assert one.recv(1) == b"N"


def connect_postgres():
    if os.environ.get("PGSSLMODE") == "disable":
        ask_for_tls()
    connection = psycopg2.connect(os.environ["DATABASE_URL"])
    connection.autocommit = True
    return connection


def connect_mysql():
    url = urlsplit(os.environ["MYSQL_URL"])
    return pymysql.connect(host=url.hostname, port=url.port or 3306, user=url.username, password=url.password or "",
                           database=url.path[1:], unix_socket=os.environ.get("MYSQL_SOCKET"))


def ask(cursor, text, *values):
    """The first column of the first row; None without a row."""
    cursor.execute(text, values)
    row = cursor.fetchone()
    return row and row[0]


def insert(cursor, user):
    cursor.execute("INSERT INTO coupon (user_id) VALUES (%s)", (user,))
    return True


def keep(user):
    with postgres() as db, db.cursor() as cursor:
        return insert(cursor, user)


# ---- rows are counted ----

def count(user):
    """Faulty: others count between the two statements."""
    with postgres() as db, db.cursor() as cursor:
        return ask(cursor, "SELECT count(*) FROM coupon") < LIMIT and insert(cursor, user)


def recheck(user):
    """Faulty: at READ COMMITTED the second look sees no row that is not committed yet."""
    with postgres() as db, db.cursor() as cursor:
        cursor.execute("BEGIN")
        good = ask(cursor, "SELECT count(*) FROM coupon") < LIMIT and insert(cursor, user)
        good = good and ask(cursor, "SELECT count(*) AS again FROM coupon") <= LIMIT
        cursor.execute("COMMIT" if good else "ROLLBACK")
        return good


def advisory(user):
    with postgres() as db, db, db.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(7)")
        return ask(cursor, "SELECT count(*) FROM coupon") < LIMIT and insert(cursor, user)


def nowait(user):
    """Right: who does not get the row is told so, and asks again."""
    while True:
        with contextlib.suppress(psycopg2.errors.LockNotAvailable):
            with postgres() as db, db, db.cursor() as cursor:
                left = ask(cursor, "SELECT left_over FROM stock FOR UPDATE NOWAIT")
                if left > 0:
                    cursor.execute("UPDATE stock SET left_over = left_over - 1")
                return left > 0 and insert(cursor, user)


def unlock_early(user):
    """Faulty: the lock is given back before what was done under it can be seen."""
    with postgres() as db, db, db.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_lock(7)")
        good = ask(cursor, "SELECT count(*) FROM coupon") < LIMIT and insert(cursor, user)
        cursor.execute("SELECT pg_advisory_unlock(7)")
        return good


def serializable(user):
    while True:
        with contextlib.suppress(psycopg2.errors.SerializationFailure):
            with postgres() as db, db, db.cursor() as cursor:
                cursor.execute("SET TRANSACTION ISOLATION LEVEL SERIALIZABLE")
                return ask(cursor, "SELECT count(*) FROM coupon") < LIMIT and insert(cursor, user)


def snapshot(user):
    """Faulty, in MySQL: at REPEATABLE READ both looks see the same snapshot, and one's own row."""
    with mysql() as db, db.cursor() as cursor:
        db.begin()
        good = ask(cursor, "SELECT count(*) FROM coupon") < LIMIT and insert(cursor, user)
        good = good and ask(cursor, "SELECT count(*) AS again FROM coupon") <= LIMIT
        db.commit() if good else db.rollback()
        return good


def snapshot_locked(user):
    with mysql() as db, db.cursor() as cursor:
        db.begin()
        good = ask(cursor, "SELECT left_over FROM stock FOR UPDATE") > 0 and insert(cursor, user)
        if good:
            cursor.execute("UPDATE stock SET left_over = left_over - 1")
        db.commit() if good else db.rollback()
        return good


# ---- a stock is a row ----

def stock(user):
    """Faulty: what was read is written back, less one."""
    with postgres() as db, db.cursor() as cursor:
        left = ask(cursor, "SELECT left_over FROM stock")
        if left <= 0:
            return False
        cursor.execute("UPDATE stock SET left_over = %s", (left - 1,))
        return insert(cursor, user)


def stock_unlocked(user):
    """Faulty: without a transaction the lock is gone before the answer has arrived."""
    with postgres() as db, db.cursor() as cursor:
        if ask(cursor, "SELECT left_over FROM stock FOR UPDATE") <= 0:
            return False
        cursor.execute("UPDATE stock SET left_over = left_over - 1")
        return insert(cursor, user)


def stock_locked(user):
    with postgres() as db, db, db.cursor() as cursor:
        if ask(cursor, "SELECT left_over FROM stock FOR UPDATE") <= 0:
            return False
        cursor.execute("UPDATE stock SET left_over = left_over - 1")
        return insert(cursor, user)


def stock_gated(user):
    """Right, and in nobody's way: who waits for the row waits here, and holds no connection meanwhile."""
    with LOCK:
        return stock_locked(user)


def take(cursor):
    cursor.execute("UPDATE stock SET left_over = left_over - 1 WHERE left_over > 0")
    return cursor.rowcount == 1


def stock_where(user):
    with postgres() as db, db, db.cursor() as cursor:
        return take(cursor) and insert(cursor, user)


# ---- once a user ----

def unique(user):
    """Faulty: the same user looks twice before either row is there."""
    with postgres() as db, db, db.cursor() as cursor:
        return not ask(cursor, "SELECT id FROM coupon WHERE user_id = %s", user) and take(cursor) and insert(cursor, user)


def insert_once(cursor, user):
    cursor.execute("INSERT INTO coupon (user_id) VALUES (%s) ON CONFLICT (user_id) DO NOTHING", (user,))
    return cursor.rowcount == 1


def unique_index(user):
    with postgres() as db, db.cursor() as cursor:
        cursor.execute("BEGIN")
        good = insert_once(cursor, user) and take(cursor)
        cursor.execute("COMMIT" if good else "ROLLBACK")
        return good


# ---- a number in Redis ----

def get_set(user):
    """Faulty: what was read is written back, and one more."""
    sold = int(redis_db.get("sold") or 0)
    if sold >= LIMIT:
        return False
    redis_db.set("sold", sold + 1)
    return keep(user)


def mutex(user):
    with LOCK:
        sold = int(redis_db.get("sold") or 0)
        if sold >= LIMIT:
            return False
        redis_db.set("sold", sold + 1)
    return keep(user)


def lock_expires(user):
    """Faulty: who is away for longer than the lock lives is not the only one who works by it."""
    while not redis_db.set("lock", 1, nx=True, px=120):
        pass
    sold = int(redis_db.get("sold") or 0)
    if sold < LIMIT:
        redis_db.set("sold", sold + 1)
    redis_db.delete("lock")
    return sold < LIMIT and keep(user)


def lock_kept(user):
    """Right: a lock in Redis that lives longer than anybody is away."""
    while not redis_db.set("lock", user, nx=True, px=60000):
        pass
    sold = int(redis_db.get("sold") or 0)
    if sold < LIMIT:
        redis_db.set("sold", sold + 1)
    redis_db.delete("lock")
    return sold < LIMIT and keep(user)


def watch_blind(user):
    """Faulty: EXEC says that it did nothing, and nobody listens."""
    with redis_db.pipeline() as pipe:
        pipe.watch("sold")
        sold = int(pipe.get("sold") or 0)
        if sold >= LIMIT:
            return False
        pipe.multi()
        pipe.set("sold", sold + 1)
        with contextlib.suppress(redis.WatchError):
            pipe.execute()
    return keep(user)


def watch(user):
    with redis_db.pipeline() as pipe:
        while True:
            pipe.watch("sold")
            sold = int(pipe.get("sold") or 0)
            if sold >= LIMIT:
                return False
            pipe.multi()
            pipe.set("sold", sold + 1)
            with contextlib.suppress(redis.WatchError):
                pipe.execute()
                break
    return keep(user)


def incr_get(user):
    """Faulty: what others have added since is compared as well, and nobody gets the last ones."""
    redis_db.incr("sold")
    return int(redis_db.get("sold")) <= LIMIT and keep(user)


def incr(user):
    return redis_db.incr("sold") <= LIMIT and keep(user)


SCRIPT = "if tonumber(redis.call('get', KEYS[1]) or 0) >= tonumber(ARGV[1]) then return 0 end " \
         "return redis.call('incr', KEYS[1])"


def lua(user):
    return redis_db.eval(SCRIPT, 1, "sold", LIMIT) > 0 and keep(user)


def lua_by_sum(user):
    """As clients of Go and Node call a script: by its sum, and whole when the store has not seen it yet."""
    try:
        sold = redis_db.evalsha(hashlib.sha1(SCRIPT.encode()).hexdigest(), 1, "sold", LIMIT)
    except redis.exceptions.NoScriptError:
        sold = redis_db.eval(SCRIPT, 1, "sold", LIMIT)
    return sold > 0 and keep(user)


def decr(user):
    """Right: who took too much gives it back."""
    if redis_db.decr("stock") >= 0:
        return keep(user)
    redis_db.incr("stock")
    return False


def decr_unique(user):
    """Faulty: who asks again takes a place for a moment, in which others are told that there is none."""
    if redis_db.decr("stock") >= 0:
        with postgres() as db, db.cursor() as cursor:
            if insert_once(cursor, user):
                return True
    redis_db.incr("stock")
    return False


def decr_first(user):
    """Right: only the first of a user's copies takes a place."""
    return redis_db.sadd("asked", user) == 1 and decr(user)


def cache_aside(user):
    """Faulty: the count in Redis follows the rows in Postgres, one round trip behind."""
    sold = redis_db.get("sold")
    if sold is None:
        with postgres() as db, db.cursor() as cursor:
            sold = ask(cursor, "SELECT count(*) FROM coupon")
        redis_db.set("sold", sold)
    if int(sold) >= LIMIT:
        return False
    keep(user)
    redis_db.incr("sold")
    return True


TABLES = {
    "coupon": "CREATE TABLE IF NOT EXISTS coupon (id {serial} PRIMARY KEY, user_id bigint NOT NULL {unique})",
    "stock": "CREATE TABLE IF NOT EXISTS stock (left_over int NOT NULL)",
}


def prepare(database, serial):
    unique_column = "UNIQUE" if DESIGN in (unique_index, decr_unique) else ""
    with database() as db, db.cursor() as cursor:
        for table in TABLES.values():
            cursor.execute(table.format(serial=serial, unique=unique_column))
        if not ask(cursor, "SELECT count(*) FROM stock"):
            cursor.execute("INSERT INTO stock VALUES (%s)", (LIMIT,))
        if database is mysql:
            db.commit()


def fill_pool(pool):
    """As pools do that keep all their connections open."""
    for connection in [pool.get_connection("PING") for _ in range(CONNECTIONS)]:
        pool.release(connection)


def main():
    if DESIGN in (snapshot, snapshot_locked):
        prepare(mysql, "bigint AUTO_INCREMENT")
    else:
        prepare(postgres, "bigserial")
    if redis_db:
        redis_db.set("stock", LIMIT, nx=True)
        fill_pool(redis_db.connection_pool)
    door.serve(DESIGN, (200, "yours"), (410, "gone"))


LOCK = threading.Lock()
DESIGN = {name.replace("_", "-"): each for name, each in globals().items()}[sys.argv[1]]
postgres, mysql, redis_db = Pool(connect_postgres), Pool(connect_mysql), None
if os.environ.get("DATABASE_URL", "").startswith("postgres"):
    import psycopg2
    import psycopg2.errors
if os.environ.get("MYSQL_URL"):
    import pymysql
if os.environ.get("REDIS_URL"):
    import redis
    redis_db = redis.Redis(connection_pool=redis.BlockingConnectionPool.from_url(
        os.environ["REDIS_URL"], max_connections=CONNECTIONS, timeout=None))
main()
