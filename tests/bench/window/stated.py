#!/usr/bin/python3
"""Do the race windows that reports state show? stated.py [--runs N] [--loops N…] [--user NAME]

A service without a window is burst, and its report states one; then the same service with a window of just that
length is burst, and has to give out too many. For services of 1, 2 and 10 loops, which the run starts itself (so that
an ordinary user's gate is freeze) and which are there already. And a window of 100 us, stated or not.

As an ordinary user: root becomes one. 100 runs take about 20 minutes on a quiet machine."""

import argparse
import json
import math
import os
import pwd
import shutil
import subprocess
import sys
import tempfile

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), ".."))
import bursts  # noqa: E402

LIMIT, SHARE = 100, 0.95

SCENARIO = """
name: window
description: a check-then-act window
limit: {limit}
stack: {{redis: none, postgres: none, kafka: none}}
{processes}
request: {{method: POST, url: "{url}/apply?userId={{{{user}}}}"}}
responses: {{accepted: {{status: 202}}, rejected: {{status: 410}}}}
load: [{{burst: {{requests: 1000}}}}]
drain: {{quiet: 1ms, window: 0}}
"""
PROCESSES = """processes:
  - name: target
    run: [{program}, "--port=${{target.port}}", --limit={limit}, --loops={loops}, --window={window}]
    ready: {{tcp: "127.0.0.1:${{target.port}}"}}
"""


class Shooter:
    """One burst after the other, as the user; `load` of result.json comes back."""

    def __init__(self, user):
        self.user = user
        self.gates = set()

    def fire(self, url, processes):
        directory = tempfile.mkdtemp(prefix="rushproof-window-")
        who = {}
        if self.user:
            os.chown(directory, self.user.pw_uid, self.user.pw_gid)
            who = {"user": self.user.pw_uid, "group": self.user.pw_gid, "extra_groups": []}
        path = os.path.join(directory, "window.yaml")
        with open(path, "w", encoding="utf-8") as file:
            file.write(SCENARIO.format(limit=LIMIT, url=url, processes=processes))
        os.chmod(path, 0o644)
        done = subprocess.run([os.path.join(bursts.BIN, "rushproof"), "run", "--json", f"--output={directory}", path],
                              stdout=subprocess.PIPE, stderr=subprocess.PIPE, check=False, cwd=directory,
                              env={**os.environ, "HOME": directory, "TMPDIR": directory}, **who)
        shutil.rmtree(directory, ignore_errors=True)
        try:
            load = json.loads(done.stdout)["load"]
        except (ValueError, KeyError):
            raise SystemExit(f"no result: {done.stdout.decode()[:300]}{done.stderr.decode()[:500]}") from None
        self.gates.add(load["gate"])
        return load

    def own(self, loops, window):
        program = os.path.join(bursts.BIN, "bench-target")
        return self.fire("${target}", PROCESSES.format(program=program, limit=LIMIT, loops=loops, window=window))

    def there(self, target, window):
        target.ask(f"/__reset?window={window}")
        return self.fire(f"http://127.0.0.1:{target.port}", "")


def over_issues(load):
    return load["accepted"] > LIMIT


def series(name, shooter, runs, shoot):
    """shoot(window) fires one burst. Prints the two shares; returns whether both are kept."""
    windows, shown, fixed = [], 0, 0
    shooter.gates.clear()
    for _ in range(runs):
        stated = shoot(0)["smallest_window_ns"]
        if stated is not None:
            windows.append(math.ceil(stated / 1000))
            shown += over_issues(shoot(windows[-1]))
        fixed += over_issues(shoot(100))
    good = shown >= SHARE * len(windows) and fixed >= SHARE * runs
    print(f"{'ok' if good else 'not ok'} - {name}, gate {'/'.join(sorted(shooter.gates))}: of {len(windows)} windows stated "
          f"({bursts.median(windows):.0f} us) {shown} showed; of {runs} of 100 us {fixed} did", flush=True)
    return good


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--runs", type=int, default=5)
    parser.add_argument("--loops", type=int, nargs="+", default=[1, 2, 10])
    parser.add_argument("--user", default="nobody", help="whom root becomes; '' for root itself")
    settings = parser.parse_args()
    ordinary = os.geteuid() == 0 and settings.user
    shooter = Shooter(pwd.getpwnam(settings.user) if ordinary else None)
    kept = []
    for loops in settings.loops:
        kept.append(series(f"{loops} loops of the run's own", shooter, settings.runs,
                           lambda window, loops=loops: shooter.own(loops, window)))
        with bursts.Target(f"--limit={LIMIT}", "--window=0", f"--loops={loops}") as target:
            kept.append(series(f"{loops} loops that are there", shooter, settings.runs,
                               lambda window, target=target: shooter.there(target, window)))
    print(f"{sum(kept)} passed, {len(kept) - sum(kept)} failed")
    return 0 if all(kept) else 1


if __name__ == "__main__":
    sys.exit(main())
