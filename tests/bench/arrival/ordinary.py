#!/usr/bin/python3
"""How tight do bursts leave at services that run already, as an ordinary user?

    tests/bench/arrival/ordinary.py [--short] [--runs N] [--requests N] [--user NAME] [--beside DIR]

Three services that the run did not start, so that it cannot stop them (no gate freeze): bench-target (epoll), Node, and a
JVM whose 32 threads all want a core when the first request comes. All are burst in turns, so that a change in the
machine's speed meets them all. root becomes the user. Figures are those of the report, by the harness's own stamps: a
burst is valid when it left within 10 ms or three times its floor.

--beside: the programs of another build, to compare with in the same run."""

import argparse
import contextlib
import json
import os
import pwd
import shutil
import socket
import subprocess
import sys
import tempfile
import time
import urllib.request

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(HERE, ".."))
import bursts  # noqa: E402

SERVICES = {
    "epoll": [os.path.join(bursts.BIN, "bench-target"), "--port={port}", "--limit=100", "--window=0"],
    "Node": ["node", os.path.join(HERE, "target.js"), "{port}"],
    "JVM, 32 threads": ["java", "-Xshare:auto", os.path.join(HERE, "Target.java"), "{port}"],
}
WARM = 3  # bursts that do not count: a JVM compiles meanwhile


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def ask(port, path, patience=30):
    end = time.monotonic() + patience
    while True:
        try:
            return urllib.request.urlopen(f"http://127.0.0.1:{port}{path}", timeout=10).status
        except OSError:
            if time.monotonic() > end:
                raise
            time.sleep(0.05)


@contextlib.contextmanager
def service(command):
    """The port of a service of somebody else's."""
    port = free_port()
    process = subprocess.Popen([word.format(port=port) for word in command], stdout=subprocess.DEVNULL)
    try:
        ask(port, "/__reset")
        yield port
    finally:
        process.kill()
        process.wait()


def fire(program, port, settings, user):
    """One burst; (valid, spread, p5 to p95, floor) in ms."""
    ask(port, "/__reset")
    directory = tempfile.mkdtemp(prefix="rushproof-arrival-")
    who = {}
    if user:
        os.chown(directory, user.pw_uid, user.pw_gid)
        who = {"user": user.pw_uid, "group": user.pw_gid, "extra_groups": []}
    try:
        done = subprocess.run(
            [program, "run", "--json", f"--output={directory}", "--url", f"http://127.0.0.1:{port}/apply?userId={{{{user}}}}",
             "--limit=100", f"--requests={settings.requests}", "--accepted=status=202", "--rejected=status=410",
             "--set", "drain.quiet=1ms", "--set", "drain.window=0"],
            stdout=subprocess.PIPE, stderr=subprocess.PIPE, check=False, cwd=directory,
            env={**os.environ, "HOME": directory, "TMPDIR": directory}, **who)
        result = json.loads(done.stdout)
        load = result["load"]
        burst = [check["verdict"] for check in result["checks"] if check["name"] == "burst_simultaneous"]
        return burst == ["pass"], load["spread_us"] / 1000, load["spread_p5_p95_us"] / 1000, (load["floor_us"] or 0) / 1000
    except (ValueError, KeyError):
        raise SystemExit(f"no result: {done.stdout.decode()[:300]}{done.stderr.decode()[:500]}") from None
    finally:
        shutil.rmtree(directory, ignore_errors=True)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--short", action="store_true", help="3 bursts each")
    parser.add_argument("--runs", type=int, default=20)
    parser.add_argument("--requests", type=int, default=1000)
    parser.add_argument("--user", default="nobody", help="whom root becomes; '' for root itself")
    parser.add_argument("--beside", action="append", default=[])
    settings = parser.parse_args()
    runs = 3 if settings.short else settings.runs
    user = pwd.getpwnam(settings.user) if os.geteuid() == 0 and settings.user else None
    builds = [bursts.BIN, *settings.beside]
    services = {name: command for name, command in SERVICES.items() if shutil.which(command[0])}
    with contextlib.ExitStack() as stack:
        ports = {name: stack.enter_context(service(command)) for name, command in services.items()}
        for port in list(ports.values()) * WARM:
            fire(os.path.join(builds[0], "rushproof"), port, settings, user)
        table = {(name, build): port for name, port in ports.items() for build in builds}
        results = bursts.in_turns(table, runs, lambda key, port: fire(os.path.join(key[1], "rushproof"), port, settings, user))

    print(f"{settings.requests} requests, {os.cpu_count()} cores shared with the target, medians of {runs}, "
          f"load {os.getloadavg()[0]:.1f}\n")
    print(f"{'service':18} {'valid':>9} {'first to last':>14} {'p5 to p95':>11} {'floor':>10}")
    for (name, build), figures in results.items():
        valid = f"{sum(good for good, *_ in figures)} of {len(figures)}"
        medians = [bursts.median([figure[i] for figure in figures]) for i in (1, 2, 3)]
        print(f"{name:18} {valid:>9} {medians[0]:11.2f} ms {medians[1]:8.2f} ms {medians[2]:7.2f} ms"
              f"{'' if len(builds) == 1 else '  ' + build}")
    figures = [figure for (_, build), found in results.items() if build == builds[0] for figure in found]
    good = sum(valid for valid, *_ in figures)
    kept = good >= 0.5 * len(figures)
    print(f"\n{'ok' if kept else 'not ok'} - at least half of the bursts are valid, whatever serves: {good} of {len(figures)}")
    print(f"{int(kept)} passed, {int(not kept)} failed")
    return 0 if kept else 1


if __name__ == "__main__":
    sys.exit(main())
