"""What a container without capabilities is, without an engine: an ordinary user with an empty bounding set and
no_new_privs, a filter that refuses io_uring, namespaces of its own with nothing but loopback, a root that is
read-only, a share of the CPU. What this kernel does not allow is left out, and said so.

bare.py enter|user UID GID COMMAND…   the steps inside; tests/lib/as.py is the way in"""

import contextlib
import ctypes
import errno
import fcntl
import os
import pathlib
import resource
import socket
import struct
import subprocess
import sys
import time

PR_SET_SECCOMP, SECCOMP_MODE_FILTER = 22, 2
PR_CAPBSET_DROP, PR_SET_NO_NEW_PRIVS = 24, 38
PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL = 47, 4
CAPABILITIES = 64
NAMESPACES = ["--mount", "--pid", "--net", "--ipc", "--uts", "--fork", "--kill-child", "--mount-proc"]
IO_URING = (425, 426, 427)  # setup, enter, register: the same numbers on every architecture
PERIOD_US = 100_000
CORES = 1.5
WRITABLE = ("/tmp", "/var/tmp", "/dev/shm")
libc = ctypes.CDLL(None, use_errno=True)


def prctl(*arguments):
    """Fills the fifth argument too: prctl refuses what it does not know there."""
    numbers = [*arguments, 0, 0, 0, 0][:5]
    if libc.prctl(*[number if hasattr(number, "contents") else ctypes.c_ulong(number) for number in numbers]) != 0:
        raise OSError(ctypes.get_errno(), "prctl")


def drop_capabilities():
    for capability in range(CAPABILITIES):
        with contextlib.suppress(OSError):  # there are fewer, or it is gone already
            prctl(PR_CAPBSET_DROP, capability)
    with contextlib.suppress(OSError):
        prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL)


def become(uid, gid):
    """That user for good: no groups, no capabilities, no real-time priority, no set-user-id programs."""
    if os.geteuid() == 0:
        resource.setrlimit(resource.RLIMIT_RTPRIO, (0, 0))
        resource.setrlimit(resource.RLIMIT_NICE, (0, 0))
        drop_capabilities()
        os.setgroups([])
        os.setresgid(gid, gid, gid)
        os.setresuid(uid, uid, uid)
    prctl(PR_SET_NO_NEW_PRIVS, 1)


class Filter(ctypes.Structure):
    _fields_ = [("length", ctypes.c_ushort), ("code", ctypes.c_char_p)]


def refuse_io_uring():
    """EPERM, as engines' default filters answer. Classic BPF on struct seccomp_data, whose first word is the call."""
    load, equal, answer = 0x20, 0x15, 0x06
    steps = [(load, 0, 0, 0)]
    steps += [(equal, len(IO_URING) - place, 0, number) for place, number in enumerate(IO_URING)]
    steps += [(answer, 0, 0, 0x7FFF0000), (answer, 0, 0, 0x00050000 | errno.EPERM)]
    code = b"".join(struct.pack("HBBI", *step) for step in steps)
    prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, ctypes.pointer(Filter(len(steps), code)))


def loopback_up():
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as handle:
        request = struct.pack("16sH14x", b"lo", 1)  # SIOCSIFFLAGS, IFF_UP
        fcntl.ioctl(handle, 0x8914, request)


def root_read_only():
    for path in WRITABLE:
        if os.path.isdir(path):
            subprocess.run(["mount", "--rbind", path, path], check=True, capture_output=True)
    subprocess.run(["mount", "--options", "remount,bind,ro", "/"], check=True, capture_output=True)


def works(*command):
    return subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, check=False).returncode == 0


class Fence:
    """The way in, and the cgroup, which is gone at the end of the with block."""

    def __init__(self):
        self.cgroup = None
        self.said = []

    def __enter__(self):
        with contextlib.suppress(OSError):
            self.cgroup = cgroup_make()
        self.said.append(f"{CORES:g} of {os.cpu_count()} cores" if self.cgroup else "all cores (no writable cgroup)")
        return self

    def __exit__(self, *_):
        # Its last process may still be ending.
        for _attempt in range(100 if self.cgroup else 0):
            with contextlib.suppress(OSError):
                self.cgroup.rmdir()
                return
            time.sleep(0.05)

    def around(self, command, uid, gid):
        own = [] if os.geteuid() == 0 else ["--user", "--map-root-user"]
        inside = [sys.executable, __file__, "enter", str(uid), str(gid), str(self.cgroup or "-")]
        if works("unshare", *own, *NAMESPACES, "true"):
            inside = ["unshare", *own, *NAMESPACES, *inside, "namespaces"]
            self.said.append("own mount, pid, net, ipc and uts namespaces")
        else:
            inside.append("shared")
            self.said.append("the machine's namespaces (unshare is refused)")
        print(f"# bare: no capabilities, no_new_privs, io_uring refused, {', '.join(self.said)}", flush=True)
        return [*inside, *command]


def cgroup_make():
    """A group with a share of the CPU: version 1, or version 2 where the root hands the controller down."""
    name = f"rushproof-bare.{os.getpid()}"
    old, new = pathlib.Path("/sys/fs/cgroup/cpu"), pathlib.Path("/sys/fs/cgroup")
    quota = int(CORES * PERIOD_US)
    if old.is_dir():
        group, file, text = old / name, "cpu.cfs_quota_us", str(quota)
    elif "cpu" in (new / "cgroup.subtree_control").read_text().split():
        group, file, text = new / name, "cpu.max", f"{quota} {PERIOD_US}"
    else:
        return None
    group.mkdir()
    try:
        (group / file).write_text(text)
    except OSError:
        group.rmdir()
        raise
    return group


def enter(uid, gid, cgroup, kind, *command):
    """Inside the namespaces, when there are any; root of them still."""
    if cgroup != "-":
        (pathlib.Path(cgroup) / "cgroup.procs").write_text("0")
    if kind == "namespaces":
        loopback_up()
        try:
            root_read_only()
        except subprocess.CalledProcessError as error:
            print(f"# bare: / stays writable: {error.stderr.decode().strip()}", flush=True)
    last = [sys.executable, __file__, "user", uid, gid, *command]
    if kind == "namespaces" and pathlib.Path("/proc/self/uid_map").read_text().split()[2] == "1":
        # Root of a user namespace with a single user: another one inside, where that user is not root.
        last = ["unshare", f"--map-user={uid}", f"--map-group={gid}", "--keep-caps", *last]
    os.execvp(last[0], last)


def user(uid, gid, *command):
    if os.geteuid() == 0:
        become(int(uid), int(gid))
    else:
        drop_capabilities()
        prctl(PR_SET_NO_NEW_PRIVS, 1)
    refuse_io_uring()
    os.execvp(command[0], command)


if __name__ == "__main__":
    {"enter": enter, "user": user}[sys.argv[1]](*sys.argv[2:])
