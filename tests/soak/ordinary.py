#!/usr/bin/python3
"""What an ordinary user gets: ordinary.py [--runs N] [--only plain|confined|busy] [--user NAME]

plain     kafka and count-race: of 100 runs each 99 are decided, none wrongly
confined  the same with empty capability sets, no_new_privs, a processor quota of one core (where a cgroup can be
          made) and a seccomp filter that refuses io_uring: 95
busy      kafka, exact and redis while both cores work on something else: no false fail; with --retry-invalid 3
          99 of 100 decided

Started by root it becomes the user; started by somebody else it stays who it is. 3 runs each take three minutes, the
100 of the promise one and a half to two hours: 100 x (2 + 2 + 3 + 3) runs of 4 to 10 s."""

import argparse
import collections
import contextlib
import ctypes
import json
import os
import pathlib
import pwd
import shutil
import struct
import subprocess
import sys
import tempfile

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent / "lib"))

import runner  # noqa: E402
import tap  # noqa: E402

RIGHT = {"kafka": "pass", "exact": "pass", "redis": "pass", "count-race": "fail"}
LIBC = ctypes.CDLL(None, use_errno=True)
PR_SET_NO_NEW_PRIVS, PR_CAPBSET_DROP, PR_SET_SECCOMP, SECCOMP_MODE_FILTER = 38, 24, 22, 2
EPERM, IO_URING = 1, (425, 426, 427)
LOAD, JUMP_IF_EQUAL, RETURN, ALLOW, REFUSE = 0x20, 0x15, 0x06, 0x7FFF0000, 0x00050000 | EPERM


def refuse_io_uring():
    """A classic filter: io_uring_setup, _enter and _register end with EPERM, as in a container engine."""
    steps = [(LOAD, 0, 0, 0)]
    for left, number in reversed(list(enumerate(reversed(IO_URING)))):
        steps.append((JUMP_IF_EQUAL, left + 1, 0, number))
    steps += [(RETURN, 0, 0, ALLOW), (RETURN, 0, 0, REFUSE)]
    code = ctypes.create_string_buffer(b"".join(struct.pack("HBBI", *step) for step in steps))
    program = ctypes.create_string_buffer(struct.pack("HL", len(steps), ctypes.addressof(code)))
    if LIBC.prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, ctypes.byref(program), 0, 0):
        raise OSError(ctypes.get_errno(), "seccomp")


def become(user):
    if user:
        os.initgroups(user.pw_name, user.pw_gid)
        os.setgid(user.pw_gid)
        os.setuid(user.pw_uid)


def confine(user, tasks):
    """In the child, before the program: nothing of this can be taken back."""
    if tasks:
        pathlib.Path(tasks).write_text(str(os.getpid()))
    if user:
        for capability in range(64):
            LIBC.prctl(PR_CAPBSET_DROP, capability, 0, 0, 0)
    become(user)
    LIBC.prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0)
    refuse_io_uring()


@contextlib.contextmanager
def quota():
    """A cgroup of one core, or None where none can be made: (file that takes process ids)."""
    name = f"rushproof-{os.getpid()}"
    for root, limit, text, tasks in (("/sys/fs/cgroup", "cpu.max", "100000 100000", "cgroup.procs"),
                                     ("/sys/fs/cgroup/cpu", "cpu.cfs_quota_us", "100000", "cgroup.procs")):
        group = pathlib.Path(root) / name
        try:
            group.mkdir()
        except OSError:
            continue
        try:
            (group / limit).write_text(text)
            yield str(group / tasks)
            return
        except OSError:
            continue
        finally:
            with contextlib.suppress(OSError):
                group.rmdir()
    yield None


@contextlib.contextmanager
def busy_cores():
    """Something else on every core."""
    hogs = [subprocess.Popen(["/bin/sh", "-c", "while :; do :; done"]) for _ in range(os.cpu_count())]
    try:
        yield
    finally:
        for hog in hogs:
            hog.kill()
            hog.wait()


class Batch:
    """The same scenario again and again: what came of it, and what was wrong."""

    def __init__(self, scenario, user, prepare, options):
        self.scenario, self.user, self.prepare, self.options = scenario, user, prepare, options
        self.verdicts, self.wrong, self.spreads, self.gates = collections.Counter(), [], [], collections.Counter()
        self.undecided = collections.Counter()

    def run(self):
        directory = tempfile.mkdtemp(prefix="rushproof-ordinary-")
        if self.user:
            os.chown(directory, self.user.pw_uid, self.user.pw_gid)
        environment = {**os.environ, "TMPDIR": directory, "HOME": directory}
        command = [runner.BIN / "rushproof", "run", "--json", f"--output={directory}/reports", *self.options,
                   str(runner.ROOT / f"scenarios/{self.scenario}.yaml")]
        done = subprocess.run(command, capture_output=True, text=True, cwd=directory, env=environment,
                              preexec_fn=self.prepare, check=False)
        shutil.rmtree(directory, ignore_errors=True)
        try:
            self.take(json.loads(done.stdout))
        except ValueError:
            self.verdicts["none"] += 1
            self.undecided[done.stderr.strip()[:200]] += 1

    def take(self, result):
        verdict = result["verdict"]
        self.verdicts[verdict] += 1
        self.gates[result["load"]["gate"]] += 1
        self.spreads.append(result["load"]["spread_us"])
        if verdict == "unknown":
            self.undecided[result["explanation"][:200]] += 1
        elif verdict != RIGHT[self.scenario]:
            self.wrong.append(result["explanation"])

    def told(self):
        lines = [f"{dict(self.verdicts)}, gates {dict(self.gates)}, spread "
                 f"{min(self.spreads, default=0)} to {max(self.spreads, default=0)} us"]
        return lines + [f"{count} x {text}" for text, count in self.undecided.most_common(5)] + self.wrong[:5]


def check(test, name, batch, runs, share):
    """share: the least part that must be decided; nothing decided may be wrong."""
    for _ in range(runs):
        batch.run()
    decided = batch.verdicts["pass"] + batch.verdicts["fail"]
    good = not batch.wrong and decided * 100 >= share * runs
    test.ok(good, f"{name}: {batch.scenario}: {decided} of {runs} decided, {len(batch.wrong)} wrong", "\n".join(batch.told()))
    print("#   " + batch.told()[0], flush=True)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--only", choices=("plain", "confined", "busy"))
    parser.add_argument("--user", default=os.environ.get("RUSHPROOF_TEST_USER") or "nobody", help="whom root becomes")
    settings = parser.parse_args()
    user = pwd.getpwnam(settings.user) if os.geteuid() == 0 else None
    test = tap.Tap()

    def wanted(kind):
        return settings.only in (None, kind)

    def plain():
        become(user)
    if wanted("plain"):
        for scenario in ("kafka", "count-race"):
            check(test, "ordinary user", Batch(scenario, user, plain, []), settings.runs, 99)
    if wanted("confined"):
        with quota() as tasks:
            if not tasks:
                print("# no cgroup can be made here: without the processor quota")
            for scenario in ("kafka", "count-race"):
                check(test, "confined", Batch(scenario, user, lambda: confine(user, tasks), []), settings.runs, 95)
    if wanted("busy"):
        with busy_cores():
            for scenario in ("kafka", "exact", "redis"):
                check(test, "both cores busy", Batch(scenario, user, plain, []), settings.runs, 0)
                check(test, "both cores busy, --retry-invalid 3",
                      Batch(scenario, user, plain, ["--retry-invalid=3"]), settings.runs, 99)
    test.end()


if __name__ == "__main__":
    main()
