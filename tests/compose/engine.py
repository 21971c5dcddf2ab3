"""A Docker engine of the tests' own, in namespaces of its own: its bridges, firewall rules, mounts and processes are
gone with it however it ends, ports that it publishes are not this machine's, and no other engine notices it."""

import contextlib
import ctypes
import fcntl
import os
import pathlib
import shutil
import signal
import subprocess
import tempfile
import time

HERE = pathlib.Path(__file__).resolve().parent
NAME = "rushproof-engine."
READY = 120
PR_SET_PDEATHSIG = 1


class NoEngine(Exception):
    """Why this machine cannot have one."""


def die_with_parent():
    ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL)


def remove_cgroups(name):
    for top in pathlib.Path("/sys/fs/cgroup").glob(f"{name}*"), pathlib.Path("/sys/fs/cgroup").glob(f"*/{name}*"):
        for cgroup in top:
            for at, _, _ in os.walk(cgroup, topdown=False):
                with contextlib.suppress(OSError):
                    os.rmdir(at)


class Engine:
    """dir: all that it writes; env: for clients; a context manager. Who leaves by an exception does not wait."""

    def __init__(self):
        top = pathlib.Path(os.environ.get("TMPDIR", "/var/tmp"))
        self.sweep(top)
        self.dir = self.claim(top)
        self.process = None
        self.cgroup = self.dir.name
        # The client that came with the engine; another may come first in PATH.
        self.docker = "/usr/bin/docker"
        kept = {name: value for name, value in os.environ.items() if not name.startswith(("DOCKER_", "COMPOSE_"))}
        # docker-compose builds by it, too: what one client has built, the cache has for no other.
        self.env = {**kept, "DOCKER_HOST": f"unix://{self.dir}/docker.sock", "DOCKER_CONFIG": str(self.dir / "config"),
                    "DOCKER_BUILDKIT": "0", "COMPOSE_DOCKER_CLI_BUILD": "1",
                    "PATH": f"/usr/bin:{os.environ.get('PATH', '/bin')}"}

    def claim(self, top):
        """A directory that bears the name of an engine's once it is locked."""
        made = pathlib.Path(tempfile.mkdtemp(prefix="rushproof-new-engine.", dir=top))
        self.lock = open(made / "lock", "w")
        fcntl.flock(self.lock, fcntl.LOCK_EX)
        return made.rename(top / made.name.replace("rushproof-new-engine.", NAME))

    @staticmethod
    def sweep(top):
        """What one that was killed has left on the disk."""
        for old in top.glob(f"{NAME}*"):
            with contextlib.suppress(OSError), open(old / "lock", "a") as lock:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
                remove_cgroups(old.name)
                shutil.rmtree(old, ignore_errors=True)

    def __enter__(self):
        try:
            self.start()
        except BaseException:
            self.end(0)
            raise
        return self

    def start(self):
        if not os.access(self.docker, os.X_OK) or not shutil.which("dockerd", path="/usr/sbin:/usr/bin:/sbin:/bin"):
            raise NoEngine("there is no dockerd (Debian's package docker.io)")
        with open(self.dir / "log", "w") as log:
            self.process = subprocess.Popen(
                ["unshare", "--net", "--mount", "--pid", "--fork", "--kill-child", "--mount-proc",
                 HERE / "engine-init.sh", self.dir, f"/{self.cgroup}"],
                stdin=subprocess.DEVNULL, stdout=log, stderr=log, preexec_fn=die_with_parent)
        until = time.monotonic() + READY
        while subprocess.run([self.docker, "version"], env=self.env, capture_output=True, check=False).returncode:
            if self.process.poll() is not None or time.monotonic() > until:
                lines = [line for line in (self.dir / "log").read_text(errors="replace").splitlines() if line.strip()]
                raise NoEngine(f"dockerd does not start here: {lines[-1][-300:] if lines else 'it says nothing'}")
            time.sleep(0.1)

    @property
    def pid(self):
        """Of dockerd, the first process of its namespace."""
        at = pathlib.Path(f"/proc/{self.process.pid}/task/{self.process.pid}/children")
        return int(at.read_text().split()[0])

    def __exit__(self, kind, *_):
        self.end(15 if kind is None else 0)

    def end(self, grace):
        """The engine by its pid, then its files. The kernel lets it go when all others of its namespace are gone."""
        if self.process:
            with contextlib.suppress(OSError, IndexError):
                pid = self.pid
                os.kill(pid, signal.SIGTERM if grace else signal.SIGKILL)
                with contextlib.suppress(subprocess.TimeoutExpired):
                    self.process.wait(grace or 10)
                if self.process.poll() is None:
                    os.kill(pid, signal.SIGKILL)
            with contextlib.suppress(subprocess.TimeoutExpired):
                self.process.wait(5)
            self.process.kill()
            self.process.wait()
        until = time.monotonic() + 10
        while (self.cgroups() or self.dir.exists()) and time.monotonic() < until:
            remove_cgroups(self.cgroup)
            shutil.rmtree(self.dir, ignore_errors=True)
        self.lock.close()

    def cgroups(self):
        top = pathlib.Path("/sys/fs/cgroup")
        return [*top.glob(self.cgroup), *top.glob(f"*/{self.cgroup}")]

    def inside(self, *command):
        """A command line whose 127.0.0.1 is where the engine publishes ports."""
        return ["nsenter", f"--net=/proc/{self.pid}/ns/net", "--", *map(str, command)]

    def call(self, *command, input=None, timeout=120, check=True, **env):
        """A command in the engine's network, to its end."""
        done = subprocess.run(self.inside(*command), env={**self.env, **env}, input=input, timeout=timeout,
                              stdin=None if input is not None else subprocess.DEVNULL, capture_output=True, text=True,
                              errors="replace", check=False)
        if check and done.returncode:
            raise AssertionError(f"{' '.join(map(str, command))}: exit {done.returncode}\n"
                                 f"{done.stdout[-3000:]}{done.stderr[-3000:]}")
        return done


def leave(number, _):
    """Once: who sends it to a group and to each of its members does not stop the cleaning up."""
    for each in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
        signal.signal(each, signal.SIG_IGN)
    raise SystemExit(128 + number)


if __name__ == "__main__":
    signal.signal(signal.SIGTERM, leave)
    with Engine() as owned:
        print(owned.pid, owned.dir, flush=True)
        signal.pause()
