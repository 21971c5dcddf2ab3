"""Stores that speak TLS, behind rushproof-proxy: clients that see none of it log in and are served; who insists on TLS is
told what to set. Certificates are made by openssl for the time of the test."""

import contextlib
import os
import pathlib
import socket
import subprocess
import sys
import tempfile

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "lib"))
from behind import Proxy, Servers, ask, mysql  # noqa: E402

HBA = "local all all trust\nhostssl all all 127.0.0.1/32 scram-sha-256\nhostnossl all all all reject\n"


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def make_certificate(top):
    subprocess.run(["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", "/CN=localhost",
                    "-addext", "subjectAltName=DNS:localhost,IP:127.0.0.1", "-keyout", f"{top}/key.pem", "-out",
                    f"{top}/cert.pem"], check=True, capture_output=True)
    os.chmod(f"{top}/key.pem", 0o600)
    return f"{top}/cert.pem", f"{top}/key.pem"


@contextlib.contextmanager
def world():
    """Servers with TLS, and a proxy without listeners to it yet."""
    with tempfile.TemporaryDirectory(prefix="rp-tls-", dir="/tmp", ignore_cleanup_errors=True) as top:
        cert, key = make_certificate(top)
        ports = {"redis": str(free_port()), "postgres": str(free_port())}
        servers = Servers(
            top, hba=HBA, port=ports["postgres"], more_mysql=[f"--ssl-cert={cert}", f"--ssl-key={key}"],
            redis=["--tls-port", ports["redis"], "--tls-cert-file", cert, "--tls-key-file", key,
                   "--tls-ca-cert-file", cert, "--tls-auth-clients", "no"],
            postgres=["-c", "ssl=on", "-c", f"ssl_cert_file={cert}", "-c", f"ssl_key_file={key}",
                      "-c", "listen_addresses=127.0.0.1"])
        proxy = None
        try:
            proxy = Proxy(servers, f"{top}/journal")
            yield servers, proxy, ports, cert
        finally:
            if proxy:
                proxy.stop()
            servers.stop()


def listen(proxy, protocol, upstream, *tls):
    return proxy.tell(f"listen {protocol} {protocol} 127.0.0.1:0 {upstream} {' '.join(tls)}")[-1].split()[1].rsplit(":", 1)


def refused(proxy, what="refused"):
    return [line for line in proxy.tell("stats") if line.startswith(what)]


def redis_is_served(proxy, ports, cert):
    host, port = listen(proxy, "resp", f"127.0.0.1:{ports['redis']}", "tls=verify-full", f"ca={cert}", "host=localhost")
    big = "x" * 3_000_000
    done = subprocess.run(["redis-cli", "-h", host, "-p", port, "-x", "set", "big"], input=big, capture_output=True,
                          text=True, timeout=120, check=False)
    assert done.stdout == "OK\n", done
    assert ask("redis-cli", "-h", host, "-p", port, "get", "big")[1] == big + "\n"
    code, out, errors = ask("redis-benchmark", "-h", host, "-p", port, "-t", "set,get", "-n", "2000", "-P", "16", "-q")
    assert code == 0 and "GET" in out, out + errors
    assert any("big" in line for line in proxy.tell("shapes")), "its statements are seen"


def postgres_is_served(servers, proxy, ports, cert):
    ask("psql", "-h", servers.top, "-p", ports["postgres"], "-U", "shop", "-c",
        "create role member login password 'secret'; create table big as select repeat('x', 3000000) as t", "postgres")
    ask("psql", "-h", servers.top, "-p", ports["postgres"], "-U", "shop", "-c", "grant select on big to member", "postgres")
    host, port = listen(proxy, "postgres", f"127.0.0.1:{ports['postgres']}", "tls=verify-ca", f"ca={cert}")
    place = f"host={host} port={port} user=member password=secret dbname=postgres"
    code, out, errors = ask("psql", place, "-Atc", "select ssl from pg_stat_ssl where pid = pg_backend_pid()")
    assert (code, out) == (0, "t\n"), errors
    assert ask("psql", place, "-Atc", "select t from big")[1] == "x" * 3_000_000 + "\n"
    code, _, errors = ask("psql", place + " channel_binding=require", "-c", "select 1")
    assert code == 2 and "channel binding" in errors, errors
    assert any("pg_stat_ssl" in line for line in proxy.tell("shapes")), "its statements are seen"
    assert not refused(proxy), refused(proxy)


def mysql_is_served(servers, proxy):
    ask(*mysql(servers.mysql), text="create user member identified by 'secret'; grant all on *.* to member;")
    host, port = listen(proxy, "mysql", servers.mysql, "tls=require")
    client = ("mariadb", "--no-defaults", "-h", host, "-P", port, "-u", "member", "-psecret", "-N")
    code, out, errors = ask(*client, text="show status like 'Ssl_cipher'; select repeat('x', 100000);")
    assert code == 0 and "TLS" in out and "x" * 100000 in out, errors + out[:200]
    code, _, errors = ask("mariadb", "--no-defaults", "-h", host, "-P", port, "-u", "member", "-pwrong", "-e", "select 1")
    assert code == 1 and "Access denied" in errors, errors
    assert not refused(proxy), refused(proxy)


def who_is_not_trusted_is_named(proxy, ports, top):
    subprocess.run(["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", "/CN=other",
                    "-keyout", f"{top}/other.key", "-out", f"{top}/other.pem"], check=True, capture_output=True)
    host, port = listen(proxy, "resp", f"127.0.0.1:{ports['redis']}", "tls=verify-ca", f"ca={top}/other.pem")
    assert ask("redis-cli", "-h", host, "-p", port, "ping")[1] != "PONG\n"
    assert any("is not trusted" in line for line in refused(proxy)), refused(proxy)
    host, port = listen(proxy, "resp", f"127.0.0.1:{ports['redis']}", "tls=verify-full", f"ca={top}/cert.pem", "host=example.org")
    assert ask("redis-cli", "-h", host, "-p", port, "ping")[1] != "PONG\n"


def who_offers_none_is_named(servers, proxy):
    host, port = listen(proxy, "postgres", f"{servers.top}/plain.sock", "tls=require")
    with socket.socket(socket.AF_UNIX) as plain:
        plain.bind(f"{servers.top}/plain.sock")
        plain.listen()
        client = subprocess.Popen(["psql", f"host={host} port={port} user=x dbname=x", "-c", ""], stderr=subprocess.DEVNULL)
        store, _ = plain.accept()
        assert store.recv(8) == bytes.fromhex("0000000804d2162f")
        store.sendall(b"N")
        client.wait(60)
        store.close()
    assert any("offers no TLS" in line for line in refused(proxy)), refused(proxy)


def insisting_clients_are_named(servers, proxy, ports):
    host, port = listen(proxy, "postgres", f"127.0.0.1:{ports['postgres']}")
    code, _, errors = ask("psql", f"host={host} port={port} user=x dbname=x sslmode=require", "-c", "")
    assert code == 2 and "does not support SSL" in errors, errors
    assert any("sslmode=disable" in line for line in refused(proxy, "left")), proxy.tell("stats")
    host, port = listen(proxy, "resp", servers.redis)
    ask("redis-cli", "-h", host, "-p", port, "--tls", "--insecure", "ping")
    assert any("redis://" in line for line in refused(proxy)), refused(proxy)


def words_are_checked(proxy, top):
    for words, said in ((["tls=maybe"], "verify-full"), (["tls=require", "ca=/none"], "authority's certificate"),
                        (["tls=require", "colour=red"], "allowed: tls=")):
        try:
            listen(proxy, "resp", f"{top}/x", *words)
        except AssertionError as refusal:
            assert said in str(refusal), refusal
        else:
            raise AssertionError(f"{words} were taken")


def run(tap):
    with world() as (servers, proxy, ports, cert):
        tap.run("Redis by TLS is served", redis_is_served, proxy, ports, cert)
        tap.run("Postgres by TLS is served, with SCRAM", postgres_is_served, servers, proxy, ports, cert)
        tap.run("MySQL by TLS is served", mysql_is_served, servers, proxy)
        tap.run("a store that is not trusted is named", who_is_not_trusted_is_named, proxy, ports, servers.top)
        tap.run("a store that offers no TLS is named", who_offers_none_is_named, servers, proxy)
        tap.run("clients that insist on TLS are named", insisting_clients_are_named, servers, proxy, ports)
        tap.run("what is said of TLS is checked", words_are_checked, proxy, servers.top)
