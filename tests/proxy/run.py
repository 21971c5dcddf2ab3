"""Real clients through rushproof-proxy to real servers: what they are told is what they are told without it, and what
the hold keeps back is let go. Needs redis-server, Postgres and MariaDB; an ordinary user, as Postgres refuses root."""

import os
import pathlib
import shutil
import signal
import subprocess
import sys
import tempfile
import threading

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "lib"))
import secure  # noqa: E402
from behind import WAIT, Proxy, Servers, ask, mysql, until  # noqa: E402
from tap import Tap  # noqa: E402


def psql(place, *options):
    return ("psql", "-X", "-h", place, "-U", "shop", "-v", "VERBOSITY=verbose", "-qAt", *options, "postgres")


REDIS = """SET a 1
INCR a
LRANGE none 0 -1
HSET h x 1 y 2
HGETALL h
INCR h
MULTI
GET a
INCR a
EXEC
EVAL "return {1,'a',{2,redis.call('get',KEYS[1])}}" 1 a
NOSUCH command
BLPOP none 0.01
WAIT 0 1
"""
POSTGRES = """create temp table t(id int, note text);
insert into t select g, 'note ' || g from generate_series(1, 2000) g;
select * from t order by id;
begin; select count(*) from t for update; savepoint a; select 1/0; rollback to a; commit;
\\copy t from stdin
7\tseven
\\.
\\copy (select count(*) from t) to stdout
do $$ begin raise notice 'a notice'; end $$;
select repeat('x', 3000000);
prepare p as select $1::int; execute p(5); deallocate all; discard all; select 1; select 2 \\; select 3;
"""
MYSQL = """create database if not exists shop; use shop;
create table if not exists t(id int primary key, note varchar(40)); delete from t;
insert into t values (1,'a'),(2,null);
select * from t; select nope from t; begin; update t set note='b'; select * from t for update; rollback;
prepare p from 'select * from t where id > ?'; set @a = 1; execute p using @a;
select repeat('x', 3000000); show tables; select @@version is null;
"""


def same(direct, through, text):
    want, got = ask(*direct, text=text), ask(*through, text=text)
    assert want[0] == got[0], f"exit code {got[0]}, without the proxy {want[0]}: {got[2]}"
    assert want[1:] == got[1:], f"without the proxy:\n{str(want)[:400]}\nthrough it:\n{str(got)[:400]}"
    assert want[1], "the client printed nothing"


def redis_is_the_same(servers, proxy, version):
    ask("redis-cli", "-s", servers.redis, "flushall")
    direct = ask("redis-cli", version, "-s", servers.redis, text=REDIS)
    ask("redis-cli", "-s", servers.redis, "flushall")
    through = ask("redis-cli", version, "-s", proxy.redis, text=REDIS)
    assert direct == through and direct[1], f"{direct}\n{through}"


def pgbench_is_served(servers, proxy, mode):
    ask("pgbench", "-h", servers.top, "-U", "shop", "-i", "-q", "postgres")
    code, out, errors = ask("pgbench", "-h", proxy.postgres, "-U", "shop", "-n", "-M", mode, "-c", "8", "-j", "2",
                            "-t", "50", "postgres")
    assert code == 0 and "transactions actually processed: 400/400" in out, out + errors


def a_query_is_cancelled(_servers, proxy):
    client = subprocess.Popen(psql(proxy.postgres, "-c", "select pg_sleep(120)"), stdout=subprocess.DEVNULL,
                              stderr=subprocess.PIPE, text=True)
    until(lambda: any("pg_sleep(?)" in line for line in proxy.tell("shapes")), "the query")
    client.send_signal(signal.SIGINT)
    _, errors = client.communicate(timeout=WAIT)
    assert "canceling statement due to user request" in errors, errors


def tls_is_refused(_servers, proxy):
    over_tcp = proxy.tell(f"listen tcp postgres 127.0.0.1:0 {proxy.postgres}/../.s.PGSQL.5432")[-1].split()[1]
    host, port = over_tcp.rsplit(":", 1)
    code, _, errors = ask("psql", f"host={host} port={port} user=shop dbname=postgres sslmode=require", "-c", "select 1")
    assert code == 2 and "does not support SSL" in errors, errors
    code, out, errors = ask("psql", f"host={host} port={port} user=shop dbname=postgres", "-Atc", "select 1")
    assert (code, out) == (0, "1\n"), errors


def sell(place, clients):
    """Each client counts, and inserts when nobody has: how many have."""
    script = "select count(*) as sold from coupon \\gset\nselect :sold < 1 as free \\gset\n" \
             "\\if :free\ninsert into coupon values (1);\n\\endif\n"
    threads = [threading.Thread(target=ask, args=psql(place), kwargs={"text": script}) for _ in range(clients)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return int(ask(*psql(place, "-c", "select count(*) from coupon"))[1])


def a_race_is_certain(servers, proxy):
    """Five who count before any of them inserts: the gap between two statements is open each time."""
    ask(*psql(servers.top, "-c", "create table coupon(id int)"))
    ask(*psql(proxy.postgres, "-c", "select count(*) as sold from coupon"))
    shape = proxy.shape("select count(*) as sold from coupon")
    for attempt in range(5):
        ask(*psql(servers.top, "-c", "truncate coupon"))
        proxy.tell(f"hold {shape} 5 20000000 30000000 30000000")
        sold = sell(proxy.postgres, 5)
        proxy.tell("release")
        assert sold == 5, f"round {attempt}: {sold} of 5 were sold"


def a_lock_is_seen(servers, proxy):
    """The one who holds the lock is alone until its deadline, and nobody else is inside."""
    ask(*psql(servers.top, "-c", "create table stock(left_ int); insert into stock values (1)"))
    lock = "select left_ from stock for update"
    ask(*psql(proxy.postgres, "-c", lock))
    proxy.tell(f"hold {proxy.shape(lock)} 2 10000 1500000 9000000")
    text = f"begin;\n{lock};\nupdate stock set left_ = left_ - 1;\ncommit;\n"
    threads = [threading.Thread(target=ask, args=psql(proxy.postgres), kwargs={"text": text}) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    seen = [proxy.figure("hold", name) for name in ("most", "full", "calm")]
    late, serialised = proxy.figure("hold", "late"), proxy.figure("hold", "serialised")
    proxy.tell("release")
    assert seen == [1, 0, 0] and late >= 1 and serialised >= 1, f"{seen}, late {late}, serialised {serialised}"


def nothing_was_missed(_servers, proxy):
    stats = proxy.tell("stats")
    wrong = [line for line in stats if line.startswith("blind") and "a cancellation" not in line]
    assert not wrong, wrong
    assert not any("statements=0" in line for line in proxy.tell("shapes"))


def the_journal_is_whole(proxy, journal):
    records = int(proxy.tell("flush")[-1].split()[1])
    size = os.path.getsize(journal)
    head = len("rushproof-proxy 1\n")
    assert records > 0 and size == head + 88 * records, f"{size} bytes for {records} records"


def main():
    tap = Tap()
    top = tempfile.mkdtemp(prefix="rp-", dir="/tmp")
    servers = proxy = None
    try:
        servers = Servers(top)
        proxy = Proxy(servers, f"{top}/journal")
        tap.run("redis-cli, RESP2", redis_is_the_same, servers, proxy, "-2")
        tap.run("redis-cli, RESP3", redis_is_the_same, servers, proxy, "-3")
        tap.run("psql", same, psql(servers.top), psql(proxy.postgres), POSTGRES)
        tap.run("mariadb", same, mysql(servers.mysql, "-N"), mysql(proxy.mysql, "-N"), MYSQL)
        for mode in ("simple", "extended", "prepared"):
            tap.run(f"pgbench, {mode}", pgbench_is_served, servers, proxy, mode)
        tap.run("a query is cancelled", a_query_is_cancelled, servers, proxy)
        tap.run("TLS is refused, and not needed", tls_is_refused, servers, proxy)
        tap.run("a race between two statements is lost each time", a_race_is_certain, servers, proxy)
        tap.run("a lock is seen", a_lock_is_seen, servers, proxy)
        tap.ok(os.sched_getscheduler(proxy.process.pid) == os.SCHED_BATCH, "the proxy preempts nobody it has woken")
        tap.run("nothing went by unread", nothing_was_missed, servers, proxy)
        tap.run("the journal is whole", the_journal_is_whole, proxy, f"{top}/journal")
        tap.ok(proxy.stop() == 0, "the proxy ends with its input")
    finally:
        if proxy and proxy.process.poll() is None:
            proxy.process.kill()
        if servers:
            servers.stop()
        shutil.rmtree(top, ignore_errors=True)
    secure.run(tap)
    tap.end()


if __name__ == "__main__":
    main()
