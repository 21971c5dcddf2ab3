"""Runs a test script as somebody: as.py own|user|root|bare COMMAND [ARGUMENT…]

own    as who calls
user   as an ordinary user. Root becomes RUSHPROOF_TEST_USER, else who called sudo, else nobody, with a home of
       its own that is gone afterwards, no capabilities and no way back; anybody else is ordinary already
root   as root; for anybody else the script is skipped
bare   as an ordinary user in what a container without capabilities is (bare.py)

A script that is skipped ends with the line `skipped: REASON` and code 77. What a script fetches beforehand, by
NAME-prepare.sh beside NAME.sh, is fetched as who calls: settings and caches of package clients are theirs; that may
skip it, too."""

import contextlib
import os
import pathlib
import pwd
import shutil
import signal
import subprocess
import sys
import tempfile

import bare

ROOT = pathlib.Path(__file__).resolve().parents[2]
SKIPPED = 77
NEEDED = ["tests/lib/as.py", "scenarios/kafka.yaml"]


def skip(reason):
    print(f"skipped: {reason}", flush=True)
    raise SystemExit(SKIPPED)


def ordinary():
    """The password entry of the user who stands in for root."""
    for name in (os.environ.get("RUSHPROOF_TEST_USER"), os.environ.get("SUDO_USER"), "nobody"):
        with contextlib.suppress(KeyError):
            if name and pwd.getpwnam(name).pw_uid != 0:
                return pwd.getpwnam(name)
    return skip("there is no user nobody; name an ordinary one in RUSHPROOF_TEST_USER")


def allowed(user, paths, mode=os.R_OK):
    """May that user do so with all of the paths? Asked by becoming that user, in a child."""
    child = os.fork()
    if child == 0:
        try:
            bare.become(user.pw_uid, user.pw_gid)
            os._exit(0 if all(os.access(path, mode) for path in paths) else 1)
        except BaseException:
            os._exit(2)
    return os.waitpid(child, 0)[1] == 0


class Place:
    """Where the script runs: the tree and the programs, by paths that it may read."""

    def __init__(self):
        self.root = ROOT
        self.bin = pathlib.Path(os.environ.get("RUSHPROOF_BIN", ROOT / "build/dev/bin")).resolve()

    def moved(self, word):
        """A word of the command, for the tree where it is now."""
        path = pathlib.Path(word)
        if path.is_absolute() and path.is_relative_to(ROOT):
            return str(self.root / path.relative_to(ROOT))
        return word

    def copy(self, to, user):
        """The tree, the programs and what was fetched for tests, where the user may read them."""
        print(f"# {user.pw_name} may not read {ROOT}: copied to {to}", flush=True)
        shutil.copytree(ROOT, to, symlinks=True, dirs_exist_ok=True,
                        ignore=lambda at, _: {".git", "build"} if pathlib.Path(at) == ROOT else set())
        fetched = [path.relative_to(ROOT) for pattern in ("build/neighbours", "build/*/strangers-*")
                   for path in ROOT.glob(pattern)]
        for path in fetched:
            shutil.copytree(ROOT / path, to / path, symlinks=True)
        self.root = to
        moved = self.bin.relative_to(ROOT) if self.bin.is_relative_to(ROOT) else pathlib.Path("build/bin")
        shutil.copytree(self.bin, to / moved)
        self.bin = to / moved
        own(to, user)


def own(top, user):
    for at, folders, files in os.walk(top):
        for name in (".", *folders, *files):
            os.chown(os.path.join(at, name), user.pw_uid, user.pw_gid, follow_symlinks=False)


def lend_kafka(home):
    """The jars of Apache Kafka that the caller has fetched, in the home of the user."""
    cache = pathlib.Path(os.environ.get("XDG_CACHE_HOME") or pathlib.Path.home() / ".cache") / "rushproof/kafka"
    for libs in cache.glob("*/libs"):
        to = home / ".cache/rushproof/kafka" / libs.parent.name / "libs"
        try:
            shutil.copytree(libs, to, copy_function=os.link)
        except (OSError, shutil.Error):
            shutil.copytree(libs, to, dirs_exist_ok=True)


def environment(user, home, place):
    """The caller's, without what speaks of the caller's home."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("XDG_", "SUDO_"))}
    tmp = kept.get("TMPDIR", "/tmp")
    if not allowed(user, [tmp], os.W_OK | os.X_OK):
        tmp = "/tmp"
    return {**kept, "HOME": str(home), "USER": user.pw_name, "LOGNAME": user.pw_name, "TMPDIR": tmp,
            "RUSHPROOF_BIN": str(place.bin), "PYTHONDONTWRITEBYTECODE": "1"}


def prepare(command):
    script = pathlib.Path(command[0])
    script = script.with_name(f"{script.stem}-prepare.sh")
    code = wait([script, *command[1:]], stdin=subprocess.DEVNULL) if script.exists() else 0
    if code:
        raise SystemExit(code)
    os.environ["RUSHPROOF_PREPARED"] = "yes"


def wait(command, **how):
    """The command to its end; whoever ends this program ends the command, and what was made for it is removed.
    The handlers come first: a signal that this program was started to ignore is none that the command ignores."""
    def end(number, _):
        raise SystemExit(128 + number)
    for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
        signal.signal(number, end)
    process = subprocess.Popen(command, **how)
    try:
        code = process.wait()
    except SystemExit:
        process.terminate()
        process.wait()
        raise
    return code if code >= 0 else 128 - code


def as_other(command, run):
    """run(command, user, …) as an ordinary user, for root the one who stands in, in a home and a tree of its own."""
    user = ordinary() if os.geteuid() == 0 else pwd.getpwuid(os.geteuid())
    with contextlib.ExitStack() as stack:
        def directory(name):
            made = pathlib.Path(stack.enter_context(
                tempfile.TemporaryDirectory(prefix=f"rushproof-{name}.", dir="/tmp", ignore_cleanup_errors=True)))
            os.chown(made, user.pw_uid, user.pw_gid)
            return made
        home, place = directory("home"), Place()
        if not allowed(user, [*(ROOT / path for path in NEEDED), place.bin / "rushproof"]):
            place.copy(directory("tree"), user)
        lend_kafka(home)
        own(home, user)
        return run([place.moved(word) for word in command], user,
                   env=environment(user, home, place), cwd=place.root)


def user_run(command, user, **how):
    print(f"# as {user.pw_name} (uid {user.pw_uid})", flush=True)
    return wait(command, preexec_fn=lambda: bare.become(user.pw_uid, user.pw_gid), **how)


def bare_run(command, user, **how):
    with bare.Fence() as fence:
        return wait(fence.around(command, user.pw_uid, user.pw_gid), **how)


def main():
    who, *command = sys.argv[1:] or [""]
    root = os.geteuid() == 0
    if who not in ("own", "user", "root", "bare") or not command:
        print(__doc__, file=sys.stderr)
        raise SystemExit(3)
    if who == "root" and not root:
        skip("only root can; try: sudo ./test")
    command[0] = str(pathlib.Path(command[0]).resolve())
    prepare(command)
    if who == "bare":
        raise SystemExit(as_other(command, bare_run))
    if who == "user" and root:
        raise SystemExit(as_other(command, user_run))
    raise SystemExit(wait(command, cwd=ROOT))


main()
