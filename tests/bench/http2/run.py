#!/usr/bin/env python3
"""When handlers are entered: 1000 requests over HTTP/1.1, over HTTP/2 by both gates and several streams a connection, and
by h2load, in turns, at Node (in clear), nginx before Node (in clear) and Go (TLS).

run.py [--short] [--bursts=N] [--requests=N] [TARGET…]"""

import argparse
import json
import os
import pathlib
import shutil
import statistics
import subprocess
import sys
import tempfile
import urllib.request

HERE = pathlib.Path(__file__).resolve().parent
BIN = pathlib.Path(os.environ.get("RUSHPROOF_BIN", HERE.parents[2] / "build/release/bin"))
NGINX = shutil.which("nginx", path=os.environ["PATH"] + ":/usr/sbin")
WAYS = [("HTTP/1.1, last-byte", 1, ["--gate", "last-byte"]),
        *((f"HTTP/2, one-write, {m}", 2, ["--gate", "one-write", "--streams", str(m)]) for m in (1, 10, 100, 1000)),
        *((f"HTTP/2, last-frame, {m}", 2, ["--gate", "last-frame", "--streams", str(m)]) for m in (10, 100)),
        ("h2load, 10", 2, None)]


class Target:
    """url(version) of its handlers, and when they were entered."""

    def __init__(self, command, scheme, path):
        self.process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
        self.ports = list(map(int, self.process.stdout.readline().split()))
        self.scheme, self.path, self.front = scheme, path, None

    def url(self, version):
        return f"{self.scheme}://127.0.0.1:{self.ports[version - 1]}/apply?user="

    def stamps(self):
        with urllib.request.urlopen(f"http://127.0.0.1:{self.ports[2]}/") as answer:
            return sorted(map(int, json.load(answer)))

    def end(self):
        for process in filter(None, (self.front, self.process)):
            process.terminate()
            process.wait()


def free_port():
    import socket
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return one.getsockname()[1]


def nginx(directory):
    """Before Node's HTTP/1.1."""
    target = Target(["node", HERE / "target.js"], "http", directory)
    back, ports = target.ports[0], [free_port(), free_port()]
    temps = "".join(f"{name}_temp_path {directory}/{name};" for name in
                    ("client_body", "proxy", "fastcgi", "uwsgi", "scgi"))
    (directory / "nginx.conf").write_text(f"""daemon off; pid {directory}/pid; error_log stderr crit; worker_processes 2;
events {{ worker_connections 4096; }}
http {{ access_log off; {temps} upstream back {{ server 127.0.0.1:{back}; keepalive 1024; }}
server {{ listen 127.0.0.1:{ports[0]} backlog=4096; listen 127.0.0.1:{ports[1]} http2 backlog=4096;
http2_max_concurrent_streams 1000; keepalive_requests 100000;
location / {{ proxy_pass http://back; proxy_http_version 1.1; proxy_set_header Connection ""; }} }} }}""")
    target.front = subprocess.Popen([NGINX, "-e", "stderr", "-c", directory / "nginx.conf", "-p", directory])
    target.ports[:2] = ports
    subprocess.run(["curl", "-s", "--retry", "50", "--retry-connrefused", "--retry-delay", "1",
                    target.url(1) + "0", "-d", ""], check=True)
    target.stamps()
    return target


def go(directory):
    subprocess.run(["go", "build", "-o", directory / "target", HERE / "target.go"], check=True,
                   env={**os.environ, "GOCACHE": str(directory / "cache"), "GOTOOLCHAIN": "local"})
    return Target([directory / "target"], "https", directory)


TARGETS = {"node": lambda directory: Target(["node", HERE / "target.js"], "http", directory), "nginx": nginx, "go": go}


def burst(target, way, requests):
    """First to last and p5 to p95 of the handlers' entries, in ms; None: it was no burst."""
    _, version, options = way
    url = target.url(version)
    if options is None:
        command = ["h2load", "-n", str(requests), "-c", str(requests // 10), "-m", "10", "-t", "2", url + "1"]
    else:
        speaks = [] if version == 1 else ["--http2"] if target.scheme == "https" else ["--h2c"]
        command = [BIN / "load-probe", "-n", str(requests), "--insecure", "--release-threads", "2", "--line", *speaks,
                   *options, url + "{{user}}"]
    done = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False)
    stamps = target.stamps()
    if done.returncode or len(stamps) != requests:
        return None
    edge = requests // 20
    return (stamps[-1] - stamps[0]) / 1e6, (stamps[-1 - edge] - stamps[edge]) / 1e6


def tell(name, way, seen):
    good = [each for each in seen if each]
    if not good:
        print(f"{name:6} {way[0]:24} none of {len(seen)}")
        return
    whole, middle = (statistics.median(each[i] for each in good) for i in (0, 1))
    print(f"{name:6} {way[0]:24} first to last {whole:8.2f} ms   p5 to p95 {middle:8.2f} ms   ({len(good)} of {len(seen)})",
          flush=True)


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--short", action="store_true")
    parser.add_argument("--bursts", type=int, default=100)
    parser.add_argument("--requests", type=int, default=1000)
    parser.add_argument("targets", nargs="*", default=list(TARGETS))
    options = parser.parse_args()
    bursts = 5 if options.short else options.bursts
    for name in options.targets:
        if not {"node": shutil.which("node"), "nginx": NGINX, "go": shutil.which("go")}[name]:
            print(f"{name:6} is left out: it is not there")
            continue
        with tempfile.TemporaryDirectory() as place:
            target = TARGETS[name](pathlib.Path(place))
            try:
                seen = {way[0]: [] for way in WAYS}
                for _ in range(bursts):
                    for way in WAYS:
                        seen[way[0]].append(burst(target, way, options.requests))
            finally:
                target.end()
        for way in WAYS:
            tell(name, way, seen[way[0]])


sys.exit(main())
