"""Runs `rushproof run` as a user would, in a directory of its own, and looks for what stays behind.

The tests adopt orphans (PR_SET_CHILD_SUBREAPER): a process that a run leaves behind becomes a child of the
test, whatever session or group it put itself in, so leftovers are found without asking for names. Temporary
files go into a TMPDIR of the run's own, which has to be empty again afterwards."""

import ctypes
import glob
import json
import os
import pathlib
import re
import shutil
import signal
import stat
import subprocess
import tempfile
import time

BIN = pathlib.Path(os.environ.get("RUSHPROOF_BIN", "build/dev/bin")).resolve()
ROOT = pathlib.Path(__file__).resolve().parents[2]
PR_SET_CHILD_SUBREAPER = 36
if not (BIN / "rushproof").exists():
    raise SystemExit(f"there is no program {BIN}/rushproof: set RUSHPROOF_BIN to the directory of the programs")
# The scenarios of this source tree, wherever the programs were built.
os.environ.setdefault("RUSHPROOF_SCENARIOS", str(ROOT / "scenarios"))
# Processes that the test itself has started beside the runs, by number: they are not left over.
MINE = set()


def adopt_orphans():
    if ctypes.CDLL(None, use_errno=True).prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0) != 0:
        raise OSError(ctypes.get_errno(), "prctl")


def children():
    """Processes whose parent is this one: (pid, command line), zombies reaped and left out."""
    found = []
    for entry in pathlib.Path("/proc").iterdir():
        if not entry.name.isdigit():
            continue
        try:
            fields = (entry / "stat").read_text().rpartition(")")[2].split()
            if int(fields[1]) != os.getpid() or int(entry.name) in MINE:
                continue
            if fields[0] == "Z":
                os.waitpid(int(entry.name), os.WNOHANG)
                continue
            command = (entry / "cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace")
            found.append((int(entry.name), command.strip()))
        except (FileNotFoundError, ProcessLookupError, ChildProcessError):
            continue
    return found


def leftovers(directory, tmp, grace=30.0):
    """Descriptions of what a run left behind: processes, sockets and directories of servers, temporary files. Who
    cleans up after a run that was killed may take a while on a busy machine."""
    until = time.monotonic() + grace
    while (children() or any(pathlib.Path(tmp).iterdir())) and time.monotonic() < until:
        time.sleep(0.02)
    found = [f"process {pid}: {command}" for pid, command in children()]
    for path in pathlib.Path(directory).rglob("*"):
        mode = path.lstat().st_mode
        if stat.S_ISSOCK(mode) or stat.S_ISFIFO(mode):
            found.append(f"socket {path}")
        elif path.name in ("PG_VERSION", "postmaster.pid", "dump.rdb", "meta.properties"):
            found.append(f"server's data {path}")
    found += [f"temporary {path}" for path in pathlib.Path(tmp).iterdir()]
    for pid, _ in children():
        os.kill(pid, signal.SIGKILL)
    return found


def wait_for_log(process, text, seconds=60):
    """Until the log of a run that goes on has that text."""
    until = time.monotonic() + seconds
    logs = []
    while time.monotonic() < until and process.poll() is None:
        # glob.glob passes over names with a dot, such as that of the link `latest` while it is renamed.
        paths = glob.glob(f"{process.here}/reports/*/*/rushproof.log")
        logs = [pathlib.Path(path).read_text(errors="replace") for path in paths]
        if any(text in log for log in logs):
            return
        time.sleep(0.02)
    raise AssertionError(f"it never said {text}:\n" + "\n".join(logs))


def program(name, *arguments, env=None, timeout=60):
    """One of the programs, to its end."""
    return subprocess.run([BIN / name, *map(str, arguments)], env={**os.environ, **(env or {})}, timeout=timeout,
                          stdin=subprocess.DEVNULL, capture_output=True, text=True, errors="replace", check=False)


class Outcome:
    """What a run came to: code, stdout, stderr, result (of result.json, None without one), dir, left, seconds."""

    def __init__(self, code, stdout, stderr, seconds, directory, left):
        self.code = code
        self.stdout = stdout
        self.stderr = stderr
        self.seconds = seconds
        self.left = left
        found = sorted(pathlib.Path(directory).glob("*/*/result.json"))
        found = [path for path in found if not path.parent.is_symlink() and path.parent.parent.name != "latest"]
        self.dir = found[-1].parent if found else None
        self.result = json.loads(found[-1].read_text()) if found else None

    def too_busy(self):
        """Why the burst was not one, or None when it was one, or when something else is wrong as well."""
        if self.left or self.code not in (2, 4):
            return None
        said = re.search(r"this machine is too busy for .*", self.stderr)
        if said:
            return said.group(0)
        for check in (self.result or {}).get("checks", []):
            if check["name"] == "burst_simultaneous" and check["verdict"] == "unknown":
                return check["message"] if "not a burst" in check["message"] else None
        return None

    def __str__(self):
        checks = [f"{check['name']}: {check['verdict']}: {check['message']}"
                  for check in (self.result or {}).get("checks", []) if check["verdict"] not in ("pass", "skipped")]
        return "\n".join([f"exit {self.code} after {self.seconds:.1f} s", *checks, "stdout:", self.stdout[-3000:],
                          "stderr:", self.stderr[-3000:], *self.left])


class Bench:
    """A directory for runs; a context manager that removes it. common: options of every run that does not say
    common=False."""

    def __init__(self, name, common=()):
        self.common = list(common)
        self.path = pathlib.Path(tempfile.mkdtemp(prefix=f"rushproof-{name}."))
        self.path.chmod(0o755)
        self.count = 0
        self.again = 0  # runs that were repeated
        self.running = set()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        shutil.rmtree(self.path, ignore_errors=True)

    def start(self, *arguments, common=True, env=None, command="run"):
        """A run in the background, or another command that writes no reports; its process knows its directory (here)
        and when it began."""
        self.count += 1
        here = self.path / str(self.count)
        reports, tmp = here / "reports", here / "tmp"
        reports.mkdir(parents=True)
        # The private Postgres may run as another user.
        tmp.mkdir()
        tmp.chmod(0o1777)
        options = self.common if common else []
        words = [command, f"--output={reports}", *options] if command == "run" else [command]
        process = subprocess.Popen(
            [BIN / "rushproof", *words, *map(str, arguments)], cwd=here, env={**os.environ, "TMPDIR": str(tmp), **(env or {})}, text=True, errors="replace",
            stdin=subprocess.DEVNULL, stdout=open(here / "stdout", "w"), stderr=open(here / "stderr", "w"))
        process.begin = time.monotonic()
        process.here = here
        self.running.add(process)
        return process

    def abandon(self):
        """Ends what a test that failed halfway left running, so that the next one is not blamed for it."""
        for process in list(self.running):
            self.finish(process, 0)

    def finish(self, process, timeout=120):
        self.running.discard(process)
        try:
            code = process.wait(timeout)
        except subprocess.TimeoutExpired:
            process.kill()
            code = f"hung for {timeout} s, was killed: {process.wait()}"
        seconds = time.monotonic() - process.begin
        here = process.here
        left = leftovers(here / "reports", here / "tmp")
        return Outcome(code, (here / "stdout").read_text(errors="replace"),
                       (here / "stderr").read_text(errors="replace"), seconds, here / "reports", left)

    def run(self, *arguments, common=True, env=None, timeout=120, attempts=3):
        """A run to its end. One whose burst this machine was too busy to fire proves nothing by rushproof's own
        rule; it is repeated, and said to be."""
        for attempt in range(1, attempts + 1):
            done = self.finish(self.start(*arguments, common=common, env=env), timeout)
            if not done.too_busy() or attempt == attempts:
                return done
            self.again += 1
            print(f"# again: {done.too_busy()}", flush=True)
