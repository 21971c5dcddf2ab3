"""Bursts of 1000 requests, by rushproof and by its rivals: what the arrival and window benchmarks share.

A shooter is a name and a function that fires one burst at a port. Every shooter fires at the same target in the
same run, in turns, so that a change in the machine's speed meets them all.
"""

import json
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.request

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
BIN = os.environ.get("RUSHPROOF_BIN", os.path.join(ROOT, "build/release/bin"))
RIVALS = os.path.join(os.environ.get("RIVALS_DIR", os.path.join(ROOT, "build/rivals")), "bin")
GATES = ["corked", "last-byte", "connected", "none"]


class Target:
    """bench-target on a free port; ended with the block."""

    def __init__(self, *options):
        self.options = options

    def __enter__(self):
        import socket

        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self.port = probe.getsockname()[1]
        command = [os.path.join(BIN, "bench-target"), f"--port={self.port}", *self.options]
        self.process = subprocess.Popen(command, stdout=subprocess.PIPE)
        self.process.stdout.readline()
        return self

    def __exit__(self, *unused):
        self.process.kill()
        self.process.wait()

    def ask(self, path):
        with urllib.request.urlopen(f"http://127.0.0.1:{self.port}{path}", timeout=10) as answer:
            return json.load(answer)


def call(command, timeout=60, **more):
    return subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, timeout=timeout,
                          check=False, **more)


def rushproof(gate, threads=None):
    def shoot(port, requests):
        with tempfile.TemporaryDirectory() as reports:
            command = [os.path.join(BIN, "rushproof"), "run", "--json", f"--output={reports}",
                       "--url", f"http://127.0.0.1:{port}/apply?userId={{{{user}}}}",
                       "--limit", "100", "--requests", str(requests), "--accepted", "status=202",
                       "--rejected", "status=410", "--set", "drain.quiet=1ms",
                       "--set", "drain.window=0"]
            if gate:
                command += ["--gate", gate]
            if threads:
                command += [f"--release-threads={threads}"]
            result = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, check=False)
            try:
                return json.loads(result.stdout)["load"]["sent"]
            except (ValueError, KeyError):
                sys.stderr.write(result.stderr.decode())
                return 0
    return shoot


def plain(*command, **more):
    def shoot(port, requests):
        words = [w.format(port=port, n=requests) for w in command]
        return call(words, **more)
    return shoot


def siege():
    def shoot(port, requests):
        with tempfile.NamedTemporaryFile("w", suffix=".siegerc") as rc:
            rc.write("limit = 100000\nverbose = false\nlogging = false\nconnection = keep-alive\n"
                     "json_output = false\n")
            rc.flush()
            return call(["siege", "-R", rc.name, "-b", "-r1", f"-c{requests}",
                         f"http://127.0.0.1:{port}/apply POST"])
    return shoot


def vegeta():
    def shoot(port, requests):
        target = f"POST http://127.0.0.1:{port}/apply\n".encode()
        return call([os.path.join(RIVALS, "vegeta"), "attack", "-rate=0", f"-max-workers={requests}",
                     f"-workers={requests}", "-duration=1s", "-output=/dev/null"], input=target)
    return shoot


def k6():
    def shoot(port, requests):
        with tempfile.NamedTemporaryFile("w", suffix=".js") as script:
            script.write("import http from 'k6/http';\n"
                         f"export const options = {{vus: {requests}, iterations: {requests}}};\n"
                         "export default function () {\n"
                         f"  http.post('http://127.0.0.1:{port}/apply');\n}}\n")
            script.flush()
            return call([os.path.join(RIVALS, "k6"), "run", "--quiet", "--no-usage-report", script.name])
    return shoot


def locust():
    def shoot(port, requests):
        with tempfile.NamedTemporaryFile("w", suffix=".py", delete=False) as script:
            script.write("from locust import FastHttpUser, task, constant\n"
                         "class User(FastHttpUser):\n"
                         f"    host = 'http://127.0.0.1:{port}'\n"
                         "    wait_time = constant(1000)\n"
                         "    @task\n"
                         "    def apply(self):\n"
                         "        self.client.post('/apply')\n")
        try:
            return call([os.path.join(RIVALS, "locust"), "-f", script.name, "--headless", "-u",
                         str(requests), "-r", str(requests), "-t", "4s", "--only-summary"])
        finally:
            os.unlink(script.name)
    return shoot


def jvm():
    source = os.path.join(ROOT, "tests/bench/arrival/Latch.java")

    def shoot(port, requests):
        return call(["java", "-Xshare:auto", source, str(port), str(requests)])
    return shoot


def shooters(gates=tuple(GATES)):
    """Every shooter that can run here, rushproof's default first: {name: function}."""
    found = {"rushproof": rushproof(None), "rushproof, 1 thread": rushproof(None, 1)}
    for gate in gates:
        found[f"rushproof {gate}"] = rushproof(gate)
    url = "http://127.0.0.1:{port}/apply"
    if shutil.which("ab"):
        found["ab"] = plain("ab", "-q", "-r", "-k", "-n", "{n}", "-c", "{n}", "-m", "POST", url)
    if shutil.which("h2load"):
        found["h2load"] = plain("h2load", "--h1", "-n{n}", "-c{n}", "-t1", "-H:method: POST", url)
    if shutil.which("wrk"):
        found["wrk"] = plain("wrk", "-t2", "-c{n}", "-d1s", url)
    if shutil.which("siege"):
        found["siege"] = siege()
    for name, make in (("vegeta", vegeta), ("k6", k6), ("locust", locust)):
        if os.path.exists(os.path.join(RIVALS, name)):
            found[name] = make()
    for name, words in (("hey", ("-n", "{n}", "-c", "{n}", "-m", "POST")),
                        ("oha", ("-n", "{n}", "-c", "{n}", "-m", "POST", "--no-tui"))):
        if os.path.exists(os.path.join(RIVALS, name)):
            found[name] = plain(os.path.join(RIVALS, name), *words, url)
    if shutil.which("java"):
        found["JVM, 32 threads"] = jvm()
    return found


def in_turns(table, rounds, fire, patience=1500):
    """Calls fire(name, shooter) for all of them, round after round; returns {name: [results]}."""
    results = {name: [] for name in table}
    end = time.monotonic() + patience
    for _ in range(rounds):
        for name, shooter in table.items():
            if time.monotonic() < end:
                results[name].append(fire(name, shooter))
    return results


def median(values):
    return statistics.median(values) if values else float("nan")
